import { describe, expect, it } from "vitest";
import type { Community } from "../../api/standards";
import { sorted } from "./order";

const row = (code: string, households: number, state: string, shortfall: number | null = null): Community =>
  ({ code, name: code, households, verdicts: { premises: { state, shortfall, required: 100 } } }) as unknown as Community;
const ROWS = [row("b", 5, "compliant"), row("a", 9, "short", 10), row("d", 7, "unknown"), row("c", 5, "short", 60), row("e", 1, "not_applicable")];
const codes = (rows: Community[]): string => rows.map((each) => each.code).join("");

describe("the order of the board", () => {
  it("puts the largest shortfall first, what is unknown next, and what no rule is about last", () => {
    expect(codes(sorted(ROWS, { column: "premises", down: false }))).toBe("cadbe");
    expect(codes(sorted(ROWS, { column: "premises", down: true }))).toBe("ebdac");
  });
  it("orders by households, equal ones by code", () => {
    expect(codes(sorted(ROWS, { column: "households", down: true }))).toBe("adbce");
  });
});
