import type { Lang } from "./lang";

/** Units of the standards board, by their code. */
const UNITS: Record<string, Record<Lang, string>> = {
  m2: { zh: "m²", en: "m²" },
  workers: { zh: "人", en: "workers" },
  households: { zh: "户", en: "households" },
  persons: { zh: "人", en: "persons" },
  grids: { zh: "个网格", en: "grids" },
  categories: { zh: "类设施", en: "categories" },
  rooms: { zh: "间", en: "rooms" },
  years: { zh: "年", en: "years" },
  stations: { zh: "处", en: "stations" },
  communities: { zh: "个社区", en: "communities" },
};
const M2_PER_KM2 = 1_000_000;

/** A number with thousands separators and no idle decimals. */
export function plainNumber(value: number, lang: Lang): string {
  return new Intl.NumberFormat(lang === "zh" ? "zh-CN" : "en-GB", { maximumFractionDigits: 2 }).format(value);
}

/** A number in its unit; land of square kilometres in those. English says "1 worker". */
export function amount(value: number, unit: string | null, lang: Lang): string {
  if (unit === "m2" && Math.abs(value) >= M2_PER_KM2) return `${plainNumber(value / M2_PER_KM2, lang)} km²`;
  const name = UNITS[unit ?? ""]?.[lang] ?? unit ?? "";
  const one = lang === "en" && value === 1 ? name.replace(/ies$/, "y").replace(/s$/, "") : name;
  return one === "" ? plainNumber(value, lang) : `${plainNumber(value, lang)} ${one}`;
}

/** Percent of a hundred as the server rounds it, always with its two decimals: 83.33%. */
export function hundredths(value: number | null): string {
  return value === null ? "—" : `${value.toFixed(2)}%`;
}
