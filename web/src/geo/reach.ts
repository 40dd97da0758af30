import type { Row } from "../api/types";

/** What a run counts in: households, or buildings where no household is known. */
export type Counted = "households" | "buildings";

export type ReachClass = "within_walk" | "out_of_reach" | "unreachable" | "no_network" | "unplaced";
export const REACH_CLASSES: readonly ReachClass[] = [
  "within_walk",
  "out_of_reach",
  "unreachable",
  "no_network",
  "unplaced",
];

export interface Reach {
  counted: Counted;
  total: number;
  withinWalk: number;
  withinRadius: number;
  /** Known not to be reached in time: a longer route, or none. */
  beyond: number;
  parts: Record<ReachClass, number>;
}

export function countedIn(totals: Row): Counted {
  return totals.households > 0 ? "households" : "buildings";
}

/** The classes of a row, which add up to its total. */
export function reachOf(row: Row, counted: Counted): Reach {
  const parts: Record<ReachClass, number> =
    counted === "households"
      ? {
          within_walk: row.within_walk,
          out_of_reach: row.out_of_reach,
          unreachable: row.unreachable,
          no_network: row.no_network,
          unplaced: row.unplaced,
        }
      : {
          within_walk: row.buildings_within_walk,
          out_of_reach: row.buildings_out_of_reach,
          unreachable: row.buildings_unreachable,
          no_network: row.buildings_no_network,
          unplaced: 0,
        };
  return {
    counted,
    total: counted === "households" ? row.households : row.buildings_total,
    withinWalk: parts.within_walk,
    withinRadius: counted === "households" ? row.within_radius : row.buildings_within_radius,
    beyond: parts.out_of_reach + parts.unreachable,
    parts,
  };
}

export function share(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

/** Rows that have something out of reach first, most first; ties by code, so that the order is stable. */
export function byBeyond<R extends Row & { code: string }>(rows: readonly R[], counted: Counted): R[] {
  const key = new Map(rows.map((row) => [row.code, reachOf(row, counted).beyond]));
  return rows.slice().sort((a, b) => key.get(b.code)! - key.get(a.code)! || (a.code < b.code ? -1 : 1));
}
