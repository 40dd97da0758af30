import * as L from "leaflet";
import type { LonLat } from "../api/types";
import { iconSvg } from "../ui/icons";
import { categoryIcon } from "./categories";

export interface StationPoint {
  code: string;
  name: string;
  category: string;
  status: string;
  at: LonLat;
  /** Of the category that is asked for; the others are drawn small and grey. */
  main: boolean;
  /** What the pointer and the screen reader are told. */
  title: string;
}

/** Markers of stations: real elements, so that they can be reached by keyboard. */
export class StationMarkers {
  readonly #group = L.layerGroup();
  readonly #pick: (code: string) => void;

  constructor(map: L.Map, pick: (code: string) => void) {
    this.#pick = pick;
    this.#group.addTo(map);
  }

  show(stations: readonly StationPoint[], selected: string | null): void {
    this.#group.clearLayers();
    for (const station of stations) {
      const size = station.main ? 26 : 18;
      const classes = ["pin", station.main ? "" : "pin-other", `pin-${station.status}`, station.code === selected ? "pin-selected" : ""];
      const icon = L.divIcon({
        className: classes.filter(Boolean).join(" "),
        html: iconSvg(categoryIcon(station.category)),
        iconSize: [size, size],
      });
      L.marker([station.at[1], station.at[0]], {
        icon,
        title: station.title,
        alt: station.title,
        keyboard: true,
        riseOnHover: true,
        zIndexOffset: station.main ? 500 : 0,
      })
        .on("click", () => this.#pick(station.code))
        .on("keypress", (event) => {
          const key = (event as L.LeafletKeyboardEvent).originalEvent.key;
          if (key === "Enter" || key === " ") this.#pick(station.code);
        })
        .addTo(this.#group);
    }
  }
}
