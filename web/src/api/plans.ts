/**
 * Plans and cells as the page reads them. A part of a plan is a grid of a community or a community of a township;
 * part 0 is "in no part", and parts that the server does not know yet have negative numbers.
 */
import { call, sending } from "./call";
import type { Basis, Bilingual, Job, LonLat } from "./types";

export type PartLevel = "grid" | "community";
export type PlanState = "draft" | "consultation" | "notice" | "review" | "approved" | "filed" | "effective" | "withdrawn";
export type PlanAction =
  | "edit" | "consultation" | "notice" | "review" | "approved" | "returned" | "draft" | "publish" | "take_back" | "withdrawn" | "rebase" | "branch";
export type PartKind = "general" | "dedicated";
export const PART_SIZES = ["large", "medium", "micro"] as const;
export type PartSize = (typeof PART_SIZES)[number];

export interface Lead {
  worker: number | string | null;
  name: string | null;
  work_phone?: string | null;
}

export interface Part {
  no: number;
  name: string | null;
  kind: PartKind;
  level: PartSize | null;
  parent: number | null;
  locked: boolean;
  note: string | null;
  lead: Lead | null;
  /** Why several parts, or households outside the band, are right. */
  reason: string | null;
  /** A main barrier inside is meant. */
  confirmed: boolean;
  origin: string | number | null;
}

export type PartChange = Pick<Part, "no"> & Partial<Omit<Part, "no" | "origin">>;

export interface PlanRow {
  plan: number;
  name: string;
  division: { code: string; name: string; level: string };
  part_level: PartLevel;
  state: PlanState;
  revision: number;
  parts: number;
  updated_at: string;
  updated_by: string;
  effective_on: string | null;
  stale: boolean;
}

export interface Band {
  min: number;
  max: number;
  rule?: string;
  summary?: Bilingual | null;
  source?: Bilingual | null;
  place?: Bilingual | null;
  year?: number | null;
}

export interface PlanStep {
  state: string;
  at: string;
  actor: string;
  date: string | null;
  number: string | null;
  note: string | null;
  notice_from: string | null;
  notice_to: string | null;
}

export interface Paper {
  paper: number;
  kind: "document" | "objection";
  number: string | null;
  title: string | null;
  date: string | null;
  text: string | null;
  answer: string | null;
}

/** What undo or redo would take back. */
export interface Turn {
  label: string;
  at: string;
  actor: string;
}

export interface Plan extends PlanRow {
  basis_default: Basis;
  community_kind: string | null;
  band: Band | null;
  version: string;
  stale_reasons: string[];
  grids: Part[];
  assignment: { cell: number[]; part: number[] };
  undo: Turn | null;
  redo: Turn | null;
  steps: PlanStep[];
  papers: Paper[];
  allowed: PlanAction[];
  codes: Record<string, string>;
  history: HistoryRow[];
}

/** An edit in the list of versions, newest first. */
export interface HistoryRow {
  revision: number;
  actor: string;
  at: string;
  label: string;
  cells: number;
  turn: "do" | "undo" | "redo";
}

export interface CellSetState {
  set: number;
  generation: number;
  made_at: string;
  stale: boolean;
  reasons: string[];
  cells: number;
}

/** A grid in force whose border no longer runs between today's cells. */
export interface Drift {
  code: string;
  name: string | null;
  area_m2: number;
  cells: number;
  households: number;
  lon: number;
  lat: number;
}

/** Imported areas that a plan can be compared with, by the name the comparison knows them by. */
export interface ImportedAreas {
  areas: string;
  number: number;
}

export interface PlanList {
  plans: PlanRow[];
  cell_set: CellSetState | null;
  drift: Drift[];
  areas: ImportedAreas[];
}

/** Somebody who may be proposed, with the grids the person answers for today. */
export interface KnownWorker {
  worker: number;
  name: string;
  work_phone: string | null;
  grids: string[];
}

export interface Cells {
  set: number;
  version: string;
  division: { code: string; name: string };
  scale: number;
  origin: [number, number];
  arcs: {
    points: number[];
    sizes: number[];
    left: number[];
    right: number[];
    length_m: number[];
    barrier: number[];
  };
  barrier_classes: { name: string; weight: number; main: boolean }[];
  cells: {
    id: number[];
    rings: number[][][];
    area_m2: number[];
    lon: number[];
    lat: number[];
    registered: number[];
    resident: number[];
    planned: number[];
    buildings: number[];
    land_use: number[];
    estate: number[];
    group: number[];
    community: number[];
  };
  land_uses: string[];
  estates: { code: string; name: string }[];
  groups: { code: string; name: string }[];
  communities: { code: string; name: string }[];
}

export interface Edit {
  revision: number;
  actor: string;
  at: string;
  label: string;
  cells: { cell: number[]; part: number[] };
  grids: Part[];
  removed: number[];
}

export interface EditResult {
  revision: number;
  version: string;
  numbers: Record<string, number>;
  edit: Edit | null;
  undo: Turn | null;
  redo: Turn | null;
}

export interface Edits {
  revision: number;
  version: string;
  state: PlanState;
  undo: Turn | null;
  redo: Turn | null;
  edits: Edit[];
}

/** What somebody else changed meanwhile: a cell, or texts of a part. */
export interface Difference {
  cell?: number;
  part?: number;
  fields?: string[];
  mine?: number | null;
  theirs: number | Part | null;
  actor?: string;
  at?: string;
}

export interface EditAsked {
  revision: number;
  label: string;
  cells: Record<string, number[]>;
  grids: PartChange[];
  removed: number[];
}

export type Method = "suggest" | "repair" | "redivide";

