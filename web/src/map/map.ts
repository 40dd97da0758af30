import * as L from "leaflet";
import "leaflet/dist/leaflet.css";
import type { BBox, FeatureCollection, LonLat } from "../api/types";
import { bordersOf, type Borders } from "../geo/borders";
import { shapeAt, type Shape } from "../geo/shapes";
import { GROUND_LAYERS, STREET_LAYERS, paintGround, paintWays } from "./basemap";
import { buildingAt } from "./pick";
import { drawLabels } from "./labels";
import { drawBorders, drawHover, drawPoint, drawRadius, drawSelected, visible } from "./overlay";
import { StationMarkers, type StationPoint } from "./stations";
import { AREA } from "./style";
import { paintChoropleth, paintGrids, paintReach } from "./themes";
import { TileSource } from "./tiles";
import { VectorLayer } from "./vectorLayer";
import { ViewportCanvas } from "./viewportCanvas";

export type PickKind = "grid" | "community" | "building" | "station";
export interface Picked {
  kind: PickKind;
  code: string;
}

export interface DeskMapOptions {
  centre: LonLat;
  zoom: number;
  /** Lowest zoom of every layer's tiles. */
  minZoom: Readonly<Record<string, number>>;
  reducedMotion: boolean;
  onView(centre: LonLat, zoom: number): void;
  onHover(at: Picked | null): void;
  onPick(at: Picked | null): void;
}

export interface Visible {
  density: boolean;
  area: boolean;
  radius: boolean;
  buildings: boolean;
  stations: boolean;
  borders: boolean;
  labels: boolean;
}

/** What is drawn from one run. */
export interface Picture {
  run: string;
  area: FeatureCollection | null;
  radiusM: number;
  stations: readonly LonLat[];
  scope: "grids" | "communities";
  colours: ReadonlyMap<string, string>;
  onlyHouseholds: boolean;
}

interface Shapes {
  divisions: readonly Shape[];
  communities: readonly Shape[];
  townships: readonly Shape[];
  grids: readonly Shape[];
}

interface ReachLayer {
  run: string;
  layer: VectorLayer;
  source: TileSource;
}

/** Panes from below to above; everything but markers lets the pointer through. */
const PANES = ["ground", "theme", "streets", "area", "reach", "borders", "overlay", "names"] as const;
type Pane = (typeof PANES)[number];

/** Buildings are pointed at only where they are large enough to be meant. */
const BUILDING_ZOOM = 16;
const TILES_WAIT_MS = 2500;
const FIT_MARGIN_PX = 24;
const NARROW_PX = 640;
const FIT_MOST_ZOOM = 17;
const DESK_MAP_PX = 720;
const LEGEND_PX = 240;
const CARD_PX = 392;
const TOOLS_PX = 56;

/** The map of the desk. Outside this folder every position is [lon, lat]. */
export class DeskMap {
  readonly #map: L.Map;
  readonly #options: DeskMapOptions;
  readonly #sources = new Map<string, TileSource>();
  readonly #theme: Record<"grids" | "communities", VectorLayer>;
  readonly #gridLines: VectorLayer;
  readonly #divisionLines: ViewportCanvas;
  readonly #names: ViewportCanvas;
  readonly #overlay: ViewportCanvas;
  readonly #markers: StationMarkers;
  #areaLayer: L.GeoJSON | null = null;
  #reach: ReachLayer | null = null;
  /** Loaded and invisible, until its run is shown. */
  #waiting: ReachLayer | null = null;
  #picture: Picture | null = null;
  #visible: Visible = { density: true, area: true, radius: true, buildings: true, stations: true, borders: true, labels: true };
  #shapes: Shapes = { divisions: [], communities: [], townships: [], grids: [] };
  #borders: Borders = bordersOf([]);
  #hover: readonly LonLat[][] | null = null;
  #selected: { rings: readonly LonLat[][] | null; point: LonLat | null } = { rings: null, point: null };
  #stations: readonly StationPoint[] = [];
  #station: string | null = null;
  #scale = 1;
  #namesTimer = 0;

