import { count } from "../../i18n/format";
import { lang } from "../../state/store";

/** "+120", "−8", "0": a difference with its sign. */
export function signed(value: number): string {
  if (value === 0) return "0";
  return `${value > 0 ? "+" : "−"}${count(Math.abs(value), lang.value)}`;
}
