import type { BBox, LonLat } from "../api/types";

export function bboxCentre(box: BBox): LonLat {
  return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
}

/** The box with its own size once more on every side, on the globe. */
export function bboxAround([west, south, east, north]: BBox): BBox {
  const width = east - west;
  const height = north - south;
  return [Math.max(-180, west - width), Math.max(-90, south - height), Math.min(180, east + width), Math.min(90, north + height)];
}

export function bboxContains(box: BBox, [lon, lat]: LonLat): boolean {
  return lon >= box[0] && lon <= box[2] && lat >= box[1] && lat <= box[3];
}

/** Smallest box of all rings, or null when there is no vertex. */
export function bboxOfRings(rings: readonly LonLat[][]): BBox | null {
  let west = Infinity;
  let south = Infinity;
  let east = -Infinity;
  let north = -Infinity;
  for (const ring of rings) {
    for (const [lon, lat] of ring) {
      if (lon < west) west = lon;
      if (lon > east) east = lon;
      if (lat < south) south = lat;
      if (lat > north) north = lat;
    }
  }
  return west <= east ? [west, south, east, north] : null;
}
