import type { Located } from "../geo/locate";
import { locateIn, type GridRef } from "./package";
import { opened } from "./packages";
import { placeGiven } from "./place";

/** What the server's `GET /api/locate` answers, as far as the phone knows it by itself. */
export interface HereAnswer extends Omit<Located, "grid" | "candidates"> {
  grid: string | null;
  candidates: { code: string; share: number; border_m: number }[];
}

/**
 * For the app around the page: a mandated platform shows `/m` in its own window, where the browser often tells no
 * position, and hands over the one it has; or asks whose grid a place is, also without network.
 */
export interface Bridge {
  /** Null beyond the phone's own map. */
  locate(lon: number, lat: number, accuracyM: number | null): HereAnswer | null;
  /** Take a WGS 84 position that the app around the page knows. */
  place(lon: number, lat: number, accuracyM?: number | null): void;
}

const bridge: Bridge = {
  locate(lon, lat, accuracyM) {
    for (const one of opened.value) {
      const found = locateIn(one, lon, lat, accuracyM);
      if (found === null) continue;
      const code = (index: number): string => (one.asked[index] as GridRef).code;
      return {
        ...found,
        grid: found.grid === null ? null : code(found.grid),
        candidates: found.candidates.map(({ index, share, border_m }) => ({ code: code(index), share, border_m })),
      };
    }
    return null;
  },
  place(lon, lat, accuracyM) {
    // Whatever the app around the page hands over: numbers as text too, no accuracy, or one that is none.
    const [x, y] = [Number(lon), Number(lat)];
    if (!Number.isFinite(x) || !Number.isFinite(y) || Math.abs(x) > 180 || Math.abs(y) >= 90) return;
    const accuracy = accuracyM === null || accuracyM === undefined ? NaN : Number(accuracyM);
    placeGiven(x, y, Number.isFinite(accuracy) && accuracy >= 0 ? accuracy : null);
  },
};

export function offerBridge(): void {
  (window as unknown as { wangge: Bridge }).wangge = bridge;
}
