import { t } from "../../i18n";
import { count } from "../../i18n/format";
import { theMap } from "../../state/mapLink";
import { endPeopleRing, leavePeople, mayPost, people, peopleRing, peopleRows, peopleTool, takePeopleTool, type PeopleTool } from "../../state/people";
import { peopleAt } from "../../state/peopleMap";
import { STATES } from "../../state/peopleRows";
import { lang } from "../../state/store";
import type { IconName } from "../icons";
import { ToolButton, ToolHelp, useMapKeys } from "../MapTools";
import { filterWord } from "./PeopleControls";

const TOOLS: readonly { tool: PeopleTool; icon: IconName; letter: string; word: "people.tool_pick" | "people.tool_area" }[] = [
  { tool: "pick", icon: "pointer", letter: "P", word: "people.tool_pick" },
  { tool: "area", icon: "lasso", letter: "A", word: "people.tool_area" },
];

/** What stands on the map of people: tools to pick grids, what to do with the one in hand, the legend. */
export function PeopleOnMap() {
  const byKeys = useMapKeys(handled, () => takePeopleTool(null));
  const tool = peopleTool.value;
  return (
    <>
      {mayPost.value && people.value !== null && (
        <div class="toolbar whatif-toolbar people-toolbar" role="toolbar" aria-label={t("people.tools")} aria-orientation="vertical">
          <div class="tool-group">
            {TOOLS.map((item) => (
              <ToolButton key={item.tool} icon={item.icon} letter={item.letter} label={t(item.word)} pressed={tool === item.tool} onClick={() => takePeopleTool(item.tool)} />
            ))}
          </div>
        </div>
      )}
      <ToolHelp middle={tool !== null && byKeys.value} said={tool === null ? null : t(peopleRing.value.length > 0 ? "people.hint_ring" : `people.hint_${tool}`)} />
      <PeopleLegend />
    </>
  );
}

function handled(event: KeyboardEvent, at: HTMLElement, byHand: boolean): boolean {
  if (event.altKey || event.ctrlKey || event.metaKey || !mayPost.value) return false;
  const key = event.key.toLowerCase();
  if (key === "escape") return leavePeople();
  if (key === "backspace" && peopleRing.value.length > 0) {
    peopleRing.value = peopleRing.value.slice(0, -1);
    return true;
  }
  const ends = peopleRing.value.length > 2 && byHand;
  if (key === "enter" && !ends && at.classList.contains("map") && peopleTool.value !== null) {
    // By keyboard the middle of the map is the place.
    const map = theMap();
    if (map !== null) peopleAt(map.view().centre);
    return true;
  }
  if (key === "enter" && peopleRing.value.length > 2 && !/^(BUTTON|A)$/.test(at.tagName)) {
    endPeopleRing();
    return true;
  }
  const item = TOOLS.find(({ letter }) => letter.toLowerCase() === key);
  if (item === undefined) return false;
  takePeopleTool(item.tool);
  return true;
}

/** What the colours of grids say, with how many of those that are listed. */
function PeopleLegend() {
  if (people.value === null) return null;
  const rows = peopleRows.value;
  return (
    <section class="legend people-legend" aria-label={t("legend.title")}>
      <h3>{t("legend.people")}</h3>
      <ul>
        {STATES.map((state) => (
          <li key={state}><i class={`swatch swatch-fill stands-${state}`} /><span>{filterWord(state)}</span><small>{count(rows.filter((grid) => grid.state === state).length, lang.value)}</small></li>
        ))}
      </ul>
    </section>
  );
}
