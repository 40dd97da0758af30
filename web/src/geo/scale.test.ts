import { describe, expect, it } from "vitest";
import { scaleBar } from "./scale";
import { walkMetres } from "./walk";

describe("lengths", () => {
  it("make a round scale bar that fits", () => {
    expect(scaleBar(4.2, 110)).toEqual({ metres: 200, pixels: 48 });
    expect(scaleBar(10, 110)).toEqual({ metres: 1000, pixels: 100 });
  });

  it("are implied by minutes and speed", () => {
    expect(walkMetres(15, 4.5)).toBe(1125);
    expect(walkMetres(15, 3.6)).toBe(900);
  });
});
