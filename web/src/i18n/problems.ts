import { ACCOUNT_PROBLEMS } from "./accountProblems";
import { EVENT_PROBLEMS } from "./eventProblems";
import type { Lang } from "./lang";
import { PEOPLE_PROBLEMS } from "./peopleProblems";
import { PLAN_PROBLEMS } from "./planProblems";
import { SITING_PROBLEMS } from "./sitingProblems";
import { WHAT_IF_PROBLEMS } from "./whatIfProblems";
import type { ProblemText } from "./problemText";

/** By the stable code of the problem. */
const TABLE: Record<string, Record<Lang, ProblemText>> = {
  ...ACCOUNT_PROBLEMS,
  ...PEOPLE_PROBLEMS,
  ...PLAN_PROBLEMS,
  ...WHAT_IF_PROBLEMS,
  ...SITING_PROBLEMS,
  ...EVENT_PROBLEMS,
  server_unreachable: {
    zh: { what: "连接不上服务器。", todo: "请看服务是否在运行、网线是否接好，然后重新连接。" },
    en: { what: "The server cannot be reached.", todo: "See that it is running and the network is up, then reconnect." },
  },
  busy: {
    zh: { what: "同时处理的请求太多。", todo: "什么也没有改动；请等几秒再试。" },
    en: { what: "Too much is asked at once.", todo: "Nothing was changed; wait a few seconds and try again." },
  },
  internal_error: {
    zh: { what: "服务器出错，没有算完。", todo: "请再试一次；仍然出错时把时间和页面地址告诉管理员。" },
    en: { what: "The server failed before it was done.", todo: "Try again; if it stays, give the time and this address to the administrator." },
  },
  request_refused: {
    zh: { what: "服务器没有接受这个请求。", todo: "请检查计算条件。" },
    en: { what: "The server did not accept the request.", todo: "Check the conditions." },
  },
  bad_parameter: {
    zh: { what: "有一项条件不能这样填。", todo: "请看刚改的数值、日期或文字，改正后再试。" },
    en: { what: "One of the conditions cannot be what it is.", todo: "Look at the number, day or word that was changed last, and correct it." },
  },
  no_stations: {
    zh: { what: "这一类别没有在用的服务点。", todo: "请换一个类别，或先导入服务点。" },
    en: { what: "There is no open station of this service.", todo: "Choose another service, or import stations first." },
  },
  no_network: {
    zh: { what: "还没有街道数据，不能算步行时间。", todo: "请先导入 OSM 或路网文件。" },
    en: { what: "There are no streets, so walking times cannot be computed.", todo: "Import an OSM or street file first." },
  },
  no_buildings: {
    zh: { what: "还没有楼栋数据，没有可以统计的对象。", todo: "请先导入楼栋。" },
    en: { what: "There are no buildings to count.", todo: "Import buildings first." },
  },
  job_failed: {
    zh: { what: "计算中途失败。", todo: "请再试一次；仍然失败时请管理员查看日志。" },
    en: { what: "The computation failed on the way.", todo: "Try again; if it fails again, the log says why." },
  },
  job_lost: {
    zh: { what: "计算被中断了（服务可能重启过）。", todo: "请再试一次。" },
    en: { what: "The computation was interrupted, perhaps by a restart.", todo: "Try again." },
  },
  building_not_in_run: {
    zh: { what: "这次计算不包括这栋楼。", todo: "请换一个范围再算。" },
    en: { what: "This computation is not about this building.", todo: "Compute it for another area." },
  },
  inputs_changed: {
    zh: { what: "计算之后数据有更新，这次结果已经过期。", todo: "请重新计算。" },
    en: { what: "The data have changed since this result was computed.", todo: "Compute again." },
  },
  cancelled: {
    zh: { what: "计算已取消。", todo: "调整条件后会重新计算。" },
    en: { what: "The computation was cancelled.", todo: "Change a condition to compute again." },
  },
  not_found: {
    zh: { what: "没有找到。", todo: "它可能已被新的数据替换，请重新搜索。" },
    en: { what: "Not found.", todo: "It may have been replaced by newer data; search again." },
  },
  page_error: {
    zh: { what: "页面出错。", todo: "请刷新页面；条件都在地址里，不会丢。" },
    en: { what: "The page failed.", todo: "Reload; the address keeps all conditions." },
  },
};

/** What happened, without the full stop; null where the page has no sentence for the code. */
export function problemWhat(code: string, lang: Lang): string | null {
  const known = TABLE[code];
  return known === undefined ? null : known[lang].what.replace(/[。.]$/, "");
}

export function problemText(code: string, detail: string, lang: Lang): ProblemText {
  const known = TABLE[code] ?? (/^unknown_/.test(code) ? TABLE.not_found : undefined);
  if (known !== undefined) return known[lang];
  const rest = TABLE.request_refused![lang];
  return { what: detail === "" ? rest.what : detail, todo: rest.todo };
}
