import type { Lang } from "./lang";
import type { ProblemText } from "./problemText";

/** Problems of events and campaigns. */
export const EVENT_PROBLEMS: Record<string, Record<Lang, ProblemText>> = {
  not_switched_on: {
    zh: { what: "这项功能没有启用。", todo: "需要时请系统管理员在服务器上启用。" },
    en: { what: "This is not switched on here.", todo: "The system administrator switches it on." },
  },
  unknown_event: {
    zh: { what: "没有这件事件，或本账号看不到它。", todo: "请在清单里另选一件。" },
    en: { what: "There is no such event, or not for this account.", todo: "Choose another in the list." },
  },
  unknown_campaign: {
    zh: { what: "没有这项检查，或本账号看不到它。", todo: "请另选一项。" },
    en: { what: "There is no such inspection, or not for this account.", todo: "Choose another." },
  },
  not_handler: {
    zh: { what: "这件事件由别的层级办理。", todo: "请联系承办单位。" },
    en: { what: "Another level has this event.", todo: "Turn to the office that has it." },
  },
  bad_event_step: {
    zh: { what: "从现在的状态不能这样办。", todo: "请看可以选的办法。" },
    en: { what: "That does not follow the state it is in.", todo: "See what is offered." },
  },
  stale: {
    zh: { what: "别人刚刚办过这件事件。", todo: "下面已是现在的状态，请看过再办。" },
    en: { what: "Somebody has just taken this event on.", todo: "How it stands now is shown: look, then go on." },
  },
  note_needed: {
    zh: { what: "这一步要写原因。", todo: "请写一句说明。" },
    en: { what: "This step needs a reason.", todo: "Write a sentence." },
  },
  outside_divisions: {
    zh: { what: "这个位置不在任何社区内。", todo: "请把位置移到县内。" },
    en: { what: "That place lies in no division.", todo: "Put the pin inside the county." },
  },
  merged_target: {
    zh: { what: "那件事件已经并入别的事件。", todo: "请合并到它并入的那件。" },
    en: { what: "That event was itself merged.", todo: "Merge into the one it went into." },
  },
  closed_event: {
    zh: { what: "这件事件已经办结。", todo: "" },
    en: { what: "This event is closed.", todo: "" },
  },
  campaign_changed: {
    zh: { what: "别人刚刚改过这项检查。", todo: "请取消后重新打开再改。" },
    en: { what: "Somebody has just changed this inspection.", todo: "Cancel, look at it again, then change it." },
  },
  closed_campaign: {
    zh: { what: "这项检查已经结束。", todo: "需要时先重新开启。" },
    en: { what: "This inspection is closed.", todo: "Open it again first." },
  },
  open_campaign: {
    zh: { what: "这项检查没有结束。", todo: "" },
    en: { what: "This inspection is not closed.", todo: "" },
  },
  bad_campaign: {
    zh: { what: "检查的内容不完整或太长。", todo: "请看名称、责任单位、检查项和范围。" },
    en: { what: "Something of the inspection is missing or too long.", todo: "Look at name, owner, items and area." },
  },
  not_in_campaign: {
    zh: { what: "这个网格不在这项检查的范围内。", todo: "范围可能改过，请看检查的修改记录。" },
    en: { what: "That grid is not in the area of this inspection.", todo: "The area may have been changed: see its changes." },
  },
  unknown_item: {
    zh: { what: "这一项不在检查里了。", todo: "请重新打开检查。" },
    en: { what: "That item is not in the inspection.", todo: "Open the inspection again." },
  },
  past_deadline: {
    zh: { what: "日期已经过去。", todo: "请选今天或以后的日期。" },
    en: { what: "That day is past.", todo: "Choose today or later." },
  },
};
