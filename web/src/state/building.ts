import { effect, signal } from "@preact/signals";
import { api } from "../api/client";
import { asProblem, isAbort, type Problem } from "../api/problem";
import type { BuildingCard, LonLat } from "../api/types";
import { stations } from "./shapes";
import { selection, shown } from "./store";

export type BuildingState =
  | { kind: "none" }
  | { kind: "loading"; code: string }
  | { kind: "ready"; card: BuildingCard }
  | { kind: "failed"; code: string; problem: Problem };

export const building = signal<BuildingState>({ kind: "none" });
const again = signal(0);

export function retryBuilding(): void {
  again.value += 1;
}

/** Keep the card of the selected building: read again when another run is shown. */
export function followBuilding(): void {
  let abort: AbortController | null = null;
  effect(() => {
    void again.value;
    const chosen = selection.value;
    const run = shown.value?.run.run ?? null;
    abort?.abort();
    if (chosen?.kind !== "building") {
      building.value = { kind: "none" };
      return;
    }
    abort = new AbortController();
    const before = building.peek();
    // The old figures stay while the same building is read for another run.
    if (before.kind !== "ready" || before.card.code !== chosen.code) building.value = { kind: "loading", code: chosen.code };
    api
      .building(chosen.code, run, abort.signal)
      .then((card) => (building.value = { kind: "ready", card }))
      .catch((error: unknown) => {
        if (!isAbort(error)) building.value = { kind: "failed", code: chosen.code, problem: asProblem(error) };
      });
  });
}

/** Where the ring of a selected point stands; null for shapes. */
export function pointOfSelection(): LonLat | null {
  const chosen = selection.value;
  if (chosen?.kind === "station") return stations.value.find((s) => s.code === chosen.code)?.at ?? null;
  if (chosen?.kind !== "building" || building.value.kind !== "ready") return null;
  const { lon, lat } = building.value.card;
  return [lon, lat];
}
