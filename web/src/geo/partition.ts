import type { Basis } from "../api/types";
import { BASES, across, type Topology } from "./topology";

/** Figures of a part, kept true by every move of a cell. */
export interface PartFigures {
  readonly no: number;
  cells: number;
  registered: number;
  resident: number;
  planned: number;
  buildings: number;
  areaM2: number;
  /** Border with other parts, with what is in no part, and with the outside. */
  perimeterM: number;
  /** Connected pieces; what is in no part is not counted. */
  pieces: number;
}

/** Compactness 4πA/P², 1 for a circle (Polsby and Popper 1991); null without an area. */
export function polsbyPopper({ areaM2, perimeterM }: Pick<PartFigures, "areaM2" | "perimeterM">): number | null {
  return perimeterM > 0 ? (4 * Math.PI * areaM2) / perimeterM ** 2 : null;
}

/** In no part. */
export const NONE = 0;

/**
 * Which cell belongs to which part, with the figures of every part. A move changes only what it touches: sums by one
 * cell, perimeters by the cell's arcs. Whether a part hangs together is decided around the moved cell where that
 * suffices; otherwise the part is marked and walked once by `settle`.
 */
export class Partition {
  readonly topology: Topology;
  readonly part: Int32Array;
  readonly #figures = new Map<number, PartFigures>();
  readonly #unsure = new Set<number>();
  readonly #mark: Uint32Array;
  #round = 0;
  readonly #stack: Int32Array;

  constructor(topology: Topology, assigned: (cell: number) => number = () => NONE) {
    this.topology = topology;
    this.part = new Int32Array(topology.count);
    this.#mark = new Uint32Array(topology.count);
    this.#stack = new Int32Array(topology.count);
    for (let cell = 0; cell < topology.count; cell++) this.part[cell] = assigned(cell);
    this.#sum();
  }

  #sum(): void {
    const { count, areaM2, buildings, households, arcs, left, right, lengthM } = this.topology;
    for (let cell = 0; cell < count; cell++) {
      const figures = this.of(this.part[cell]!);
      figures.cells += 1;
      figures.areaM2 += areaM2[cell]!;
      figures.buildings += buildings[cell]!;
      for (const basis of BASES) figures[basis] += households[basis][cell]!;
    }
    for (let arc = 0; arc < arcs; arc++) {
      const a = left[arc]! < 0 ? null : this.part[left[arc]!]!;
      const b = right[arc]! < 0 ? null : this.part[right[arc]!]!;
      if (a === b) continue;
      if (a !== null) this.of(a).perimeterM += lengthM[arc]!;
      if (b !== null) this.of(b).perimeterM += lengthM[arc]!;
    }
    for (const no of this.#figures.keys()) if (no !== NONE) this.#unsure.add(no);
    this.settle();
  }

  /** Figures of a part; one that has no cell yet has zeros. */
  of(no: number): PartFigures {
    let figures = this.#figures.get(no);
    if (figures === undefined) {
      figures = { no, cells: 0, registered: 0, resident: 0, planned: 0, buildings: 0, areaM2: 0, perimeterM: 0, pieces: 0 };
      this.#figures.set(no, figures);
    }
    return figures;
  }

  /** Give a cell to a part and return the part it had. */
  move(cell: number, to: number): number {
    const from = this.part[cell]!;
    if (from === to) return from;
    const { topology } = this;
    const a = this.of(from);
    const b = this.of(to);
    const cut = this.#leavesCut(cell, from);
    this.#perimeters(cell, a, b);
    this.part[cell] = to;
    a.cells -= 1;
    b.cells += 1;
    a.areaM2 -= topology.areaM2[cell]!;
    b.areaM2 += topology.areaM2[cell]!;
    a.buildings -= topology.buildings[cell]!;
    b.buildings += topology.buildings[cell]!;
    for (const basis of BASES) {
      a[basis] -= topology.households[basis][cell]!;
      b[basis] += topology.households[basis][cell]!;
    }
    if (a.cells === 0) Object.assign(a, { areaM2: 0, perimeterM: 0, pieces: 0 });
    else if (from !== NONE && (cut || a.pieces !== 1)) this.#unsure.add(from);
    if (to !== NONE) this.#arrived(cell, b);
    return from;
  }

