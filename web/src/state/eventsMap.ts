import { effect } from "@preact/signals";
import type { DeskMap } from "../map/map";
import type { WhatIfHand } from "../map/whatIfLayer";
import { chooseAt, choosing, chosenGrids, pointAtGrid } from "./campaignDraft";
import { campaign, card, clickAt, eventAt, eventLit, eventsOpen, eventsTab, landing, points } from "./events";
import { colourOf } from "./eventStates";
import { overview } from "./store";

/** What an event is shown at. */
export const SHOW_ZOOM = 16;

/** Shares of items done: sand where nobody has begun, then light to dark. */
export const PROGRESS = ["#edd29b", "#c7e3de", "#8cc7be", "#4aa295", "#1f7a6d"] as const;

export function progressClass(share: number): number {
  return share >= 1 ? 4 : share <= 0 ? 0 : share < 1 / 3 ? 1 : share < 2 / 3 ? 2 : 3;
}

/** Grids of the open campaign by how far they are; those that are being chosen for one. */
export function campaignShades(): { of: "grids"; colours: ReadonlyMap<string, string> } | null {
  if (choosing.value) return { of: "grids", colours: new Map([...chosenGrids.value].map((code) => [code, PROGRESS[3]] as const)) };
  const now = campaign.value;
  if (!eventsOpen.value || eventsTab.value !== "campaigns" || now === null) return null;
  return { of: "grids", colours: new Map(now.grids.map(({ code, share }) => [code, PROGRESS[progressClass(share ?? 0)]!])) };
}

/** Keep the points of events on the map in step with the state. */
export function linkEvents(desk: DeskMap): void {
  const layer = desk.events();
  const hand: WhatIfHand = {
    click: (at) => clickAt(at, layer.at(at)),
    double: () => undefined,
    hover: (at) => (eventLit.value = at === null ? null : layer.at(at)),
    station: () => undefined,
    dragged: () => undefined,
  };
  const shown = (): boolean => eventsOpen.value && eventsTab.value === "events";
  effect(() => {
    const now = points.value;
    const visible = shown() && now !== null;
    layer.show(
      visible ? now.id.map((id, n) => ({ id, at: [now.lon[n]!, now.lat[n]!], colour: colourOf(now.state[n]!), overdue: now.overdue[n]! })) : null,
      eventAt.value,
      eventLit.value,
    );
  });
  effect(() => {
    const now = card.value;
    if (now === null || landing.value !== now.id || !shown() || overview.value === null) return;
    landing.value = null;
    desk.show([now.lon, now.lat], SHOW_ZOOM);
  });
  const choice: WhatIfHand = { ...hand, click: chooseAt, hover: pointAtGrid };
  let mine = false;
  effect(() => {
    const tool = choosing.value ? choice : shown() ? hand : null;
    if (tool !== null || mine) desk.setTool(tool);
    mine = tool !== null;
  });
}
