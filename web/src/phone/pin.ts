import { signal } from "@preact/signals";
import { account, locked } from "./session";
import { ended, forget, openStore, type Facts } from "./store";

/**
 * A PIN keeps a passer-by off an unlocked phone. It is checked here, so it works offline; it does not encrypt what
 * the phone keeps (own grid, counts of households, nothing personal), and says so in the manual.
 */

export const TRIES = 5;
export const LEAST = 4;
const ROUNDS = 200_000;
/** Tries that are left, once one was wrong. */
export const left = signal<number | null>(null);
export const gone = signal(false);

/** Whether this browser can keep one: the arithmetic is there over https only. */
export function possible(): boolean {
  return typeof crypto !== "undefined" && (crypto as { subtle?: SubtleCrypto }).subtle !== undefined;
}

async function derive(pin: string, salt: string): Promise<string> {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveBits"]);
  const bytes = Uint8Array.from(atob(salt), (c) => c.charCodeAt(0));
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: bytes, iterations: ROUNDS }, key, 256);
  return base64(new Uint8Array(bits));
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

async function change(work: (facts: Facts) => Facts): Promise<Facts | null> {
  const db = await openStore();
  const who = account.value;
  if (db === null || who === null) return null;
  const facts = await db.get("facts", who);
  if (facts === undefined) return null;
  const changed = work(facts);
  await db.put("facts", changed);
  return changed;
}

export async function hasPin(): Promise<boolean> {
  const db = await openStore();
  const who = account.value;
  return who !== null && ((await db?.get("facts", who))?.pin ?? null) !== null;
}

/** Returns whether it is kept: without a store it would be gone with the page. */
export async function setPin(pin: string | null): Promise<boolean> {
  if (pin === null) return (await change((facts) => ({ ...facts, pin: null }))) !== null;
  const salt = base64(crypto.getRandomValues(new Uint8Array(16)));
  const hash = await derive(pin, salt);
  return (await change((facts) => ({ ...facts, pin: { salt, hash, tries: 0 } }))) !== null;
}

/** Try to unlock; after five wrong ones the phone forgets the grids, never what was not sent. */
export async function unlock(pin: string): Promise<boolean> {
  const db = await openStore();
  const who = account.value!;
  const facts = await db?.get("facts", who);
  if (!facts?.pin) {
    locked.value = false;
    return true;
  }
  // Counted before it is tried: closing the page wins no further tries.
  const tries = facts.pin.tries + 1;
  await change((kept) => ({ ...kept, pin: kept.pin && { ...kept.pin, tries } }));
  if ((await derive(pin, facts.pin.salt)) === facts.pin.hash) {
    await change((kept) => ({ ...kept, pin: kept.pin && { ...kept.pin, tries: 0 } }));
    left.value = null;
    locked.value = false;
    return true;
  }
  left.value = TRIES - tries;
  if (tries >= TRIES) {
    // Told when the network is back, if it is gone now; until then nobody comes in by this session.
    await ended.set();
    await forget(who);
    gone.value = true;
  }
  return false;
}
