import type { Cells } from "../api/plans";

/**
 * A payload of square cells in rows, for tests: cell i lies in row ⌊i / columns⌋ from the north. Every side is an arc
 * of its own, so that borders can have barriers and lengths of their own.
 */
export function latticeCells(
  columns: number, rows: number,
  { households = () => 10, barrier = () => 0, lengthM = () => 100 }: {
    households?: (cell: number) => number;
    barrier?: (a: number, b: number) => number;
    lengthM?: (a: number, b: number) => number;
  } = {},
): Cells {
  const STEP = 10_000;
  const points: number[] = [];
  const [left, right, lengths, barriers]: [number[], number[], number[], number[]] = [[], [], [], []];
  const arcs = new Map<string, number>();
  const cellAt = (c: number, r: number): number => (c < 0 || r < 0 || c >= columns || r >= rows ? -1 : r * columns + c);
  // Corner (c, r) is the north-western one of cell (c, r); y grows towards the south, latitudes towards the north.
  const arc = (c0: number, r0: number, c1: number, r1: number, l: number, r: number): void => {
    arcs.set(`${c0},${r0},${c1},${r1}`, left.length);
    points.push(c0 * STEP, -r0 * STEP, (c1 - c0) * STEP, -(r1 - r0) * STEP);
    left.push(l);
    right.push(r);
    lengths.push(lengthM(Math.min(l, r), Math.max(l, r)));
    barriers.push(barrier(Math.min(l, r), Math.max(l, r)));
  };
  for (let r = 0; r <= rows; r++) {
    for (let c = 0; c < columns; c++) arc(c, r, c + 1, r, cellAt(c, r - 1), cellAt(c, r));
  }
  for (let c = 0; c <= columns; c++) {
    for (let r = 0; r < rows; r++) arc(c, r, c, r + 1, cellAt(c, r), cellAt(c - 1, r));
  }
  const id = Array.from({ length: columns * rows }, (_, i) => 1000 + i);
  const ref = (c0: number, r0: number, c1: number, r1: number): number => arcs.get(`${c0},${r0},${c1},${r1}`)!;
  const count = id.map((_, i) => households(i));
  const origin: [number, number] = [1_173_000_000, 286_000_000];
  return {
    set: 1,
    version: "1",
    division: { code: "360000001001", name: "方格" },
    scale: 10_000_000,
    origin,
    arcs: { points, sizes: left.map(() => 2), left, right, length_m: lengths, barrier: barriers },
    barrier_classes: [{ name: "", weight: 0, main: false }, { name: "primary", weight: 0.7, main: true }],
    cells: {
      id,
      rings: id.map((_, i) => {
        const c = i % columns;
        const r = Math.floor(i / columns);
        return [[ref(c, r, c, r + 1), ref(c, r + 1, c + 1, r + 1), ~ref(c + 1, r, c + 1, r + 1), ~ref(c, r, c + 1, r)]];
      }),
      area_m2: id.map(() => 10_000),
      lon: id.map((_, i) => (origin[0] + ((i % columns) + 0.5) * STEP) / 1e7),
      lat: id.map((_, i) => (origin[1] - (Math.floor(i / columns) + 0.5) * STEP) / 1e7),
      registered: count.map((n) => 2 * n),
      resident: count,
      planned: count.map(() => 0),
      buildings: id.map(() => 1),
      land_use: id.map(() => 0),
      estate: id.map(() => -1),
      group: id.map(() => -1),
      community: id.map(() => 0),
    },
    land_uses: ["homes", "water", "green", "other"],
    estates: [],
    groups: [],
    communities: [{ code: "360000001001", name: "方格" }],
  };
}
