import { describe, expect, it } from "vitest";
import type { LonLat } from "../api/types";
import { bordersOf } from "./borders";
import type { Shape } from "./shapes";

function shape(code: string, level: string, ring: LonLat[]): Shape {
  return { code, name: code, level, rings: [ring], bbox: [0, 0, 8, 4], label: [0, 0] };
}

//  (0,4)───(4,4)───(8,4)
//    │  left │ right │     the township is both together
//  (0,0)───(4,0)───(8,0)
const SHAPES = [
  shape("left", "community", [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]),
  shape("right", "community", [[4, 0], [8, 0], [8, 4], [4, 4], [4, 0]]),
  shape("both", "township", [[0, 0], [4, 0], [8, 0], [8, 4], [4, 4], [0, 4], [0, 0]]),
];

describe("borders", () => {
  it("belong to the highest level, and each stretch is there once", () => {
    const borders = bordersOf(SHAPES);
    const segments = (lines: LonLat[][]): number => lines.reduce((sum, line) => sum + line.length - 1, 0);
    expect(segments(borders.township)).toBe(6);
    expect(borders.community).toEqual([[[4, 0], [4, 4]]]);
  });
});
