import type { EventFilter } from "../api/events";
import { isDay } from "./peopleRows";

/** Of the room of events: what was reported, or inspections. */
export type EventsTab = "events" | "campaigns";
export const EVENTS_TABS: readonly EventsTab[] = ["events", "campaigns"];

export const NO_FILTER: EventFilter = { state: "open", category: "", level: "", division: "", grid: "", q: "", from: "", to: "", overdue: false, border: false };

/** Members of the address; a question about coverage has a category, too. */
const NAMES = { state: "state", level: "level", category: "kind", division: "area", grid: "grid", q: "words", from: "from", to: "to", overdue: "overdue", border: "border" } as const;
/** Every state: as a member of the address it cannot be an empty word. */
const ALL = "all";
const WORD = /^[a-z][a-z0-9_.-]{0,60}$/;
const CODE = /^[\w.\-:]{1,64}$/;
const MOST_WORDS = 100;

/** The filter that an address names; what is not understood narrows nothing. */
export function filterFrom(query: URLSearchParams): EventFilter {
  const read = (name: keyof typeof NAMES, form: RegExp): string => {
    const text = query.get(NAMES[name]) ?? "";
    return form.test(text) ? text : "";
  };
  const day = (name: "from" | "to"): string => {
    const text = query.get(NAMES[name]) ?? "";
    return isDay(text) ? text : "";
  };
  const state = read("state", WORD);
  return {
    state: state === ALL ? "" : state || NO_FILTER.state,
    category: read("category", WORD),
    level: read("level", WORD),
    division: read("division", CODE),
    grid: read("grid", CODE),
    q: (query.get(NAMES.q) ?? "").slice(0, MOST_WORDS),
    from: day("from"),
    to: day("to"),
    overdue: query.get(NAMES.overdue) === "1",
    border: query.get(NAMES.border) === "1",
  };
}

/** Members of the address for a filter, in a fixed order, without what narrows nothing. */
export function filterParts(filter: EventFilter): string[] {
  const parts: string[] = [];
  for (const name of Object.keys(NAMES) as (keyof typeof NAMES)[]) {
    const value = filter[name];
    if (value === NO_FILTER[name]) continue;
    parts.push(`${NAMES[name]}=${value === true ? "1" : value === "" ? ALL : encodeURIComponent(value)}`);
  }
  return parts;
}

/** The last day is before the first: the server would refuse that. */
export function daysCrossed({ from, to }: Pick<EventFilter, "from" | "to">): boolean {
  return from !== "" && to !== "" && to < from;
}
