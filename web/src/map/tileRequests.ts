import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";
import { door } from "../api/call";

/** Ask for a tile by `z/x/y`; null where there is nothing. Rejects where the server does not answer. */
export type AskTile = (key: string) => Promise<VectorTile | null>;

/** The server answered, and would not or could not give what was asked for. */
export class Refused extends Error {
  readonly status: number;

  constructor(address: string, status: number) {
    super(`${address}: ${status}`);
    this.status = status;
  }
}

/** Nobody is signed in, or the server has too much to do: asking again at once makes neither better. */
const OF_ALL = [401, 429, 503];

/** The tile under an address. */
export async function fetchTile(address: string): Promise<VectorTile | null> {
  const response = await fetch(`${address}.mvt`, { credentials: "same-origin" });
  // The session is over: somebody has to sign in again, and then every tile is asked for anew.
  if (response.status === 401) void door.signedOut();
  if (!response.ok) throw new Refused(address, response.status);
  const bytes = await response.arrayBuffer();
  return bytes.byteLength === 0 ? null : new VectorTile(new PbfReader(new Uint8Array(bytes)));
}

interface Waiting {
  layers: Set<string>;
  tile: Promise<VectorTile | null>;
}

/** Layers that are asked for together travel together: a browser asks an old server six things at a time. */
export class TileRequests {
  readonly #fetch: AskTile;
  readonly #waiting = new Map<string, Waiting>();

  constructor(fetch: AskTile = fetchTile) {
    this.#fetch = fetch;
  }

  /** Ask for a tile of one layer; it leaves with all that is asked for in the same task. */
  ask(layer: string, key: string): Promise<VectorTile | null> {
    let waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      const layers = new Set<string>();
      const tile = Promise.resolve().then(() => {
        this.#waiting.delete(key);
        // In one order, so that the browser knows the address again.
        return this.#fetch(`/tiles/${[...layers].sort().join(",")}/${key}`);
      });
      waiting = { layers, tile };
      this.#waiting.set(key, waiting);
    }
    const { layers, tile } = waiting;
    layers.add(layer);
    // One layer that the server cannot give takes none along that travelled with it.
    return tile.catch((error: unknown) => {
      if (layers.size > 1 && error instanceof Refused && !OF_ALL.includes(error.status)) return this.#fetch(`/tiles/${layer}/${key}`);
      throw error;
    });
  }
}
