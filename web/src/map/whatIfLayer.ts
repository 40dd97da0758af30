import * as L from "leaflet";
import type { LonLat } from "../api/types";
import { iconSvg } from "../ui/icons";
import { categoryIcon } from "./categories";
import { ACCENT } from "./style";
import { ViewportCanvas } from "./viewportCanvas";

type Context = CanvasRenderingContext2D;

/** What the tools of a what-if do with the pointer; null as a place is off the map. */
export interface WhatIfHand {
  click(at: LonLat): void;
  double(): void;
  hover(at: LonLat | null): void;
  station(code: string): void;
  dragged(code: string, at: LonLat): void;
  /** The pointer or the focus is on a station; null as it leaves. */
  pointed?(code: string | null): void;
}

export interface WhatIfStation {
  code: string;
  category: string;
  at: LonLat;
  from: LonLat | null;
  mark: string;
  held: boolean;
  title: string;
  /** Its rank in place of the sign of its service. */
  rank?: number;
}

/** A place a station could stand at. */
export interface Candidate {
  code: string;
  at: LonLat;
  mark: "free" | "must" | "forbidden";
}

/** A building whose households gain or lose a place. */
export interface WhatIfBuilding {
  at: LonLat;
  colour: string;
}

export interface WhatIfPicture {
  stations: readonly WhatIfStation[];
  /** Stations may be dragged. */
  draggable: boolean;
  buildings: readonly WhatIfBuilding[];
  ways: readonly (readonly LonLat[])[];
  gates: readonly LonLat[];
  /** The line that is being drawn, the pointer's place last. */
  sketch: readonly LonLat[];
  candidates?: readonly Candidate[];
  /** The area that candidates lie in. */
  ring?: readonly LonLat[];
}

const STATION_PX = 28;
const TRIED = "#7a2a86";
const FORBIDDEN = "#b4413c";

/** What a what-if changes, on the map: buildings, stations, ways. */
export class WhatIfLayer {
  readonly #map: L.Map;
  readonly #hand: WhatIfHand;
  readonly #canvas: ViewportCanvas;
  readonly #markers = L.layerGroup();
  #lit: string | null = null;
  #picture: WhatIfPicture | null = null;
  #signs = "";

  constructor(map: L.Map, hand: WhatIfHand) {
    this.#map = map;
    this.#hand = hand;
    this.#canvas = new ViewportCanvas("overlay", (context) => this.#draw(context));
  }

