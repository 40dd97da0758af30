import { orient2d } from "robust-predicates";

/**
 * In which grid a position lies, when it is only known to within a circle: the rule of the server (`gis/locate.py`),
 * step for step, so that a phone without network answers as the server would. Whoever changes one changes both; a
 * test asks both ten thousand times.
 */

const SEMI_MAJOR_M = 6378137;
const ECCENTRICITY_2 = 0.0066943799901413165;
const SHARE_DIGITS = 4;
const METRE_DIGITS = 1;

/** Closed rings of one polygon in degrees, x and y in turn: the outer one first, then holes. */
export type Polygon = readonly Float64Array[];
export type Shape = readonly Polygon[];
export type Extent = readonly [west: number, south: number, east: number, north: number];

export interface Candidate {
  index: number;
  /** Of the circle, 0 to 1. */
  share: number;
  border_m: number;
}

export interface Located {
  status: "inside" | "border" | "outside";
  /** Index of the grid that has the position; outside of the nearest; null where there is none. */
  grid: number | null;
  border_m: number | null;
  bearing_deg: number | null;
  candidates: Candidate[];
  outside_share: number;
}

export interface Plane {
  east: number;
  north: number;
}

/** Metres of one degree east and one degree north at a latitude. */
export function planeAt(lat: number): Plane {
  const phi = radians(lat);
  const bent = 1 - ECCENTRICITY_2 * Math.sin(phi) ** 2;
  const north = (SEMI_MAJOR_M * (1 - ECCENTRICITY_2)) / bent ** 1.5;
  const east = (SEMI_MAJOR_M / Math.sqrt(bent)) * Math.cos(phi);
  return { east: radians(east), north: radians(north) };
}

/** The box that holds a circle, a millimetre more. */
export function boxAround(lon: number, lat: number, radiusM: number): Extent {
  const { east, north } = planeAt(lat);
  const reach = radiusM + 0.001;
  return [lon - reach / east, lat - reach / north, lon + reach / east, lat + reach / north];
}

/** Whether an answer from the grids that meet an extent is the answer from all grids. */
export function isKnownWithin(extent: Extent, lon: number, lat: number, accuracyM: number | null, found: Located): boolean {
  const radius = Math.max(accuracyM ?? 0, found.status === "outside" ? (found.border_m ?? Infinity) : 0);
  if (!Number.isFinite(radius)) return false;
  const [west, south, east, north] = boxAround(lon, lat, radius);
  return west >= extent[0] && south >= extent[1] && east <= extent[2] && north <= extent[3];
}

/** `grids`: the land of each, in the order that decides between them on a common border. */
export function locate(lon: number, lat: number, accuracyM: number | null, grids: readonly Shape[]): Located {
  const radius = accuracyM ?? 0;
  const plane = planeAt(lat);
  const rings = grids.map((shape) => inMetres(shape, lon, lat, plane));
  const near = rings.map(nearest);
  const having = grids.findIndex((shape) => covers(shape, lon, lat));
  const own = having < 0 ? null : having;
  if (own !== null && (radius === 0 || near[own]!.m >= radius)) {
    const border = metres(near[own]!.m);
    return { status: "inside", grid: own, border_m: border, bearing_deg: null, candidates: [{ index: own, share: 1, border_m: border }], outside_share: 0 };
  }
  const touched = grids.map((_, n) => n).filter((n) => near[n]!.m < radius || n === own);
  if (touched.length === 0) return outside(near);
  const shares = touched.map((n) => circleArea(rings[n]!, radius) / (Math.PI * radius ** 2));
  const candidates = touched.map((n, i) => ({ index: n, share: rounded(shares[i]!, SHARE_DIGITS), border_m: metres(near[n]!.m) }));
  candidates.sort((a, b) => b.share - a.share || a.index - b.index);
  return {
    status: "border",
    grid: own,
    border_m: own === null ? null : metres(near[own]!.m),
    bearing_deg: null,
    candidates,
    outside_share: rounded(Math.max(0, 1 - shares.reduce((sum, share) => sum + share, 0)), SHARE_DIGITS),
  };
}

interface Near {
  m: number;
  x: number;
  y: number;
}

function outside(near: readonly Near[]): Located {
  let best: number | null = null;
  near.forEach((item, n) => {
    if (best === null || item.m < near[best]!.m) best = n;
  });
  if (best === null) return { status: "outside", grid: null, border_m: null, bearing_deg: null, candidates: [], outside_share: 1 };
  const { m, bearing } = towards(near[best]!);
  return { status: "outside", grid: best, border_m: m, bearing_deg: bearing, candidates: [], outside_share: 1 };
}

/** Metres, and degrees clockwise from north. */
function towards({ m, x, y }: Near): Way {
  const degrees = (Math.atan2(x, y) * 180) / Math.PI;
  return { m: metres(m), bearing: rounded(((degrees % 360) + 360) % 360, METRE_DIGITS) % 360 };
}

export interface Way {
  m: number;
  bearing: number;
}

/** The way from a position outside some grids to the nearest place of them; null inside, and where there are none. */
export function wayTo(lon: number, lat: number, grids: readonly Shape[]): Way | null {
  if (grids.length === 0 || grids.some((shape) => covers(shape, lon, lat))) return null;
  const plane = planeAt(lat);
  return towards(nearest(grids.flatMap((shape) => inMetres(shape, lon, lat, plane))));
}

interface Ring {
  /** x and y in turn, metres about the position; closed. */
  at: Float64Array;
  hole: boolean;
}

