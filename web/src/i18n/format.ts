import type { Lang } from "./lang";

const THIN = "\u2009";
const locales: Record<Lang, string> = { zh: "zh-CN", en: "en-GB" };
const whole = new Map<Lang, Intl.NumberFormat>();

/** A whole number with thousands separators. */
export function count(value: number, lang: Lang): string {
  let format = whole.get(lang);
  if (format === undefined) {
    format = new Intl.NumberFormat(locales[lang], { maximumFractionDigits: 0 });
    whole.set(lang, format);
  }
  return format.format(value);
}

export function decimal(value: number, digits: number, lang: Lang): string {
  return new Intl.NumberFormat(locales[lang], {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}

/** A share of 1 as a percentage with one digit; "—" when there is nothing to share. */
export function percent(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "—";
  // Never round a part up to the whole, or a rest away to nothing.
  const scaled = value * 100;
  if (scaled > 99.9 && scaled < 100) return "99.9%";
  if (scaled > 0 && scaled < 0.1) return "0.1%";
  return `${scaled.toFixed(scaled === 100 || scaled === 0 ? 0 : 1)}%`;
}

/** Metres below one kilometre, kilometres above. */
export function distance(metres: number, lang: Lang): string {
  return metres < 1000 ? `${count(metres, lang)}${THIN}m` : `${decimal(metres / 1000, 2, lang)}${THIN}km`;
}

/** Seconds as minutes and seconds. */
export function duration(seconds: number, lang: Lang): string {
  const rounded = Math.round(seconds);
  const minutes = Math.floor(rounded / 60);
  const rest = `${rounded % 60}`.padStart(2, "0");
  return lang === "zh" ? `${minutes} 分 ${rest} 秒` : `${minutes} min ${rest} s`;
}

/** A span of two dates, or the one date. */
export function dateSpan(from: string | null | undefined, to: string | null | undefined): string | null {
  const a = from?.slice(0, 10);
  const b = to?.slice(0, 10);
  if (!a && !b) return null;
  if (!a || !b || a === b) return (b ?? a)!;
  return `${a} – ${b}`;
}

const two = (n: number): string => `${n}`.padStart(2, "0");

/** The server's days are China's (the audit is asked for by them): the page tells them alike on every machine. */
const CHINA_MS = 8 * 3600 * 1000;

/** A moment as China's clocks show it, the same in both languages; the text itself when it is none. */
export function moment(iso: string, seconds = false): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const china = new Date(at.getTime() + CHINA_MS);
  const clock = `${two(china.getUTCHours())}:${two(china.getUTCMinutes())}${seconds ? `:${two(china.getUTCSeconds())}` : ""}`;
  return `${day(at)} ${clock}`;
}

/** A moment without the year while it is this one. */
export function shortMoment(iso: string, now = new Date()): string {
  const text = moment(iso);
  const year = day(now).slice(0, 5);
  return text.startsWith(year) ? text.slice(5) : text;
}

/** The date of a moment in China, as fields of dates want it. */
export function day(at: Date): string {
  return new Date(at.getTime() + CHINA_MS).toISOString().slice(0, 10);
}
