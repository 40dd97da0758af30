import type * as L from "leaflet";
import type { LonLat } from "../api/types";
import { ACCENT } from "./style";

/** A walk to draw: along streets, from and to the doors, and straight on. */
export interface RouteLines {
  streets: readonly LonLat[][];
  legs: readonly LonLat[][];
  straight: readonly LonLat[][];
}

const CASING = "#ffffff";
const STRAIGHT = "#40505c";

/** The walk in the accent colour on a white edge, legs over open ground dotted, the straight line dashed. */
export function drawRoute(context: CanvasRenderingContext2D, map: L.Map, { streets, legs, straight }: RouteLines): void {
  const stroke = (lines: readonly LonLat[][], colour: string, width: number, dash: readonly number[] = []): void => {
    context.beginPath();
    for (const line of lines) {
      line.forEach(([lon, lat], i) => {
        const { x, y } = map.latLngToContainerPoint([lat, lon]);
        if (i === 0) context.moveTo(x, y);
        else context.lineTo(x, y);
      });
    }
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash([...dash]);
    context.stroke();
  };
  context.save();
  context.lineJoin = "round";
  context.lineCap = "butt";
  stroke(straight, CASING, 4);
  stroke(straight, STRAIGHT, 2, [7, 5]);
  context.lineCap = "round";
  stroke([...streets, ...legs], CASING, 8);
  stroke(streets, ACCENT, 4.5);
  stroke(legs, ACCENT, 3.5, [0.1, 6.5]);
  context.restore();
}
