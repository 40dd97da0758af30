import { describe, expect, it } from "vitest";
import { streetStyle, widthAt } from "./style";

describe("street widths", () => {
  it("grow between the stops and vanish below the first", () => {
    const { widths } = streetStyle("primary");
    expect(widthAt(widths, 8)).toBe(0);
    expect(widthAt(widths, 15)).toBeCloseTo(7.25);
    expect(widthAt(widths, 18)).toBe(20);
  });

  it("take an unknown class as a local street", () => {
    expect(streetStyle("巷")).toBe(streetStyle("residential"));
  });
});
