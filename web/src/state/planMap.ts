import { effect, untracked } from "@preact/signals";
import { count } from "../i18n/format";
import type { DeskMap } from "../map/map";
import type { LabelTexts } from "../map/planLabels";
import { basis, chosen, colouring, editable, hoverPart, partName, parts, plan, proposal, session, tool } from "./plan";
import { boxOfCells, planCamera } from "./planActions";
import { PlanHand } from "./planHand";
import { planMapHooks } from "./planOpen";
import { lit, noteMoved, pictureNow, remakePicture } from "./planPicture";
import { lang, large, panel } from "./store";

const FLASH_MS = 1600;

export const hand = new PlanHand();
/** The space bar is held. */
export let holdSpace = (_held: boolean): void => undefined;

const texts: LabelTexts = {
  part(no) {
    const households = session.value?.partition.of(no)[basis.value] ?? 0;
    const lock = parts.value.get(no)?.locked === true ? " 🔒" : "";
    return [partName(no) + lock, `${count(households, lang.value)}${lang.value === "zh" ? " 户" : ""}`];
  },
  cell(cell) {
    const households = session.value?.topology.households[basis.value][cell] ?? 0;
    return households === 0 ? "" : String(households);
  },
};

/** Keep the plan on the map in step with the state. */
export function linkPlanMap(desk: DeskMap): void {
  const { layer, pointer } = desk.drawing(hand);
  hand.layer = layer;
  holdSpace = (held) => (pointer.space = held);
  let flash = 0;
  const light = (cells: readonly number[]): void => {
    window.clearTimeout(flash);
    const old = [...lit];
    lit.clear();
    for (const cell of cells) lit.add(cell);
    layer.touched([...old, ...cells], new Set());
    flash = window.setTimeout(() => {
      const now = [...lit];
      lit.clear();
      layer.touched(now, new Set());
    }, FLASH_MS);
  };
  let shown: unknown = null;
  planMapHooks.idle = () => hand.idle;
  planMapHooks.opened = () => {
    const now = session.value;
    lit.clear();
    remakePicture();
    hand.forget();
    hand.index = layer.open(now?.topology ?? null, pictureNow(), texts);
    const box = now === null ? null : boxOfCells(Array.from({ length: now.topology.count }, (_, cell) => cell));
    if (box !== null && plan.value?.plan !== shown && !desk.sees(box)) desk.fit(box, "tools");
    shown = plan.value?.plan ?? null;
  };
  planMapHooks.moved = (cells, actor) => {
    const now = session.value;
    if (now === null) return;
    const nos = new Set(parts.value.keys());
    const again = noteMoved(nos, true);
    layer.touched([...cells, ...again], nos);
    layer.settled(nos);
    if (actor !== null) light(cells);
  };
  planMapHooks.partsChanged = () => {
    remakePicture();
    layer.settled([]);
    if (colouring.value === "band") layer.refresh();
  };
  planCamera.show = (box, cells) => {
    desk.fit(box, chosen.value !== null && tool.value === "select" ? "card" : "tools");
    light(cells);
  };
  effect(() => {
    const open = panel.value === "division" && session.value !== null;
    pointer.on = open;
    desk.setDrawing(open);
  });
  effect(() => {
    void tool.value;
    void editable.value;
    untracked(() => hand.reset());
    pointer.update();
  });
  effect(() => {
    // Everything else that changes what is drawn, but no figures: those follow the hand.
    void [basis.value, colouring.value, lang.value, proposal.value];
    untracked(() => {
      const now = session.value;
      if (now === null) return;
      noteMoved(parts.value.keys());
      const picture = pictureNow();
      if (picture !== null) layer.setPicture(picture);
    });
  });
  effect(() => layer.setSelected(session.value === null ? null : chosen.value));
  effect(() => layer.setHover(session.value === null ? null : hoverPart.value));
  effect(() => layer.setTypeScale(large.value ? 1.25 : 1));
  // The plan may have been there before the map.
  if (session.peek() !== null) planMapHooks.opened();
}

/** Zoom to a part. */
export function showPart(no: number): void {
  const now = session.value;
  if (now === null) return;
  const cells = now.partition.cellsOf(no);
  const box = boxOfCells(cells);
  if (box !== null) planCamera.show(box, []);
}
