import type { Topology } from "./topology";

const CELLS_PER_BUCKET = 3;
const MOST_SIDE = 400;

/** Which cell lies where: cells by the buckets of a square lattice that their boxes meet. All in the square of web maps. */
export class CellIndex {
  readonly #topology: Topology;
  readonly #west: number;
  readonly #north: number;
  readonly #size: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #start: Uint32Array;
  readonly #cells: Int32Array;
  readonly #seen: Uint32Array;
  #round = 0;

  constructor(topology: Topology) {
    this.#topology = topology;
    const { box, count } = topology;
    let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < count; i++) {
      west = Math.min(west, box[4 * i]!);
      north = Math.min(north, box[4 * i + 1]!);
      east = Math.max(east, box[4 * i + 2]!);
      south = Math.max(south, box[4 * i + 3]!);
    }
    const width = count > 0 ? Math.max(east - west, 1e-12) : 1;
    const height = count > 0 ? Math.max(south - north, 1e-12) : 1;
    const wanted = Math.max(1, count / CELLS_PER_BUCKET);
    this.#size = Math.max(Math.sqrt((width * height) / wanted), width / MOST_SIDE, height / MOST_SIDE);
    this.#west = count > 0 ? west : 0;
    this.#north = count > 0 ? north : 0;
    this.#columns = Math.floor(width / this.#size) + 1;
    this.#rows = Math.floor(height / this.#size) + 1;
    this.#seen = new Uint32Array(count);
    const start = new Uint32Array(this.#columns * this.#rows + 1);
    for (let i = 0; i < count; i++) this.#buckets(box.subarray(4 * i, 4 * i + 4), (bucket) => (start[bucket + 1]! += 1));
    for (let b = 0; b + 1 < start.length; b++) start[b + 1]! += start[b]!;
    const next = start.slice();
    this.#cells = new Int32Array(start[start.length - 1]!);
    for (let i = 0; i < count; i++) {
      this.#buckets(box.subarray(4 * i, 4 * i + 4), (bucket) => {
        this.#cells[next[bucket]!] = i;
        next[bucket]! += 1;
      });
    }
    this.#start = start;
  }

  /** Buckets that a box (west, north, east, south) meets. */
  #buckets(box: ArrayLike<number>, visit: (bucket: number) => void): void {
    const column = (x: number): number => Math.min(this.#columns - 1, Math.max(0, Math.floor((x - this.#west) / this.#size)));
    const row = (y: number): number => Math.min(this.#rows - 1, Math.max(0, Math.floor((y - this.#north) / this.#size)));
    const first = column(box[0]!);
    const last = column(box[2]!);
    const bottom = row(box[3]!);
    for (let r = row(box[1]!); r <= bottom; r++) for (let c = first; c <= last; c++) visit(r * this.#columns + c);
  }

  /** Cells whose box meets a box, each once. */
  near(box: ArrayLike<number>): number[] {
    const found: number[] = [];
    const own = this.#topology.box;
    this.#round += 1;
    this.#buckets(box, (bucket) => {
      for (let i = this.#start[bucket]!; i < this.#start[bucket + 1]!; i++) {
        const cell = this.#cells[i]!;
        if (this.#seen[cell] === this.#round) continue;
        this.#seen[cell] = this.#round;
        const at = 4 * cell;
        if (own[at]! <= box[2]! && own[at + 2]! >= box[0]! && own[at + 1]! <= box[3]! && own[at + 3]! >= box[1]!) found.push(cell);
      }
    });
    return found;
  }

  /** The cell at a point, -1 where there is none. */
  at(x: number, y: number): number {
    for (const cell of this.near([x, y, x, y])) if (contains(this.#topology, cell, x, y)) return cell;
    return -1;
  }

  /** Cells whose inner point lies in a box (west, north, east, south). */
  within(box: ArrayLike<number>): number[] {
    const { atX, atY } = this.#topology;
    return this.near(box).filter((cell) => {
      const x = atX[cell]!;
      const y = atY[cell]!;
      return x >= box[0]! && x <= box[2]! && y >= box[1]! && y <= box[3]!;
    });
  }

  /** Cells that a straight line passes through. */
  along(x0: number, y0: number, x1: number, y1: number): number[] {
    const found: number[] = [];
    // By pieces of a bucket's size: the box of a long slanting line would hold half the map.
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0)) / this.#size));
    const seen = new Set<number>();
    for (let i = 0; i < steps; i++) {
      const ax = x0 + ((x1 - x0) * i) / steps;
      const ay = y0 + ((y1 - y0) * i) / steps;
      const bx = x0 + ((x1 - x0) * (i + 1)) / steps;
      const by = y0 + ((y1 - y0) * (i + 1)) / steps;
      for (const cell of this.near([Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)])) {
        if (seen.has(cell)) continue;
        if (contains(this.#topology, cell, ax, ay) || contains(this.#topology, cell, bx, by) || crossed(this.#topology, cell, ax, ay, bx, by)) {
          seen.add(cell);
          found.push(cell);
        }
      }
    }
    return found;
  }
}

/** Whether a point lies in a cell (even-odd over its rings). */
export function contains(topology: Topology, cell: number, px: number, py: number): boolean {
  const { x, y } = topology;
  let inside = false;
  forEachArc(topology, cell, (first, last) => {
    for (let i = first + 1; i <= last; i++) {
      const ay = y[i - 1]!;
      const by = y[i]!;
      if (ay > py !== by > py && px < ((x[i]! - x[i - 1]!) * (py - ay)) / (by - ay) + x[i - 1]!) inside = !inside;
    }
  });
  return inside;
}

function crossed(topology: Topology, cell: number, ax: number, ay: number, bx: number, by: number): boolean {
  const { x, y } = topology;
  let found = false;
  forEachArc(topology, cell, (first, last) => {
    for (let i = first + 1; i <= last && !found; i++) {
      found = segmentsCross(ax, ay, bx, by, x[i - 1]!, y[i - 1]!, x[i]!, y[i]!);
    }
  });
  return found;
}

function segmentsCross(ax: number, ay: number, bx: number, by: number, cx: number, cy: number, dx: number, dy: number): boolean {
  const side = (px: number, py: number, qx: number, qy: number, rx: number, ry: number): number =>
    (qx - px) * (ry - py) - (qy - py) * (rx - px);
  return (
    side(ax, ay, bx, by, cx, cy) > 0 !== side(ax, ay, bx, by, dx, dy) > 0 &&
    side(cx, cy, dx, dy, ax, ay) > 0 !== side(cx, cy, dx, dy, bx, by) > 0
  );
}

/** First and last vertex of every arc around a cell. */
function forEachArc({ rings, refs, arcStart }: Topology, cell: number, visit: (first: number, last: number) => void): void {
  for (let i = refs.start[rings[cell]!]!; i < refs.start[rings[cell + 1]!]!; i++) {
    const ref = refs.values[i]!;
    const arc = ref < 0 ? ~ref : ref;
    visit(arcStart[arc]!, arcStart[arc + 1]! - 1);
  }
}
