import type * as L from "leaflet";
import { NONE, type Partition } from "../geo/partition";
import { PlanFrame } from "./planFrame";
import { ACCENT, BORDER } from "./style";

type Context = CanvasRenderingContext2D;

/** What is drawn of a plan. */
export interface PlanPicture {
  partition: Partition;
  /** Fill of a part. */
  colourOf(no: number): string;
  /** Cells of parts in several pieces that lie away from the main piece. */
  loose: ReadonlySet<number>;
  /** A proposal: the part each changed cell would get. */
  proposal: ReadonlyMap<number, number> | null;
  /** Cells somebody else has just changed, or that are pointed out. */
  lit: ReadonlySet<number>;
  /** Parts are communities: their borders are drawn as such. */
  communities: boolean;
}

const FILL_OPACITY = 0.55;
const CELL_LINES_ZOOM = 15;
const UNASSIGNED = "#ffffff";

let hatches: Record<"none" | "loose" | "change", CanvasPattern> | null = null;

function hatch(context: Context, colour: string, width: number, size: number, down: boolean): CanvasPattern {
  const tile = document.createElement("canvas");
  tile.width = size;
  tile.height = size;
  const c = tile.getContext("2d")!;
  c.strokeStyle = colour;
  c.lineWidth = width;
  for (const shift of [-size, 0, size]) {
    c.moveTo(shift, down ? 0 : size);
    c.lineTo(shift + size, down ? size : 0);
  }
  c.stroke();
  return context.createPattern(tile, "repeat")!;
}

function patterns(context: Context): NonNullable<typeof hatches> {
  hatches = hatches ?? {
    none: hatch(context, "rgba(92, 107, 120, 0.5)", 1, 7, false),
    loose: hatch(context, "rgba(180, 65, 60, 0.9)", 1.6, 9, true),
    change: hatch(context, "rgba(255, 255, 255, 0.75)", 2, 8, true),
  };
  return hatches;
}

/** Draws cells by index; the whole view or only what lies in a clip. */
export class PlanPainter {
  readonly frame: PlanFrame;
  readonly #arcMark: Uint32Array;
  #round = 0;

  constructor(frame: PlanFrame) {
    this.frame = frame;
    this.#arcMark = new Uint32Array(frame.topology.arcs);
  }

  /** What lies below the streets. */
  fill(context: Context, map: L.Map, cells: readonly number[], picture: PlanPicture): void {
    this.#shifted(context, map, () => this.#fills(context, cells, picture));
  }

  /** What lies above them. */
  border(context: Context, map: L.Map, cells: readonly number[], picture: PlanPicture): void {
    this.#shifted(context, map, () => this.#lines(context, map.getZoom(), cells, picture));
  }

