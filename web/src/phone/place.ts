import { computed, effect, signal } from "@preact/signals";
import { wayTo, type Located, type Way } from "../geo/locate";
import { LeaveWatch, answerOf, type Answer } from "./answer";
import type { GridRef } from "./package";
import { locateIn } from "./package";
import { opened, ownCodes, ownKnown, standing } from "./packages";
import { ask } from "./server";

/** Where the worker is, and how that is known. */
export interface Position {
  lon: number;
  lat: number;
  accuracy_m: number | null;
  by: "gps" | "tap" | "building";
  /** Of the building. */
  name?: string;
  code?: string;
}

export const position = signal<Position | null>(null);
/** Why the phone tells no position; null while it may still. */
export const noLocation = signal<"insecure" | "denied" | "none" | "failed" | null>(null);
/** Why a building whose code was scanned is not the place; until it was read. */
export const scanProblem = signal<"scan_unknown" | "scan_away" | null>(null);
/** No newer position has come for a while: since when the one that is shown is known. */
export const staleSince = signal<number | null>(null);
/** What the server said of a position that the packages do not reach. */
const asked = signal<{ at: Position; answer: Answer | null } | null>(null);

/** The way back to the own grids, as far as this phone has them. */
function wayHome(at: Position): Way | null {
  const own = opened.value.filter((one) => ownCodes.value.has(one.code));
  return wayTo(at.lon, at.lat, own.map((one) => one.shapes.get(one.code)!));
}

/** Answer by the phone's own packages, or null where they do not reach, or where one's own grids are not known yet. */
export function answerHere(at: Position): Answer | null {
  if (!ownKnown.value) return null;
  for (const one of opened.value) {
    const found = locateIn(one, at.lon, at.lat, at.accuracy_m);
    if (found !== null) return answerOf(found, one.asked, ownCodes.value, true, wayHome(at));
  }
  return null;
}

export const answer = computed<Answer | null>(() => {
  const at = position.value;
  if (at === null) return null;
  const here = answerHere(at);
  if (here !== null) return here;
  const found = asked.value;
  return found !== null && found.at === at ? found.answer : null;
});

/** The position lies beyond the packages, and the server did not answer either. */
export const beyond = computed(() => position.value !== null && answer.value === null && asked.value?.at === position.value);

interface LocatedByServer {
  status: Located["status"];
  grid: GridRef | null;
  border_m: number | null;
  bearing_deg: number | null;
  candidates: (GridRef & { share: number; border_m: number })[];
  outside_share: number;
}

async function askServer(at: Position): Promise<Answer | null> {
  const query = `lon=${at.lon}&lat=${at.lat}${at.accuracy_m === null ? "" : `&accuracy_m=${Math.min(5000, at.accuracy_m)}`}`;
  try {
    const { body } = await ask<LocatedByServer>(`/api/locate?${query}`);
    const grids: GridRef[] = body.candidates.length > 0 ? body.candidates : body.grid === null ? [] : [body.grid];
    const own = body.grid === null ? -1 : grids.findIndex((grid) => grid.code === body.grid!.code);
    const found: Located = {
      status: body.status,
      grid: own < 0 ? null : own,
      border_m: body.border_m,
      bearing_deg: body.bearing_deg,
      candidates: body.candidates.map(({ share, border_m }, index) => ({ index, share, border_m })),
      outside_share: body.outside_share,
    };
    return answerOf(found, grids, ownCodes.value, false, wayHome(at));
  } catch {
    return null;
  }
}

let watching: number | null = null;
let fixedAt: number | null = null;

/** Follow the phone's position. Asked for once the page shows why. */
export function follow(): void {
  noLocation.value = null;
  if (!window.isSecureContext) {
    noLocation.value = "insecure";
    return;
  }
  const source = navigator.geolocation as Geolocation | undefined;
  if (source === undefined) {
    noLocation.value = "none";
    return;
  }
  if (watching !== null) source.clearWatch(watching);
  watching = source.watchPosition(
    ({ coords }) => {
      noLocation.value = null;
      staleSince.value = null;
      fixedAt = Date.now();
      // A place that was pointed at stays until the worker goes back to following.
      if (position.value === null || position.value.by === "gps") {
        position.value = { lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy, by: "gps" };
      }
    },
    (error) => {
      // Taking longer than usual is no loss; a position that is gone must not stand as if it held.
      if (position.value?.by === "gps" && error.code !== error.TIMEOUT) position.value = null;
      if (position.value?.by === "gps" && fixedAt !== null) staleSince.value = fixedAt;
      if (position.value === null) noLocation.value = error.code === error.PERMISSION_DENIED ? "denied" : "failed";
    },
    { enableHighAccuracy: true, maximumAge: 5000, timeout: 30_000 },
  );
}

/** The platform around the page says where the phone is: its word stands, whatever the phone's own sensor does. */
export function placeGiven(lon: number, lat: number, accuracyM: number | null): void {
  if (watching !== null) navigator.geolocation.clearWatch(watching);
  watching = null;
  noLocation.value = null;
  staleSince.value = null;
  position.value = { lon, lat, accuracy_m: accuracyM, by: "gps" };
}

/** Something else is to be the place now. */
export function forgetPointed(): void {
  if (position.value?.by !== "gps") position.value = null;
}

export function pointAt(lon: number, lat: number, building?: { name: string; code: string }): void {
  scanProblem.value = null;
  position.value = { lon, lat, accuracy_m: null, by: building === undefined ? "tap" : "building", ...building };
}

/** Leave the place that was pointed at and follow the phone again. */
export function followAgain(): void {
  position.value = null;
  follow();
}

const ASK_AFTER_MS = 700;

/** Ask the server where the packages do not reach, and vibrate when the own grids are left. */
export function watchPlace(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const at = position.value;
    clearTimeout(timer);
    if (at === null || !ownKnown.value || answerHere(at) !== null || asked.peek()?.at === at) return;
    timer = setTimeout(() => {
      void askServer(at).then((found) => {
        if (position.value === at) asked.value = { at, answer: found };
      });
    }, ASK_AFTER_MS);
  });
  effect(() => {
    const found = answer.value;
    // Outside one's own the map stays where it was.
    if (found?.kind === "mine" && found.grid !== null) standing.value = found.grid.code;
  });
  const leaving = new LeaveWatch();
  effect(() => {
    const found = answer.value;
    if (found === null || position.value?.by !== "gps") return;
    if (leaving.next(found, Date.now())) navigator.vibrate?.([200, 100, 200]);
  });
}