  show(picture: WhatIfPicture | null): void {
    const before = this.#picture;
    this.#picture = picture;
    if (picture === null) {
      if (before === null) return;
      this.#canvas.remove();
      this.#markers.remove();
      this.#signs = "";
      return;
    }
    if (!this.#map.hasLayer(this.#canvas)) this.#canvas.addTo(this.#map);
    if (!this.#map.hasLayer(this.#markers)) this.#markers.addTo(this.#map);
    this.#canvas.refresh();
    // Markers are elements with a focus: made again only when they are others.
    const signs = JSON.stringify([picture.stations, picture.draggable]);
    if (signs === this.#signs) return;
    this.#signs = signs;
    this.#place(picture);
  }

  /** Light a station or a candidate, as its row in the list is. */
  light(code: string | null): void {
    if (code === this.#lit) return;
    this.#lit = code;
    this.#showLight();
    this.#canvas.refresh();
  }

  #showLight(): void {
    this.#markers.eachLayer((marker) => {
      const element = (marker as L.Marker).getElement();
      element?.classList.toggle("pin-lit", element.dataset.station === this.#lit);
    });
  }

  #place({ stations, draggable }: WhatIfPicture): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset.station;
    this.#markers.clearLayers();
    for (const { code, category, at, mark, held, title, rank } of stations) {
      const icon = L.divIcon({
        className: `pin then-${mark}${held ? " pin-selected" : ""}${rank === undefined ? "" : " pin-rank"}`,
        html: rank === undefined ? iconSvg(categoryIcon(category)) : `${rank}`,
        iconSize: [STATION_PX, STATION_PX],
      });
      const movable = draggable && mark !== "closed" && mark !== "planned";
      const marker = L.marker([at[1], at[0]], { icon, title, alt: title, keyboard: true, riseOnHover: true, draggable: movable, autoPan: true, zIndexOffset: rank !== undefined ? 900 - rank : mark === "same" ? 500 : 700 })
        .on("click", () => this.#hand.station(code))
        .on("keypress", (event) => {
          const { originalEvent } = event as L.LeafletKeyboardEvent;
          if (originalEvent.key !== "Enter" && originalEvent.key !== " ") return;
          originalEvent.preventDefault();
          this.#hand.station(code);
        })
        .on("mouseover", () => this.#hand.pointed?.(code))
        .on("mouseout", () => this.#hand.pointed?.(null))
        .on("dragend", () => {
          const { lng, lat } = marker.getLatLng();
          this.#hand.dragged(code, [lng, lat]);
        })
        .addTo(this.#markers);
      const element = marker.getElement();
      if (element === undefined) continue;
      element.dataset.station = code;
      element.setAttribute("aria-label", title);
      if (code === focused) element.focus();
    }
    this.#showLight();
  }

  #draw(context: Context): void {
    if (this.#picture === null) return;
    const { stations, buildings, ways, gates, sketch, candidates = [], ring = [] } = this.#picture;
    this.#drawBuildings(context, buildings);
    if (ring.length > 0) this.#ring(context, ring);
    for (const candidate of candidates) this.#candidate(context, candidate);
    for (const way of ways) this.#line(context, way, TRIED, []);
    for (const gate of gates) this.#gate(context, gate);
    for (const { from, at } of stations) if (from !== null) this.#moved(context, from, at);
    if (sketch.length > 0) this.#line(context, sketch, ACCENT, [6, 5]);
  }

  #pixel([lon, lat]: LonLat): L.Point {
    return this.#map.latLngToContainerPoint([lat, lon]);
  }

  #drawBuildings(context: Context, buildings: readonly WhatIfBuilding[]): void {
    const zoom = this.#map.getZoom();
    const radius = zoom >= 17 ? 7 : zoom >= 16 ? 5.5 : zoom >= 15 ? 4.5 : zoom >= 14 ? 3.5 : 2.5;
    context.lineWidth = zoom >= 15 ? 1.2 : 0.8;
    context.strokeStyle = "#ffffff";
    for (const { at, colour } of buildings) {
      const { x, y } = this.#pixel(at);
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fillStyle = colour;
      context.fill();
      context.stroke();
    }
  }

  #line(context: Context, line: readonly LonLat[], colour: string, dash: number[]): void {
    const points = line.map((at) => this.#pixel(at));
    for (const [stroke, width, pattern] of [["#ffffff", 7, []], [colour, 3.5, dash]] as const) {
      context.beginPath();
      points.forEach(({ x, y }, i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
      context.strokeStyle = stroke;
      context.lineWidth = width;
      context.setLineDash([...pattern]);
      context.stroke();
    }
    context.setLineDash([]);
    for (const { x, y } of points) {
      context.beginPath();
      context.arc(x, y, 3.5, 0, 2 * Math.PI);
      context.fillStyle = "#ffffff";
      context.fill();
      context.strokeStyle = colour;
      context.lineWidth = 1.5;
      context.stroke();
    }
  }

  #ring(context: Context, ring: readonly LonLat[]): void {
    context.beginPath();
    for (const at of ring) {
      const { x, y } = this.#pixel(at);
      context.lineTo(x, y);
    }
    context.closePath();
    context.fillStyle = "rgba(11, 110, 153, 0.07)";
    context.fill();
    for (const [stroke, width, dash] of [["#ffffff", 5, []], [ACCENT, 2, [8, 5]]] as const) {
      context.strokeStyle = stroke;
      context.lineWidth = width;
      context.setLineDash([...dash]);
      context.stroke();
    }
    context.setLineDash([]);
  }

  /** A candidate: an open square; filled where it has to be chosen, crossed where it may not be. */
  #candidate(context: Context, { code, at, mark }: Candidate): void {
    const { x, y } = this.#pixel(at);
    const half = code === this.#lit ? 7 : 4.5;
    context.beginPath();
    context.rect(x - half, y - half, 2 * half, 2 * half);
    context.fillStyle = mark === "must" ? TRIED : "#ffffff";
    context.fill();
    context.strokeStyle = code === this.#lit ? ACCENT : mark === "forbidden" ? FORBIDDEN : TRIED;
    context.lineWidth = code === this.#lit ? 3 : 1.8;
    context.stroke();
    if (mark !== "forbidden") return;
    context.beginPath();
    context.moveTo(x - half, y - half);
    context.lineTo(x + half, y + half);
    context.moveTo(x + half, y - half);
    context.lineTo(x - half, y + half);
    context.stroke();
  }

  /** A gate: two posts and the way between. */
  #gate(context: Context, at: LonLat): void {
    const { x, y } = this.#pixel(at);
    for (const [colour, width] of [["#ffffff", 7], [TRIED, 3.5]] as const) {
      context.beginPath();
      for (const side of [-6, 6]) {
        context.moveTo(x + side, y - 8);
        context.lineTo(x + side, y + 8);
      }
      context.moveTo(x - 6, y);
      context.lineTo(x + 6, y);
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.stroke();
    }
  }

  /** From where a station stands to where it would. */
  #moved(context: Context, from: LonLat, to: LonLat): void {
    const a = this.#pixel(from);
    const b = this.#pixel(to);
    context.setLineDash([5, 4]);
    context.beginPath();
    context.moveTo(a.x, a.y);
    context.lineTo(b.x, b.y);
    context.strokeStyle = TRIED;
    context.lineWidth = 2;
    context.stroke();
    context.setLineDash([]);
    context.beginPath();
    context.arc(a.x, a.y, 8, 0, 2 * Math.PI);
    context.fillStyle = "rgba(255, 255, 255, 0.85)";
    context.fill();
    context.stroke();
  }
}
