import { describe, expect, it } from "vitest";
import type { TreeDivision } from "../../api/accounts";
import { branchesWith, namesOf, pathTo, tickOf, toggle, treeOf } from "./divisionTree";

/*  county 1 ─┬─ township 11 ─┬─ 111 鼓楼
 *            │               ├─ 112 南门
 *            │               └─ 113 桥西
 *            └─ township 12 ─── 121 西山     */
const division = (code: string, name: string, parent: string | null): TreeDivision => ({ code, name, level: "", parent });
const DIVISIONS = [
  division("1", "县", null), division("11", "东街", "1"), division("111", "鼓楼", "11"), division("112", "南门", "11"),
  division("113", "桥西", "11"), division("12", "西镇", "1"), division("121", "西山", "12"),
];
const ROOTS = treeOf(DIVISIONS);
const pick = (chosen: string[], code: string): string[] => [...toggle(ROOTS, new Set(chosen), code)].sort();
const tick = (chosen: string[], code: string): string => {
  const path = pathTo(ROOTS, code);
  const set = new Set(chosen);
  return tickOf(path[path.length - 1]!, set, path.slice(0, -1).some((node) => set.has(node.code)));
};

describe("the tree", () => {
  it("stands on the divisions whose parent is not there", () => {
    expect(ROOTS.map((node) => node.code)).toEqual(["1"]);
    expect(treeOf(DIVISIONS.slice(1)).map((node) => node.code)).toEqual(["11", "12"]);
  });

  it("is searched by name or code, branches with their way down", () => {
    expect(branchesWith(ROOTS, "桥西")[0]!.children.map((node) => [node.code, node.children.map((c) => c.code)])).toEqual([["11", ["113"]]]);
    expect(branchesWith(ROOTS, "12")[0]!.children.map((node) => node.code)).toEqual(["12"]);
    expect(branchesWith(ROOTS, "zzz")).toEqual([]);
    expect(branchesWith(ROOTS, " ")).toEqual(ROOTS);
  });
});

describe("choosing", () => {
  it("a township includes its communities and drops those chosen one by one", () => {
    expect(pick(["111", "121"], "11")).toEqual(["11", "121"]);
    expect([tick(["11"], "112"), tick(["11"], "1"), tick(["11"], "12")]).toEqual(["on", "part", "off"]);
  });

  it("a community out of a chosen township leaves the others", () => {
    expect(pick(["11"], "112")).toEqual(["111", "113"]);
    expect(pick(["1"], "112")).toEqual(["111", "113", "12"]);
  });

  it("twice is not at all", () => {
    expect(pick(pick([], "113"), "113")).toEqual([]);
    expect(pick(["11"], "11")).toEqual([]);
  });

  it("every community of a township is not the township: one founded later stays outside", () => {
    expect(pick(["111", "112"], "113")).toEqual(["111", "112", "113"]);
    expect(tick(["111", "112", "113"], "11")).toBe("part");
  });

  it("is told by names in the tree's order", () => {
    expect(namesOf(ROOTS, new Set(["121", "11"]))).toEqual(["东街", "西山"]);
  });

  it("of something unknown changes nothing", () => {
    expect(pick(["11"], "99")).toEqual(["11"]);
  });
});
