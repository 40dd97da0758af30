import type { Lang } from "./lang";
import type { ProblemText } from "./problemText";

/** Problems of what-ifs and scenarios. */
export const WHAT_IF_PROBLEMS: Record<string, Record<Lang, ProblemText>> = {
  unknown_station: {
    zh: { what: "变动里的服务点已不在这一类别的数据中。", todo: "请去掉这一条变动。" },
    en: { what: "A station of the changes is no longer among those of this service.", todo: "Remove that change." },
  },
  way_joins_nothing: {
    zh: { what: "新通路有一端 50 米内没有街道。", todo: "请去掉它，把两端画到街道上再试。" },
    en: { what: "An end of the new path has no street within 50 m.", todo: "Remove it and draw it again from street to street." },
  },
  gate_joins_nothing: {
    zh: { what: "新出入口 100 米内不足两条街道。", todo: "请去掉它，换一个位置。" },
    en: { what: "There are not two streets within 100 m of the new gate.", todo: "Remove it and choose another place." },
  },
  no_streets: {
    zh: { what: "这里没有街道可以接新通路。", todo: "请先导入路网。" },
    en: { what: "There are no streets to join a new path to.", todo: "Import streets first." },
  },
  bad_changes: {
    zh: { what: "有一条变动不完整。", todo: "请改正或去掉它。" },
    en: { what: "One of the changes is incomplete.", todo: "Correct or remove it." },
  },
  no_name: {
    zh: { what: "方案需要一个名称。", todo: "请填写 100 字以内的名称。" },
    en: { what: "A scenario needs a name.", todo: "Give it one of up to 100 characters." },
  },
  unknown_scenario: {
    zh: { what: "没有这个方案，或不在您的范围内。", todo: "请从列表里选择。" },
    en: { what: "There is no such scenario in your area.", todo: "Choose one of the list." },
  },
  decided_already: {
    zh: { what: "这个方案已有决定。", todo: "列表已更新；要改时先“重新考虑”。" },
    en: { what: "This scenario has been decided already.", todo: "Take it up again first." },
  },
};
