import { expect, test } from "vitest";
import type { GridInPackage, Opened } from "./package";
import { linked, opened, ownCodes, ownKnown } from "./packages";
import { home } from "./session";

function inside(code: string, own?: boolean): GridInPackage {
  return { code, name: null, kind: "general", level: null, community: null, workers: [], nested: false, shape: [], ...(own === undefined ? {} : { own }) };
}

function packed(code: string, grids: GridInPackage[]): Opened {
  return { code, tag: null, data: { grids } as Opened["data"], extent: [0, 0, 1, 1], shapes: new Map(), asked: grids, lands: [], streets: [] };
}

test("what is nested in an own grid is own, and nothing is somebody else's before the own grids are known", () => {
  expect(ownKnown.value).toBe(false);
  home.value = { account: "a", worker: null, as_of: "2026-11-29", grids: [{ ...inside("large"), workers: [] }], attribution: [], map_review_number: null, sample: false } as NonNullable<typeof home.value>;
  opened.value = [packed("large", [inside("large", true), inside("small", true), inside("next", false)]), packed("of another", [inside("far", true)])];
  expect(ownKnown.value).toBe(true);
  expect([...ownCodes.value]).toEqual(["large", "small"]);
  // A package that was kept before it told so.
  opened.value = [packed("large", [inside("large"), inside("small")])];
  expect([...ownCodes.value]).toEqual(["large"]);
  home.value = null;
  linked.value = "linked";
  expect([...ownCodes.value]).toEqual(["linked"]);
});
