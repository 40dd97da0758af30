import { describe, expect, it } from "vitest";
import type { BoardRow, RuleSetHead, RuleSets, Verdict, VerdictState } from "../api/standards";
import { badness, choices, firstSet, nextSort, sortFrom, sortRows, sortText } from "./boardRows";

function verdict(state: VerdictState, required = 0, actual = 0): Verdict {
  const shortfall = state === "short" ? Math.abs(required - actual) : 0;
  return { state, required, actual, shortfall } as Verdict;
}

function row(code: string, households: number | null, premises: Verdict): BoardRow {
  return { code, households, verdicts: { premises } } as unknown as BoardRow;
}

const ROWS = [
  row("1", 900, verdict("short", 690, 450)),
  row("2", null, verdict("unknown")),
  row("3", 2400, verdict("compliant", 400, 420)),
  row("4", 100, verdict("short", 800, 100)),
  row("5", 700, verdict("not_applicable")),
  row("6", 100, verdict("compliant", 400, 400)),
];
const codes = (sorted: BoardRow[]): string => sorted.map(({ code }) => code).join("");

describe("the matrix in order", () => {
  it("puts the largest shortfall first and what was not judged last, whichever way", () => {
    expect(codes(sortRows(ROWS, { by: "premises", down: true }))).toBe("416325");
    expect(codes(sortRows(ROWS, { by: "premises", down: false }))).toBe("361425");
  });

  it("sorts by name and by households, the unknown last, ties by code", () => {
    expect(codes(sortRows(ROWS, { by: "name", down: true }))).toBe("654321");
    expect(codes(sortRows(ROWS, { by: "households", down: true }))).toBe("315462");
    expect(codes(sortRows(ROWS, { by: "households", down: false }))).toBe("465132");
  });

  it("keeps every row for a column that is not there", () => {
    expect(codes(sortRows(ROWS, { by: "gone", down: true }))).toBe("123456");
  });

  it("counts too much as bad as too little", () => {
    expect(badness(verdict("short", 3000, 3408))).toBe(408);
    expect(badness(verdict("compliant", 3000, 2000))).toBe(0);
    expect(badness(verdict("unknown"))).toBeNull();
  });

  it("turns when its heading is pressed again, and ends with the codes", () => {
    const first = nextSort({ by: "name", down: false }, "premises");
    expect(first).toEqual({ by: "premises", down: true });
    expect(nextSort(first, "premises")).toEqual({ by: "premises", down: false });
    expect(nextSort({ by: "premises", down: false }, "premises")).toEqual({ by: "name", down: false });
    expect(nextSort({ by: "name", down: false }, "name")).toEqual({ by: "name", down: true });
  });

  it("is written in the address", () => {
    for (const sort of [{ by: "coverage:facility:service_station", down: true }, { by: "name", down: false }]) {
      expect(sortFrom(sortText(sort))).toEqual(sort);
    }
    expect(sortFrom("<b>")).toBeNull();
    expect(sortFrom(null)).toBeNull();
  });
});

describe("the rule sets to choose from", () => {
  const head = (set: string, more: object = {}): RuleSetHead => ({ set, origin: "built_in", ...more }) as RuleSetHead;
  const sets = {
    built_in: [head("kaili"), head("national-14th-plan")],
    versions: [head("kaili", { origin: "division", version: 1, holds: false }), head("kaili", { origin: "division", version: 2, holds: true })],
  } as unknown as RuleSets;

  it("are each named once, a division's own in the version that holds", () => {
    expect(choices(sets).map(({ set, version }) => `${set} ${version ?? "-"}`)).toEqual(["kaili 2", "national-14th-plan -"]);
  });

  it("begin with a division's own, else with the national set", () => {
    expect(firstSet(choices(sets))).toBe("kaili");
    expect(firstSet(sets.built_in)).toBe("national-14th-plan");
    expect(firstSet([])).toBeNull();
  });
});
