import { GAIN_COLOURS, LOSS_COLOURS } from "../../geo/difference";
import { t, type Word } from "../../i18n";
import { count } from "../../i18n/format";
import { theMap } from "../../state/mapLink";
import { can } from "../../state/session";
import { lang } from "../../state/store";
import { answered, backOneVertex, canUndo, clickAt, draft, endPath, held, leave, sketch, takeTool, then, tool, undo, type WhatIfTool } from "../../state/whatif";
import { Icon } from "../Icon";
import { ToolButton, ToolHelp, useMapKeys } from "../MapTools";
import type { IconName } from "../icons";

const TOOLS: readonly (readonly { tool: WhatIfTool; icon: IconName; letter: string }[])[] = [
  [
    { tool: "put", icon: "mapPinPlus", letter: "N" },
    { tool: "move", icon: "move", letter: "M" },
    { tool: "close", icon: "mapPinOff", letter: "X" },
    { tool: "capacity", icon: "gauge", letter: "C" },
  ],
  [
    { tool: "path", icon: "route", letter: "W" },
    { tool: "gate", icon: "doorOpen", letter: "G" },
  ],
];
const ALL = TOOLS.reduce((all, group) => [...all, ...group], []);
/** Tools that need a place of the map: by keyboard its middle. */
const PLACING: readonly WhatIfTool[] = ["put", "gate", "path", "move"];

/** What stands on the map of a what-if: tools, what to do with the one in hand, the legend. */
export function WhatIfOnMap() {
  const byKeys = useMapKeys(handled, () => takeTool(null));
  if (!can("compute")) return null;
  const placing = tool.value !== null && PLACING.includes(tool.value);
  return (
    <>
      <div class="toolbar whatif-toolbar" role="toolbar" aria-label={t("whatif.tools")} aria-orientation="vertical">
        {TOOLS.map((group, i) => <div key={i} class="tool-group">{group.map(({ tool: name, icon, letter }) => <ToolButton key={name} icon={icon} letter={letter} label={t(`whatif.${name}`)} pressed={tool.value === name} onClick={() => takeTool(name)} />)}</div>)}
        <div class="tool-group">
          <button type="button" class="tool-button" title={`${t("whatif.undo")} (Ctrl+Z)`} aria-label={t("whatif.undo")} disabled={!canUndo.value} onClick={undo}>
            <Icon name="undo" /><span class="tool-name">{t("whatif.undo")}</span>
          </button>
        </div>
      </div>
      <ToolHelp middle={placing && byKeys.value} said={tool.value === null ? null : t(hint())} />
      <DifferenceLegend />
    </>
  );
}

function hint(): Word {
  if (sketch.value.length > 0) return "whatif.hint_line";
  if (held.value !== null) return "whatif.hint_held";
  return `whatif.hint_${tool.value!}`;
}

/** Enter ends a line that the pointer draws, though the map has the focus; by keyboard it adds the map's middle. */
function handled(event: KeyboardEvent, at: HTMLElement, drawnByHand: boolean): boolean {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key !== "z" || event.shiftKey) return false;
    undo();
    return true;
  }
  if (event.altKey) return false;
  if (key === "escape") return leave();
  if (key === "backspace" && sketch.value.length > 0) {
    backOneVertex();
    return true;
  }
  const ends = sketch.value.length > 1 && drawnByHand;
  if (key === "enter" && !ends && at.classList.contains("map") && tool.value !== null && PLACING.includes(tool.value)) {
    const map = theMap();
    if (map !== null) clickAt(map.view().centre);
    return true;
  }
  if (key === "enter" && sketch.value.length > 1 && !/^(BUTTON|A)$/.test(at.tagName)) {
    endPath();
    return true;
  }
  const item = ALL.find((each) => each.letter.toLowerCase() === key);
  if (item === undefined) return false;
  takeTool(item.tool);
  return true;
}

/** What the colours and signs of the difference mean. */
function DifferenceLegend() {
  const marks = new Set(then.value.map(({ mark }) => mark));
  const ways = draft.value.changes.some(({ op }) => op === "path" || op === "gate");
  return (
    <section class="legend whatif-legend" aria-label={t("legend.title")}>
      <h3>{t("legend.whatif")}</h3>
      <ul>
        <Ramp word="legend.whatif_gain" colours={GAIN_COLOURS} n={answered.value?.answer.newly_served ?? 0} />
        <Ramp word="legend.whatif_loss" colours={LOSS_COLOURS} n={answered.value?.answer.no_longer_served ?? 0} />
        {(["new", "moved", "closed", "opened", "planned"] as const).filter((mark) => marks.has(mark)).map((mark) => (
          <li key={mark}><span class={`pin pin-legend then-${mark}`} /><span>{t(`whatif.mark_${mark}`)}</span></li>
        ))}
        {ways && <li><i class="swatch swatch-way" /><span>{t("legend.whatif_way")}</span></li>}
      </ul>
    </section>
  );
}

export function Ramp({ word, colours, n }: { word: Word; colours: readonly string[]; n: number }) {
  return (
    <li title={`${t("legend.whatif_few")} … ${t("legend.whatif_most")}`}>
      <span class="ramp">{colours.map((colour) => <i key={colour} style={{ background: colour }} />)}</span>
      <span>{t(word)}</span>
      <small>{count(n, lang.value)}</small>
    </li>
  );
}
