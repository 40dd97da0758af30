import { tracePoint } from "./basemap";
import { BORDER, REACH, fillOpacity } from "./style";
import { trace, type Placed, type TileData, type TileFeature, type TilePoint } from "./tiles";
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

/** Borders, higher levels first; a stretch that a higher level has drawn is not drawn again. */
export const paintBorders: Painter = (context, [divisions, grids], zoom) => {
  const thin = zoom < 13 ? 0.6 : 1;
  if (divisions) {
    const lines = borderLines(divisions.data);
    strokeBorder(context, divisions, lines.community, BORDER.community.colour, BORDER.community.width * thin, []);
    for (const level of [lines.township, lines.county]) {
      strokeBorder(context, divisions, level, BORDER.township.colour, BORDER.township.width * thin, [10, 7]);
    }
  }
  if (grids && zoom >= 13) {
    const lines = borderLines(grids.data);
    strokeBorder(context, grids, lines.community, BORDER.grid.colour, zoom < 14 ? 0.8 : BORDER.grid.width, []);
  }
};

function strokeBorder(
  context: Context,
  part: Placed,
  lines: TilePoint[][],
  colour: string,
  width: number,
  dash: number[],
): void {
  if (lines.length === 0) return;
  context.beginPath();
  trace(context, lines, part, false);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineCap = dash.length > 0 ? "butt" : "round";
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

type Levels = { county: TilePoint[][]; township: TilePoint[][]; community: TilePoint[][] };
const known = new WeakMap<TileData, Levels>();

/** Each border once: neighbours repeat it, and a dashed line drawn twice is a full one. */
function borderLines(data: TileData): Levels {
  let levels = known.get(data);
  if (levels !== undefined) return levels;
  levels = { county: [], township: [], community: [] };
  const seen = new Set<number>();
  for (const level of ["county", "township", "community"] as const) {
    for (const feature of data.features) {
      if (feature.geometry !== "polygon" || levelOf(feature) !== level) continue;
      for (const ring of feature.rings) unseenLines(ring, seen, levels[level]);
    }
  }
  known.set(data, levels);
  return levels;
}

/** Level in the tree of divisions; grids are none and are drawn alike. */
function levelOf(feature: TileFeature): keyof Levels {
  const level = feature.text("level");
  return level === "county" || level === "township" ? level : "community";
}

export function unseenLines(ring: readonly TilePoint[], seen: Set<number>, into: TilePoint[][]): void {
  let line: TilePoint[] = [];
  for (let i = 1; i < ring.length; i++) {
    const a = ring[i - 1]!;
    const b = ring[i]!;
    const key = segmentKey(a, b);
    if (seen.has(key)) {
      if (line.length > 1) into.push(line);
      line = [];
      continue;
    }
    seen.add(key);
    if (line.length === 0) line.push(a);
    line.push(b);
  }
  if (line.length > 1) into.push(line);
}

/** One number for a segment in either direction: 13 bits for each coordinate, which fits a double exactly. */
function segmentKey(a: TilePoint, b: TilePoint): number {
  const p = (a.x + 2048) * 8192 + (a.y + 2048);
  const q = (b.x + 2048) * 8192 + (b.y + 2048);
  return Math.min(p, q) * 67108864 + Math.max(p, q);
}

const STATUSES = ["within_walk", "out_of_reach", "unreachable", "no_network"] as const;

/**
 * Buildings by how they reach a station. The run's tiles hold points; where the base map has the footprint
 * of the same code, that is filled. A footprint may lie in another tile than its point, so statuses are
 * gathered over all tiles: paint again once all are loaded. In households mode a building without any stays grey.
 */
export function paintReach(onlyHouseholds: boolean): Painter {
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
  if (zoom < 15) return;
  context.strokeStyle = REACH[status];
  context.lineWidth = 0.75;
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
