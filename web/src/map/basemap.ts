import { BASE, streetStyle, widthAt, type StreetStyle } from "./style";
import { trace, type Placed, type TileFeature } from "./tiles";
import type { Painter } from "./vectorLayer";

/** Sources of the ground, in the painter's order; estates are loaded for their names only. */
export const GROUND_LAYERS = ["land_cover", "buildings", "barriers", "estates"] as const;
/** Sources of what is drawn above the choropleth, so that streets stay white and readable in it. */
export const STREET_LAYERS = ["streets", "barriers"] as const;

type Context = CanvasRenderingContext2D;

/** The quiet ground: green, water, buildings, walls. */
export const paintGround: Painter = (context, [land, buildings, barriers], zoom) => {
  if (land) paintLand(context, land);
  if (barriers) paintWaterways(context, barriers, zoom);
  if (buildings) paintBuildings(context, buildings, zoom);
  if (barriers) paintWalls(context, barriers, zoom);
};

/** Streets with casings, railways. */
export const paintWays: Painter = (context, [streets, barriers], zoom) => {
  if (streets) paintStreets(context, streets, zoom);
  if (barriers) paintRailways(context, barriers, zoom);
};

function paintLand(context: Context, part: Placed): void {
  // Water lies above green: a pond in a park is water.
  for (const word of ["green", "water"] as const) {
    context.fillStyle = BASE[word];
    context.beginPath();
    for (const feature of part.data.features) {
      if (feature.geometry === "polygon" && feature.text("class") === word) trace(context, feature.rings, part, true);
    }
    // Not even-odd: overlapping water areas would cut each other out.
    context.fill("nonzero");
  }
}

function paintBuildings(context: Context, part: Placed, zoom: number): void {
  context.beginPath();
  for (const feature of part.data.features) {
    if (feature.geometry === "polygon") trace(context, feature.rings, part, true);
    else if (feature.geometry === "point" && zoom >= 14) tracePoint(context, feature, part, zoom >= 16 ? 2.5 : 1.5);
  }
  context.fillStyle = BASE.building;
  context.fill();
  if (zoom >= 16) {
    context.strokeStyle = BASE.buildingLine;
    context.lineWidth = 0.75;
    context.stroke();
  }
}

export function tracePoint(context: Context, feature: TileFeature, part: Placed, radius: number): void {
  for (const ring of feature.rings) {
    for (const point of ring) {
      const x = point.x * part.scale - part.dx;
      const y = point.y * part.scale - part.dy;
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
    }
  }
}

function strokeLines(context: Context, part: Placed, wanted: (feature: TileFeature) => boolean): boolean {
  let any = false;
  context.beginPath();
  for (const feature of part.data.features) {
    if (feature.geometry !== "line" || !wanted(feature)) continue;
    trace(context, feature.rings, part, false);
    any = true;
  }
  return any;
}

const RAIL = /rail|subway|light_rail|tram/;
const WATERWAY = /water|river|stream|canal|ditch|drain/;

function paintWaterways(context: Context, part: Placed, zoom: number): void {
  if (!strokeLines(context, part, (f) => WATERWAY.test(f.text("class")))) return;
  context.strokeStyle = BASE.water;
  context.lineWidth = Math.max(1, (zoom - 11) * 0.6);
  context.stroke();
}

function paintWalls(context: Context, part: Placed, zoom: number): void {
  if (zoom < 16) return;
  const wall = (f: TileFeature): boolean => !RAIL.test(f.text("class")) && !WATERWAY.test(f.text("class"));
  if (!strokeLines(context, part, wall)) return;
  context.strokeStyle = BASE.wall;
  context.lineWidth = 1;
  context.stroke();
}

function paintRailways(context: Context, part: Placed, zoom: number): void {
  if (zoom < 11 || !strokeLines(context, part, (f) => RAIL.test(f.text("class")))) return;
  const width = zoom >= 16 ? 3.5 : zoom >= 14 ? 2.5 : 1.5;
  context.lineCap = "butt";
  context.strokeStyle = BASE.rail;
  context.lineWidth = width;
  context.stroke();
  if (zoom >= 13) {
    context.strokeStyle = BASE.road;
    context.lineWidth = width - 1.2;
    context.setLineDash([6, 6]);
    context.stroke();
    context.setLineDash([]);
  }
  context.lineCap = "round";
}

interface Drawn {
  feature: TileFeature;
  style: StreetStyle;
  width: number;
}

function paintStreets(context: Context, part: Placed, zoom: number): void {
  const drawn: Drawn[] = [];
  for (const feature of part.data.features) {
    if (feature.geometry !== "line") continue;
    const style = streetStyle(feature.text("class"));
    const width = widthAt(style.widths, zoom);
    if (width > 0) drawn.push({ feature, style, width });
  }
  const plain = drawn.filter(({ feature }) => !flag(feature, "bridge") && !flag(feature, "tunnel"));
  const bridges = drawn.filter(({ feature }) => flag(feature, "bridge"));
  const tunnels = drawn.filter(({ feature }) => flag(feature, "tunnel") && !flag(feature, "bridge"));
  context.globalAlpha = 0.45;
  paintNetwork(context, part, tunnels, 1);
  context.globalAlpha = 1;
  paintNetwork(context, part, plain, zoom >= 14 ? 1 : 0.6);
  paintNetwork(context, part, bridges, zoom >= 14 ? 1.6 : 0.8);
}

/** All casings first, then all fills by rank, so that junctions of one level stay open. */
function paintNetwork(context: Context, part: Placed, drawn: readonly Drawn[], casing: number): void {
  const groups = new Map<StreetStyle, Drawn[]>();
  for (const one of drawn) {
    const group = groups.get(one.style);
    if (group === undefined) groups.set(one.style, [one]);
    else group.push(one);
  }
  const styles = [...groups.keys()].sort((a, b) => a.rank - b.rank);
  for (const style of styles) {
    const group = groups.get(style)!;
    const width = group[0]!.width;
    context.beginPath();
    for (const { feature } of group) trace(context, feature.rings, part, false);
    if (style.line === "path") {
      context.strokeStyle = BASE.path;
      context.lineWidth = width;
      context.setLineDash([3, 3]);
      context.stroke();
      context.setLineDash([]);
    } else {
      context.strokeStyle = BASE.casing;
      context.lineWidth = width + 2 * casing;
      context.stroke();
    }
  }
  for (const style of styles) {
    if (style.line === "path") continue;
    const group = groups.get(style)!;
    context.beginPath();
    for (const { feature } of group) trace(context, feature.rings, part, false);
    context.strokeStyle = BASE.road;
    context.lineWidth = group[0]!.width;
    context.stroke();
  }
}

function flag(feature: TileFeature, name: string): boolean {
  const value = feature.properties[name];
  return value !== undefined && value !== null && value !== false && value !== 0 && value !== "" && value !== "no";
}
