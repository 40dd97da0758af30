import * as L from "leaflet";

/** A rectangle of container pixels. */
export interface Clip {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** Draw in container pixels; `[0, 0]` is the upper left corner of the map. What lies outside the clip is not asked for. */
export type Draw = (context: CanvasRenderingContext2D, map: L.Map, clip: Clip) => void;

/** Room drawn around the view, so that a short pan shows no empty edge. */
const MARGIN_PX = 160;

/** One canvas over the whole view, for what must be drawn once and not once per tile: names, outlines. */
export class ViewportCanvas extends L.Layer {
  readonly #draw: Draw;
  readonly #blank: () => boolean;
  readonly #paneName: string;
  readonly #canvas = document.createElement("canvas");
  #frame = 0;
  #northWest: L.LatLng | null = null;
  #zoom = 0;

  /** While `blank` says that there is nothing to draw, the canvas takes neither memory nor time. */
  constructor(pane: string, draw: Draw, blank: () => boolean = () => false) {
    super();
    this.#paneName = pane;
    this.#draw = draw;
    this.#blank = blank;
    this.#canvas.className = "leaflet-zoom-animated";
    this.#canvas.setAttribute("aria-hidden", "true");
  }

  override onAdd(map: L.Map): this {
    map.getPane(this.#paneName)!.appendChild(this.#canvas);
    this.#reset();
    return this;
  }

  override onRemove(): this {
    this.#canvas.remove();
    return this;
  }

  override getEvents(): Record<string, L.LeafletEventHandlerFn> {
    return {
      moveend: () => this.#reset(),
      viewreset: () => this.#reset(),
      resize: () => this.#reset(),
      zoomanim: (event) => this.#animate(event as L.ZoomAnimEvent),
    };
  }

  /** Draw again at the next frame, however often it is asked for. */
  refresh(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  /** Draw a part again, now: for what follows the pointer. Does nothing while the whole is to be drawn anyway. */
  repaint(rect: Clip): void {
    const map = this._map;
    const context = this.#canvas.getContext("2d");
    if (!map || context === null || this.#frame !== 0) return;
    if (this.#canvas.width === 0) return this.#paint();
    const size = map.getSize();
    const x = Math.max(-MARGIN_PX, Math.floor(rect.x));
    const y = Math.max(-MARGIN_PX, Math.floor(rect.y));
    const w = Math.min(size.x + MARGIN_PX, Math.ceil(rect.x + rect.w)) - x;
    const h = Math.min(size.y + MARGIN_PX, Math.ceil(rect.y + rect.h)) - y;
    if (w <= 0 || h <= 0) return;
    this.#place(context, map);
    context.save();
    context.beginPath();
    context.rect(x, y, w, h);
    context.clip();
    context.clearRect(x, y, w, h);
    this.#draw(context, map, { x, y, w, h });
    context.restore();
  }

  #reset(): void {
    const map = this._map;
    if (!map) return;
    const corner = L.point(-MARGIN_PX, -MARGIN_PX);
    L.DomUtil.setPosition(this.#canvas, map.containerPointToLayerPoint(corner));
    this.#northWest = map.containerPointToLatLng(corner);
    this.#zoom = map.getZoom();
    this.#paint();
  }

  #paint(): void {
    const map = this._map;
    if (!map) return;
    if (this.#blank()) {
      // Setting the size of a canvas clears it; an empty one is not drawn by the browser either.
      if (this.#canvas.width !== 0) this.#canvas.width = 0;
      return;
    }
    const size = map.getSize();
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const width = size.x + 2 * MARGIN_PX;
    const height = size.y + 2 * MARGIN_PX;
    if (this.#canvas.width !== width * ratio || this.#canvas.height !== height * ratio) {
      this.#canvas.width = width * ratio;
      this.#canvas.height = height * ratio;
      this.#canvas.style.width = `${width}px`;
      this.#canvas.style.height = `${height}px`;
    }
    const context = this.#canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#place(context, map);
    this.#draw(context, map, { x: -MARGIN_PX, y: -MARGIN_PX, w: width, h: height });
  }

  #place(context: CanvasRenderingContext2D, map: L.Map): void {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    // The map may have been dragged since the canvas was laid: draw where the canvas is.
    const shift = map.layerPointToContainerPoint(L.DomUtil.getPosition(this.#canvas));
    context.setTransform(ratio, 0, 0, ratio, -shift.x * ratio, -shift.y * ratio);
    context.lineJoin = "round";
    context.lineCap = "round";
  }

  #animate(event: L.ZoomAnimEvent): void {
    if (this.#northWest === null) return;
    // The same that Leaflet does for image overlays; it has no public name.
    const map = this._map as unknown as {
      getZoomScale(to: number, from: number): number;
      _latLngToNewLayerPoint(at: L.LatLng, zoom: number, centre: L.LatLng): L.Point;
    };
    const scale = map.getZoomScale(event.zoom, this.#zoom);
    const offset = map._latLngToNewLayerPoint(this.#northWest, event.zoom, event.center);
    L.DomUtil.setTransform(this.#canvas, offset, scale);
  }
}
