import { describe, expect, it } from "vitest";
import { Taken, clipLine, straightStretch, upright } from "./labelLayout";

describe("names on the map", () => {
  it("do not stand on each other", () => {
    const taken = new Taken();
    expect(taken.claim({ x: 0, y: 0, w: 10, h: 10 })).toBe(true);
    expect(taken.claim({ x: 9, y: 9, w: 10, h: 10 })).toBe(false);
    expect(taken.claim({ x: 10, y: 0, w: 10, h: 10 })).toBe(true);
  });

  it("stand on the longest straight stretch", () => {
    const stretch = straightStretch([[0, 0], [10, 0], [10, 40], [11, 80]])!;
    expect(stretch.length).toBeCloseTo(Math.hypot(1, 80));
    expect(stretch.y).toBe(40);
  });

  it("are never upside down", () => {
    expect(upright(Math.PI)).toBeCloseTo(0);
    expect(upright(-Math.PI / 2)).toBeCloseTo(Math.PI / 2);
  });

  it("stay in the part that is seen", () => {
    const rect = { x: 0, y: 0, w: 10, h: 10 };
    expect(clipLine([[-5, 5], [5, 5], [15, 5]], rect)).toEqual([[[0, 5], [5, 5], [10, 5]]]);
    expect(clipLine([[-5, 20], [15, 20]], rect)).toEqual([]);
    // Out and in again: two parts.
    expect(clipLine([[5, 5], [15, 5], [15, 8], [5, 8]], rect)).toHaveLength(2);
  });
});
