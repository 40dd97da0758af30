import { describe, expect, it } from "vitest";
import { ArcGraph } from "./arcGraph";
import { latticeCells } from "./lattice";
import { colourParts, touchingParts } from "./partColours";
import { Partition, polsbyPopper } from "./partition";
import { Tracing, arcsOfPart, cellsBeside, splitAlong } from "./splitting";
import { readCells } from "./topology";
import { WholeEstates } from "./wholeEstates";

function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => (state = (state * 48271) % 2147483647) % sides;
}

/** Everything of a partition that was moved there step by step, and of one that was summed afresh. */
function same(moved: Partition, nos: readonly number[]): void {
  const fresh = new Partition(moved.topology, (cell) => moved.part[cell]!);
  moved.settle();
  for (const no of nos) {
    const a = moved.of(no);
    const b = fresh.of(no);
    expect({ ...a, perimeterM: 0, areaM2: 0 }).toEqual({ ...b, perimeterM: 0, areaM2: 0 });
    expect(a.perimeterM).toBeCloseTo(b.perimeterM, 6);
    expect(a.areaM2).toBeCloseTo(b.areaM2, 6);
  }
}

describe("a partition", () => {
  it("keeps every figure true over random edits", () => {
    const topology = readCells(latticeCells(9, 7, { households: (cell) => (cell * 7) % 23 }));
    for (let seed = 1; seed <= 20; seed++) {
      const roll = dice(seed);
      const partition = new Partition(topology, () => 1 + roll(4));
      for (let i = 0; i < 120; i++) {
        partition.move(roll(topology.count), roll(6));
        if (i % 40 === 39) same(partition, [1, 2, 3, 4, 5]);
      }
      const sum = [0, 1, 2, 3, 4, 5].reduce((all, no) => all + partition.of(no).resident, 0);
      expect(sum).toBe(Array.from(topology.households.resident).reduce((a, b) => a + b, 0));
    }
  });

  it("sees a part torn and joined again", () => {
    //  1 1 1        1 . 1
    //  2 2 2   ->   2 2 2
    const partition = new Partition(readCells(latticeCells(3, 2)), (cell) => (cell < 3 ? 1 : 2));
    partition.move(1, 2);
    partition.settle();
    expect(partition.of(1).pieces).toBe(2);
    expect(partition.pieces(1).map((piece) => piece.length)).toEqual([1, 1]);
    partition.move(1, 1);
    partition.settle();
    expect(partition.of(1).pieces).toBe(1);
  });

  it("takes the piece with most households for the main one, not the one with most cells", () => {
    //  1 1 2 1     5 5 . 90 households
    const partition = new Partition(readCells(latticeCells(4, 1, { households: (cell) => (cell === 3 ? 90 : 5) })), (cell) => (cell === 2 ? 2 : 1));
    expect(partition.pieces(1)).toEqual([[3], [0, 1]]);
  });

  it("does not count a touch of corners as hanging together", () => {
    //  1 2
    //  2 1
    const partition = new Partition(readCells(latticeCells(2, 2)), (cell) => (cell === 0 || cell === 3 ? 1 : 2));
    expect([partition.of(1).pieces, partition.of(2).pieces]).toEqual([2, 2]);
  });

  it("measures compactness as four pi times the area by the square of the border", () => {
    const partition = new Partition(readCells(latticeCells(2, 2)), () => 1);
    expect(polsbyPopper(partition.of(1))).toBeCloseTo((4 * Math.PI * 40_000) / 800 ** 2);
    expect(polsbyPopper(partition.of(9))).toBeNull();
  });

  it("walks no further than it is told, and goes on later", () => {
    const partition = new Partition(readCells(latticeCells(6, 1)), (cell) => (cell < 3 ? 1 : 2));
    partition.move(1, 3);
    partition.move(4, 3);
    expect(partition.settle(1)).toBe(false);
    expect(partition.settle()).toBe(true);
    expect([partition.of(1).pieces, partition.of(2).pieces, partition.of(3).pieces]).toEqual([2, 2, 2]);
  });

  it("renumbers a part when the server has numbered it", () => {
    const partition = new Partition(readCells(latticeCells(3, 2)), (cell) => (cell < 3 ? -1 : 2));
    partition.renumber(-1, 7);
    same(partition, [2, 7]);
    expect(partition.of(-1).cells).toBe(0);
  });
});

