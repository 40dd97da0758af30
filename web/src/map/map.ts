import * as L from "leaflet";
import "leaflet/dist/leaflet.css";
import type { BBox, LonLat } from "../api/types";
import { bordersOf, type Borders } from "../geo/borders";
import { shapeAt, type Shape } from "../geo/shapes";
import { GROUND_LAYERS, STREET_LAYERS, paintGround, paintWays } from "./basemap";
import { fitBox, revealBox, roomOf, showPoint, type Room } from "./camera";
import { STREET_NAMES_ZOOM, drawLabels } from "./labels";
import { drawBorders, drawHover, drawPoint, drawRadius, drawSelected, visible } from "./overlay";
import { buildingAt } from "./pick";
import { drawRoute, type RouteLines } from "./route";
import { RunLayers, toggleLayer, type Picture, type PictureParts } from "./runLayers";
import { StationMarkers, type StationPoint } from "./stations";
import { OutsideTiles } from "./outsideTiles";
import { PlanLayer } from "./planLayer";
import { PlanPointer, type ToolHand } from "./planPointer";
import { ElementLayer } from "./elementLayer";
import { EventLayer } from "./eventLayer";
import { WhatIfLayer, type WhatIfHand } from "./whatIfLayer";
import { paintChoropleth, paintGrids } from "./themes";
import { TileRequests } from "./tileRequests";
import { TileSource } from "./tiles";
import { VectorLayer, type Painter } from "./vectorLayer";
import { ViewportCanvas } from "./viewportCanvas";

export type { Picture };

export interface Picked {
  kind: "grid" | "community" | "building" | "station";
  code: string;
}

export interface DeskMapOptions {
  centre: LonLat;
  zoom: number;
  /** Lowest zoom of every layer's tiles, and of the runs' as `coverage`. */
  minZoom: Readonly<Record<string, number>>;
  reducedMotion: boolean;
  /** Address of outside tiles, with {z}, {x}, {y}. */
  baseMap: string | null;
  onView(centre: LonLat, zoom: number): void;
  onHover(at: Picked | null): void;
  onPick(at: Picked | null): void;
  /** Whether the map lacks places that the server did not give. */
  onGaps(gaps: boolean): void;
}

export interface Visible extends PictureParts {
  radius: boolean;
  stations: boolean;
  borders: boolean;
  /** Grids in force; not while a plan is drawn over them. */
  grids: boolean;
  labels: boolean;
  /** The outside base map, where there is one, instead of our own ground and streets. */
  base: boolean;
}

/** What is coloured by code. */
export type Shaded = "grids" | "communities";

export interface Shapes {
  divisions: readonly Shape[];
  communities: readonly Shape[];
  townships: readonly Shape[];
  grids: readonly Shape[];
}

/** Panes from below to above; everything but markers lets the pointer through. */
const PANES = [
  "outside", "ground", "theme", "cells", "streets", "area", "reach", "borders", "cellBorders", "overlay", "names", "planNames",
] as const;
type Pane = (typeof PANES)[number];

/** Buildings are pointed at only where they are large enough to be meant. */
const BUILDING_ZOOM = 16;
const GRID_ZOOM = 13;
/** Up to here stations are drawn small, or they would hide the county. */
const FAR_ZOOM = 12;
const NAMES_WAIT_MS = 120;

/** The map of the desk. Outside this folder every position is [lon, lat]. */
export class DeskMap {
  readonly #map: L.Map;
  readonly #options: DeskMapOptions;
  readonly #sources = new Map<string, TileSource>();
  readonly #requests = new TileRequests();
  readonly #gaps = new Set<VectorLayer>();
  readonly #run: RunLayers;
  readonly #gridLines: VectorLayer;
  readonly #base: readonly VectorLayer[];
  readonly #outside: OutsideTiles | null;
  readonly #divisionLines: ViewportCanvas;
  readonly #overlay: ViewportCanvas;
  readonly #names: ViewportCanvas;
  readonly #markers: StationMarkers;
  #visible: Visible | null = null;
  #shapes: Shapes = { divisions: [], communities: [], townships: [], grids: [] };
  #borders: Borders = bordersOf([]);
  #hover: readonly LonLat[][] | null = null;
  #selected: { rings: readonly LonLat[][] | null; point: LonLat | null } = { rings: null, point: null };
  #route: RouteLines | null = null;
  #stations: readonly StationPoint[] = [];
  #station: string | null = null;
  #typeScale = 1;
  #namesTimer = 0;
  #plan: PlanLayer | null = null;
  #drawing = false;
  readonly #shades: Record<Shaded, VectorLayer>;
  #shaded: Shaded | null = null;
  /** What is coloured is all that can be pointed at. */
  #only = false;
  /** A tool of a what-if has the pointer. */
  #tool: WhatIfHand | null = null;

