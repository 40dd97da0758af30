import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { listFaultText, reasonText } from "./sitingProblems";

const FOLDER = new URL("../../../gis/siting/", import.meta.url);
const source = readdirSync(FOLDER).filter((name) => name.endsWith(".py")).map((name) => readFileSync(new URL(name, FOLDER), "utf8")).join("\n");

describe("why there is no answer", () => {
  it("has a sentence for every reason of the server, in both languages", () => {
    const codes = new Set([...source.matchAll(/Reason\(\s*"(\w+)"/g), ...source.matchAll(/"(choose_too_few_to_reach_all)" if/g)].map(([, code]) => code!));
    expect(codes.size).toBeGreaterThan(10);
    for (const code of codes) {
      expect(reasonText(code, "the server's sentence", "zh"), code).toMatch(/[\u4e00-\u9fff]/);
      expect(reasonText(code, "the server's sentence", "en"), code).not.toContain("the server's");
    }
    expect(reasonText("something_new", "the server's sentence", "zh")).toBe("the server's sentence");
  });

  it("takes the numbers out of the server's sentences", () => {
    const target = "all candidates together reach 26193 of 26951 (97.1875%), the target is 26682; lower the target to 97.1875%, lengthen the limit or add candidates near the 231 demands out of reach";
    const said = reasonText("target_out_of_reach", target, "zh");
    for (const number of ["26193", "26951", "97.1875%", "26682"]) expect(said).toContain(number);
    expect(reasonText("choose_too_many", "30 sites were asked for and 20 may be chosen of 30 (10 exist, 0 are forbidden); ask for at most 20 or add candidates", "zh")).toBe("要新设 30 个，可选的候选只有 20 个：请最多填 20，或增加候选");
    expect(reasonText("capacity_short", "the existing stations and the 3 largest sites that may be chosen hold 25000 of 26193 households, 1193 too few; choose more sites or raise capacities", "en")).toContain("3 largest candidates hold 25000 of 26193");
  });
});

describe("a fault of a list", () => {
  it("says what stands there", () => {
    expect(listFaultText({ row: 4, field: "lon", reason: "not_a_number", given: "东" }, "zh")).toBe("经度：不是数（东）");
    expect(listFaultText({ row: 9, field: "code", reason: "twice", given: "K1", other: 2 }, "zh")).toBe("编码：与第 2 行重复（K1）");
    expect(listFaultText({ row: null, field: null, reason: "no_rows", given: "" }, "en")).toBe("there are no candidates: a header and one row are needed");
  });
});
