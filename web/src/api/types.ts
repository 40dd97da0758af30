/**
 * What the page reads, from the types generated of the server's OpenAPI (`make types`). Words that the server
 * sends as text are narrowed here. Counts are households unless prefixed `buildings_`.
 */
import type { components } from "./schema";

type Schemas = components["schemas"];
type With<T, Changes> = Omit<T, keyof Changes> & Changes;

export type LonLat = [lon: number, lat: number];
/** West, south, east, north in degrees. */
export type BBox = [number, number, number, number];

export type Basis = Schemas["Question"]["basis"];
export type ReachStatus = "within_walk" | "out_of_reach" | "unreachable" | "no_network";
export type Scheme = "natural" | "equal" | "quantile";

export interface Fault {
  file?: string | null;
  row?: number | null;
  field?: string | null;
  reason: string;
}

export type Bilingual = Schemas["Bilingual"];
export type Division = With<Schemas["DivisionItem"], { bbox: BBox }>;
export type RunRequest = Pick<Required<Schemas["Question"]>, "minutes" | "speed_kmh" | "radius_m" | "category" | "basis">;
export type Overview = With<
  Schemas["Overview"],
  {
    extent: BBox | null;
    divisions: Division[];
    bases: With<Schemas["BasisItem"], { code: Basis }>[];
    defaults: RunRequest;
  }
>;
export type LayerInfo = Schemas["LayerInfo"];
export type Job = With<Schemas["Job"], { error: { code: string; message: string; faults: Fault[] } | null }>;
export type Row = Schemas["Row"];
export type CommunityRow = Schemas["CommunityRow"];
export type GridRow = Schemas["GridRow"];
export type GridRule = Schemas["Rule"];
export type CurvePoint = Schemas["CurvePoint"];
export type RunPlaces = Schemas["RunPlaces"];
export type RunCurves = Schemas["RunCurves"];
export type Run = With<
  Schemas["Run"],
  { parameters: RunRequest & { walk_m: number; detour_factor: number; division: string | null } }
>;
export type Classes = Schemas["Classes"];
export type SearchResult = With<Schemas["SearchResult"], { bbox: BBox }>;

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
  name: string | null;
  kind: string | null;
  floors: number | null;
  estate: string | null;
  building_no: string | null;
  villager_group: string | null;
  address: string | null;
  lon: number;
  lat: number;
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

/** The walk of one building with the reasons, the most telling first. */
export type Why = Schemas["Why"];
export type WhyPlaces = Schemas["WhyPlaces"];
export type WhyReason = Schemas["WhyReason"];
export type WhyStation = Schemas["WhyStation"];
export type WhyLeg = Schemas["WhyLeg"];
