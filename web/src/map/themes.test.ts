import { describe, expect, it } from "vitest";
import { streetStyle, widthAt } from "./style";
import { unseenLines } from "./themes";
import type { TilePoint } from "./tiles";

const p = (x: number, y: number): TilePoint => ({ x, y });

describe("borders", () => {
  it("of two neighbours are drawn once, in either direction", () => {
    //  (0,0)───(4,0)───(8,0)
    //    │  left │ right │
    //  (0,4)───(4,4)───(8,4)
    const seen = new Set<number>();
    const lines: TilePoint[][] = [];
    unseenLines([p(0, 0), p(4, 0), p(4, 4), p(0, 4), p(0, 0)], seen, lines);
    unseenLines([p(4, 0), p(8, 0), p(8, 4), p(4, 4), p(4, 0)], seen, lines);
    const segments = lines.reduce((sum, line) => sum + line.length - 1, 0);
    expect(segments).toBe(7);
    expect(lines).toHaveLength(2);
  });
});

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
