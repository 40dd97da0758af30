import { lang } from "../state/store";
import { en, one } from "./en";
import { count } from "./format";
import { zh, type Word } from "./zh";

export type { Word };

/** The word in the language of the page, with `{names}` filled in. Reading it in a component follows the switch. */
export function t(word: Word, values: Record<string, string | number> = {}): string {
  const text: string = (lang.value === "zh" ? zh : en)[word];
  return text.replace(/\{(\w+)\}/g, (all, name: string) => (name in values ? String(values[name]) : all));
}

/** The same for a number of things: English has its own word for one. */
export function tCount(word: Word & keyof typeof one, n: number): string {
  return n === 1 && lang.value === "en" ? one[word] : t(word, { n: count(n, lang.value) });
}

/** A place a station could stand at: street corners have numbers instead of names. */
export function placeName(name: string): string {
  const corner = /^corner:(\d+)$/.exec(name);
  return corner === null ? name : t("siting.corner", { n: corner[1]! });
}

/** In the brackets of the language, after what they explain. */
export function inBrackets(text: string): string {
  return lang.value === "zh" ? `（${text}）` : ` (${text})`;
}

/** A word by a code of the data; the code itself where the page has no word. */
export function tCode(group: "kinds" | "kind" | "reach" | "role" | "state" | "action" | "field" | "edit" | "planState" | "barrier" | "reason" | "area" | "street" | "mark" | "event" | "estep" | "elevel" | "asset" | "assetState" | "organisation", code: string | null | undefined): string {
  if (!code) return "";
  const word = `${group}.${code}`;
  return word in zh ? t(word as Word) : code;
}

/** The name of something that carries both languages; English names begin with a capital. */
export function named(both: { zh: string; en: string }): string {
  return lang.value === "zh" ? both.zh : both.en.charAt(0).toUpperCase() + both.en.slice(1);
}
