import { describe, expect, it } from "vitest";
import { joinLines } from "./joinLines";

describe("edges of one street", () => {
  it("become one line, whichever way they were drawn", () => {
    const [line, ...others] = joinLines([[[0, 0], [10, 0]], [[20, 0], [10, 0]], [[20, 0], [30, 1]]]);
    expect(others).toEqual([]);
    expect([line![0]![0], line![line!.length - 1]![0]].sort((a, b) => a - b)).toEqual([0, 30]);
    expect(line).toHaveLength(4);
  });

  it("go straight on at a fork", () => {
    const joined = joinLines([[[0, 0], [10, 0]], [[10, 0], [10, 9]], [[10, 0], [20, 0]]]);
    expect(joined.map((line) => line.length).sort()).toEqual([2, 3]);
  });
});
