import { computed, signal } from "@preact/signals";
import type { Band, CellSetState, Drift, HistoryRow, Part, Plan, PlanAction, PlanRow, Suggested, Method } from "../api/plans";
import type { Problem } from "../api/problem";
import type { Basis } from "../api/types";
import type { PartFigures } from "../geo/partition";
import { t, tCode, type Word } from "../i18n";
import type { Conflict, SyncState } from "./planDoor";
import type { PlanSession } from "./planSession";
import { lang, type Work } from "./store";

/** What the address names: a community or township, and the plan that is open. */
export const divisionAt = signal<string | null>(null);
export const planAt = signal<number | null>(null);

/** What made a plan's cells old, in words; where only the cells themselves are newer, that. */
export function whatChanged(reasons: readonly string[]): string {
  return (reasons.length === 0 ? ["cells"] : reasons).map((each) => tCode("reason", each)).join(lang.value === "zh" ? "、" : ", ");
}

/** Plans of the division that is looked at. */
export const planRows = signal<{ division: string; plans: PlanRow[]; cells: CellSetState | null; drift: Drift[] } | null>(null);
export const roomProblem = signal<Problem | null>(null);
/** Cells being made. */
export const cellWork = signal<Work | null>(null);

/** The plan that is open, as the server last described it; parts and cells live in the session. */
export const plan = signal<Plan | null>(null);
export const session = signal<PlanSession | null>(null);
export const opening = signal(false);

/** What was changed, newest first. */
export const history = signal<readonly HistoryRow[]>([]);

export const parts = signal<ReadonlyMap<number, Part>>(new Map());
/** Counts up when a figure of the partition has changed: what reads figures reads this first. */
export const tick = signal(0);

export type Tool = "select" | "paint" | "rectangle" | "street" | "merge" | "split" | "freehand" | "estate" | "erase";
export const tool = signal<Tool>("select");
export type PlanTab = "parts" | "check" | "versions";
export const planTab = signal<PlanTab>("parts");
export const basis = signal<Basis>("resident");
export const colouring = signal<"parts" | "band">("parts");
/** The part in hand: it is selected, and the brush paints it. */
export const chosen = signal<number | null>(null);
export const hoverPart = signal<number | null>(null);
/** The two parts of a stroke, while it is drawn. */
export const live = signal<{ from: number; to: number } | null>(null);

export const sync = signal<{ state: SyncState; pending: number }>({ state: "saved", pending: 0 });
export const conflict = signal<Conflict | null>(null);
export const refused = signal<Problem | null>(null);

/** A short word on the map about what was just done, or why nothing was. */
export const said = signal<{ text: string; warn: boolean } | null>(null);
let saidTimer = 0;
export function say(word: Word, values: Record<string, string | number> = {}, warn = false): void {
  said.value = { text: t(word, values), warn };
  window.clearTimeout(saidTimer);
  saidTimer = window.setTimeout(() => (said.value = null), warn ? 6000 : 3500);
}

/** A division that is proposed, looked at before it is taken or dropped. */
export interface Proposal {
  method: Method;
  /** Part of every cell that would change, by cell index. */
  cells: ReadonlyMap<number, number>;
  answer: Suggested;
}
export const proposal = signal<Proposal | null>(null);

export type PlanDialog =
  | { kind: "suggest"; scope?: number[] }
  | { kind: "compare" }
  | { kind: "rebase" }
  | { kind: "branch" }
  | { kind: "paper" }
  | { kind: "answer"; paper: number }
  | { kind: "step"; action: PlanAction };
export const dialog = signal<PlanDialog | null>(null);

export function allows(action: PlanAction): boolean {
  return plan.value?.allowed.includes(action) ?? false;
}

/** Whether cells may be painted now. */
export const editable = computed(() => allows("edit") && proposal.value === null);

export type Verdict = "below" | "above" | "in_band" | "whole_estate" | "no_band";