  #perimeters(cell: number, a: PartFigures, b: PartFigures): void {
    const { topology, part } = this;
    const { start, values } = topology.arcsOf;
    for (let i = start[cell]!; i < start[cell + 1]!; i++) {
      const arc = values[i]!;
      const other = across(topology, arc, cell);
      if (other === cell) continue;
      const length = topology.lengthM[arc]!;
      const beyond = other < 0 ? null : part[other]!;
      a.perimeterM += beyond === a.no ? length : -length;
      b.perimeterM += beyond === b.no ? -length : length;
    }
  }

  /**
   * Whether taking a cell out may tear its part. Not when its neighbours in the part hang together among themselves:
   * then every way through the cell has a way around it.
   */
  #leavesCut(cell: number, no: number): boolean {
    if (no === NONE) return false;
    const { start, values } = this.topology.near;
    const mark = this.#mark;
    const inside = (this.#round += 2);
    let own = 0;
    let first = -1;
    for (let i = start[cell]!; i < start[cell + 1]!; i++) {
      const other = values[i]!;
      if (this.part[other] !== no) continue;
      mark[other] = inside;
      own += 1;
      first = other;
    }
    if (own <= 1) return false;
    const seen = inside + 1;
    let size = 0;
    mark[first] = seen;
    this.#stack[size++] = first;
    let reached = 1;
    while (size > 0) {
      const at = this.#stack[--size]!;
      for (let i = start[at]!; i < start[at + 1]!; i++) {
        const other = values[i]!;
        if (mark[other] !== inside) continue;
        mark[other] = seen;
        reached += 1;
        this.#stack[size++] = other;
      }
    }
    return reached < own;
  }

  #arrived(cell: number, b: PartFigures): void {
    const { start, values } = this.topology.near;
    let touches = false;
    for (let i = start[cell]!; i < start[cell + 1]! && !touches; i++) touches = this.part[values[i]!] === b.no;
    if (b.cells === 1) b.pieces = 1;
    else if (!touches) b.pieces += 1;
    else if (b.pieces !== 1) this.#unsure.add(b.no);
  }

  /** Walk parts of which it is not sure that they hang together, until as many cells are visited; true when none is left. */
  settle(most = Infinity): boolean {
    let visited = 0;
    for (const no of this.#unsure) {
      if (visited >= most) return false;
      this.#unsure.delete(no);
      const figures = this.of(no);
      visited += figures.cells;
      figures.pieces = this.pieces(no).length;
    }
    return true;
  }

  /** Cells of a part by connected piece, the one with most households of any count first, then most cells. */
  pieces(no: number): number[][] {
    const { count } = this.topology;
    const { start, values } = this.topology.near;
    const seen = (this.#round += 2);
    const found: number[][] = [];
    const wanted = this.of(no).cells;
    let reached = 0;
    for (let cell = this.#first(no); cell < count && reached < wanted; cell++) {
      if (this.part[cell] !== no || this.#mark[cell] === seen) continue;
      const piece: number[] = [cell];
      this.#mark[cell] = seen;
      for (let next = 0; next < piece.length; next++) {
        const at = piece[next]!;
        for (let i = start[at]!; i < start[at + 1]!; i++) {
          const other = values[i]!;
          if (this.part[other] !== no || this.#mark[other] === seen) continue;
          this.#mark[other] = seen;
          piece.push(other);
        }
      }
      reached += piece.length;
      found.push(piece);
    }
    if (found.length < 2) return found;
    const { registered, resident, planned } = this.topology.households;
    const weight = (piece: readonly number[]): number => piece.reduce((sum, cell) => sum + registered[cell]! + resident[cell]! + planned[cell]!, 0);
    return found
      .map((piece) => ({ piece, weight: weight(piece) }))
      .sort((p, q) => q.weight - p.weight || q.piece.length - p.piece.length || p.piece[0]! - q.piece[0]!)
      .map(({ piece }) => piece);
  }

  #first(no: number): number {
    const at = this.part.indexOf(no);
    return at < 0 ? this.topology.count : at;
  }

  cellsOf(no: number): number[] {
    const found: number[] = [];
    for (let cell = this.part.indexOf(no); cell >= 0; cell = this.part.indexOf(no, cell + 1)) found.push(cell);
    return found;
  }

  /** Give a part another number, when the server has numbered it. */
  renumber(from: number, to: number): void {
    const figures = this.#figures.get(from);
    if (figures === undefined || from === to) return;
    for (let cell = 0; cell < this.part.length; cell++) if (this.part[cell] === from) this.part[cell] = to;
    this.#figures.delete(from);
    this.#figures.set(to, { ...figures, no: to });
    if (this.#unsure.delete(from)) this.#unsure.add(to);
  }

  /** Households of all parts, without what is in none. */
  total(basis: Basis): number {
    let sum = 0;
    for (const figures of this.#figures.values()) if (figures.no !== NONE) sum += figures[basis];
    return sum;
  }
}
