import { computed, signal } from "@preact/signals";
import { UNREACHABLE, type Problem } from "../api/problem";
import type { Classes, FeatureCollection, LayerInfo, Overview, Run, RunRequest, Scheme } from "../api/types";
import type { Counted } from "../geo/reach";
import { countedIn } from "../geo/reach";
import type { Lang } from "../i18n/lang";
import type { PanelName, Selection, View } from "./address";

/** What the choropleth colours. */
export type Scope = "grids" | "communities";

/** One run with everything that is drawn from it: numbers and map change together. */
export interface Shown {
  run: Run;
  area: FeatureCollection | null;
  scope: Scope;
  scheme: Scheme;
  classes: Classes | null;
}

export interface Work {
  job: string | null;
  percent: number;
  step: string | null;
}

export type Toggle = "density" | "area" | "radius" | "buildings" | "stations" | "others" | "elements" | "borders" | "labels" | "base";

export type Connection = "loading" | "ready" | "unreachable" | "failed";

export const lang = signal<Lang>("zh");
export const large = signal(false);
export const panel = signal<PanelName>("coverage");
export const connection = signal<Connection>("loading");
export const overview = signal<Overview | null>(null);
export const layers = signal<LayerInfo[]>([]);

/** What is asked for; `shown` is what has been answered. */
export const params = signal<RunRequest | null>(null);
export const shown = signal<Shown | null>(null);
export const work = signal<Work | null>(null);
export const problem = signal<Problem | null>(null);

/** What the user chose to colour; `shown.scope` is what is coloured. */
export const scope = signal<Scope>("grids");
export const scheme = signal<Scheme>("natural");

export const selection = signal<Selection | null>(null);
export const hover = signal<Selection | null>(null);
export const view = signal<View | null>(null);
export const panelOpen = signal(true);

export const toggles = signal<Record<Toggle, boolean>>({
  density: true,
  area: true,
  radius: true,
  buildings: true,
  stations: true,
  others: false,
  elements: true,
  borders: true,
  labels: true,
  base: true,
});

export const counted = computed<Counted>(() =>
  shown.value === null ? "households" : countedIn(shown.value.run.totals),
);

const MANY_BUILDINGS = 100_000;
/** Map zoom from which buildings are coloured: points of a whole city in one tile would be megabytes. */
export const buildingsFrom = computed(() => ((overview.value?.counts.buildings ?? 0) > MANY_BUILDINGS ? 15 : 13));

export const busy = computed(() => work.value !== null);

export function requestOf({ parameters }: Run): RunRequest {
  const { minutes, speed_kmh, radius_m, category, basis } = parameters;
  return { minutes, speed_kmh, radius_m, category, basis };
}

/** What is shown does not answer what the controls say: it is being computed, or could not be. */
export const stale = computed(() => {
  const asked = params.value;
  if (shown.value === null || asked === null) return false;
  const answered = requestOf(shown.value.run);
  return busy.value || (Object.keys(answered) as (keyof RunRequest)[]).some((key) => answered[key] !== asked[key]);
});

/** The map lacks places that the server did not give. */
export const mapGaps = signal(false);

export const away = computed(() => connection.value === "unreachable" || problem.value?.code === UNREACHABLE);
