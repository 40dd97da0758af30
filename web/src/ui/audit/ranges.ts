import { day } from "../../i18n/format";

export const RANGES = ["today", "days7", "days30", "months6"] as const;
export type Range = (typeof RANGES)[number];

/** First and last day (China's) of a quick range, both included, seen from `now`. */
export function rangeOf(range: Range, now: Date): { from: string; to: string } {
  const to = day(now);
  const start = new Date(`${to}T00:00:00Z`);
  if (range === "days7") start.setUTCDate(start.getUTCDate() - 6);
  else if (range === "days30") start.setUTCDate(start.getUTCDate() - 29);
  else if (range === "months6") {
    const date = start.getUTCDate();
    start.setUTCMonth(start.getUTCMonth() - 6);
    // 31 August less six months is no 31 February.
    if (start.getUTCDate() !== date) start.setUTCDate(0);
  }
  return { from: start.toISOString().slice(0, 10), to };
}
