import { describe, expect, it } from "vitest";
import { checkPassword, kindsOf, passes } from "./rules";

const RULES = { min_length: 10, kinds: 3, remembered: 5 };
const met = (password: string, name = "wang.gh", refused: string[] = []): Record<string, boolean | null> =>
  Object.fromEntries(checkPassword(password, name, RULES, refused).map((check) => [check.rule, check.met]));

describe("the checklist of a password", () => {
  it("counts kinds of signs, everything else being one of them", () => {
    expect(kindsOf("")).toBe(0);
    expect(kindsOf("abcABC")).toBe(2);
    expect(kindsOf("aB3-")).toBe(4);
    expect(kindsOf("网格")).toBe(1);
  });

  it("follows what is typed, each rule by itself", () => {
    expect(met("abc")).toMatchObject({ too_short: false, too_few_kinds: false, contains_name: true });
    expect(met("Bridge-2026")).toMatchObject({ too_short: true, too_few_kinds: true, contains_name: true });
  });

  it("counts characters, not units of their encoding", () => {
    expect(met("😀😀😀😀😀").too_short).toBe(false);
  });

  it("finds the name in any case, except one that is too short to mean anything", () => {
    expect(met("my-WANG.GH-26").contains_name).toBe(false);
    expect(met("Bridge-ab-2026", "ab").contains_name).toBe(true);
  });

  it("leaves common and earlier passwords to the server and takes its refusal", () => {
    expect(met("Bridge-2026")).toMatchObject({ too_common: null, used_before: null });
    expect(met("Bridge-2026", "wang", ["used_before"]).used_before).toBe(false);
    expect(passes(checkPassword("Bridge-2026", "wang", RULES))).toBe(true);
    expect(passes(checkPassword("Bridge-2026", "wang", RULES, ["too_common"]))).toBe(false);
  });

  it("does not speak of earlier passwords where none are remembered", () => {
    expect(checkPassword("", "", { ...RULES, remembered: 0 }).map((check) => check.rule)).not.toContain("used_before");
  });
});