export interface SuggestAsked {
  revision: number;
  method: Method;
  scope: "all" | "unassigned" | number[];
  parts?: number | null;
  min?: number | null;
  max?: number | null;
  basis?: Basis;
  /** More counts to balance. */
  also?: (Basis | "buildings")[];
  seed?: number;
}

export interface SuggestReason {
  code: string;
  text: string;
  cells: number[];
  households: number | null;
  lon: number | null;
  lat: number | null;
}

export interface Suggested {
  outcome: "ok" | "proved_impossible" | "not_found";
  cells: Record<string, number[]>;
  parts: { no: number; households: number; area_m2: number; polsby_popper: number; parts: number }[];
  in_band: number;
  out_of_band: number;
  border_on_barrier_share: number | null;
  reasons: SuggestReason[];
  households_moved: number;
  cells_moved: number;
  seconds: number;
}

export type FindingLevel = "error" | "warning" | "advice";

export interface Finding {
  rule: string;
  level: FindingLevel;
  grid: number | null;
  reason: { code: string; values: Record<string, unknown> };
  text?: string;
  households: number | null;
  lon: number | null;
  lat: number | null;
  cells?: number[] | null;
  bbox?: [number, number, number, number] | null;
}

export interface Check {
  errors: number;
  warnings: number;
  advice: number;
  findings: Finding[];
}

export interface Comparison {
  left: { name: string };
  right: { name: string };
  basis: Basis;
  /** Keys are numbers of parts or codes; "-" is in none. */
  rows: { no: string; name: string | null }[];
  columns: { key: string; name: string | null }[];
  matrix: number[][];
  moved: { households: number; buildings: number };
  unmatched_households: number;
  changes: { from: string; to: string; households: number; buildings: number; workers_from: string[]; workers_to: string[] }[];
}

export interface StepAsked {
  to: "consultation" | "notice" | "review" | "approved" | "returned" | "withdrawn" | "draft";
  date?: string;
  number?: string;
  note?: string;
  notice_from?: string;
  notice_to?: string;
}

export interface PaperAsked {
  kind: Paper["kind"];
  number?: string;
  title?: string;
  date?: string;
  text?: string;
  answer?: string;
}

export interface Rebased {
  cells_mapped: number;
  ambiguous: { cell: number; lon: number; lat: number; households: number; options: number[] }[];
  households_moved: number;
  lost_households: number;
  applied: boolean;
  plan: Plan | null;
}

const id = encodeURIComponent;
const at = (plan: number, rest = ""): string => `/api/plans/${plan}${rest}`;

export const plansApi = {
  list: (division: string, signal?: AbortSignal): Promise<PlanList> =>
    call(`/api/plans?division=${id(division)}`, { signal: signal ?? null }),
  create: (asked: { division: string; name?: string; source: string; part_level?: PartLevel }): Promise<Plan> =>
    call("/api/plans", sending("POST", asked)),
  makeCells: (division: string, acceptRepair = false): Promise<Job> =>
    call("/api/cell-sets", sending("POST", acceptRepair ? { division, accept_repair: true } : { division })),
  plan: (plan: number, signal?: AbortSignal): Promise<Plan> => call(at(plan), { signal: signal ?? null }),
  workers: (plan: number): Promise<{ workers: KnownWorker[] }> => call(at(plan, "/workers")),
  cells: (plan: number, signal?: AbortSignal): Promise<Cells> => call(at(plan, "/cells"), { signal: signal ?? null }),
  edit: (plan: number, asked: EditAsked): Promise<EditResult> => call(at(plan, "/edits"), sending("POST", asked)),
  edits: (plan: number, after: number, signal?: AbortSignal): Promise<Edits> =>
    call(at(plan, `/edits?after=${after}`), { signal: signal ?? null }),
  turn: (plan: number, which: "undo" | "redo", revision: number): Promise<EditResult> =>
    call(at(plan, `/${which}`), sending("POST", { revision })),
  cut: (plan: number, asked: { revision: number; line: LonLat[]; part: number | null; split: boolean }): Promise<EditResult> =>
    call(at(plan, "/cuts"), sending("POST", asked)),
  suggest: (plan: number, asked: SuggestAsked, signal?: AbortSignal): Promise<Suggested> =>
    call(at(plan, "/suggest"), sending("POST", asked, signal)),
  check: (plan: number, basis: Basis): Promise<Check> => call(at(plan, `/check?basis=${basis}`)),
  branch: (plan: number, name: string): Promise<Plan> => call(at(plan, "/branch"), sending("POST", { name })),
  compare: (plan: number, other: string, basis: Basis, signal?: AbortSignal): Promise<Comparison> =>
    call(at(plan, `/compare?with=${id(other)}&basis=${basis}`), { signal: signal ?? null }),
  /** Approving and returning are the reviewer's. */
  step: (plan: number, asked: StepAsked): Promise<Plan> =>
    call(at(plan, asked.to === "approved" || asked.to === "returned" ? "/review" : "/steps"), sending("POST", asked)),
  paper: (plan: number, asked: PaperAsked): Promise<Plan> => call(at(plan, "/papers"), sending("POST", asked)),
  answerPaper: (plan: number, paper: number, answer: string): Promise<Plan> =>
    call(at(plan, `/papers/${paper}`), sending("PATCH", { answer })),
  publish: (plan: number, asked: { effective_on: string; first_import?: boolean }): Promise<Plan> =>
    call(at(plan, "/publish"), sending("POST", asked)),
  takeBack: (plan: number, note: string): Promise<Plan> =>
    call(at(plan, "/take-back"), sending("POST", note === "" ? {} : { note })),
  rebase: (plan: number, preview: boolean): Promise<Rebased> => call(at(plan, "/rebase"), sending("POST", { preview })),
};
