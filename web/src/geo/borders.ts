import type { LonLat } from "../api/types";
import type { Shape } from "./shapes";

/** Lines of each level, highest first; a stretch shared with a higher level belongs to that one alone. */
export interface Borders {
  county: LonLat[][];
  township: LonLat[][];
  community: LonLat[][];
}

/** Source coordinates carry 7 decimals: whole numbers of them are exact keys. */
const GRID = 1e7;

/**
 * Every border once. Neighbours and parents repeat their common stretches vertex by vertex, and a dashed line
 * drawn twice is a full one.
 */
export function bordersOf(shapes: readonly Shape[]): Borders {
  const borders: Borders = { county: [], township: [], community: [] };
  const seen = new Set<string>();
  for (const level of ["county", "township", "community"] as const) {
    for (const shape of shapes) {
      if (shape.level !== level) continue;
      for (const ring of shape.rings) unseenLines(ring, seen, borders[level]);
    }
  }
  return borders;
}

/** Cut a ring where its segments are known already, in either direction; the new parts are added to `into`. */
export function unseenLines(ring: readonly LonLat[], seen: Set<string>, into: LonLat[][]): void {
  let line: LonLat[] = [];
  for (let i = 1; i < ring.length; i++) {
    const a = ring[i - 1]!;
    const b = ring[i]!;
    const key = segmentKey(a, b);
    if (seen.has(key)) {
      if (line.length > 1) into.push(line);
      line = [];
      continue;
    }
    seen.add(key);
    if (line.length === 0) line.push(a);
    line.push(b);
  }
  if (line.length > 1) into.push(line);
}

function segmentKey(a: LonLat, b: LonLat): string {
  const p = `${Math.round(a[0] * GRID)},${Math.round(a[1] * GRID)}`;
  const q = `${Math.round(b[0] * GRID)},${Math.round(b[1] * GRID)}`;
  return p < q ? `${p};${q}` : `${q};${p}`;
}