  #shifted(context: Context, map: L.Map, draw: () => void): void {
    const { dx, dy } = this.frame.at(map);
    context.save();
    context.translate(dx, dy);
    draw();
    context.restore();
  }

  #fills(context: Context, cells: readonly number[], picture: PlanPicture): void {
    const { part } = picture.partition;
    const { proposal } = picture;
    const groups = new Map<number, number[]>();
    for (const cell of cells) {
      const no = proposal?.get(cell) ?? part[cell]!;
      const group = groups.get(no);
      if (group === undefined) groups.set(no, [cell]);
      else group.push(cell);
    }
    for (const [no, group] of groups) {
      this.#trace(context, group);
      context.globalAlpha = no === NONE ? 0.7 : FILL_OPACITY;
      context.fillStyle = no === NONE ? UNASSIGNED : picture.colourOf(no);
      context.fill("evenodd");
      if (no !== NONE) continue;
      context.globalAlpha = 1;
      context.fillStyle = patterns(context).none;
      context.fill("evenodd");
    }
    context.globalAlpha = 1;
    this.#over(context, cells, (cell) => picture.loose.has(cell) && proposal === null, patterns(context).loose);
    if (proposal !== null) this.#over(context, cells, (cell) => proposal.has(cell) && proposal.get(cell) !== part[cell], patterns(context).change);
    this.#over(context, cells, (cell) => picture.lit.has(cell), "rgba(255, 236, 130, 0.6)");
  }

  #over(context: Context, cells: readonly number[], wanted: (cell: number) => boolean, fill: string | CanvasPattern): void {
    const chosen = cells.filter(wanted);
    if (chosen.length === 0) return;
    this.#trace(context, chosen);
    context.fillStyle = fill;
    context.fill("evenodd");
  }

  /** Outlines of cells as one path. */
  #trace(context: Context, cells: readonly number[]): void {
    const { topology, x, y, start } = this.frame;
    const { rings, refs } = topology;
    context.beginPath();
    for (const cell of cells) {
      for (let ring = rings[cell]!; ring < rings[cell + 1]!; ring++) {
        let first = true;
        for (let i = refs.start[ring]!; i < refs.start[ring + 1]!; i++) {
          const ref = refs.values[i]!;
          const arc = ref < 0 ? ~ref : ref;
          const a = start[arc]!;
          const b = start[arc + 1]! - 1;
          if (ref >= 0) for (let p = a; p <= b; p++) first = stroke(context, x[p]!, y[p]!, first);
          else for (let p = b; p >= a; p--) first = stroke(context, x[p]!, y[p]!, first);
        }
        context.closePath();
      }
    }
  }

  #lines(context: Context, zoom: number, cells: readonly number[], picture: PlanPicture): void {
    const { part } = picture.partition;
    const { topology } = this.frame;
    const { left, right, arcsOf } = topology;
    const [thin, grid, edge, planned]: number[][] = [[], [], [], []];
    const then = (cell: number): number => picture.proposal?.get(cell) ?? part[cell]!;
    this.#round += 1;
    for (const cell of cells) {
      for (let i = arcsOf.start[cell]!; i < arcsOf.start[cell + 1]!; i++) {
        const arc = arcsOf.values[i]!;
        if (this.#arcMark[arc] === this.#round) continue;
        this.#arcMark[arc] = this.#round;
        const l = left[arc]!;
        const r = right[arc]!;
        if (l < 0 || r < 0) edge!.push(arc);
        else if (part[l] !== part[r]) grid!.push(arc);
        else thin!.push(arc);
        if (picture.proposal !== null && l >= 0 && r >= 0 && then(l) !== then(r)) planned!.push(arc);
      }
    }
    if (zoom >= CELL_LINES_ZOOM) this.stroke(context, thin!, "rgba(64, 80, 92, 0.35)", zoom >= 17 ? 0.9 : 0.6);
    const strong = picture.communities ? BORDER.community : BORDER.grid;
    const faint = picture.proposal !== null;
    this.stroke(context, grid!, faint ? "rgba(64, 80, 92, 0.45)" : strong.colour, zoom < 13 ? strong.width * 0.6 : strong.width);
    if (planned!.length > 0) {
      context.setLineDash([6, 4]);
      context.lineCap = "butt";
      this.stroke(context, planned!, ACCENT, 2);
      context.setLineDash([]);
      context.lineCap = "round";
    }
    this.stroke(context, edge!, BORDER.community.colour, zoom < 13 ? 1.2 : BORDER.community.width);
  }

  /** Draw arcs as lines, in the frame's own shift. */
  stroke(context: Context, arcs: readonly number[], colour: string, width: number): void {
    if (arcs.length === 0) return;
    const { x, y, start } = this.frame;
    context.beginPath();
    for (const arc of arcs) {
      const a = start[arc]!;
      context.moveTo(x[a]!, y[a]!);
      for (let p = a + 1; p < start[arc + 1]!; p++) context.lineTo(x[p]!, y[p]!);
    }
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}

function stroke(context: Context, x: number, y: number, first: boolean): false {
  if (first) context.moveTo(x, y);
  else context.lineTo(x, y);
  return false;
}

/** Arcs around a part: one side in it, the other not. */
export function outlineOf({ topology, part }: Partition, no: number): number[] {
  const found: number[] = [];
  for (let arc = 0; arc < topology.arcs; arc++) {
    const l = topology.left[arc]!;
    const r = topology.right[arc]!;
    if ((l >= 0 && part[l] === no) !== (r >= 0 && part[r] === no)) found.push(arc);
  }
  return found;
}
