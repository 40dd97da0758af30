import { asProblem, UNREACHABLE, type Problem } from "../api/problem";
import type { Difference, Edit, EditResult, Part, PartChange, Plan, Turn } from "../api/plans";
import type { Basis } from "../api/types";
import { NONE, Partition } from "../geo/partition";
import type { Topology } from "../geo/topology";
import { WholeEstates } from "../geo/wholeEstates";
import type { Conflict, Pending, PendingEdit, PlanDoor, PlanListener, SyncState } from "./planDoor";

export const RETRY_MS = 3000;

const NEW_PART: Omit<Part, "no"> = {
  name: null, kind: "general", level: null, parent: null, locked: false, note: null, lead: null, reason: null, confirmed: false, origin: null,
};

/**
 * A plan while it is drawn: what the server has (`saved`), and on top of it the changes that are on their way, in order.
 * A change is shown at once and sent when the one before is answered. While the server is away changes wait; what the
 * server refuses is taken back; what somebody else changed at the same time waits for a decision. Nothing is dropped silently.
 */
export class PlanSession {
  topology: Topology;
  partition: Partition;
  parts = new Map<number, Part>();
  revision: number;
  version: string;
  undo: Turn | null;
  redo: Turn | null;
  conflict: Conflict | null = null;
  #saved: Int32Array;
  #savedParts = new Map<number, Part>();
  #queue: Pending[] = [];
  #estates = new WholeEstates();
  readonly #own = new Set<number>();
  readonly #door: PlanDoor;
  readonly #tell: PlanListener;
  #state: string;
  #sending = false;
  /** Others' changes are being read: one's own wait, or they would come back as somebody else's. */
  #reading = false;
  #away = false;
  #closed = false;
  #retry = 0;
  #fresh = 0;

  constructor(plan: Plan, topology: Topology, door: PlanDoor, tell: PlanListener) {
    this.#door = door;
    this.#tell = tell;
    this.topology = topology;
    this.#saved = new Int32Array(0);
    this.partition = new Partition(topology);
    this.revision = plan.revision;
    this.version = plan.version;
    this.#state = plan.state;
    this.undo = plan.undo;
    this.redo = plan.redo;
    this.adopt(plan, topology);
  }

