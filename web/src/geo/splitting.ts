import type { ArcGraph } from "./arcGraph";
import type { Partition } from "./partition";
import { MIN_SHARED_M, across, type Topology } from "./topology";

/** Arcs a splitting line may follow: those inside the part, and its border to come from and leave by. */
export function arcsOfPart({ topology, part }: Partition, no: number): (arc: number) => boolean {
  const { left, right } = topology;
  const inside = (cell: number): boolean => cell >= 0 && part[cell] === no;
  return (arc) => inside(left[arc]!) || inside(right[arc]!);
}

export interface Split {
  /** Cells that become a part of their own: the side with fewer cells. */
  cells: number[];
  rest: number[];
}

/**
 * Divide a part along arcs: what hangs together without crossing them stays together. Pieces that the line does not
 * touch stay with the larger side. Null when the line does not divide the part.
 */
export function splitAlong(partition: Partition, no: number, line: readonly number[]): Split | null {
  const { topology } = partition;
  const closed = new Set(line);
  const own = partition.cellsOf(no);
  const group = new Map<number, number>();
  let groups = 0;
  for (const cell of own) {
    if (group.has(cell)) continue;
    const stack = [cell];
    group.set(cell, groups);
    while (stack.length > 0) {
      const at = stack.pop()!;
      for (const other of openNeighbours(topology, at, closed)) {
        if (partition.part[other] !== no || group.has(other)) continue;
        group.set(other, groups);
        stack.push(other);
      }
    }
    groups += 1;
  }
  const sides = sidesOf(topology, partition, no, line, group);
  if (sides === null) return null;
  const a = own.filter((cell) => sides.left.has(group.get(cell)!));
  const b = own.filter((cell) => sides.right.has(group.get(cell)!));
  const cells = a.length <= b.length ? a : b;
  const moving = new Set(cells);
  return { cells, rest: own.filter((cell) => !moving.has(cell)) };
}

/** Groups at the left and at the right of a line; null when some group lies on both sides. */
function sidesOf(
  { left, right }: Topology, { part }: Partition, no: number, line: readonly number[], group: ReadonlyMap<number, number>,
): { left: Set<number>; right: Set<number> } | null {
  const a = new Set<number>();
  const b = new Set<number>();
  const joined = new Map<number, Set<number>>();
  for (const arc of line) {
    const [l, r] = [left[arc]!, right[arc]!];
    if (l < 0 || r < 0 || part[l] !== no || part[r] !== no) continue;
    const [gl, gr] = [group.get(l)!, group.get(r)!];
    // Where the line ends inside, the same group is on both hands.
    if (gl === gr) continue;
    for (const [p, q] of [[gl, gr], [gr, gl]] as const) {
      if (!joined.has(p)) joined.set(p, new Set());
      joined.get(p)!.add(q);
    }
  }
  if (joined.size === 0) return null;
  // Neighbouring groups take turns: a line with several strokes may cut off more than one piece.
  for (const start of joined.keys()) {
    if (a.has(start) || b.has(start)) continue;
    a.add(start);
    const stack = [start];
    while (stack.length > 0) {
      const at = stack.pop()!;
      const [own, other] = a.has(at) ? [a, b] : [b, a];
      for (const next of joined.get(at)!) {
        if (own.has(next)) return null;
        if (other.has(next)) continue;
        other.add(next);
        stack.push(next);
      }
    }
  }
  return { left: a, right: b };
}

function openNeighbours(topology: Topology, cell: number, closed: ReadonlySet<number>): number[] {
  const { start, values } = topology.arcsOf;
  const shared = new Map<number, number>();
  for (let i = start[cell]!; i < start[cell + 1]!; i++) {
    const arc = values[i]!;
    const other = across(topology, arc, cell);
    if (other < 0 || other === cell || closed.has(arc)) continue;
    shared.set(other, (shared.get(other) ?? 0) + topology.lengthM[arc]!);
  }
  return [...shared].filter(([, length]) => length > MIN_SHARED_M).map(([other]) => other);
}

/** Cells on either hand of a line of arcs. */
export function cellsBeside({ left, right }: Topology, line: readonly number[]): number[] {
  const found = new Set<number>();
  for (const arc of line) {
    if (left[arc]! >= 0) found.add(left[arc]!);
    if (right[arc]! >= 0) found.add(right[arc]!);
  }
  return [...found];
}

/** The way over arcs through points (in the square of web maps), each moved to the nearest end of an arc. */
export class Tracing {
  readonly #graph: ArcGraph;
  readonly #allowed: ((arc: number) => boolean) | undefined;
  readonly #fixed: number[] = [];
  #node = -1;
  #ways: Int32Array | null = null;

  constructor(graph: ArcGraph, allowed?: (arc: number) => boolean) {
    this.#graph = graph;
    this.#allowed = allowed;
  }

  get begun(): boolean {
    return this.#ways !== null;
  }

  /** Where the line stands now, in the square. */
  get end(): [number, number] | null {
    return this.#node < 0 ? null : [this.#graph.x[this.#node]!, this.#graph.y[this.#node]!];
  }

  /** Take another point; false where nothing leads to it. */
  add(x: number, y: number): boolean {
    const node = this.#graph.nearest(x, y, this.#allowed);
    if (node < 0) return false;
    if (this.#ways !== null) {
      if (node === this.#node) return true;
      const way = this.#graph.wayTo(this.#ways, this.#node, node);
      if (way.length === 0) return false;
      this.#fixed.push(...way);
    }
    this.#node = node;
    this.#ways = this.#graph.waysFrom(node, this.#allowed);
    return true;
  }

  /** The line up to a point that is only looked at. */
  upTo(x: number, y: number): number[] {
    if (this.#ways === null) return [];
    const node = this.#graph.nearest(x, y, this.#allowed);
    return node < 0 ? this.#fixed.slice() : [...this.#fixed, ...this.#graph.wayTo(this.#ways, this.#node, node)];
  }

  get line(): readonly number[] {
    return this.#fixed;
  }
}
