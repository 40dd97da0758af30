import { colourParts, touchingParts } from "../geo/partColours";
import type { PlanPicture } from "../map/planPaint";
import { basis, colouring, parts, plan, proposal, session, verdictOf } from "./plan";

/** Light enough for labels, told apart with red-green blindness as well (after Paul Tol's schemes). */
export const PART_COLOURS = ["#77aadd", "#ee8866", "#eedd88", "#ffaabb", "#99ddff", "#44bb99", "#bbcc33", "#aaaa00", "#c7a5d9"] as const;
export const BAND_COLOURS = { below: "#6baed6", in_band: "#d9d9d9", whole_estate: "#d9d9d9", above: "#fd8d3c", no_band: "#cdbfe3" } as const;

let colours: ReadonlyMap<number, number> = new Map();
const loose = new Set<number>();
const looseOf = new Map<number, readonly number[]>();
const verdicts = new Map<number, string>();
export const lit = new Set<number>();

function fillOf(no: number): string {
  if (colouring.value === "band") {
    const now = session.value;
    const households = now?.partition.of(no)[basis.value] ?? 0;
    return BAND_COLOURS[verdictOf(households, parts.value.get(no), plan.value?.band ?? null)];
  }
  const place = colours.get(no);
  return place === undefined ? PART_COLOURS[Math.abs(no) % PART_COLOURS.length]! : PART_COLOURS[place]!;
}

/** What the map draws now. */
export function pictureNow(): PlanPicture | null {
  const now = session.value;
  if (now === null) return null;
  return {
    partition: now.partition,
    colourOf: fillOf,
    loose,
    proposal: proposal.value?.cells ?? null,
    lit,
    communities: plan.value?.part_level === "community",
  };
}

/** Colours, and which pieces lie away, from all parts afresh. */
export function remakePicture(): void {
  const now = session.value;
  loose.clear();
  looseOf.clear();
  verdicts.clear();
  if (now === null) {
    colours = new Map();
    return;
  }
  colours = colourParts([...parts.value.keys()], touchingParts(now.partition), PART_COLOURS.length, colours);
  noteMoved(parts.value.keys());
}

/**
 * Follow parts whose cells have moved. Returns cells that have to be drawn again besides the moved ones: pieces
 * that came off or were joined, and whole parts that crossed the band where the band is coloured. With `recolour`,
 * at the end of a stroke, parts that met another of the same colour get one of their own.
 */
export function noteMoved(nos: Iterable<number>, recolour = false): number[] {
  const now = session.value;
  if (now === null) return [];
  const again: number[] = [];
  for (const no of nos) {
    if (no === 0) continue;
    const before = looseOf.get(no) ?? [];
    const after = now.partition.of(no).pieces > 1 ? now.partition.pieces(no).slice(1).flat() : [];
    if (before.length > 0 || after.length > 0) {
      const stay = new Set(after);
      for (const cell of before) {
        if (stay.has(cell)) continue;
        loose.delete(cell);
        again.push(cell);
      }
      for (const cell of after) {
        if (loose.has(cell)) continue;
        loose.add(cell);
        again.push(cell);
      }
      looseOf.set(no, after);
    }
    if (colouring.value !== "band") continue;
    const fill = fillOf(no);
    if (verdicts.has(no) && verdicts.get(no) !== fill) again.push(...now.partition.cellsOf(no));
    verdicts.set(no, fill);
  }
  if (recolour) {
    const fresh = colourParts([...parts.value.keys()], touchingParts(now.partition), PART_COLOURS.length, colours);
    const changed = [...fresh].filter(([no, colour]) => colours.get(no) !== colour).map(([no]) => no);
    colours = fresh;
    for (const no of changed) again.push(...now.partition.cellsOf(no));
  }
  return again;
}
