import { t } from "../../i18n";
import type { EventsTab } from "../../state/eventFilter";
import { features, eventsTab, showTab } from "../../state/events";
import { CampaignsPanel } from "./CampaignsPanel";
import { EventList } from "./EventList";

const TABS: readonly { name: EventsTab; word: "events.tab" | "campaigns.tab" }[] = [
  { name: "events", word: "events.tab" },
  { name: "campaigns", word: "campaigns.tab" },
];

/** 事件: what was reported and what becomes of it; inspections grid by grid. */
export function EventsPanel() {
  const both = features.value.events && features.value.campaigns;
  return (
    <>
      <div class="panel-head"><h2>{t("events.title")}</h2></div>
      {both && (
        <div class="tabs events-tabs" role="tablist" aria-label={t("events.tabs")}>
          {TABS.map(({ name, word }) => (
            <button key={name} type="button" role="tab" aria-selected={eventsTab.value === name} onClick={() => eventsTab.value !== name && showTab(name)}>
              {t(word)}
            </button>
          ))}
        </div>
      )}
      <div class="panel-body events-body" data-scroll role={both ? "tabpanel" : undefined}>
        {eventsTab.value === "events" ? <EventList /> : <CampaignsPanel />}
      </div>
    </>
  );
}
