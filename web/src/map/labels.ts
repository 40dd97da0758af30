import * as L from "leaflet";
import { bboxOfRings } from "../geo/bbox";
import type { Shape } from "../geo/shapes";
import { joinLines } from "./joinLines";
import { Taken, clipLine, straightStretch, type Rect, type Stretch } from "./labelLayout";
import { FONT, streetStyle } from "./style";
import type { TileSource } from "./tiles";
import { tilesInView } from "./vectorLayer";

export interface LabelInput {
  townships: readonly Shape[];
  communities: readonly Shape[];
  grids: readonly Shape[];
  streets: TileSource;
  estates: TileSource;
  buildings: TileSource;
  /** Points to keep clear, in lon/lat: station icons. */
  icons: readonly [number, number][];
  /** Rectangles to keep clear, in container pixels: labels that others write. */
  taken: readonly Rect[];
  /** 1, or more with large type. */
  scale: number;
}

type Context = CanvasRenderingContext2D;

/** From here names come from tiles too. */
export const STREET_NAMES_ZOOM = 14;

/** Write all names of the view, the most important first; what does not fit is left out. */
export function drawLabels(context: Context, map: L.Map, input: LabelInput): void {
  const taken = new Taken();
  const zoom = map.getZoom();
  const place = (at: [number, number]): L.Point => map.latLngToContainerPoint([at[1], at[0]]);
  for (const rect of input.taken) taken.claim(rect);
  for (const icon of input.icons) {
    const { x, y } = place(icon);
    taken.claim({ x: x - 14, y: y - 14, w: 28, h: 28 });
  }
  const pen = new Pen(context, taken, input.scale);
  if (zoom < 14) for (const s of input.townships) pen.text(s.name, place(s.label), { size: 14, weight: 600, colour: "#1f2933", spacing: 2 });
  if (zoom >= 12) for (const s of input.communities) pen.text(s.name, place(s.label), { size: 13, weight: 600, colour: "#1f2933" });
  if (zoom >= 14) drawGrids(pen, map, input.grids, place);
  if (zoom >= STREET_NAMES_ZOOM) drawStreets(pen, map, input.streets, zoom);
  if (zoom >= 15.5) drawAreas(pen, map, input.estates, "#5c4a2f");
  if (zoom >= 17) drawAreas(pen, map, input.buildings, "#5c6b78");
}

function drawGrids(pen: Pen, map: L.Map, grids: readonly Shape[], place: (at: [number, number]) => L.Point): void {
  for (const grid of grids) {
    const a = map.latLngToContainerPoint([grid.bbox[3], grid.bbox[0]]);
    const b = map.latLngToContainerPoint([grid.bbox[1], grid.bbox[2]]);
    if (b.x - a.x < 36 || b.y - a.y < 28) continue;
    pen.text(shortGrid(grid.code), place(grid.label), { size: 12, weight: 600, colour: "#40505c" });
  }
}

/** The number of a grid inside its community: the last three digits. */
export function shortGrid(code: string): string {
  return code.length > 12 ? code.slice(-3) : code;
}

/** Every street once in the view, on its longest straight stretch. */
function drawStreets(pen: Pen, map: L.Map, source: TileSource, zoom: number): void {
  const streets = new Map<string, { rank: number; lines: [number, number][][] }>();
  for (const { placed, origin } of tilesInView(map, source)) {
    const { data, scale, dx, dy } = placed;
    for (const feature of data.features) {
      const name = feature.text("name");
      const style = streetStyle(feature.text("class"));
      if (name === "" || style.nameFrom === null || zoom < style.nameFrom) continue;
      const street = streets.get(name) ?? { rank: style.rank, lines: [] };
      streets.set(name, street);
      for (const ring of feature.rings) {
        street.lines.push(ring.map((p) => [p.x * scale - dx + origin.x, p.y * scale - dy + origin.y]));
      }
    }
  }
  const size = map.getSize();
  const view: Rect = { x: 0, y: 0, w: size.x, h: size.y };
  const named = [...streets].sort((a, b) => b[1].rank - a[1].rank || (a[0] < b[0] ? -1 : 1));
  for (const [name, { rank, lines }] of named) {
    let best: Stretch | null = null;
    for (const line of joinLines(lines)) {
      for (const part of clipLine(line, view)) {
        const stretch = straightStretch(part);
        if (stretch !== null && (best === null || stretch.length > best.length)) best = stretch;
      }
    }
    if (best !== null) pen.along(name, best, rank >= 5 ? 12 : 11);
  }
}

