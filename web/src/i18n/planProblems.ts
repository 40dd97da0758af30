import type { Lang } from "./lang";
import type { ProblemText } from "./problemText";

/** Problems of plans and cells. */
export const PLAN_PROBLEMS: Record<string, Record<Lang, ProblemText>> = {
  no_cells: {
    zh: { what: "本县还没有划分单元。", todo: "请先制作划分单元。" },
    en: { what: "This county has no cells yet.", todo: "Make the cells first." },
  },
  stale_revision: {
    zh: { what: "别人刚改了同样的地方。", todo: "请看清楚后再改一次。" },
    en: { what: "Somebody has just changed the same places.", todo: "Have a look and change them again." },
  },
  stale_cells: {
    zh: { what: "有单元刚被切开。", todo: "图已更新，请再改一次。" },
    en: { what: "Some of these cells have just been cut.", todo: "The map has been renewed; change them again." },
  },
  locked: {
    zh: { what: "网格已锁定。", todo: "请先解锁。" },
    en: { what: "The grid is locked.", todo: "Unlock it first." },
  },
  not_editable: {
    zh: { what: "方案现在的状态不能修改。", todo: "需要修改时先退回草案。" },
    en: { what: "The plan cannot be changed in its state.", todo: "Return it to draft first." },
  },
  nothing_to_undo: {
    zh: { what: "没有可以撤销的步骤。", todo: "只能撤销自己的修改。" },
    en: { what: "There is nothing to undo.", todo: "Only your own changes can be undone." },
  },
  nothing_to_redo: {
    zh: { what: "没有可以重做的步骤。", todo: "新的修改会结束重做。" },
    en: { what: "There is nothing to redo.", todo: "A new change ends what could be made again." },
  },
  unsaved_edits: {
    zh: { what: "还有修改正在保存。", todo: "请等显示“已保存”后再试。" },
    en: { what: "Changes are still being saved.", todo: "Try again once it says Saved." },
  },
  unknown_cell: {
    zh: { what: "有单元不属于这个方案。", todo: "请刷新页面后再试。" },
    en: { what: "Some cells are not of this plan.", todo: "Reload the page and try again." },
  },
  line_misses: {
    zh: { what: "这条线没有穿过任何单元。", todo: "请从网格的一边画到另一边。" },
    en: { what: "The line crosses no cell.", todo: "Draw it from one side of the grid to the other." },
  },
  line_crosses_itself: {
    zh: { what: "这条线自己相交。", todo: "请画一条不打圈的线。" },
    en: { what: "The line crosses itself.", todo: "Draw it without a loop." },
  },
  line_too_short: {
    zh: { what: "这条线太短。", todo: "请画长一点，穿过要切开的地方。" },
    en: { what: "The line is too short.", todo: "Draw it across what is to be cut." },
  },
  cuts_building: {
    zh: { what: "这条线会切开楼栋。", todo: "请绕开下面的楼栋重画。" },
    en: { what: "The line would cut buildings.", todo: "Draw it around those named below." },
  },
  does_not_split: {
    zh: { what: "这条线没有把网格分成两边。", todo: "请从边界画到边界。" },
    en: { what: "The line leaves no two sides.", todo: "Draw it from border to border." },
  },
  check_failed: {
    zh: { what: "检查没有通过，不能发布。", todo: "请先改正下面的错误。" },
    en: { what: "The check has errors: it cannot be published.", todo: "Mend what is named below first." },
  },
  same_day: {
    zh: { what: "同一天已有另一个方案生效。", todo: "请换一个生效日期。" },
    en: { what: "Another plan comes into force on that day.", todo: "Choose another date." },
  },
  past_date: {
    zh: { what: "生效日期已经过去。", todo: "请选今天或以后的日期。" },
    en: { what: "The date has passed.", todo: "Choose today or a later day." },
  },
  bad_step: {
    zh: { what: "方案现在的状态不能走这一步。", todo: "请刷新后看它的状态。" },
    en: { what: "The plan cannot take this step in its state.", todo: "Reload and see where it stands." },
  },
  notice_open: {
    zh: { what: "公示期还没有结束。", todo: "请等公示期满再送审。" },
    en: { what: "The notice is still running.", todo: "Wait until its last day has passed." },
  },
  open_objections: {
    zh: { what: "还有异议没有答复。", todo: "请在“文件和异议”里逐条答复。" },
    en: { what: "Some objections have no answer.", todo: "Answer them under papers and objections." },
  },
  no_number: {
    zh: { what: "批复要有文号。", todo: "请填写批复文号。" },
    en: { what: "An approval has a document number.", todo: "Fill it in." },
  },
  bad_notice: {
    zh: { what: "公示要有起止日期。", todo: "请填写开始和结束，结束不早于开始。" },
    en: { what: "A notice has its first and last day.", todo: "Fill in both, in order." },
  },
  no_text: {
    zh: { what: "异议要有内容。", todo: "请写明提出了什么。" },
    en: { what: "An objection has a text.", todo: "Write down what was raised." },
  },
  another_filed: {
    zh: { what: "这里已有另一个方案等待生效。", todo: "请先撤回那一个。" },
    en: { what: "Another plan is filed here and waits for its day.", todo: "Take it back first." },
  },
  empty_part: {
    zh: { what: "有网格还没有地块。", todo: "请涂绘或解散它再发布。" },
    en: { what: "A grid has no land.", todo: "Paint or dissolve it before publishing." },
  },
  unknown_part: {
    zh: { what: "有一个网格已经不在方案里。", todo: "图已更新，请再做一次。" },
    en: { what: "A grid is no longer in this plan.", todo: "The map has been renewed; do it again." },
  },
  bad_part: {
    zh: { what: "网格的内容不对。", todo: "请看上级网格有没有套成圈，文字是不是太长。" },
    en: { what: "Something about the grid is not right.", todo: "See that grids do not hold each other in a circle and texts are not too long." },
  },
  unknown_worker: {
    zh: { what: "没有这位网格员。", todo: "请重新填写。" },
    en: { what: "There is no such worker.", todo: "Fill it in again." },
  },
  withdrawn_division: {
    zh: { what: "这个社区已不在执行中。", todo: "请选择现行的社区。" },
    en: { what: "This community is not in force any more.", todo: "Choose one that is." },
  },
  no_band: {
    zh: { what: "这里没有户数标准。", todo: "请填写最少和最多户数。" },
    en: { what: "No band of households applies here.", todo: "Give the fewest and the most." },
  },
  bad_band: {
    zh: { what: "户数范围不对。", todo: "最少不能大于最多。" },
    en: { what: "The band is not right.", todo: "The fewest must not be more than the most." },
  },
  nothing_to_divide: {
    zh: { what: "范围里没有可以变动的单元。", todo: "请换一个范围，或先解锁。" },
    en: { what: "Nothing in this scope may change.", todo: "Choose another scope or unlock a grid." },
  },
  unknown_areas: {
    zh: { what: "没有这种区域可以比较。", todo: "请换一个。" },
    en: { what: "There are no such areas to compare with.", todo: "Choose others." },
  },
  bad_line: {
    zh: { what: "这条线用不了。", todo: "请重画一条。" },
    en: { what: "The line cannot be used.", todo: "Draw another." },
  },
  division_gaps: {
    zh: { what: "社区之间有缝隙或重叠，单元拼不严。", todo: "请核对界线数据；确认无误可以接受修补后继续。" },
    en: { what: "Communities leave gaps or overlap, so cells would not fit.", todo: "Check the borders, or accept the repair and go on." },
  },
  no_communities: {
    zh: { what: "本县还没有社区界线。", todo: "请先导入区划。" },
    en: { what: "This county has no communities.", todo: "Import divisions first." },
  },
  cells_not_seamless: {
    zh: { what: "做出的单元拼不严，没有保存。", todo: "请把这一情况告诉管理员，并检查区划界线。" },
    en: { what: "The cells made do not fit together; none was kept.", todo: "Tell the administrator and check the borders." },
  },
};
