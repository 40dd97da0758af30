import type { VectorTile, VectorTileFeature } from "@mapbox/vector-tile";
import type { AskTile } from "./tileRequests";

/** Tile units; y grows downwards. */
export interface TilePoint {
  x: number;
  y: number;
}

export type TileGeometry = "point" | "line" | "polygon";
const GEOMETRY: readonly TileGeometry[] = ["point", "point", "line", "polygon"];

/** One feature of a tile; its geometry is decoded on first use and kept. */
export class TileFeature {
  readonly geometry: TileGeometry;
  readonly properties: Record<string, string | number | boolean>;
  #source: VectorTileFeature | null;
  #rings: TilePoint[][] = [];

  constructor(source: VectorTileFeature) {
    this.geometry = GEOMETRY[source.type] ?? "point";
    this.properties = source.properties as Record<string, string | number | boolean>;
    this.#source = source;
  }

  get rings(): TilePoint[][] {
    if (this.#source !== null) {
      this.#rings = this.#source.loadGeometry();
      this.#source = null;
    }
    return this.#rings;
  }

  text(name: string): string {
    const value = this.properties[name];
    return value === undefined || value === null ? "" : String(value);
  }
}

export interface TileData {
  extent: number;
  features: TileFeature[];
}

/** A tile's data and where it lies in the tile that is drawn (a parent's data when drawn deeper than stored). */
export interface Placed {
  data: TileData;
  /** Pixels per tile unit. */
  scale: number;
  /** Pixels to subtract after scaling. */
  dx: number;
  dy: number;
}

const KEEP = 500;

/** One vector-tile layer of the server, decoded and kept while it is likely to be looked at again. */
export class TileSource {
  readonly layer: string;
  readonly #ask: AskTile;
  readonly #min: number;
  readonly #max: number;
  readonly #kept = new Map<string, Promise<TileData | null>>();
  readonly #ready = new Map<string, TileData | null>();
  readonly #lost = new Set<string>();
  #generation = 0;

  /** Nothing is asked for below zoom `min`, nothing stored above `max`. */
  constructor(layer: string, ask: AskTile, min: number, max = 16) {
    this.layer = layer;
    this.#ask = ask;
    this.#min = min;
    this.#max = max;
  }

  #native(z: number, x: number, y: number): { z: number; x: number; y: number; shift: number } {
    const shift = Math.max(0, z - this.#max);
    return { z: z - shift, x: x >> shift, y: y >> shift, shift };
  }

  #place(data: TileData | null, z: number, x: number, y: number, size: number): Placed | null {
    if (data === null) return null;
    const tile = this.#native(z, x, y);
    const grown = size * 2 ** tile.shift;
    return {
      data,
      scale: grown / data.extent,
      dx: (x - (tile.x << tile.shift)) * size,
      dy: (y - (tile.y << tile.shift)) * size,
    };
  }

  async load(z: number, x: number, y: number, size: number): Promise<Placed | null> {
    if (z < this.#min || z < 0) return null;
    const tile = this.#native(z, x, y);
    const key = `${tile.z}/${tile.x}/${tile.y}`;
    let promise = this.#kept.get(key);
    if (promise === undefined) {
      promise = this.#fetch(key);
      this.#kept.set(key, promise);
      if (this.#kept.size > KEEP) {
        const oldest = this.#kept.keys().next().value as string;
        this.#kept.delete(oldest);
        this.#ready.delete(oldest);
      }
    }
    return this.#place(await promise, z, x, y, size);
  }

  /** Ask the server anew for every tile; until an answer is there, `peek` keeps what it had. */
  forget(): void {
    this.#kept.clear();
    this.#generation += 1;
  }

  /** What is here already, without asking the server. */
  peek(z: number, x: number, y: number, size: number): Placed | null {
    const tile = this.#native(z, x, y);
    return this.#place(this.#ready.get(`${tile.z}/${tile.x}/${tile.y}`) ?? null, z, x, y, size);
  }

  /** Whether the server was asked for this and did not give it. */
  lost(z: number, x: number, y: number): boolean {
    const tile = this.#native(z, x, y);
    return this.#lost.has(`${tile.z}/${tile.x}/${tile.y}`);
  }

  async #fetch(key: string): Promise<TileData | null> {
    const generation = this.#generation;
    try {
      const data = decode(await this.#ask(key), this.layer);
      if (generation === this.#generation) {
        this.#ready.set(key, data);
        this.#lost.delete(key);
      }
      return data;
    } catch {
      // Not kept: the next look at this place asks again.
      if (generation === this.#generation) {
        this.#kept.delete(key);
        this.#lost.add(key);
      }
      return null;
    }
  }
}

function decode(tile: VectorTile | null, name: string): TileData | null {
  const layer = tile?.layers[name];
  if (layer === undefined) return null;
  const features: TileFeature[] = [];
  for (let i = 0; i < layer.length; i++) features.push(new TileFeature(layer.feature(i)));
  return { extent: layer.extent, features };
}

/** Add a feature's rings or lines to the current path, in pixels. */
export function trace(context: CanvasRenderingContext2D, rings: readonly TilePoint[][], placed: Placed, close: boolean): void {
  const { scale, dx, dy } = placed;
  for (const ring of rings) {
    for (let i = 0; i < ring.length; i++) {
      const point = ring[i]!;
      const x = point.x * scale - dx;
      const y = point.y * scale - dy;
      if (i === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    if (close) context.closePath();
  }
}
