import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { api } from "../api/client";
import { asProblem, isAbort, type Problem } from "../api/problem";
import type { LonLat, RunRequest } from "../api/types";
import { whatIfApi, type ChangedBuilding, type ScenarioDocument, type SitingSummary, type WhatIfAsked } from "../api/whatif";
import { step } from "./desk";
import { ask, follow } from "./runs";
import { can } from "./session";
import { stations } from "./shapes";
import type { Site } from "./siteList";
import { FIRST, askedOf, faultsOf, groundOf, ranked, type FormFault, type SiteMark, type SitingForm } from "./sitingAsk";
import { connection, overview, panel, params, shown, type Work } from "./store";
import { coverageTab, openScenario, readScenarios, scenarioAt, scenarios } from "./whatif";
import type { Draft } from "./whatifDraft";

const KEYS = ["minutes", "speed_kmh", "radius_m", "category", "basis"] as const;

export type SitingTool = "area" | "add" | "mark";

/** Sites that were chosen and kept. */
export interface Sited {
  scenario: ScenarioDocument;
  summary: SitingSummary;
  /** What its candidates were made of; null where that is not known any more. */
  ground: string | null;
  /** How long one waited; null of an answer that was read again. */
  seconds: number | null;
  /** Buildings that gain or lose a place; none where the data are others by now. */
  buildings: readonly ChangedBuilding[];
}

export const form = signal<SitingForm>(FIRST);
/** Faults are named once somebody has tried to send the form. */
export const tried = signal(false);
export const formFaults = computed<readonly FormFault[]>(() => (tried.value ? faultsOf(form.value) : []));
/** The number of the kept scenario that is shown; the address holds it. */
export const sitingAt = signal<number | null>(null);
export const sited = signal<Sited | null>(null);
export const sitingWork = signal<Work | null>(null);
export const sitingProblem = signal<Problem | null>(null);
export const sitingTool = signal<SitingTool | null>(null);
/** Corners of the area that is being drawn. */
export const outline = signal<readonly LonLat[]>([]);
/** The site or candidate that row and mark light together, and the one that was picked. */
export const pointed = signal<string | null>(null);
export const picked = signal<string | null>(null);

export const sitingOpen = computed(() => panel.value === "coverage" && coverageTab.value === "siting" && overview.value?.empty === false);
/** Differences are on the map. */
export const sitedOpen = computed(() => sitingOpen.value && sited.value !== null);
export const chosenSites = computed(() => (sited.value === null ? [] : ranked(sited.value.summary)));

export const ground = computed(() => groundOf(form.value, params.value?.basis ?? "", shown.value?.run.inputs.hash ?? null));
const marked = signal<{ ground: string; of: ReadonlyMap<string, SiteMark> }>({ ground: "", of: new Map() });
/** Must-have and forbidden candidates, as long as the candidates are the same. */
export const marks = computed(() => (marked.value.ground === ground.value ? marked.value.of : new Map<string, SiteMark>()));

/** Where the corners lie that were chosen so far; their codes mean something together with `marks` only. */
const places = signal<ReadonlyMap<string, LonLat>>(new Map());

export interface MarkedCorner {
  code: string;
  as: SiteMark;
  at: LonLat;
}

/** Candidates that are known before anything is asked: one's own list, and rooms that stand empty. */
export interface Known extends Site {
  own: boolean;
}

export const vacant = computed<Known[]>(() =>
  stations.value.filter(({ status }) => status === "vacant").map(({ code, name, at: [lon, lat], capacity }) => ({ code, name, lon, lat, capacity, own: false })),
);

export const known = computed<Known[]>(() => {
  const { kinds, sites } = form.value;
  return [...(kinds.includes("places") ? sites.map((site) => ({ ...site, own: true })) : []), ...(kinds.includes("premises") ? vacant.value : [])];
});