function inMetres(shape: Shape, lon: number, lat: number, { east, north }: Plane): Ring[] {
  const found: Ring[] = [];
  for (const polygon of shape) {
    polygon.forEach((ring, number) => {
      const at = new Float64Array(ring.length);
      for (let i = 0; i < ring.length; i += 2) {
        at[i] = (ring[i]! - lon) * east;
        at[i + 1] = (ring[i + 1]! - lat) * north;
      }
      found.push({ at, hole: number > 0 });
    });
  }
  return found;
}

function nearest(rings: readonly Ring[]): Near {
  let best: Near = { m: Infinity, x: 0, y: 0 };
  for (const { at } of rings) {
    let inRing: Near = { m: Infinity, x: 0, y: 0 };
    for (let i = 0; i + 3 < at.length; i += 2) {
      const ax = at[i]!;
      const ay = at[i + 1]!;
      const dx = at[i + 2]! - ax;
      const dy = at[i + 3]! - ay;
      const length = dx * dx + dy * dy;
      const along = Math.min(1, Math.max(0, -(ax * dx + ay * dy) / (length === 0 ? 1 : length)));
      const x = ax + along * dx;
      const y = ay + along * dy;
      const m = Math.hypot(x, y);
      if (m < inRing.m) inRing = { m, x, y };
    }
    if (inRing.m < best.m || (inRing.m === best.m && (inRing.x < best.x || (inRing.x === best.x && inRing.y < best.y)))) best = inRing;
  }
  return best;
}

/** Whether a point lies in a shape or on its border; exact, as in GEOS. */
export function covers(shape: Shape, x: number, y: number): boolean {
  return shape.some((polygon) => {
    let inside = false;
    for (const ring of polygon) {
      const side = ringSide(ring, x, y);
      if (side === 0) return true;
      if (side > 0) inside = !inside;
    }
    return inside;
  });
}

/** 1 inside, 0 on the ring, -1 outside. */
function ringSide(ring: Float64Array, x: number, y: number): number {
  let crossings = 0;
  for (let i = 0; i + 3 < ring.length; i += 2) {
    const ax = ring[i]!;
    const ay = ring[i + 1]!;
    const bx = ring[i + 2]!;
    const by = ring[i + 3]!;
    if (ax < x && bx < x) continue;
    if (bx === x && by === y) return 0;
    if (ay === y && by === y) {
      if (x >= Math.min(ax, bx) && x <= Math.max(ax, bx)) return 0;
      continue;
    }
    if ((ay > y && by <= y) || (by > y && ay <= y)) {
      // Positive to the left of a → b; the library counts y downwards.
      let turn = -Math.sign(orient2d(ax, ay, bx, by, x, y));
      if (turn === 0) return 0;
      if (by < ay) turn = -turn;
      if (turn > 0) crossings += 1;
    }
  }
  return crossings % 2 === 1 ? 1 : -1;
}

function circleArea(rings: readonly Ring[], radius: number): number {
  let total = 0;
  for (const { at, hole } of rings) {
    const area = Math.abs(signedCircleArea(at, radius));
    total += hole ? -area : area;
  }
  return Math.max(0, total);
}

/** Signed area that a ring has in common with a circle about the origin: triangles within, sectors beside. */
function signedCircleArea(at: Float64Array, radius: number): number {
  let total = 0;
  const sector = radius ** 2 / 2;
  for (let i = 0; i + 3 < at.length; i += 2) {
    const sx = at[i]!;
    const sy = at[i + 1]!;
    const ex = at[i + 2]!;
    const ey = at[i + 3]!;
    const dx = ex - sx;
    const dy = ey - sy;
    const squared = dx * dx + dy * dy;
    const a = squared === 0 ? 1 : squared;
    const b = sx * dx + sy * dy;
    const root = b * b - a * (sx * sx + sy * sy - radius * radius);
    const cut = Math.sqrt(Math.max(root, 0));
    const first = clip((-b - cut) / a);
    const last = clip((-b + cut) / a);
    if (root > 0 && last > first) {
      const nx = sx + first * dx;
      const ny = sy + first * dy;
      const lx = sx + last * dx;
      const ly = sy + last * dy;
      total += (nx * ly - ny * lx) / 2 + sector * (angle(sx, sy, nx, ny) + angle(lx, ly, ex, ey));
    } else {
      total += sector * angle(sx, sy, ex, ey);
    }
  }
  return total;
}

function angle(ax: number, ay: number, bx: number, by: number): number {
  return Math.atan2(ax * by - ay * bx, ax * bx + ay * by);
}

function clip(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

function metres(value: number): number {
  return rounded(value, METRE_DIGITS);
}

/** Round as Python does: by the number's exact digits, a tie to the even one. */
function rounded(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value;
  const text = value.toFixed(digits);
  const up = Number(text);
  // toFixed is exact and takes ties upwards; ties have few binary digits, so twice the distance tells them.
  const step = 10 ** -digits;
  const twice = Math.abs(value) * 2 * 10 ** digits;
  if (Number.isInteger(twice) && twice % 2 === 1 && exactTie(value, digits)) {
    const low = Number((value - step / 2).toFixed(digits));
    const even = Math.round(Math.abs(up) * 10 ** digits) % 2 === 0;
    return even ? up : low;
  }
  return up === 0 ? 0 : up;
}

function exactTie(value: number, digits: number): boolean {
  const text = Math.abs(value).toFixed(20);
  const rest = text.slice(text.indexOf(".") + 1 + digits);
  return /^50*$/.test(rest);
}
