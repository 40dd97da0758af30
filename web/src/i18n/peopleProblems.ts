import type { Lang } from "./lang";
import type { ProblemText } from "./problemText";

/** Problems of the room of people. */
export const PEOPLE_PROBLEMS: Record<string, Record<Lang, ProblemText>> = {
  refused_grids: {
    zh: { what: "有的网格不能这样安排。", todo: "原因如下：" },
    en: { what: "Some of the grids refuse this.", todo: "Why:" },
  },
  overlaps: {
    zh: { what: "这几天里已经另有安排。", todo: "请换日期，或先结束原有安排。" },
    en: { what: "Something else holds on one of these days.", todo: "Choose other days, or end that first." },
  },
  check_decided: {
    zh: { what: "这一条已由他人处理。", todo: "重新读取后可看到现在的户数。" },
    en: { what: "Somebody else has decided this one.", todo: "Read it again to see the counts as they are now." },
  },
  bad_days: {
    zh: { what: "日期不在任职期内，或先后颠倒。", todo: "请看任职的起止日期后改正。" },
    en: { what: "The days lie outside the posting's, or are the wrong way round.", todo: "Look at the posting's days and correct them." },
  },
  same_person: {
    zh: { what: "还是同一个人。", todo: "请选另一人。" },
    en: { what: "That is the same person.", todo: "Choose somebody else." },
  },
  is_substitute: {
    zh: { what: "这是代班，不是本人的任职。", todo: "请在本人的任职上操作。" },
    en: { what: "That is a substitute's posting.", todo: "Use the holder's." },
  },
  bad_worker: {
    zh: { what: "姓名或电话不能用。", todo: "姓名 1 到 60 个字，电话最多 60 个字符。" },
    en: { what: "The name or telephone cannot be used.", todo: "1 to 60 characters for the name, at most 60 for the telephone." },
  },
  bad_posting: {
    zh: { what: "岗位不能用。", todo: "请选一个岗位，1 到 30 个字。" },
    en: { what: "The post cannot be used.", todo: "Choose a post of 1 to 30 characters." },
  },
  bad_post: {
    zh: { what: "岗位名称不能用。", todo: "每项 1 到 30 个字，不换行。" },
    en: { what: "The post's words cannot be used.", todo: "1 to 30 characters each, on one line." },
  },
  not_a_county: {
    zh: { what: "岗位叫法按县设置。", todo: "请用县级账号修改。" },
    en: { what: "Posts are a county's own.", todo: "Use an account of the county." },
  },
  bad_ledger: {
    zh: { what: "这不是台账表格。", todo: "请用 .xlsx 或 .csv。" },
    en: { what: "This is no ledger.", todo: "Use .xlsx or .csv." },
  },
  invalid_rows: {
    zh: { what: "有的行不合格。", todo: "原因如下：" },
    en: { what: "Some rows are refused.", todo: "Why:" },
  },
  missing_field: {
    zh: { what: "台账里缺少必要的列。", todo: "须有“姓名”和“网格编码”。" },
    en: { what: "A column is missing.", todo: "姓名 and 网格编码 are needed." },
  },
  empty_file: {
    zh: { what: "文件里没有数据行。", todo: "须有表头和至少一行。" },
    en: { what: "The file holds no row.", todo: "A header and one row are needed." },
  },
};

/** The server's reasons in Chinese; numbers and names stay where they stand. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^no grid in force on (\S+)$/, "$1 没有生效的网格"],
  [/^this person holds that post there already$/, "此人已在该网格任此岗位"],
  [/^(.+) begins there on (\S+)$/, "$1 将于 $2 到任"],
  [/^there is no grid (\S+) in force; import grids first$/, "没有生效的网格 $1"],
  [/^(\S+) is not after valid_from (\S+)$/, "结束日期 $1 不晚于开始日期 $2"],
  [/^this person holds that post there from (\S+) to further on already$/, "此人自 $1 起已任此岗位"],
  [/^this person holds that post there from (\S+) to (\S+) already$/, "此人 $1 至 $2 已任此岗位"],
  [/^row (\d+) says that this person holds the post there already$/, "与第 $1 行重复"],
  [/^(.+) is no telephone number$/, "“$1”不是电话号码"],
  [/^it lies outside the area of this account$/, "不在您的管辖范围"],
  [/^"(.+)" is no date .*$/, "“$1”不是日期（例：2025-01-31）"],
  [/^.*(is empty$|missing).*$/, "空着"],
];

export function postingReason(reason: string, lang: Lang): string {
  if (lang === "en") return reason;
  const known = REASONS.find(([pattern]) => pattern.test(reason));
  return known === undefined ? reason : reason.replace(known[0], known[1]);
}

/** What is noted of a ledger that was read, in Chinese. */
const NOTES: readonly (readonly [RegExp, string])[] = [
  [/^text read as (\S+) \(found out from the text\)(?:, e\.g\. (.*))?$/, "文字按 $1 读取（自动识别），例如：$2"],
  [/^(\d+) rows of totals were left out \(row (.+)\)$/, "$1 行合计没有读入（第 $2 行）"],
  [/^columns that were not read: (.*)$/, "没有读的列：$1"],
  [/^there is no column of first days: who is new begins today$/, "没有开始日期列：新任职从今天开始"],
  [/^no list of posts has (.+) \((\d+) rows\): its holders answer for their grids$/, "岗位清单里没有“$1”（$2 行）：按负责人计；写错了请先改表"],
];

export function ledgerNote(note: string, lang: Lang): string {
  if (lang === "en") return note;
  const known = NOTES.find(([pattern]) => pattern.test(note));
  return known === undefined ? note : note.replace(known[0], known[1]);
}

const FIELDS: Record<string, string> = { grid: "网格编码", name: "姓名", work_phone: "工作电话", post: "岗位", valid_from: "开始日期", valid_to: "结束日期" };

export function ledgerField(field: string | null | undefined, lang: Lang): string {
  if (field == null) return "";
  return lang === "zh" ? (FIELDS[field] ?? field) : field;
}
