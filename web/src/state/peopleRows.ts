import type { GridState, HeldPosting, PeopleGrid, Post } from "../api/people";

const WEEK = 7;

/** What the list may be narrowed to: how a grid stands, or what is wrong there. */
export const PEOPLE_FILTERS = ["nobody", "substitute", "ends_soon", "many_grids", "no_phone", "beyond_holder"] as const;
export type PeopleFilter = (typeof PEOPLE_FILTERS)[number];

/** Colours of the map by how a grid stands: lighter is better, told apart without red and green. */
export const STATE_COLOURS: Record<GridState, string> = { held: "#a9cfd6", substitute: "#dfc27d", ends_soon: "#ef8a3c", nobody: "#8c3a10" };
export const STATES: readonly GridState[] = ["nobody", "ends_soon", "substitute", "held"];

export function fits(grid: PeopleGrid, filter: PeopleFilter | null): boolean {
  return filter === null || grid.state === filter || grid.warnings.some((kind) => kind === filter);
}

/** Whether the words are in the grid, its community, or a name or telephone of its people. */
export function saysSo(grid: PeopleGrid, words: string): boolean {
  const wanted = words.trim().toLowerCase();
  if (wanted === "") return true;
  const said = [grid.code, grid.name, grid.community?.name, ...grid.people.flatMap((person) => [person.name, person.work_phone])];
  return said.some((text) => text != null && text.toLowerCase().includes(wanted));
}

/** Who is named first in a row: whoever stands in, else the first who answers, else whoever there is. */
export function firstOf(grid: PeopleGrid): PeopleGrid["people"][number] | null {
  const away = new Set(grid.people.map(({ holder }) => holder).filter((holder) => holder !== null));
  const here = grid.people.filter(({ posting }) => !away.has(posting));
  return here.find(({ post }) => post.responsible) ?? here[0] ?? null;
}

/** The posts of a list, in their order: a county's own word for one stands in place of the usual one. */
export function shownPosts(posts: readonly Post[]): Post[] {
  const found = new Map<string, Post>();
  for (const post of posts) if (post.division !== null || !found.has(post.name)) found.set(post.name, post);
  return [...found.values()].sort((a, b) => a.ordinal - b.ordinal);
}

/** The day after, as the text a field of dates holds. */
export function daysAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The days of a posting; the last is the first on which it does not hold any more. */
type Days = Pick<HeldPosting, "valid_from" | "valid_to">;

/** The days a substitute is proposed for: a week from a day, inside the holder's own. */
export function substituteDays({ valid_from: first, valid_to: last }: Days, day: string): { from: string; to: string } {
  const from = day < first ? first : day;
  const to = daysAfter(from, WEEK);
  return { from, to: last !== null && last < to ? last : to };
}

/** A day that is proposed for a change, but not before one may be. */
export function noSooner(day: string, than: string): string {
  return day < than ? than : day;
}

/** What is wrong with the days of a substitute, and at which end. */
export function substituteFault({ valid_from: first, valid_to: last }: Days, from: string, to: string): "from_beyond" | "to_beyond" | "order" | null {
  if (from !== "" && (from < first || (last !== null && from >= last))) return "from_beyond";
  if (to !== "" && last !== null && to > last) return "to_beyond";
  return to !== "" && to <= from ? "order" : null;
}

export const A_DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Whether a text is a day there is. */
export function isDay(text: string): boolean {
  return A_DAY.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && daysAfter(text, 0) === text;
}
