import { batch, effect, untracked } from "@preact/signals";
import { api } from "../api/client";
import { UNREACHABLE, asProblem } from "../api/problem";
import type { Overview, RunRequest } from "../api/types";
import { bboxAround } from "../geo/bbox";
import { readAddress, writeAddress, type Address, type PanelName, type Selection } from "./address";
import { ask } from "./runs";
import { renewTiles } from "./inputs";
import { divisionAt, planAt } from "./plan";
import { followPlans } from "./planOpen";
import { boardSort, followBoard, rulesAt, withinAt } from "./standards";
import { BY_NAME } from "./boardRows";
import { followPeople, onDay, peopleFilter, personWords } from "./people";
import { followSiting, sitingAt } from "./siting";
import { campaignAt, eventAt, eventsTab, features, filter, followEvents, takeEvents } from "./events";
import { coverageTab, followWhatIf, scenarioAt } from "./whatif";
import { followRunFigures } from "./runFigures";
import { can, takeLink } from "./session";
import { loadShapes } from "./shapes";
import { away, connection, lang, large, layers, overview, panel, params, problem, selection, view } from "./store";

/** Told when the address asks for another view than the map has (back, forward, a pasted link). */
type MoveTo = (view: NonNullable<Address["view"]>) => void;
let moveTo: MoveTo = () => undefined;
export function onAddressView(callback: MoveTo): void {
  moveTo = callback;
}

const LANG_KEY = "wangge.lang";
const LARGE_KEY = "wangge.large";

/** Read the address: it holds what the page shows before anybody is signed in, too. */
export function openPage(): void {
  const address = readAddress(location.hash);
  batch(() => {
    lang.value = address.lang ?? (remembered(LANG_KEY) === "en" ? "en" : "zh");
    large.value = address.large || remembered(LARGE_KEY) === "1";
    panel.value = address.panel;
    selection.value = address.selection;
    view.value = address.view;
    divisionAt.value = address.division;
    planAt.value = address.plan;
    takeRooms(address);
  });
  window.addEventListener("popstate", () => {
    if (!takeLink()) applyAddress(readAddress(location.hash));
  });
  effect(() => {
    document.documentElement.lang = lang.value === "zh" ? "zh-CN" : "en";
    document.documentElement.classList.toggle("large", large.value);
  });
}

/** The panels that an account's rights open, the first of them where it begins. */
export function panelsOpen(): PanelName[] {
  const open: PanelName[] = [];
  if (can("read") && can("plans")) open.push("division");
  if (can("read") && can("compute")) open.push("coverage", "standards");
  if (can("read") && can("plans")) open.push("people");
  if (can("read") && can("events") && (features.value.events || features.value.campaigns)) open.push("events");
  if (can("read")) open.push("data");
  if (can("accounts")) open.push("accounts");
  if (can("audit")) open.push("audit");
  return open;
}

/** Coverage is where a day begins; who may not compute begins with what else is open. */
function allowed(wanted: PanelName): PanelName {
  const open = panelsOpen();
  if (open.includes(wanted)) return wanted;
  return open.find((name) => name !== "division") ?? open[0] ?? "data";
}

/** An account has come in: open its panel; with the right to read, read the overview and ask the first question. */
export function begin(): void {
  panel.value = allowed(panel.value);
  if (can("plans")) followPlans();
  if (can("read") && can("plans")) followPeople();
  if (can("read") && can("compute")) {
    followBoard();
    followWhatIf();
    followRunFigures();
    followSiting();
  }
  if (can("events")) followEvents();
  if (can("read")) {
    comeBack();
    void connect();
  } else {
    effectsOnce();
  }
}

const KNOCK_MS = 3000;

/** While the server is away, ask quietly whether it is there again. */
function comeBack(): void {
  let timer = 0;
  const knock = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      api.health().then(() => (away.value ? connect() : undefined), () => undefined).then(() => away.value && knock());
    }, KNOCK_MS);
  };
  effect(() => {
    window.clearTimeout(timer);
    if (away.value) knock();
  });
}

/** (Re)read the overview; asked again from the banner and from the empty state. */
export async function connect(): Promise<void> {
  try {
    const [facts, registry] = await Promise.all([api.overview(), api.layers()]);
    const address = readAddress(location.hash);
    const before = overview.value;
    batch(() => {
      layers.value = registry;
      overview.value = facts;
      params.value = params.value ?? questionFrom(facts, address.params);
      connection.value = "ready";
      problem.value = null;
    });
    effectsOnce();
    if (before !== null && JSON.stringify(before) !== JSON.stringify(facts)) renewTiles();
    if (facts.empty || facts.extent === null) return;
    // What lies beside one's area is on the map, too: stations across the border are walked to.
    void loadShapes(bboxAround(facts.extent));
    computeOnce();
  } catch (error) {
    const found = asProblem(error);
    batch(() => {
      problem.value = found;
      connection.value = found.code === UNREACHABLE ? "unreachable" : "failed";
    });
  }
}

