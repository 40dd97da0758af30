import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { asProblem, isAbort, type Problem } from "../api/problem";
import type { LonLat, RunRequest } from "../api/types";
import { whatIfApi, type ScenarioRow, type ScenarioState, type WhatIfAnswer, type WhatIfAsked } from "../api/whatif";
import type { CoverageTab } from "./address";
import { ask } from "./runs";
import { can } from "./session";
import { stations } from "./shapes";
import { connection, overview, panel, params } from "./store";
import {
  NOTHING, addGate, addPath, flipStation, isNothing, moveStation, putStation, resizeStation, stationsThen, type Draft, type ThenStation,
} from "./whatifDraft";

export type WhatIfTool = "put" | "move" | "close" | "capacity" | "path" | "gate";

export const coverageTab = signal<CoverageTab>("now");
/** The scenario that was opened, by its number; the address holds it. */
export const scenarioAt = signal<number | null>(null);

export const draft = signal<Draft>(NOTHING);
const past = signal<readonly Draft[]>([]);
export const canUndo = computed(() => past.value.length > 0);
export const tool = signal<WhatIfTool | null>(null);
/** The vertices of a path that is being drawn, and the station that is being moved by two clicks. */
export const sketch = signal<readonly LonLat[]>([]);
export const held = signal<string | null>(null);
/** The capacity field that waits for a number: the station's code. */
export const editing = signal<string | null>(null);

export const answered = signal<{ asked: string; answer: WhatIfAnswer } | null>(null);
export const whatIfBusy = signal(false);
export const whatIfProblem = signal<Problem | null>(null);
export const scenarios = signal<readonly ScenarioRow[] | null>(null);
export const scenariosProblem = signal<Problem | null>(null);

export const whatIfOpen = computed(() => panel.value === "coverage" && coverageTab.value === "whatif" && overview.value?.empty === false);

export const then = computed<ThenStation[]>(() => {
  const category = params.value?.category;
  return stationsThen(stations.value.filter((station) => station.category === category), draft.value.changes);
});

function askedOf(question: RunRequest, { changes, minutes, speed, capacities, own }: Draft): WhatIfAsked {
  return { question, changes: [...changes], minutes, speed_kmh: speed, capacities, own_community: own };
}

const asked = computed(() => (params.value === null ? null : JSON.stringify(askedOf(params.value, draft.value))));
/** What is shown does not answer what the list says. */
export const whatIfStale = computed(() => answered.value !== null && answered.value.asked !== asked.value);

const MOST_UNDO = 100;
let lastField: string | null = null;

/** Take another draft; what one slider does in a row is undone in one step. */
export function take(next: Draft, field: string | null = null): void {
  if (next === draft.value) return;
  batch(() => {
    if (field === null || field !== lastField) past.value = [...past.value.slice(-MOST_UNDO), draft.value];
    lastField = field;
    draft.value = next;
  });
}

export function undo(): void {
  const before = past.value[past.value.length - 1];
  if (before === undefined) return;
  lastField = null;
  batch(() => {
    past.value = past.value.slice(0, -1);
    draft.value = before;
    editing.value = null;
    sketch.value = [];
  });
}

/** Everything as it is now. */
export function clearDraft(): void {
  batch(() => {
    take(NOTHING);
    scenarioAt.value = null;
    editing.value = null;
  });
}

export function takeTool(next: WhatIfTool | null): void {
  batch(() => {
    tool.value = tool.value === next ? null : next;
    sketch.value = [];
    held.value = null;
  });
}

/** One thing at a time: the line that is begun, the station in hand, the tool. False when there is nothing to leave. */
export function leave(): boolean {
  if (sketch.value.length > 0) sketch.value = [];
  else if (held.value !== null) held.value = null;
  else if (tool.value !== null) tool.value = null;
  else return false;
  return true;
}

const SAME_PLACE_DEG = 1e-6;

function same(a: LonLat, b: LonLat): boolean {
  return Math.abs(a[0] - b[0]) < SAME_PLACE_DEG && Math.abs(a[1] - b[1]) < SAME_PLACE_DEG;
}

/** The tool in hand meets the map. */
export function clickAt(at: LonLat): void {
  switch (tool.value) {
    case "put":
      return take(putStation(draft.value, at, null));
    case "gate":
      return take(addGate(draft.value, at));
    case "move":
      if (held.value !== null) dropAt(held.value, at);
      return;
    case "path": {
      const line = sketch.value;
      const last = line[line.length - 1];
      // The same place once more: the line is done.
      if (last !== undefined && same(last, at)) endPath();
      else sketch.value = [...line, at];
    }
  }
}

export function endPath(): void {
  const line = sketch.value;
  if (line.length < 2) return;
  batch(() => {
    sketch.value = [];
    take(addPath(draft.value, line));
  });
}

export function backOneVertex(): void {
  sketch.value = sketch.value.slice(0, -1);
}

export function dropAt(code: string, at: LonLat): void {
  batch(() => {
    held.value = null;
    take(moveStation(draft.value, code, at));
  });
}

