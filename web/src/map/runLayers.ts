import * as L from "leaflet";
import type { FeatureCollection, LonLat } from "../api/types";
import { AREA } from "./style";
import { paintChoropleth, paintReach } from "./themes";
import { fetchTile } from "./tileRequests";
import { TileSource } from "./tiles";
import { VectorLayer } from "./vectorLayer";

/** What is drawn from one run. */
export interface Picture {
  run: string;
  area: FeatureCollection | null;
  radiusM: number;
  stations: readonly LonLat[];
  scope: "grids" | "communities";
  colours: ReadonlyMap<string, string>;
  onlyHouseholds: boolean;
}

export interface PictureParts {
  density: boolean;
  area: boolean;
  buildings: boolean;
}

interface ReachLayer {
  run: string;
  layer: VectorLayer;
  source: TileSource;
}

/** The building tiles of the next run are waited for this long; then it is shown and they follow. */
const TILES_WAIT_MS = 2500;

/** The layers that a run paints: choropleth, walking area, buildings by reach. */
export class RunLayers {
  readonly #map: L.Map;
  readonly #sourceOf: (name: string) => TileSource;
  readonly #minZoom: number;
  readonly #theme: Record<Picture["scope"], VectorLayer>;
  #area: L.GeoJSON | null = null;
  #reach: ReachLayer | null = null;
  /** Loaded and invisible, until its run is shown. */
  #waiting: ReachLayer | null = null;
  #picture: Picture | null = null;
  #parts: PictureParts = { density: true, area: true, buildings: true };

  readonly #watch: (layer: VectorLayer) => void;

  /** `watch` is told of every layer that is made. */
  constructor(map: L.Map, sourceOf: (name: string) => TileSource, minZoom: number, watch: (layer: VectorLayer) => void) {
    this.#map = map;
    this.#watch = watch;
    this.#sourceOf = sourceOf;
    this.#minZoom = minZoom;
    const theme = (name: string): VectorLayer => {
      const layer = new VectorLayer([sourceOf(name)], paintChoropleth(new Map()), { pane: "theme" });
      watch(layer);
      return layer;
    };
    this.#theme = { grids: theme("grids"), communities: theme("divisions") };
  }

  get picture(): Picture | null {
    return this.#picture;
  }

  /** Tiles of the buildings that are coloured now. */
  get buildings(): TileSource | null {
    return this.#parts.buildings ? (this.#reach?.source ?? null) : null;
  }

  /** Load the building tiles of a run that is about to be shown; resolves when they are there, or soon anyway. */
  async prepare(run: string, onlyHouseholds: boolean): Promise<void> {
    if (!this.#parts.buildings || this.#reach?.run === run) return;
    const next = this.#reachLayer(run, onlyHouseholds);
    next.layer.setOpacity(0);
    this.#waiting?.layer.remove();
    this.#waiting = next;
    await new Promise<void>((resolve) => {
      next.layer.once("load", () => resolve());
      window.setTimeout(resolve, TILES_WAIT_MS);
      next.layer.addTo(this.#map);
    });
  }

  /** The shapes that a run colours, read again; its own tiles never change. */
  reload(): void {
    this.#theme.grids.reload();
    this.#theme.communities.reload();
    this.#reach?.layer.reload();
    this.#waiting?.layer.reload();
  }

  show(picture: Picture | null): void {
    this.#picture = picture;
    this.#apply();
  }

  setParts(parts: PictureParts): void {
    this.#parts = parts;
    this.#apply();
  }

  #apply(): void {
    const picture = this.#picture;
    this.#area?.remove();
    this.#area = null;
    if (picture === null) return;
    if (picture.area !== null && this.#parts.area) this.#area = areaLayer(picture.area).addTo(this.#map);
    for (const scope of ["grids", "communities"] as const) {
      const shown = this.#parts.density && picture.scope === scope;
      if (shown) this.#theme[scope].repaint(paintChoropleth(picture.colours));
      toggleLayer(this.#map, this.#theme[scope], shown);
    }
    this.#applyReach(picture);
  }

  #applyReach(picture: Picture): void {
    if (this.#reach?.run !== picture.run) {
      const ready = this.#waiting?.run === picture.run ? this.#waiting : this.#reachLayer(picture.run, picture.onlyHouseholds);
      if (this.#waiting !== ready) this.#waiting?.layer.remove();
      this.#waiting = null;
      this.#reach?.layer.remove();
      this.#reach = ready;
    }
    this.#reach.layer.setOpacity(1);
    toggleLayer(this.#map, this.#reach.layer, this.#parts.buildings);
  }

  #reachLayer(run: string, onlyHouseholds: boolean): ReachLayer {
    const path = `/tiles/coverage/${encodeURIComponent(run)}`;
    const source = new TileSource("coverage", (key) => fetchTile(`${path}/${key}`), this.#minZoom);
    let missing = false;
    const painter = paintReach(onlyHouseholds, () => {
      missing = true;
    });
    const layer = new VectorLayer([source, this.#sourceOf("buildings")], painter, { pane: "reach" });
    this.#watch(layer);
    // Footprints that cross a tile's edge wait for the status that lies in the neighbour.
    layer.on("load", () => {
      if (missing) layer.repaint();
      missing = false;
    });
    return { run, source, layer };
  }
}

function areaLayer(area: FeatureCollection): L.GeoJSON {
  const dissolved = area.features.filter((f) => f.properties.kind === "dissolved" && f.geometry !== null);
  return L.geoJSON({ type: "FeatureCollection", features: dissolved } as Parameters<typeof L.geoJSON>[0], {
    pane: "area",
    interactive: false,
    style: {
      renderer: L.canvas({ pane: "area", padding: 0.3 }),
      color: AREA.line,
      weight: 1.5,
      fillColor: AREA.fill,
      fillOpacity: 0.08,
    } as L.PathOptions,
  });
}

export function toggleLayer(map: L.Map, layer: L.Layer, shown: boolean): void {
  if (shown && !map.hasLayer(layer)) layer.addTo(map);
  else if (!shown && map.hasLayer(layer)) layer.remove();
}
