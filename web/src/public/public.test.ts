import { describe, expect, it } from "vitest";
import { codeFrom, numberOf, type PublicGrid } from "./data";
import { fillsOf, labelOf, pathOf, projectionOf, streetNames } from "./layout";
import { postOf, standsIn } from "./PublicPage";
import { WORDS, sayIn } from "./words";

const square = (west: number, south: number, size = 0.01): PublicGrid["geometry"] => ({
  type: "Polygon",
  coordinates: [[[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]],
});
const grid = (no: string, geometry: PublicGrid["geometry"]): PublicGrid => ({
  code: `990101001001${no}`, name: null, kind: "general", geometry, bounds: { north: null, east: null, south: null, west: null }, workers: [],
});
const TWO = [grid("001", square(117, 28)), grid("002", square(117.01, 28))];

describe("the public page", () => {
  it("says for whom somebody stands in, and until when", () => {
    const one = { name: "乙", phone: null, post: "网格长", post_en: "grid leader", substitute_for: "甲", until: "2026-12-06" };
    expect([standsIn(one, sayIn("zh")), standsIn({ ...one, until: null }, sayIn("en"))]).toEqual(["代甲，2026-12-06 起由本人负责", "for 甲"]);
    expect([postOf(one, sayIn("zh")), postOf(one, sayIn("en"))]).toEqual(["网格长", "grid leader"]);
  });

  it("takes the community from its address", () => {
    expect(codeFrom("/public/990101001001")).toBe("990101001001");
    expect(codeFrom("/public/990101001001/")).toBe("990101001001");
    for (const wrong of ["/public/", "/public/x", "/public/12/../3", "/"]) expect(codeFrom(wrong)).toBeNull();
  });

  it("numbers a grid inside its community", () => {
    expect(numberOf(TWO[1]!, "990101001001")).toBe("002");
    expect(numberOf(TWO[1]!, "330101001001")).toBe("990101001001002");
  });

  it("draws from degrees and finds back to them", () => {
    const projection = projectionOf({ outline: null, grids: TWO })!;
    const [x, y] = projection.at(117.013, 28.004);
    const [lon, lat] = projection.back(x, y);
    expect(lon).toBeCloseTo(117.013, 9);
    expect(lat).toBeCloseTo(28.004, 9);
    expect(pathOf(TWO[0]!.geometry, projection)).toMatch(/^M16 .*Z$/);
    const label = labelOf(TWO[0]!, projection)!;
    expect(label.x).toBeLessThan(projection.width / 2);
    expect(projectionOf({ outline: null, grids: [] })).toBeNull();
  });

  it("gives neighbours other colours", () => {
    const fills = fillsOf([...TWO, grid("003", square(118, 29))]);
    expect(fills[0]).not.toBe(fills[1]);
    expect(fills[2]).toBe(fills[0]);
  });

  it("names each street once, none upon another and none outside", () => {
    const projection = projectionOf({ outline: null, grids: TWO })!;
    const line = (lat: number): [number, number][] => [[117.001, lat], [117.019, lat]];
    const streets = [
      { class: "residential", name: "后街", line: line(28.00501) },
      { class: "primary", name: "人民路", line: line(28.005) },
      { class: "primary", name: "人民路", line: [[117.001, 28.002], [117.003, 28.002]] as [number, number][] },
      { class: "primary", name: "外环路", line: line(28.012) },
    ];
    const names = streetNames({ streets, outline: square(117, 28, 0.02) }, projection);
    expect(names.map(({ name }) => name)).toEqual(["人民路"]);
  });

  it("speaks both languages with the same values", () => {
    const blanks = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    expect(Object.keys(WORDS.en)).toEqual(Object.keys(WORDS.zh));
    for (const word of Object.keys(WORDS.zh) as (keyof typeof WORDS.zh)[]) expect(blanks(WORDS.en[word]), word).toEqual(blanks(WORDS.zh[word]));
  });
});
