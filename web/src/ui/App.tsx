import { t, type Word } from "../i18n";
import { UNREACHABLE } from "../api/problem";
import type { PanelName } from "../state/address";
import { connect } from "../state/desk";
import { plan } from "../state/plan";
import { can } from "../state/session";
import { connection, overview, panel, panelOpen, problem } from "../state/store";
import { AccountsRoom } from "./accounts/AccountsRoom";
import { AuditRoom } from "./audit/AuditRoom";
import { CoveragePanel } from "./CoveragePanel";
import { DivisionPanel } from "./division/DivisionPanel";
import { PlanWindows } from "./division/PlanWindows";
import { DataPanel, Empty } from "./DataPanel";
import { Header } from "./Header";
import { Icon, IconButton } from "./Icon";
import { MapView } from "./MapView";
import { Notice, OfflineBanner } from "./Notice";
import { Rail } from "./Rail";
import { PeoplePanel } from "./people/room";
import { EventsPanel } from "./events/room";
import { StandardsRoom } from "./standards/StandardsRoom";

/** The desk: header, rail, one panel, the map; or a room that needs the whole width and no map. */
export function App() {
  return can("read") ? <Desk /> : <Room />;
}

const TITLES: Record<PanelName, Word> = { division: "division.title", coverage: "coverage.title", standards: "board.title", people: "people.title", events: "events.title", data: "data.title", accounts: "accounts.title", audit: "audit.title" };

function Desk() {
  const facts = overview.value;
  const open = panelOpen.value;
  const roomy = panel.value === "accounts" || panel.value === "audit";
  const planned = panel.value === "division" && plan.value !== null;
  return (
    <div class={`desk${planned ? " planned" : ""}${panel.value === "standards" ? " boarded" : ""}${open ? "" : " folded"}${roomy ? " roomy" : ""}`}>
      <Skip />
      <Header />
      <OfflineBanner />
      <div class="body">
        {facts !== null && <Rail />}
        {facts !== null && (
          <section class="panel" aria-label={t(TITLES[panel.value])}>
            <PanelOf empty={facts.empty} />
            <IconButton
              icon="chevronDown"
              class="panel-fold"
              label={t(open ? "panel.collapse" : "panel.expand")}
              expanded={open}
              onClick={() => (panelOpen.value = !open)}
            />
          </section>
        )}
        {facts === null ? <Waiting /> : <MapView />}
      </div>
      {panel.value === "division" && <PlanWindows />}
    </div>
  );
}

function PanelOf({ empty }: { empty: boolean }) {
  switch (panel.value) {
    case "data":
      return <DataPanel />;
    case "division":
      return empty ? <EmptyPanel /> : <DivisionPanel />;
    case "coverage":
      return empty ? <EmptyPanel /> : <CoveragePanel />;
    case "standards":
      return empty ? <EmptyPanel /> : <StandardsRoom />;
    case "people":
      return empty ? <EmptyPanel /> : <PeoplePanel />;
    case "events":
      return empty ? <EmptyPanel /> : <EventsPanel />;
    default:
      return <RoomOf />;
  }
}

function Skip() {
  return (
    <a class="skip" href="#map" onClick={(event) => { event.preventDefault(); document.querySelector<HTMLElement>(".map")?.focus(); }}>
      {t("app.skip")}
    </a>
  );
}

/** An account that may not read the data: its room takes the whole width. */
function Room() {
  return (
    <div class="desk roomy">
      <Header />
      <div class="body">
        <Rail />
        <main class="panel" aria-label={t(TITLES[panel.value])}><RoomOf /></main>
      </div>
    </div>
  );
}

function RoomOf() {
  return panel.value === "audit" ? <AuditRoom /> : panel.value === "accounts" ? <AccountsRoom /> : null;
}

function EmptyPanel() {
  return (
    <>
      <div class="panel-head"><h2>{t(TITLES[panel.value])}</h2></div>
      <div class="panel-body" data-scroll><Empty /></div>
    </>
  );
}

/** Before the first answer of the server. */
function Waiting() {
  const found = problem.value;
  if (connection.value === "loading") return <p class="waiting-page" role="status">{t("loading")}</p>;
  return (
    <div class="waiting-page">
      {found !== null && found.code === UNREACHABLE ? (
        <p><Icon name="unplug" /> {t("offline.title")}</p>
      ) : (
        found !== null && <Notice problem={found} retry={() => void connect()} />
      )}
    </div>
  );
}
