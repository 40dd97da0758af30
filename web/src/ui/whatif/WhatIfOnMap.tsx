import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { GAIN_COLOURS, LOSS_COLOURS } from "../../geo/difference";
import { t, type Word } from "../../i18n";
import { count } from "../../i18n/format";
import { theMap } from "../../state/mapLink";
import { can } from "../../state/session";
import { lang } from "../../state/store";
import { answered, backOneVertex, canUndo, clickAt, draft, endPath, held, leave, sketch, takeTool, then, tool, undo, type WhatIfTool } from "../../state/whatif";
import { Icon } from "../Icon";
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
const TYPING = /^(INPUT|SELECT|TEXTAREA)$/;
/** Tools that need a place of the map: by keyboard its middle. */
const PLACING: readonly WhatIfTool[] = ["put", "gate", "path", "move"];

/** What stands on the map of a what-if: tools, what to do with the one in hand, the legend. */
export function WhatIfOnMap() {
  const byKeys = useSignal(false);
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      const at = event.target as HTMLElement;
      if (document.querySelector(".dialog") !== null || event.defaultPrevented) return;
      if (TYPING.test(at.tagName) && !/^(checkbox|radio|range)$/.test((at as HTMLInputElement).type)) return;
      const drawnByHand = !byKeys.value;
      if (at.classList.contains("map")) byKeys.value = true;
      if (!handled(event, at, drawnByHand)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    const moved = (): void => {
      byKeys.value = false;
    };
    document.addEventListener("keydown", down, true);
    document.addEventListener("pointermove", moved);
    return () => {
      document.removeEventListener("keydown", down, true);
      document.removeEventListener("pointermove", moved);
      takeTool(null);
    };
  }, [byKeys]);
  if (!can("compute")) return null;
  const placing = tool.value !== null && PLACING.includes(tool.value);
  return (
    <>
      <div class="toolbar whatif-toolbar" role="toolbar" aria-label={t("whatif.tools")} aria-orientation="vertical">
        {TOOLS.map((group, i) => <div key={i} class="tool-group">{group.map((item) => <ToolButton key={item.tool} {...item} />)}</div>)}
        <div class="tool-group">
          <button type="button" class="tool-button" title={`${t("whatif.undo")} (Ctrl+Z)`} aria-label={t("whatif.undo")} disabled={!canUndo.value} onClick={undo}>
            <Icon name="undo" /><span class="tool-name">{t("whatif.undo")}</span>
          </button>
        </div>
      </div>
      {placing && byKeys.value && <div class="map-middle" aria-hidden="true" />}
      <div class="said whatif-said" role="status" aria-live="polite">{tool.value !== null && <p class="said-box">{t(hint())}</p>}</div>
      <DifferenceLegend />
    </>
  );
}

function hint(): Word {
  if (sketch.value.length > 0) return "whatif.hint_line";
  if (held.value !== null) return "whatif.hint_held";
  return `whatif.hint_${tool.value!}`;
}

function ToolButton({ tool: name, icon, letter }: { tool: WhatIfTool; icon: IconName; letter: string }) {
  const label = t(`whatif.${name}`);
  return (
    <button type="button" class="tool-button" title={`${label} (${letter})`} aria-label={label} aria-keyshortcuts={letter} aria-pressed={tool.value === name} onClick={() => takeTool(name)}>
      <Icon name={icon} />
      <span class="tool-name">{label}</span>
      <kbd>{letter}</kbd>
    </button>
  );
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
