import { describe, expect, it } from "vitest";
import { mergedBins, roundTicks } from "./bins";

describe("bins", () => {
  it("are joined until they fit, and keep their sum", () => {
    expect(mergedBins([1, 2, 3, 4, 5], 100, 2)).toEqual({ values: [6, 9], step: 300 });
    expect(mergedBins([1, 2], 100, 40)).toEqual({ values: [1, 2], step: 100 });
    expect(mergedBins([], 100, 40)).toEqual({ values: [], step: 100 });
  });
});

describe("ticks", () => {
  it("are round and end within the axis", () => {
    expect(roundTicks(4800, 4)).toEqual([0, 2000, 4000]);
    expect(roundTicks(100, 4)).toEqual([0, 50, 100]);
    expect(roundTicks(0, 4)).toEqual([0]);
    expect(roundTicks(7, 4)).toEqual([0, 2, 4, 6]);
  });
});
