import { batch, computed, effect, signal } from "@preact/signals";
import { api } from "../api/client";
import { asProblem, isAbort, type Problem } from "../api/problem";
import type { RunCurves, RunPlaces } from "../api/types";
import { ask } from "./runs";
import { coverageTab } from "./whatif";
import { overview, panel, shown } from "./store";

/** What is told of a run only when it is asked for: who has a place, and the figures of the pictures. */
interface Kept<T> {
  run: string;
  value: T;
}

const places = signal<Kept<RunPlaces> | null>(null);
const curves = signal<Kept<RunCurves> | null>(null);
export const figuresProblem = signal<Problem | null>(null);
/** The run whose figures were asked for by hand, in a store where they take long. */
export const wantedRun = signal<string | null>(null);

/** Walking from every station takes seconds in a store of this size: then only when asked. */
const MANY_BUILDINGS = 150_000;

const runShown = computed(() => shown.value?.run.run ?? null);
export const byHand = computed(() => (overview.value?.counts.buildings ?? 0) > MANY_BUILDINGS);
export const runPlaces = computed(() => (places.value?.run === runShown.value ? places.value.value : null));
export const runCurves = computed(() => (curves.value?.run === runShown.value ? curves.value.value : null));

export function retryFigures(): void {
  // Of a run that is out of date nothing more can be told: the question is asked anew, and with another run this too.
  if (figuresProblem.value?.code === "inputs_changed") ask({}, false);
  figuresProblem.value = null;
}

/** Ask for the figures of the run that is shown, once, while its panel is open. */
export function followRunFigures(): void {
  let abort: AbortController | null = null;
  let asking: string | null = null;
  let failed: string | null = null;
  effect(() => {
    const run = runShown.value;
    const open = panel.value === "coverage" && coverageTab.value === "now";
    if (run === null || !open || (figuresProblem.value !== null && failed === run)) return;
    if (byHand.value && wantedRun.value !== run) return;
    if (asking === run || (runPlaces.value !== null && runCurves.value !== null)) return;
    abort?.abort();
    const mine = (abort = new AbortController());
    asking = run;
    figuresProblem.value = null;
    Promise.all([api.runPlaces(run, mine.signal), api.runCurves(run, mine.signal)]).then(
      ([one, two]) => {
        // Both at once: with one of them alone here the effect would ask again.
        batch(() => {
          places.value = { run, value: one };
          curves.value = { run, value: two };
        });
        if (abort === mine) asking = null;
      },
      (error: unknown) => {
        if (abort === mine) asking = null;
        if (isAbort(error)) return;
        failed = run;
        figuresProblem.value = asProblem(error);
      },
    );
  });
}