describe("one whole estate", () => {
  //  0 0 0 1    estates; cell 1 has no households, cell 3 is another estate
  const payload = latticeCells(4, 1, { households: (cell) => (cell === 1 ? 0 : 10) });
  payload.cells.estate = [0, 0, 0, 1];

  it("is a part with all of its households and nobody else's", () => {
    const partition = new Partition(readCells(payload), (cell) => (cell < 3 ? 1 : 2));
    const estates = new WholeEstates();
    expect([estates.has(partition, 1, "resident"), estates.has(partition, 2, "resident")]).toEqual([true, true]);
    partition.move(1, 2);
    expect(estates.has(partition, 1, "resident")).toBe(true);
    partition.move(2, 2);
    expect([estates.has(partition, 1, "resident"), estates.has(partition, 2, "resident")]).toEqual([false, false]);
  });
});

describe("splitting", () => {
  //  0 1 2 3
  //  4 5 6 7     one part; the line goes from the northern border down between columns 1 and 2
  const partition = new Partition(readCells(latticeCells(4, 2)), () => 1);
  const graph = new ArcGraph(partition.topology);
  const corner = (column: number, row: number): [number, number] => {
    const west = partition.topology.box[0]!;
    const north = partition.topology.box[1]!;
    const width = partition.topology.box[2]! - west;
    const height = partition.topology.box[3]! - north;
    return [west + column * width, north + row * height];
  };

  it("divides along the borders that a line of clicks follows, and merging gives the start back", () => {
    const tracing = new Tracing(graph, arcsOfPart(partition, 1));
    expect(tracing.add(...corner(1, 0))).toBe(true);
    expect(tracing.add(...corner(1, 2))).toBe(true);
    const split = splitAlong(partition, 1, tracing.line)!;
    expect(split.cells).toEqual([0, 4]);
    expect(split.rest).toEqual([1, 2, 3, 5, 6, 7]);
    for (const cell of split.cells) partition.move(cell, 2);
    for (const cell of split.cells) partition.move(cell, 1);
    same(partition, [1, 2]);
  });

  it("is none when the line ends inside", () => {
    const tracing = new Tracing(graph, arcsOfPart(partition, 1));
    tracing.add(...corner(2, 0));
    tracing.add(...corner(2, 1));
    expect(tracing.line).toHaveLength(1);
    expect(splitAlong(partition, 1, tracing.line)).toBeNull();
  });

  it("names the cells on both hands of a line", () => {
    const tracing = new Tracing(graph);
    tracing.add(...corner(2, 0));
    tracing.add(...corner(2, 2));
    expect(cellsBeside(partition.topology, tracing.line).sort()).toEqual([1, 2, 5, 6]);
  });
});

describe("colours of parts", () => {
  it("differ where parts touch and stay where they can", () => {
    const topology = readCells(latticeCells(12, 12));
    const roll = dice(3);
    const partition = new Partition(topology, (cell) => 1 + Math.floor((cell % 12) / 3) + 4 * Math.floor(cell / 36));
    const parts = Array.from({ length: 16 }, (_, i) => i + 1);
    let colours = colourParts(parts, touchingParts(partition), 8, new Map());
    for (let i = 0; i < 30; i++) {
      partition.move(roll(topology.count), 1 + roll(16));
      const touching = touchingParts(partition);
      const next = colourParts(parts, touching, 8, colours);
      for (const [no, others] of touching) {
        const room = others.size < 8;
        for (const other of others) if (room && (touching.get(other)?.size ?? 0) < 8) expect(next.get(no)).not.toBe(next.get(other));
      }
      const kept = parts.filter((no) => next.get(no) === colours.get(no)).length;
      expect(kept).toBeGreaterThan(10);
      colours = next;
    }
  });
});