  constructor(element: HTMLElement, options: DeskMapOptions) {
    this.#options = options;
    this.#map = makeMap(element, options);
    const ground = this.#layer("ground", GROUND_LAYERS, paintGround);
    const streets = this.#layer("streets", STREET_LAYERS, paintWays);
    this.#gridLines = this.#layer("borders", ["grids"], paintGrids);
    this.#run = new RunLayers(this.#map, (name) => this.#source(name), options.minZoom.coverage ?? 0, (layer) => this.#watch(layer));
    this.#shades = {
      grids: this.#layer("theme", ["grids"], paintChoropleth(new Map())),
      communities: this.#layer("theme", ["divisions"], paintChoropleth(new Map())),
    };
    this.#divisionLines = new ViewportCanvas("borders", (context) => drawBorders(context, this.#map, this.#borders), () => this.#shapes.divisions.length === 0);
    this.#overlay = new ViewportCanvas("overlay", (context) => this.#drawOverlay(context), () => this.#nothingOver());
    this.#names = new ViewportCanvas("names", (context) => this.#drawNames(context), () => this.#nothingNamed());
    for (const layer of [ground, streets, this.#gridLines, this.#divisionLines, this.#overlay, this.#names]) {
      layer.addTo(this.#map);
    }
    this.#base = [ground, streets];
    this.#outside = options.baseMap === null ? null : new OutsideTiles(options.baseMap, "outside");
    for (const layer of this.#base) layer.on("tileload", () => this.#namesSoon());
    this.#markers = new StationMarkers(this.#map, (code) => options.onPick({ kind: "station", code }));
    this.#listen();
  }

  #source(name: string): TileSource {
    let source = this.#sources.get(name);
    if (source === undefined) {
      source = new TileSource(name, (key) => this.#requests.ask(name, key), this.#options.minZoom[name] ?? 0);
      this.#sources.set(name, source);
    }
    return source;
  }

  #layer(pane: Pane, names: readonly string[], painter: Painter): VectorLayer {
    const layer = new VectorLayer(names.map((name) => this.#source(name)), painter, { pane });
    this.#watch(layer);
    return layer;
  }

  #watch(layer: VectorLayer): void {
    layer.on("gaps", () => {
      if (layer.gaps) this.#gaps.add(layer);
      else this.#gaps.delete(layer);
      this.#options.onGaps(this.#gaps.size > 0);
    });
  }

  #listen(): void {
    const map = this.#map;
    const { onView, onHover, onPick } = this.#options;
    map.on("moveend", () => {
      const { centre, zoom } = this.view();
      onView(centre, zoom);
    });
    map.on("click", (event) => {
      if (this.#drawing) return;
      if (this.#tool !== null) return this.#tool.click([event.latlng.lng, event.latlng.lat]);
      onPick(this.#at([event.latlng.lng, event.latlng.lat]));
      // A finger points at nothing once it is lifted.
      if (window.matchMedia("(hover: none)").matches) onHover(null);
    });
    let waiting: LonLat | null = null;
    map.on("dblclick", () => this.#tool?.double());
    map.on("mousemove", (event) => {
      if (this.#drawing) return;
      if (this.#tool !== null) return this.#tool.hover([event.latlng.lng, event.latlng.lat]);
      const idle = waiting === null;
      waiting = [event.latlng.lng, event.latlng.lat];
      if (!idle) return;
      requestAnimationFrame(() => {
        if (waiting === null || this.#drawing || this.#tool !== null) return;
        const at = this.#at(waiting);
        waiting = null;
        map.getContainer().style.cursor = at === null ? "" : "pointer";
        onHover(at);
      });
    });
    map.on("mouseout", () => {
      waiting = null;
      this.#tool?.hover(null);
      onHover(null);
    });
    const far = (): void => {
      map.getContainer().classList.toggle("far", map.getZoom() <= FAR_ZOOM);
    };
    map.on("zoomend", far);
    far();
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
  }

  /** What lies at a point: a building where they are large enough, then a grid, then a community. */
  #at(point: LonLat): Picked | null {
    const zoom = this.#map.getZoom();
    if (zoom >= BUILDING_ZOOM && this.#shaded !== "communities" && !this.#only) {
      for (const source of [this.#source("buildings"), this.#run.buildings]) {
        const code = source === null ? null : buildingAt(this.#map, source, point);
        if (code !== null) return { kind: "building", code };
      }
    }
    if (this.#only) {
      const only = shapeAt(this.#shapes.grids, point);
      return only === null ? null : { kind: "grid", code: only.code };
    }
    const asGrids = this.#shaded !== "communities" && zoom >= GRID_ZOOM && this.#run.picture?.scope !== "communities";
    const grid = asGrids ? shapeAt(this.#shapes.grids, point) : null;
    if (grid !== null) return { kind: "grid", code: grid.code };
    const community = shapeAt(this.#shapes.communities, point);
    return community === null ? null : { kind: "community", code: community.code };
  }

  #nothingOver(): boolean {
    const { rings, point } = this.#selected;
    const radius = this.#run.picture !== null && this.#visible?.radius === true;
    return !radius && [this.#hover, rings, point, this.#route].every((part) => part === null);
  }

  /** Before anything has come that has a name, or with names switched off. */
  #nothingNamed(): boolean {
    const { townships, communities, grids } = this.#shapes;
    return this.#visible?.labels !== true || (townships.length + communities.length + grids.length === 0 && this.#map.getZoom() < STREET_NAMES_ZOOM);
  }

  #drawOverlay(context: CanvasRenderingContext2D): void {
    const { picture } = this.#run;
    if (picture !== null && this.#visible?.radius) drawRadius(context, this.#map, picture.stations, picture.radiusM);
    if (this.#hover !== null) drawHover(context, this.#map, this.#hover);
    if (this.#selected.rings !== null) drawSelected(context, this.#map, this.#selected.rings);
    if (this.#route !== null) drawRoute(context, this.#map, this.#route);
    if (this.#selected.point !== null) drawPoint(context, this.#map, this.#selected.point);
  }

  #drawNames(context: CanvasRenderingContext2D): void {
    if (!this.#visible?.labels) return;
    drawLabels(context, this.#map, {
      townships: this.#drawing ? [] : visible(this.#map, this.#shapes.townships),
      communities: this.#drawing ? [] : visible(this.#map, this.#shapes.communities),
      grids: this.#visible.borders && this.#visible.grids ? visible(this.#map, this.#shapes.grids) : [],
      streets: this.#source("streets"),
      estates: this.#source("estates"),
      buildings: this.#source("buildings"),
      icons: this.#visible.stations ? this.#stations.filter((s) => s.main).map((s) => s.at) : [],
      taken: this.#drawing ? (this.#plan?.labelRects ?? []) : [],
      scale: this.#typeScale,
    });
  }

  /** Names wait until the tiles of a burst are there: they would jump otherwise. */
  #namesSoon(): void {
    window.clearTimeout(this.#namesTimer);
    this.#namesTimer = window.setTimeout(() => this.#names.refresh(), NAMES_WAIT_MS);
  }

  setShapes(shapes: Shapes): void {
    if (shapes.divisions !== this.#shapes.divisions) this.#borders = bordersOf(shapes.divisions);
    this.#shapes = shapes;
    this.#divisionLines.refresh();
    this.#names.refresh();
  }

  setTypeScale(scale: number): void {
    this.#typeScale = scale;
    this.#names.refresh();
  }

  setHover(rings: readonly LonLat[][] | null): void {
    if (rings === this.#hover) return;
    this.#hover = rings;
    this.#overlay.refresh();
  }

  setSelected(rings: readonly LonLat[][] | null, point: LonLat | null): void {
    this.#selected = { rings, point };
    this.#overlay.refresh();
  }

  /** The walk of the selected building; null takes it away. */
  setRoute(route: RouteLines | null): void {
    if (route === this.#route) return;
    this.#route = route;
    this.#overlay.refresh();
  }

  setStations(stations: readonly StationPoint[], selected: string | null): void {
    this.#stations = stations;
    this.#station = selected;
    this.#markers.show(this.#visible?.stations === false ? [] : stations, selected);
    this.#names.refresh();
  }

  /** A fainter picture while a new one is being computed. */
  setDim(dim: boolean): void {
    for (const name of ["theme", "area", "reach", "overlay"] as const) {
      this.#map.getPane(name)!.classList.toggle("dimmed", dim);
    }
  }

  setVisible(now: Visible): void {
    this.#visible = now;
    toggleLayer(this.#map, this.#gridLines, now.borders && now.grids);
    toggleLayer(this.#map, this.#divisionLines, now.borders);
    const outside = this.#outside !== null && now.base;
    if (this.#outside !== null) toggleLayer(this.#map, this.#outside, outside);
    for (const layer of this.#base) toggleLayer(this.#map, layer, !outside);
    this.#run.setParts(now);
    this.#overlay.refresh();
    this.setStations(this.#stations, this.#station);
  }

  /** Colour grids or communities by code, instead of by a run; null takes the colours off. */
  setShades(shades: { of: Shaded; colours: ReadonlyMap<string, string>; only?: boolean } | null): void {
    this.#only = shades?.only === true;
    this.#shaded = shades?.of ?? null;
    for (const of of ["grids", "communities"] as const) {
      const on = shades !== null && shades.of === of;
      if (on) this.#shades[of].repaint(paintChoropleth(shades.colours));
      toggleLayer(this.#map, this.#shades[of], on);
    }
  }

  /** The layer of the plan that is drawn, and the pointer of its tools. */
  drawing(hand: ToolHand): { layer: PlanLayer; pointer: PlanPointer } {
    this.#plan = new PlanLayer(this.#map, () => this.#names.refresh());
    return { layer: this.#plan, pointer: new PlanPointer(this.#map, hand) };
  }

  /** While a plan is drawn, its tools have the pointer and its labels the map. */
  setDrawing(on: boolean): void {
    if (on === this.#drawing) return;
    this.#drawing = on;
    this.#options.onHover(null);
    this.#names.refresh();
  }

  /** The layer of what the selected grid has. */
  elements(): ElementLayer {
    return new ElementLayer(this.#map);
  }

  /** The layer of reported events. */
  events(): EventLayer {
    return new EventLayer(this.#map);
  }

  /** The layer of a what-if. */
  whatIf(hand: WhatIfHand): WhatIfLayer {
    return new WhatIfLayer(this.#map, hand);
  }

  /** Give the pointer to a tool of a what-if, or take it back. */
  setTool(hand: WhatIfHand | null): void {
    if (hand === this.#tool) return;
    this.#tool = hand;
    this.#map.getContainer().classList.toggle("aiming", hand !== null);
    this.#map.getContainer().style.cursor = "";
    if (hand === null) this.#map.doubleClickZoom.enable();
    else this.#map.doubleClickZoom.disable();
    if (hand !== null) this.#options.onHover(null);
  }

  /** Load what a run needs before it is shown, so that numbers and map change together. */
  prepare(run: string, onlyHouseholds: boolean): Promise<void> {
    return this.#run.prepare(run, onlyHouseholds);
  }

  /** Ask again for the places that the server did not give. */
  refill(): void {
    for (const layer of [...this.#gaps]) layer.refill();
  }

  /** Read every stored layer again, after an import. */
  reload(): void {
    for (const source of this.#sources.values()) source.forget();
    for (const layer of [...this.#base, this.#gridLines, this.#shades.grids, this.#shades.communities]) layer.reload();
    this.#run.reload();
  }

  setPicture(picture: Picture | null): void {
    this.#run.show(picture);
    this.#overlay.refresh();
  }

  /** Show a point in the free part of the view. */
  show(point: LonLat, zoom: number): void {
    showPoint(this.#map, point, zoom, this.#room(), !this.#options.reducedMotion);
  }

  setView(centre: LonLat, zoom: number): void {
    this.#map.setView([centre[1], centre[0]], zoom, { animate: !this.#options.reducedMotion });
  }

  /** Show a box between what stands on the map. */
  fit(box: BBox, beside: "tools" | "card" = "card"): void {
    fitBox(this.#map, box, beside, this.#room(), !this.#options.reducedMotion);
  }

  /** Whether a box lies in the view and takes a fair part of it. */
  sees([west, south, east, north]: BBox): boolean {
    const a = this.#map.latLngToContainerPoint([north, west]);
    const b = this.#map.latLngToContainerPoint([south, east]);
    const size = this.#map.getSize();
    const inside = a.x >= 0 && a.y >= 0 && b.x <= size.x && b.y <= size.y;
    return inside && Math.max((b.x - a.x) / size.x, (b.y - a.y) / size.y) > 0.3;
  }

  /** Bring a box into the free part of the view, moving as little as needed. */
  reveal(box: BBox): void {
    revealBox(this.#map, box, this.#room(), !this.#options.reducedMotion);
  }

  #room(): Room {
    return roomOf(this.#map.getSize(), this.#typeScale > 1);
  }

  view(): { centre: LonLat; zoom: number } {
    const { lng, lat } = this.#map.getCenter();
    return { centre: [lng, lat], zoom: this.#map.getZoom() };
  }

  zoomBy(step: number): void {
    this.#map.setZoom(this.#map.getZoom() + step);
  }

  /** Metres that a pixel spans in the middle of the view. */
  metresPerPixel(): number {
    const y = this.#map.getSize().y / 2;
    const a = this.#map.containerPointToLatLng([0, y]);
    const b = this.#map.containerPointToLatLng([100, y]);
    return this.#map.distance(a, b) / 100;
  }
}

function makeMap(element: HTMLElement, { centre, zoom, reducedMotion }: DeskMapOptions): L.Map {
  const map = L.map(element, {
    center: [centre[1], centre[0]],
    zoom,
    minZoom: 5,
    maxZoom: 20,
    zoomControl: false,
    attributionControl: false,
    fadeAnimation: !reducedMotion,
    zoomAnimation: !reducedMotion,
    inertia: !reducedMotion,
    wheelPxPerZoomLevel: 90,
  });
  PANES.forEach((name, i) => {
    const pane = map.createPane(name);
    pane.style.zIndex = String(200 + 10 * i);
    pane.style.pointerEvents = "none";
  });
  return map;
}
