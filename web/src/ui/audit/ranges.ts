import { day } from "../../i18n/format";

export const RANGES = ["today", "days7", "days30", "months6"] as const;
export type Range = (typeof RANGES)[number];

/** First and last day of a quick range, both included, seen from `now`. */
export function rangeOf(range: Range, now: Date): { from: string; to: string } {
  const start = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  if (range === "days7") start.setDate(start.getDate() - 6);
  else if (range === "days30") start.setDate(start.getDate() - 29);
  else if (range === "months6") {
    const date = start.getDate();
    start.setMonth(start.getMonth() - 6);
    // 31 August less six months is no 31 February.
    if (start.getDate() !== date) start.setDate(0);
  }
  return { from: day(start), to: day(now) };
}
