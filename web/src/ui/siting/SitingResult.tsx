import { useEffect } from "preact/hooks";
import type { SitingSummary } from "../../api/whatif";
import { placeName, t, type Word } from "../../i18n";
import { count, decimal, distance, percent } from "../../i18n/format";
import { showPoint } from "../../state/mapLink";
import { asWhatIf, chosenSites, ground, marks, picked, pointed, questionOf, sitingStale, type Sited } from "../../state/siting";
import { gainPoints, gapPercent, meanWalk, type Chosen } from "../../state/sitingAsk";
import { lang, overview, view } from "../../state/store";
import { Icon } from "../Icon";
import { questionText } from "../whatif/CompareDialog";
import { ThreeClasses } from "../whatif/ThreeClasses";
import { GainCurve } from "./GainCurve";
import { MarkButtons } from "./PlaceList";

const NEAR_ZOOM = 15;
const n = (value: number): string => count(value, lang.value);

/** The sites that were found, how sure that is, and what they would change. */
export function SitingResult({ now }: { now: Sited }) {
  const { scenario, summary } = now;
  return (
    <>
      <h3 class="siting-headline"><span role="status">{headline(summary)}</span></h3>
      <p class="caption">{under(now)}</p>
      {sitingStale.value && <p class="caption siting-stale" role="status"><Icon name="triangleAlert" class="warn" />{t("siting.stale")}</p>}
      <Sure now={now} />
      <ThreeClasses answer={scenario.result} />
      <p class="caption siting-kept">{t("siting.kept_as", { name: scenario.name })}</p>
      <p class="button-row">
        <button type="button" class="button" onClick={() => asWhatIf(scenario.scenario)}>{t("siting.by_hand")}</button>
        <button type="button" class="button" onClick={toForm}>{t("siting.edit")}</button>
      </p>
      <ChosenList now={now} />
      <GainCurve summary={summary} />
    </>
  );
}

function toForm(): void {
  const sheet = document.getElementById("siting-form");
  sheet?.scrollIntoView({ block: "start" });
  sheet?.querySelector<HTMLElement>("input:checked")?.focus();
}

function headline(summary: SitingSummary): string {
  const { objective_kind: kind, chosen, served, households, proved } = summary;
  const points = gainPoints(summary);
  const last = points[points.length - 1];
  const before = points[0]?.stations === 0 ? points[0].value : null;
  const p = chosen.length;
  if (kind === "min-stations") return p === 0 ? t("siting.found_none") : t(proved ? "siting.found_min-stations" : "siting.found_few", { p, n: n(served), share: percent(served / households) });
  if (kind === "p-median") {
    const walk = distance(meanWalk(summary.objective, summary), lang.value);
    return t("siting.found_p-median", { p, b: before === null ? walk : `${distance(before, lang.value)} → ${walk}` });
  }
  return t("siting.found_max-coverage", { p, n: n((last?.value ?? 0) - (before ?? 0)) });
}

/** How far from the best this can be, in words, and how it was found. */
function Sure({ now: { summary, seconds } }: { now: Sited }) {
  const { objective_kind: kind, proved, gap, bound, reproducible, candidates, existing, left_out: left } = summary;
  const limit = bound === null ? "" : t(`siting.bound_${kind}` as Word, { n: kind === "p-median" ? distance(meanWalk(bound, summary), lang.value) : n(bound) });
  const join = lang.value === "zh" ? "；" : "; ";
  return (
    <ul class="siting-sure">
      <li class={proved ? "siting-proved" : undefined}>
        <Icon name={proved ? "circleCheck" : "gauge"} />
        <span>{proved ? t("siting.proved") : gap === null || bound === null ? t("siting.no_bound") : apart(summary, gap, bound) + join + limit}</span>
      </li>
      <li class="caption">
        {[
          t("siting.from_of", { n: n(candidates), m: n(existing) }),
          ...(left > 0 ? [t("siting.left_out", { n: n(left) })] : []),
          t(reproducible ? "siting.reproducible" : "siting.not_reproducible"),
          ...(seconds === null ? [] : [t("siting.seconds", { n: decimal(seconds, 1, lang.value) })]),
        ].join(join)}
      </li>
    </ul>
  );
}

function apart({ objective_kind: kind, objective }: SitingSummary, gap: number, bound: number): string {
  return kind === "min-stations" ? t("siting.gap_stations", { k: objective - bound }) : t("siting.gap", { gap: gapPercent(gap) });
}

/** The question that this answers. */
function under({ scenario }: Sited): string {
  const codes = (questionOf(scenario).division ?? "").split(",");
  const names = (overview.value?.divisions ?? []).filter(({ code }) => codes.includes(code)).map(({ name }) => name);
  return [questionText(scenario.asked), ...names].join(" · ");
}

/** The chosen sites in the order in which each gains most. */
function ChosenList({ now }: { now: Sited }) {
  const rows = chosenSites.value;
  const ordered = now.summary.curve.length > 0;
  // Codes of corners mean the same corner only while the candidates are the same.
  const markable = now.ground !== null && now.ground === ground.value;
  const at = picked.value;
  useEffect(() => {
    if (at !== null) document.getElementById(`site-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at]);
  if (rows.length === 0) return null;
  const most = rows.reduce((max, { gain, households }) => Math.max(max, gain ?? households), 1);
  return (
    <section class="block" aria-label={t("siting.chosen")}>
      <h3>{t("siting.chosen")} <small class="caption">{t(ordered ? "siting.order" : "siting.order_none")}</small></h3>
      <ol class="siting-chosen">
        {rows.map((row) => <ChosenRow key={row.code} row={row} most={most} summary={now.summary} markable={markable} />)}
      </ol>
    </section>
  );
}

function ChosenRow({ row, most, summary, markable }: { row: Chosen; most: number; summary: SitingSummary; markable: boolean }) {
  const { rank, code, place, at, households, gain } = row;
  const name = placeName(row.name ?? place);
  const walk = summary.objective_kind === "p-median";
  const value = gain === null ? "" : walk ? t("siting.gain_walk", { n: distance(meanWalk(gain, summary), lang.value) }) : t("siting.gain", { n: n(gain) });
  return (
    <li id={`site-${code}`} class={`row siting-row ${pointed.value === code ? "lit" : ""}`} onMouseEnter={() => (pointed.value = code)} onMouseLeave={() => (pointed.value = null)}>
      <button
        type="button"
        class="siting-go"
        title={t("siting.show")}
        aria-pressed={picked.value === code}
        onFocus={() => (pointed.value = code)}
        onBlur={() => (pointed.value = null)}
        onClick={() => {
          picked.value = code;
          showPoint(at, Math.max(NEAR_ZOOM, view.value?.zoom ?? 0));
        }}
      >
        <span class="siting-rank" aria-hidden="true">{rank}</span>
        <span class="row-name">{name}</span>
        <span class="row-value change-better">{value}</span>
        <span class="row-detail">{t("siting.serves", { n: n(households) })}</span>
      </button>
      {markable && <MarkButtons code={place} name={name} as={marks.value.get(place)} />}
      <i class="row-bar bar-gain" style={{ width: `${((gain ?? households) / most) * 100}%` }} />
    </li>
  );
}
