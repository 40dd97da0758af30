import type { Cells } from "../api/plans";
import type { Basis } from "../api/types";
import { worldX, worldY } from "./mercator";

/** Cells whose common border is not longer are no neighbours: a corner or a 5 cm edge is no way through. */
export const MIN_SHARED_M = 1;

export const BASES: readonly Basis[] = ["registered", "resident", "planned"];

/** Rows of variable length: row i holds `values[start[i]] … values[start[i + 1] - 1]`. */
export interface Rows {
  readonly start: Uint32Array;
  readonly values: Int32Array;
}

/** The cells of a plan's area with their common borders, as arrays by cell or arc index. */
export interface Topology {
  readonly count: number;
  readonly arcs: number;
  readonly id: Int32Array;
  readonly indexOf: ReadonlyMap<number, number>;
  /** Vertices of all arcs, in the square of web maps (0..1). */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly arcStart: Uint32Array;
  /** Cell at the left and right hand along the arc; -1 is nobody of this area. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly lengthM: Float64Array;
  readonly barrier: Uint8Array;
  readonly barrierWeight: readonly number[];
  readonly barrierMain: readonly boolean[];
  readonly barrierName: readonly string[];
  /** Rings of each cell, and arc references of each ring: r forward, ~r backward. */
  readonly rings: Uint32Array;
  readonly refs: Rows;
  /** West, north, east, south of each cell, in the square. */
  readonly box: Float64Array;
  /** A point inside each cell, in the square and in degrees. */
  readonly atX: Float64Array;
  readonly atY: Float64Array;
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  readonly arcsOf: Rows;
  readonly near: Rows;
  readonly nearM: Float64Array;
  readonly areaM2: Float64Array;
  readonly households: Readonly<Record<Basis, Int32Array>>;
  readonly buildings: Int32Array;
  readonly landUse: Uint8Array;
  readonly estate: Int32Array;
  readonly group: Int32Array;
  readonly community: Int32Array;
  readonly landUses: readonly string[];
  readonly estates: readonly { code: string; name: string }[];
  readonly groups: readonly { code: string; name: string }[];
  readonly communities: readonly { code: string; name: string }[];
}

/** Read the payload of cells; refuses one whose parts do not belong together. */
export function readCells(payload: Cells): Topology {
  const { arcs, cells } = payload;
  const count = cells.id.length;
  const n = arcs.sizes.length;
  const total = arcs.sizes.reduce((sum, size) => sum + size, 0);
  if (arcs.points.length !== 2 * total || arcs.left.length !== n || arcs.right.length !== n || cells.rings.length !== count) {
    throw new Error("the cells do not belong together");
  }
  const { x, y, arcStart } = readPoints(payload, total);
  const left = Int32Array.from(arcs.left);
  const right = Int32Array.from(arcs.right);
  const lengthM = Float64Array.from(arcs.length_m);
  const { rings, refs } = readRings(cells.rings);
  const id = Int32Array.from(cells.id);
  const indexOf = new Map<number, number>();
  for (let i = 0; i < count; i++) indexOf.set(id[i]!, i);
  const arcsOf = rowsOf(count, n, (arc, add) => {
    if (left[arc]! >= 0) add(left[arc]!);
    if (right[arc]! >= 0 && right[arc] !== left[arc]) add(right[arc]!);
  });
  return {
    count,
    arcs: n,
    id,
    indexOf,
    x,
    y,
    arcStart,
    left,
    right,
    lengthM,
    barrier: Uint8Array.from(arcs.barrier),
    barrierWeight: payload.barrier_classes.map((each) => each.weight),
    barrierMain: payload.barrier_classes.map((each) => each.main),
    barrierName: payload.barrier_classes.map((each) => each.name),
    rings,
    refs,
    box: boxes(count, rings, refs, arcStart, x, y),
    atX: Float64Array.from(cells.lon, worldX),
    atY: Float64Array.from(cells.lat, worldY),
    lon: Float64Array.from(cells.lon),
    lat: Float64Array.from(cells.lat),
    arcsOf,
    ...neighbours(count, left, right, lengthM, arcsOf),
    areaM2: Float64Array.from(cells.area_m2),
    households: {
      registered: Int32Array.from(cells.registered),
      resident: Int32Array.from(cells.resident),
      planned: Int32Array.from(cells.planned),
    },
    buildings: Int32Array.from(cells.buildings),
    landUse: Uint8Array.from(cells.land_use),
    estate: Int32Array.from(cells.estate),
    group: Int32Array.from(cells.group),
    community: Int32Array.from(cells.community),
    landUses: payload.land_uses,
    estates: payload.estates,
    groups: payload.groups,
    communities: payload.communities,
  };
}

