/** Planar polygon questions in any unit; rings are arrays of [x, y], holes included (even-odd rule). */
export type Point = [number, number];
export type Rings = readonly (readonly Point[])[];

export function ringsContain(rings: Rings, [x, y]: Point): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const a = ring[i]!;
      const b = ring[j]!;
      if (a[1] > y !== b[1] > y && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0]) inside = !inside;
    }
  }
  return inside;
}

/** Distance from a point to the nearest edge of the rings, positive inside and negative outside. */
export function signedDistance(rings: Rings, point: Point): number {
  let best = Infinity;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      best = Math.min(best, segmentDistance2(point, ring[i]!, ring[j]!));
    }
  }
  return (ringsContain(rings, point) ? 1 : -1) * Math.sqrt(best);
}

function segmentDistance2(p: Point, a: Point, b: Point): number {
  let x = a[0];
  let y = a[1];
  const dx = b[0] - x;
  const dy = b[1] - y;
  if (dx !== 0 || dy !== 0) {
    const t = Math.max(0, Math.min(1, ((p[0] - x) * dx + (p[1] - y) * dy) / (dx * dx + dy * dy)));
    x += dx * t;
    y += dy * t;
  }
  return (p[0] - x) ** 2 + (p[1] - y) ** 2;
}

/**
 * A point well inside the rings, for a label: the best of a coarse grid, refined around itself.
 * Cheaper than an exact pole of inaccessibility and never outside when any grid point is inside.
 */
export function labelPoint(rings: Rings): Point | null {
  let x0 = Infinity;
  let y0 = Infinity;
  let x1 = -Infinity;
  let y1 = -Infinity;
  for (const ring of rings) {
    for (const [x, y] of ring) {
      x0 = Math.min(x0, x);
      x1 = Math.max(x1, x);
      y0 = Math.min(y0, y);
      y1 = Math.max(y1, y);
    }
  }
  if (!(x0 <= x1)) return null;
  let best: Point = [(x0 + x1) / 2, (y0 + y1) / 2];
  let bestDistance = signedDistance(rings, best);
  let [cx, cy] = best;
  let width = x1 - x0;
  let height = y1 - y0;
  const STEPS = 6;
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i <= STEPS; i++) {
      for (let j = 0; j <= STEPS; j++) {
        const candidate: Point = [cx + (i / STEPS - 0.5) * width, cy + (j / STEPS - 0.5) * height];
        const distance = signedDistance(rings, candidate);
        if (distance > bestDistance) {
          best = candidate;
          bestDistance = distance;
        }
      }
    }
    [cx, cy] = best;
    width /= 3;
    height /= 3;
  }
  return best;
}

/** Whether a ring has an inside: at least three corners, and no side that crosses another. */
export function isSimpleRing(ring: readonly Point[]): boolean {
  const n = ring.length;
  if (n < 3) return false;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      // Sides that follow one another share a corner.
      if (j === i + 1 || (i === 0 && j === n - 1)) continue;
      if (cross(ring[i]!, ring[i + 1]!, ring[j]!, ring[(j + 1) % n]!)) return false;
    }
  }
  return true;
}

function side([ax, ay]: Point, [bx, by]: Point, [x, y]: Point): number {
  return Math.sign((bx - ax) * (y - ay) - (by - ay) * (x - ax));
}

function cross(a: Point, b: Point, c: Point, d: Point): boolean {
  return side(a, b, c) * side(a, b, d) <= 0 && side(c, d, a) * side(c, d, b) <= 0;
}
