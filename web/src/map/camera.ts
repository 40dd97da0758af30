import * as L from "leaflet";
import type { BBox, LonLat } from "../api/types";

const FIT_MOST_ZOOM = 17;
/** A shape smaller than this needs another zoom to be seen at all. */
const SMALL_SHAPE_PX = 24;
const MARGIN_PX = 24;
const PHONE_PX = 640;
/** From this width the legend stands at the left of the map and the card at its right. */
const WIDE_PX = 720;
const TOOLS_PX = 56;
/** The part of a narrow map that the card may take from above; the style sheet says the same. */
const CARD_PART = 0.6;

/** What stands on the map: from `legend` to `card` it is free, below `top` as well. */
export interface Room {
  wide: boolean;
  legend: number;
  card: number;
  free: L.Bounds;
}

/** The room that the open card leaves; in large type card and legend are wider. */
export function roomOf({ x: width, y: height }: L.Point, large: boolean): Room {
  const wide = width >= WIDE_PX;
  const legend = large ? 284 : 240;
  const card = large ? 452 : 392;
  const free = wide
    ? L.bounds([MARGIN_PX, MARGIN_PX], [width - card, height - MARGIN_PX])
    : L.bounds([MARGIN_PX, height * CARD_PART + MARGIN_PX / 2], [width - MARGIN_PX, height - MARGIN_PX / 2]);
  return { wide, legend, card, free };
}

/** The free room without the legend's, if a shape fits in there. */
function bestRoom({ wide, legend, free }: Room, shape: L.Bounds): L.Bounds {
  const beside = L.bounds([legend, free.min!.y], [free.max!.x, free.max!.y]);
  return wide && fits(shape, beside) ? beside : free;
}

function fits(shape: L.Bounds, room: L.Bounds): boolean {
  const { x, y } = shape.getSize();
  return x <= room.getSize().x && y <= room.getSize().y;
}

/** Show a box between what stands on the map: the legend at the left, tools or the card at the right. */
export function fitBox(map: L.Map, box: BBox, beside: "tools" | "card", room: Room, animate: boolean): void {
  const [west, south, east, north] = box;
  const bounds = L.latLngBounds([south, west], [north, east]);
  const size = map.getSize();
  const projected = (zoom: number): L.Bounds =>
    L.bounds(map.project(bounds.getNorthWest(), zoom), map.project(bounds.getSouthEast(), zoom));
  if (beside === "card") {
    const taken = size.subtract(room.free.getSize());
    const zoom = Math.min(FIT_MOST_ZOOM, map.getBoundsZoom(bounds, false, taken));
    const shape = projected(zoom);
    const at = bestRoom(room, shape).getCenter();
    map.setView(map.unproject(shape.getCenter().add(size.divideBy(2)).subtract(at), zoom), zoom, { animate });
    return;
  }
  const margin = size.x < PHONE_PX ? MARGIN_PX / 2 : MARGIN_PX;
  const zoom = Math.min(FIT_MOST_ZOOM, map.getBoundsZoom(bounds, false, L.point(2 * margin, 2 * margin)));
  const shape = projected(zoom);
  const spare = (size.x - shape.getSize().x) / 2;
  // To the right, away from the legend, but not under the tools.
  const shift = room.wide ? Math.min((room.legend - TOOLS_PX) / 2, Math.max(0, spare - TOOLS_PX)) : 0;
  map.setView(map.unproject(shape.getCenter().subtract([shift, 0]), zoom), zoom, { animate });
}

/** Bring a box out from under the card, and the legend if it can be: not at all if it is free, by a short pan if that does. */
export function revealBox(map: L.Map, box: BBox, room: Room, animate: boolean): void {
  const [west, south, east, north] = box;
  const shape = L.bounds(map.latLngToContainerPoint([north, west]), map.latLngToContainerPoint([south, east]));
  const { x: width, y: height } = shape.getSize();
  const to = bestRoom(room, shape);
  if (Math.max(width, height) < SMALL_SHAPE_PX || !fits(shape, to)) return fitBox(map, box, "card", room, animate);
  if (to.contains(shape)) return;
  map.panBy(
    [
      outside(shape.min!.x, shape.max!.x, to.min!.x, to.max!.x),
      outside(shape.min!.y, shape.max!.y, to.min!.y, to.max!.y),
    ],
    { animate },
  );
}

/** Show a point in the middle of the free room. */
export function showPoint(map: L.Map, [lon, lat]: LonLat, zoom: number, room: Room, animate: boolean): void {
  const point = map.project([lat, lon], zoom);
  const at = bestRoom(room, L.bounds([0, 0], [0, 0])).getCenter();
  map.setView(map.unproject(point.add(map.getSize().divideBy(2)).subtract(at), zoom), zoom, { animate });
}

/** How far a stretch reaches out of another, negative towards the beginning. */
export function outside(low: number, high: number, from: number, to: number): number {
  return low < from ? low - from : Math.max(0, high - to);
}
