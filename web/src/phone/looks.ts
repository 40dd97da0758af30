import { effect, signal } from "@preact/signals";
import { lang, say, type PhoneLang } from "./words";

export type Theme = "auto" | "light" | "dark";
export const theme = signal<Theme>(kept("theme", ["auto", "light", "dark"] as const) ?? "auto");
export const isLarge = signal(kept("large", ["on"] as const) === "on");
/** Counts changes of the colours: the map takes them anew. */
export const colours = signal(0);

function kept<T extends string>(name: string, allowed: readonly T[]): T | null {
  try {
    const value = localStorage.getItem(`wangge.phone.${name}`);
    return allowed.find((item) => item === value) ?? null;
  } catch {
    return null;
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`wangge.phone.${name}`, value);
  } catch {
    // A private window may refuse; the choice then lasts until it is closed.
  }
}

export function setTheme(value: Theme): void {
  theme.value = value;
  keep("theme", value);
}

export function setLarge(value: boolean): void {
  isLarge.value = value;
  keep("large", value ? "on" : "off");
}

export function setLang(value: PhoneLang): void {
  lang.value = value;
  keep("lang", value);
}

/** Dress the page as was chosen, and go with the phone where nothing was. */
export function dress(): void {
  lang.value = kept("lang", ["zh", "en"] as const) ?? "zh";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const put = (): void => {
    const root = document.documentElement;
    root.classList.toggle("dark", theme.value === "dark" || (theme.value === "auto" && dark.matches));
    root.classList.toggle("large", isLarge.value);
    root.lang = lang.value === "zh" ? "zh-CN" : "en";
    document.title = say("title");
    colours.value = colours.peek() + 1;
  };
  effect(put);
  // Engines before Chromium 79 know only the old name.
  if (typeof dark.addEventListener === "function") dark.addEventListener("change", put);
  else dark.addListener(put);
}