function readPoints({ arcs, origin, scale }: Cells, total: number): Pick<Topology, "x" | "y" | "arcStart"> {
  const x = new Float64Array(total);
  const y = new Float64Array(total);
  const arcStart = new Uint32Array(arcs.sizes.length + 1);
  let at = 0;
  for (let arc = 0; arc < arcs.sizes.length; arc++) {
    let [lon, lat] = origin;
    for (let i = 0; i < arcs.sizes[arc]!; i++, at++) {
      lon += arcs.points[2 * at]!;
      lat += arcs.points[2 * at + 1]!;
      x[at] = worldX(lon / scale);
      y[at] = worldY(lat / scale);
    }
    arcStart[arc + 1] = at;
  }
  return { x, y, arcStart };
}

function readRings(given: readonly number[][][]): Pick<Topology, "rings" | "refs"> {
  const rings = new Uint32Array(given.length + 1);
  const starts: number[] = [0];
  const values: number[] = [];
  given.forEach((cell, i) => {
    for (const ring of cell) {
      for (const ref of ring) values.push(ref);
      starts.push(values.length);
    }
    rings[i + 1] = starts.length - 1;
  });
  return { rings, refs: { start: Uint32Array.from(starts), values: Int32Array.from(values) } };
}

/** Rows from pairs (row, item): `of` names the rows of an item. */
function rowsOf(rows: number, items: number, of: (item: number, add: (row: number) => void) => void): Rows {
  const start = new Uint32Array(rows + 1);
  for (let item = 0; item < items; item++) of(item, (row) => (start[row + 1]! += 1));
  for (let row = 0; row < rows; row++) start[row + 1]! += start[row]!;
  const next = start.slice();
  const values = new Int32Array(start[rows]!);
  for (let item = 0; item < items; item++) {
    of(item, (row) => {
      values[next[row]!] = item;
      next[row]! += 1;
    });
  }
  return { start, values };
}

function boxes(
  count: number, rings: Uint32Array, refs: Rows, arcStart: Uint32Array, x: Float64Array, y: Float64Array,
): Float64Array {
  const box = new Float64Array(4 * count);
  for (let cell = 0; cell < count; cell++) {
    let west = Infinity;
    let north = Infinity;
    let east = -Infinity;
    let south = -Infinity;
    for (let i = refs.start[rings[cell]!]!; i < refs.start[rings[cell + 1]!]!; i++) {
      const ref = refs.values[i]!;
      const arc = ref < 0 ? ~ref : ref;
      for (let p = arcStart[arc]!; p < arcStart[arc + 1]!; p++) {
        west = Math.min(west, x[p]!);
        east = Math.max(east, x[p]!);
        north = Math.min(north, y[p]!);
        south = Math.max(south, y[p]!);
      }
    }
    box.set([west, north, east, south], 4 * cell);
  }
  return box;
}

function neighbours(
  count: number, left: Int32Array, right: Int32Array, lengthM: Float64Array, arcsOf: Rows,
): Pick<Topology, "near" | "nearM"> {
  const start = new Uint32Array(count + 1);
  const values: number[] = [];
  const lengths: number[] = [];
  const shared = new Map<number, number>();
  for (let cell = 0; cell < count; cell++) {
    shared.clear();
    for (let i = arcsOf.start[cell]!; i < arcsOf.start[cell + 1]!; i++) {
      const arc = arcsOf.values[i]!;
      const other = left[arc] === cell ? right[arc]! : left[arc]!;
      if (other >= 0 && other !== cell) shared.set(other, (shared.get(other) ?? 0) + lengthM[arc]!);
    }
    for (const [other, length] of shared) {
      if (length <= MIN_SHARED_M) continue;
      values.push(other);
      lengths.push(length);
    }
    start[cell + 1] = values.length;
  }
  return { near: { start, values: Int32Array.from(values) }, nearM: Float64Array.from(lengths) };
}

/** The cell beyond an arc of a cell; -1 is nobody of this area. */
export function across({ left, right }: Topology, arc: number, cell: number): number {
  return left[arc] === cell ? right[arc]! : left[arc]!;
}
