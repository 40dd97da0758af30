import { t } from "../../i18n";
import { campaign, clickAt, eventsTab, moving, points } from "../../state/events";
import { chooseAt, choosing } from "../../state/campaignDraft";
import { theMap } from "../../state/mapLink";
import { ToolHelp, useMapKeys } from "../MapTools";
import { GROUP_COLOURS, groupOf, STATE_GROUPS } from "../../state/eventStates";
import { progressClass, PROGRESS } from "../../state/eventsMap";
import { count } from "../../i18n/format";
import { lang } from "../../state/store";
import { EventCard } from "./EventCard";

/** What stands on the map: the open event, what to do with the pin, what the colours mean. */
export function EventsOnMap() {
  const byKeys = useMapKeys(handled, () => (moving.value = false));
  if (choosing.value) return <ToolHelp middle={byKeys.value} said={t("campaigns.tool_hint")} />;
  if (eventsTab.value === "campaigns") return <ProgressLegend />;
  return (
    <>
      <EventCard />
      <div class="events-hint"><ToolHelp middle={moving.value && byKeys.value} said={moving.value ? t("events.move_hint") : null} /></div>
      <StateLegend />
    </>
  );
}

/** By keyboard the middle of the map is where the pin goes. */
function handled(event: KeyboardEvent, at: HTMLElement): boolean {
  if (choosing.value && event.key === "Enter" && at.classList.contains("map")) {
    const here = theMap();
    if (here !== null) chooseAt(here.view().centre);
    return true;
  }
  if (!moving.value) return false;
  if (event.key === "Escape") {
    moving.value = false;
    return true;
  }
  const map = theMap();
  if (event.key !== "Enter" || map === null || !at.classList.contains("map")) return false;
  clickAt(map.view().centre, null);
  return true;
}

function StateLegend() {
  const now = points.value;
  if (now === null || now.id.length === 0) return null;
  const numbers = new Map(STATE_GROUPS.map((group) => [group, 0]));
  for (const state of now.state) numbers.set(groupOf(state), (numbers.get(groupOf(state)) ?? 0) + 1);
  const late = now.overdue.filter(Boolean).length;
  return (
    <section class="legend events-legend" aria-label={t("legend.title")}>
      <h3>{t("events.legend")}</h3>
      <ul>
        {STATE_GROUPS.filter((group) => numbers.get(group)! > 0).map((group) => (
          <li key={group}><i class="event-dot" style={{ background: GROUP_COLOURS[group] }} /><span>{t(`estate.${group}`)}</span><small>{count(numbers.get(group)!, lang.value)}</small></li>
        ))}
        {late > 0 && <li><i class="event-dot event-dot-late" /><span>{t("estate.overdue")}</span><small>{count(late, lang.value)}</small></li>}
      </ul>
    </section>
  );
}

const CLASSES = [0, 1, 2, 3, 4] as const;

function ProgressLegend() {
  const now = campaign.value;
  if (now === null) return null;
  return (
    <section class="legend events-legend" aria-label={t("legend.title")}>
      <h3>{t("campaigns.legend")}</h3>
      <ul>
        {CLASSES.map((n) => {
          const grids = now.grids.filter(({ share }) => progressClass(share ?? 0) === n).length;
          return <li key={n}><i class="swatch swatch-fill" style={{ background: PROGRESS[n] }} /><span>{t(`progress.${n}`)}</span><small>{count(grids, lang.value)}</small></li>;
        })}
      </ul>
    </section>
  );
}