/** Corners that have to be chosen or may not be. */
export const markedCorners = computed<MarkedCorner[]>(() => {
  const codes = new Set(known.value.map(({ code }) => code));
  return [...marks.value].flatMap(([code, as]) => {
    const at = codes.has(code) ? undefined : places.value.get(code);
    return at === undefined ? [] : [{ code, as, at }];
  });
});

/** The question of what is shown is not the one of the page any more. */
export const sitingStale = computed(() => {
  const question = sited.value === null ? null : questionOf(sited.value.scenario);
  const now = params.value;
  return question !== null && now !== null && KEYS.some((key) => key !== "radius_m" && question[key] !== now[key]);
});

export function change(part: Partial<SitingForm>): void {
  form.value = { ...form.value, ...part };
}

/** Say of a candidate that it has to be chosen or may not be; saying it twice takes it back. */
export function mark(code: string, as: SiteMark | null): void {
  const of = new Map(marks.value);
  if (as === null || of.get(code) === as) of.delete(code);
  else of.set(code, as);
  marked.value = { ground: ground.value, of };
}

/** Another list of candidates; what was said of those that stay is kept. */
export function setSites(sites: readonly Site[]): void {
  const codes = new Set(sites.map(({ code }) => code));
  const gone = form.value.sites.filter(({ code }) => !codes.has(code));
  const of = new Map(marks.value);
  for (const { code } of gone) of.delete(code);
  batch(() => {
    change({ sites });
    marked.value = { ground: ground.value, of };
  });
}

export function takeSitingTool(next: SitingTool | null): void {
  batch(() => {
    sitingTool.value = sitingTool.value === next ? null : next;
    outline.value = [];
  });
}

/** The line that is begun, then the tool; false when there is nothing to leave. */
export function leaveSiting(): boolean {
  if (outline.value.length > 0) outline.value = [];
  else if (sitingTool.value !== null) sitingTool.value = null;
  else return false;
  return true;
}

/** The area is done: it bounds the candidates from now on. */
export function endOutline(): void {
  const ring = outline.value;
  if (ring.length < 3) return;
  batch(() => {
    change({ area: ring.map(([lon, lat]): LonLat => [+lon.toFixed(7), +lat.toFixed(7)]) });
    outline.value = [];
  });
  // Let go once a double click is over: the map would zoom in on its second half.
  window.setTimeout(() => {
    if (sitingTool.value === "area" && outline.value.length === 0) sitingTool.value = null;
  }, DOUBLE_CLICK_MS);
}

const DOUBLE_CLICK_MS = 400;

let current: { abort: AbortController; job: string | null } | null = null;

/** Stop the work; what was shown stays. */
export function cancelSiting(): void {
  if (current === null) return;
  current.abort.abort();
  // The job may be done already; that it cannot be cancelled any more is no news to the user.
  if (current.job !== null) api.cancelJob(current.job).catch(() => undefined);
  current = null;
  sitingWork.value = null;
}

/** Ask where next. The answer is kept as a scenario under `name`, and shown. */
export async function startSiting(name: string): Promise<void> {
  const question = params.value;
  tried.value = true;
  if (question === null || faultsOf(form.value).length > 0) return;
  cancelSiting();
  const mine = { abort: new AbortController(), job: null as string | null };
  current = mine;
  const { signal: stop } = mine.abort;
  const asked = form.value;
  const begun = Date.now();
  batch(() => {
    sitingWork.value = { job: null, percent: 0, step: null };
    sitingProblem.value = null;
    sitingTool.value = null;
    outline.value = [];
  });
  try {
    const number = Number(
      await follow(await whatIfApi.site(askedOf(asked, question, marks.value, name), stop), stop, (job) => {
        mine.job = job.id;
        sitingWork.value = { job: job.id, percent: job.percent, step: job.step };
      }),
    );
    mine.job = null;
    const scenario = await whatIfApi.scenario(number, stop);
    const seconds = (Date.now() - begun) / 1000;
    // Somebody may look at another tab meanwhile: then there is no step of theirs to go back to.
    const told = sitingOpen.value ? step : batch;
    told(() => {
      sitingAt.value = number;
      show(scenario, groundOf(asked, question.basis, scenario.result.inputs.hash as string), seconds);
    });
    void readScenarios();
  } catch (error) {
    if (isAbort(error) || current !== mine) return;
    sitingProblem.value = asProblem(error);
  }
  if (current !== mine) return;
  current = null;
  sitingWork.value = null;
}

