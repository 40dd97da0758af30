import { describe, expect, it } from "vitest";
import { unionOutline } from "./outline";

describe("the outline of circles", () => {
  it("is the whole circle when it is alone", () => {
    const [line] = unionOutline([{ x: 0, y: 0, r: 1 }]);
    expect(line![0]![0]).toBeCloseTo(line![line!.length - 1]![0]);
  });

  it("leaves out what lies inside another", () => {
    const lines = unionOutline([{ x: 0, y: 0, r: 1 }, { x: 1, y: 0, r: 1 }]);
    for (const line of lines) {
      for (const [x, y] of line) {
        expect(Math.hypot(x, y)).toBeGreaterThan(0.999);
        expect(Math.hypot(x - 1, y)).toBeGreaterThan(0.999);
      }
    }
  });

  it("keeps one of two equal circles", () => {
    expect(unionOutline([{ x: 0, y: 0, r: 1 }, { x: 0, y: 0, r: 1 }])).toHaveLength(1);
  });
});
