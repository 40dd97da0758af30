import type { components } from "../api/schema";
import { boxAround, isKnownWithin, locate, type Extent, type Located, type Polygon, type Shape } from "../geo/locate";

export type PhoneHome = components["schemas"]["PhoneHome"];
export type Person = components["schemas"]["Responsible"];
export type GridRef = components["schemas"]["LocatedGrid"];

export interface Building {
  code: string;
  name?: string;
  building_no?: string;
  estate?: string;
  kind: string;
  floors?: number;
  lon: number;
  lat: number;
  address?: string;
  registered?: number;
  resident?: number;
  vacant?: number;
  planned?: number;
  counted_on?: string;
  source?: string;
  outline?: number[][];
}

export interface BorderPart {
  /** Code of the neighbour; null where no grid is beyond. */
  grid: string | null;
  length_m: number;
  streets: { name: string; length_m: number }[];
}

export interface GridInPackage extends GridRef {
  /** A larger grid in which others are nested: it answers for its `land` alone. */
  nested: boolean;
  /** Of a larger grid: where none of those nested in it lies. */
  land?: string[][];
  /** One's own, or nested in one; packages that were kept before it was told say nothing. */
  own?: boolean;
  shape: string[][];
}

/** What the server packs for a phone, see `layers/usecases/phone.py`. */
export interface GridPackage extends GridRef {
  as_of: string;
  extent: [number, number, number, number];
  margin_m: number;
  grids: GridInPackage[];
  border: BorderPart[];
  streets: { class: string; name: string | null; line: number[] }[];
  buildings: Building[];
}

export type LonLat = readonly [lon: number, lat: number];

/** A package made ready: shapes unpacked once. */
export interface Opened {
  code: string;
  /** The server's mark of this state of it. */
  tag: string | null;
  data: GridPackage;
  extent: Extent;
  shapes: ReadonlyMap<string, Shape>;
  /** Grids that answer, in the order that decides between them. */
  asked: readonly GridInPackage[];
  /** The land they answer for. */
  lands: readonly Shape[];
  streets: readonly { class: string; name: string | null; line: LonLat[] }[];
}

export function open(data: GridPackage, tag: string | null = null): Opened {
  const shapes = new Map(data.grids.map((grid) => [grid.code, unpackShape(grid.shape)] as const));
  const asked = data.grids.filter((grid) => !grid.nested || grid.land !== undefined);
  return {
    code: data.code,
    tag,
    data,
    extent: data.extent,
    shapes,
    asked,
    lands: asked.map((grid) => (grid.land === undefined ? shapes.get(grid.code)! : unpackShape(grid.land))),
    streets: data.streets.map((street) => ({ ...street, line: unpackLine(street.line) })),
  };
}

/** Where a position lies by a package, or null where only the server knows. */
export function locateIn(opened: Opened, lon: number, lat: number, accuracyM: number | null): Located | null {
  const { lands, extent } = opened;
  const found = locate(lon, lat, accuracyM, lands);
  return isKnownWithin(extent, lon, lat, accuracyM, found) ? found : null;
}

/** Whether the whole circle is on the map of a package. */
export function isWithin(extent: Extent, lon: number, lat: number, radiusM: number): boolean {
  const [west, south, east, north] = boxAround(lon, lat, radiusM);
  return west >= extent[0] && south >= extent[1] && east <= extent[2] && north <= extent[3];
}

export function unpackShape(packed: string[][]): Shape {
  return packed.map((rings): Polygon => rings.map(doubles));
}

function doubles(packed: string): Float64Array {
  const raw = atob(packed);
  const bytes = new DataView(new ArrayBuffer(raw.length));
  for (let i = 0; i < raw.length; i++) bytes.setUint8(i, raw.charCodeAt(i));
  const found = new Float64Array(raw.length / 8);
  for (let i = 0; i < found.length; i++) found[i] = bytes.getFloat64(i * 8, true);
  return found;
}

/** Lines come as millionths of a degree: the first point, then steps. */
export function unpackLine(packed: readonly number[]): LonLat[] {
  const found: LonLat[] = [];
  let x = 0;
  let y = 0;
  for (let i = 0; i + 1 < packed.length; i += 2) {
    x += packed[i]!;
    y += packed[i + 1]!;
    found.push([x / 1e6, y / 1e6]);
  }
  return found;
}

export function pointsOf(ring: Float64Array): LonLat[] {
  const found: LonLat[] = [];
  for (let i = 0; i + 1 < ring.length; i += 2) found.push([ring[i]!, ring[i + 1]!]);
  return found;
}

/** Whom to call about a grid: who works in it, else who leads it, else anybody; null where nobody has a work phone. */
export function whomToCall(grid: Pick<GridRef, "workers">): Person | null {
  const reachable = grid.workers.filter((person) => person.work_phone !== null);
  return ROLES.map((role) => reachable.find((person) => person.role === role)).find((person) => person !== undefined) ?? null;
}

const ROLES: readonly Person["role"][] = ["grid_worker", "grid_leader", "other"];

/** How a grid is called in a list: its name, or the number it has in its community. */
export function shortName(grid: Pick<GridRef, "code" | "name" | "community">): string {
  if (grid.name) return grid.name;
  const community = grid.community;
  return community !== null && grid.code.startsWith(community.code) ? `${community.name} ${grid.code.slice(community.code.length)}` : grid.code;
}
