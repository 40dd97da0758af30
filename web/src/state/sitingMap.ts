import { effect } from "@preact/signals";
import type { LonLat } from "../api/types";
import { inBrackets, t } from "../i18n";
import type { DeskMap } from "../map/map";
import type { Candidate, WhatIfHand, WhatIfPicture } from "../map/whatIfLayer";
import { select } from "./desk";
import { stations } from "./shapes";
import { MOST_SITES } from "./siteList";
import {
  chosenSites, endOutline, form, known, mark, markedCorners, marks, outline, picked, pointed, questionOf, setSites, sited, sitingOpen, sitingTool, storedOf,
} from "./siting";
import { isNew, stationsThen } from "./whatifDraft";
import { differences, shadesOf, stationName, type Shades } from "./whatifMap";

/** So near a candidate has to be pointed at. */
const NEAR_PX = 14;
const SAME_PX = 8;

let desk: DeskMap | null = null;
let pointer: LonLat | null = null;
let redraw: () => void = () => undefined;

/** Pixels between two places. */
function apart(a: LonLat, b: LonLat): number {
  const metre = 1 / 111_320;
  const x = (a[0] - b[0]) * Math.cos((a[1] * Math.PI) / 180);
  return Math.sqrt(x ** 2 + (a[1] - b[1]) ** 2) / metre / (desk?.metresPerPixel() ?? 1);
}

/** The tool in hand meets the map. */
export function siteAt(at: LonLat): void {
  const { sites } = form.value;
  switch (sitingTool.value) {
    case "area": {
      const ring = outline.value;
      const last = ring[ring.length - 1];
      // The first corner or the last one once more: the area is done.
      if (last !== undefined && (apart(last, at) < SAME_PX || (ring.length > 2 && apart(ring[0]!, at) < SAME_PX))) endOutline();
      else outline.value = [...ring, at];
      return;
    }
    case "add": {
      if (sites.length >= MOST_SITES) return;
      let n = sites.length + 1;
      while (sites.some(({ code }) => code === `P${n}`)) n += 1;
      return setSites([...sites, { code: `P${n}`, name: null, lon: +at[0].toFixed(7), lat: +at[1].toFixed(7), capacity: null }]);
    }
    case "mark": {
      const near = known.value.map(({ code, lon, lat }) => ({ code, far: apart([lon, lat], at) })).sort((a, b) => a.far - b.far)[0];
      if (near === undefined || near.far > NEAR_PX) return;
      picked.value = near.code;
      const now = marks.value.get(near.code);
      mark(near.code, now === undefined ? "must" : now === "must" ? "forbidden" : null);
    }
  }
}

const hand: WhatIfHand = {
  click: siteAt,
  double: endOutline,
  hover(at) {
    pointer = at;
    if (outline.value.length > 0) redraw();
    else if (sitingTool.value === "mark") {
      const near = at === null ? undefined : known.value.find(({ lon, lat }) => apart([lon, lat], at) <= NEAR_PX);
      pointed.value = near?.code ?? null;
    }
  },
  station(code) {
    if (isNew(code)) picked.value = code;
    else select({ kind: "station", code });
  },
  dragged: () => undefined,
  pointed: (code) => (pointed.value = code === null || isNew(code) ? code : null),
};

function picture(): WhatIfPicture {
  const { kinds, area } = form.value;
  const said = marks.value;
  const line = outline.value;
  const now = sited.value;
  return {
    stations: now === null ? [] : stationsOf(questionOf(now.scenario).category, storedOf(now.scenario).changes),
    draggable: false,
    buildings: differences(now?.buildings ?? []),
    ways: [],
    gates: [],
    sketch: line.length > 0 && pointer !== null ? [...line, pointer] : line,
    candidates: [
      ...known.value.map(({ code, lon, lat }): Candidate => ({ code, at: [lon, lat], mark: said.get(code) ?? "free" })),
      ...markedCorners.value.map(({ code, at, as }): Candidate => ({ code, at, mark: as })),
    ],
    ring: line.length === 0 && kinds.some((kind) => kind !== "places") ? area : [],
  };
}

function stationsOf(category: string, changes: Parameters<typeof stationsThen>[1]): WhatIfPicture["stations"] {
  const ranks = new Map(chosenSites.value.map(({ code, rank }) => [code, rank]));
  return stationsThen(stations.value.filter((station) => station.category === category), changes).map(({ code, name, at, mark: how }) => {
    const rank = ranks.get(code);
    const called = stationName({ code, name });
    return {
      code, category, at, from: null, mark: how, held: code === picked.value,
      title: rank === undefined ? called : `${rank}. ${called}${inBrackets(t("whatif.mark_new"))}`,
      ...(rank === undefined ? {} : { rank }),
    };
  });
}

export function sitingShades(): Shades | null {
  return sited.value === null ? null : shadesOf(sited.value.scenario.result);
}

/** Keep candidates and chosen sites on the map in step with the state. */
export function linkSiting(map: DeskMap): void {
  desk = map;
  const layer = map.whatIf(hand);
  redraw = () => layer.show(picture());
  effect(() => layer.show(sitingOpen.value ? picture() : null));
  effect(() => layer.light(pointed.value));
  effect(() => {
    if (!sitingOpen.value || sitingTool.value === null) return;
    map.setTool(hand);
    return () => map.setTool(null);
  });
}