  /**
   * Begin anew from what the server has; what is on its way is laid on top again. An answer from before
   * something that stands already is not taken: false, ask again.
   */
  adopt(plan: Plan, topology: Topology): boolean {
    if (plan.revision < this.revision) return false;
    this.topology = topology;
    this.#estates = new WholeEstates();
    this.#saved = new Int32Array(topology.count);
    plan.assignment.cell.forEach((id, i) => {
      const cell = topology.indexOf.get(id);
      if (cell !== undefined) this.#saved[cell] = plan.assignment.part[i]!;
    });
    this.#savedParts = new Map(plan.grids.map((part) => [part.no, part]));
    this.revision = plan.revision;
    this.version = plan.version;
    this.#state = plan.state;
    this.undo = plan.undo;
    this.redo = plan.redo;
    const wanted = this.#wanted();
    this.partition = new Partition(topology, (cell) => wanted.get(topology.id[cell]!) ?? this.#saved[cell]!);
    this.#remakeParts();
    return true;
  }

  close(): void {
    this.#closed = true;
    window.clearTimeout(this.#retry);
  }

  get pending(): number {
    return this.#queue.length;
  }

  get sync(): SyncState {
    if (this.conflict !== null) return "conflict";
    if (this.#queue.length === 0) return "saved";
    return this.#away ? "offline" : "sending";
  }

  wholeEstate(no: number, basis: Basis): boolean {
    return this.#estates.has(this.partition, no, basis);
  }

  /** A number for a part that the server does not know yet. */
  newNumber(): number {
    this.#fresh -= 1;
    return this.#fresh;
  }

  /** Show a change now and send it in its turn. */
  apply(label: string, cells: ReadonlyMap<number, number>, grids: PartChange[] = [], removed: number[] = []): void {
    const byId = new Map<number, number>();
    for (const [cell, no] of cells) byId.set(this.topology.id[cell]!, no);
    this.#queue.push({ kind: "edit", label, cells: byId, grids, removed });
    const moved: number[] = [];
    for (const [cell, no] of cells) if (this.partition.move(cell, no) !== no) moved.push(cell);
    this.partition.settle();
    if (grids.length > 0 || removed.length > 0 || [...cells.values()].some((no) => no < 0 && !this.parts.has(no))) this.#remakeParts();
    if (moved.length > 0) this.#tell.changed(moved, null);
    this.#tell.synced();
    void this.#pump();
  }

  send(pending: Exclude<Pending, PendingEdit>): void {
    const last = this.#queue[this.#queue.length - 1];
    // What has not been sent is taken back here.
    if (pending.kind === "undo" && last?.kind === "edit" && !(this.#sending && this.#queue.length === 1)) {
      this.#queue.pop();
      this.#rebuild();
      return;
    }
    this.#queue.push(pending);
    this.#tell.synced();
    void this.#pump();
  }

  /** Where every cell that is on its way goes, by its number. */
  #wanted(): Map<number, number> {
    const wanted = new Map<number, number>();
    for (const item of this.#queue) if (item.kind === "edit") for (const [id, no] of item.cells) wanted.set(id, no);
    return wanted;
  }

  #remakeParts(): void {
    const parts = new Map(this.#savedParts);
    for (const item of this.#queue) {
      if (item.kind !== "edit") continue;
      for (const no of item.cells.values()) if (no !== NONE && !parts.has(no)) parts.set(no, { ...NEW_PART, no });
      for (const change of item.grids) parts.set(change.no, { ...(parts.get(change.no) ?? { ...NEW_PART, no: change.no }), ...change });
      for (const no of item.removed) parts.delete(no);
    }
    const same = parts.size === this.parts.size && [...parts].every(([no, part]) => sameParts(part, this.parts.get(no)));
    this.parts = parts;
    if (!same) this.#tell.partsChanged();
  }

  /** Bring the map back in line with what the server has and what is on its way. */
  #rebuild(): void {
    const wanted = this.#wanted();
    const moved: number[] = [];
    for (let cell = 0; cell < this.topology.count; cell++) {
      const no = wanted.get(this.topology.id[cell]!) ?? this.#saved[cell]!;
      if (this.partition.move(cell, no) !== no) moved.push(cell);
    }
    this.partition.settle();
    this.#remakeParts();
    if (moved.length > 0) this.#tell.changed(moved, null);
    this.#tell.synced();
  }

  async #pump(): Promise<void> {
    const item = this.#queue[0];
    if (this.#sending || this.#reading || this.#closed || item === undefined || this.conflict !== null) return;
    this.#sending = true;
    window.clearTimeout(this.#retry);
    try {
      const sent = this.revision;
      const result = await this.#post(item);
      if (this.#closed) return;
      this.#away = false;
      this.#queue.shift();
      this.#accept(item, result);
      // Somebody else's changes lie between: read them before the next change goes out on top of them.
      if (result.revision > sent + (result.edit === null ? 0 : 1)) await this.#catchUp();
      else this.revision = Math.max(this.revision, result.revision);
    } catch (error) {
      if (this.#closed) return;
      await this.#failed(item, asProblem(error));
    } finally {
      this.#sending = false;
    }
    this.#tell.synced();
    if (!this.#away) void this.#pump();
  }

  #post(item: Pending): Promise<EditResult> {
    const { revision } = this;
    if (item.kind === "cut") return this.#door.cut({ revision, line: item.line, part: item.part, split: item.split });
    if (item.kind !== "edit") return this.#door.turn(item.kind, revision);
    const cells: Record<string, number[]> = {};
    for (const [id, no] of item.cells) (cells[no] = cells[no] ?? []).push(id);
    return this.#door.edit({ revision, label: item.label, cells, grids: item.grids, removed: item.removed });
  }

  #accept(item: Pending, result: EditResult): void {
    if (result.edit !== null) this.#own.add(result.edit.revision);
    this.undo = result.undo;
    this.redo = result.redo;
    const numbers = new Map(Object.entries(result.numbers ?? {}).map(([from, to]) => [Number(from), to]));
    if (item.kind === "edit") {
      if (numbers.size > 0) this.#renumber(numbers);
      for (const [id, no] of item.cells) {
        const cell = this.topology.indexOf.get(id);
        if (cell !== undefined) this.#saved[cell] = numbers.get(no) ?? no;
      }
      this.#fold(item, (no) => numbers.get(no) ?? no);
    }
    if (result.edit !== null) {
      this.#take(result.edit, null);
      this.#tell.edited(result.edit, item.kind === "undo" || item.kind === "redo" ? item.kind : "do");
    } else this.#remakeParts();
    const split = item.kind === "cut" ? [...numbers.values()][0] : undefined;
    if (split !== undefined) this.#tell.cutOff(split);
    if (result.version !== this.version) this.#tell.outdated();
  }

  /** What the server has taken of an edit is saved, under the numbers it gave. */
  #fold(item: PendingEdit, now: (no: number) => number): void {
    const parts = this.#savedParts;
    for (const no of item.cells.values()) if (no !== NONE && !parts.has(now(no))) parts.set(now(no), { ...NEW_PART, no: now(no) });
    for (const change of item.grids) {
      const no = now(change.no);
      parts.set(no, { ...(parts.get(no) ?? { ...NEW_PART, no }), ...change, no });
    }
    for (const no of item.removed) parts.delete(no);
  }

  #renumber(numbers: ReadonlyMap<number, number>): void {
    const now = (no: number): number => numbers.get(no) ?? no;
    for (const [from, to] of numbers) this.partition.renumber(from, to);
    for (const item of this.#queue) {
      if (item.kind !== "edit") continue;
      for (const [id, no] of item.cells) item.cells.set(id, now(no));
      item.removed = item.removed.map(now);
      item.grids = item.grids.map((change) => ({ ...change, no: now(change.no), ...(change.parent ? { parent: now(change.parent) } : {}) }));
    }
    this.#tell.numbered(numbers);
  }

  /** Lay a change of the server on what is saved, and on the map where nothing else is on its way. */
  #take(edit: Edit, actor: string | null): Difference[] {
    const wanted = this.#wanted();
    const touched: Difference[] = [];
    const moved: number[] = [];
    edit.cells.cell.forEach((id, i) => {
      const cell = this.topology.indexOf.get(id);
      if (cell === undefined) return;
      const no = edit.cells.part[i]!;
      this.#saved[cell] = no;
      const mine = wanted.get(id);
      if (mine !== undefined) {
        if (actor !== null && mine !== no) touched.push({ cell: id, mine, theirs: no, actor, at: edit.at });
        return;
      }
      if (this.partition.move(cell, no) !== no) moved.push(cell);
    });
    for (const part of edit.grids) this.#savedParts.set(part.no, part);
    for (const no of edit.removed) this.#savedParts.delete(no);
    this.partition.settle();
    this.#remakeParts();
    if (moved.length > 0) this.#tell.changed(moved, actor);
    return touched;
  }

  async #failed(item: Pending, problem: Problem): Promise<void> {
    if (problem.code === UNREACHABLE) {
      this.#away = true;
      this.#retry = window.setTimeout(() => {
        this.#away = false;
        void this.#pump();
      }, RETRY_MS);
      return;
    }
    if (problem.code === "stale_revision" && item.kind === "edit") {
      const said = (problem.more.difference ?? []) as Difference[];
      await this.#catchUp().catch(() => undefined);
      const conflict: Conflict | null = this.conflict;
      this.conflict = { items: merged([...said, ...(conflict?.items ?? [])]) };
      return;
    }
    // What was answered already is gone from the queue: nothing else may go with it.
    if (this.#queue[0] === item) this.#queue.shift();
    this.#rebuild();
    if (problem.code === "stale_cells") this.#tell.outdated();
    this.#tell.refused(problem);
  }

