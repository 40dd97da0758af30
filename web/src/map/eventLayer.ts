import * as L from "leaflet";
import type { LonLat } from "../api/types";
import { ViewportCanvas } from "./viewportCanvas";
import { ACCENT } from "./style";

export interface EventPoint {
  id: string;
  at: LonLat;
  colour: string;
  overdue: boolean;
}

const RADIUS_PX = 6;
const OVERDUE = "#b4413c";

/** Events as points on one canvas, however many there are. */
export class EventLayer {
  readonly #map: L.Map;
  readonly #canvas: ViewportCanvas;
  #points: readonly EventPoint[] = [];
  #chosen: string | null = null;
  #lit: string | null = null;

  constructor(map: L.Map) {
    this.#map = map;
    this.#canvas = new ViewportCanvas("names", (context) => this.#draw(context));
  }

  show(points: readonly EventPoint[] | null, chosen: string | null, lit: string | null): void {
    this.#points = points ?? [];
    this.#chosen = chosen;
    this.#lit = lit;
    if (points === null) {
      if (this.#map.hasLayer(this.#canvas)) this.#canvas.remove();
      return;
    }
    if (!this.#map.hasLayer(this.#canvas)) this.#canvas.addTo(this.#map);
    this.#canvas.refresh();
  }

  /** The event at a place of the map, the nearest within a finger's breadth. */
  at([lon, lat]: LonLat): string | null {
    const here = this.#map.latLngToContainerPoint([lat, lon]);
    let best: string | null = null;
    let nearest = RADIUS_PX + 6;
    for (const point of this.#points) {
      const away = here.distanceTo(this.#map.latLngToContainerPoint([point.at[1], point.at[0]]));
      if (away <= nearest) {
        nearest = away;
        best = point.id;
      }
    }
    return best;
  }

  #draw(context: CanvasRenderingContext2D): void {
    // The newest come first in the list and last, on top, on the map.
    for (let n = this.#points.length - 1; n >= 0; n -= 1) this.#dot(context, this.#points[n]!);
    for (const point of this.#points) if (point.id === this.#chosen || point.id === this.#lit) this.#dot(context, point);
  }

  #dot(context: CanvasRenderingContext2D, { id, at, colour, overdue }: EventPoint): void {
    const { x, y } = this.#map.latLngToContainerPoint([at[1], at[0]]);
    const ring = (radius: number, style: string, width: number): void => {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.strokeStyle = style;
      context.lineWidth = width;
      context.stroke();
    };
    context.beginPath();
    context.arc(x, y, RADIUS_PX, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    ring(RADIUS_PX, "#ffffff", 1.5);
    if (overdue) ring(RADIUS_PX + 2.5, OVERDUE, 2);
    if (id !== this.#chosen && id !== this.#lit) return;
    ring(RADIUS_PX + 6, "#ffffff", 5);
    ring(RADIUS_PX + 6, ACCENT, 3);
  }
}
