import { batch } from "@preact/signals";
import type { PartChange } from "../api/plans";
import type { BBox, LonLat } from "../api/types";
import { lonLatAt } from "../geo/mercator";
import { NONE } from "../geo/partition";
import { splitAlong } from "../geo/splitting";
import { basis, chosen, editable, isLocked, partName, partRows, parts, proposal, say, session, tool, type Tool } from "./plan";

/** Shown by the map: zoom to cells and light them up. */
export const planCamera = { show: (_box: BBox, _cells: readonly number[]): void => undefined };

/** Give cells to a part; what is locked stays, and that is said. */
export function assign(label: string, cells: Iterable<number>, to: number): number {
  const now = session.value;
  if (now === null || !editable.value) return 0;
  const changes = new Map<number, number>();
  let kept = 0;
  for (const cell of cells) {
    const from = now.partition.part[cell]!;
    if (from === to) continue;
    if (isLocked(from) || isLocked(to)) kept += 1;
    else changes.set(cell, to);
  }
  if (changes.size > 0) now.apply(label, changes);
  if (kept > 0) say("plan.locked_kept", { n: kept }, true);
  return changes.size;
}

export function changePart(change: PartChange, label: string): void {
  if (editable.value) session.value?.apply(label, new Map(), [change]);
}

/** A new part without cells, in hand to be painted. */
export function newPart(): void {
  const now = session.value;
  if (now === null || !editable.value) return;
  const no = now.newNumber();
  now.apply("new", new Map(), [{ no }]);
  batch(() => {
    chosen.value = no;
    tool.value = "paint";
  });
  say("plan.new_hint");
}

/** All cells of the second part go to the first, and the second is removed. */
export function merge(first: number, second: number): void {
  const now = session.value;
  if (now === null || !editable.value || first === second) return;
  if (isLocked(first) || isLocked(second)) return say("plan.locked", { name: partName(isLocked(first) ? first : second) }, true);
  const cells = now.partition.cellsOf(second);
  const name = partName(second);
  now.apply("merge", new Map(cells.map((cell) => [cell, first])), [], [second]);
  chosen.value = first;
  say("plan.merged", { a: partName(first), b: name });
}

/** A row of the list: taken in hand, or joined to the one in hand while joining. */
export function takePart(no: number): void {
  const first = chosen.value;
  if (tool.value === "merge" && first !== null && first !== no) return merge(first, no);
  chosen.value = no;
  if (tool.value === "merge") say("plan.merge_second", { name: partName(no) });
}

/** Divide a part along arcs; the smaller side becomes a new part. */
export function splitPart(no: number, line: readonly number[]): boolean {
  const now = session.value;
  if (now === null || !editable.value) return false;
  if (isLocked(no)) {
    say("plan.locked", { name: partName(no) }, true);
    return false;
  }
  const split = splitAlong(now.partition, no, line);
  if (split === null) {
    say("plan.split_none", {}, true);
    return false;
  }
  const fresh = now.newNumber();
  const { kind = "general", level = null, parent = null } = parts.value.get(no) ?? {};
  now.apply("split", new Map(split.cells.map((cell) => [cell, fresh])), [{ no: fresh, kind, level, parent }]);
  chosen.value = fresh;
  say("plan.split_done", { a: partName(no), b: partName(fresh) });
  return true;
}

/** Cut cells along a line drawn by hand; the server answers with the new cells. */
export function cutFreely(no: number, line: readonly LonLat[]): void {
  const now = session.value;
  if (now === null || !editable.value) return;
  if (isLocked(no)) return say("plan.locked", { name: partName(no) }, true);
  if (line.length < 2) return say("plan.line_short", {}, true);
  now.send({ kind: "cut", line: [...line], part: no, split: true });
}

export function removePart(no: number): void {
  const now = session.value;
  if (now === null || !editable.value || isLocked(no)) return;
  now.apply("erase", new Map(now.partition.cellsOf(no).map((cell) => [cell, NONE])), [], [no]);
  chosen.value = null;
}

export function toggleLock(no: number): void {
  const locked = isLocked(no);
  changePart({ no, locked: !locked }, locked ? "unlock" : "lock");
  say(locked ? "plan.unlocked" : "plan.locked_now", { name: partName(no) });
}

