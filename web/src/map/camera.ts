import * as L from "leaflet";
import type { BBox } from "../api/types";

const FIT_MOST_ZOOM = 17;
/** A shape smaller than this needs another zoom to be seen at all. */
const SMALL_SHAPE_PX = 24;
const MARGIN_PX = 24;
const PHONE_PX = 640;
/** From this width the legend stands at the left of the map and the card at its right. */
const WIDE_PX = 720;
const LEGEND_PX = 240;
const CARD_PX = 392;
const TOOLS_PX = 56;

/** Show a box between what stands on the map: the legend at the left, tools or the card at the right. */
export function fitBox(map: L.Map, [west, south, east, north]: BBox, beside: "tools" | "card", animate: boolean): void {
  const bounds = L.latLngBounds([south, west], [north, east]);
  const { x: width } = map.getSize();
  const wide = width >= WIDE_PX;
  const margin = width < PHONE_PX ? MARGIN_PX / 2 : MARGIN_PX;
  const right = beside === "card" ? CARD_PX : TOOLS_PX;
  const all = map.getBoundsZoom(bounds, false, L.point(2 * margin, 2 * margin));
  const clear = map.getBoundsZoom(bounds, false, L.point(LEGEND_PX + right, 2 * margin));
  // One step of zoom is given for a free view beside the card, none for the whole county or on a narrow map.
  const zoom = Math.min(FIT_MOST_ZOOM, wide && beside === "card" ? Math.max(clear, all - 1) : all);
  const box = L.bounds(map.project(bounds.getNorthWest(), zoom), map.project(bounds.getSouthEast(), zoom));
  const spare = (width - box.getSize().x) / 2;
  // To the right, away from the legend; to the left, away from the card.
  const wanted = (LEGEND_PX - right) / 2;
  const most = Math.max(0, wanted > 0 ? spare - right : spare);
  const shift = wide ? Math.sign(wanted) * Math.min(Math.abs(wanted), most) : 0;
  map.setView(map.unproject(box.getCenter().subtract([shift, 0]), zoom), zoom, { animate });
}

/** Bring a box out from under the legend and the card: not at all if it is free, by a short pan if that does. */
export function revealBox(map: L.Map, box: BBox, animate: boolean): void {
  const [west, south, east, north] = box;
  const size = map.getSize();
  const wide = size.x >= WIDE_PX;
  const free = L.bounds(
    [wide ? LEGEND_PX : MARGIN_PX, MARGIN_PX],
    [size.x - (wide ? CARD_PX : MARGIN_PX), size.y - MARGIN_PX],
  );
  const shape = L.bounds(map.latLngToContainerPoint([north, west]), map.latLngToContainerPoint([south, east]));
  const { x: width, y: height } = shape.getSize();
  const small = Math.max(width, height) < SMALL_SHAPE_PX;
  const fits = width <= free.getSize().x && height <= free.getSize().y;
  if (small) return fitBox(map, box, "card", animate);
  // Larger than the free place it is seen well enough from its middle.
  if (free.contains(fits ? shape : shape.getCenter())) return;
  if (!fits) return fitBox(map, box, "card", animate);
  map.panBy(
    [
      outside(shape.min!.x, shape.max!.x, free.min!.x, free.max!.x),
      outside(shape.min!.y, shape.max!.y, free.min!.y, free.max!.y),
    ],
    { animate },
  );
}

/** How far a stretch reaches out of another, negative towards the beginning. */
export function outside(low: number, high: number, from: number, to: number): number {
  return low < from ? low - from : Math.max(0, high - to);
}
