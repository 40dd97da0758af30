import { batch } from "@preact/signals";
import { ArcGraph } from "../geo/arcGraph";
import type { CellIndex } from "../geo/cellIndex";
import { lonLatAt } from "../geo/mercator";
import { NONE } from "../geo/partition";
import { Tracing, arcsOfPart, cellsBeside } from "../geo/splitting";
import type { PlanLayer } from "../map/planLayer";
import type { Place, ToolHand } from "../map/planPointer";
import { chosen, editable, hoverPart, isLocked, live, partName, say, session, tick, tool } from "./plan";
import { assign, cutFreely, merge, splitPart } from "./planActions";
import { noteMoved } from "./planPicture";

/** Cells that a stroke may walk to see whether parts hang together before the picture has to be there. */
const WALK_MOST = 6000;
const FREEHAND_STEP = 2e-7;

/** What a stroke has changed so far: cells and the part they had. */
interface Stroke {
  to: number;
  before: Map<number, number>;
  last: Place;
  kept: boolean;
}

/** The tool in hand: what press, drag, release and click do on the map. */
export class PlanHand implements ToolHand {
  layer: PlanLayer | null = null;
  index: CellIndex | null = null;
  #graph: ArcGraph | null = null;
  #stroke: Stroke | null = null;
  #corner: Place | null = null;
  #tracing: { no: number | null; line: Tracing } | null = null;
  #points: Place[] = [];
  #freePart: number | null = null;

  /** No stroke and no line is begun. */
  get idle(): boolean {
    return this.#stroke === null && this.#corner === null && this.#points.length === 0;
  }

  draws(): boolean {
    if (!editable.value) return false;
    return tool.value === "paint" || tool.value === "erase" || tool.value === "rectangle" || tool.value === "freehand";
  }

  cursor(): string {
    return tool.value === "select" || !editable.value ? "" : "crosshair";
  }

  /** New cells: what was begun refers to old ones. */
  forget(): void {
    this.#graph = null;
    this.reset();
  }

  /** Give up whatever is begun; true when there was something. */
  reset(): boolean {
    const had = !this.idle || this.#tracing !== null;
    this.drop();
    this.#tracing = null;
    this.layer?.setSketch(null);
    return had;
  }

