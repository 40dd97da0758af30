import { signal } from "@preact/signals";
import { ask } from "./server";
import { openStore } from "./store";

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

export const categories = signal<readonly Category[]>([]);
export const campaigns = signal<readonly Campaign[]>([]);
export const events = signal<readonly MyEvent[]>([]);

/** Show what the phone keeps of a list, then the server's; what cannot be read now stays as it was. */
async function load<T>(path: string, key: string, put: (body: T) => void): Promise<void> {
  const db = await openStore();
  const kept = (await db?.get("page", key)) as T | undefined;
  if (kept !== undefined) put(kept);
  try {
    const { body } = await ask<T>(path);
    put(body);
    await db?.put("page", body, key);
  } catch {
    // Offline: the list of the last time.
  }
}

export function loadCategories(): Promise<void> {
  return load<{ categories: Category[] }>("/api/event-categories", "categories", (body) => (categories.value = body.categories));
}

export function loadCampaigns(who: string): Promise<void> {
  return load<{ campaigns: Campaign[] }>("/api/campaigns/mine", `campaigns ${who}`, (body) => (campaigns.value = body.campaigns));
}

export async function loadEvents(): Promise<void> {
  try {
    events.value = (await ask<{ events: MyEvent[] }>("/api/events?mine=true")).body.events;
  } catch {
    // Shown when there is a network.
  }
}
