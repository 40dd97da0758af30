import type * as L from "leaflet";
import { CellIndex } from "../geo/cellIndex";
import type { Topology } from "../geo/topology";
import { PlanFrame, toPixel, viewBox } from "./planFrame";
import { PlanLabels, type LabelTexts } from "./planLabels";
import { PlanPainter, outlineOf, type PlanPicture } from "./planPaint";
import { ACCENT } from "./style";
import { ViewportCanvas, type Clip } from "./viewportCanvas";

type Context = CanvasRenderingContext2D;

/** Lines and rectangles of the tool in hand, in the square of web maps. */
export interface Sketch {
  arcs?: readonly number[];
  cells?: readonly number[];
  points?: readonly (readonly [number, number])[];
  rectangle?: readonly [number, number, number, number];
  /** Where the line goes next. */
  end?: readonly [number, number] | null;
}

const PAD_PX = 4;
/** Beyond this many touched cells the whole view is drawn again: it is quicker. */
const MANY = 400;

/** A plan on the map: cells and borders, labels, and the sketch of the tool, each on a canvas of its own. */
export class PlanLayer {
  readonly #map: L.Map;
  readonly #placed: () => void;
  readonly #fills: ViewportCanvas;
  readonly #borders: ViewportCanvas;
  readonly #labelsCanvas: ViewportCanvas;
  readonly #sketchCanvas: ViewportCanvas;
  #topology: Topology | null = null;
  #index: CellIndex | null = null;
  #painter: PlanPainter | null = null;
  #labels: PlanLabels | null = null;
  #picture: PlanPicture | null = null;
  #texts: LabelTexts | null = null;
  #typeScale = 1;
  #sketch: Sketch | null = null;
  #selected: number | null = null;
  #hover: number | null = null;
  #layoutDue = true;
  /** The selected part changes under the hand: its outline waits until the stroke is done, a canvas less per frame. */
  #stroke = false;

