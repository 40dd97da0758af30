import { effect } from "@preact/signals";
import type { LonLat } from "../api/types";
import { shapeAt } from "../geo/shapes";
import { lengthM } from "../geo/walk";
import type { DeskMap } from "../map/map";
import type { WhatIfHand } from "../map/whatIfLayer";
import { endPeopleRing, peopleColours, peopleOpen, peopleRing, peopleTool, pickedGrids, togglePicked } from "./people";
import { grids, shapeOf } from "./shapes";
import { hover } from "./store";

const SAME_PX = 8;

let desk: DeskMap | null = null;
let pointer: LonLat | null = null;
let redraw: () => void = () => undefined;

/** Pixels between two places. */
function apart(a: LonLat, b: LonLat): number {
  return lengthM([a, b]) / (desk?.metresPerPixel() ?? 1);
}

/** The listed grid at a place. */
function listedAt(at: LonLat): string | null {
  const found = shapeAt(grids.value.filter(({ code }) => peopleColours.value.has(code)), at);
  return found?.code ?? null;
}

/** The tool in hand meets the map. */
export function peopleAt(at: LonLat): void {
  if (peopleTool.value === "pick") {
    const code = listedAt(at);
    if (code !== null) togglePicked(code);
    return;
  }
  const ring = peopleRing.value;
  const last = ring[ring.length - 1];
  // The first corner or the last one once more: the area is done.
  if (last !== undefined && (apart(last, at) < SAME_PX || (ring.length > 2 && apart(ring[0]!, at) < SAME_PX))) endPeopleRing();
  else peopleRing.value = [...ring, at];
}

const hand: WhatIfHand = {
  click: peopleAt,
  double: endPeopleRing,
  hover(at) {
    pointer = at;
    if (peopleRing.value.length > 0) redraw();
    const code = at === null || peopleTool.value !== "pick" ? null : listedAt(at);
    if (hover.value?.code !== code) hover.value = code === null ? null : { kind: "grid", code };
  },
  station: () => undefined,
  dragged: () => undefined,
};

/** Outlines of the grids that were picked, to be lit together. */
export function pickedRings(): readonly LonLat[][] | null {
  if (!peopleOpen.value || pickedGrids.value.size === 0) return null;
  return [...pickedGrids.value].flatMap((code) => shapeOf(code)?.rings ?? []);
}

/** Keep what is drawn in the room in step with the state. */
export function linkPeople(map: DeskMap): void {
  desk = map;
  const layer = map.whatIf(hand);
  const show = (): void => {
    const ring = peopleRing.value;
    const sketch = ring.length > 0 && pointer !== null ? [...ring, pointer] : ring;
    layer.show(peopleOpen.value && peopleTool.value === "area" ? { stations: [], draggable: false, buildings: [], ways: [], gates: [], sketch } : null);
  };
  redraw = show;
  effect(show);
  effect(() => {
    if (!peopleOpen.value || peopleTool.value === null) return;
    map.setTool(hand);
    return () => map.setTool(null);
  });
}
