import type { Topology } from "./topology";

/** How much cheaper a border along the strongest barrier is than one along nothing. */
const BARRIER_SAVES = 0.8;

/** Ends of arcs as a graph: lines that are drawn between two clicks follow cell borders, barriers first. */
export class ArcGraph {
  readonly topology: Topology;
  readonly nodes: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** First and last node of each arc. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly #start: Uint32Array;
  readonly #arcs: Int32Array;

  constructor(topology: Topology) {
    this.topology = topology;
    const { arcs, arcStart } = topology;
    const known = new Map<string, number>();
    const xs: number[] = [];
    const ys: number[] = [];
    const node = (point: number): number => {
      const key = `${topology.x[point]},${topology.y[point]}`;
      let at = known.get(key);
      if (at === undefined) {
        at = xs.length;
        known.set(key, at);
        xs.push(topology.x[point]!);
        ys.push(topology.y[point]!);
      }
      return at;
    };
    this.from = new Int32Array(arcs);
    this.to = new Int32Array(arcs);
    for (let arc = 0; arc < arcs; arc++) {
      this.from[arc] = node(arcStart[arc]!);
      this.to[arc] = node(arcStart[arc + 1]! - 1);
    }
    this.nodes = xs.length;
    this.x = Float64Array.from(xs);
    this.y = Float64Array.from(ys);
    const start = new Uint32Array(this.nodes + 1);
    for (let arc = 0; arc < arcs; arc++) {
      start[this.from[arc]! + 1]! += 1;
      start[this.to[arc]! + 1]! += 1;
    }
    for (let i = 0; i < this.nodes; i++) start[i + 1]! += start[i]!;
    const next = start.slice();
    this.#arcs = new Int32Array(2 * arcs);
    for (let arc = 0; arc < arcs; arc++) {
      for (const at of [this.from[arc]!, this.to[arc]!]) {
        this.#arcs[next[at]!] = arc;
        next[at]! += 1;
      }
    }
    this.#start = start;
  }

  /** The node nearest to a point among those that an allowed arc leads to; -1 without one. */
  nearest(x: number, y: number, allowed?: (arc: number) => boolean): number {
    let best = -1;
    let bestDistance = Infinity;
    for (let node = 0; node < this.nodes; node++) {
      const distance = (this.x[node]! - x) ** 2 + (this.y[node]! - y) ** 2;
      if (distance < bestDistance && (allowed === undefined || this.#leads(node, allowed))) {
        best = node;
        bestDistance = distance;
      }
    }
    return best;
  }

  #leads(node: number, allowed: (arc: number) => boolean): boolean {
    for (let i = this.#start[node]!; i < this.#start[node + 1]!; i++) if (allowed(this.#arcs[i]!)) return true;
    return false;
  }

  #cost(arc: number): number {
    const { lengthM, barrier, barrierWeight } = this.topology;
    return lengthM[arc]! * (1 - BARRIER_SAVES * (barrierWeight[barrier[arc]!] ?? 0));
  }

  /** Cheapest ways from a node over allowed arcs: the arc by which each node is reached, -1 where it is not. */
  waysFrom(source: number, allowed?: (arc: number) => boolean): Int32Array {
    const reachedBy = new Int32Array(this.nodes).fill(-1);
    const cost = new Float64Array(this.nodes).fill(Infinity);
    const heap = new Heap();
    cost[source] = 0;
    heap.push(0, source);
    while (heap.size > 0) {
      const [paid, node] = heap.pop();
      if (paid > cost[node]!) continue;
      for (let i = this.#start[node]!; i < this.#start[node + 1]!; i++) {
        const arc = this.#arcs[i]!;
        if (allowed !== undefined && !allowed(arc)) continue;
        const other = this.from[arc] === node ? this.to[arc]! : this.from[arc]!;
        const total = paid + this.#cost(arc);
        if (total >= cost[other]!) continue;
        cost[other] = total;
        reachedBy[other] = arc;
        heap.push(total, other);
      }
    }
    return reachedBy;
  }

  /** Arcs of the way to a node, from the source on; empty where there is none. */
  wayTo(ways: Int32Array, source: number, target: number): number[] {
    const way: number[] = [];
    for (let node = target; node !== source; ) {
      const arc = ways[node]!;
      if (arc < 0) return [];
      way.push(arc);
      node = this.from[arc] === node ? this.to[arc]! : this.from[arc]!;
    }
    return way.reverse();
  }
}

/** A binary heap of numbers by cost. */
class Heap {
  readonly #costs: number[] = [];
  readonly #items: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(cost: number, item: number): void {
    let at = this.#items.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#costs[above]! <= cost) break;
      this.#costs[at] = this.#costs[above]!;
      this.#items[at] = this.#items[above]!;
      at = above;
    }
    this.#costs[at] = cost;
    this.#items[at] = item;
  }

  pop(): [cost: number, item: number] {
    const first: [number, number] = [this.#costs[0]!, this.#items[0]!];
    const cost = this.#costs.pop()!;
    const item = this.#items.pop()!;
    const size = this.#items.length;
    if (size > 0) {
      let at = 0;
      for (;;) {
        let below = 2 * at + 1;
        if (below >= size) break;
        if (below + 1 < size && this.#costs[below + 1]! < this.#costs[below]!) below += 1;
        if (this.#costs[below]! >= cost) break;
        this.#costs[at] = this.#costs[below]!;
        this.#items[at] = this.#items[below]!;
        at = below;
      }
      this.#costs[at] = cost;
      this.#items[at] = item;
    }
    return first;
  }
}