/** Names of areas from tiles: an area cut by tiles is named once, where its largest piece lies. */
function drawAreas(pen: Pen, map: L.Map, source: TileSource, colour: string): void {
  const best = new Map<string, { name: string; x: number; y: number; size: number }>();
  for (const { placed, origin } of tilesInView(map, source)) {
    const { data, scale, dx, dy } = placed;
    for (const feature of data.features) {
      const name = feature.text("name");
      if (name === "" || feature.geometry !== "polygon") continue;
      const box = bboxOfRings(feature.rings.map((ring) => ring.map((p): [number, number] => [p.x, p.y])));
      if (box === null) continue;
      const [x0, y0, x1, y1] = box;
      const piece = {
        name,
        x: ((x0 + x1) / 2) * scale - dx + origin.x,
        y: ((y0 + y1) / 2) * scale - dy + origin.y,
        size: (x1 - x0) * scale * (y1 - y0) * scale,
      };
      const key = feature.text("code") || name;
      const before = best.get(key);
      if (piece.size > 900 && (before === undefined || piece.size > before.size)) best.set(key, piece);
    }
  }
  for (const at of best.values()) pen.text(at.name, at, { size: 11, weight: 400, colour });
}

interface TextLook {
  size: number;
  weight: number;
  colour: string;
  spacing?: number;
}

class Pen {
  readonly #context: Context;
  readonly #taken: Taken;
  readonly #scale: number;

  constructor(context: Context, taken: Taken, scale: number) {
    this.#context = context;
    this.#taken = taken;
    this.#scale = scale;
    context.textAlign = "center";
    context.textBaseline = "middle";
  }

  #halo(text: string, x: number, y: number, colour: string): void {
    const c = this.#context;
    c.strokeStyle = "rgba(255, 255, 255, 0.92)";
    c.lineWidth = 3.5;
    c.strokeText(text, x, y);
    c.fillStyle = colour;
    c.fillText(text, x, y);
  }

  text(text: string, at: { x: number; y: number }, look: TextLook): void {
    if (text === "") return;
    const size = look.size * this.#scale;
    this.#context.font = `${look.weight} ${size}px ${FONT}`;
    const w = this.#context.measureText(text).width + 8;
    const h = size + 8;
    if (!this.#taken.claim({ x: at.x - w / 2, y: at.y - h / 2, w, h })) return;
    this.#halo(text, at.x, at.y, look.colour);
  }

  /** Along a street, letter by letter; Chinese letters stay upright on steep streets, as on a street map. */
  along(text: string, stretch: Stretch, plainSize: number): void {
    const c = this.#context;
    const size = plainSize * this.#scale;
    c.font = `400 ${size}px ${FONT}`;
    const letters = Array.from(text);
    const chinese = /[\u3400-\u9fff]/.test(text);
    const steep = Math.abs(stretch.angle) > Math.PI / 4;
    const gap = chinese ? 2 : 0;
    const widths = letters.map((letter) => (chinese && steep ? size : c.measureText(letter).width) + gap);
    const length = widths.reduce((sum, w) => sum + w, 0);
    if (stretch.length < length + 24) return;
    let angle = stretch.angle;
    // Steep and Chinese: read from top to bottom, letters nearly upright.
    if (chinese && steep && angle < 0) angle += Math.PI;
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    const w = Math.abs(cos) * length + size + 4;
    const h = Math.abs(sin) * length + size + 4;
    if (!this.#taken.claim({ x: stretch.x - w / 2, y: stretch.y - h / 2, w, h })) return;
    const tilt = chinese && steep ? angle - Math.PI / 2 : angle;
    let along = -length / 2;
    for (let i = 0; i < letters.length; i++) {
      const mid = along + widths[i]! / 2;
      c.save();
      c.translate(stretch.x + cos * mid, stretch.y + sin * mid);
      c.rotate(tilt);
      this.#halo(letters[i]!, 0, 0, "#5c6b78");
      c.restore();
      along += widths[i]!;
    }
  }
}
