import { expect, test } from "vitest";
import { faultsOf, gridsLike, newLines, placesMoved, type CampaignDraft } from "./campaignDraft";

const draft: CampaignDraft = { of: null, name: "a", owner: "b", deadline: "2030-01-01", note: "", reason: "", lines: [], more: "x\n\n y \n", where: "area", area: "1" };

test("new items stand one a line, empty lines are none", () => {
  expect(newLines(draft)).toEqual(["x", "y"]);
});

test("what is missing is told by name", () => {
  expect([...faultsOf(draft, 0)]).toEqual([]);
  expect([...faultsOf({ ...draft, name: " ", deadline: "", more: "", where: "grids" }, 0)]).toEqual(["name", "deadline", "items", "grids"]);
  const line = { id: 1, text: "x", on: false };
  expect([...faultsOf({ ...draft, more: "", lines: [line] }, 0)]).toEqual(["items"]);
  expect([...faultsOf({ ...draft, lines: [{ ...line, text: " ", on: true }] }, 0)]).toEqual(["items"]);
});

test("grids are found by name and code within a community", () => {
  const all = [{ code: "0101", name: "东格" }, { code: "0102", name: "西格" }, { code: "0201", name: "东格" }];
  expect(gridsLike("东", "01", all)).toEqual([all[0]]);
  expect(gridsLike("02", "", all).map(({ code }) => code)).toEqual(["0102", "0201"]);
});

test("what left the area of a campaign and what came to it is told, of like with like", () => {
  expect(placesMoved({ grids: ["01", "02"] }, { grids: ["02", "03"] })).toEqual({ out: ["01"], into: ["03"] });
  expect(placesMoved({ divisions: ["1"] }, { divisions: ["1", "2"] })).toEqual({ out: [], into: ["2"] });
  expect(placesMoved({ divisions: ["1"] }, { grids: ["01"] })).toBe(null);
});