  /** `placed` is told when labels have found new places. */
  constructor(map: L.Map, placed: () => void) {
    this.#map = map;
    this.#placed = placed;
    this.#fills = new ViewportCanvas("cells", (context, _, clip) => this.#drawCells(context, clip, "fill"));
    this.#borders = new ViewportCanvas("cellBorders", (context, _, clip) => this.#drawCells(context, clip, "border"));
    this.#labelsCanvas = new ViewportCanvas("planNames", (context, _, clip) => this.#drawLabels(context, clip));
    this.#sketchCanvas = new ViewportCanvas("overlay", (context) => this.#drawSketch(context));
    map.on("moveend zoomend resize", () => (this.#layoutDue = true));
  }

  /** Show a plan's cells; null takes everything off the map. */
  open(topology: Topology | null, picture: PlanPicture | null, texts: LabelTexts | null): CellIndex | null {
    const canvases = [this.#fills, this.#borders, this.#labelsCanvas, this.#sketchCanvas];
    if (topology !== this.#topology) {
      this.#topology = topology;
      this.#index = topology === null ? null : new CellIndex(topology);
      this.#painter = topology === null ? null : new PlanPainter(new PlanFrame(topology));
      this.#labels = topology === null ? null : new PlanLabels(topology);
      this.#sketch = null;
      this.#selected = null;
      this.#hover = null;
    }
    this.#picture = picture;
    this.#texts = texts;
    for (const canvas of canvases) {
      if (topology === null) canvas.remove();
      else if (!this.#map.hasLayer(canvas)) canvas.addTo(this.#map);
    }
    this.refresh();
    return this.#index;
  }

  /** Where labels stand, in container pixels. */
  get labelRects(): readonly Clip[] {
    return this.#labels?.all ?? [];
  }

  get index(): CellIndex | null {
    return this.#index;
  }

  setPicture(picture: PlanPicture): void {
    this.#picture = picture;
    this.refresh();
  }

  setTypeScale(scale: number): void {
    this.#typeScale = scale;
    this.refresh();
  }

  /** Draw everything again, labels placed anew. */
  refresh(): void {
    if (this.#topology === null) return;
    this.#labels?.forget();
    this.#layoutDue = true;
    for (const canvas of [this.#fills, this.#borders, this.#labelsCanvas, this.#sketchCanvas]) canvas.refresh();
  }

  /** Draw again what some cells and the figures of some parts show, now. */
  touched(cells: readonly number[], nos: ReadonlySet<number>): void {
    const topology = this.#topology;
    if (topology === null || this.#labels === null) return;
    if (cells.length > MANY) {
      for (const canvas of [this.#fills, this.#borders, this.#labelsCanvas]) canvas.refresh();
    } else {
      for (const rect of this.#rectsOf(cells)) {
        this.#fills.repaint(rect);
        this.#borders.repaint(rect);
      }
      for (const rect of this.#labels.rects(nos, new Set(cells))) this.#labelsCanvas.repaint(grown(rect, PAD_PX));
    }
    if (this.#selected !== null && nos.has(this.#selected) && !this.#stroke) {
      this.#stroke = true;
      this.#sketchCanvas.refresh();
    }
  }

  /** Labels find their places again, when a stroke is done. */
  settled(nos: Iterable<number>): void {
    this.#labels?.moved(nos);
    this.#layoutDue = true;
    this.#stroke = false;
    this.#labelsCanvas.refresh();
    this.#sketchCanvas.refresh();
  }

  /** Boxes of cells in pixels, near ones together. */
  #rectsOf(cells: readonly number[]): Clip[] {
    const rects: Clip[] = [];
    for (const cell of cells) {
      const box = this.#topology!.box;
      const a = toPixel(this.#map, box[4 * cell]!, box[4 * cell + 1]!);
      const b = toPixel(this.#map, box[4 * cell + 2]!, box[4 * cell + 3]!);
      const rect = grown({ x: a.x, y: a.y, w: b.x - a.x, h: b.y - a.y }, PAD_PX);
      const beside = rects.find((other) => meets(other, rect));
      if (beside === undefined) rects.push(rect);
      else Object.assign(beside, union(beside, rect));
    }
    return rects;
  }

  #drawCells(context: Context, clip: Clip, what: "fill" | "border"): void {
    if (this.#painter === null || this.#picture === null || this.#index === null) return;
    const cells = this.#index.near(viewBox(this.#map, grown(clip, PAD_PX)));
    this.#painter[what](context, this.#map, cells, this.#picture);
  }

  #drawLabels(context: Context, clip: Clip): void {
    if (this.#labels === null || this.#picture === null || this.#texts === null || this.#index === null) return;
    const { partition } = this.#picture;
    if (this.#layoutDue) {
      this.#layoutDue = false;
      const size = this.#map.getSize();
      const cells = this.#index.near(viewBox(this.#map, { x: 0, y: 0, w: size.x, h: size.y }));
      this.#labels.layout(context, this.#map, partition, this.#texts, cells, this.#typeScale);
      this.#placed();
    }
    this.#labels.draw(context, partition, this.#texts, this.#typeScale, clip);
  }

  setSelected(no: number | null): void {
    if (no === this.#selected) return;
    this.#selected = no;
    this.#sketchCanvas.refresh();
  }

  setHover(no: number | null): void {
    if (no === this.#hover) return;
    this.#hover = no;
    this.#sketchCanvas.refresh();
  }

  setSketch(sketch: Sketch | null): void {
    if (sketch === null && this.#sketch === null) return;
    this.#sketch = sketch;
    this.#sketchCanvas.refresh();
  }

  #drawSketch(context: Context): void {
    if (this.#painter === null || this.#picture === null) return;
    const { dx, dy } = this.#painter.frame.at(this.#map);
    context.save();
    context.translate(dx, dy);
    const { partition } = this.#picture;
    if (this.#hover !== null && this.#hover !== this.#selected) {
      this.#painter.stroke(context, outlineOf(partition, this.#hover), "rgba(11, 110, 153, 0.75)", 2);
    }
    if (this.#selected !== null && !this.#stroke) {
      const outline = outlineOf(partition, this.#selected);
      this.#painter.stroke(context, outline, "#ffffff", 6);
      this.#painter.stroke(context, outline, ACCENT, 3);
    }
    if (this.#sketch?.arcs !== undefined) {
      this.#painter.stroke(context, this.#sketch.arcs, "#ffffff", 7);
      this.#painter.stroke(context, this.#sketch.arcs, "#b4413c", 3.5);
    }
    context.restore();
    this.#drawFree(context);
  }

  #drawFree(context: Context): void {
    const sketch = this.#sketch;
    if (sketch === null) return;
    context.strokeStyle = "#b4413c";
    context.lineWidth = 2;
    if (sketch.rectangle !== undefined) {
      const [x0, y0, x1, y1] = sketch.rectangle;
      const a = toPixel(this.#map, x0, y0);
      const b = toPixel(this.#map, x1, y1);
      context.strokeStyle = ACCENT;
      context.fillStyle = "rgba(11, 110, 153, 0.12)";
      context.setLineDash([6, 4]);
      context.fillRect(a.x, a.y, b.x - a.x, b.y - a.y);
      context.strokeRect(a.x, a.y, b.x - a.x, b.y - a.y);
      context.setLineDash([]);
    }
    if (sketch.points !== undefined && sketch.points.length > 0) {
      context.beginPath();
      sketch.points.forEach(([x, y], i) => {
        const at = toPixel(this.#map, x, y);
        if (i === 0) context.moveTo(at.x, at.y);
        else context.lineTo(at.x, at.y);
      });
      context.stroke();
    }
    if (sketch.end) {
      const at = toPixel(this.#map, sketch.end[0], sketch.end[1]);
      context.beginPath();
      context.arc(at.x, at.y, 5, 0, 2 * Math.PI);
      context.fillStyle = "#ffffff";
      context.fill();
      context.stroke();
    }
  }
}

function grown({ x, y, w, h }: Clip, by: number): Clip {
  return { x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by };
}

function meets(a: Clip, b: Clip): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

function union(a: Clip, b: Clip): Clip {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return { x, y, w: Math.max(a.x + a.w, b.x + b.w) - x, h: Math.max(a.y + a.h, b.y + b.h) - y };
}
