import { describe, expect, it } from "vitest";
import type { RunRequest } from "../api/types";
import type { SitingSummary } from "../api/whatif";
import { FIRST, askedOf, faultsOf, gainPoints, gapPercent, groundOf, ranked, shareOf, type SitingForm } from "./sitingAsk";

const QUESTION: RunRequest = { minutes: 15, speed_kmh: 4.5, radius_m: 3000, category: "clinic", basis: "resident" };
const SITE = { code: "a", name: null, lon: 117, lat: 28, capacity: null };
const form = (change: Partial<SitingForm>): SitingForm => ({ ...FIRST, ...change });

describe("what is asked", () => {
  it("may not go out before it is whole", () => {
    expect(faultsOf(FIRST)).toEqual([]);
    expect(faultsOf(form({ add: "0", capacity: "1.5", most: "", name: "x".repeat(101) }))).toEqual(["add", "capacity", "most", "name"]);
    expect(faultsOf(form({ objective: "min-stations", target: "101", add: "" }))).toEqual(["target"]);
    expect(faultsOf(form({ kinds: ["places"] }))).toEqual(["sites"]);
    expect(faultsOf(form({ kinds: [] }))).toEqual(["kinds"]);
    expect(faultsOf(form({ kinds: ["premises"], area: [[0, 0], [1, 1], [1, 0], [0, 1]] }))).toEqual(["crossing"]);
    // What is left out is not looked at.
    expect(faultsOf(form({ kinds: ["places"], area: [[0, 0], [1, 1]], sites: [SITE], most: "", capacities: false, capacity: "x" }))).toEqual([]);
  });

  it("carries only what it means", () => {
    const area: SitingForm["area"] = [[117, 28], [118, 28], [118, 29]];
    expect(askedOf(form({ sites: [SITE], division: "990101001", capacity: "800" }), QUESTION, new Map(), "n")).toEqual({
      name: "n", question: { ...QUESTION, division: "990101001" }, objective: "max-coverage", add: 3, target: null,
      candidates: ["corners"], places: [], area: [], most: 100, must: [], forbidden: [], capacities: true, own_community: false, capacity: 800,
    });
    const list = askedOf(form({ kinds: ["places"], own: true, area, sites: [SITE], objective: "min-stations", target: "95.1", capacities: false, capacity: "9" }), QUESTION, new Map([["a", "must"], ["b", "forbidden"]]), "n");
    expect(list).toMatchObject({ add: null, target: 0.951, places: [SITE], area: [], must: ["a"], forbidden: ["b"], capacities: false, own_community: true, capacity: null });
    expect(askedOf(form({ kinds: ["premises", "corners"], area }), QUESTION, new Map(), "n")).toMatchObject({ candidates: ["corners", "premises"], area });
  });

  it("takes a target as it is written", () => {
    expect([shareOf("95%"), shareOf("１００"), shareOf("0"), shareOf(""), shareOf("x"), shareOf("100.1")]).toEqual([0.95, 1, null, null, null, null]);
  });

  it("numbers corners anew when they are others", () => {
    const now = groundOf(FIRST, "resident", "h");
    expect(groundOf(form({ add: "9", name: "x", sites: [SITE] }), "resident", "h")).toBe(now);
    for (const other of [groundOf(FIRST, "planned", "h"), groundOf(FIRST, "resident", "i"), groundOf(form({ most: "20" }), "resident", "h"), groundOf(form({ area: [[0, 0], [1, 0], [1, 1]] }), "resident", "h")]) expect(other).not.toBe(now);
  });
});

const SUMMARY = {
  objective_kind: "max-coverage", households: 1000,
  chosen: [{ code: "x", name: null, lon: 1, lat: 2, households: 40 }, { code: "y", name: "乙", lon: 3, lat: 4, households: 70 }],
  curve: [{ place: "y", value: 570, gain: 70 }, { place: "x", value: 600, gain: 30 }],
} as unknown as SitingSummary;

describe("what is answered", () => {
  it("has the sites in the order in which they gain, with the what-if's numbers", () => {
    expect(ranked(SUMMARY).map(({ rank, code, place, gain }) => [rank, code, place, gain])).toEqual([[1, "new:2", "y", 70], [2, "new:1", "x", 30]]);
    expect(ranked({ ...SUMMARY, curve: [] }).map(({ place, gain }) => [place, gain])).toEqual([["x", null], ["y", null]]);
  });

  it("begins the curve with what is there today, where that can be told", () => {
    expect(gainPoints(SUMMARY)).toEqual([{ stations: 0, value: 500 }, { stations: 1, value: 570 }, { stations: 2, value: 600 }]);
    const walks = { ...SUMMARY, objective_kind: "p-median", curve: [{ place: "y", value: 400_000_000, gain: 100_000_000 }, { place: "x", value: 300_000_000, gain: 100_000_000 }] };
    expect(gainPoints(walks).map(({ value }) => value)).toEqual([500, 400, 300]);
    const metres = { ...walks, objective_unit: "household_metres" as const, curve: [{ place: "y", value: 400_000, gain: 100_000 }] };
    expect(gainPoints(metres).map(({ value }) => value)).toEqual([500, 400]);
    expect(gainPoints({ ...walks, curve: [{ place: "y", value: null, gain: null }, { place: "x", value: 300_000_000, gain: null }] })).toEqual([{ stations: 2, value: 300 }]);
  });

  it("never promises more than the bound", () => {
    expect([gapPercent(0.004), gapPercent(0.000001), gapPercent(0.12341)]).toEqual([0.4, 0.01, 12.35]);
  });
});