/** The tool in hand meets a station; false when no tool has to do with it. */
export function useStation(code: string): boolean {
  const station = then.value.find((each) => each.code === code);
  if (station === undefined) return false;
  const gone = station.mark === "closed" || station.mark === "planned";
  switch (tool.value) {
    case "close":
      take(flipStation(draft.value, station));
      return true;
    case "move":
      if (!gone) held.value = code;
      return true;
    case "capacity":
      if (gone) return true;
      batch(() => {
        if (station.mark !== "new" && !station.resized) take(resizeStation(draft.value, code, station.capacity));
        editing.value = code;
      });
      return true;
    default:
      return tool.value !== null;
  }
}

const DEBOUNCE_MS = 300;
const again = signal(0);

export function retryWhatIf(): void {
  again.value += 1;
}

/** Ask again whenever the question or the changes are others, while the tab is open. */
export function followWhatIf(): void {
  let abort: AbortController | null = null;
  let timer = 0;
  effect(() => {
    void again.value;
    const wanted = asked.value;
    window.clearTimeout(timer);
    if (!whatIfOpen.value || connection.value !== "ready" || wanted === null || !can("compute")) return;
    if (untracked(() => answered.value?.asked === wanted && whatIfProblem.value === null)) {
      abort?.abort();
      whatIfBusy.value = false;
      return;
    }
    timer = window.setTimeout(() => {
      abort?.abort();
      const mine = (abort = new AbortController());
      whatIfBusy.value = true;
      whatIfApi.ask(JSON.parse(wanted) as WhatIfAsked, mine.signal).then(
        (answer) =>
          batch(() => {
            answered.value = { asked: wanted, answer };
            whatIfProblem.value = null;
            whatIfBusy.value = false;
          }),
        (error: unknown) => {
          if (isAbort(error)) return;
          batch(() => {
            whatIfProblem.value = asProblem(error);
            whatIfBusy.value = false;
          });
        },
      );
    }, answered.peek() === null ? 0 : DEBOUNCE_MS);
  });
  restoreDraft();
  effect(() => {
    rememberDraft(JSON.stringify({ scenario: scenarioAt.value, draft: draft.value }));
  });
  effect(() => {
    if (!whatIfOpen.value || connection.value !== "ready") return;
    untracked(() => {
      if (scenarios.value === null) void readScenarios();
      if (scenarioAt.value !== null && draft.value === NOTHING) void openScenario(scenarioAt.value);
    });
  });
}

const DRAFT_KEY = "wangge.whatif";

/** What was tried in this window before it was loaded again; another scenario in the address goes before it. */
function restoreDraft(): void {
  try {
    const kept = JSON.parse(sessionStorage.getItem(DRAFT_KEY) ?? "null") as { scenario: number | null; draft: Draft } | null;
    if (kept === null || kept.scenario !== scenarioAt.value || isNothing(kept.draft)) return;
    draft.value = { ...NOTHING, ...kept.draft };
  } catch {
    // Private windows may refuse to store; nothing is tried yet then.
  }
}

function rememberDraft(text: string): void {
  try {
    sessionStorage.setItem(DRAFT_KEY, text);
  } catch {
    // See above: the scenario can still be kept by name.
  }
}

export async function readScenarios(): Promise<void> {
  try {
    scenarios.value = (await whatIfApi.scenarios()).scenarios;
    scenariosProblem.value = null;
  } catch (error) {
    scenariosProblem.value = asProblem(error);
  }
}

/** Keep what is on the map under a name. */
export async function keepScenario(name: string, note: string): Promise<void> {
  const question = params.value;
  if (question === null) return;
  const kept = await whatIfApi.keep({ ...askedOf(question, draft.value), name, note: note.trim() === "" ? null : note });
  scenarioAt.value = kept.scenario;
  await readScenarios();
}

export async function decideScenario(id: number, state: ScenarioState, note: string): Promise<void> {
  await whatIfApi.decide(id, state, note.trim() === "" ? null : note);
  await readScenarios();
}

interface Stored {
  question: RunRequest;
  after: RunRequest;
  changes: Draft["changes"];
  capacities: boolean;
  own_community: boolean;
}

/** Put a kept scenario on the map: its question, its changes; what was there can be undone. */
export async function openScenario(id: number): Promise<void> {
  try {
    const { request } = await whatIfApi.scenario(id);
    const { question, after, changes, capacities, own_community: own } = request as unknown as Stored;
    const { minutes, speed_kmh, radius_m, category, basis } = question;
    batch(() => {
      scenarioAt.value = id;
      scenariosProblem.value = null;
      take({
        changes,
        minutes: after.minutes === minutes ? null : after.minutes,
        speed: after.speed_kmh === speed_kmh ? null : after.speed_kmh,
        capacities,
        own,
      });
    });
    ask({ minutes, speed_kmh, radius_m, category, basis }, false);
  } catch (error) {
    batch(() => {
      scenarioAt.value = null;
      scenariosProblem.value = asProblem(error);
    });
  }
}
