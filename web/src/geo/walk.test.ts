import { describe, expect, it } from "vitest";
import { lengthM } from "./walk";

describe("the length of a line", () => {
  it("adds up its legs", () => {
    // A thousandth of a degree of latitude is 111.2 m; at 60° of longitude half as much.
    expect(lengthM([[10, 0], [10, 0.001]])).toBeCloseTo(111.2, 1);
    expect(lengthM([[10, 60], [10.001, 60]])).toBeCloseTo(55.6, 1);
    expect(lengthM([[10, 60], [10.001, 60], [10.001, 60.001]])).toBeCloseTo(166.8, 1);
  });

  it("is nothing for a point", () => {
    expect(lengthM([[1, 1]])).toBe(0);
    expect(lengthM([])).toBe(0);
  });
});