  /** Read what others changed; called again and again while the room is open. */
  async poll(): Promise<void> {
    if (this.#sending || this.#reading || this.#closed) return;
    this.#reading = true;
    try {
      await this.#catchUp();
      this.#away = false;
    } finally {
      this.#reading = false;
    }
    this.#tell.synced();
    void this.#pump();
  }

  async #catchUp(): Promise<void> {
    const answer = await this.#door.edits(this.revision);
    if (this.#closed) return;
    const touched: Difference[] = [];
    for (const edit of answer.edits) {
      if (edit.revision <= this.revision || this.#own.has(edit.revision)) continue;
      touched.push(...this.#take(edit, edit.actor));
      this.#tell.edited(edit, "do");
    }
    this.revision = Math.max(this.revision, answer.revision);
    this.undo = answer.undo;
    this.redo = answer.redo;
    if (touched.length > 0) this.conflict = { items: merged([...(this.conflict?.items ?? []), ...touched]) };
    if (answer.version !== this.version || answer.state !== this.#state) this.#tell.outdated();
  }

  /** Give way: what others changed stays, the rest of one's own goes on. */
  takeTheirs(): void {
    const cells = new Set(this.conflict?.items.map((item) => item.cell));
    const parts = new Set(this.conflict?.items.filter((item) => item.cell === undefined).map((item) => item.part));
    this.conflict = null;
    for (const item of this.#queue) {
      if (item.kind !== "edit") continue;
      for (const id of cells) if (id !== undefined) item.cells.delete(id);
      item.grids = item.grids.filter((change) => !parts.has(change.no));
      item.removed = item.removed.filter((no) => !parts.has(no) && !this.#savedIn(no, cells));
    }
    this.#queue = this.#queue.filter((item) => item.kind !== "edit" || item.cells.size + item.grids.length + item.removed.length > 0);
    this.#rebuild();
    void this.#pump();
  }

  #savedIn(no: number, ids: ReadonlySet<number | undefined>): boolean {
    for (const id of ids) {
      const cell = id === undefined ? undefined : this.topology.indexOf.get(id);
      if (cell !== undefined && this.#saved[cell] === no) return true;
    }
    return false;
  }

  /** Insist: the same change goes out on top of what others did. */
  sendMine(): void {
    const first = this.#queue[0];
    if (first?.kind === "edit") {
      // A part that is to go has got cells meanwhile: they go where its others go.
      const target = first.cells.values().next().value;
      for (const { cell, mine } of this.conflict?.items ?? []) {
        if (cell !== undefined && (mine === null || mine === undefined) && target !== undefined) first.cells.set(cell, target);
      }
    }
    this.conflict = null;
    this.#rebuild();
    void this.#pump();
  }
}

function sameParts(a: Part, b: Part | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** Each cell or part once, the newest word about it. */
function merged(items: readonly Difference[]): Difference[] {
  const found = new Map<string, Difference>();
  for (const item of items) {
    const key = `${item.cell ?? ""}/${item.part ?? ""}`;
    found.set(key, { ...found.get(key), ...item });
  }
  return [...found.values()];
}
