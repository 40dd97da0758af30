import { computed, effect, signal } from "@preact/signals";
import { api } from "../api/client";
import { asProblem, isAbort, type Problem } from "../api/problem";
import type { LonLat, Why } from "../api/types";
import type { RouteLines } from "../map/route";
import { building } from "./building";
import { ask } from "./runs";
import { shown } from "./store";

export type WhyState =
  | { kind: "none" }
  | { kind: "loading" }
  | { kind: "ready"; why: Why }
  | { kind: "failed"; problem: Problem };

export const why = signal<WhyState>({ kind: "none" });
const again = signal(0);

export function retryWhy(): void {
  const now = why.peek();
  // Of a run that is out of date nothing more can be told: the question is asked anew, and with another run this too.
  if (now.kind === "failed" && now.problem.code === "inputs_changed") ask({}, false);
  again.value += 1;
}

/** The building whose card is open and that the shown run is about. */
const asked = computed(() => {
  const state = building.value;
  const run = shown.value?.run.run;
  return state.kind === "ready" && state.card.coverage !== null && run !== undefined ? `${run} ${state.card.code}` : null;
});

/** Keep the answer to why beside the card: asked once per building and run. */
export function followWhy(): void {
  let abort: AbortController | null = null;
  effect(() => {
    void again.value;
    const key = asked.value;
    abort?.abort();
    if (key === null) {
      why.value = { kind: "none" };
      return;
    }
    const run = key.slice(0, key.indexOf(" "));
    const code = key.slice(run.length + 1);
    const before = why.peek();
    // The old way stays, dimmed with the card, while the same building is asked about in another run.
    if (before.kind !== "ready" || before.why.building.code !== code) why.value = { kind: "loading" };
    abort = new AbortController();
    api
      .why(run, code, abort.signal)
      .then((found) => (why.value = { kind: "ready", why: found }))
      .catch((error: unknown) => {
        if (!isAbort(error)) why.value = { kind: "failed", problem: asProblem(error) };
      });
  });
}

/** What the map draws of the answer. */
export const routeLines = computed<RouteLines | null>(() => {
  if (why.value.kind !== "ready") return null;
  const lines = why.value.why.route.features;
  const of = (...kinds: string[]): LonLat[][] =>
    lines.filter((line) => kinds.includes(line.properties.kind)).map((line) => line.geometry.coordinates as LonLat[]);
  return { streets: of("street"), legs: of("access", "station"), straight: of("straight") };
});
