import { t } from "../i18n";
import { UNREACHABLE } from "../api/problem";
import { connect } from "../state/desk";
import { connection, overview, panel, panelOpen, problem } from "../state/store";
import { CoveragePanel } from "./CoveragePanel";
import { DataPanel, Empty } from "./DataPanel";
import { Header } from "./Header";
import { Icon, IconButton } from "./Icon";
import { MapView } from "./MapView";
import { Notice, OfflineBanner } from "./Notice";
import { Rail } from "./Rail";

/** The desk: header, rail, one panel, the map. */
export function App() {
  const facts = overview.value;
  const open = panelOpen.value;
  return (
    <div class={open ? "desk" : "desk folded"}>
      <a class="skip" href="#map" onClick={(event) => { event.preventDefault(); document.querySelector<HTMLElement>(".map")?.focus(); }}>
        {t("app.skip")}
      </a>
      <Header />
      <OfflineBanner />
      <div class="body">
        {facts !== null && <Rail />}
        {facts !== null && (
          <section class="panel" aria-label={t(panel.value === "data" ? "data.title" : "coverage.title")}>
            {facts.empty && panel.value === "coverage" ? <EmptyPanel /> : panel.value === "data" ? <DataPanel /> : <CoveragePanel />}
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
    </div>
  );
}

function EmptyPanel() {
  return (
    <>
      <div class="panel-head"><h2>{t("coverage.title")}</h2></div>
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
