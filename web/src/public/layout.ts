import { bboxOfRings } from "../geo/bbox";
import { lonLatAt, worldX, worldY } from "../geo/mercator";
import { labelPoint, ringsContain, type Point } from "../geo/polygon";
import { straightStretch } from "../map/labelLayout";
import { ringsOf, type Geometry, type PublicCommunity, type PublicGrid } from "./data";

/** Width of the drawing in its own units; its height follows the community's shape. */
export const WIDTH = 1000;
const MARGIN = 16;
const TALLEST = 1100;

/** From degrees to the drawing and back. */
export interface Projection {
  width: number;
  height: number;
  at(lon: number, lat: number): Point;
  back(x: number, y: number): [number, number];
}

export function projectionOf({ outline, grids }: Pick<PublicCommunity, "outline" | "grids">): Projection | null {
  const all = ([] as Geometry[]).concat(outline ?? [], grids.map((grid) => grid.geometry));
  const box = bboxOfRings(([] as [number, number][][]).concat(...all.map(ringsOf)));
  if (box === null) return null;
  const [x0, y0, x1, y1] = [worldX(box[0]), worldY(box[3]), worldX(box[2]), worldY(box[1])];
  const scale = Math.min((WIDTH - 2 * MARGIN) / Math.max(x1 - x0, 1e-12), (TALLEST - 2 * MARGIN) / Math.max(y1 - y0, 1e-12));
  const width = (x1 - x0) * scale + 2 * MARGIN;
  const height = (y1 - y0) * scale + 2 * MARGIN;
  return {
    width,
    height,
    at: (lon, lat) => [(worldX(lon) - x0) * scale + MARGIN, (worldY(lat) - y0) * scale + MARGIN],
    back: (x, y) => lonLatAt((x - MARGIN) / scale + x0, (y - MARGIN) / scale + y0),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** The `d` of an SVG path. */
export function pathOf(geometry: Geometry, { at }: Projection): string {
  return ringsOf(geometry)
    .map((ring) => `M${ring.map(([lon, lat]) => at(lon, lat).map(round).join(" ")).join("L")}Z`)
    .join("");
}

export function lineOf(line: readonly (readonly [number, number])[], { at }: Projection): string {
  return line.length < 2 ? "" : `M${line.map(([lon, lat]) => at(lon, lat).map(round).join(" ")).join("L")}`;
}

/** Where a grid's number stands, and how much room it has. */
export function labelOf({ geometry }: PublicGrid, { at }: Projection): { x: number; y: number; room: number } | null {
  const rings = ringsOf(geometry).map((ring) => ring.map(([lon, lat]) => at(lon, lat)));
  const box = bboxOfRings(rings);
  const point = labelPoint(rings);
  return box === null || point === null ? null : { x: round(point[0]), y: round(point[1]), room: Math.min(box[2] - box[0], box[3] - box[1]) };
}

/** Fills by grid, so that those whose boxes meet differ where four colours suffice. */
export function fillsOf(grids: readonly PublicGrid[]): number[] {
  const boxes = grids.map((grid) => bboxOfRings(ringsOf(grid.geometry)));
  const fills: number[] = [];
  grids.forEach((_, i) => {
    const near = new Set<number>();
    for (let j = 0; j < i; j++) {
      const [a, b] = [boxes[i], boxes[j]];
      if (a && b && a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]) near.add(fills[j]!);
    }
    const free = [0, 1, 2, 3, 4, 5].find((colour) => !near.has(colour));
    fills.push(free ?? i % 6);
  });
  return fills;
}

const MAJOR = /^(motorway|trunk|primary|secondary|tertiary)/;
const LEAST_ROOM = 26;

export interface StreetName {
  name: string;
  x: number;
  y: number;
  degrees: number;
}

/** Street names on their longest straight stretch, each once, larger streets first; none upon another. */
export function streetNames({ streets, outline }: Pick<PublicCommunity, "streets" | "outline">, projection: Projection): StreetName[] {
  const best = new Map<string, { major: boolean; x: number; y: number; angle: number; length: number }>();
  for (const street of streets) {
    if (!street.name) continue;
    const stretch = straightStretch(street.line.map(([lon, lat]) => projection.at(lon, lat)));
    const before = best.get(street.name);
    if (stretch === null || (before !== undefined && before.length >= stretch.length)) continue;
    best.set(street.name, { major: MAJOR.test(street.class), ...stretch });
  }
  const placed: StreetName[] = [];
  const inside = ({ x, y }: { x: number; y: number }): boolean =>
    x > 20 && y > 10 && x < projection.width - 20 && y < projection.height - 10 && (outline === null || ringsContain(ringsOf(outline), projection.back(x, y)));
  for (const [name, at] of [...best].sort((a, b) => Number(b[1].major) - Number(a[1].major) || b[1].length - a[1].length)) {
    const wide = name.length * 14;
    if (at.length < wide || !inside(at)) continue;
    if (placed.some((other) => Math.hypot(other.x - at.x, other.y - at.y) < (wide + other.name.length * 14) / 2 + LEAST_ROOM)) continue;
    placed.push({ name, x: round(at.x), y: round(at.y), degrees: round((at.angle * 180) / Math.PI) });
  }
  return placed;
}
