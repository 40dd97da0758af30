import { call, sending } from "./call";
import type {
  BBox,
  BuildingCard,
  Classes,
  FeatureCollection,
  Job,
  LayerInfo,
  Overview,
  Run,
  RunCurves,
  RunPlaces,
  RunRequest,
  Scheme,
  SearchResult,
  Why,
} from "./types";

const id = encodeURIComponent;

export const api = {
  overview: (signal?: AbortSignal): Promise<Overview> => call("/api/overview", { signal: signal ?? null }),
  health: (signal?: AbortSignal): Promise<unknown> => call("/api/health", { signal: signal ?? null }),
  layers: (signal?: AbortSignal): Promise<LayerInfo[]> => call("/api/layers", { signal: signal ?? null }),
  features: (layer: string, bbox: BBox, limit: number, offset: number): Promise<FeatureCollection> =>
    call(`/api/layers/${id(layer)}/features?bbox=${bbox.join(",")}&limit=${limit}&offset=${offset}`),
  search: (q: string, signal?: AbortSignal): Promise<{ query: string; results: SearchResult[] }> =>
    call(`/api/search?q=${id(q)}&limit=10`, { signal: signal ?? null }),
  startRun: (request: RunRequest, signal?: AbortSignal): Promise<Job> =>
    call("/api/coverage/runs", sending("POST", request, signal)),
  job: (job: string, signal?: AbortSignal): Promise<Job> => call(`/api/jobs/${id(job)}`, { signal: signal ?? null }),
  cancelJob: (job: string): Promise<unknown> => call(`/api/jobs/${id(job)}`, { method: "DELETE" }),
  run: (run: string, signal?: AbortSignal): Promise<Run> =>
    call(`/api/coverage/runs/${id(run)}`, { signal: signal ?? null }),
  runPlaces: (run: string, signal?: AbortSignal): Promise<RunPlaces> =>
    call(`/api/coverage/runs/${id(run)}/places`, { signal: signal ?? null }),
  runCurves: (run: string, signal?: AbortSignal): Promise<RunCurves> =>
    call(`/api/coverage/runs/${id(run)}/curves`, { signal: signal ?? null }),
  area: (run: string, signal?: AbortSignal): Promise<FeatureCollection> =>
    call(`/api/coverage/runs/${id(run)}/area`, { signal: signal ?? null }),
  classes: (run: string, scope: string, scheme: Scheme, signal?: AbortSignal): Promise<Classes> =>
    call(
      `/api/coverage/runs/${id(run)}/classes?scope=${scope}&figure=households_per_km2&scheme=${scheme}&k=5`,
      { signal: signal ?? null },
    ),
  building: (code: string, run: string | null, signal?: AbortSignal): Promise<BuildingCard> =>
    call(`/api/buildings/${id(code)}${run === null ? "" : `?run=${id(run)}`}`, { signal: signal ?? null }),
  why: (run: string, code: string, signal?: AbortSignal): Promise<Why> =>
    call(`/api/coverage/runs/${id(run)}/why/${id(code)}`, { signal: signal ?? null }),
};

/** Address of the report of a run: a page with its map, a document or a workbook. */
export function reportAddress(run: string, lang: string, form: "html" | "docx" | "xlsx" = "html"): string {
  return `/api/coverage/runs/${id(run)}/report.${form}?lang=${lang}`;
}

export const EXPORT_FORMATS = ["geojson", "csv", "gpkg"] as const;

/** Address of a layer as a file, as far as one's own area reaches. */
export function layerExport(layer: string, format: (typeof EXPORT_FORMATS)[number]): string {
  return `/api/exports/${id(layer)}.${format}`;
}

/** Address of every building's walk in a run, as a table. */
export function buildingsExport(run: string): string {
  return `/api/coverage/runs/${id(run)}/buildings.csv`;
}
