import type { Finding } from "../api/plans";
import { tCode } from "./index";
import type { Lang } from "./lang";

type Values = Record<string, unknown>;

/** What a rule finds, by rule; more exact words by the code of the reason. */
const RULES: Record<string, Record<Lang, string>> = {
  R1: { zh: "网格不是完整的一块", en: "The grid is not one whole piece" },
  R2: { zh: "网格伸出了本社区", en: "The grid reaches out of its community" },
  R3: { zh: "与相邻网格重叠", en: "It overlaps a sibling" },
  R4: { zh: "有没划入网格的地方", en: "Some land is in no grid" },
  R5: { zh: "户数不在标准内", en: "Households are outside the band" },
  R6: { zh: "有楼栋被界线切开", en: "A building is cut by the border" },
  R7: { zh: "网格内有主干道、铁路或河流", en: "A main road, railway or river lies inside" },
  R8: { zh: "没有负责人", en: "Nobody is responsible" },
  R9: { zh: "编码不对", en: "The code is not right" },
  R10: { zh: "网格之间户数相差较大", en: "Grids differ much in households" },
  R11: { zh: "形状狭长，一圈走不完", en: "The shape is drawn out and hard to walk in one round" },
};

/** By the code of the reason; `{names}` are filled in from its values. */
const REASONS: Record<string, Record<Lang, string>> = {
  no_land: { zh: "这个网格还没有地块，请涂绘或解散它", en: "It has no land yet: paint it or dissolve it" },
  several_pieces: { zh: "分成互不相连的 {pieces} 块；确实合适时请在卡片里写明理由", en: "It is in {pieces} pieces that do not touch; where that is right, give a reason on its card" },
  several_pieces_stated: { zh: "分成 {pieces} 块，理由：{reason}", en: "In {pieces} pieces; the reason given: {reason}" },
  gap: { zh: "有一片地没有划入网格：{hectares} 公顷、{buildings} 栋楼", en: "Land in no grid: {hectares} ha with {buildings} buildings" },
  below_band: { zh: "户数低于标准 {min}–{max} 户", en: "Fewer households than the band {min}–{max}" },
  above_band: { zh: "户数高于标准 {min}–{max} 户", en: "More households than the band {min}–{max}" },
  below_band_stated: { zh: "户数低于标准 {min}–{max} 户，理由：{reason}", en: "Below the band {min}–{max}; the reason given: {reason}" },
  above_band_stated: { zh: "户数高于标准 {min}–{max} 户，理由：{reason}", en: "Above the band {min}–{max}; the reason given: {reason}" },
  whole_estate: { zh: "一个完整小区，不在标准 {min}–{max} 户内，按例外允许", en: "One whole estate outside the band {min}–{max}, allowed as an exception" },
  main_barrier_inside: { zh: "内有{barrier} {length_m} 米；确实合适时请在卡片里确认", en: "{length_m} m of {barrier} run inside; confirm it on the card where that is meant" },
  no_lead: { zh: "还没有网格员", en: "No grid worker is named yet" },
  code_twice: { zh: "编码 {grid_code} 和{other}重复", en: "Code {grid_code} is also that of {other}" },
  code_prefix: { zh: "编码 {grid_code} 不以本社区编码开头", en: "Code {grid_code} does not begin with the community's" },
  code_used: { zh: "编码 {grid_code} 以前给过别的网格", en: "Code {grid_code} was given to another grid before" },
  unbalanced: { zh: "最大的网格 {largest} 户，最小的{smallest_part} {smallest} 户，相差较大", en: "The largest grid has {largest} households, {smallest_part} only {smallest}" },
  ragged: { zh: "边界太曲折（紧凑度 {polsby_popper}）", en: "Its shape is ragged (compactness {polsby_popper})" },
  long_round: { zh: "从一头到另一头 {extent_m} 米，走一圈太远", en: "{extent_m} m from end to end: long for one round on foot" },
};

type NameOf = (no: number) => string;

/** A finding in words; the server's own sentence where the page has none for its code. `nameOf` names a part. */
export function findingText(finding: Finding, lang: Lang, nameOf: NameOf): string {
  const { code, values } = finding.reason;
  const known = REASONS[code]?.[lang];
  if (known !== undefined) return filled(known, worded(values, nameOf));
  if (lang === "en" && finding.text) return finding.text;
  return RULES[finding.rule]?.[lang] ?? finding.text ?? finding.rule;
}

/** Numbers of parts by their names, barriers by their words, land in hectares. */
function worded(values: Values, nameOf: NameOf): Values {
  const named: Values = { ...values };
  for (const key of ["other", "smallest_part"]) if (typeof values[key] === "number") named[key] = nameOf(values[key]);
  if (typeof values.barrier === "string") named.barrier = tCode("barrier", values.barrier);
  if (typeof values.area_m2 === "number") named.hectares = (values.area_m2 / 10_000).toFixed(1);
  if (typeof values.length_m === "number") named.length_m = Math.round(values.length_m);
  return named;
}

function filled(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => (values[name] === undefined || values[name] === null ? all : String(values[name])));
}
