/** What the public page reads; no account, no household figures. */
export type Ring = [number, number][];
export interface Geometry {
  type: "Polygon" | "MultiPolygon";
  coordinates: Ring[] | Ring[][];
}

export interface PublicWorker {
  name: string;
  phone: string | null;
  post: string | null;
  post_en?: string | null;
  /** Whom a substitute stands in for, and the day the holder is back. */
  substitute_for?: string;
  until?: string | null;
}

export interface PublicGrid {
  code: string;
  name: string | null;
  kind: string;
  geometry: Geometry;
  bounds: { north: string | null; east: string | null; south: string | null; west: string | null };
  workers: PublicWorker[];
}

export interface PublicCommunity {
  code: string;
  name: string;
  township: string | null;
  county: string | null;
  as_of: string;
  effective_on: string | null;
  grids: PublicGrid[];
  outline: Geometry | null;
  streets: { class: string; name: string | null; line: Ring }[];
  supervision_phone: string | null;
  map_review_number: string | null;
  attribution: string | string[] | null;
  sample: boolean;
}

export interface Place {
  text: string;
  lon: number;
  lat: number;
  grid: string | null;
}

/** The community's code from the page's own address, /public/CODE. */
export function codeFrom(path: string): string | null {
  const found = /\/public\/([0-9]{6,20})\/?$/.exec(path);
  return found === null ? null : found[1]!;
}

export class Refused extends Error {
  readonly status: number;
  constructor(status: number) {
    super(String(status));
    this.status = status;
  }
}

async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(path, { headers: { Accept: "application/json" }, credentials: "omit", signal: signal ?? null });
  if (!response.ok) throw new Refused(response.status);
  return (await response.json()) as T;
}

export function readCommunity(code: string): Promise<PublicCommunity> {
  return read(`/api/public/communities/${encodeURIComponent(code)}`);
}

export function findPlaces(code: string, q: string, signal: AbortSignal): Promise<{ places: Place[] }> {
  return read(`/api/public/communities/${encodeURIComponent(code)}/find?q=${encodeURIComponent(q)}`, signal);
}

/** All rings of a geometry, holes among them: even-odd filling does the rest. */
export function ringsOf({ type, coordinates }: Geometry): Ring[] {
  return type === "Polygon" ? (coordinates as Ring[]) : ([] as Ring[]).concat(...(coordinates as Ring[][]));
}

/** "003" of a grid's code: its number inside the community. */
export function numberOf(grid: PublicGrid, community: string): string {
  return grid.code.startsWith(community) && grid.code.length > community.length ? grid.code.slice(community.length) : grid.code;
}
