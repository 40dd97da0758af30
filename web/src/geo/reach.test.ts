import { describe, expect, it } from "vitest";
import type { Row } from "../api/types";
import { REACH_CLASSES, byBeyond, countedIn, reachOf, share } from "./reach";

function row(part: Partial<Row>): Row {
  return {
    households: 0, buildings_total: 0, within_walk: 0, within_radius: 0, within_network_radius: 0, out_of_reach: 0,
    unreachable: 0, no_network: 0, unplaced: 0, estimated_within_walk: 0, buildings_within_walk: 0,
    buildings_within_radius: 0, buildings_within_network_radius: 0, buildings_out_of_reach: 0,
    buildings_unreachable: 0, buildings_no_network: 0, rate_walk: null, rate_radius: null, rate_network_radius: null,
    buildings_estimated_within_walk: 0, area_km2: null, households_per_km2: null, ...part,
  };
}

describe("reach", () => {
  it("adds its classes up to the total", () => {
    const reach = reachOf(
      row({ households: 100, within_walk: 60, out_of_reach: 20, unreachable: 10, no_network: 7, unplaced: 3 }),
      "households",
    );
    expect(REACH_CLASSES.reduce((sum, name) => sum + reach.parts[name], 0)).toBe(reach.total);
    expect(reach.beyond).toBe(30);
  });

  it("counts buildings where no household is known", () => {
    const totals = row({ buildings_total: 9, buildings_within_walk: 5, buildings_out_of_reach: 4 });
    expect(countedIn(totals)).toBe("buildings");
    expect(reachOf(totals, "buildings")).toMatchObject({ total: 9, withinWalk: 5, beyond: 4 });
  });

  it("has no share of nothing", () => {
    expect(share(0, 0)).toBeNull();
    expect(share(1, 4)).toBe(0.25);
  });

  it("sorts by what is out of reach, ties by code", () => {
    const rows = [
      { ...row({ out_of_reach: 1 }), code: "b" },
      { ...row({ out_of_reach: 1 }), code: "a" },
      { ...row({ unreachable: 5 }), code: "c" },
    ];
    expect(byBeyond(rows, "households").map((r) => r.code)).toEqual(["c", "a", "b"]);
  });
});