export function turn(which: "undo" | "redo"): void {
  if (editable.value) session.value?.send({ kind: which });
}

/** Take a proposal: one change that can be undone as one. */
export function takeProposal(): void {
  const now = session.value;
  const found = proposal.value;
  if (now === null || found === null) return;
  proposal.value = null;
  const used = new Set(now.partition.part);
  const fresh = [...new Set(found.cells.values())].filter((no) => no < 0);
  const names = new Map(fresh.map((no) => [no, now.newNumber()]));
  const cells = new Map([...found.cells].map(([cell, no]) => [cell, names.get(no) ?? no]));
  // Parts that lose their last cell go with it.
  const left = new Map<number, number>();
  for (const no of used) if (no > NONE) left.set(no, now.partition.of(no).cells);
  for (const [cell, no] of cells) {
    const from = now.partition.part[cell]!;
    if (from > NONE && no !== from) left.set(from, left.get(from)! - 1);
    if (no > NONE && no !== from) left.set(no, (left.get(no) ?? 0) + 1);
  }
  const removed = [...left].filter(([no, count]) => count === 0 && !isLocked(no)).map(([no]) => no);
  now.apply(found.method, cells, [...names.values()].map((no) => ({ no })), removed);
  say("plan.taken", { n: cells.size });
}

export function boxOfCells(cells: readonly number[]): BBox | null {
  const topology = session.value?.topology;
  if (topology === undefined || cells.length === 0) return null;
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const cell of cells) {
    west = Math.min(west, topology.box[4 * cell]!);
    north = Math.min(north, topology.box[4 * cell + 1]!);
    east = Math.max(east, topology.box[4 * cell + 2]!);
    south = Math.max(south, topology.box[4 * cell + 3]!);
  }
  return [...lonLatAt(west, south), ...lonLatAt(east, north)];
}

export function showCells(cells: readonly number[]): void {
  const box = boxOfCells(cells);
  if (box !== null) planCamera.show(box, cells);
}

let round = 0;

/** The next piece of land in no part, those with most households first. */
export function nextUnassigned(): void {
  const now = session.value;
  if (now === null) return;
  const households = now.topology.households[basis.value];
  const pieces = now.partition.pieces(NONE).map((cells) => ({ cells, n: cells.reduce((sum, cell) => sum + households[cell]!, 0) }));
  if (pieces.length === 0) return say("plan.all_assigned");
  pieces.sort((a, b) => b.n - a.n);
  const at = pieces[round++ % pieces.length]!;
  showCells(at.cells);
  say("plan.unassigned_piece", { n: at.n, i: ((round - 1) % pieces.length) + 1, all: pieces.length });
}

/** The next piece that lies away from its part. */
export function nextTorn(): void {
  const now = session.value;
  if (now === null) return;
  const torn = partRows.value.filter((row) => row.figures.pieces > 1).flatMap((row) => now.partition.pieces(row.no).slice(1).map((cells) => ({ no: row.no, cells })));
  if (torn.length === 0) return say("plan.none_torn");
  const at = torn[round++ % torn.length]!;
  chosen.value = at.no;
  showCells(at.cells);
  say("plan.torn_piece", { name: partName(at.no), n: at.cells.length });
}

/** The first nine parts have a key; more than nine are reached by the list. */
export function brush(digit: number): void {
  const row = partRows.value[digit - 1];
  if (row === undefined) return;
  batch(() => {
    chosen.value = row.no;
    if (tool.value === "select") tool.value = "paint";
  });
  say("plan.brush", { name: partName(row.no) });
}

/** Tools that need a part in hand say so when there is none. */
export function takeTool(next: Tool): void {
  tool.value = next;
  if ((next === "paint" || next === "rectangle" || next === "street" || next === "estate") && chosen.value === null) say("plan.choose_first");
  if (next === "merge") say(chosen.value === null ? "plan.merge_first" : "plan.merge_second", { name: chosen.value === null ? "" : partName(chosen.value) });
  if (next === "split") say("plan.split_hint");
  if (next === "freehand") say("plan.freehand_hint");
}

