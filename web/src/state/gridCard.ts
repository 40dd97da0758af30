import { batch, computed, effect, signal } from "@preact/signals";
import { readGridCard, type AssetState, type GridCard } from "../api/gridCard";
import { asProblem, isAbort, type Problem } from "../api/problem";
import { onDay } from "./people";
import { sitingOpen } from "./siting";
import { connection, layers, panel, selection, toggles } from "./store";
import { whatIfOpen } from "./whatif";

export type Element = "people" | "land" | "things" | "events" | "organisations";
/** Elements whose things are points on the map. */
export type Pointed = "things" | "organisations";

/** The five elements of the selected grid; the old ones stay until those of another day are there. */
export const gridCard = signal<GridCard | null>(null);
export const gridCardProblem = signal<Problem | null>(null);
/** What is shown is of another day, or nothing is there yet. */
export const gridCardLoading = signal(false);
/** The elements that are unfolded, kept from grid to grid. */
export const unfolded = signal<ReadonlySet<Element>>(new Set(["people"]));
/** The category that a row of the card points at, lit on the map. */
export const pointedAt = signal<{ of: Pointed; category: string } | null>(null);
const again = signal(0);

export function retryGridCard(): void {
  again.value += 1;
}

export function fold(element: Element): void {
  const next = new Set(unfolded.value);
  if (!next.delete(element)) next.add(element);
  unfolded.value = next;
}

/** The grid whose card stands on the map; the other rooms have cards of their own. */
const wanted = computed(() =>
  connection.value === "ready" && (panel.value === "coverage" || panel.value === "data") && selection.value?.kind === "grid" ? selection.value.code : null,
);

/** Keep the five elements of the selected grid, of the day the desk looks at, and anew after an import. */
export function followGridCard(): void {
  effect(() => {
    void again.value;
    void layers.value;
    const code = wanted.value;
    const day = onDay.value;
    batch(() => {
      gridCardProblem.value = null;
      pointedAt.value = null;
      if (gridCard.peek()?.grid.code !== code) gridCard.value = null;
      gridCardLoading.value = code !== null;
    });
    if (code === null) return;
    const mine = new AbortController();
    readGridCard(code, day, mine.signal).then(
      (found) => batch(() => { gridCard.value = found; gridCardLoading.value = false; }),
      (error: unknown) => {
        if (!isAbort(error)) batch(() => { gridCard.value = null; gridCardLoading.value = false; gridCardProblem.value = asProblem(error); });
      },
    );
    return () => mine.abort();
  });
}

export interface ElementPoint {
  of: Pointed;
  at: [lon: number, lat: number];
  category: string;
  name: string | null;
  /** Of assets. */
  state: AssetState | null;
}

/** Assets and organisations of the selected grid as far as they are listed; null where none are drawn. */
export const elementPoints = computed<ElementPoint[] | null>(() => {
  const card = gridCard.value;
  if (card === null || !toggles.value.elements || whatIfOpen.value || sitingOpen.value) return null;
  return [
    ...card.things.items.map(({ lon, lat, category, name, state }): ElementPoint => ({ of: "things", at: [lon, lat], category, name, state: state ?? "unknown" })),
    ...card.organisations.items.map(({ lon, lat, category, name }): ElementPoint => ({ of: "organisations", at: [lon, lat], category, name, state: null })),
  ];
});
