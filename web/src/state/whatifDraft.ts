import type { Change } from "../api/whatif";
import type { LonLat } from "../api/types";

/** What would change, as the hand has it; minutes and speed are null while they stay as they are. */
export interface Draft {
  changes: readonly Change[];
  minutes: number | null;
  speed: number | null;
  capacities: boolean;
  own: boolean;
}

export const NOTHING: Draft = { changes: [], minutes: null, speed: null, capacities: true, own: false };

export interface BaseStation {
  code: string;
  name: string;
  status: string;
  at: LonLat;
  capacity: number | null;
}

export type StationMark = "same" | "new" | "moved" | "closed" | "opened" | "planned";

/** A station as it would be. */
export interface ThenStation {
  code: string;
  name: string;
  at: LonLat;
  /** Where it stands now, of a moved one. */
  from: LonLat | null;
  mark: StationMark;
  capacity: number | null;
  resized: boolean;
}

/** The server numbers new stations in the order in which they are put. */
const NEW = "new:";
export function isNew(code: string): boolean {
  return code.startsWith(NEW);
}

function indexOfNew(changes: readonly Change[], code: string): number {
  let left = Number(code.slice(NEW.length));
  return changes.findIndex(({ op }) => op === "put" && (left -= 1) === 0);
}

function about(changes: readonly Change[], code: string, op: Change["op"]): Change | undefined {
  return changes.find((change) => change.op === op && change.station === code);
}

function withChanges(draft: Draft, changes: readonly Change[]): Draft {
  return { ...draft, changes };
}

function replaced(changes: readonly Change[], at: number, part: Partial<Change>): Change[] {
  return changes.map((change, i) => (i === at ? { ...change, ...part } : change));
}

/** One change of a kind for a station: the newest stands where the first stood. */
function upserted(changes: readonly Change[], change: Change): Change[] {
  const at = changes.findIndex(({ op, station }) => op === change.op && station === change.station);
  return at < 0 ? [...changes, change] : replaced(changes, at, change);
}

/** Places are sent to the centimetre or so: no more is meant by a hand. */
function place([lon, lat]: LonLat): { lon: number; lat: number } {
  return { lon: +lon.toFixed(7), lat: +lat.toFixed(7) };
}

export function putStation(draft: Draft, at: LonLat, capacity: number | null): Draft {
  return withChanges(draft, [...draft.changes, { op: "put", ...place(at), capacity }]);
}

export function moveStation(draft: Draft, code: string, at: LonLat): Draft {
  const { changes } = draft;
  if (isNew(code)) return withChanges(draft, replaced(changes, indexOfNew(changes, code), place(at)));
  return withChanges(draft, upserted(changes, { op: "move", station: code, ...place(at) }));
}

export function resizeStation(draft: Draft, code: string, capacity: number | null): Draft {
  const { changes } = draft;
  if (isNew(code)) return withChanges(draft, replaced(changes, indexOfNew(changes, code), { capacity }));
  return withChanges(draft, upserted(changes, { op: "capacity", station: code, capacity }));
}

/** Close an open station, open a planned one, or take back what was done so: a new station goes. */
export function flipStation(draft: Draft, station: Pick<ThenStation, "code" | "mark">): Draft {
  const { changes } = draft;
  const { code, mark } = station;
  const without = changes.filter((change) => change.station !== code);
  if (mark === "new") return withChanges(draft, changes.filter((_, i) => i !== indexOfNew(changes, code)));
  if (mark === "closed" || mark === "opened") return withChanges(draft, without);
  return withChanges(draft, [...without, { op: mark === "planned" ? "open" : "close", station: code }]);
}

export function addPath(draft: Draft, line: readonly LonLat[]): Draft {
  const rounded = line.map((at): [number, number] => [place(at).lon, place(at).lat]);
  return withChanges(draft, [...draft.changes, { op: "path", line: rounded }]);
}

export function addGate(draft: Draft, at: LonLat): Draft {
  return withChanges(draft, [...draft.changes, { op: "gate", ...place(at) }]);
}

/** Take a change away; what was built on an opened station goes with it. */
export function removeChange(draft: Draft, at: number): Draft {
  const gone = draft.changes[at];
  if (gone === undefined) return draft;
  return withChanges(
    draft,
    draft.changes.filter((change, i) => i !== at && !(gone.op === "open" && change.station === gone.station)),
  );
}

/** The stations of the service as they would be: known ones first, then the new ones. */
export function stationsThen(stations: readonly BaseStation[], changes: readonly Change[]): ThenStation[] {
  const then: ThenStation[] = [];
  for (const { code, name, status, at, capacity } of stations) {
    const opened = about(changes, code, "open") !== undefined;
    if (status !== "open" && status !== "planned") continue;
    const moved = about(changes, code, "move");
    const resized = about(changes, code, "capacity");
    const closed = about(changes, code, "close") !== undefined;
    const mark = closed ? "closed" : status === "planned" ? (opened ? "opened" : "planned") : moved === undefined ? "same" : "moved";
    then.push({
      code,
      name,
      at: moved === undefined ? at : [moved.lon ?? at[0], moved.lat ?? at[1]],
      from: moved === undefined ? null : at,
      mark,
      capacity: resized === undefined ? capacity : (resized.capacity ?? null),
      resized: resized !== undefined,
    });
  }
  let number = 0;
  for (const { op, lon, lat, capacity, name } of changes) {
    if (op !== "put") continue;
    number += 1;
    then.push({ code: `${NEW}${number}`, name: name ?? "", at: [lon ?? 0, lat ?? 0], from: null, mark: "new", capacity: capacity ?? null, resized: false });
  }
  return then;
}

/** Whether anything would change at all. */
export function isNothing({ changes, minutes, speed }: Draft): boolean {
  return changes.length === 0 && minutes === null && speed === null;
}