let computing = false;

/** The first run waits until somebody looks at what it shows: the room of plans needs none. */
function computeOnce(): void {
  if (computing) {
    if (can("compute")) ask({}, false);
    return;
  }
  effect(() => {
    if (computing || panel.value === "division" || !can("compute")) return;
    computing = true;
    untracked(() => ask({}, false));
  });
}

/** The server's proposal, changed by the address where the address names something that exists. */
export function questionFrom(facts: Overview, asked: Partial<RunRequest>): RunRequest {
  const { minutes, speed_kmh, radius_m, category, basis } = { ...facts.defaults, ...asked };
  return {
    minutes,
    speed_kmh,
    radius_m,
    category: facts.categories.some((c) => c.code === category) ? category : facts.defaults.category,
    basis: facts.bases.some((b) => b.code === basis) ? basis : facts.defaults.basis,
  };
}

function addressNow(): Address {
  return {
    view: view.value,
    params: params.value ?? {},
    selection: selection.value,
    lang: lang.value,
    large: large.value,
    panel: panel.value,
    division: divisionAt.value,
    plan: planAt.value,
    rules: rulesAt.value,
    within: withinAt.value,
    sort: boardSort.value.by === BY_NAME && !boardSort.value.down ? null : boardSort.value,
    on: onDay.value,
    show: peopleFilter.value,
    person: personWords.value,
    tab: coverageTab.value,
    scenario: coverageTab.value === "siting" ? sitingAt.value : scenarioAt.value,
    eventsTab: eventsTab.value,
    filter: filter.value,
    event: eventAt.value,
    campaign: campaignAt.value,
  };
}

function takeRooms(address: Address): void {
  const { rules, within, sort, on, show, person, tab, scenario } = address;
  coverageTab.value = tab;
  if (tab === "siting") sitingAt.value = scenario;
  else scenarioAt.value = scenario;
  rulesAt.value = rules;
  withinAt.value = within;
  onDay.value = on;
  peopleFilter.value = show;
  personWords.value = person;
  boardSort.value = sort ?? { by: BY_NAME, down: false };
  takeEvents(address);
}

let wired = false;

/** Keep the address bar true. Steps that "back" should undo are pushed by `step`; the rest replaces. */
function effectsOnce(): void {
  if (wired) return;
  wired = true;
  let timer = 0;
  effect(() => {
    const hash = writeAddress(addressNow());
    window.clearTimeout(timer);
    // Browsers refuse more than a hundred changes in half a minute: a dragged slider would make them.
    timer = window.setTimeout(() => {
      if (hash !== location.hash) history.replaceState(null, "", hash);
    }, 200);
  });
}

/** Do something that "back" undoes: a selection, another panel, a jump of the map. */
export function step(change: () => void): void {
  history.replaceState(null, "", writeAddress(addressNow()));
  history.pushState(null, "", location.hash);
  batch(change);
}

export function select(next: Selection | null): void {
  const before = selection.value;
  if (before?.kind === next?.kind && before?.code === next?.code) return;
  step(() => (selection.value = next));
}

function applyAddress(address: Address): void {
  batch(() => {
    selection.value = address.selection;
    panel.value = allowed(address.panel);
    divisionAt.value = address.division;
    planAt.value = address.plan;
    takeRooms(address);
    if (address.lang !== null || location.hash.length > 1) lang.value = address.lang ?? "zh";
    large.value = address.large;
  });
  if (address.view !== null) moveTo(address.view);
  const before = params.value;
  if (before === null || overview.value === null) return;
  const wanted = questionFrom(overview.value, address.params);
  const same = (Object.keys(wanted) as (keyof RunRequest)[]).every((key) => wanted[key] === before[key]);
  if (!same) ask(wanted, false);
}

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Private windows may refuse; the address bar still carries the choice.
  }
}

export function switchLang(): void {
  lang.value = lang.value === "zh" ? "en" : "zh";
  remember(LANG_KEY, lang.value);
}

export function switchLarge(): void {
  large.value = !large.value;
  remember(LARGE_KEY, large.value ? "1" : "0");
}
