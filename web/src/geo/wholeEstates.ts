import type { Basis } from "../api/types";
import type { Partition } from "./partition";

/** Which parts are one whole estate: all its households, and nobody else's. Kept for each part until it changes. */
export class WholeEstates {
  readonly #kept = new Map<number, { key: string; whole: boolean }>();

  has(partition: Partition, no: number, basis: Basis): boolean {
    const { cells, perimeterM, [basis]: households } = partition.of(no);
    const key = `${basis}/${cells}/${perimeterM.toFixed(1)}/${households}`;
    const kept = this.#kept.get(no);
    if (kept?.key === key) return kept.whole;
    const whole = households > 0 && isWholeEstate(partition, no, basis);
    this.#kept.set(no, { key, whole });
    return whole;
  }
}

function isWholeEstate(partition: Partition, no: number, basis: Basis): boolean {
  const { estate, households } = partition.topology;
  const lived = households[basis];
  let only = -1;
  for (const cell of partition.cellsOf(no)) {
    if (lived[cell] === 0) continue;
    if (estate[cell]! < 0 || (only >= 0 && estate[cell] !== only)) return false;
    only = estate[cell]!;
  }
  if (only < 0) return false;
  for (let cell = estate.indexOf(only); cell >= 0; cell = estate.indexOf(only, cell + 1)) {
    if (lived[cell]! > 0 && partition.part[cell] !== no) return false;
  }
  return true;
}
