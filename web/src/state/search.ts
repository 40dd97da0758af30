import { signal } from "@preact/signals";
import { api } from "../api/client";
import { isAbort } from "../api/problem";
import type { SearchResult } from "../api/types";
import { select, step } from "./desk";
import { theMap } from "./mapLink";
import type { SelectionKind } from "./address";

export type SearchState =
  | { kind: "idle" }
  | { kind: "working" }
  | { kind: "found"; query: string; results: SearchResult[] }
  | { kind: "failed" };

export const found = signal<SearchState>({ kind: "idle" });

const DEBOUNCE_MS = 200;
const POINT_ZOOM = 17;
let timer = 0;
let abort: AbortController | null = null;

export function searchFor(text: string): void {
  window.clearTimeout(timer);
  abort?.abort();
  const query = text.trim();
  if (query === "") {
    found.value = { kind: "idle" };
    return;
  }
  timer = window.setTimeout(() => {
    abort = new AbortController();
    if (found.value.kind !== "found") found.value = { kind: "working" };
    api
      .search(query, abort.signal)
      .then(({ results }) => (found.value = { kind: "found", query, results }))
      .catch((error: unknown) => {
        if (!isAbort(error)) found.value = { kind: "failed" };
      });
  }, DEBOUNCE_MS);
}

const SELECTABLE: Record<string, SelectionKind> = {
  grid: "grid",
  community: "community",
  building: "building",
  address: "building",
  station: "station",
};

/** Zoom to a result and select it, where it is something that has a card. */
export function goTo(result: SearchResult): void {
  const map = theMap();
  const kind = SELECTABLE[result.kind];
  const { code, bbox } = result;
  if (kind !== undefined && code !== "") select({ kind, code });
  else step(() => undefined);
  if (bbox[0] < bbox[2] && bbox[1] < bbox[3]) map?.fit(bbox);
  else map?.show([result.lon, result.lat], POINT_ZOOM);
}
