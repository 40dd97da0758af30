import { GAIN_COLOURS, LOSS_COLOURS } from "../../geo/difference";
import { t, type Word } from "../../i18n";
import { theMap } from "../../state/mapLink";
import { siteAt } from "../../state/sitingMap";
import { endOutline, form, known, leaveSiting, marks, outline, sited, sitingTool, takeSitingTool, type SitingTool } from "../../state/siting";
import type { IconName } from "../icons";
import { Legend } from "../Legend";
import { ToolButton, ToolHelp, useMapKeys } from "../MapTools";
import { Ramp } from "../whatif/WhatIfOnMap";

interface Tool {
  tool: SitingTool;
  icon: IconName;
  letter: string;
  word: "siting.draw" | "siting.add_point" | "siting.mark";
}

const TOOLS: readonly Tool[] = [
  { tool: "area", icon: "lasso", letter: "A", word: "siting.draw" },
  { tool: "add", icon: "mapPinPlus", letter: "N", word: "siting.add_point" },
  { tool: "mark", icon: "pointer", letter: "M", word: "siting.mark" },
];

/** The tools that the kind of candidates has use for. */
function toolsNow(): readonly Tool[] {
  const { kinds } = form.value;
  return TOOLS.filter(({ tool }) => (tool === "mark" ? known.value.length > 0 : tool === "add" ? kinds.includes("places") : kinds.some((kind) => kind !== "places")));
}

/** What stands on the map of where next: tools, what to do with the one in hand, the legend. */
export function SitingOnMap() {
  const byKeys = useMapKeys(handled, () => takeSitingTool(null));
  const tools = toolsNow();
  return (
    <>
      {tools.length > 0 && (
        <div class="toolbar whatif-toolbar siting-toolbar" role="toolbar" aria-label={t("siting.tools")} aria-orientation="vertical">
          <div class="tool-group">
            {tools.map(({ tool, icon, letter, word }) => (
              <ToolButton key={tool} icon={icon} letter={letter} label={t(word)} pressed={sitingTool.value === tool} onClick={() => takeSitingTool(tool)} />
            ))}
          </div>
        </div>
      )}
      <ToolHelp middle={sitingTool.value !== null && byKeys.value} said={sitingTool.value === null ? null : t(outline.value.length > 0 ? "siting.hint_outline" : `siting.hint_${sitingTool.value}`)} />
      {sited.value === null ? <Legend /> : <SitingLegend />}
    </>
  );
}

/** Enter ends an area that the pointer draws, though the map has the focus; by keyboard it adds the map's middle. */
function handled(event: KeyboardEvent, at: HTMLElement, byHand: boolean): boolean {
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  const key = event.key.toLowerCase();
  if (key === "escape") return leaveSiting();
  if (key === "backspace" && outline.value.length > 0) {
    outline.value = outline.value.slice(0, -1);
    return true;
  }
  const ends = outline.value.length > 2 && byHand;
  if (key === "enter" && !ends && at.classList.contains("map") && sitingTool.value !== null) {
    // By keyboard the middle of the map is the place; the same place once more ends an area.
    const map = theMap();
    if (map !== null) siteAt(map.view().centre);
    return true;
  }
  if (key === "enter" && outline.value.length > 2 && !/^(BUTTON|A)$/.test(at.tagName)) {
    endOutline();
    return true;
  }
  const item = toolsNow().find(({ letter }) => letter.toLowerCase() === key);
  if (item === undefined) return false;
  takeSitingTool(item.tool);
  return true;
}

/** What the colours and signs mean. */
function SitingLegend() {
  const now = sited.value!;
  const { newly_served: newly, no_longer_served: lost } = now.scenario.result;
  const { kinds, area } = form.value;
  const said = [...marks.value.values()];
  return (
    <section class="legend whatif-legend siting-legend" aria-label={t("legend.title")}>
      <h3>{t("legend.whatif")}</h3>
      <ul>
        <Ramp word="legend.whatif_gain" colours={GAIN_COLOURS} n={newly} />
        {lost > 0 && <Ramp word="legend.whatif_loss" colours={LOSS_COLOURS} n={lost} />}
        <li><span class="pin pin-legend then-new pin-rank">1</span><span>{t("legend.siting_chosen")}</span></li>
        {known.value.length > 0 && <Sign name="free" />}
        {said.includes("must") && <Sign name="must" />}
        {said.includes("forbidden") && <Sign name="forbidden" />}
        {area.length > 0 && kinds.some((kind) => kind !== "places") && <Sign name="area" />}
      </ul>
    </section>
  );
}

function Sign({ name }: { name: "free" | "must" | "forbidden" | "area" }) {
  return <li><i class={`swatch swatch-site swatch-site-${name}`} /><span>{t(`legend.siting_${name}` as Word)}</span></li>;
}
