import { describe, expect, it } from "vitest";
import { locate, type Shape } from "../geo/locate";
import { LeaveWatch, answerOf, windOf } from "./answer";
import type { GridRef } from "./package";

/** Three squares of 0.001° in a row, a fourth below the middle. */
function square(x: number, y: number): Shape {
  return [[Float64Array.of(x, y, x + 0.001, y, x + 0.001, y + 0.001, x, y + 0.001, x, y)]];
}
const CODES = ["a", "b", "c", "d"];
const SHAPES = [square(117, 28), square(117.001, 28), square(117.002, 28), square(117.001, 27.999)];
const GRIDS = CODES.map((code): GridRef => ({ code, name: null, kind: "general", level: null, community: null, workers: [] }));

function at(lon: number, lat: number, accuracy: number | null, own: string[] = ["b"]) {
  return answerOf(locate(lon, lat, accuracy, SHAPES), GRIDS, new Set(own), true);
}

describe("the answer to a worker", () => {
  it.each([0, 5, 500, null])("in the middle of the own grid, accuracy %s", (accuracy) => {
    const found = at(117.0015, 28.0005, accuracy);
    expect(found.kind).toBe(accuracy === 500 ? "border" : "mine");
    expect(found.grid!.code).toBe("b");
  });

  it.each([0, null])("on the very border the first has it, accuracy %s", (accuracy) => {
    expect(at(117.001, 28.0005, accuracy).grid!.code).toBe("a");
    expect(at(117.001, 28.0005, accuracy).kind).toBe("other");
    expect(at(117.001, 28.0005, accuracy, ["a"]).kind).toBe("mine");
  });

  it("names every grid that the circle touches, the likeliest first", () => {
    const two = at(117.00101, 28.0005, 5);
    expect([two.kind, two.choices.map((choice) => choice.grid.code)]).toEqual(["border", ["b", "a"]]);
    expect(two.choices.reduce((sum, choice) => sum + choice.share, 0)).toBeCloseTo(1, 3);
    const three = at(117.00101, 28.00001, 5);
    expect(three.choices.map((choice) => choice.grid.code).sort()).toEqual(["a", "b", "d"]);
    expect(at(117.0015, 28.0005, 500).choices).toHaveLength(4);
  });

  it("between two of the own grids there is nothing to be unsure about", () => {
    expect(at(117.001, 28.0005, 5, ["a", "b"]).kind).toBe("mine");
  });

  it("outside it tells how far and which way", () => {
    const found = at(117.0015, 28.002, 5);
    expect([found.kind, found.grid!.code, windOf(found.bearing_deg!)]).toEqual(["outside", "b", "s"]);
    expect(found.border_m).toBeGreaterThan(100);
  });
});

describe("leaving", () => {
  it("alarms once, and only when the whole circle is outside", () => {
    const watch = new LeaveWatch();
    const alarms = [117.0015, 117.00102, 117.00099, 117.0009, 117.0005].map((lon, n) => watch.next(at(lon, 28.0005, 5), n * 1000));
    expect(alarms).toEqual([false, false, false, true, false]);
  });

  it("a walk along the border raises nothing, however the position jumps", () => {
    const watch = new LeaveWatch();
    watch.next(at(117.0015, 28.0005, 5), 0);
    let alarms = 0;
    for (let n = 0; n < 1000; n++) {
      const lon = 117.001 + (n % 2 === 0 ? 0.00003 : -0.00003);
      if (watch.next(at(lon, 28.0002 + n * 0.0000006, 8), n * 1000)) alarms += 1;
    }
    expect(alarms).toBe(0);
  });

  it("jumping wholly in and wholly out rings at most every two minutes", () => {
    const watch = new LeaveWatch();
    let alarms = 0;
    for (let n = 0; n < 600; n++) if (watch.next(at(n % 2 === 0 ? 117.0015 : 117.0005, 28.0005, 5), n * 1000)) alarms += 1;
    expect(alarms).toBe(5);
  });

  it("who was never inside has left nothing", () => {
    const watch = new LeaveWatch();
    expect(watch.next(at(117.0005, 28.0005, 5), 0)).toBe(false);
  });
});
