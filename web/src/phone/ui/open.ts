import { computed, signal } from "@preact/signals";

export type SheetName = "grid" | "report" | "tasks" | "near" | "settings" | "queue";

/** What lies over the map. */
interface Place {
  sheet: SheetName | null;
  /** The building of the grid sheet. */
  building: string | null;
  /** The event of one's grid that the sheet of tasks shows. */
  event: string | null;
  /** The worker points at the map: at where they are, or at where a report is. */
  picking: "here" | "report" | null;
}

/** A place as the browser's history keeps it: how many entries of this page lie below, and what the nearest shows. */
interface Kept extends Place {
  deep: number;
  below: Place | null;
}

const MAP: Place = { sheet: null, building: null, event: null, picking: null };
const KEY = "wangge";

const place = signal<Kept>({ ...MAP, deep: 0, below: null });
/** The sheet over the map. */
export const sheet = computed(() => place.value.sheet);
/** The building of the grid sheet. */
export const chosen = computed(() => place.value.building);
/** The event of one's grid that the sheet of tasks shows. */
export const atEvent = computed(() => place.value.event);
export const picking = computed(() => place.value.picking);

/** On its way back to an entry of the history; what is opened meanwhile is put there. */
let leaving = false;
let arrival: ReturnType<typeof setTimeout> | undefined;
const ARRIVES_MS = 1000;

/** Open something over what is shown; the phone's own "back" returns from it. */
export function openPlace(next: Partial<Place>): void {
  const { deep, below: _, ...below } = place.value;
  const put: Kept = { ...MAP, ...next, deep: deep + 1, below };
  place.value = put;
  if (!leaving) keep("pushState", put);
}

/** Back to what was shown before. */
export function back(): void {
  travel(1, place.value.below ?? MAP);
}

/** One level up in the same sheet, wherever one came from. */
export function up(to: Partial<Place>): void {
  const { deep, below } = place.value;
  const parent: Place = { ...MAP, ...to };
  if (below !== null && same(below, parent)) {
    back();
    return;
  }
  place.value = { ...parent, deep, below };
  if (!leaving) keep("replaceState", place.value);
}

/** Back to the map. */
export function shut(): void {
  travel(place.value.deep, MAP);
}

function travel(steps: number, to: Place): void {
  const { deep } = place.value;
  // Shown at once: the browser takes a moment to go back, and an old one may never say that it has.
  place.value = { ...to, deep: Math.max(0, deep - steps), below: null };
  // What the browser did not take into its history is not there to be left: the page itself would be.
  const there = isKept(history.state) ? history.state[KEY].deep : 0;
  if (steps === 0 || there === 0 || leaving) return;
  leaving = true;
  clearTimeout(arrival);
  arrival = setTimeout(() => (leaving = false), ARRIVES_MS);
  history.go(-Math.min(steps, there));
}

function same(a: Place, b: Place): boolean {
  return a.sheet === b.sheet && a.building === b.building && a.event === b.event && a.picking === b.picking;
}

function keep(how: "pushState" | "replaceState", put: Kept): void {
  try {
    history[how]({ [KEY]: put }, "");
  } catch {
    // A browser that counts such calls may refuse one; the page goes on without its "back".
  }
}

function isKept(state: unknown): state is Record<typeof KEY, Kept> {
  return typeof state === "object" && state !== null && KEY in state;
}

/** Go with the browser's history, also after the page was loaded again. */
export function watchHistory(): void {
  const take = (): void => {
    const state: unknown = history.state;
    place.value = isKept(state) ? state[KEY] : { ...MAP, deep: 0, below: null };
  };
  take();
  window.addEventListener("popstate", () => {
    const shown = place.value;
    const arrived: unknown = history.state;
    const deep = isKept(arrived) ? arrived[KEY].deep : 0;
    if (leaving && shown.deep > deep) {
      // Opened while the browser was still on its way back.
      leaving = false;
      keep("pushState", shown);
      return;
    }
    leaving = false;
    take();
  });
}
