import { tracePoint } from "./basemap";
import { BORDER, REACH, fillOpacity } from "./style";
import { trace, type Placed, type TileData } from "./tiles";
import type { Painter } from "./vectorLayer";

type Context = CanvasRenderingContext2D;

/** Fill every shape that has a colour; the others stay open. */
export function paintChoropleth(colours: ReadonlyMap<string, string>): Painter {
  return (context, [part], zoom) => {
    if (!part) return;
    context.globalAlpha = fillOpacity(zoom);
    for (const feature of part.data.features) {
      const colour = colours.get(feature.text("code"));
      if (colour === undefined || feature.geometry !== "polygon") continue;
      context.fillStyle = colour;
      context.beginPath();
      trace(context, feature.rings, part, true);
      context.fill("evenodd");
    }
    context.globalAlpha = 1;
  };
}

/** Borders of grids. Divisions are drawn over the whole view, see `drawBorders`. */
export const paintGrids: Painter = (context, [part], zoom) => {
  if (!part) return;
  context.beginPath();
  for (const feature of part.data.features) {
    if (feature.geometry === "polygon") trace(context, feature.rings, part, true);
  }
  context.strokeStyle = BORDER.grid.colour;
  context.lineWidth = zoom < 14 ? 0.7 : BORDER.grid.width;
  context.stroke();
};

const STATUSES = ["within_walk", "out_of_reach", "unreachable", "no_network"] as const;

/**
 * Buildings by how they reach a station. The run's tiles hold points; where the base map has the footprint
 * of the same code, that is filled. A footprint may lie in another tile than its point, so statuses are
 * gathered over all tiles: `onMissing` says that a footprint had to wait for its own, and is painted once all tiles
 * are here. In households mode a building without any stays grey.
 */
export function paintReach(onlyHouseholds: boolean, onMissing: () => void): Painter {
  const statuses = new Map<string, string>();
  const gathered = new WeakSet<TileData>();
  const gather = ({ data }: Placed): void => {
    if (gathered.has(data)) return;
    gathered.add(data);
    for (const feature of data.features) {
      if (onlyHouseholds && !(Number(feature.properties.households) > 0)) continue;
      statuses.set(feature.text("code"), feature.text("status"));
    }
  };
  return (context, [run, footprints], zoom) => {
    if (run) gather(run);
    if (footprints?.data.features.some((feature) => !statuses.has(feature.text("code")))) onMissing();
    const drawn = new Set<string>();
    for (const status of STATUSES) {
      context.beginPath();
      for (const feature of footprints?.data.features ?? []) {
        const code = feature.text("code");
        if (feature.geometry !== "polygon" || statuses.get(code) !== status) continue;
        trace(context, feature.rings, footprints!, true);
        drawn.add(code);
      }
      fillReach(context, status, zoom);
    }
    if (!run) return;
    for (const status of STATUSES) {
      context.beginPath();
      for (const feature of run.data.features) {
        const code = feature.text("code");
        if (statuses.get(code) === status && !drawn.has(code)) tracePoint(context, feature, run, pointRadius(zoom));
      }
      fillReach(context, status, zoom);
    }
  };
}

function pointRadius(zoom: number): number {
  return zoom >= 17 ? 5 : zoom >= 15 ? 3 : zoom >= 14 ? 2 : 1.25;
}

function fillReach(context: Context, status: (typeof STATUSES)[number], zoom: number): void {
  context.globalAlpha = 0.9;
  context.fillStyle = status === "no_network" && zoom >= 15 ? (hatchPattern(context) ?? REACH.no_network) : REACH[status];
  context.fill();
  context.globalAlpha = 1;
  if (zoom < 14) return;
  // Where a house is a pixel wide its edge makes it visible.
  context.strokeStyle = REACH[status];
  context.lineWidth = zoom < 15 ? 1 : 0.75;
  context.stroke();
}

let pattern: CanvasPattern | null = null;

/** Grey hatch: "not enough streets" must not look like a result. */
function hatchPattern(context: Context): CanvasPattern | null {
  if (pattern !== null) return pattern;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const pen = tile.getContext("2d");
  if (pen === null) return null;
  pen.fillStyle = "#eceff1";
  pen.fillRect(0, 0, 6, 6);
  pen.strokeStyle = REACH.no_network;
  pen.lineWidth = 1.4;
  pen.beginPath();
  for (const x of [-3, 3, 9]) {
    pen.moveTo(x - 3, 6 + 3);
    pen.lineTo(x + 6, 0);
  }
  pen.stroke();
  pattern = context.createPattern(tile, "repeat");
  return pattern;
}
