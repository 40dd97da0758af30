import type { EventFilter } from "../api/events";
import type { Basis, LonLat, RunRequest } from "../api/types";
import { LANGS, type Lang } from "../i18n/lang";
import { EVENTS_TABS, filterFrom, filterParts, type EventsTab } from "./eventFilter";
import { PEOPLE_FILTERS, isDay, type PeopleFilter } from "./peopleRows";
import { sortFrom, sortText, type BoardSort } from "./boardRows";

/** Of the room of coverage: what is, what would be, where next. */
export type CoverageTab = "now" | "whatif" | "siting";

export type PanelName = "division" | "coverage" | "standards" | "people" | "events" | "data" | "accounts" | "audit";
export const PANELS: readonly PanelName[] = ["division", "coverage", "standards", "people", "events", "data", "accounts", "audit"];

export type SelectionKind = "grid" | "community" | "township" | "building" | "station";
const SELECTION_KINDS: readonly SelectionKind[] = ["grid", "community", "township", "building", "station"];

export interface Selection {
  kind: SelectionKind;
  code: string;
}

export interface View {
  centre: LonLat;
  zoom: number;
}

/** What the address bar holds. Missing members mean "as the server proposes". */
export interface Address {
  view: View | null;
  params: Partial<RunRequest>;
  selection: Selection | null;
  lang: Lang | null;
  large: boolean;
  panel: PanelName;
  /** What is divided, by its code, and the plan that is open. */
  division: string | null;
  plan: number | null;
  /** Of the room of standards: the rule set, the area, and the order of the matrix. */
  rules: string | null;
  within: string | null;
  sort: BoardSort | null;
  /** Of the room of people: the day, what the list is narrowed to, the words that are sought. */
  on: string | null;
  show: PeopleFilter | null;
  person: string;
  /** Of the room of coverage: what is, a what-if or where next, and the kept scenario that is open. */
  tab: CoverageTab;
  scenario: number | null;
  /** Of the room of events: which half of it, what the list is narrowed to, the event and the inspection that are open. */
  eventsTab: EventsTab;
  filter: EventFilter;
  event: string | null;
  campaign: number | null;
}

export const LIMITS = {
  minutes: { min: 5, max: 30, step: 1 },
  speed_kmh: { min: 3, max: 6, step: 0.1 },
  radius_m: { min: 500, max: 5000, step: 100 },
} as const;

const TABS: readonly CoverageTab[] = ["now", "whatif", "siting"];
const BASES: readonly Basis[] = ["registered", "resident", "planned"];
const RULES = /^[a-z0-9][a-z0-9-]{0,59}$/;
const DIVISION = /^\d{6,20}$/;
const PLAN = { min: 1, max: Number.MAX_SAFE_INTEGER };
const WORD = /^[a-z][a-z0-9_]{0,40}$/;
const MOST_WORDS = 60;
const EVENT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const CODE = /^[\w.\-:]{1,64}$/;

function numberIn(text: string | null, { min, max }: { min: number; max: number }): number | null {
  if (text === null || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) && value >= min && value <= max ? value : null;
}

function oneOf<T extends string>(text: string | null, words: readonly T[]): T | null {
  return words.find((word) => word === text) ?? null;
}

function viewFrom(text: string | null): View | null {
  const parts = (text ?? "").split("/").map(Number);
  const [zoom, lat, lon] = parts;
  if (parts.length !== 3 || zoom === undefined || lat === undefined || lon === undefined) return null;
  if (![zoom, lat, lon].every(Number.isFinite)) return null;
  if (zoom < 0 || zoom > 22 || Math.abs(lat) > 85 || Math.abs(lon) > 180) return null;
  return { zoom, centre: [lon, lat] };
}

function selectionFrom(text: string | null): Selection | null {
  if (text === null) return null;
  const cut = text.indexOf(":");
  const kind = oneOf(text.slice(0, cut), SELECTION_KINDS);
  const code = text.slice(cut + 1);
  return kind !== null && CODE.test(code) ? { kind, code } : null;
}

