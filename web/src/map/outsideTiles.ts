import * as L from "leaflet";
import { tileAddress } from "../geo/tileAddress";

/** A base map of somebody else's tiles, drawn below everything of ours. */
export class OutsideTiles extends L.TileLayer {
  readonly #template: string;

  constructor(template: string, pane: string) {
    // Some tile services ask which site their key is used on.
    super("", { pane, maxNativeZoom: 18, maxZoom: 20, referrerPolicy: "origin" });
    this.#template = template;
  }

  override getTileUrl({ x, y }: L.Coords): string {
    return tileAddress(this.#template, this._getZoomForUrl(), x, y, L.Browser.retina);
  }
}
