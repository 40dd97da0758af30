import * as L from "leaflet";
import "leaflet/dist/leaflet.css";
import type { Building, GridInPackage, LonLat, Opened } from "../phone/package";
import { pointsOf, shortName, unpackLine } from "../phone/package";
import { labelPoint, type Point } from "../geo/polygon";
import type { Shape } from "../geo/locate";

export interface PhoneMapOptions {
  reducedMotion: boolean;
  /** With the building that was hit, if any. */
  onTap(lon: number, lat: number, building: Building | null): void;
}

export interface Dot {
  lon: number;
  lat: number;
  accuracy_m: number | null;
  /** A place that was pointed at is a pin, not a dot. */
  pinned: boolean;
}

/** Width in pixels of a street at zoom 17; halves with each zoom below. */
const WIDTHS: readonly [RegExp, number][] = [
  [/^(motorway|trunk|primary)/, 13],
  [/^secondary/, 11],
  [/^tertiary/, 9],
  [/^(residential|unclassified|living_street|road)/, 7],
  [/^(pedestrian|service)/, 4],
];
/** Radius of a building without outline at zoom 17. */
const POINT = 5;
const PATH_WIDTH = 1.5;
const NAMES_FROM = 15;

/** The map of the phone: the own grid light, everything else dimmed. Positions are [lon, lat] outside this folder. */
export class PhoneMap {
  private readonly map: L.Map;
  private readonly options: PhoneMapOptions;
  private readonly canvas: L.Canvas;
  private drawn: L.Layer[] = [];
  private names: L.Layer[] = [];
  private dot: L.Layer[] = [];
  private shown: Opened | null = null;
  private isWhole = false;
  private points: L.CircleMarker[] = [];
  private streets: { line: L.Polyline; width: number }[] = [];

  constructor(element: HTMLElement, options: PhoneMapOptions) {
    this.options = options;
    this.map = L.map(element, {
      zoomControl: false,
      attributionControl: false,
      zoomSnap: 0.25,
      minZoom: 12,
      maxZoom: 20,
      zoomAnimation: !options.reducedMotion,
      fadeAnimation: false,
      markerZoomAnimation: !options.reducedMotion,
      inertia: !options.reducedMotion,
      preferCanvas: true,
    });
    this.canvas = L.canvas({ padding: 0.5 });
    for (const [name, z] of [["dim", 350], ["lines", 360], ["mark", 450]] as const) {
      this.map.createPane(name).style.zIndex = String(z);
      this.map.getPane(name)!.style.pointerEvents = "none";
    }
    this.map.on("click", (event) => this.tapped(event.latlng));
    this.map.on("dragstart zoomstart", () => (this.isWhole = false));
    this.map.on("zoomend", () => this.scaleStreets());
    this.map.on("moveend", () => this.drawNames());
  }

  destroy(): void {
    this.map.remove();
  }

  resized(): void {
    this.map.invalidateSize({ animate: false });
    // Whoever has not moved it sees the whole grid, also after the phone was turned.
    if (this.isWhole) this.whole();
  }

  /** Draw a package, or nothing; with the same one again the colours are taken anew. */
  show(opened: Opened | null): void {
    if (opened === null) {
      for (const layer of [...this.drawn, ...this.names]) layer.remove();
      this.drawn = this.names = [];
      this.streets = [];
      this.points = [];
      this.shown = null;
      return;
    }
    const first = this.shown === null || this.shown.code !== opened.code;
    this.shown = opened;
    for (const layer of this.drawn) layer.remove();
    this.drawn = [];
    this.streets = [];
    this.points = [];
    this.drawStreets(opened);
    this.drawBuildings(opened);
    this.drawGrids(opened);
    if (first) this.whole();
    else this.drawNames();
  }

  whole(): void {
    if (this.shown === null) return;
    const bounds = L.latLngBounds([]);
    for (const polygon of this.shown.shapes.get(this.shown.code) ?? []) for (const point of pointsOf(polygon[0]!)) bounds.extend(at(point));
    if (bounds.isValid()) this.map.fitBounds(bounds, { padding: [18, 18], animate: false });
    this.isWhole = true;
    this.scaleStreets();
    this.drawNames();
  }

  centre(lon: number, lat: number): void {
    this.isWhole = false;
    this.map.setView([lat, lon], Math.max(this.map.getZoom(), 17), { animate: !this.options.reducedMotion });
  }

  /** Show where the worker is; null for nowhere. */
  place(dot: Dot | null): void {
    for (const layer of this.dot) layer.remove();
    this.dot = [];
    if (dot === null) return;
    const where: L.LatLngTuple = [dot.lat, dot.lon];
    if (dot.accuracy_m !== null && dot.accuracy_m > 0) {
      this.add(this.dot, L.circle(where, { radius: dot.accuracy_m, pane: "mark", renderer: this.rendererOf("mark"), color: colour("--dot"), weight: 1.5, opacity: 0.7, fillColor: colour("--dot"), fillOpacity: 0.16, interactive: false }));
    }
    const icon = L.divIcon({ className: dot.pinned ? "map-pin" : "map-dot", iconSize: [0, 0] });
    this.add(this.dot, L.marker(where, { icon, pane: "mark", interactive: false, keyboard: false }));
  }

