import { batch } from "@preact/signals";
import { api } from "../api/client";
import { readShapes } from "./shapes";
import { layers, overview } from "./store";

/** Told when the stored layers have changed, so that the map reads its tiles again. */
let renewed: () => void = () => undefined;
export function onRenewed(callback: () => void): void {
  renewed = callback;
}

export function renewTiles(): void {
  renewed();
}

/**
 * Read everything that stands beside a run again, after another process has imported.
 * The answer puts it in place: counts, chips, outlines and pins change together with the run's numbers.
 */
export async function readInputs(signal: AbortSignal): Promise<() => void> {
  const [facts, registry] = await Promise.all([api.overview(signal), api.layers(signal)]);
  const keepShapes = facts.extent === null ? () => undefined : await readShapes(facts.extent);
  return () =>
    batch(() => {
      overview.value = facts;
      layers.value = registry;
      keepShapes();
      renewed();
    });
}