/**
 * How a part's households stand to the band. Dedicated grids, and grids that hold others, have none of their own;
 * one whole estate may be a grid whatever its households.
 */
export function verdictOf(households: number, part: Part | undefined, band: Band | null): Verdict {
  if (band === null || part === undefined || part.kind === "dedicated" || part.level === "large" || part.level === "medium") return "no_band";
  if (households >= band.min && households <= band.max) return "in_band";
  if (plan.peek()?.part_level === "grid" && session.peek()?.wholeEstate(part.no, basis.peek()) === true) return "whole_estate";
  return households < band.min ? "below" : "above";
}

export function partName(no: number): string {
  if (no === 0) return t("plan.none");
  const part = parts.value.get(no);
  if (part?.name) return part.name;
  const community = plan.value?.part_level === "community";
  if (no < 0) return t(community ? "plan.new_community_no" : "plan.new_grid_no", { n: -no });
  return t(community ? "plan.community_no" : "plan.grid_no", { n: no });
}

export interface PartRow {
  no: number;
  part: Part;
  figures: PartFigures;
  households: number;
  verdict: Verdict;
  /** How many parts it lies inside of, and whether others lie inside it: its households are then theirs. */
  depth: number;
  above: boolean;
}

/** By number, new ones last, and parts inside another right below it. */
const ordered = computed(() => {
  const all = [...parts.value.values()].sort((a, b) => Number(a.no < 0) - Number(b.no < 0) || Math.abs(a.no) - Math.abs(b.no));
  if (all.every((part) => part.parent === null)) return all.map((part) => ({ part, depth: 0, below: false }));
  const found: { part: Part; depth: number; below: boolean }[] = [];
  const seen = new Set<number>();
  const add = (part: Part, depth: number): void => {
    if (seen.has(part.no)) return;
    seen.add(part.no);
    const below = all.filter((each) => each.parent === part.no);
    found.push({ part, depth, below: below.length > 0 });
    for (const each of below) add(each, depth + 1);
  };
  for (const part of all) if (part.parent === null || !parts.value.has(part.parent)) add(part, 0);
  for (const part of all) add(part, 0);
  return found;
});

export const partRows = computed<PartRow[]>(() => {
  void tick.value;
  const now = session.value;
  const band = plan.value?.band ?? null;
  const counted = basis.value;
  if (now === null) return [];
  const rows = ordered.value.map(({ part, depth, below }) => {
    const figures = now.partition.of(part.no);
    const households = figures[counted];
    return { no: part.no, part, figures, households, verdict: below ? "no_band" as const : verdictOf(households, part, band), depth, above: below };
  });
  const open: PartRow[] = [];
  for (const row of rows) {
    open.length = row.depth;
    for (const holder of open) holder.households += row.figures[counted];
    open.push(row);
  }
  return rows;
});

export interface Totals {
  parts: number;
  inBand: number;
  banded: number;
  unassigned: number;
  unassignedCells: number;
  torn: number;
  /** Largest by smallest part with households; null with fewer than two. */
  balance: number | null;
  total: number;
}

export const totals = computed<Totals>(() => {
  const rows = partRows.value;
  const none = session.value?.partition.of(0);
  const counted = rows.filter((row) => row.households > 0 && !row.above && row.verdict !== "no_band").map((row) => row.households);
  const banded = rows.filter((row) => row.verdict !== "no_band");
  const unassigned = none?.[basis.value] ?? 0;
  return {
    parts: rows.length,
    inBand: banded.filter((row) => row.verdict === "in_band" || row.verdict === "whole_estate").length,
    banded: banded.length,
    unassigned,
    unassignedCells: none?.cells ?? 0,
    torn: rows.filter((row) => row.figures.pieces > 1).length,
    balance: counted.length > 1 ? Math.max(...counted) / Math.min(...counted) : null,
    total: unassigned + rows.reduce((sum, row) => sum + row.figures[basis.value], 0),
  };
});

export function isLocked(no: number): boolean {
  return parts.value.get(no)?.locked === true;
}
