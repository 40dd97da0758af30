import { call } from "./call";
import type { components } from "./schema";
import type { Basis } from "./types";

type Schemas = components["schemas"];

export type AssetState = "in_order" | "damaged" | "missing" | "disused" | "unknown";
export type Side = "north" | "east" | "south" | "west";

/** Things of one category, and of each state within it. */
export interface Counted {
  category: string;
  number: number;
  states?: Partial<Record<string, number>>;
  /** Of events: how the category is called. */
  name?: string | null;
  name_en?: string | null;
}

/** What every listed point has. */
interface Point {
  code: string;
  name: string | null;
  category: string;
  lon: number;
  lat: number;
}

export type Asset = Point & { state: AssetState | null };
export type Organisation = Point & { work_phone: string | null };
export type OpenStation = Point & { status: string };

interface Group<Row, By = Counted> {
  number: number;
  by: By[];
  items: Row[];
  not_listed: number;
}

export type CardCount = Omit<Schemas["CardCount"], "basis"> & { basis: Basis | "vacant" };
export type CardWorker = Schemas["CardWorker"];

/** The five elements of a grid on a day. */
export interface GridCard {
  grid: Schemas["CardGrid"];
  as_of: string;
  people: { households: CardCount[]; workers: CardWorker[] };
  land: Omit<Schemas["CardLand"], "bounds" | "buildings"> & {
    bounds: Record<Side, string | null>;
    buildings: Group<unknown, { kind: string; number: number }>;
  };
  things: Group<Asset>;
  events: Group<unknown>;
  organisations: Group<Organisation>;
  stations: Group<OpenStation>;
}

function address(code: string, form: string, asked: Record<string, string | null>): string {
  const words = Object.entries(asked).filter((pair): pair is [string, string] => pair[1] !== null);
  return `/api/grids/${encodeURIComponent(code)}/card${form}${words.length > 0 ? `?${new URLSearchParams(words)}` : ""}`;
}

export function readGridCard(code: string, day: string | null, signal: AbortSignal): Promise<GridCard> {
  return call(address(code, "", { as_of: day }), { signal });
}

/** Address of the grid's ledger as a workbook. */
export function gridLedger(code: string, day: string | null, lang: string): string {
  return address(code, ".xlsx", { as_of: day, lang });
}
