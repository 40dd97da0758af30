/** Shapes of the HTTP contract that the page reads. Counts are households unless prefixed `buildings_`. */

export type Lon = number;
export type Lat = number;
export type LonLat = [Lon, Lat];
/** West, south, east, north in degrees. */
export type BBox = [number, number, number, number];

export type Basis = "registered" | "resident" | "planned";
export type DivisionLevel = "county" | "township" | "community";
export type ReachStatus = "within_walk" | "out_of_reach" | "unreachable" | "no_network";
export type Scheme = "natural" | "equal" | "quantile";

export interface Fault {
  file?: string | null;
  row?: number | null;
  field?: string | null;
  reason: string;
}

export interface Health {
  status: string;
  version: string;
  database?: unknown;
  store?: { sample: boolean; empty: boolean };
}

export interface Division {
  code: string;
  name: string;
  level: DivisionLevel;
  parent: string | null;
  kind: string | null;
  bbox: BBox | null;
}

export interface Category {
  code: string;
  zh: string;
  en: string;
  stations: number;
}

export interface BasisInfo {
  code: Basis;
  zh: string;
  en: string;
  households: number;
  from: string | null;
  to: string | null;
}

export interface NetworkFacts {
  edges: number;
  nodes: number;
  length_km: number;
  hash: string;
}

export interface RunRequest {
  minutes: number;
  speed_kmh: number;
  radius_m: number;
  category: string;
  basis: Basis;
}

export interface Overview {
  title: string | null;
  sample: boolean;
  empty: boolean;
  extent: BBox | null;
  counts: Record<string, number>;
  divisions: Division[];
  categories: Category[];
  bases: BasisInfo[];
  network: NetworkFacts | null;
  defaults: RunRequest;
  map_review_number: string | null;
  attribution: string[];
}

export interface LayerInfo {
  name: string;
  zh: string;
  en: string;
  geometry: string;
  fields: unknown;
  min_zoom: number;
  count: number;
}

export interface Job {
  id: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  percent: number;
  step: string | null;
  run: string | null;
  error: { code: string; message: string; faults: Fault[] } | null;
}

export interface Row {
  households: number;
  buildings_total: number;
  within_walk: number;
  within_radius: number;
  within_network_radius: number;
  out_of_reach: number;
  unreachable: number;
  no_network: number;
  unplaced: number;
  estimated_within_walk: number;
  buildings_within_walk: number;
  buildings_within_radius: number;
  buildings_within_network_radius: number;
  buildings_out_of_reach: number;
  buildings_unreachable: number;
  buildings_no_network: number;
  rate_walk: number | null;
  rate_radius: number | null;
  rate_network_radius: number | null;
  area_km2: number | null;
  households_per_km2: number | null;
}

export interface Completeness {
  buildings: number;
  buildings_with_households: number;
  buildings_near_street: number;
  street_km?: number;
  counted_from: string | null;
  counted_to: string | null;
  no_network: boolean;
}

export interface CommunityRow extends Row {
  code: string;
  name: string | null;
  kind: string | null;
  level: string;
  parent: string | null;
  completeness: Completeness | null;
}

export interface Bilingual {
  zh: string;
  en: string;
}

/** The rule of a grid's size and the verdict on it; numbers come with place, year and source. */
export interface GridRule {
  id: string;
  min: number | null;
  max: number | null;
  verdict: "in_band" | "below" | "above" | "no_band";
  place: Bilingual;
  year: number | null;
  source: Bilingual;
  summary: Bilingual;
  note: Bilingual;
}

export interface GridRow extends Row {
  code: string;
  name: string | null;
  community: string | null;
  kind: string | null;
  rule: GridRule | null;
}

export interface RunStation {
  code: string;
  name: string | null;
  lon: Lon;
  lat: Lat;
  status: "ok" | "off_network";
  straight_m?: number | null;
  households_nearest: number | null;
}

export interface CurvePoint {
  minutes: number;
  households: number;
  share: number | null;
}

export interface RunWarning {
  code: string;
  message: string;
  items: unknown[];
}

export interface Run {
  run: string;
  created_at: string;
  parameters: RunRequest & {
    walk_m: number;
    detour_factor: number;
    division: string | null;
    snap_limit_m: number;
    no_network_m: number;
  };
  inputs: {
    hash: string;
    code_version: string;
    network: { hash: string; name: string | null; edges: number; nodes: number; imported_at: string } | null;
    buildings: number;
    households_from: string | null;
    households_to: string | null;
    households_source: string[];
    stations: number;
    grids: number;
    divisions: number;
  };
  totals: Row;
  communities: CommunityRow[];
  grids: GridRow[];
  ungridded: Row | null;
  stations: RunStation[];
  curve: CurvePoint[];
  warnings: RunWarning[];
}

export interface Classes {
  breaks: number[];
  counts: number[];
  /** The lowest value; breaks are upper bounds. */
  minimum: number | null;
  scheme: Scheme;
  unit: string;
}

export interface SearchResult {
  kind: string;
  code: string;
  name: string;
  detail: string;
  lon: Lon;
  lat: Lat;
  bbox: BBox;
}

export interface Feature<P = Record<string, unknown>> {
  type: "Feature";
  id?: string | number;
  geometry: { type: string; coordinates: unknown } | null;
  properties: P;
}

export interface FeatureCollection<P = Record<string, unknown>> {
  type: "FeatureCollection";
  features: Feature<P>[];
  numberMatched?: number;
  numberReturned?: number;
}

/** Card of one building, with its walk when a run is named. */
export interface BuildingCard {
  code: string;
  name?: string | null;
  kind?: string | null;
  floors?: number | null;
  estate?: string | null;
  building_no?: string | null;
  villager_group?: string | null;
  address?: string | null;
  lon: Lon;
  lat: Lat;
  households: {
    registered: number | null;
    resident: number | null;
    planned: number | null;
    vacant: number | null;
    counted_on: string;
    source: string | null;
  } | null;
  coverage: {
    walk_s: number | null;
    walk_m: number | null;
    straight_m: number | null;
    access_m: number | null;
    station: string | null;
    station_name: string | null;
    status: ReachStatus;
  } | null;
}
