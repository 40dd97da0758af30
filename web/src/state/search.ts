import { signal } from "@preact/signals";
import { api } from "../api/client";
import { isAbort } from "../api/problem";
import type { SearchResult } from "../api/types";
import { select, step } from "./desk";
import { theMap, zoomTo } from "./mapLink";
import { shapeOf } from "./shapes";
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
  const kind = SELECTABLE[result.kind === "division" && result.code?.length === 12 ? "community" : result.kind];
  const code = result.code;
  if (kind !== undefined && code !== null && code !== "") select({ kind, code });
  else step(() => undefined);
  if (result.kind === "grid" && code !== null && shapeOf(code) !== undefined) zoomTo(code);
  else if (result.bbox !== null && result.bbox[0] < result.bbox[2]) map?.fit(result.bbox);
  else if (result.lon !== null && result.lat !== null) map?.setView([result.lon, result.lat], POINT_ZOOM);
}
