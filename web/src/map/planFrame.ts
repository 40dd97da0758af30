import type * as L from "leaflet";
import type { Topology } from "../geo/topology";

const TILE_PX = 256;
/** Vertices closer than this on the screen are left out; ends of arcs always stay, so that borders meet. */
const SKIP_PX = 0.8;

/** Where the cells' arcs lie on the screen: pixels of the world at a zoom, thinned once per zoom. */
export class PlanFrame {
  readonly topology: Topology;
  #zoom = NaN;
  #baseX = 0;
  #baseY = 0;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly start: Uint32Array;

  constructor(topology: Topology) {
    this.topology = topology;
    this.x = new Float32Array(topology.x.length);
    this.y = new Float32Array(topology.x.length);
    this.start = new Uint32Array(topology.arcs + 1);
  }

  /** World pixels per unit of the square. */
  static scale(map: L.Map): number {
    return TILE_PX * 2 ** map.getZoom();
  }

  /** Make the frame fit the map's zoom, and say by how much to shift what is drawn. */
  at(map: L.Map): { scale: number; dx: number; dy: number } {
    const scale = PlanFrame.scale(map);
    if (map.getZoom() !== this.#zoom) this.#project(map.getZoom(), scale);
    const origin = map.getPixelBounds().min!;
    return { scale, dx: this.#baseX - origin.x, dy: this.#baseY - origin.y };
  }

  #project(zoom: number, scale: number): void {
    const { topology } = this;
    this.#zoom = zoom;
    // Near the cells, so that single precision is enough for the pixels.
    this.#baseX = topology.count > 0 ? Math.floor(topology.box[0]! * scale) : 0;
    this.#baseY = topology.count > 0 ? Math.floor(topology.box[1]! * scale) : 0;
    let at = 0;
    for (let arc = 0; arc < topology.arcs; arc++) {
      this.start[arc] = at;
      const last = topology.arcStart[arc + 1]! - 1;
      for (let i = topology.arcStart[arc]!; i <= last; i++) {
        const x = topology.x[i]! * scale - this.#baseX;
        const y = topology.y[i]! * scale - this.#baseY;
        const before = at - 1;
        const inner = i > topology.arcStart[arc]! && i < last;
        if (inner && Math.abs(x - this.x[before]!) < SKIP_PX && Math.abs(y - this.y[before]!) < SKIP_PX) continue;
        this.x[at] = x;
        this.y[at] = y;
        at += 1;
      }
    }
    this.start[topology.arcs] = at;
  }
}

/** Box of the map's view with a margin, in the square: west, north, east, south. */
export function viewBox(map: L.Map, { x, y, w, h }: { x: number; y: number; w: number; h: number }): [number, number, number, number] {
  const scale = PlanFrame.scale(map);
  const origin = map.getPixelBounds().min!;
  return [(origin.x + x) / scale, (origin.y + y) / scale, (origin.x + x + w) / scale, (origin.y + y + h) / scale];
}

/** A container pixel in the square. */
export function toSquare(map: L.Map, point: { x: number; y: number }): [number, number] {
  const scale = PlanFrame.scale(map);
  const origin = map.getPixelBounds().min!;
  return [(origin.x + point.x) / scale, (origin.y + point.y) / scale];
}

/** A place of the square as a container pixel. */
export function toPixel(map: L.Map, x: number, y: number): { x: number; y: number } {
  const scale = PlanFrame.scale(map);
  const origin = map.getPixelBounds().min!;
  return { x: x * scale - origin.x, y: y * scale - origin.y };
}
