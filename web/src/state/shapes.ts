import { batch, computed, signal } from "@preact/signals";
import { api } from "../api/client";
import type { BBox, Feature, LonLat } from "../api/types";
import { shapesFrom, type Shape } from "../geo/shapes";

/** A station of any category with its place. */
export interface Station {
  code: string;
  name: string;
  category: string;
  status: string;
  /** Households it can serve; null where that is not known. */
  capacity: number | null;
  at: LonLat;
}

export const divisions = signal<readonly Shape[]>([]);
export const grids = signal<readonly Shape[]>([]);
export const stations = signal<readonly Station[]>([]);

export const communities = computed(() => divisions.value.filter((shape) => shape.level === "community"));
export const townships = computed(() => divisions.value.filter((shape) => shape.level === "township"));

const byCode = computed(() => new Map([...divisions.value, ...grids.value].map((shape) => [shape.code, shape])));

export function shapeOf(code: string): Shape | undefined {
  return byCode.value.get(code);
}

const PAGE = 500;
/** A county has hundreds of communities and a few thousand grids; beyond that the tiles alone are drawn. */
const MOST = 6000;

async function allFeatures(layer: string, extent: BBox): Promise<Feature[]> {
  const all: Feature[] = [];
  for (;;) {
    const page = await api.features(layer, extent, PAGE, all.length);
    all.push(...page.features);
    if (page.features.length === 0 || all.length >= (page.numberMatched ?? 0) || all.length >= MOST) return all;
  }
}

/** Read outlines and stations; the answer puts them in place, so that all can change in one step. */
export async function readShapes(extent: BBox): Promise<() => void> {
  const read = async (layer: string, keep: (features: Feature[]) => void): Promise<() => void> => {
    try {
      const features = await allFeatures(layer, extent);
      return () => keep(features);
    } catch {
      // Pointing at shapes is a convenience: numbers, lists and tiles work without it.
      return () => undefined;
    }
  };
  const keeps = await Promise.all([
    read("divisions", (features) => (divisions.value = shapesFrom(features))),
    read("grids", (features) => (grids.value = shapesFrom(features))),
    read("stations", (features) => (stations.value = stationsFrom(features))),
  ]);
  return () => batch(() => keeps.forEach((keep) => keep()));
}

/** Load outlines and stations beside the first run; until they are there the map cannot be pointed at. */
export async function loadShapes(extent: BBox): Promise<void> {
  (await readShapes(extent))();
}

function stationsFrom(features: readonly Feature[]): Station[] {
  const found: Station[] = [];
  for (const { geometry, properties } of features) {
    if (geometry?.type !== "Point") continue;
    found.push({
      code: String(properties.code),
      name: String(properties.name ?? properties.code),
      category: String(properties.category ?? "service_station"),
      status: String(properties.status ?? "open"),
      capacity: typeof properties.capacity === "number" ? properties.capacity : null,
      at: geometry.coordinates as LonLat,
    });
  }
  return found;
}
