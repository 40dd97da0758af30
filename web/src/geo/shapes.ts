import type { BBox, Feature, LonLat } from "../api/types";
import { bboxContains, bboxOfRings } from "./bbox";
import { labelPoint, ringsContain } from "./polygon";

/** A grid or division with its full outline, for pointing, outlining and naming. */
export interface Shape {
  code: string;
  name: string;
  level: string;
  rings: LonLat[][];
  bbox: BBox;
  label: LonLat;
}

/** Shapes of polygon features; features without a polygon or code are left out. */
export function shapesFrom(features: readonly Feature[]): Shape[] {
  const shapes: Shape[] = [];
  for (const feature of features) {
    const rings = ringsOf(feature);
    const bbox = bboxOfRings(rings);
    const code = feature.properties.code;
    if (bbox === null || code === undefined || code === null) continue;
    shapes.push({
      code: String(code),
      name: String(feature.properties.name ?? ""),
      level: String(feature.properties.level ?? ""),
      rings,
      bbox,
      label: labelPoint(largest(feature, rings)) ?? [(bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2],
    });
  }
  return shapes;
}

function ringsOf({ geometry }: Feature): LonLat[][] {
  if (geometry === null) return [];
  if (geometry.type === "Polygon") return geometry.coordinates as LonLat[][];
  if (geometry.type === "MultiPolygon") {
    return ([] as LonLat[][]).concat(...(geometry.coordinates as LonLat[][][]));
  }
  return [];
}

/** Rings of the part with the largest box: the name stands on the main piece. */
function largest({ geometry }: Feature, rings: LonLat[][]): LonLat[][] {
  if (geometry?.type !== "MultiPolygon") return rings;
  let best = rings;
  let bestSize = -1;
  for (const part of geometry.coordinates as LonLat[][][]) {
    const box = bboxOfRings(part);
    const size = box === null ? -1 : (box[2] - box[0]) * (box[3] - box[1]);
    if (size > bestSize) {
      best = part;
      bestSize = size;
    }
  }
  return best;
}

export function shapeAt(shapes: Iterable<Shape>, point: LonLat): Shape | null {
  for (const shape of shapes) {
    if (bboxContains(shape.bbox, point) && ringsContain(shape.rings, point)) return shape;
  }
  return null;
}
