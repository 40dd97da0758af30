import { batch, signal } from "@preact/signals";
import { listRead, settled } from "./outbox";
import { refresh } from "./packages";
import { ask } from "./server";
import { account } from "./session";
import { openStore, type Queued } from "./store";

export interface Category {
  key: string;
  name: string;
  name_en: string;
  group: string;
  group_name: string;
  group_name_en: string;
}

export interface Campaign {
  id: string | number;
  name: string;
  owner: string | null;
  note?: string | null;
  deadline: string | null;
  grid: string | { code: string; name: string | null };
  items: { id: string | number; text: string; done: boolean; done_at?: string | null; note?: string | null }[];
}

export interface MyEvent {
  id: string;
  number: number | string | null;
  category: string;
  category_name?: string;
  state: string;
  reported_at: string;
  text?: string | null;
}

/** An event of one of the own grids that is its worker's to deal with. */
export interface WorkEvent extends MyEvent {
  category_name: string;
  category_name_en: string;
  lon: number;
  lat: number;
  building: string | null;
  grid: { code: string; name: string | null } | null;
  due_at: string | null;
  overdue: boolean;
  deadline: { calendar: "complete" | "no_entry"; years: number[] } | null;
  /** Steps the server would take now. */
  work: string[];
  photos: number;
  photos_missing: number[];
}

/** Households one has proposed for a building. */
export interface Check extends Partial<Record<CheckFigure, number | null>> {
  id: string;
  building: string;
  building_name: string | null;
  estate: string | null;
  counted_on: string;
  state: "proposed" | "accepted" | "returned";
  reason: string | null;
}

export const CHECK_FIGURES = ["registered", "resident", "vacant", "planned"] as const;
export type CheckFigure = (typeof CHECK_FIGURES)[number];

export const checks = signal<readonly Check[]>([]);
export const categories = signal<readonly Category[]>([]);
export const campaigns = signal<readonly Campaign[]>([]);
export const events = signal<readonly MyEvent[]>([]);
export const work = signal<readonly WorkEvent[]>([]);
/** The lists that this phone has or had, by their names: before that, an empty one says nothing. */
export const known = signal<ReadonlySet<string>>(new Set());
/** When the page's last visit to the server had left all of the lists on this phone; null before the first did. */
export const stocked = signal<string | null>(null);
/** Readings are numbered; by list the newest that is shown: an answer that another has overtaken is let go. */
let readings = 0;
const newest = new Map<string, number>();

/**
 * Show what the phone keeps of a list, then the server's; what cannot be read now stays as it was. The server's knows
 * what it had taken of a kind of entries before it was asked. Tells whether the server's is on the phone now.
 */
async function load<T>(name: string, path: string, key: string, put: (body: T) => void, kind: Queued["kind"] | null = null): Promise<boolean> {
  const turn = (readings += 1);
  const overtaken = (): boolean => (newest.get(key) ?? 0) > turn;
  const show = (body: T): void => {
    put(body);
    known.value = new Set([...known.value, name]);
  };
  const db = await openStore();
  const kept = (await db?.get("page", key)) as T | undefined;
  if (kept !== undefined && !newest.has(key)) show(kept);
  try {
    const then = settled.value;
    const { body } = await ask<T>(path);
    if (overtaken()) return db !== null;
    newest.set(key, turn);
    batch(() => {
      show(body);
      if (kind !== null) listRead(kind, then);
    });
    await db?.put("page", body, key);
    return db !== null;
  } catch {
    // Offline: the list of the last time.
    return false;
  }
}

export function loadCategories(): Promise<boolean> {
  return load<{ categories: Category[] }>("categories", "/api/event-categories", "categories", (body) => (categories.value = body.categories));
}

export function loadCampaigns(who: string): Promise<boolean> {
  return load<{ campaigns: Campaign[] }>("campaigns", "/api/campaigns/mine", `campaigns ${who}`, (body) => (campaigns.value = body.campaigns), "mark");
}

/** What one counted, and what became of it; what has been taken over is in the grid from then on. */
export async function loadChecks(who: string): Promise<boolean> {
  let isNew = false;
  const put = (body: { checks: Check[] }): void => {
    // Also what was taken over before this phone had read that it waits.
    const before = new Set(checks.value.filter((check) => check.state === "accepted").map((check) => check.id));
    isNew = body.checks.some((check) => check.state === "accepted" && !before.has(check.id));
    checks.value = body.checks;
  };
  const done = await load("checks", "/api/household-checks?limit=50", `checks ${who}`, put, "check");
  if (isNew) await refresh().catch(() => undefined);
  return done;
}

export function loadWork(who: string): Promise<boolean> {
  return load<{ events: WorkEvent[] }>("work", "/api/events?own_grids=true&state=open&level=grid&limit=200", `work ${who}`, (body) => (work.value = body.events), "step");
}

/** Bring what can be reported and what is to be done to the phone, before the network is gone. */
export async function loadLists(who: string, on: readonly string[]): Promise<void> {
  const events = on.includes("events");
  const done = await Promise.all([loadChecks(who), ...(events ? [loadCategories(), loadWork(who), loadEvents(who)] : []), ...(on.includes("campaigns") ? [loadCampaigns(who)] : [])]);
  if (!done.every(Boolean) || account.value !== who) return;
  const now = new Date().toISOString();
  stocked.value = now;
  await (await openStore())?.put("page", now, `stocked ${who}`).catch(() => undefined);
}

/** Remember, when the page is opened, whether all was here. */
export async function recallStocked(who: string): Promise<void> {
  stocked.value = ((await (await openStore())?.get("page", `stocked ${who}`)) as string | undefined) ?? null;
}

/** Another account is on this phone now: none of these lists is its. */
export function clearLists(): void {
  batch(() => {
    for (const list of [campaigns, events, work, checks]) list.value = [];
    stocked.value = null;
    known.value = new Set([...known.value].filter((name) => name === "categories"));
  });
}

export function loadEvents(who: string): Promise<boolean> {
  return load<{ events: MyEvent[] }>("events", "/api/events?mine=true", `mine ${who}`, (body) => (events.value = body.events));
}