  private renderers = new Map<string, L.Canvas>();

  private rendererOf(pane: string): L.Canvas {
    let found = this.renderers.get(pane);
    if (found === undefined) {
      found = L.canvas({ pane, padding: 0.5 });
      this.renderers.set(pane, found);
    }
    return found;
  }

  private add(list: L.Layer[], layer: L.Layer): void {
    layer.addTo(this.map);
    list.push(layer);
  }

  private drawStreets(opened: Opened): void {
    const casing = colour("--map-casing");
    const road = colour("--map-road");
    const sorted = [...opened.streets].sort((a, b) => widthOf(a.class) - widthOf(b.class));
    for (const under of [true, false]) {
      for (const street of sorted) {
        const width = widthOf(street.class);
        if (under && width <= PATH_WIDTH) continue;
        const line = L.polyline(street.line.map(at), {
          renderer: this.canvas,
          interactive: false,
          color: under || width <= PATH_WIDTH ? casing : road,
          lineCap: "round",
          ...(width <= PATH_WIDTH ? { dashArray: "3 3" } : {}),
        });
        this.streets.push({ line, width: under ? width + 2 : width });
        this.add(this.drawn, line);
      }
    }
  }

  private scaleStreets(): void {
    const scale = Math.pow(2, this.map.getZoom() - 17);
    for (const point of this.points) point.setRadius(Math.min(POINT * 2, Math.max(1.5, POINT * scale)));
    for (const { line, width } of this.streets) line.setStyle({ weight: Math.max(width <= PATH_WIDTH ? 1 : 1.5, width * Math.min(scale, 2)) });
  }

  private drawBuildings(opened: Opened): void {
    const style = { renderer: this.canvas, interactive: false, color: colour("--map-building-line"), weight: 1, fillColor: colour("--map-building"), fillOpacity: 1 };
    for (const building of opened.data.buildings) {
      if (building.outline === undefined) {
        const point = L.circleMarker([building.lat, building.lon], { ...style, radius: POINT });
        this.points.push(point);
        this.add(this.drawn, point);
        continue;
      }
      this.add(this.drawn, L.polygon(building.outline.map((ring) => unpackLine(ring).map(at)), style));
    }
  }

  private drawGrids(opened: Opened): void {
    const own = opened.shapes.get(opened.code) ?? [];
    const [west, south, east, north] = opened.extent;
    const width = east - west;
    const height = north - south;
    const around: LonLat[] = [[west - 4 * width, south - 4 * height], [east + 4 * width, south - 4 * height], [east + 4 * width, north + 4 * height], [west - 4 * width, north + 4 * height]];
    const holes = own.map((polygon) => pointsOf(polygon[0]!).map(at));
    const dim = { pane: "dim", renderer: this.rendererOf("dim"), interactive: false, stroke: false, fillColor: colour("--map-dim"), fillOpacity: Number(colour("--map-dim-share")) };
    this.add(this.drawn, L.polygon([around.map(at), ...holes], dim));
    const line = { pane: "lines", renderer: this.rendererOf("lines"), interactive: false, fill: false };
    for (const grid of opened.asked) {
      if (grid.code === opened.code) continue;
      this.add(this.drawn, L.polygon(latLngs(opened.shapes.get(grid.code)!), { ...line, color: colour("--map-other-line"), weight: 1.2 }));
    }
    this.add(this.drawn, L.polygon(latLngs(own), { ...line, color: colour("--map-own-halo"), weight: 8, opacity: 0.55, lineJoin: "round" }));
    this.add(this.drawn, L.polygon(latLngs(own), { ...line, color: colour("--map-own-line"), weight: 3.5, lineJoin: "round" }));
  }

  /** Names of the neighbours and of the streets along the border, where there is room. */
  private drawNames(): void {
    for (const layer of this.names) layer.remove();
    this.names = [];
    const opened = this.shown;
    if (opened === null) return;
    const taken: L.Bounds[] = [];
    const bounds = this.map.getBounds().pad(0.05);
    const put = (point: LonLat, text: string, kind: string, turn = 0): void => {
      const where = L.latLng(point[1], point[0]);
      if (!bounds.contains(where)) return;
      const pixel = this.map.latLngToLayerPoint(where);
      const half = L.point(Math.max(20, text.length * 8), 12);
      const box = L.bounds(pixel.subtract(half), pixel.add(half));
      if (taken.some((other) => other.intersects(box))) return;
      taken.push(box);
      const label = document.createElement("span");
      label.textContent = text;
      label.style.transform = `translate(-50%, -50%) rotate(${turn}deg)`;
      const icon = L.divIcon({ className: `map-name ${kind}`, html: label, iconSize: [0, 0] });
      this.add(this.names, L.marker(where, { icon, pane: "mark", interactive: false, keyboard: false }));
    };
    // Who is next door comes first, then the streets of the border, then what there is room for.
    const beside = new Set(opened.data.border.map((part) => part.grid));
    const others = opened.asked.filter((grid) => grid.code !== opened.code);
    const name = (grid: GridInPackage): void => {
      const point = visibleMiddle(opened.shapes.get(grid.code)!, bounds);
      if (point !== null) put(point, nearName(grid, opened), "neighbour");
    };
    others.filter((grid) => beside.has(grid.code)).forEach(name);
    if (this.map.getZoom() >= NAMES_FROM) {
      const along = new Set(opened.data.border.flatMap((part) => part.streets.map((street) => street.name)));
      const longest = new Map<string, LonLat[]>();
      for (const street of opened.streets) {
        if (street.name === null) continue;
        const kept = longest.get(street.name);
        if (kept === undefined || lengthOf(street.line) > lengthOf(kept)) longest.set(street.name, street.line);
      }
      const order = [...longest].sort(([a], [b]) => Number(along.has(b)) - Number(along.has(a)));
      for (const [name, line] of order) {
        const { point, turn } = middleOf(line.filter((item) => bounds.contains(at(item))).length > 1 ? line.filter((item) => bounds.contains(at(item))) : line);
        put(point, name, along.has(name) ? "border-street" : "street", turn);
      }
    }
    others.filter((grid) => !beside.has(grid.code)).forEach(name);
  }

