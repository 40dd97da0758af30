import type { LonLat, RunRequest } from "../api/types";
import type { Objective, SitingAsked, SitingSummary } from "../api/whatif";
import { isSimpleRing } from "../geo/polygon";
import type { Site } from "./siteList";

export type CandidateKind = NonNullable<SitingAsked["candidates"]>[number];
export const KINDS: readonly CandidateKind[] = ["corners", "premises", "places"];
/** What is said of a candidate: it has to be chosen, or may not be. */
export type SiteMark = "must" | "forbidden";

/** What is asked, as the hand has it: numbers are the text that was typed. */
export interface SitingForm {
  objective: Objective;
  add: string;
  /** Percent of the households. */
  target: string;
  /** Households of a new station; empty: any number. */
  capacity: string;
  capacities: boolean;
  /** Only stations of one's own community count. */
  own: boolean;
  division: string | null;
  kinds: readonly CandidateKind[];
  /** Corners and premises inside this ring only; everywhere where it is empty. */
  area: readonly LonLat[];
  sites: readonly Site[];
  most: string;
  name: string;
}

export const FIRST: SitingForm = {
  objective: "max-coverage", add: "3", target: "95", capacity: "", capacities: true, own: false, division: null, kinds: ["corners"], area: [], sites: [], most: "100", name: "",
};

export const OBJECTIVES: readonly Objective[] = ["max-coverage", "min-stations", "p-median"];
const LIMITS = { add: [1, 500], most: [1, 2000], capacity: [0, 1_000_000] } as const;
const MOST_NAME = 100;
const MOST_CORNERS = 100;

export type FormFault = "add" | "target" | "capacity" | "most" | "kinds" | "crossing" | "sites" | "name";

function whole(text: string, [least, most]: readonly [number, number]): number | null {
  const value = Number(text.normalize("NFKC").trim());
  return text.trim() !== "" && Number.isInteger(value) && value >= least && value <= most ? value : null;
}

/** A share above 0 and at most 1, of a percentage as it was typed. */
export function shareOf(text: string): number | null {
  const percent = Number(text.normalize("NFKC").replace(/%$/, "").trim());
  // In decimal places: 95.1 / 100 is not the nearest number to 0.951.
  return text.trim() !== "" && percent > 0 && percent <= 100 ? +(percent / 100).toFixed(8) : null;
}

/** Everything that keeps the form from being asked. */
export function faultsOf(form: SitingForm): FormFault[] {
  const { objective, add, target, capacity, capacities, kinds, sites, most, name } = form;
  const faults: FormFault[] = [];
  if (objective === "min-stations" ? shareOf(target) === null : whole(add, LIMITS.add) === null) faults.push(objective === "min-stations" ? "target" : "add");
  if (capacities && capacity.trim() !== "" && whole(capacity, LIMITS.capacity) === null) faults.push("capacity");
  if (kinds.length === 0) faults.push("kinds");
  if (ringOf(form).length > 0 && !isSimpleRing(ringOf(form) as LonLat[])) faults.push("crossing");
  if (kinds.includes("places") && sites.length === 0) faults.push("sites");
  if (kinds.includes("corners") && whole(most, LIMITS.most) === null) faults.push("most");
  if (name.trim().length > MOST_NAME) faults.push("name");
  return faults;
}

/** The ring that bounds what is looked for; a list of one's own is taken as it is. */
function ringOf({ kinds, area }: SitingForm): readonly LonLat[] {
  return kinds.some((kind) => kind !== "places") ? area : [];
}

/** The form as the server is asked; `name` is what the scenario is kept under. */
export function askedOf(form: SitingForm, question: RunRequest, marks: ReadonlyMap<string, SiteMark>, name: string): SitingAsked {
  const { objective, add, target, capacity, capacities, own, division, kinds, sites, most } = form;
  const fewest = objective === "min-stations";
  const coded = (wanted: SiteMark): string[] => [...marks].flatMap(([code, mark]) => (mark === wanted ? [code] : []));
  return {
    name,
    question: { ...question, division },
    objective,
    add: fewest ? null : whole(add, LIMITS.add),
    target: fewest ? shareOf(target) : null,
    candidates: KINDS.filter((kind) => kinds.includes(kind)),
    places: kinds.includes("places") ? [...sites] : [],
    area: ringOf(form).map(([lon, lat]): [number, number] => [lon, lat]),
    most: whole(most, LIMITS.most) ?? MOST_CORNERS,
    must: coded("must"),
    forbidden: coded("forbidden"),
    capacities,
    own_community: own,
    capacity: capacities && capacity.trim() !== "" ? whole(capacity, LIMITS.capacity) : null,
  };
}

/**
 * What the candidates are made of. Corners are numbered by the server: a number means the same corner only
 * while this stays the same.
 */
export function groundOf(form: SitingForm, basis: string, inputs: string | null): string {
  const { kinds, sites, most, division } = form;
  return JSON.stringify([
    kinds.includes("places") && sites,
    kinds.includes("premises") && [division, ringOf(form)],
    kinds.includes("corners") && [basis, division, most, ringOf(form), inputs],
  ]);
}

export interface Chosen {
  /** From 1, in the order in which each gains most. */
  rank: number;
  /** As the what-if numbers it: `new:1`. */
  code: string;
  place: string;
  name: string | null;
  at: LonLat;
  households: number;
  gain: number | null;
}

/** The chosen sites by what each gains. */
export function ranked({ chosen, curve }: SitingSummary): Chosen[] {
  const order = new Map(curve.map(({ place }, i) => [place, i]));
  return chosen
    .map((site, i) => ({ site, code: `new:${i + 1}`, step: order.get(site.code) }))
    .sort((a, b) => (a.step ?? chosen.length) - (b.step ?? chosen.length))
    .map(({ site, code, step }, i) => ({
      rank: i + 1,
      code,
      place: site.code,
      name: site.name,
      at: [site.lon, site.lat],
      households: site.households,
      gain: step === undefined ? null : (curve[step]?.gain ?? null),
    }));
}

export interface GainPoint {
  stations: number;
  /** Households served; of the p-median metres that a household walks on average. */
  value: number;
}

/** Metres a household walks on average; scenarios kept before units were told counted millimetres. */
export function meanWalk(value: number, { households, objective_unit: unit }: SitingSummary): number {
  return value / (unit === "household_metres" ? 1 : 1000) / Math.max(households, 1);
}

/** What 0, 1, 2 … new stations bring; without today's value where it cannot be told. */
export function gainPoints(summary: SitingSummary): GainPoint[] {
  const { objective_kind: kind, curve } = summary;
  const scale = (value: number): number => (kind === "p-median" ? meanWalk(value, summary) : value);
  const points = curve.flatMap(({ value }, i) => (value === null ? [] : [{ stations: i + 1, value: scale(value) }]));
  const first = curve[0];
  if (first == null || first.value === null || first.gain === null) return points;
  return [{ stations: 0, value: scale(kind === "p-median" ? first.value + first.gain : first.value - first.gain) }, ...points];
}

/** The gap in percent, rounded up to hundredths: it never promises too much. */
export function gapPercent(gap: number): number {
  return Math.ceil(+(gap * 1e4).toFixed(6)) / 100;
}
