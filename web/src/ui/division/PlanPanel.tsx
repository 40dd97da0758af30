import { t, type Word } from "../../i18n";
import { count, decimal } from "../../i18n/format";
import {
  basis, live, parts, partName, partRows, plan, planTab, refused, session, sync, tick, totals, verdictOf, whatChanged, type PlanTab,
} from "../../state/plan";
import { BASES } from "../../geo/topology";
import { leavePlan } from "../../state/planList";
import { lang, overview } from "../../state/store";
import { Icon, IconButton } from "../Icon";
import { Notice } from "../Notice";
import { BandBar, scaleOf } from "./BandBar";
import { CheckTab } from "./CheckTab";
import { PartsTab } from "./PartsTab";
import { StateTag } from "./StateTag";
import { VersionsTab } from "./VersionsTab";

const TABS: readonly { name: PlanTab; word: Word }[] = [
  { name: "parts", word: "plan.tab_parts" },
  { name: "check", word: "plan.tab_check" },
  { name: "versions", word: "plan.tab_versions" },
];

/** The open plan: figures, the two bars that move, and its tabs. */
export function PlanPanel() {
  const doc = plan.value!;
  return (
    <>
      <div class="panel-head plan-head">
        <IconButton icon="arrowLeft" label={t("plan.back")} onClick={leavePlan} />
        <div class="plan-title">
          <h2 title={doc.name}>{doc.name}</h2>
          <p class="caption">{doc.division.name} · {t("division.draft_no", { n: doc.revision })}</p>
        </div>
        <StateTag state={doc.state} />
      </div>
      <div class="plan-top">
        {refused.value !== null && (
          <Notice problem={refused.value} kept={t("plan.taken_back")} back={() => (refused.value = null)} />
        )}
        <PlanFigures />
        <BasisSwitch />
        <LiveBars />
        <Sync />
        <div class="tabs" role="tablist">
          {TABS.map(({ name, word }) => (
            <button key={name} type="button" role="tab" aria-selected={planTab.value === name} onClick={() => (planTab.value = name)}>
              {name === "parts" && doc.part_level === "community" ? t("plan.tab_communities") : t(word)}
            </button>
          ))}
        </div>
      </div>
      <div class="panel-body plan-body" data-scroll role="tabpanel">
        {planTab.value === "parts" ? <PartsTab /> : planTab.value === "check" ? <CheckTab /> : <VersionsTab />}
      </div>
    </>
  );
}

function PlanFigures() {
  const now = totals.value;
  const community = plan.value?.part_level === "community";
  const zh = lang.value === "zh";
  return (
    <>
      <dl class="figures">
        <div class="figure figure-radius">
          <dt>{t(community ? "plan.figure_communities" : "plan.figure_grids")}</dt>
          <dd class="figure-value">{count(now.parts, lang.value)}</dd>
        </div>
        <div class={now.inBand === now.banded ? "figure figure-served" : "figure figure-above"}>
          <dt>{t("plan.figure_in_band")}</dt>
          <dd class="figure-value">{plan.value?.band === null ? "—" : <>{count(now.inBand, lang.value)}<small>/ {count(now.banded, lang.value)}</small></>}</dd>
        </div>
        <div class={now.unassignedCells === 0 ? "figure figure-served" : "figure figure-beyond"}>
          <dt>{t("plan.figure_unassigned")}</dt>
          <dd class="figure-value">{count(now.unassigned, lang.value)}<small>{zh ? "户" : ""}</small></dd>
        </div>
      </dl>
      <p class="caption basis-line">{bandLine()}</p>
      <p class="caption">{shapeLine()}</p>
    </>
  );
}

/** "标准 500–800 户 · 2021 · 某地意见" */
function bandLine(): string {
  const band = plan.value?.band ?? null;
  if (band === null) return t("plan.no_band");
  const text = t("plan.band", { min: count(band.min, lang.value), max: count(band.max, lang.value) });
  const from = [band.place, band.source].map((both) => (both ? both[lang.value] : "")).filter(Boolean);
  return [text, ...from, band.year ? String(band.year) : ""].filter(Boolean).join(" · ");
}

function shapeLine(): string {
  const { balance, torn, unassignedCells, total } = totals.value;
  return [
    t("plan.total", { n: count(total, lang.value) }),
    balance === null ? "" : t("plan.balance", { x: decimal(balance, 2, lang.value) }),
    torn > 0 ? t("plan.torn", { n: torn }) : "",
    unassignedCells > 0 ? t("plan.unassigned_cells", { n: count(unassignedCells, lang.value) }) : "",
  ].filter(Boolean).join(" · ");
}

function BasisSwitch() {
  const known = overview.value?.bases ?? [];
  const all = session.value?.topology.households;
  return (
    <div class="segments segments-small plan-basis" role="group" aria-label={t("coverage.basis")}>
      {BASES.map((code) => {
        const empty = all !== undefined && !all[code].some((n) => n > 0);
        const date = known.find((each) => each.code === code)?.to;
        return (
          <button
            key={code}
            type="button"
            aria-pressed={basis.value === code}
            disabled={empty}
            title={empty ? t("coverage.basis_none") : date ? t("coverage.asof", { date }) : undefined}
            onClick={() => (basis.value = code)}
          >
            {t(`plan.basis_${code}`)}
          </button>
        );
      })}
    </div>
  );
}

/** The two parts of a stroke while it is drawn; afterwards the place stays, so that nothing jumps. */
function LiveBars() {
  const now = live.value;
  if (now === null || session.value === null) return null;
  const most = partRows.value.reduce((max, row) => Math.max(max, row.households), 0);
  const scale = scaleOf(plan.value!.band, most);
  return (
    <div class="live-bars" aria-live="off">
      {[now.to, now.from].map((no) => <LiveBar key={no} no={no} scale={scale} />)}
    </div>
  );
}

function LiveBar({ no, scale }: { no: number; scale: number }) {
  void tick.value;
  const figures = session.value!.partition.of(no);
  const households = figures[basis.value];
  const band = plan.value!.band;
  const verdict = no === 0 ? "no_band" : verdictOf(households, parts.value.get(no), band);
  return (
    <div class="live-bar">
      <span>{partName(no)}</span>
      <b>{count(households, lang.value)}</b>
      <BandBar households={households} band={band} verdict={verdict} scale={scale} />
      <small>{[t("plan.cells_n", { n: count(figures.cells, lang.value) }), no !== 0 && figures.pieces > 1 ? t("plan.pieces", { n: figures.pieces }) : ""].filter(Boolean).join(" · ")}</small>
    </div>
  );
}

/** What is on its way to the server, in words. */
function Sync() {
  const { state, pending } = sync.value;
  const icon = state === "saved" ? "circleCheck" : state === "offline" ? "cloudOff" : state === "conflict" ? "triangleAlert" : "refresh";
  return (
    <p class={`sync sync-${state}`} role="status">
      <Icon name={icon} />
      {t(`plan.sync_${state}`, { n: pending })}
      {plan.value!.stale && <span class="sync-stale">{t("plan.stale", { what: whatChanged(plan.value!.stale_reasons) })}</span>}
    </p>
  );
}
