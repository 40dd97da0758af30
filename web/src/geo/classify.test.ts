import { describe, expect, it } from "vitest";
import { DENSITY_COLOURS, classOf, rampColours } from "./classify";

describe("classes", () => {
  it("hold their upper bound", () => {
    expect(classOf(10, [10, 20])).toBe(0);
    expect(classOf(10.01, [10, 20])).toBe(1);
  });

  it("keep a value above the last bound in the last class", () => {
    expect(classOf(99, [10, 20])).toBe(1);
  });

  it("spread few classes over the ramp", () => {
    expect(rampColours(5)).toEqual([...DENSITY_COLOURS]);
    expect(rampColours(3)).toEqual([DENSITY_COLOURS[0], DENSITY_COLOURS[2], DENSITY_COLOURS[4]]);
  });
});
