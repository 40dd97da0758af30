import type { SiteFault, SiteReason } from "../state/siteList";
import type { Lang } from "./lang";
import type { ProblemText } from "./problemText";

/** Problems of where next. */
export const SITING_PROBLEMS: Record<string, Record<Lang, ProblemText>> = {
  infeasible: {
    zh: { what: "这样问没有答案。", todo: "原因和办法如下：" },
    en: { what: "There is no answer to this.", todo: "Why, and what would help:" },
  },
  no_candidates: {
    zh: { what: "范围里没有候选地点。", todo: "请画大一些，或加选别的候选。" },
    en: { what: "There is no candidate in the area.", todo: "Draw a larger area, or look at other candidates, too." },
  },
  unknown_place: {
    zh: { what: "必选或排除的地点已不在候选里。", todo: "请在候选名单里重新标。" },
    en: { what: "A must-have or forbidden site is no longer among the candidates.", todo: "Mark it again in the list." },
  },
  bad_siting: {
    zh: { what: "选址的条件不完整或超出范围。", todo: "请改正后再试：" },
    en: { what: "A condition is missing or out of range.", todo: "Correct it and try again:" },
  },
};

/** Why there is no answer, by the code of the reason; `{0}` is the first number of the server's sentence. */
const REASONS: Record<string, Record<Lang, string>> = {
  no_weight: { zh: "这个范围里没有住户：请换范围，或换户数口径", en: "no household lives here: choose another area or other households" },
  must_and_forbidden: { zh: "{0} 个地点既必选又排除：请去掉一边", en: "{0} sites are must-have and forbidden: take one back" },
  existing_and_forbidden: { zh: "{0} 个已有的服务点被排除：请取消排除", en: "{0} stations that exist are forbidden: take it back" },
  bad_target: { zh: "目标须大于 0、不超过 100%", en: "the target must be above 0 and up to 100%" },
  choose_too_few: { zh: "至少要新设 1 个点", en: "ask for 1 new station or more" },
  choose_too_many: { zh: "要新设 {0} 个，可选的候选只有 {1} 个：请最多填 {1}，或增加候选", en: "{0} were asked for and {1} may be chosen: ask for at most {1}, or add candidates" },
  must_exceeds_choose: { zh: "必选 {0} 个，却只新设 {1} 个：请填 {0} 或更多", en: "{0} are must-have and {1} were asked for: ask for {0} or more" },
  target_out_of_reach: {
    zh: "全部候选一起也只能让 {0} 户走得到（共 {1} 户，{2}），目标是 {3} 户：请把目标降到 {2} 以下，或放宽步行时间，或在走不到的住户附近加候选",
    en: "all candidates together reach {0} of {1} households ({2}), the target is {3}: lower it below {2}, allow longer walks, or add candidates near those out of reach",
  },
  demand_out_of_reach: { zh: "{1} 户走不到任何地点：请在附近加候选", en: "{1} households reach no site: add candidates near them" },
  capacity_short: {
    zh: "能力不够：走得到又有位置的只有 {0} 户，共 {1} 户：请提高能力、降低目标，或增加候选",
    en: "capacities hold {0} of {1} households: raise them, lower the target, or add candidates",
  },
  capacity_short_median: {
    zh: "能力不够：现有服务点加上最大的 {0} 个候选只有 {1} 户的能力，共 {2} 户：请多设点，或提高能力",
    en: "existing stations and the {0} largest candidates hold {1} of {2} households: ask for more stations or raise capacities",
  },
  capacity_out_of_place: { zh: "能力总数够，但住得多的地方不够：请提高那里的能力，或多设点", en: "capacities suffice in sum but not where many live: raise them there or ask for more stations" },
  choose_too_few_to_reach_all: { zh: "这么几个点不能让所有住户走到：请多设点", en: "so few stations do not reach everybody: ask for more" },
  not_found: { zh: "在允许的计算量内没有找到：请多设点，或减少候选", en: "nothing was found within the work allowed: ask for more stations or fewer candidates" },
  too_large: { zh: "户数乘路程太大，不能精确计算：请缩小范围", en: "households times walks are too large to compute exactly: choose a smaller area" },
  too_many_pairs: { zh: "楼栋与服务点的组合太多，按名额分配路程算不了：请缩小范围，或不计名额", en: "there are too many pairs of homes and stations to share places out by distance: choose a smaller area, or leave capacities out" },
};

/** A reason in the page's words; the server's sentence where there are none. */
export function reasonText(code: string, text: string, lang: Lang): string {
  const known = REASONS[code === "capacity_short" && text.startsWith("the existing") ? "capacity_short_median" : code];
  if (known === undefined) {
    const twice = /^(.*) comes twice$/.exec(text);
    return twice !== null && lang === "zh" ? `编码 ${twice[1]!} 重复：请改名单里的编码` : text;
  }
  const numbers = text.match(/\d[\d,]*(\.\d+)?( ?%)?/g) ?? [];
  return known[lang].replace(/\{(\d)\}/g, (_, n: string) => numbers[Number(n)] ?? "…");
}

const LIST_REASONS: Record<SiteReason, Record<Lang, string>> = {
  no_rows: { zh: "没有候选：须有表头和至少一行", en: "there are no candidates: a header and one row are needed" },
  not_text: { zh: "不是文本：请在表格软件里另存为 CSV", en: "this is no text: save it as CSV" },
  no_column: { zh: "没有这一列", en: "there is no such column" },
  open_quote: { zh: "引号没有闭合", en: "a quotation mark is not closed" },
  missing: { zh: "空着", en: "is empty" },
  not_a_number: { zh: "不是数", en: "is no number" },
  out_of_range: { zh: "超出范围", en: "is out of range" },
  swapped: { zh: "像是经度：经度和纬度可能填反了", en: "looks like a longitude: both may be swapped" },
  twice: { zh: "与第 {n} 行重复", en: "is that of row {n}, too" },
  too_long: { zh: "超过 80 个字", en: "is longer than 80 characters" },
  not_whole: { zh: "须是整数", en: "must be whole" },
  too_many: { zh: "超过 2,000 行", en: "has more than 2,000 rows" },
};

const LIST_FIELDS: Record<NonNullable<SiteFault["field"]>, Record<Lang, string>> = {
  code: { zh: "编码", en: "code" },
  name: { zh: "名称", en: "name" },
  lon: { zh: "经度", en: "lon" },
  lat: { zh: "纬度", en: "lat" },
  capacity: { zh: "能力", en: "capacity" },
};

/** "经度：不是数（东）": what is wrong in a row, with what stands there. */
export function listFaultText({ field, reason, given, other }: SiteFault, lang: Lang): string {
  const zh = lang === "zh";
  const what = LIST_REASONS[reason][lang].replace("{n}", `${other ?? ""}`);
  const shown = given === "" ? "" : zh ? `（${given}）` : ` (${given})`;
  return field === null ? what + shown : `${LIST_FIELDS[field][lang]}${zh ? "：" : ": "}${what}${shown}`;
}
