import { batch } from "@preact/signals";
import { api } from "../api/client";
import { Problem, asProblem, isAbort } from "../api/problem";
import type { Job, RunRequest, Scheme } from "../api/types";
import { readInputs } from "./inputs";
import { params, problem, requestOf, scheme, scope, shown, work, type Scope, type Shown } from "./store";

const POLL_MS = 150;
/** Sliders fire on every pixel; a question is asked when the hand rests. */
const DEBOUNCE_MS = 350;

/** Called with the answer before it is shown, so that the map can load its tiles; bounded by the map itself. */
type Prepare = (next: Shown) => Promise<void>;
let prepare: Prepare = () => Promise.resolve();
export function beforeShowing(callback: Prepare): void {
  prepare = callback;
}

let current: { abort: AbortController; job: string | null } | null = null;
let timer: number | undefined;

/** Change the question; the newest one supersedes whatever is still being worked on. */
export function ask(change: Partial<RunRequest>, wait: boolean): void {
  if (params.value === null) return;
  params.value = { ...params.value, ...change };
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void answer(), wait ? DEBOUNCE_MS : 0);
}

/** Stop the work; the controls go back to the run that is shown, so that they never contradict the map. */
export function cancel(): void {
  window.clearTimeout(timer);
  drop();
  work.value = null;
  if (shown.value !== null && params.value !== null) params.value = requestOf(shown.value.run);
}

function drop(): void {
  if (current === null) return;
  current.abort.abort();
  // The job may be done already; that it cannot be cancelled any more is no news to the user.
  if (current.job !== null) api.cancelJob(current.job).catch(() => undefined);
  current = null;
}

async function answer(): Promise<void> {
  const request = params.value;
  if (request === null) return;
  drop();
  const mine = { abort: new AbortController(), job: null as string | null };
  current = mine;
  const { signal } = mine.abort;
  work.value = { job: null, percent: 0, step: null };
  try {
    const run = await follow(await api.startRun(request, signal), signal, (job) => {
      mine.job = job.id;
      work.value = { job: job.id, percent: job.percent, step: job.step };
    });
    mine.job = null;
    work.value = { job: null, percent: 100, step: "drawing the areas of stations" };
    const next = await load(run, signal);
    const changed = shown.value !== null && shown.value.run.inputs.hash !== next.run.inputs.hash;
    const [keepInputs] = await Promise.all([changed ? readInputs(signal) : undefined, prepare(next)]);
    if (current !== mine) return;
    batch(() => {
      keepInputs?.();
      shown.value = next;
      problem.value = null;
    });
  } catch (error) {
    if (isAbort(error) || current !== mine) return;
    problem.value = asProblem(error);
  }
  current = null;
  work.value = null;
}

/** Wait until a job is done; what it made, by its number. */
export async function follow(begun: Job, signal: AbortSignal, told: (job: Job) => void): Promise<string> {
  let job = begun;
  while (job.state === "queued" || job.state === "running") {
    told(job);
    await pause(POLL_MS, signal);
    job = await api.job(job.id, signal);
  }
  return runOf(job);
}

function runOf(job: Job): string {
  if (job.state === "done" && job.run !== null) return job.run;
  if (job.state === "cancelled") throw new Problem("cancelled", "");
  throw new Problem(job.error?.code ?? "job_failed", job.error?.message ?? "", 0, job.error?.faults ?? []);
}

async function load(id: string, signal: AbortSignal): Promise<Shown> {
  const [run, area] = await Promise.all([
    api.run(id, signal),
    // Without streets there is no area to draw; the figures stand without it.
    api.area(id, signal).catch((error: unknown) => {
      if (isAbort(error)) throw error;
      return null;
    }),
  ]);
  const coloured: Scope = run.grids.length > 0 ? scope.value : "communities";
  return { run, area, ...(await coloursOf(id, coloured, scheme.value, signal)) };
}

async function coloursOf(
  run: string,
  coloured: Scope,
  method: Scheme,
  signal?: AbortSignal,
): Promise<Pick<Shown, "scope" | "scheme" | "classes">> {
  try {
    return { scope: coloured, scheme: method, classes: await api.classes(run, coloured, method, signal) };
  } catch (error) {
    if (isAbort(error)) throw error;
    // Too few values to classify: the shapes stay uncoloured and the legend says so.
    return { scope: coloured, scheme: method, classes: null };
  }
}

/** Colour the shown run by another scope or scheme. */
export async function recolour(change: { scope?: Scope; scheme?: Scheme }): Promise<void> {
  if (change.scope !== undefined) scope.value = change.scope;
  if (change.scheme !== undefined) scheme.value = change.scheme;
  const before = shown.value;
  if (before === null) return;
  const colours = await coloursOf(before.run.run, scope.value, scheme.value);
  if (shown.value === before) shown.value = { ...before, ...colours };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const handle = window.setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      window.clearTimeout(handle);
      reject(new DOMException("aborted", "AbortError"));
    });
  });
}
