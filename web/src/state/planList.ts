import { batch } from "@preact/signals";
import { api } from "../api/client";
import { plansApi } from "../api/plans";
import { Problem, asProblem, isAbort } from "../api/problem";
import { step } from "./desk";
import { cellWork, divisionAt, planAt, planRows, roomProblem } from "./plan";
import { overview, selection } from "./store";

const JOB_MS = 300;

let abort = new AbortController();

/** Read the plans of the division that is looked at. */
export async function readPlans(): Promise<void> {
  const division = divisionAt.value;
  if (division === null) return;
  abort.abort();
  abort = new AbortController();
  try {
    const answer = await plansApi.list(division, abort.signal);
    batch(() => {
      planRows.value = { division, plans: answer.plans, cells: answer.cell_set, drift: answer.drift };
      roomProblem.value = null;
    });
  } catch (error) {
    if (!isAbort(error)) roomProblem.value = asProblem(error);
  }
}

/** Look at another division; its plans are read by the room. */
export function chooseDivision(code: string | null): void {
  if (divisionAt.value === code && planAt.value === null) return;
  const level = overview.value?.divisions.find((each) => each.code === code)?.level;
  step(() => {
    divisionAt.value = code;
    planAt.value = null;
    selection.value = code !== null && (level === "community" || level === "township") ? { kind: level, code } : null;
  });
}

export function openPlan(id: number): void {
  if (planAt.value !== id) step(() => (planAt.value = id));
}

export function leavePlan(): void {
  step(() => (planAt.value = null));
}

export async function newPlan(division: string, source: string, partLevel: "grid" | "community"): Promise<void> {
  const made = await plansApi.create({ division, source, part_level: partLevel });
  openPlan(made.plan);
}

/** Make the county's cells, with progress; the plans are read again when they are there. */
export async function makeCells(division: string, acceptRepair = false): Promise<void> {
  roomProblem.value = null;
  cellWork.value = { job: null, percent: 0, step: null };
  try {
    let job = await plansApi.makeCells(division, acceptRepair);
    while (job.state === "queued" || job.state === "running") {
      cellWork.value = { job: job.id, percent: job.percent, step: job.step };
      await new Promise((resolve) => window.setTimeout(resolve, JOB_MS));
      job = await api.job(job.id);
    }
    if (job.state === "cancelled") throw new Problem("cancelled", "");
    if (job.state !== "done") throw new Problem(job.error?.code ?? "job_failed", job.error?.message ?? "", 0, job.error?.faults ?? []);
    cellWork.value = null;
    await readPlans();
  } catch (error) {
    cellWork.value = null;
    roomProblem.value = asProblem(error);
  }
}

export function stopCells(): void {
  const job = cellWork.value?.job;
  if (job) void api.cancelJob(job).catch(() => undefined);
}
