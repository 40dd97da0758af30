import { effect } from "@preact/signals";
import type { LonLat } from "../api/types";
import { classOf, rampColours } from "../geo/classify";
import { inBrackets, tCode } from "../i18n";
import { DeskMap, type Picture } from "../map/map";
import { STANDING } from "../map/style";
import type { StationPoint } from "../map/stations";
import { onAddressView, select } from "./desk";
import { onRenewed } from "./inputs";
import { session as planSession } from "./plan";
import { linkPlanMap } from "./planMap";
import { beforeShowing } from "./runs";
import { communities, divisions, grids, shapeOf, stations, townships } from "./shapes";
import { away, buildingsFrom, hover, large, layers, mapGaps, overview, panel, params, selection, shown, stale, toggles, view, type Shown } from "./store";
import { countedIn } from "../geo/reach";
import { bboxCentre, bboxOfRings } from "../geo/bbox";
import { linkWhatIf, whatIfShades } from "./whatifMap";
import { whatIfOpen } from "./whatif";
import { sitedOpen, sitingOpen, sitingWork } from "./siting";
import { linkSiting, sitingShades } from "./sitingMap";
import { peopleColours, peopleOpen } from "./people";
import { linkPeople, pickedRings } from "./peopleMap";
import { campaignShades, linkEvents } from "./eventsMap";
import { linkElements } from "./gridCardMap";
import { standing } from "./standards";
import { pointOfSelection } from "./building";
import { routeLines } from "./why";

let map: DeskMap | null = null;
export function theMap(): DeskMap | null {
  return map;
}

/** Build the map in its element and keep it in step with the state. */
export function linkMap(element: HTMLElement): DeskMap {
  const facts = overview.value;
  const centre: LonLat = view.value?.centre ?? (facts?.extent ? bboxCentre(facts.extent) : [104, 35]);
  const desk = new DeskMap(element, {
    centre,
    zoom: view.value?.zoom ?? 13,
    minZoom: {
      ...Object.fromEntries(layers.value.map((layer) => [layer.name, layer.min_zoom])),
      coverage: buildingsFrom.value - 1,
    },
    baseMap: facts?.base_map ?? null,
    reducedMotion: window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    onView: (at, zoom) => (view.value = { centre: at, zoom }),
    onHover: (at) => {
      if (hover.value?.kind !== at?.kind || hover.value?.code !== at?.code) hover.value = at;
    },
    onPick: (at) => select(at),
    onGaps: (gaps) => (mapGaps.value = gaps),
  });
  map = desk;
  let placed = view.value !== null;
  effect(() => {
    // Also after the first import, when the page was opened on an empty store.
    const extent = overview.value?.extent;
    if (placed || !extent) return;
    placed = true;
    desk.fit(extent, "tools");
  });
  view.value = desk.view();
  onAddressView(({ centre: at, zoom }) => {
    const now = view.value;
    if (now === null || now.zoom !== zoom || Math.abs(now.centre[0] - at[0]) + Math.abs(now.centre[1] - at[1]) > 1e-4) {
      desk.setView(at, zoom);
    }
  });
  beforeShowing((next) => desk.prepare(next.run.run, countedIn(next.run.totals) === "households"));
  onRenewed(() => desk.reload());
  effect(() => {
    // What could not be asked for while the server was away.
    if (!away.value) desk.refill();
  });
  effect(() => desk.setShapes({ divisions: divisions.value, communities: communities.value, townships: townships.value, grids: grids.value }));
  effect(() => desk.setTypeScale(large.value ? 1.25 : 1));
  effect(() => desk.setDim(stale.value || (sitingOpen.value && sitingWork.value !== null)));
  effect(() => desk.setVisible({ ...toggles.value, grids: !planned(), ...(panel.value === "division" || panel.value === "events" ? BARE : panel.value === "standards" || peopleOpen.value ? PLAIN : trying() ? TRYING : {}) }));
  effect(() => desk.setShades(panel.value === "standards" ? { of: "communities", colours: standingColours() } : peopleOpen.value ? { of: "grids", colours: peopleColours.value, only: true } : whatIfOpen.value ? whatIfShades() : sitedOpen.value ? sitingShades() : campaignShades()));
  effect(() => desk.setPicture(shown.value === null ? null : pictureOf(shown.value)));
  effect(() => desk.setStations(stationPoints(), selection.value?.kind === "station" ? selection.value.code : null));
  effect(() => desk.setHover(hover.value === null ? null : (shapeOf(hover.value.code)?.rings ?? null)));
  effect(() => {
    const chosen = selection.value;
    const picked = pickedRings();
    if (picked !== null) return desk.setSelected(picked, null);
    desk.setSelected(chosen === null || planned() ? null : (shapeOf(chosen.code)?.rings ?? null), planned() ? null : pointOfSelection());
  });
  effect(() => desk.setRoute(panel.value === "division" || panel.value === "events" ? null : routeLines.value));
  linkPlanMap(desk);
  linkWhatIf(desk);
  linkSiting(desk);
  linkPeople(desk);
  linkEvents(desk);
  linkElements(desk);
  return desk;
}

