import * as L from "leaflet";
import type { LonLat } from "../api/types";
import { unionOutline, type Circle } from "../geo/outline";
import type { Shape } from "../geo/shapes";
import type { Borders } from "../geo/borders";
import { ACCENT, BORDER } from "./style";

type Context = CanvasRenderingContext2D;

function traceShape(context: Context, map: L.Map, rings: readonly LonLat[][]): void {
  context.beginPath();
  for (const ring of rings) {
    ring.forEach(([lon, lat], i) => {
      const { x, y } = map.latLngToContainerPoint([lat, lon]);
      if (i === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    });
    context.closePath();
  }
}

/** What is pointed at: a light veil and a line. */
export function drawHover(context: Context, map: L.Map, rings: readonly LonLat[][]): void {
  traceShape(context, map, rings);
  context.fillStyle = "rgba(255, 255, 255, 0.28)";
  context.fill("evenodd");
  context.strokeStyle = ACCENT;
  context.lineWidth = 2;
  context.stroke();
}

/** What is selected: an outline on a white edge, readable on every colour. */
export function drawSelected(context: Context, map: L.Map, rings: readonly LonLat[][]): void {
  traceShape(context, map, rings);
  context.strokeStyle = "#ffffff";
  context.lineWidth = 6;
  context.stroke();
  context.strokeStyle = ACCENT;
  context.lineWidth = 3;
  context.stroke();
}

/** A selected point: a ring. */
export function drawPoint(context: Context, map: L.Map, [lon, lat]: LonLat): void {
  const { x, y } = map.latLngToContainerPoint([lat, lon]);
  for (const [colour, width] of [["#ffffff", 6], [ACCENT, 3]] as const) {
    context.beginPath();
    context.arc(x, y, 11, 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}

/** County and townships dashed, communities full. */
export function drawBorders(context: Context, map: L.Map, borders: Borders): void {
  const thin = map.getZoom() < 13 ? 0.6 : 1;
  const { community, township } = BORDER;
  for (const [lines, colour, width, dash] of [
    [borders.community, community.colour, community.width, []],
    [borders.township, township.colour, township.width, [10, 7]],
    [borders.county, township.colour, township.width, [14, 6, 3, 6]],
  ] as const) {
    context.beginPath();
    for (const line of lines) {
      line.forEach(([lon, lat], i) => {
        const { x, y } = map.latLngToContainerPoint([lat, lon]);
        if (i === 0) context.moveTo(x, y);
        else context.lineTo(x, y);
      });
    }
    context.strokeStyle = colour;
    context.lineWidth = width * thin;
    context.lineCap = dash.length > 0 ? "butt" : "round";
    context.setLineDash(dash.map((part) => part * thin));
    context.stroke();
  }
  context.setLineDash([]);
}

/** Outer line of everything within the straight radius of a station. */
export function drawRadius(context: Context, map: L.Map, stations: readonly LonLat[], radiusM: number): void {
  const circles = stations.map(([lon, lat]): Circle => {
    const { x, y } = map.latLngToContainerPoint([lat, lon]);
    // Pixels per metre on the sphere of the map at this latitude.
    const metresPerPixel = (40075016.686 * Math.cos((lat * Math.PI) / 180)) / (256 * 2 ** map.getZoom());
    return { x, y, r: radiusM / metresPerPixel };
  });
  context.beginPath();
  for (const line of unionOutline(circles)) {
    line.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  }
  context.setLineDash([6, 5]);
  context.lineCap = "butt";
  context.strokeStyle = "#40505c";
  context.lineWidth = 1.3;
  context.stroke();
  context.setLineDash([]);
}

export function visible(map: L.Map, shapes: readonly Shape[]): Shape[] {
  const bounds = map.getBounds().pad(0.1);
  return shapes.filter(({ bbox: [w, s, e, n] }) =>
    bounds.intersects(L.latLngBounds([s, w], [n, e])),
  );
}
