import * as L from "leaflet";
import type { Placed, TileSource } from "./tiles";

/** Tiles are drawn at 512 px: a quarter of the requests, and room for widths across the edge. */
export const TILE_SIZE = 512;

/** Draw the layers of one tile; `parts` are in the order of the sources, missing ones null. */
export type Painter = (context: CanvasRenderingContext2D, parts: readonly (Placed | null)[], zoom: number) => void;

interface KeptTile {
  el: HTMLCanvasElement;
  coords: L.Coords;
}

const MAX_PIXEL_RATIO = 2;

/** A grid of canvas tiles painted from vector tiles. It can be painted again in place, without a flicker. */
export class VectorLayer extends L.GridLayer {
  readonly #sources: readonly TileSource[];
  #painter: Painter;
  /** Tiles on the page that lack what the server did not give, by Leaflet's keys. */
  readonly #gaps = new Set<string>();

  constructor(sources: readonly TileSource[], painter: Painter, options: L.GridLayerOptions) {
    super({ tileSize: TILE_SIZE, keepBuffer: 1, updateWhenZooming: false, ...options });
    this.#sources = sources;
    this.#painter = painter;
    this.on("tileunload", ({ coords }: L.TileEvent) => this.#gap(coords, false));
  }

  /** Whether a tile on the page lacks something; changes are told by the event "gaps". */
  get gaps(): boolean {
    return this.#gaps.size > 0;
  }

  override createTile(coords: L.Coords, done: L.DoneCallback): HTMLElement {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 0;
    canvas.setAttribute("aria-hidden", "true");
    void this.#load(coords).then((parts) => {
      this.#paint(canvas, parts, coords.z);
      done(undefined, canvas);
      this.#look(coords);
    });
    return canvas;
  }

  /** Paint the tiles that are on the page again, with what is loaded already. */
  repaint(painter?: Painter): void {
    if (painter !== undefined) this.#painter = painter;
    for (const { el, coords } of Object.values(this.#tiles())) {
      const parts = this.#sources.map((s) => s.peek(coords.z - 1, coords.x, coords.y, TILE_SIZE));
      this.#paint(el, parts, coords.z);
    }
  }

  /** Load the tiles that are on the page again and paint each in place. */
  reload(): void {
    for (const tile of Object.values(this.#tiles())) this.#again(tile);
  }

  /** Ask again for what the server did not give. */
  refill(): void {
    const tiles = this.#tiles();
    for (const key of this.#gaps) if (tiles[key] !== undefined) this.#again(tiles[key]);
  }

  #tiles(): Record<string, KeptTile> {
    return (this as unknown as { _tiles?: Record<string, KeptTile> })._tiles ?? {};
  }

  #again({ el, coords }: KeptTile): void {
    void this.#load(coords).then((parts) => {
      this.#paint(el, parts, coords.z);
      this.fire("tileload");
      this.#look(coords);
    });
  }

  /** Note whether a tile that has been asked for lacks something, unless it has left the page meanwhile. */
  #look(coords: L.Coords): void {
    const onPage = this.#tiles()[keyOf(coords)] !== undefined;
    this.#gap(coords, onPage && this.#sources.some((source) => source.lost(coords.z - 1, coords.x, coords.y)));
  }

  #gap(coords: L.Coords, missing: boolean): void {
    const key = keyOf(coords);
    if (this.#gaps.has(key) === missing) return;
    if (missing) this.#gaps.add(key);
    else this.#gaps.delete(key);
    this.fire("gaps");
  }

  // A 512 px tile at map zoom z is the 256 px world of zoom z - 1.
  #load({ x, y, z }: L.Coords): Promise<(Placed | null)[]> {
    return Promise.all(this.#sources.map((source) => source.load(z - 1, x, y, TILE_SIZE)));
  }

  #paint(canvas: HTMLCanvasElement, parts: readonly (Placed | null)[], zoom: number): void {
    const ratio = Math.min(window.devicePixelRatio || 1, MAX_PIXEL_RATIO);
    // A tile with nothing in it keeps no pixels: a county has many.
    const empty = parts.every((part) => part === null || part.data.features.length === 0);
    const side = empty ? 0 : TILE_SIZE * ratio;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = empty ? null : canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, TILE_SIZE, TILE_SIZE);
    context.lineJoin = "round";
    context.lineCap = "round";
    this.#painter(context, parts, zoom);
  }
}

/** As Leaflet names a tile. */
function keyOf({ x, y, z }: L.Coords): string {
  return `${x}:${y}:${z}`;
}

/** Tiles of a source that cover the view now, with the pixel of the container where each begins. */
export function tilesInView(map: L.Map, source: TileSource): { placed: Placed; origin: L.Point }[] {
  const zoom = Math.round(map.getZoom());
  const bounds = map.getPixelBounds();
  const topLeft = bounds.min!;
  const found: { placed: Placed; origin: L.Point }[] = [];
  for (let x = Math.floor(topLeft.x / TILE_SIZE); x * TILE_SIZE < bounds.max!.x; x++) {
    for (let y = Math.floor(topLeft.y / TILE_SIZE); y * TILE_SIZE < bounds.max!.y; y++) {
      const placed = source.peek(zoom - 1, x, y, TILE_SIZE);
      if (placed !== null) found.push({ placed, origin: L.point(x * TILE_SIZE, y * TILE_SIZE).subtract(topLeft) });
    }
  }
  return found;
}
