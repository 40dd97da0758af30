import type { Partition } from "./partition";

/** Parts that touch, by common border of any length. */
export function touchingParts({ topology, part }: Partition): Map<number, Set<number>> {
  const touching = new Map<number, Set<number>>();
  const add = (a: number, b: number): void => {
    let row = touching.get(a);
    if (row === undefined) touching.set(a, (row = new Set()));
    row.add(b);
  };
  for (let arc = 0; arc < topology.arcs; arc++) {
    const l = topology.left[arc]!;
    const r = topology.right[arc]!;
    if (l < 0 || r < 0) continue;
    const a = part[l]!;
    const b = part[r]!;
    if (a === b || a === 0 || b === 0) continue;
    add(a, b);
    add(b, a);
  }
  return touching;
}

/**
 * A colour number for every part so that those that touch differ, where the colours suffice. A part keeps the one it
 * had unless it is in the way: colours that jump while somebody paints would be worse than two alike.
 */
export function colourParts(
  parts: readonly number[], touching: ReadonlyMap<number, ReadonlySet<number>>, colours: number, before: ReadonlyMap<number, number>,
): Map<number, number> {
  const found = new Map<number, number>();
  const used = new Array<number>(colours).fill(0);
  const free = (no: number, colour: number): boolean => {
    for (const other of touching.get(no) ?? []) if (found.get(other) === colour) return false;
    return true;
  };
  const order = parts.slice().sort((a, b) => Number(!before.has(a)) - Number(!before.has(b)) || a - b);
  for (const no of order) {
    const kept = before.get(no);
    let colour = kept !== undefined && free(no, kept) ? kept : -1;
    if (colour < 0) {
      // The rarest of the free ones, so that all are used; without a free one the rarest of all.
      for (let pass = 0; pass < 2 && colour < 0; pass++) {
        for (let each = 0; each < colours; each++) {
          if ((pass === 1 || free(no, each)) && (colour < 0 || used[each]! < used[colour]!)) colour = each;
        }
      }
    }
    used[colour]! += 1;
    found.set(no, colour);
  }
  return found;
}
