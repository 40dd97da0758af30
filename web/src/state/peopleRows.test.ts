import { describe, expect, it } from "vitest";
import type { PeopleGrid } from "../api/people";
import { daysAfter, firstOf, fits, isDay, saysSo, shownPosts, substituteDays, substituteFault } from "./peopleRows";

const post = (responsible: boolean) => ({ name: "网格长", zh: "网格长", en: "grid leader", responsible, ordinal: 10 });
const person = (posting: number, name: string, more: object = {}) => ({
  posting, worker: posting, name, work_phone: `000-${posting}`, post: post(true), valid_from: "2026-01-01", valid_to: null, holder: null, substitute_for: null, ...more,
});
const grid = (people: object[], more: object = {}): PeopleGrid =>
  ({ code: "990101001001001", name: "第1网格", kind: "general", level: null, community: { code: "990101001001", name: "鼓楼社区" }, box: [], state: "held", households: 5, people, warnings: [], ...more }) as unknown as PeopleGrid;

describe("the list of people", () => {
  it("names whoever stands in before the holder, and who answers before who does not", () => {
    const [holder, police] = [person(1, "甲"), person(2, "乙", { post: post(false) })];
    expect(firstOf(grid([police, holder]))?.name).toBe("甲");
    expect(firstOf(grid([police, holder, person(3, "丙", { holder: 1 })]))?.name).toBe("丙");
    expect(firstOf(grid([police]))?.name).toBe("乙");
    expect(firstOf(grid([]))).toBeNull();
  });

  it("is narrowed to a state or a warning", () => {
    expect(fits(grid([]), null)).toBe(true);
    expect(fits(grid([], { state: "nobody" }), "nobody")).toBe(true);
    expect(fits(grid([], { warnings: ["no_phone"] }), "no_phone")).toBe(true);
    expect(fits(grid([]), "nobody")).toBe(false);
  });

  it("finds names, telephones, grids and communities", () => {
    const one = grid([person(7, "李某")]);
    for (const words of ["李", "000-7", "001001001", "第1", "鼓楼", " "]) expect(saysSo(one, words), words).toBe(true);
    expect(saysSo(one, "王")).toBe(false);
  });

  it("calls a post as the county does", () => {
    const usual = { ...post(true), code: "grid_leader", division: null };
    const own = { ...usual, zh: "片长", ordinal: 20, division: "990101" };
    const other = { ...usual, name: "楼栋长", zh: "楼栋长", ordinal: 15 };
    expect(shownPosts([usual, other, own]).map(({ zh }) => zh)).toEqual(["楼栋长", "片长"]);
    expect(shownPosts([own, usual]).map(({ zh }) => zh)).toEqual(["片长"]);
  });

  it("knows days there are", () => {
    expect([isDay("2026-05-03"), isDay("2026-02-30"), isDay("3 May"), isDay("")]).toEqual([true, false, false, false]);
    expect(daysAfter("2026-12-31", 1)).toBe("2027-01-01");
  });

  it("proposes a substitute inside the holder's own days", () => {
    const open = { valid_from: "2026-05-01", valid_to: null };
    const short = { valid_from: "2026-05-01", valid_to: "2026-05-10" };
    expect(substituteDays(open, "2026-05-06")).toEqual({ from: "2026-05-06", to: "2026-05-13" });
    expect(substituteDays(short, "2026-05-06")).toEqual({ from: "2026-05-06", to: "2026-05-10" });
    expect(substituteDays(short, "2026-04-06")).toEqual({ from: "2026-05-01", to: "2026-05-08" });
  });

  it("says at which end days of a substitute lie beyond the holder's", () => {
    const held = { valid_from: "2026-05-01", valid_to: "2026-05-10" };
    expect(substituteFault(held, "2026-05-06", "2026-05-10")).toBe(null);
    expect(substituteFault(held, "2026-05-06", "2026-05-11")).toBe("to_beyond");
    expect(substituteFault(held, "2026-04-30", "2026-05-10")).toBe("from_beyond");
    expect(substituteFault(held, "2026-05-10", "2026-05-12")).toBe("from_beyond");
    expect(substituteFault(held, "2026-05-06", "2026-05-06")).toBe("order");
    expect(substituteFault({ ...held, valid_to: null }, "2026-05-06", "2036-05-06")).toBe(null);
    expect(substituteFault(held, "", "")).toBe(null);
  });
});
