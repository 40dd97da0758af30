import { describe, expect, it } from "vitest";
import { ArcGraph } from "./arcGraph";
import { CellIndex } from "./cellIndex";
import { latticeCells } from "./lattice";
import { worldX, worldY, lonLatAt } from "./mercator";
import { readCells } from "./topology";

//  0 1 2
//  3 4 5
const SIX = readCells(latticeCells(3, 2));
const near = (topology: typeof SIX, cell: number): number[] =>
  Array.from(topology.near.values.slice(topology.near.start[cell], topology.near.start[cell + 1])).sort((a, b) => a - b);

describe("cells", () => {
  it("are neighbours by a common side, not by a corner", () => {
    expect(near(SIX, 0)).toEqual([1, 3]);
    expect(near(SIX, 4)).toEqual([1, 3, 5]);
  });

  it("are no neighbours by an edge of 5 cm, nor by one of exactly a metre", () => {
    for (const length of [0.05, 1]) {
      const thin = readCells(latticeCells(3, 2, { lengthM: (a, b) => (a === 0 && b === 1 ? length : 100) }));
      expect(near(thin, 0)).toEqual([3]);
    }
  });

  it("refuse a payload whose arcs and points do not belong together", () => {
    const payload = latticeCells(3, 2);
    payload.arcs.points.pop();
    expect(() => readCells(payload)).toThrow();
  });

  it("are found at a point, in a rectangle and along a line", () => {
    const index = new CellIndex(SIX);
    for (let cell = 0; cell < 6; cell++) expect(index.at(SIX.atX[cell]!, SIX.atY[cell]!)).toBe(cell);
    expect(index.at(SIX.atX[0]! - 1, SIX.atY[0]!)).toBe(-1);
    expect(index.within([SIX.atX[0]!, SIX.atY[0]!, SIX.atX[4]!, SIX.atY[4]!]).sort()).toEqual([0, 1, 3, 4]);
    // From 3 to 2, slanting: through the middle cells of both rows, never through 0 or 5's corners alone.
    const along = index.along(SIX.atX[3]!, SIX.atY[3]!, SIX.atX[2]!, SIX.atY[2]!).sort();
    expect(along).toContain(2);
    expect(along).toContain(3);
    expect(along.some((cell) => cell === 1 || cell === 4)).toBe(true);
    expect(along).not.toContain(0);
    expect(along).not.toContain(5);
  });

  it("are found the same with and without the index on a map of many", () => {
    const many = readCells(latticeCells(40, 25));
    const index = new CellIndex(many);
    let seed = 7;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    for (let i = 0; i < 200; i++) {
      const column = random() * 40;
      const row = random() * 25;
      const x = worldX((1_173_000_000 + column * 10_000) / 1e7);
      const y = worldY((286_000_000 - row * 10_000) / 1e7);
      expect(index.at(x, y)).toBe(Math.floor(row) * 40 + Math.floor(column));
    }
  });

  it("lie where the web map has them", () => {
    const [lon, lat] = lonLatAt(worldX(117.3), worldY(28.6));
    expect(lon).toBeCloseTo(117.3, 10);
    expect(lat).toBeCloseTo(28.6, 10);
  });
});

describe("lines along borders", () => {
  it("go the shortest way, and a longer one along a road", () => {
    //  6 x 3 cells; the road lies between the rows 0 and 1.
    const road = readCells(latticeCells(6, 3, { barrier: (a, b) => (b - a === 6 && a < 6 ? 1 : 0) }));
    const graph = new ArcGraph(road);
    const at = (column: number, row: number): number =>
      graph.nearest(worldX((1_173_000_000 + column * 10_000) / 1e7), worldY((286_000_000 - row * 10_000) / 1e7));
    const way = graph.wayTo(graph.waysFrom(at(0, 2)), at(0, 2), at(6, 2));
    // Down to the road, along it, and up again: 8 arcs instead of 6.
    expect(way).toHaveLength(8);
    expect(way.filter((arc) => road.barrier[arc] === 1)).toHaveLength(6);
    expect(graph.wayTo(graph.waysFrom(at(0, 0)), at(0, 0), at(1, 0))).toHaveLength(1);
  });

  it("stay on the arcs that are allowed", () => {
    const graph = new ArcGraph(SIX);
    const inner = (arc: number): boolean => SIX.left[arc]! >= 0 && SIX.right[arc]! >= 0;
    const ways = graph.waysFrom(0, inner);
    expect(Array.from(ways).every((arc) => arc < 0 || inner(arc))).toBe(true);
  });
});
