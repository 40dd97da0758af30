import { signal } from "@preact/signals";
import { plansApi, type Check, type Finding, type SuggestAsked } from "../api/plans";
import { Problem, asProblem, isAbort } from "../api/problem";
import { basis, plan, proposal, refused, say, session } from "./plan";
import { planCamera, showCells } from "./planActions";

/** The findings of a revision, and whether they are being asked for. */
export const review = signal<{ plan: number; revision: number; check: Check } | null>(null);
export const reviewing = signal(false);
export const reviewProblem = signal<Problem | null>(null);

/** Check the plan as the server has it. */
export async function runCheck(): Promise<void> {
  const doc = plan.value;
  if (doc === null || reviewing.value) return;
  reviewing.value = true;
  reviewProblem.value = null;
  const revision = session.value?.revision ?? doc.revision;
  try {
    const check = await plansApi.check(doc.plan, basis.value);
    if (plan.value?.plan === doc.plan) review.value = { plan: doc.plan, revision, check };
  } catch (error) {
    reviewProblem.value = asProblem(error);
  }
  reviewing.value = false;
}

const AROUND_DEG = 0.001;

/** Show where a finding lies: its cells, its box, or its point. */
export function locate({ cells, bbox, lon, lat }: Finding): void {
  const topology = session.value?.topology;
  const known = (cells ?? []).map((id) => topology?.indexOf.get(id)).filter((cell): cell is number => cell !== undefined);
  if (known.length > 0) showCells(known);
  else if (bbox) planCamera.show(bbox, []);
  else if (lon !== null && lat !== null) planCamera.show([lon - AROUND_DEG, lat - AROUND_DEG, lon + AROUND_DEG, lat + AROUND_DEG], []);
}

export const suggesting = signal<AbortController | null>(null);

/** Ask for a proposal and show it; throws what is refused. */
export async function suggest(asked: Omit<SuggestAsked, "revision">): Promise<"shown" | "nothing" | "failed"> {
  const doc = plan.value;
  const now = session.value;
  if (doc === null || now === null) return "nothing";
  if (now.pending > 0) throw new Problem("unsaved_edits", "");
  const abort = new AbortController();
  suggesting.value = abort;
  try {
    const answer = await plansApi.suggest(doc.plan, { basis: basis.value, ...asked, revision: now.revision }, abort.signal);
    if (session.value !== now) return "nothing";
    const cells = new Map<number, number>();
    for (const [no, ids] of Object.entries(answer.cells)) {
      for (const id of ids) {
        const cell = now.topology.indexOf.get(id);
        if (cell !== undefined && now.partition.part[cell] !== Number(no)) cells.set(cell, Number(no));
      }
    }
    if (cells.size === 0 && answer.outcome === "ok") {
      say("suggest.nothing");
      return "nothing";
    }
    proposal.value = { method: asked.method, cells, answer };
    return "shown";
  } finally {
    suggesting.value = null;
  }
}

/** Ask for the smallest repair; what is refused is said in the panel. */
export async function repair(scope: SuggestAsked["scope"]): Promise<void> {
  try {
    await suggest({ method: "repair", scope });
  } catch (error) {
    if (!isAbort(error)) refused.value = asProblem(error);
  }
}
