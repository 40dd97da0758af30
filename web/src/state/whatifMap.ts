import { effect } from "@preact/signals";
import type { LonLat } from "../api/types";
import type { AreaClasses, ChangedBuilding, WhatIfAnswer } from "../api/whatif";
import { differenceColour } from "../geo/difference";
import { inBrackets, placeName, t } from "../i18n";
import type { DeskMap, Shaded } from "../map/map";
import type { WhatIfBuilding, WhatIfHand, WhatIfPicture } from "../map/whatIfLayer";
import { select } from "./desk";
import { params } from "./store";
import { answered, clickAt, draft, dropAt, endPath, held, sketch, then, tool, useStation, whatIfOpen, whatIfStale } from "./whatif";
import { isNew, type ThenStation } from "./whatifDraft";

let pointer: LonLat | null = null;
let redraw: () => void = () => undefined;

const hand: WhatIfHand = {
  click: clickAt,
  double: endPath,
  hover(at) {
    pointer = at;
    if (sketch.value.length > 0) redraw();
  },
  station(code) {
    if (!useStation(code) && !isNew(code)) select({ kind: "station", code });
  },
  dragged: dropAt,
};

/** What a station is called where only its name stands; a new one by its number. */
export function stationName({ code, name }: Pick<ThenStation, "code" | "name">): string {
  if (name !== "") return placeName(name);
  return isNew(code) ? t("whatif.new_station", { n: code.slice(4) }) : code;
}

function picture(): WhatIfPicture {
  const category = params.value?.category ?? "";
  const line = sketch.value;
  return {
    stations: then.value.map((station) => ({
      code: station.code,
      category,
      at: station.at,
      from: station.from,
      mark: station.mark,
      held: station.code === held.value,
      title: station.mark === "same" ? stationName(station) : stationName(station) + inBrackets(t(`whatif.mark_${station.mark}`)),
    })),
    draggable: tool.value === "move",
    buildings: differences(whatIfStale.value ? [] : (answered.value?.answer.buildings ?? [])),
    ways: draft.value.changes.flatMap(({ op, line: way }) => (op === "path" && way ? [way as LonLat[]] : [])),
    gates: draft.value.changes.flatMap(({ op, lon, lat }) => (op === "gate" ? [[lon ?? 0, lat ?? 0] as LonLat] : [])),
    sketch: line.length > 0 && pointer !== null ? [...line, pointer] : line,
  };
}

/** Buildings by how many of their households gain or lose a place. */
export function differences(buildings: readonly ChangedBuilding[]): WhatIfBuilding[] {
  return buildings.flatMap(({ lon, lat, households, served_before: before, served_after: after }) => {
    const colour = differenceColour(after - before, households);
    return colour === null ? [] : [{ at: [lon, lat] as LonLat, colour }];
  });
}

export interface Shades {
  of: Shaded;
  colours: ReadonlyMap<string, string>;
}

export function whatIfShades(): Shades | null {
  const answer = answered.value?.answer;
  return answer === undefined || whatIfStale.value ? null : shadesOf(answer);
}

/** Grids, else communities, by how many of their households gain or lose a place. */
export function shadesOf(answer: WhatIfAnswer): Shades {
  const of: Shaded = answer.grids.length > 0 ? "grids" : "communities";
  const colours = new Map<string, string>();
  for (const area of of === "grids" ? answer.grids : answer.communities) {
    const colour = differenceColour(gained(area), householdsOf(area));
    if (colour !== null) colours.set(area.code, colour);
  }
  return { of, colours };
}

export function gained({ served }: AreaClasses): number {
  return served.after - served.before;
}

function householdsOf({ served, over_capacity: over, out_of_reach: out }: AreaClasses): number {
  return served.before + over.before + out.before;
}

/** Keep the what-if on the map in step with the state. */
export function linkWhatIf(desk: DeskMap): void {
  const layer = desk.whatIf(hand);
  redraw = () => layer.show(picture());
  effect(() => layer.show(whatIfOpen.value ? picture() : null));
  effect(() => desk.setTool(whatIfOpen.value && tool.value !== null ? hand : null));
}