  press(at: Place): void {
    if (tool.value === "rectangle") {
      if (this.#needsPart()) this.#corner = at;
    } else if (tool.value === "freehand") this.#beginLine(at);
    else this.#beginStroke(at);
  }

  drag(at: Place): void {
    if (this.#corner !== null) this.layer?.setSketch({ rectangle: [...this.#corner, ...at] });
    else if (this.#points.length > 0) this.#extendLine(at);
    else if (this.#stroke !== null) {
      const [x, y] = this.#stroke.last;
      this.#stroke.last = at;
      this.#paint(this.index?.along(x, y, at[0], at[1]) ?? []);
    }
  }

  release(at: Place): void {
    if (this.#corner !== null) this.#rectangle(this.#corner, at);
    else if (this.#points.length > 0) this.#cut();
    else if (this.#stroke !== null) this.#commit(this.#stroke);
  }

  drop(): void {
    const stroke = this.#stroke;
    const now = session.value;
    this.#stroke = null;
    this.#corner = null;
    this.#points = [];
    this.layer?.setSketch(null);
    if (stroke === null || now === null) return;
    for (const [cell, no] of stroke.before) now.partition.move(cell, no);
    now.partition.settle();
    const nos = new Set([stroke.to, ...stroke.before.values()]);
    this.layer?.touched([...stroke.before.keys(), ...noteMoved(nos)], nos);
    batch(() => {
      live.value = null;
      tick.value += 1;
    });
  }

  hover(at: Place | null): void {
    if (at === null || session.value === null) {
      hoverPart.value = null;
      return;
    }
    const cell = this.index?.at(at[0], at[1]) ?? -1;
    hoverPart.value = cell < 0 ? null : session.value.partition.part[cell]! || null;
    if (this.#tracing !== null && this.#tracing.line.begun) {
      const arcs = this.#tracing.line.upTo(at[0], at[1]);
      this.layer?.setSketch({ arcs, end: this.#tracing.line.end });
    }
  }

  click(at: Place, { twice }: { twice: boolean }): void {
    const now = session.value;
    if (now === null) return;
    const cell = this.index?.at(at[0], at[1]) ?? -1;
    const no = cell < 0 ? null : now.partition.part[cell]! || null;
    if (!editable.value || tool.value === "select") chosen.value = no;
    else if (tool.value === "merge") this.#merge(no);
    else if (tool.value === "estate") this.#estate(cell);
    else if (tool.value === "street") this.#street(at);
    else if (tool.value === "split") this.#split(at, no, twice);
  }

  #needsPart(): boolean {
    if (chosen.value !== null) return true;
    say("plan.choose_first", {}, true);
    return false;
  }

  #beginStroke(at: Place): void {
    const cell = this.index?.at(at[0], at[1]) ?? -1;
    const now = session.value;
    if (now === null) return;
    if (tool.value === "paint" && chosen.value === null) {
      // Without a part in hand the press takes the one below it, and the stroke grows it.
      const below = cell < 0 ? NONE : now.partition.part[cell]!;
      if (below === NONE) return say("plan.choose_first", {}, true);
      chosen.value = below;
    }
    const to = tool.value === "erase" ? NONE : chosen.value!;
    if (isLocked(to)) return say("plan.locked_part", {}, true);
    this.#stroke = { to, before: new Map(), last: at, kept: false };
    if (cell >= 0) this.#paint([cell]);
  }

  /** Move cells now: figures, picture and bars follow in the same frame. */
  #paint(cells: readonly number[]): void {
    const now = session.value;
    const stroke = this.#stroke;
    if (now === null || stroke === null) return;
    const moved: number[] = [];
    const nos = new Set([stroke.to]);
    let from = -1;
    for (const cell of cells) {
      const no = now.partition.part[cell]!;
      if (no === stroke.to) continue;
      if (isLocked(no)) {
        stroke.kept = true;
        continue;
      }
      now.partition.move(cell, stroke.to);
      if (!stroke.before.has(cell)) stroke.before.set(cell, no);
      moved.push(cell);
      nos.add(no);
      from = no;
    }
    if (moved.length === 0) return;
    now.partition.settle(WALK_MOST);
    this.layer?.touched([...moved, ...noteMoved(nos)], nos);
    batch(() => {
      live.value = { from, to: stroke.to };
      tick.value += 1;
    });
  }

  #commit(stroke: Stroke): void {
    const now = session.value;
    this.#stroke = null;
    live.value = null;
    if (stroke.kept) say("plan.locked_part", {}, true);
    if (now === null) return;
    const changes = new Map([...stroke.before].filter(([, no]) => no !== stroke.to).map(([cell]) => [cell, stroke.to]));
    if (changes.size > 0) now.apply(stroke.to === NONE ? "erase" : "paint", changes);
    const nos = new Set([stroke.to, ...stroke.before.values()]);
    this.layer?.touched(noteMoved(nos, true), nos);
    this.layer?.settled(nos);
  }

  #rectangle(corner: Place, at: Place): void {
    this.#corner = null;
    this.layer?.setSketch(null);
    const box = [Math.min(corner[0], at[0]), Math.min(corner[1], at[1]), Math.max(corner[0], at[0]), Math.max(corner[1], at[1])];
    let cells = this.index?.within(box) ?? [];
    // A rectangle inside one cell means that cell.
    if (cells.length === 0) cells = [this.index?.at(corner[0], corner[1]) ?? -1].filter((cell) => cell >= 0);
    if (chosen.value !== null) assign("paint", cells, chosen.value);
  }

  #graphOf(): ArcGraph | null {
    const topology = session.value?.topology;
    if (topology === undefined) return null;
    if (this.#graph?.topology !== topology) this.#graph = new ArcGraph(topology);
    return this.#graph;
  }

  /** Two clicks: everything beside the way between them goes to the part in hand. */
  #street(at: Place): void {
    const graph = this.#graphOf();
    if (graph === null || !this.#needsPart()) return;
    if (this.#tracing === null) {
      this.#tracing = { no: null, line: new Tracing(graph) };
      this.#tracing.line.add(at[0], at[1]);
      this.layer?.setSketch({ end: this.#tracing.line.end });
      say("plan.street_second");
      return;
    }
    const { line } = this.#tracing;
    this.#tracing = null;
    this.layer?.setSketch(null);
    if (!line.add(at[0], at[1]) || line.line.length === 0) return say("plan.line_short", {}, true);
    assign("street", cellsBeside(graph.topology, line.line), chosen.value!);
  }

  /** Clicks along the line to be; the last one twice, or Enter, divides. */
  #split(at: Place, no: number | null, twice: boolean): void {
    const graph = this.#graphOf();
    const now = session.value;
    if (graph === null || now === null) return;
    if (twice && this.#tracing !== null) return this.finish();
    if (this.#tracing === null) {
      const target = chosen.value ?? no;
      if (target === null) return say("plan.split_choose", {}, true);
      chosen.value = target;
      this.#tracing = { no: target, line: new Tracing(graph, arcsOfPart(now.partition, target)) };
    }
    const { line } = this.#tracing;
    const ended = line.end;
    if (!line.add(at[0], at[1])) return say("plan.line_short", {}, true);
    this.layer?.setSketch({ arcs: line.line, end: line.end });
    // The same end clicked again finishes, too: a finger cannot press Enter.
    if (ended !== null && line.end !== null && ended[0] === line.end[0] && ended[1] === line.end[1]) this.finish();
  }

  /** Divide along what has been clicked so far. */
  finish(): void {
    const tracing = this.#tracing;
    if (tracing === null || tracing.no === null) return;
    if (tracing.line.line.length === 0) return say("plan.line_short", {}, true);
    if (splitPart(tracing.no, tracing.line.line)) {
      this.#tracing = null;
      this.layer?.setSketch(null);
    }
  }

  #beginLine(at: Place): void {
    const now = session.value;
    const cell = this.index?.at(at[0], at[1]) ?? -1;
    if (now === null) return;
    this.#freePart = chosen.value ?? (cell < 0 ? null : now.partition.part[cell]! || null);
    this.#points = [at];
  }

  #extendLine(at: Place): void {
    const last = this.#points[this.#points.length - 1]!;
    if (Math.hypot(at[0] - last[0], at[1] - last[1]) >= FREEHAND_STEP) this.#points.push(at);
    const middle = this.index?.at(at[0], at[1]) ?? -1;
    if (this.#freePart === null && middle >= 0) this.#freePart = session.value?.partition.part[middle] || null;
    this.layer?.setSketch({ points: this.#points });
  }

  #cut(): void {
    const points = this.#points;
    const no = this.#freePart;
    this.#points = [];
    this.layer?.setSketch(null);
    if (no === null) return say("plan.split_choose", {}, true);
    chosen.value = no;
    cutFreely(no, points.map(([x, y]) => lonLatAt(x, y)));
  }

  #merge(no: number | null): void {
    if (no === null) return;
    if (chosen.value === null || chosen.value === no) {
      chosen.value = no;
      return say("plan.merge_second", { name: partName(no) });
    }
    merge(chosen.value, no);
  }

  #estate(cell: number): void {
    const topology = session.value?.topology;
    if (topology === undefined || cell < 0 || !this.#needsPart()) return;
    const [owner, of] = topology.estate[cell]! >= 0 ? [topology.estate[cell]!, topology.estate] : [topology.group[cell]!, topology.group];
    if (owner < 0) return say("plan.no_estate", {}, true);
    const cells: number[] = [];
    for (let i = of.indexOf(owner); i >= 0; i = of.indexOf(owner, i + 1)) cells.push(i);
    assign("move_estate", cells, chosen.value!);
  }
}
