export interface Rect {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** Rectangles that are taken; a name that meets one of them is not written. */
export class Taken {
  readonly #rects: Rect[] = [];

  /** Take the place if it is free. */
  claim(rect: Rect): boolean {
    for (const r of this.#rects) {
      if (rect.x < r.x + r.w && r.x < rect.x + rect.w && rect.y < r.y + r.h && r.y < rect.y + rect.h) return false;
    }
    this.#rects.push(rect);
    return true;
  }
}

export interface Stretch {
  /** Middle of the stretch and its direction in radians, −90° < angle ≤ 90°. */
  x: number;
  y: number;
  angle: number;
  length: number;
}

const MAX_BEND = (22 * Math.PI) / 180;

/** The longest nearly straight stretch of a line, where a name can be written. */
export function straightStretch(line: readonly (readonly [number, number])[]): Stretch | null {
  let best: Stretch | null = null;
  let start = 0;
  for (let i = 1; i < line.length; i++) {
    const first = heading(line[start]!, line[start + 1]!);
    if (i > start + 1 && bend(first, heading(line[i - 1]!, line[i]!)) > MAX_BEND) start = i - 1;
    const a = line[start]!;
    const b = line[i]!;
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
    if (best === null || length > best.length) {
      best = { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, angle: upright(heading(a, b)), length };
    }
  }
  return best;
}

function heading(a: readonly [number, number], b: readonly [number, number]): number {
  return Math.atan2(b[1] - a[1], b[0] - a[0]);
}

function bend(a: number, b: number): number {
  const turn = Math.abs(a - b) % (2 * Math.PI);
  return turn > Math.PI ? 2 * Math.PI - turn : turn;
}

/** Turn a direction so that text along it is not upside down. */
export function upright(angle: number): number {
  if (angle > Math.PI / 2) return angle - Math.PI;
  if (angle <= -Math.PI / 2) return angle + Math.PI;
  return angle;
}

/** The part of a line inside a rectangle, by whole segments cut at its sides (Liang–Barsky). */
export function clipLine(line: readonly (readonly [number, number])[], rect: Rect): [number, number][][] {
  const parts: [number, number][][] = [];
  let part: [number, number][] = [];
  for (let i = 1; i < line.length; i++) {
    const cut = clipSegment(line[i - 1]!, line[i]!, rect);
    if (cut === null) {
      if (part.length > 1) parts.push(part);
      part = [];
      continue;
    }
    const last = part[part.length - 1];
    if (last === undefined || last[0] !== cut[0][0] || last[1] !== cut[0][1]) {
      if (part.length > 1) parts.push(part);
      part = [cut[0]];
    }
    part.push(cut[1]);
  }
  if (part.length > 1) parts.push(part);
  return parts;
}

function clipSegment(
  a: readonly [number, number],
  b: readonly [number, number],
  { x, y, w, h }: Rect,
): [[number, number], [number, number]] | null {
  const dx = b[0] - a[0];
  const dy = b[1] - a[1];
  let t0 = 0;
  let t1 = 1;
  for (const [p, q] of [[-dx, a[0] - x], [dx, x + w - a[0]], [-dy, a[1] - y], [dy, y + h - a[1]]] as const) {
    if (p === 0) {
      if (q < 0) return null;
      continue;
    }
    const t = q / p;
    if (p < 0) t0 = Math.max(t0, t);
    else t1 = Math.min(t1, t);
    if (t0 > t1) return null;
  }
  return [
    [a[0] + t0 * dx, a[1] + t0 * dy],
    [a[0] + t1 * dx, a[1] + t1 * dy],
  ];
}