  private tapped(where: L.LatLng): void {
    this.options.onTap(where.lng, where.lat, this.buildingAt(where));
  }

  private buildingAt(where: L.LatLng): Building | null {
    if (this.shown === null || this.map.getZoom() < 16) return null;
    const tap = this.map.latLngToContainerPoint(where);
    let best: Building | null = null;
    let nearest = 22;
    for (const building of this.shown.data.buildings) {
      const m = this.map.latLngToContainerPoint([building.lat, building.lon]).distanceTo(tap);
      if (m < nearest) {
        nearest = m;
        best = building;
      }
    }
    return best;
  }
}

function at([lon, lat]: LonLat): L.LatLngTuple {
  return [lat, lon];
}

function latLngs(shape: Shape): L.LatLngTuple[][][] {
  return shape.map((polygon) => polygon.map((ring) => pointsOf(ring).map(at)));
}

function widthOf(street: string): number {
  return WIDTHS.find(([pattern]) => pattern.test(street))?.[1] ?? PATH_WIDTH;
}

function lengthOf(line: readonly LonLat[]): number {
  let sum = 0;
  for (let i = 1; i < line.length; i++) sum += Math.hypot(line[i]![0] - line[i - 1]![0], line[i]![1] - line[i - 1]![1]);
  return sum;
}

function middleOf(line: readonly LonLat[]): { point: LonLat; turn: number } {
  let rest = lengthOf(line) / 2;
  for (let i = 1; i < line.length; i++) {
    const a = line[i - 1]!;
    const b = line[i]!;
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]);
    if (rest <= length && length > 0) {
      const share = rest / length;
      const stretch = Math.cos((a[1] * Math.PI) / 180);
      let turn = (-Math.atan2(b[1] - a[1], (b[0] - a[0]) * stretch) * 180) / Math.PI;
      if (turn > 90) turn -= 180;
      if (turn < -90) turn += 180;
      return { point: [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])], turn };
    }
    rest -= length;
  }
  return { point: line[0]!, turn: 0 };
}

/** A point well inside the part of a shape that is in view. */
function visibleMiddle(shape: Shape, view: L.LatLngBounds): LonLat | null {
  let best: LonLat | null = null;
  let size = 0;
  for (const polygon of shape) {
    const inView = polygon.map((ring) => clipped(pointsOf(ring), view)).filter((ring) => ring.length > 2);
    if (inView.length === 0 || inView[0]!.length <= size) continue;
    size = inView[0]!.length;
    best = labelPoint(inView as unknown as Point[][]);
  }
  return best;
}

/** A ring cut to a rectangle (Sutherland and Hodgman): enough for finding where a name has room. */
function clipped(ring: readonly LonLat[], view: L.LatLngBounds): LonLat[] {
  const sides: [axis: 0 | 1, limit: number, sign: 1 | -1][] = [[0, view.getWest(), 1], [0, view.getEast(), -1], [1, view.getSouth(), 1], [1, view.getNorth(), -1]];
  let points = [...ring];
  for (const [axis, limit, sign] of sides) {
    const kept: LonLat[] = [];
    points.forEach((b, n) => {
      const a = points[(n + points.length - 1) % points.length]!;
      const [insideA, insideB] = [(a[axis] - limit) * sign >= 0, (b[axis] - limit) * sign >= 0];
      if (insideA !== insideB) {
        const share = (limit - a[axis]) / (b[axis] - a[axis]);
        kept.push([a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]);
      }
      if (insideB) kept.push(b);
    });
    points = kept;
  }
  return points;
}

/** Within one's own community the number is enough. */
function nearName(grid: GridInPackage, opened: Opened): string {
  const name = shortName(grid);
  const community = grid.community;
  return community !== null && community.code === opened.data.community?.code && name.startsWith(community.name) ? name.slice(community.name.length).trim() : name;
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