/** Read the hash. Whatever is not understood is left out, never an error: links get cut in messages. */
export function readAddress(hash: string): Address {
  const query = new URLSearchParams(hash.replace(/^#/, ""));
  const params: Partial<RunRequest> = {};
  const minutes = numberIn(query.get("minutes"), LIMITS.minutes);
  const speed = numberIn(query.get("speed"), LIMITS.speed_kmh);
  const radius = numberIn(query.get("radius"), LIMITS.radius_m);
  const category = query.get("category");
  const basis = oneOf(query.get("basis"), BASES);
  const division = query.get("division");
  const plan = numberIn(query.get("plan"), PLAN);
  const scenario = numberIn(query.get("scenario"), PLAN);
  const rules = query.get("rules");
  const within = query.get("within");
  const on = query.get("on");
  const event = query.get("event");
  const campaign = numberIn(query.get("campaign"), PLAN);
  if (minutes !== null) params.minutes = minutes;
  if (speed !== null) params.speed_kmh = speed;
  if (radius !== null) params.radius_m = radius;
  if (category !== null && WORD.test(category)) params.category = category;
  if (basis !== null) params.basis = basis;
  return {
    view: viewFrom(query.get("map")),
    params,
    selection: selectionFrom(query.get("select")),
    lang: oneOf(query.get("lang"), LANGS),
    large: query.get("large") === "1",
    panel: oneOf(query.get("panel"), PANELS) ?? "coverage",
    division: division !== null && DIVISION.test(division) ? division : null,
    plan: Number.isInteger(plan) ? plan : null,
    rules: rules !== null && RULES.test(rules) ? rules : null,
    within: within !== null && DIVISION.test(within) ? within : null,
    sort: sortFrom(query.get("sort")),
    on: on !== null && isDay(on) ? on : null,
    show: oneOf(query.get("show"), PEOPLE_FILTERS),
    person: (query.get("person") ?? "").slice(0, MOST_WORDS),
    tab: oneOf(query.get("tab"), TABS) ?? "now",
    scenario: Number.isInteger(scenario) ? scenario : null,
    eventsTab: oneOf(query.get("tab"), EVENTS_TABS) ?? "events",
    filter: filterFrom(query),
    event: event !== null && EVENT.test(event) ? event : null,
    campaign: Number.isInteger(campaign) ? campaign : null,
  };
}

/** Write the hash, members in a fixed order, readable: colons and slashes stay as they are. */
export function writeAddress(address: Address): string {
  const parts: string[] = [];
  if (address.view !== null) {
    const { zoom, centre } = address.view;
    const digits = zoom >= 15 ? 5 : 4;
    parts.push(`map=${+zoom.toFixed(2)}/${centre[1].toFixed(digits)}/${centre[0].toFixed(digits)}`);
  }
  const { minutes, speed_kmh: speed, radius_m: radius, category, basis } = address.params;
  if (minutes !== undefined) parts.push(`minutes=${minutes}`);
  if (speed !== undefined) parts.push(`speed=${+speed.toFixed(1)}`);
  if (radius !== undefined) parts.push(`radius=${radius}`);
  if (category !== undefined) parts.push(`category=${category}`);
  if (basis !== undefined) parts.push(`basis=${basis}`);
  if (address.selection !== null) parts.push(`select=${address.selection.kind}:${address.selection.code}`);
  if (address.panel !== "coverage") parts.push(`panel=${address.panel}`);
  if (address.panel === "division" && address.division !== null) parts.push(`division=${address.division}`);
  if (address.panel === "division" && address.plan !== null) parts.push(`plan=${address.plan}`);
  if (address.panel === "coverage" && address.tab !== "now") {
    parts.push(`tab=${address.tab}`);
    if (address.scenario !== null) parts.push(`scenario=${address.scenario}`);
  }
  if (address.panel === "events") {
    if (address.eventsTab === "events") {
      parts.push(...filterParts(address.filter));
      if (address.event !== null) parts.push(`event=${address.event}`);
    } else {
      parts.push(`tab=${address.eventsTab}`);
      if (address.campaign !== null) parts.push(`campaign=${address.campaign}`);
    }
  }
  if (address.panel === "standards") {
    if (address.rules !== null) parts.push(`rules=${address.rules}`);
    if (address.within !== null) parts.push(`within=${address.within}`);
    if (address.sort !== null) parts.push(`sort=${sortText(address.sort)}`);
  }
  if (address.panel === "people") {
    if (address.within !== null) parts.push(`within=${address.within}`);
    if (address.on !== null) parts.push(`on=${address.on}`);
    if (address.show !== null) parts.push(`show=${address.show}`);
    if (address.person !== "") parts.push(`person=${encodeURIComponent(address.person)}`);
  } else if (address.selection?.kind === "grid" && (address.panel === "coverage" || address.panel === "data")) {
    // The card of a grid is of the day that was chosen for its people.
    if (address.on !== null) parts.push(`on=${address.on}`);
  }
  if (address.lang === "en") parts.push("lang=en");
  if (address.large) parts.push("large=1");
  return `#${parts.join("&")}`;
}
