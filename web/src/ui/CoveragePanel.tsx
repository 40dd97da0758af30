import { t } from "../i18n";
import { buildingsExport, reportAddress } from "../api/client";
import { stepText } from "../i18n/steps";
import { UNREACHABLE } from "../api/problem";
import { ask, cancel } from "../state/runs";
import { can } from "../state/session";
import { busy, lang, problem, shown, stale, work } from "../state/store";
import { ClassBar } from "./ClassBar";
import { Controls } from "./Controls";
import { Pictures } from "./coverage/Pictures";
import { Places } from "./coverage/Places";
import { Figures } from "./Figures";
import { WhatIfPanel } from "./whatif/WhatIfPanel";
import { step } from "../state/desk";
import type { CoverageTab } from "../state/address";
import { coverageTab, whatIfBusy } from "../state/whatif";
import { Icon } from "./Icon";
import { Notice } from "./Notice";
import { SitingPanel } from "./siting/room";
import { cancelSiting, sitingWork } from "../state/siting";
import { ReachList } from "./ReachList";

/** 覆盖: who is within reach, how far the others are, and where they live. */
export function CoveragePanel() {
  return (
    <>
      <PanelHead />
      <Tabs />
      {coverageTab.value === "now" ? <AsItIs /> : <div key={coverageTab.value} class="panel-body" data-scroll role="tabpanel">{coverageTab.value === "whatif" ? <WhatIfPanel /> : <SitingPanel />}</div>}
    </>
  );
}

const TABS: readonly { name: CoverageTab; word: "whatif.tab_now" | "whatif.tab" | "siting.tab" }[] = [
  { name: "now", word: "whatif.tab_now" },
  { name: "whatif", word: "whatif.tab" },
  { name: "siting", word: "siting.tab" },
];

function Tabs() {
  return (
    <div class="tabs coverage-tabs" role="tablist" aria-label={t("whatif.tabs")}>
      {TABS.map(({ name, word }) => (
        <button key={name} type="button" role="tab" aria-selected={coverageTab.value === name} onClick={() => coverageTab.value !== name && step(() => (coverageTab.value = name))}>
          {t(word)}
        </button>
      ))}
    </div>
  );
}

function AsItIs() {
  const found = problem.value;
  const old = stale.value;
  return (
    <>
      <div class="panel-body" data-scroll role="tabpanel">
        {found !== null && found.code !== UNREACHABLE && (
          <Notice
            problem={found}
            kept={shown.value === null ? t("error.kept_none") : t("error.kept")}
            retry={() => ask({}, false)}
            {...(shown.value === null ? {} : { back: goBack })}
          />
        )}
        <div class={old ? "dimmed" : undefined} aria-busy={busy.value}>
          <Figures />
        </div>
        <Controls />
        <div class={old ? "dimmed" : undefined}>
          <ClassBar />
          <Places />
          <Pictures />
          <ReachList />
          <Report />
        </div>
      </div>
    </>
  );
}

function goBack(): void {
  problem.value = null;
  cancel();
}

/** Title; while a run is computed its progress and the way to stop it, in the same height. */
function PanelHead() {
  const siting = coverageTab.value === "siting" && sitingWork.value !== null;
  const now = siting ? sitingWork.value : work.value;
  const percent = Math.round(now?.percent ?? 0);
  const step = stepText(now?.step ?? "", lang.value);
  return (
    <div class="panel-head">
      <h2>{t("coverage.title")}</h2>
      {now === null && coverageTab.value === "whatif" && whatIfBusy.value && <span class="caption whatif-reading" role="status">{t("whatif.reading")}</span>}
      {now !== null && (
        <div class="progress" role="status">
          <span class="progress-text">
            {t(siting ? "siting.working" : "coverage.computing")}
            {step !== "" && ` · ${step}`}
          </span>
          {now.job !== null && <b>{percent}%</b>}
          <button type="button" class="button button-quiet button-small" onClick={siting ? cancelSiting : cancel}>{t("coverage.cancel")}</button>
        </div>
      )}
      <div class={now === null ? "progress-bar" : "progress-bar on"} role="presentation">
        <i style={{ width: `${percent}%` }} />
      </div>
    </div>
  );
}

function Report() {
  const run = shown.value?.run.run;
  if (run === undefined) return null;
  return (
    <p class="report">
      <a href={reportAddress(run, lang.value)} target="_blank" rel="noopener">
        {t("coverage.report")} <Icon name="externalLink" />
      </a>
      {can("export") && (
        <>
          <a href={reportAddress(run, lang.value, "docx")} download>
            {t("coverage.report_docx")} <Icon name="download" />
          </a>
          <a href={reportAddress(run, lang.value, "xlsx")} download>
            {t("coverage.report_xlsx")} <Icon name="download" />
          </a>
          <a href={buildingsExport(run)} download>
            {t("export.run_csv")} <Icon name="download" />
          </a>
        </>
      )}
    </p>
  );
}
