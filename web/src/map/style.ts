/** Looks of the map, as tokens of the design. The canvas cannot read CSS variables cheaply, so they stand here once. */
export const BASE = {
  land: "#f6f5f1",
  water: "#cfe0e8",
  green: "#e3ebda",
  building: "#e6e2da",
  buildingLine: "#d6d0c4",
  road: "#ffffff",
  casing: "#ddd8cd",
  path: "#c9c1b2",
  rail: "#a9a9a4",
  wall: "#b8ae9d",
} as const;

export const BORDER = {
  grid: { colour: "#40505c", width: 1.2 },
  community: { colour: "#1f2933", width: 2 },
  township: { colour: "#1f2933", width: 3 },
} as const;

export const REACH = {
  within_walk: "#35978f",
  out_of_reach: "#bf812d",
  unreachable: "#543005",
  no_network: "#8a949c",
} as const;

/** How a community stands to a rule. */
export const STANDING = {
  compliant: "#35978f",
  short: "#bf812d",
  unknown: "#aab4bc",
  not_applicable: "#ffffff",
} as const;

export const AREA = { line: "#1d6f68", fill: "#35978f" } as const;
export const ACCENT = "#0b6e99";
/** Opacity of the choropleth: weaker where single buildings are looked at. */
export function fillOpacity(zoom: number): number {
  return zoom >= 17 ? 0.28 : zoom >= 16 ? 0.38 : 0.55;
}
export const FONT = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

export interface StreetStyle {
  /** Drawn later is drawn above. */
  rank: number;
  /** Width in pixels by zoom; below the first zoom the street is not drawn. */
  widths: readonly (readonly [zoom: number, px: number])[];
  /** Zoom from which its name is written; null = never. */
  nameFrom: number | null;
  line: "road" | "path";
}

const MAJOR: StreetStyle = { rank: 6, widths: [[9, 1], [12, 2], [14, 4.5], [16, 10], [18, 20]], nameFrom: 14, line: "road" };
const SECONDARY: StreetStyle = { rank: 5, widths: [[10, 0.8], [12, 1.4], [14, 3.6], [16, 8.5], [18, 17]], nameFrom: 14, line: "road" };
const TERTIARY: StreetStyle = { rank: 4, widths: [[11, 0.7], [13, 1.4], [14, 2.6], [16, 7], [18, 14]], nameFrom: 15, line: "road" };
const LOCAL: StreetStyle = { rank: 3, widths: [[13, 0.7], [14, 1.3], [15, 2.6], [16, 5], [18, 11]], nameFrom: 16, line: "road" };
const SERVICE: StreetStyle = { rank: 2, widths: [[14, 0.6], [15, 1.2], [16, 2.6], [18, 7]], nameFrom: 17, line: "road" };
const PATH: StreetStyle = { rank: 1, widths: [[15, 0.8], [16, 1], [18, 1.6]], nameFrom: null, line: "path" };

/** OSM's highway words and the plain words of line layers. */
const STREETS: Record<string, StreetStyle> = {
  motorway: MAJOR, motorway_link: SECONDARY, trunk: MAJOR, trunk_link: SECONDARY, primary: MAJOR, primary_link: SECONDARY,
  secondary: SECONDARY, secondary_link: TERTIARY, tertiary: TERTIARY, tertiary_link: LOCAL,
  residential: LOCAL, unclassified: LOCAL, road: LOCAL, living_street: LOCAL, pedestrian: LOCAL,
  service: SERVICE, track: PATH, footway: PATH, path: PATH, steps: PATH, cycleway: PATH, bridleway: PATH, corridor: PATH,
};

export function streetStyle(word: string): StreetStyle {
  return STREETS[word] ?? LOCAL;
}

/** Width at a zoom, between the stops in proportion; 0 where the street is not drawn. */
export function widthAt(widths: StreetStyle["widths"], zoom: number): number {
  const first = widths[0];
  const last = widths[widths.length - 1];
  if (first === undefined || last === undefined || zoom < first[0]) return 0;
  if (zoom >= last[0]) return last[1] * 2 ** ((zoom - last[0]) / 2);
  for (let i = 1; i < widths.length; i++) {
    const [z1, w1] = widths[i]!;
    const [z0, w0] = widths[i - 1]!;
    if (zoom <= z1) return w0 + ((w1 - w0) * (zoom - z0)) / (z1 - z0);
  }
  return last[1];
}
