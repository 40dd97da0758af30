import type * as L from "leaflet";
import { NONE, type Partition } from "../geo/partition";
import type { Topology } from "../geo/topology";
import { Taken } from "./labelLayout";
import { toPixel } from "./planFrame";
import { FONT } from "./style";

type Context = CanvasRenderingContext2D;

export interface LabelTexts {
  /** Name of a part, and the figure below it. */
  part(no: number): [name: string, figure: string];
  /** Figure of a cell that is in no part; empty for none. */
  cell(cell: number): string;
}

interface Label {
  no: number;
  cell: number;
  /** Container pixels at the time of the layout. */
  x: number;
  y: number;
  w: number;
  h: number;
  lines: 1 | 2;
}

const PART_PX = 30;
const CELL_PX = 26;
const LINE_PX = 15;

/** Names and figures of parts and of cells in no part: placed once per view, their texts renewed in place. */
export class PlanLabels {
  readonly #topology: Topology;
  readonly #anchors = new Map<number, number>();
  #labels: Label[] = [];

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  /** Forget where the labels of parts stand, after their cells have changed. */
  moved(nos: Iterable<number>): void {
    for (const no of nos) this.#anchors.delete(no);
  }

  forget(): void {
    this.#anchors.clear();
  }

  /** The cell nearest to the middle of each part. */
  #anchorsOf({ part }: Partition): ReadonlyMap<number, number> {
    const { count, atX, atY, areaM2 } = this.#topology;
    const missing = new Map<number, { x: number; y: number; w: number; best: number; cell: number }>();
    for (let cell = 0; cell < count; cell++) {
      const no = part[cell]!;
      if (no === NONE || this.#anchors.has(no)) continue;
      let sum = missing.get(no);
      if (sum === undefined) missing.set(no, (sum = { x: 0, y: 0, w: 0, best: Infinity, cell }));
      sum.x += atX[cell]! * areaM2[cell]!;
      sum.y += atY[cell]! * areaM2[cell]!;
      sum.w += areaM2[cell]!;
    }
    if (missing.size === 0) return this.#anchors;
    for (let cell = 0; cell < count; cell++) {
      const sum = missing.get(part[cell]!);
      if (sum === undefined) continue;
      const distance = (atX[cell]! - sum.x / sum.w) ** 2 + (atY[cell]! - sum.y / sum.w) ** 2;
      if (distance < sum.best) Object.assign(sum, { best: distance, cell });
    }
    for (const [no, { cell }] of missing) this.#anchors.set(no, cell);
    return this.#anchors;
  }

  /** Place what fits into the view, largest parts first. */
  layout(context: Context, map: L.Map, partition: Partition, texts: LabelTexts, cells: readonly number[], scale: number): void {
    const taken = new Taken();
    const { box, areaM2, count } = this.#topology;
    const pxPerM2 = count === 0 ? 0 : pixelsPerSquareMetre(map, this.#topology);
    this.#labels = [];
    const anchors = [...this.#anchorsOf(partition)].sort((a, b) => partition.of(b[0]).areaM2 - partition.of(a[0]).areaM2 || a[0] - b[0]);
    const size = map.getSize();
    for (const [no, cell] of anchors) {
      const figures = partition.of(no);
      const side = Math.sqrt(figures.areaM2 * pxPerM2);
      if (figures.cells === 0 || side < PART_PX) continue;
      const { x, y } = toPixel(map, this.#topology.atX[cell]!, this.#topology.atY[cell]!);
      if (x < -100 || y < -100 || x > size.x + 100 || y > size.y + 100) continue;
      const lines = side > 1.6 * PART_PX ? 2 : 1;
      context.font = nameFont(scale);
      const [name, figure] = texts.part(no);
      const w = Math.max(context.measureText(lines === 2 ? name : figure).width, lines === 2 ? context.measureText(figure).width : 0) + 16;
      const label: Label = { no, cell, x, y, w, h: lines * LINE_PX * scale + 6, lines };
      if (taken.claim(rectOf(label))) this.#labels.push(label);
    }
    for (const cell of cells) {
      if (partition.part[cell] !== NONE || texts.cell(cell) === "") continue;
      const side = Math.sqrt(areaM2[cell]! * pxPerM2);
      const wide = (box[4 * cell + 2]! - box[4 * cell]!) * 256 * 2 ** map.getZoom();
      if (side < CELL_PX || wide < CELL_PX) continue;
      const { x, y } = toPixel(map, this.#topology.atX[cell]!, this.#topology.atY[cell]!);
      const label: Label = { no: NONE, cell, x, y, w: 34 * scale, h: LINE_PX * scale, lines: 1 };
      if (taken.claim(rectOf(label))) this.#labels.push(label);
    }
  }

  draw(context: Context, partition: Partition, texts: LabelTexts, scale: number, clip: { x: number; y: number; w: number; h: number }): void {
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const label of this.#labels) {
      const rect = rectOf(label);
      if (rect.x > clip.x + clip.w || clip.x > rect.x + rect.w || rect.y > clip.y + clip.h || clip.y > rect.y + rect.h) continue;
      if (label.no === NONE) {
        if (partition.part[label.cell] === NONE) write(context, texts.cell(label.cell), label.x, label.y, `400 ${11 * scale}px ${FONT}`, "#5c6b78");
        continue;
      }
      if (partition.of(label.no).cells === 0) continue;
      const [name, figure] = texts.part(label.no);
      const step = (LINE_PX * scale) / 2;
      if (label.lines === 2) {
        write(context, name, label.x, label.y - step, nameFont(scale), "#1f2933");
        write(context, figure, label.x, label.y + step, `400 ${12 * scale}px ${FONT}`, "#1f2933");
      } else write(context, figure, label.x, label.y, `600 ${11 * scale}px ${FONT}`, "#1f2933");
    }
  }

  get all(): { x: number; y: number; w: number; h: number }[] {
    return this.#labels.map(rectOf);
  }

  /** Where the labels of parts and cells stand, to be drawn again. */
  rects(nos: ReadonlySet<number>, cells: ReadonlySet<number>): { x: number; y: number; w: number; h: number }[] {
    return this.#labels.filter((label) => (label.no === NONE ? cells.has(label.cell) : nos.has(label.no))).map(rectOf);
  }
}

function nameFont(scale: number): string {
  return `600 ${12 * scale}px ${FONT}`;
}

function rectOf({ x, y, w, h }: Label): { x: number; y: number; w: number; h: number } {
  return { x: x - w / 2, y: y - h / 2, w, h };
}

function write(context: Context, text: string, x: number, y: number, font: string, colour: string): void {
  context.font = font;
  context.strokeStyle = "rgba(255, 255, 255, 0.9)";
  context.lineWidth = 3;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

/** From the first cell's box, good enough to see what has room for a label. */
function pixelsPerSquareMetre(map: L.Map, { lat }: Topology): number {
  const metresPerPixel = (40075016.686 * Math.cos((lat[0]! * Math.PI) / 180)) / (256 * 2 ** map.getZoom());
  return 1 / metresPerPixel ** 2;
}
