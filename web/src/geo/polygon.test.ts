import { describe, expect, it } from "vitest";
import { isSimpleRing, labelPoint, ringsContain, signedDistance, type Point } from "./polygon";

//  (0,0)────(4,0)   an L: the upper right quarter is missing
//    │   ┌────┘
//    │   │(2,2)
//  (0,4)─┘
const ELL: Point[][] = [[[0, 0], [4, 0], [4, 2], [2, 2], [2, 4], [0, 4], [0, 0]]];
const RING_WITH_HOLE: Point[][] = [
  [[0, 0], [6, 0], [6, 6], [0, 6], [0, 0]],
  [[2, 2], [4, 2], [4, 4], [2, 4], [2, 2]],
];

describe("polygons", () => {
  it("leave the notch of an L outside", () => {
    expect(ringsContain(ELL, [1, 3])).toBe(true);
    expect(ringsContain(ELL, [3, 3])).toBe(false);
  });

  it("leave a hole outside", () => {
    expect(ringsContain(RING_WITH_HOLE, [3, 3])).toBe(false);
    expect(ringsContain(RING_WITH_HOLE, [1, 1])).toBe(true);
  });

  it("measure distance with the sign of the side", () => {
    expect(signedDistance(ELL, [1, 1])).toBeCloseTo(1);
    expect(signedDistance(ELL, [3, 3])).toBeCloseTo(-1);
  });

  it("put their label inside, away from the edges", () => {
    const point = labelPoint(RING_WITH_HOLE)!;
    expect(ringsContain(RING_WITH_HOLE, point)).toBe(true);
    expect(signedDistance(RING_WITH_HOLE, point)).toBeGreaterThan(0.9);
  });

  it("have no label without a vertex", () => {
    expect(labelPoint([])).toBeNull();
  });

  it("tell a ring with an inside from one that crosses itself", () => {
    expect(isSimpleRing([[0, 0], [4, 0], [4, 4], [0, 4]])).toBe(true);
    expect(isSimpleRing([[0, 0], [4, 4], [4, 0], [0, 4]])).toBe(false);
    expect(isSimpleRing([[0, 0], [4, 0]])).toBe(false);
  });
});