/** A plan is drawn: its own picture takes the map. */
function planned(): boolean {
  return panel.value === "division" && planSession.value !== null;
}

/** Communities are coloured by how they stand to a rule; what a run colours would hide that. */
const PLAIN = { density: false, area: false, radius: false, buildings: false } as const;

function standingColours(): ReadonlyMap<string, string> {
  const colours = new Map<string, string>();
  for (const [code, state] of standing.value) colours.set(code, STANDING[state]);
  return colours;
}

/** A what-if draws the differences, and the stations of its service itself. */
function trying(): boolean {
  return whatIfOpen.value || sitedOpen.value;
}

const TRYING = { density: false, area: false, radius: false, buildings: false } as const;

const BARE = { density: false, area: false, radius: false, buildings: false, stations: false } as const;

function pictureOf(now: Shown): Picture {
  const { run, area, scope, classes } = now;
  const colours = new Map<string, string>();
  if (classes !== null) {
    const ramp = rampColours(classes.breaks.length);
    for (const row of scope === "grids" ? run.grids : run.communities) {
      const value = row.households_per_km2;
      if (value !== null) colours.set(row.code, ramp[classOf(value, classes.breaks)]!);
    }
  }
  return {
    run: run.run,
    area,
    scope,
    colours,
    radiusM: run.parameters.radius_m,
    stations: run.stations.map((station): LonLat => [station.lon, station.lat]),
    onlyHouseholds: countedIn(run.totals) === "households",
  };
}

/** Stations of the category that is asked for, and the others when they are switched on. */
function stationPoints(): StationPoint[] {
  const wanted = shown.value?.run.parameters.category ?? params.value?.category;
  const others = toggles.value.others;
  return stations.value
    .filter((station) => (peopleOpen.value ? false : station.category === wanted ? !trying() : others))
    .map((station) => ({
      ...station,
      main: station.category === wanted,
      title: station.status === "open" ? station.name : station.name + inBrackets(tCode("kinds", station.status)),
    }));
}

/** Zoom to a shape that the user asked for by name. */
export function zoomTo(code: string): void {
  const shape = shapeOf(code);
  if (shape !== undefined) map?.fit(shape.bbox, panel.value === "standards" ? "tools" : "card");
}

/** Zoom to several shapes together. */
export function zoomToAll(codes: readonly string[]): void {
  const corners = codes.flatMap((code): LonLat[] => {
    const box = shapeOf(code)?.bbox;
    return box === undefined ? [] : [[box[0], box[1]], [box[2], box[3]]];
  });
  const box = bboxOfRings([corners]);
  if (box !== null) map?.fit(box, "tools");
}

/** Bring a shape into view if it is out of it. */
export function reveal(code: string): void {
  const shape = shapeOf(code);
  if (shape !== undefined) map?.reveal(shape.bbox);
}

/** Zoom to a rectangle, west, south, east, north in degrees. */
export function zoomToBox(box: readonly number[]): void {
  const [west, south, east, north] = box;
  if (west === undefined || south === undefined || east === undefined || north === undefined) return;
  map?.fit([west, south, east, north], "tools");
}

/** Go to a point beside the card. */
export function showPoint(point: LonLat, zoom: number): void {
  map?.show(point, zoom);
}

export function wholeCounty(): void {
  const extent = overview.value?.extent;
  if (extent) map?.fit(extent, "tools");
}

/** Show the whole way of the selected building, or where there is none the straight line. */
export function zoomToWay(): void {
  const lines = routeLines.value;
  if (lines === null) return;
  const walk = [...lines.legs, ...lines.streets];
  const box = bboxOfRings(walk.length > 0 ? walk : lines.straight);
  if (box !== null) map?.fit(box);
}
