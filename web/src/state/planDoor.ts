import type { Difference, Edit, EditAsked, EditResult, Edits, PartChange } from "../api/plans";
import type { Problem } from "../api/problem";
import type { LonLat } from "../api/types";

/** A change on its way to the server; cells by their number, so that it outlives a reading of new cells. */
export interface PendingEdit {
  kind: "edit";
  label: string;
  cells: Map<number, number>;
  grids: PartChange[];
  removed: number[];
}
export type Pending =
  | PendingEdit
  | { kind: "undo" | "redo" }
  | { kind: "cut"; line: LonLat[]; part: number | null; split: boolean };

/** Somebody else changed what is on its way, too: who decides is the user. */
export interface Conflict {
  items: Difference[];
}

export type SyncState = "saved" | "sending" | "offline" | "conflict";

/** What the session asks of the server. */
export interface PlanDoor {
  edit(asked: EditAsked): Promise<EditResult>;
  edits(after: number): Promise<Edits>;
  turn(which: "undo" | "redo", revision: number): Promise<EditResult>;
  cut(asked: { revision: number; line: LonLat[]; part: number | null; split: boolean }): Promise<EditResult>;
}

/** What the session tells the page. */
export interface PlanListener {
  /** Cells changed their part other than by the hand of this page; `actor` when it was somebody else. */
  changed(cells: readonly number[], actor: string | null): void;
  partsChanged(): void;
  /** New parts have got their numbers. */
  numbered(numbers: ReadonlyMap<number, number>): void;
  /** A change stands at the server now. */
  edited(edit: Edit, turn: "do" | "undo" | "redo"): void;
  /** A cut by hand made this part. */
  cutOff(no: number): void;
  synced(): void;
  refused(problem: Problem): void;
  /** Cells were cut, or the plan changed its state: read it again. */
  outdated(): void;
}
