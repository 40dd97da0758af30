import { batch, effect, untracked } from "@preact/signals";
import { plansApi, type Plan } from "../api/plans";
import { Problem, UNREACHABLE, asProblem } from "../api/problem";
import { readCells, type Topology } from "../geo/topology";
import {
  basis, chosen, conflict, dialog, divisionAt, history, live, opening, partName, parts, plan, planAt, proposal, refused, roomProblem, say, session,
  sync, tick, tool,
} from "./plan";
import { chooseDivision, readPlans } from "./planList";
import { PlanSession } from "./planSession";
import { panel, selection } from "./store";

const POLL_MS = 2000;

/** Told what has changed on the map: cells that moved, by whom; or everything. */
export const planMapHooks = {
  opened: (): void => undefined,
  moved: (_cells: readonly number[], _actor: string | null): void => undefined,
  partsChanged: (): void => undefined,
  /** No stroke is being drawn: others' changes may come in. */
  idle: (): boolean => true,
};

let generation = 0;

async function load(id: number): Promise<void> {
  const wanted = (generation += 1);
  close();
  opening.value = true;
  try {
    const [doc, cells] = await Promise.all([plansApi.plan(id), plansApi.cells(id)]);
    if (wanted !== generation) return;
    const topology = readCells(cells);
    const mine = (): boolean => session.peek() === made;
    const made: PlanSession = new PlanSession(doc, topology, doorOf(id), {
      changed: (moved, actor) => {
        if (!mine()) return;
        tick.value += 1;
        planMapHooks.moved(moved, actor);
        if (actor !== null) say("plan.others", { who: actor, n: moved.length });
      },
      partsChanged: () => {
        if (session.peek() === null || !mine()) return;
        batch(() => {
          parts.value = made.parts;
          tick.value += 1;
        });
        planMapHooks.partsChanged();
      },
      edited: (edit, turn) => {
        if (!mine()) return;
        const row = { revision: edit.revision, actor: edit.actor, at: edit.at, label: edit.label, cells: edit.cells.cell.length, turn };
        history.value = [row, ...history.value].slice(0, 200);
      },
      cutOff: (no) => {
        if (!mine()) return;
        chosen.value = no;
        say("plan.cut_done", { name: partName(no) });
      },
      numbered: (numbers) => {
        if (!mine()) return;
        const to = chosen.value === null ? undefined : numbers.get(chosen.value);
        if (to !== undefined) chosen.value = to;
      },
      synced: () => (mine() ? tellSync() : drained(made)),
      refused: (problem) => {
        if (mine()) refused.value = problem;
        else roomProblem.value = problem;
      },
      outdated: () => {
        if (mine()) void renew(id);
      },
    });
    batch(() => {
      session.value = made;
      parts.value = made.parts;
      basis.value = doc.basis_default;
      divisionAt.value = doc.division.code;
      if (doc.division.level === "community" || doc.division.level === "township") selection.value = { kind: doc.division.level, code: doc.division.code };
      opening.value = false;
      roomProblem.value = null;
      takePlan(doc);
      tick.value += 1;
    });
    tellSync();
    planMapHooks.opened();
  } catch (error) {
    if (wanted !== generation) return;
    batch(() => {
      opening.value = false;
      roomProblem.value = asProblem(error);
    });
  }
}

function tellSync(): void {
  const now = session.peek();
  if (now === null) return;
  batch(() => {
    sync.value = { state: now.sync, pending: now.pending };
    conflict.value = now.conflict;
    const doc = plan.value;
    if (doc !== null && (doc.undo !== now.undo || doc.redo !== now.redo || doc.revision !== now.revision)) {
      plan.value = { ...doc, undo: now.undo, redo: now.redo, revision: now.revision };
    }
  });
}

function doorOf(id: number): ConstructorParameters<typeof PlanSession>[2] {
  return {
    edit: (asked) => plansApi.edit(id, asked),
    edits: (after) => plansApi.edits(id, after),
    turn: (which, revision) => plansApi.turn(id, which, revision),
    cut: (asked) => plansApi.cut(id, asked),
  };
}

let renewing = false;

/** Cells were cut or the plan went a step: read it again, what is on its way stays on top. */
export async function renew(id: number): Promise<void> {
  const now = session.peek();
  if (renewing || now === null) return;
  renewing = true;
  try {
    let doc: Plan;
    let topology: Topology;
    do {
      doc = await plansApi.plan(id);
      topology = doc.version === now.version ? now.topology : readCells(await plansApi.cells(id));
      if (session.peek() !== now) return;
    } while (!now.adopt(doc, topology));
    batch(() => {
      parts.value = now.parts;
      proposal.value = null;
      takePlan(doc);
      tick.value += 1;
    });
    tellSync();
    planMapHooks.opened();
  } catch (error) {
    refused.value = asProblem(error);
  } finally {
    renewing = false;
  }
}

/** The plan's papers, steps and rights as the server answers them after a step. */
export function takePlan(doc: Plan): void {
  batch(() => {
    plan.value = doc;
    history.value = doc.history;
  });
}

/** Plans that were left while changes were on their way: those still go out, one after the other. */
const draining = new Set<PlanSession>();

function drained(left: PlanSession): void {
  if (!draining.has(left)) return;
  if (left.conflict !== null) {
    // Nobody is there to decide any more: what others did stays, and the room says so.
    left.takeTheirs();
    roomProblem.value = new Problem("stale_revision", "");
  }
  if (left.pending > 0) return;
  draining.delete(left);
  left.close();
}

function close(): void {
  const left = session.peek();
  if (left !== null && left.pending > 0) draining.add(left);
  else left?.close();
  batch(() => {
    session.value = null;
    plan.value = null;
    parts.value = new Map();
    proposal.value = null;
    conflict.value = null;
    refused.value = null;
    live.value = null;
    chosen.value = null;
    dialog.value = null;
    tool.value = "select";
    sync.value = { state: "saved", pending: 0 };
  });
}

let followed = false;

/** Follow the address: open what it names, and ask every two seconds what others have done. */
export function followPlans(): void {
  if (followed) return;
  followed = true;
  effect(() => {
    const id = panel.value === "division" ? planAt.value : null;
    untracked(() => {
      if (id === null) {
        generation += 1;
        const was = plan.value !== null || opening.value;
        opening.value = false;
        close();
        if (was) planMapHooks.opened();
      } else if (plan.value?.plan !== id) void load(id);
    });
  });
  effect(() => {
    const division = panel.value === "division" && planAt.value === null ? divisionAt.value : null;
    if (division !== null) untracked(() => void readPlans());
  });
  let seen = selection.peek();
  effect(() => {
    // Chosen in the header or on the map: that is what is to be divided.
    const at = selection.value;
    const changed = at?.code !== seen?.code;
    seen = at;
    if (!changed || panel.value !== "division" || at === null || (at.kind !== "community" && at.kind !== "township")) return;
    untracked(() => {
      if (at.code !== divisionAt.value) chooseDivision(at.code);
    });
  });
  window.addEventListener("beforeunload", (event) => {
    if ((session.peek()?.pending ?? 0) + draining.size > 0) event.preventDefault();
  });
  const poll = (): void => {
    const now = session.peek();
    const next = (): void => void window.setTimeout(poll, POLL_MS);
    if (now === null || document.hidden || !planMapHooks.idle()) return next();
    // That the server is away is said by what waits for it, not by every poll.
    now.poll().then(next, (error: unknown) => {
      const found = asProblem(error);
      if (found.code !== UNREACHABLE && session.peek() === now) refused.value = found;
      next();
    });
  };
  window.setTimeout(poll, POLL_MS);
}
