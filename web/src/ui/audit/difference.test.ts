import { describe, expect, it } from "vitest";
import { difference, valueText, type ValueWords } from "./difference";

const WORDS: ValueWords = { yes: "yes", no: "no", mark: ", ", code: (field, code) => (field === "role" ? `role ${code}` : code) };

describe("the difference of before and after", () => {
  it("puts what changed first and keeps what stayed", () => {
    const rows = difference({ name: "wang", role: "analyst" }, { name: "wang", role: "planner" });
    expect(rows.map(({ field, change }) => [field, change])).toEqual([["role", "changed"], ["name", "same"]]);
  });

  it("tells what came, what went, and what has no value", () => {
    const rows = difference({ a: 1, b: null }, { b: null, c: 2 });
    expect(rows.map(({ field, change }) => [field, change])).toEqual([["a", "removed"], ["c", "added"], ["b", "same"]]);
  });

  it("goes into documents by path and leaves lists whole", () => {
    const rows = difference({ at: { x: 1, y: 2 }, codes: ["1"] }, { at: { x: 1, y: 3 }, codes: ["1", "2"] });
    expect(rows.map(({ field, change }) => [field, change])).toEqual([["at.y", "changed"], ["codes", "changed"], ["at.x", "same"]]);
  });

  it("does not mind the order of keys", () => {
    expect(difference({ d: [{ code: "1", name: "a" }] }, { d: [{ name: "a", code: "1" }] })[0]!.change).toBe("same");
  });

  it("is a list of the one side where there is no other", () => {
    expect(difference(null, { rows: 3 })).toEqual([{ field: "rows", before: undefined, after: 3, change: "added" }]);
    expect(difference(null, null)).toEqual([]);
  });
});

describe("a value of a record", () => {
  it("is read without brackets and quotes", () => {
    expect(valueText("everywhere", false, WORDS)).toBe("no");
    expect(valueText("role", "planner", WORDS)).toBe("role planner");
    expect(valueText("divisions", [{ code: "990101001", name: "East" }, { name: "West" }], WORDS)).toBe("East (990101001), West");
    expect(valueText("x", [], WORDS)).toBe("—");
    expect(valueText("x", null, WORDS)).toBe("—");
    expect(valueText("x", [{ a: 1, role: "auditor" }], WORDS)).toBe("a: 1, role: role auditor");
  });
});
