import { computed, signal } from "@preact/signals";
import type { GridPackage, Opened } from "./package";
import { open } from "./package";
import { ask } from "./server";
import { account, home } from "./session";
import { openStore } from "./store";

/** The worker's grids, ready to be asked and drawn. */
export const opened = signal<readonly Opened[]>([]);
/** The one that was chosen for the map. */
export const shown = signal<string | null>(null);
/** Code of a grid that a link names, for whoever may read it without being posted there. */
export const linked = signal<string | null>(null);

/** The grids one is posted in, or the one that a link names. */
const posted = computed<readonly string[]>(() => {
  const own = home.value?.grids.map((grid) => grid.code) ?? [];
  return own.length > 0 ? own : linked.value === null ? [] : [linked.value];
});

/** The own grids, with those nested in them. */
export const ownCodes = computed<ReadonlySet<string>>(() => {
  const nested = opened.value.filter((one) => posted.value.includes(one.code)).flatMap((one) => one.data.grids.filter((grid) => grid.own === true));
  return new Set([...posted.value, ...nested.map((grid) => grid.code)]);
});

/** Every grid that is to be on this phone is; null for whoever has none today. */
export const gridsHere = computed<boolean | null>(() => (posted.value.length === 0 ? null : posted.value.every((code) => opened.value.some((one) => one.code === code))));

/** Whose the grids are is known: before the server has said so for the first time nothing is "not yours". */
export const ownKnown = computed(() => home.value !== null || linked.value !== null);

/** The grid that has the position, as far as it is known. */
export const standing = signal<string | null>(null);
/** The one that was chosen, else the one the worker stands in. */
export const current = computed<Opened | null>(() => {
  const of = (code: string | null): Opened | undefined => opened.value.find((one) => one.code === code);
  return of(shown.value) ?? of(standing.value) ?? opened.value[0] ?? null;
});

/** Show what this phone keeps, before the network says anything. */
export async function openKept(who: string): Promise<void> {
  const db = await openStore();
  if (db === null) return;
  const kept = (await db.getAll("packages")).filter((item) => item.account === who && posted.value.includes(item.code));
  if (kept.length > 0) opened.value = kept.map((item) => open(item.data, item.tag));
}

/** Bring the packages up to date; one that did not change is not sent again. */
export async function refresh(): Promise<void> {
  const who = account.value;
  const db = await openStore();
  const found: Opened[] = [];
  for (const code of posted.value) {
    const kept = who === null || db === null ? undefined : await db.get("packages", [who, code]);
    const here = opened.value.find((one) => one.code === code);
    const known = here?.tag ?? kept?.tag ?? null;
    const headers: Record<string, string> = known === null ? {} : { "If-None-Match": known };
    const { status, tag, body } = await ask<GridPackage>(`/api/phone/grids/${encodeURIComponent(code)}`, { headers });
    if (status !== 304) {
      if (who !== null) await db?.put("packages", { account: who, code, tag, data: body });
      found.push(open(body, tag));
    } else found.push(here !== undefined && here.tag === known ? here : open(kept!.data, kept!.tag));
  }
  opened.value = found;
  if (who === null || db === null) return;
  for (const key of await db.getAllKeys("packages")) {
    if (key[0] === who && !posted.value.includes(key[1])) await db.delete("packages", key);
  }
}
