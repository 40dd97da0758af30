import * as L from "leaflet";
import type { LonLat } from "../api/types";
import { ACCENT } from "./style";
import { ViewportCanvas } from "./viewportCanvas";

/** How a point is drawn: a colour and a shape, so that no two are told apart by colour alone. */
export type ElementLook = "in_order" | "damaged" | "missing" | "disused" | "unknown" | "organisation";

export interface ElementMark {
  at: LonLat;
  look: ElementLook;
  /** What is said when it is pointed at. */
  title: string;
  lit: boolean;
}

export const ELEMENT_COLOURS: Readonly<Record<ElementLook, string>> = {
  in_order: "#2e6f8e", damaged: "#b7791f", missing: "#b4413c", disused: "#5c6b78", unknown: "#5c6b78", organisation: "#7a5ba6",
};

const REACH_PX = 8;
/** Far away points are drawn small, or they would hide the streets: zoom below which, and the share of their size. */
const SIZES: readonly (readonly [number, number])[] = [[14, 0.55], [15, 0.75]];

/** Assets and organisations of a grid on one canvas, named when they are pointed at. */
export class ElementLayer {
  readonly #map: L.Map;
  readonly #canvas: ViewportCanvas;
  readonly #says = L.tooltip({ direction: "top", offset: [0, -6], className: "element-says" });
  #marks: readonly ElementMark[] = [];

  constructor(map: L.Map) {
    this.#map = map;
    this.#canvas = new ViewportCanvas("overlay", (context) => this.#draw(context));
    map.on("mousemove", (event) => this.#say([event.latlng.lng, event.latlng.lat]));
    map.on("mouseout", () => this.#says.remove());
  }

  show(marks: readonly ElementMark[] | null): void {
    this.#marks = marks ?? [];
    this.#says.remove();
    if (marks === null) {
      if (this.#map.hasLayer(this.#canvas)) this.#canvas.remove();
      return;
    }
    if (!this.#map.hasLayer(this.#canvas)) this.#canvas.addTo(this.#map);
    this.#canvas.refresh();
  }

  #say(point: LonLat): void {
    const mark = this.#marks.length === 0 ? null : this.#at(point);
    if (mark === null) {
      this.#says.remove();
      return;
    }
    const label = document.createElement("span");
    label.textContent = mark.title;
    this.#says.setLatLng([mark.at[1], mark.at[0]]).setContent(label);
    if (!this.#map.hasLayer(this.#says)) this.#says.addTo(this.#map);
  }

  #at([lon, lat]: LonLat): ElementMark | null {
    const here = this.#map.latLngToContainerPoint([lat, lon]);
    let best: ElementMark | null = null;
    let nearest = REACH_PX;
    for (const mark of this.#marks) {
      const away = here.distanceTo(this.#map.latLngToContainerPoint([mark.at[1], mark.at[0]]));
      if (away < nearest) {
        nearest = away;
        best = mark;
      }
    }
    return best;
  }

  #draw(context: CanvasRenderingContext2D): void {
    const zoom = this.#map.getZoom();
    const scale = SIZES.find(([below]) => zoom < below)?.[1] ?? 1;
    // What needs somebody lies on top of what is in order, and what is pointed at on top of all.
    const rank = ({ look, lit }: ElementMark): number => (lit ? 2 : look === "damaged" || look === "missing" ? 1 : 0);
    for (const mark of [...this.#marks].sort((a, b) => rank(a) - rank(b))) {
      const { x, y } = this.#map.latLngToContainerPoint([mark.at[1], mark.at[0]]);
      if (mark.lit) drawHalo(context, x, y);
      drawElement(context, x, y, mark.look, scale);
    }
  }
}

function drawHalo(context: CanvasRenderingContext2D, x: number, y: number): void {
  for (const [style, width] of [["#ffffff", 5], [ACCENT, 2.5]] as const) {
    context.beginPath();
    context.arc(x, y, 9, 0, 2 * Math.PI);
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke();
  }
}

/** A dot, a ring, a cross in it, a triangle or a square, on a white edge; the legend draws the same. */
export function drawElement(context: CanvasRenderingContext2D, x: number, y: number, look: ElementLook, scale = 1): void {
  const colour = ELEMENT_COLOURS[look];
  const hollow = look === "unknown" || look === "disused";
  const r = (look === "in_order" || hollow ? 3.5 : 5) * scale;
  context.beginPath();
  if (look === "organisation") context.rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7);
  else if (look === "damaged") {
    context.moveTo(x, y - r * 1.15);
    context.lineTo(x + r * 1.1, y + r * 0.85);
    context.lineTo(x - r * 1.1, y + r * 0.85);
    context.closePath();
  } else context.arc(x, y, r, 0, 2 * Math.PI);
  context.lineJoin = "round";
  context.lineWidth = hollow ? 3.5 : 2;
  context.strokeStyle = "#ffffff";
  context.stroke();
  context.fillStyle = hollow ? "#ffffff" : colour;
  context.fill();
  if (hollow) {
    context.lineWidth = 1.5;
    context.strokeStyle = colour;
    context.stroke();
  }
  if (look !== "missing" && look !== "disused") return;
  const arm = look === "missing" ? r * 0.5 : r * 0.7;
  context.beginPath();
  context.moveTo(x - arm, y - arm);
  context.lineTo(x + arm, y + arm);
  if (look === "missing") {
    context.moveTo(x + arm, y - arm);
    context.lineTo(x - arm, y + arm);
  }
  context.lineWidth = 1.5;
  context.strokeStyle = look === "missing" ? "#ffffff" : colour;
  context.stroke();
}
