import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { en, one } from "./en";
import { enEvents } from "./enEvents";
import { enPeople } from "./enPeople";
import { problemText } from "./problems";
import { zh } from "./zh";

const blanks = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

describe("the two languages", () => {
  it("fill in the same values", () => {
    for (const word of Object.keys(zh) as (keyof typeof zh)[]) {
      // Units are part of the sentence in Chinese and of the number's label in English.
      const wanted = blanks(zh[word]);
      for (const blank of blanks(en[word])) expect(wanted, word).toContain(blank);
      expect(en[word], word).not.toBe("");
    }
  });

  it("have a word for one wherever the rooms of people and events count things", () => {
    // A clock is wrong by whole days or hours from two on.
    const never = ["events.clock_days", "events.clock_hours"];
    const counting = Object.entries({ ...enPeople, ...enEvents }).filter(([, said]) => /\{n\} (?:[a-z]+s|more are|of these [a-z]+ are)\b/.test(said));
    expect(counting.length).toBeGreaterThan(14);
    expect(counting.map(([word]) => word).filter((word) => !(word in one) && !never.includes(word))).toEqual([]);
    for (const [word, said] of Object.entries(one)) expect(said, word).toMatch(/\b1\b/);
  });

  it("say every problem, known or not", () => {
    expect(problemText("no_stations", "", "zh").what).toContain("服务点");
    expect(problemText("unknown_building", "", "en").what).toBe("Not found.");
    expect(problemText("something_new", "the server's sentence", "en").what).toBe("the server's sentence");
  });
});

describe("the audit", () => {
  it("has a word for everything that is recorded", () => {
    const server = readFileSync(new URL("../../../layers/audit.py", import.meta.url), "utf8");
    const actions = /ACTIONS = \(([^)]*)\)/.exec(server)![1]!.match(/"[^"]+"/g)!.map((text) => text.slice(1, -1));
    expect(actions.length).toBeGreaterThan(20);
    expect(actions.filter((action) => !(`action.${action}` in zh))).toEqual([]);
  });
});

describe("why", () => {
  const source = (path: string): string => readFileSync(new URL(`../../../gis/${path}`, import.meta.url), "utf8");

  it("has a sentence for every reason", () => {
    const codes = /CODES = \(([^)]*)\)/.exec(source("reasons.py"))![1]!.match(/"[^"]+"/g)!.map((text) => text.slice(1, -1));
    expect(codes.length).toBeGreaterThan(9);
    expect(codes.filter((code) => !(`why.${code}` in zh))).toEqual([]);
  });

  it("names every class of street people walk on, as the table of the server does", () => {
    const rows = [...source("network.py").matchAll(/StreetClass\("(\w+)", "([^"]+)", "([^"]+)", walkable=True/g)];
    expect(rows.length).toBeGreaterThan(15);
    for (const [, name, chinese, english] of rows) {
      expect([zh[`street.${name}` as keyof typeof zh], en[`street.${name}` as keyof typeof zh]]).toEqual([chinese, english]);
    }
  });
});

describe("the five elements of a grid", () => {
  const source = readFileSync(new URL("../../../layers/categories.py", import.meta.url), "utf8");

  it.each([["asset", "ASSET_CATEGORIES", 9], ["organisation", "ORGANISATION_CATEGORIES", 8]] as const)("names every kind of %s as the server's ledgers do", (group, table, least) => {
    const body = new RegExp(`${table}[^=]*= \\{([^}]*)\\}`).exec(source)![1]!;
    const rows = [...body.matchAll(/"(\w+)": \("([^"]+)", "([^"]+)"\)/g)];
    expect(rows.length).toBeGreaterThanOrEqual(least);
    for (const [, code, chinese, english] of rows) {
      const word = `${group}.${code}` as keyof typeof zh;
      expect([zh[word], en[word]?.toLowerCase()]).toEqual([chinese, english]);
    }
  });
});