  constructor(element: HTMLElement, options: DeskMapOptions) {
    this.#options = options;
    const still = options.reducedMotion;
    this.#map = L.map(element, {
      center: [options.centre[1], options.centre[0]],
      zoom: options.zoom,
      minZoom: 5,
      maxZoom: 20,
      zoomControl: false,
      attributionControl: false,
      fadeAnimation: !still,
      zoomAnimation: !still,
      inertia: !still,
      wheelPxPerZoomLevel: 90,
    });
    PANES.forEach((name, i) => {
      const pane = this.#map.createPane(name);
      pane.style.zIndex = String(200 + 10 * i);
      pane.style.pointerEvents = "none";
    });
    const ground = this.#layer("ground", GROUND_LAYERS, paintGround);
    const streets = this.#layer("streets", STREET_LAYERS, paintWays);
    this.#theme = {
      grids: this.#layer("theme", ["grids"], paintChoropleth(new Map())),
      communities: this.#layer("theme", ["divisions"], paintChoropleth(new Map())),
    };
    this.#gridLines = this.#layer("borders", ["grids"], paintGrids);
    this.#divisionLines = new ViewportCanvas("borders", (context) => drawBorders(context, this.#map, this.#borders));
    this.#overlay = new ViewportCanvas("overlay", (context) => this.#drawOverlay(context));
    this.#names = new ViewportCanvas("names", (context) => this.#drawNames(context));
    for (const layer of [ground, streets, this.#gridLines, this.#divisionLines]) layer.addTo(this.#map);
    this.#overlay.addTo(this.#map);
    this.#names.addTo(this.#map);
    ground.on("tileload", () => this.#namesSoon());
    streets.on("tileload", () => this.#namesSoon());
    this.#markers = new StationMarkers(this.#map, (code) => options.onPick({ kind: "station", code }));
    this.#listen();
  }

  #source(name: string): TileSource {
    let source = this.#sources.get(name);
    if (source === undefined) {
      // Layers state the zoom of the usual 256 px tiles, which is the zoom of the data.
      source = new TileSource(name, `/tiles/${name}`, this.#options.minZoom[name] ?? 0);
      this.#sources.set(name, source);
    }
    return source;
  }

  #layer(pane: Pane, names: readonly string[], painter: ConstructorParameters<typeof VectorLayer>[1]): VectorLayer {
    return new VectorLayer(names.map((name) => this.#source(name)), painter, { pane });
  }

  #listen(): void {
    const map = this.#map;
    const { onView, onHover, onPick } = this.#options;
    map.on("moveend", () => {
      const { centre, zoom } = this.view();
      onView(centre, zoom);
    });
    map.on("click", (event) => {
      onPick(this.#at([event.latlng.lng, event.latlng.lat]));
      // A finger points at nothing once it is lifted.
      if (window.matchMedia("(hover: none)").matches) onHover(null);
    });
    let waiting: LonLat | null = null;
    map.on("mousemove", (event) => {
      const idle = waiting === null;
      waiting = [event.latlng.lng, event.latlng.lat];
      if (!idle) return;
      requestAnimationFrame(() => {
        if (waiting === null) return;
        const at = this.#at(waiting);
        waiting = null;
        map.getContainer().style.cursor = at === null ? "" : "pointer";
        onHover(at);
      });
    });
    map.on("mouseout", () => {
      waiting = null;
      onHover(null);
    });
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
  }

  /** What lies at a point: a building where they are large enough, then a grid, then a community. */
  #at(point: LonLat): Picked | null {
    const zoom = this.#map.getZoom();
    if (zoom >= BUILDING_ZOOM) {
      const points = this.#reach !== null && this.#visible.buildings ? this.#reach.source : null;
      for (const source of [this.#source("buildings"), points]) {
        const code = source === null ? null : buildingAt(this.#map, source, point);
        if (code !== null) return { kind: "building", code };
      }
    }
    const grid = zoom >= 13 && this.#picture?.scope !== "communities" ? shapeAt(this.#shapes.grids, point) : null;
    if (grid !== null) return { kind: "grid", code: grid.code };
    const community = shapeAt(this.#shapes.communities, point);
    return community === null ? null : { kind: "community", code: community.code };
  }

  #drawOverlay(context: CanvasRenderingContext2D): void {
    const picture = this.#picture;
    if (picture !== null && this.#visible.radius) drawRadius(context, this.#map, picture.stations, picture.radiusM);
    if (this.#hover !== null) drawHover(context, this.#map, this.#hover);
    if (this.#selected.rings !== null) drawSelected(context, this.#map, this.#selected.rings);
    if (this.#selected.point !== null) drawPoint(context, this.#map, this.#selected.point);
  }

  #drawNames(context: CanvasRenderingContext2D): void {
    if (!this.#visible.labels) return;
    drawLabels(context, this.#map, {
      townships: visible(this.#map, this.#shapes.townships),
      communities: visible(this.#map, this.#shapes.communities),
      grids: this.#visible.borders ? visible(this.#map, this.#shapes.grids) : [],
      streets: this.#source("streets"),
      estates: this.#source("estates"),
      buildings: this.#source("buildings"),
      icons: this.#visible.stations ? this.#stations.filter((s) => s.main).map((s) => s.at) : [],
      scale: this.#scale,
    });
  }

  /** Names wait until the tiles of a burst are there: they would jump otherwise. */
  #namesSoon(): void {
    window.clearTimeout(this.#namesTimer);
    this.#namesTimer = window.setTimeout(() => this.#names.refresh(), 120);
  }

  setShapes(shapes: Shapes): void {
    if (shapes.divisions !== this.#shapes.divisions) this.#borders = bordersOf(shapes.divisions);
    this.#shapes = shapes;
    this.#divisionLines.refresh();
    this.#names.refresh();
  }

  setTypeScale(scale: number): void {
    this.#scale = scale;
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

  setStations(stations: readonly StationPoint[], selected: string | null): void {
    this.#stations = stations;
    this.#station = selected;
    this.#markers.show(this.#visible.stations ? stations : [], selected);
    this.#names.refresh();
  }

  /** Put a fainter picture while a new one is being computed. */
  setDim(dim: boolean): void {
    for (const name of ["theme", "area", "reach", "overlay"] as const) {
      this.#map.getPane(name)!.classList.toggle("dimmed", dim);
    }
  }

  setVisible(now: Visible): void {
    this.#visible = now;
    this.#show(this.#gridLines, now.borders);
    this.#show(this.#divisionLines, now.borders);
    this.#applyPicture();
    this.setStations(this.#stations, this.#station);
    this.#names.refresh();
  }

  /** Load the building tiles of a run that is about to be shown; resolves when they are there, or soon anyway. */
  async prepare(run: string, onlyHouseholds: boolean): Promise<void> {
    if (!this.#visible.buildings || this.#reach?.run === run) return;
    const layer = this.#reachLayer(run, onlyHouseholds);
    layer.layer.setOpacity(0);
    await new Promise<void>((resolve) => {
      layer.layer.once("load", () => resolve());
      window.setTimeout(resolve, TILES_WAIT_MS);
      layer.layer.addTo(this.#map);
    });
    this.#waiting?.layer.remove();
    this.#waiting = layer;
  }

  #reachLayer(run: string, onlyHouseholds: boolean): ReachLayer {
    const source = new TileSource("coverage", `/tiles/coverage/${encodeURIComponent(run)}`, this.#options.minZoom.coverage ?? 0);
    const layer = new VectorLayer([source, this.#source("buildings")], paintReach(onlyHouseholds), { pane: "reach" });
    // Footprints that cross a tile's edge wait for the status that lies in the neighbour.
    layer.on("load", () => layer.repaint());
    return { run, source, layer };
  }

  setPicture(picture: Picture | null): void {
    this.#picture = picture;
    this.#applyPicture();
  }

  #applyPicture(): void {
    const picture = this.#picture;
    this.#areaLayer?.remove();
    this.#areaLayer = null;
    this.#overlay.refresh();
    if (picture === null) {
      this.#reach?.layer.remove();
      this.#reach = null;
      return;
    }
    if (picture.area !== null && this.#visible.area) this.#areaLayer = this.#areaOf(picture.area).addTo(this.#map);
    for (const scope of ["grids", "communities"] as const) {
      const shown = this.#visible.density && picture.scope === scope;
      if (shown) this.#theme[scope].repaint(paintChoropleth(picture.colours));
      this.#show(this.#theme[scope], shown);
    }
    this.#showReach(picture);
  }

  #showReach(picture: Picture): void {
    if (this.#reach?.run !== picture.run) {
      const ready = this.#waiting?.run === picture.run ? this.#waiting : this.#reachLayer(picture.run, picture.onlyHouseholds);
      if (this.#waiting !== null && this.#waiting !== ready) this.#waiting.layer.remove();
      this.#waiting = null;
      this.#reach?.layer.remove();
      this.#reach = ready;
    }
    this.#reach.layer.setOpacity(1);
    this.#show(this.#reach.layer, this.#visible.buildings);
  }

  #areaOf(area: FeatureCollection): L.GeoJSON {
    const dissolved = area.features.filter((feature) => feature.properties.kind === "dissolved" && feature.geometry !== null);
    return L.geoJSON({ type: "FeatureCollection", features: dissolved } as Parameters<typeof L.geoJSON>[0], {
      pane: "area",
      interactive: false,
      style: { renderer: L.canvas({ pane: "area", padding: 0.3 }), color: AREA.line, weight: 1.5, fillColor: AREA.fill, fillOpacity: 0.08 } as L.PathOptions,
    });
  }

  #show(layer: L.Layer, shown: boolean): void {
    if (shown && !this.#map.hasLayer(layer)) layer.addTo(this.#map);
    else if (!shown && this.#map.hasLayer(layer)) layer.remove();
  }

  setView(centre: LonLat, zoom: number): void {
    this.#map.setView([centre[1], centre[0]], zoom, { animate: !this.#options.reducedMotion });
  }

  /** Show a box between what stands on the map: the legend at the left, tools or the card at the right. */
  fit([west, south, east, north]: BBox, beside: "tools" | "card" = "card"): void {
    const map = this.#map;
    const bounds = L.latLngBounds([south, west], [north, east]);
    const { x: width } = map.getSize();
    const margin = width < NARROW_PX ? FIT_MARGIN_PX / 2 : FIT_MARGIN_PX;
    const right = beside === "card" ? CARD_PX : TOOLS_PX;
    const free = map.getBoundsZoom(bounds, false, L.point(LEGEND_PX + right, 2 * margin));
    const all = map.getBoundsZoom(bounds, false, L.point(2 * margin, 2 * margin));
    // On a narrow map keeping clear would cost the picture itself.
    const zoom = Math.min(FIT_MOST_ZOOM, width < DESK_MAP_PX ? all : beside === "tools" ? all : Math.max(free, all - 1));
    const box = L.bounds(map.project(bounds.getNorthWest(), zoom), map.project(bounds.getSouthEast(), zoom));
    const room = Math.max(0, (width - box.getSize().x) / 2);
    // Positive: the free middle lies right of the map's middle.
    const wanted = (LEGEND_PX - right) / 2;
    const shift = width < DESK_MAP_PX ? 0 : Math.sign(wanted) * Math.min(Math.abs(wanted), Math.max(0, room - (wanted > 0 ? right : 0)));
    map.setView(map.unproject(box.getCenter().subtract([shift, 0]), zoom), zoom, { animate: !this.#options.reducedMotion });
  }

  /** Move as little as needed, and not at all when most of the box is seen already. */
  reveal(box: BBox): void {
    const [west, south, east, north] = box;
    const target = L.latLngBounds([south, west], [north, east]);
    const seen = this.#map.getBounds();
    if (seen.contains(target.getCenter()) && (seen.contains(target) || this.#map.getBoundsZoom(target) < this.#map.getZoom())) return;
    this.fit(box);
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
    const size = this.#map.getSize();
    const y = size.y / 2;
    const a = this.#map.containerPointToLatLng([0, y]);
    const b = this.#map.containerPointToLatLng([100, y]);
    return this.#map.distance(a, b) / 100;
  }

  focus(): void {
    this.#map.getContainer().focus();
  }
}
