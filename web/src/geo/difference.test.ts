import { describe, expect, it } from "vitest";
import { GAIN_COLOURS, LOSS_COLOURS, differenceColour } from "./difference";

describe("the colour of a difference", () => {
  it("is teal for more and brown for fewer, darker by thirds", () => {
    expect([1, 33, 34, 66, 67, 100].map((n) => differenceColour(n, 100))).toEqual([0, 0, 1, 1, 2, 2].map((i) => GAIN_COLOURS[i]));
    expect([-10, -50, -90].map((n) => differenceColour(n, 100))).toEqual([...LOSS_COLOURS]);
  });

  it("is none where nothing changes, and bounded", () => {
    expect(differenceColour(0, 100)).toBeNull();
    expect(differenceColour(5, 0)).toBeNull();
    expect(differenceColour(500, 100)).toBe(GAIN_COLOURS[2]);
  });
});
