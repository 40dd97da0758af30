import type { Located, Way } from "../geo/locate";
import type { GridRef } from "./package";

/** What the page says about a position: for the worker, not for the map. */
export type AnswerKind = "mine" | "other" | "border" | "outside";

export interface Choice {
  grid: GridRef;
  share: number;
  border_m: number;
  mine: boolean;
}

export interface Answer {
  kind: AnswerKind;
  /** The grid of the position, or the nearest one outside. */
  grid: GridRef | null;
  border_m: number | null;
  bearing_deg: number | null;
  /** On a border: who may be meant, the likeliest first. */
  choices: Choice[];
  /** Share of the circle in the worker's own grids, 0 to 1. */
  own_share: number;
  /** Share of the circle in no grid, 0 to 1. */
  outside_share: number;
  /** Whether the phone worked it out by itself. */
  offline: boolean;
  /** The way back to the own grids, from outside of them. */
  home: Way | null;
}

export function answerOf(found: Located, grids: readonly GridRef[], own: ReadonlySet<string>, offline: boolean, home: Way | null = null): Answer {
  const choices = found.candidates.map(({ index, share, border_m }) => ({ grid: grids[index]!, share, border_m, mine: own.has(grids[index]!.code) }));
  const own_share = choices.reduce((sum, choice) => sum + (choice.mine ? choice.share : 0), 0);
  const grid = found.grid === null ? null : grids[found.grid]!;
  // Between two of the own grids there is nothing to be unsure about.
  const wholly = own_share > 0.9999;
  const kind = wholly ? "mine" : found.status === "inside" ? "other" : found.status;
  return { kind, grid, border_m: found.border_m, bearing_deg: found.bearing_deg, choices, own_share, outside_share: found.outside_share, offline, home };
}

const QUIET_MS = 120_000;

/**
 * Whether to vibrate: once, when the whole circle has left the own grids after it had been wholly inside; near a
 * border nothing is sure and nothing alarms, and never twice within two minutes.
 */
export class LeaveWatch {
  private armed = false;
  private last = -Infinity;

  next(answer: Pick<Answer, "kind" | "own_share">, now: number): boolean {
    if (answer.kind === "mine") this.armed = true;
    const gone = answer.own_share === 0 && (answer.kind === "other" || answer.kind === "outside" || answer.kind === "border");
    if (!gone || !this.armed) return false;
    if (now - this.last < QUIET_MS) return false;
    this.armed = false;
    this.last = now;
    return true;
  }
}

const WINDS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"] as const;
export type Wind = (typeof WINDS)[number];

export function windOf(bearing: number): Wind {
  return WINDS[Math.round((((bearing % 360) + 360) % 360) / 45) % 8]!;
}
