import { signal } from "@preact/signals";
import { account, begun, readSession, session, signInAgain, signOut } from "./session";

/** Seconds until the sign-out, while it is being announced; else null. */
export const idleLeft = signal<number | null>(null);

const WARN_S = 60;
const TICK_MS = 1000;
/** Other windows of this browser share the session; they are told this often that it is in use. */
const TELL_MS = 5000;
const ACTIVE_KEY = "wangge.active";

/** How long before the end it is announced, in seconds: a minute, or half of a shorter time. */
export function warnSeconds(idleS: number): number {
  return Math.min(WARN_S, Math.floor(idleS / 2));
}

/** Whole seconds left after the last use (both in ms), never below 0. */
export function secondsLeft(lastMs: number, nowMs: number, idleS: number): number {
  return Math.max(0, Math.ceil(idleS - (nowMs - lastMs) / 1000));
}

let active = Date.now();
let asked = Date.now();
let told = 0;

/** The server has answered: it counts from now. */
export function calledServer(): void {
  asked = Date.now();
}

function elsewhere(): number {
  try {
    return Number(localStorage.getItem(ACTIVE_KEY)) || 0;
  } catch {
    return 0;
  }
}

function touch(): void {
  // The announcement wants an answer: a bumped mouse is none.
  if (idleLeft.value !== null) return;
  active = Date.now();
  if (active - told < TELL_MS) return;
  told = active;
  try {
    localStorage.setItem(ACTIVE_KEY, String(active));
  } catch {
    // Then every window counts for itself.
  }
}

/** Go on: the server's clock and this one start anew. */
export async function stay(): Promise<void> {
  idleLeft.value = null;
  told = 0;
  touch();
  await readSession();
}

function tick(): void {
  const state = session.value;
  if (state === null || account.value === null || !begun.value || signInAgain.value) {
    idleLeft.value = null;
    active = Date.now();
    return;
  }
  const now = Date.now();
  const last = Math.max(active, Math.min(elsewhere(), now));
  const left = secondsLeft(last, now, state.idle_s);
  if (left === 0) {
    idleLeft.value = 0;
    void signOut("idle");
    return;
  }
  idleLeft.value = left <= warnSeconds(state.idle_s) ? left : null;
  // Reading and pointing is use, though it asks the server nothing: tell it now and then.
  if (idleLeft.value === null && last > asked && now - asked > (state.idle_s * 1000) / 4) {
    asked = now;
    void readSession().catch(() => undefined);
  }
}

/** Announce the end of an unused session and sign out at it. */
export function watchIdle(): void {
  for (const event of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"]) {
    window.addEventListener(event, touch, { capture: true, passive: true });
  }
  window.setInterval(tick, TICK_MS);
}
