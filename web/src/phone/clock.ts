import { signal } from "@preact/signals";

const TICK_MS = 20_000;
/** The moment, for what is told in minutes. */
export const clock = signal(Date.now());

export function watchClock(): void {
  setInterval(() => (clock.value = Date.now()), TICK_MS);
}
