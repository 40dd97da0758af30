import type { Building } from "./package";
import { opened } from "./packages";
import { CHECK_FIGURES, categories, work, type CheckFigure, type WorkEvent } from "./reports";
import { pathOf } from "./steps";
import type { Queued } from "./store";
import { lang, say, type PhoneWord } from "./words";

export const FIGURE_WORDS = { registered: "grid_registered", resident: "grid_households", vacant: "grid_vacant", planned: "grid_planned" } as const satisfies Record<CheckFigure, PhoneWord>;

export function buildingName(building: Pick<Building, "name" | "estate" | "building_no" | "address" | "code">): string {
  const numbered = building.building_no === undefined ? undefined : `${building.estate ?? ""} ${building.building_no}`.trim();
  return building.name ?? numbered ?? building.address ?? building.code;
}

/** A building of the own grids by its code. */
export function ownBuilding(code: unknown): Building | undefined {
  return opened.value.flatMap((one) => one.data.buildings).find((item) => item.code === code);
}

export function categoryName(key: unknown): string | undefined {
  const category = categories.value.find((item) => item.key === key);
  return category === undefined ? undefined : lang.value === "zh" ? category.name : category.name_en;
}

/** The figures that were counted, each with its word. */
export function counted(check: Partial<Record<CheckFigure, unknown>>): string {
  const told = CHECK_FIGURES.filter((name) => check[name] !== null && check[name] !== undefined);
  return told.map((name) => `${say(FIGURE_WORDS[name])} ${String(check[name])}`).join(" · ");
}

/** What one calls an event of the own grids. */
export function workName(event: Pick<WorkEvent, "category_name" | "category_name_en">): string {
  return lang.value === "zh" ? event.category_name : event.category_name_en;
}

export function stepLabel(event: WorkEvent, action: string): string {
  return `${workName(event)} ${event.number} · ${say(`work_${action}` as PhoneWord)}`;
}

/** What an entry of the queue is about, in the language of the page as far as the phone knows the words. */
export function labelOf(entry: Queued, all: readonly Queued[]): string {
  const body = entry.body ?? {};
  if (entry.kind === "event") return categoryName(body["category"]) ?? entry.label;
  if (entry.kind === "check") {
    const building = ownBuilding(body["building"]);
    return building === undefined ? entry.label : `${say("check")} · ${buildingName(building)}`;
  }
  if (entry.kind === "step") {
    const event = work.value.find((item) => pathOf(item.id) === entry.path);
    return event === undefined ? entry.label : stepLabel(event, String(body["action"]));
  }
  if (entry.kind === "photo") {
    const whole = all.find((other) => other.id === entry.id && other.kind !== "photo");
    const n = Number(/(\d+)$/.exec(entry.path)?.[1] ?? 0) + 1;
    return whole === undefined ? entry.label : `${labelOf(whole, all)} · ${say("photo_of")} ${n}`;
  }
  return entry.label;
}

/** The words somebody wrote in an entry. */
export function wordsOf(entry: Queued): string {
  const body = entry.body ?? {};
  const said = [entry.kind === "check" ? counted(body) : "", body["text"], body["note"]];
  return said.filter((text): text is string => typeof text === "string" && text !== "").join(" · ");
}