interface Stored {
  question: RunRequest & { division: string | null };
  after: RunRequest;
  changes: Draft["changes"];
  capacities: boolean;
  own_community: boolean;
}

export function storedOf({ request }: ScenarioDocument): Stored {
  return request as unknown as Stored;
}

export function questionOf(scenario: ScenarioDocument): Stored["question"] {
  return storedOf(scenario).question;
}

function show(scenario: ScenarioDocument, from: string | null, seconds: number | null): void {
  const summary = scenario.result.siting;
  if (summary == null) return;
  const next: Sited = { scenario, summary, ground: from, seconds, buildings: [] };
  batch(() => {
    sited.value = next;
    if (from !== null) places.value = new Map([...places.value, ...summary.chosen.map(({ code, lon, lat }): [string, LonLat] => [code, [lon, lat]])]);
    sitingProblem.value = null;
    pointed.value = picked.value = null;
  });
  void showBuildings(next);
}

/** What is kept has no buildings: they are asked for again, and shown while the data are the same. */
async function showBuildings(of: Sited): Promise<void> {
  const { question, changes, capacities, own_community } = storedOf(of.scenario);
  const { minutes, speed_kmh, radius_m, category, basis, division } = question;
  try {
    const asked = { question: { minutes, speed_kmh, radius_m, category, basis, division }, changes: [...changes], capacities, own_community };
    const { buildings, inputs } = await whatIfApi.ask(asked as WhatIfAsked);
    if (sited.value === of && inputs.hash === of.scenario.result.inputs.hash) sited.value = { ...of, buildings: buildings ?? [] };
  } catch {
    // Grids are coloured without them.
  }
}

/** Show a kept scenario; one that was made by hand opens as a what-if. */
export async function openSited(id: number): Promise<void> {
  cancelSiting();
  try {
    const scenario = await whatIfApi.scenario(id);
    const summary = scenario.result.siting;
    if (summary == null) {
      sitingAt.value = null;
      coverageTab.value = "whatif";
      return openScenario(id);
    }
    const { minutes, speed_kmh, radius_m, category, basis } = questionOf(scenario);
    const question: RunRequest = { minutes, speed_kmh, radius_m, category, basis };
    const now = params.value;
    batch(() => {
      sitingAt.value = id;
      change({ objective: summary.objective_kind as SitingForm["objective"], ...(summary.objective_kind === "min-stations" ? {} : { add: `${summary.chosen.length}` }), capacities: storedOf(scenario).capacities, own: storedOf(scenario).own_community });
      show(scenario, null, null);
    });
    if (now !== null && KEYS.some((key) => now[key] !== question[key])) ask(question, false);
  } catch (error) {
    batch(() => {
      sitingAt.value = null;
      sitingProblem.value = asProblem(error);
    });
  }
}

/** Go on by hand. */
export function asWhatIf(id: number): void {
  step(() => {
    scenarioAt.value = null;
    coverageTab.value = "whatif";
  });
  void openScenario(id);
}

/** Follow the address while the tab is open. */
export function followSiting(): void {
  effect(() => {
    const wanted = sitingAt.value;
    if (!sitingOpen.value || connection.value !== "ready" || !can("compute")) return;
    untracked(() => {
      if (scenarios.value === null) void readScenarios();
      if (wanted === null) sited.value = null;
      else if (sited.value?.scenario.scenario !== wanted) void openSited(wanted);
    });
  });
}
