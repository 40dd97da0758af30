import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { peopleApi, type HeldPosting, type PeopleOfArea, type Post, type WhoAnswered } from "../api/people";
import { asProblem, isAbort, type Problem } from "../api/problem";
import type { LonLat } from "../api/types";
import { ringsContain } from "../geo/polygon";
import { day } from "../i18n/format";
import { STATE_COLOURS, fits, saysSo, type PeopleFilter } from "./peopleRows";
import { account, can } from "./session";
import { grids } from "./shapes";
import { withinAt } from "./standards";
import { connection, overview, panel, params, selection } from "./store";

export type PeopleTool = "pick" | "area";

export type PeopleDialog =
  | { kind: "assign"; grids: readonly string[] }
  | { kind: "hand_over" | "substitute" | "end" | "worker"; posting: HeldPosting; grid: string }
  | { kind: "ledger" | "posts" };

/** The day the room looks at, as the address names it; null is today. */
export const onDay = signal<string | null>(null);
export const peopleFilter = signal<PeopleFilter | null>(null);
export const personWords = signal("");

export const people = signal<PeopleOfArea | null>(null);
export const peopleBusy = signal(false);
export const peopleProblem = signal<Problem | null>(null);
export const who = signal<WhoAnswered | null>(null);
export const whoProblem = signal<Problem | null>(null);
export const posts = signal<readonly Post[]>([]);

/** Grids that will be given to somebody together. */
export const pickedGrids = signal<ReadonlySet<string>>(new Set());
export const peopleTool = signal<PeopleTool | null>(null);
/** Corners of the area that is being drawn. */
export const peopleRing = signal<readonly LonLat[]>([]);
export const peopleDialog = signal<PeopleDialog | null>(null);
/** What the last change did, told once. */
export const peopleSaid = signal<string | null>(null);

export const peopleOpen = computed(() => panel.value === "people" && overview.value?.empty === false);
export const mayPost = computed(() => can("postings"));
export const today = (): string => day(new Date());
/** What a change begins with: the day that is looked at, but nobody means to change the past by looking at it. */
export const dayMeant = computed(() => {
  const looked = onDay.value ?? today();
  return looked > today() ? looked : today();
});

export const peopleRows = computed(() => (people.value?.grids ?? []).filter((grid) => fits(grid, peopleFilter.value) && saysSo(grid, personWords.value)));

/** Grid → colour, of the rows that are listed: the map shows what the list shows. */
export const peopleColours = computed<ReadonlyMap<string, string>>(() => new Map(peopleRows.value.map(({ code, state }) => [code, STATE_COLOURS[state]])));

/** The grid whose card is open, as the list has it. */
export const gridShown = computed(() => {
  const chosen = selection.value;
  return chosen?.kind !== "grid" ? null : (people.value?.grids.find(({ code }) => code === chosen.code) ?? null);
});

export function togglePicked(code: string): void {
  const next = new Set(pickedGrids.value);
  if (!next.delete(code)) next.add(code);
  pickedGrids.value = next;
}

export function pickAll(codes: Iterable<string>): void {
  pickedGrids.value = new Set([...pickedGrids.value, ...codes]);
}

export function takePeopleTool(next: PeopleTool | null): void {
  batch(() => {
    peopleTool.value = peopleTool.value === next ? null : next;
    peopleRing.value = [];
  });
}

/** The line that is begun, then the tool; false when there is nothing to leave. */
export function leavePeople(): boolean {
  if (peopleRing.value.length > 0) peopleRing.value = [];
  else if (peopleTool.value !== null) peopleTool.value = null;
  else return false;
  return true;
}

/** The area is done: every listed grid whose name stands inside is picked. */
export function endPeopleRing(): void {
  const ring = peopleRing.value;
  if (ring.length < 3) return;
  const listed = new Set(peopleRows.value.map(({ code }) => code));
  const inside = grids.value.filter(({ code, label }) => listed.has(code) && ringsContain([[...ring]], label));
  batch(() => {
    pickAll(inside.map(({ code }) => code));
    peopleRing.value = [];
  });
}

const again = signal(0);

/** Ask again, after a failure or a change. */
export function retryPeople(): void {
  again.value += 1;
}

/** Something was changed: say so, and read everything that shows it. Picked grids stay so until they are given to somebody. */
export function peopleChanged(said: string, given: readonly string[] = []): void {
  batch(() => {
    peopleSaid.value = said;
    pickedGrids.value = new Set([...pickedGrids.value].filter((code) => !given.includes(code)));
    if (given.length > 0) peopleTool.value = null;
    again.value += 1;
  });
}

/** Whose posts an account may change: those of its whole county, or of everywhere; undefined where none. */
export const postsOf = computed<string | null | undefined>(() => {
  const own = account.value;
  if (own === null || !mayPost.value) return undefined;
  return own.everywhere ? null : own.divisions.find(({ level }) => level === "county")?.code;
});

export async function readPosts(anew = false): Promise<void> {
  if (posts.value.length > 0 && !anew) return;
  posts.value = (await peopleApi.posts()).posts;
}

/** Keep the list and the card in step with what is asked, while the room is open. */
export function followPeople(): void {
  let list: AbortController | null = null;
  effect(() => {
    void again.value;
    if (!peopleOpen.value || connection.value !== "ready") return;
    const basis = params.value?.basis;
    if (basis === undefined) return;
    const asked = { division: withinAt.value, on: onDay.value, basis };
    list?.abort();
    const mine = (list = new AbortController());
    untracked(() => (peopleBusy.value = true));
    peopleApi.area(asked, mine.signal).then(
      (found) =>
        batch(() => {
          people.value = found;
          peopleProblem.value = null;
          peopleBusy.value = false;
        }),
      (error: unknown) => {
        if (isAbort(error)) return;
        batch(() => {
          peopleProblem.value = asProblem(error);
          peopleBusy.value = false;
        });
      },
    );
  });
  let card: AbortController | null = null;
  const code = computed(() => (peopleOpen.value && selection.value?.kind === "grid" ? selection.value.code : null));
  effect(() => {
    void again.value;
    const wanted = code.value;
    const on = onDay.value;
    card?.abort();
    if (wanted === null || connection.value !== "ready") return;
    const mine = (card = new AbortController());
    peopleApi.who(wanted, on, mine.signal).then(
      (found) =>
        batch(() => {
          who.value = found;
          whoProblem.value = null;
        }),
      (error: unknown) => {
        if (!isAbort(error)) batch(() => { who.value = null; whoProblem.value = asProblem(error); });
      },
    );
  });
}
