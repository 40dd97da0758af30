import { t, type Word } from "../../i18n";
import { allows, chosen, editable, isLocked, plan, session, sync, tool, type Tool } from "../../state/plan";
import { newPart, nextTorn, nextUnassigned, takeTool, toggleLock, turn } from "../../state/planActions";
import { Icon } from "../Icon";
import type { IconName } from "../icons";

export interface ToolItem {
  word: Word;
  icon: IconName;
  key: string;
  tool?: Tool;
  act?: () => void;
  /** Needs a plan that may be changed. */
  edits: boolean;
}

/** Tools by group, with the key that takes them. */
export const TOOLS: readonly (readonly ToolItem[])[] = [
  [
    { word: "tool.select", icon: "pointer", key: "V", tool: "select", edits: false },
    { word: "tool.paint", icon: "brush", key: "B", tool: "paint", edits: true },
    { word: "tool.rectangle", icon: "squareDashed", key: "R", tool: "rectangle", edits: true },
    { word: "tool.street", icon: "route", key: "S", tool: "street", edits: true },
    { word: "tool.estate", icon: "house", key: "E", tool: "estate", edits: true },
    { word: "tool.erase", icon: "eraser", key: "X", tool: "erase", edits: true },
  ],
  [
    { word: "tool.new", icon: "plusCircle", key: "N", act: newPart, edits: true },
    { word: "tool.merge", icon: "merge", key: "M", tool: "merge", edits: true },
    { word: "tool.split", icon: "scissors", key: "C", tool: "split", edits: true },
    { word: "tool.freehand", icon: "lasso", key: "F", tool: "freehand", edits: true },
    { word: "tool.lock", icon: "lock", key: "L", act: () => chosen.value !== null && toggleLock(chosen.value), edits: true },
  ],
  [
    { word: "tool.next", icon: "skip", key: "U", act: nextUnassigned, edits: false },
    { word: "tool.torn", icon: "unlink", key: "J", act: nextTorn, edits: false },
  ],
  [
    { word: "tool.undo", icon: "undo", key: "Ctrl+Z", act: () => turn("undo"), edits: true },
    { word: "tool.redo", icon: "redo", key: "Ctrl+⇧+Z", act: () => turn("redo"), edits: true },
  ],
];

/** The tools on the map, by name and key. */
export function Toolbar() {
  const doc = plan.value;
  if (doc === null || session.value === null) return null;
  const useless = (item: ToolItem): boolean => {
    if (item.edits && !editable.value) return true;
    if (item.word === "tool.undo") return doc.undo === null && sync.value.pending === 0;
    if (item.word === "tool.redo") return doc.redo === null;
    return item.word === "tool.lock" && chosen.value === null;
  };
  return (
    <div class="toolbar" role="toolbar" aria-label={t("tool.label")} aria-orientation="vertical">
      {TOOLS.map((group) => group.filter((item) => !item.edits || allows("edit"))).filter((group) => group.length > 0).map((group, i) => (
        <div key={i} class="tool-group">
          {group.map((item) => <ToolButton key={item.word} item={item} disabled={useless(item)} />)}
        </div>
      ))}
    </div>
  );
}

function ToolButton({ item, disabled }: { item: ToolItem; disabled: boolean }) {
  const locked = item.word === "tool.lock" && chosen.value !== null && isLocked(chosen.value);
  const label = t(locked ? "plan.unlock" : item.word === "tool.new" && plan.value?.part_level === "community" ? "plan.new_community" : item.word);
  return (
    <button
      type="button"
      class="tool-button"
      title={`${label} (${item.key})`}
      aria-label={label}
      aria-keyshortcuts={item.key.replace("Ctrl", "Control").replace("⇧", "Shift")}
      aria-pressed={item.tool === undefined ? undefined : tool.value === item.tool}
      disabled={disabled}
      onClick={() => (item.tool === undefined ? item.act?.() : takeTool(item.tool))}
    >
      <Icon name={locked ? "lockOpen" : item.icon} />
      <span class="tool-name">{label}</span>
      <kbd>{item.key.length === 1 ? item.key : ""}</kbd>
    </button>
  );
}
