import type * as L from "leaflet";
import type { LonLat } from "../api/types";
import { ringsContain, type Point } from "../geo/polygon";
import type { TileSource } from "./tiles";
import { TILE_SIZE } from "./vectorLayer";

const POINT_REACH_PX = 6;

/** Code of the building at a position, from the tile that is loaded there; null without one. */
export function buildingAt(map: L.Map, source: TileSource, [lon, lat]: LonLat): string | null {
  const zoom = Math.round(map.getZoom());
  const world = map.project([lat, lon], zoom);
  const x = Math.floor(world.x / TILE_SIZE);
  const y = Math.floor(world.y / TILE_SIZE);
  const placed = source.peek(zoom - 1, x, y, TILE_SIZE);
  if (placed === null) return null;
  const at: Point = [
    (world.x - x * TILE_SIZE + placed.dx) / placed.scale,
    (world.y - y * TILE_SIZE + placed.dy) / placed.scale,
  ];
  const reach = POINT_REACH_PX / placed.scale;
  for (const feature of placed.data.features) {
    const code = feature.text("code");
    if (code === "") continue;
    if (feature.geometry === "polygon") {
      if (ringsContain(feature.rings.map((ring) => ring.map((p): Point => [p.x, p.y])), at)) return code;
    } else if (feature.geometry === "point") {
      if (feature.rings.some((ring) => ring.some((p) => Math.hypot(p.x - at[0], p.y - at[1]) <= reach))) return code;
    }
  }
  return null;
}
