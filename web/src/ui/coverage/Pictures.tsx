import { useSignal } from "@preact/signals";
import type { RunCurves } from "../../api/types";
import { classOf, rampColours } from "../../geo/classify";
import { mergedBins, roundTicks } from "../../geo/bins";
import { t } from "../../i18n";
import { count, decimal, percent } from "../../i18n/format";
import { counted, lang, shown } from "../../state/store";
import { byHand, figuresProblem, retryFigures, runCurves, wantedRun } from "../../state/runFigures";
import { Bars, type Bar } from "../chart/Bars";
import { Notice } from "../Notice";
import { Minutes } from "./Minutes";

type Picture = "minutes" | "distance" | "density" | "reach";
const PICTURES: readonly Picture[] = ["minutes", "distance", "density", "reach"];
const MOST_BARS = 40;
const WITHIN = "#35978f";
const BEYOND = "#bf812d";

/** The run in pictures, one at a time. */
export function Pictures() {
  const chosen = useSignal<Picture>("minutes");
  if (shown.value === null || counted.value === "buildings") return null;
  const found = runCurves.value;
  const picture = chosen.value;
  return (
    <section class="block pictures">
      <div class="block-head">
        <h3>{t(`pictures.${picture}`)}</h3>
      </div>
      <div class="segments segments-small" role="group" aria-label={t("pictures.title")}>
        {PICTURES.map((name) => (
          <button key={name} type="button" aria-pressed={picture === name} onClick={() => (chosen.value = name)}>{t(`pictures.${name}_short`)}</button>
        ))}
      </div>
      {picture === "minutes" ? <Minutes /> : found === null ? <Waiting /> : <Chosen picture={picture} curves={found} />}
    </section>
  );
}

/** Until the figures are there: that they are computed, what went wrong, or the button that begins. */
export function Waiting() {
  const run = shown.value?.run.run;
  const found = figuresProblem.value;
  if (found !== null) return <Notice problem={found} retry={retryFigures} />;
  if (byHand.value && wantedRun.value !== run) {
    return (
      <p class="caption pictures-wait">
        {t("pictures.by_hand")} <button type="button" class="link" onClick={() => (wantedRun.value = run ?? null)}>{t("pictures.compute")}</button>
      </p>
    );
  }
  return <p class="caption pictures-wait" role="status">{t("pictures.waiting")}</p>;
}

function Chosen({ picture, curves }: { picture: Exclude<Picture, "minutes">; curves: RunCurves }) {
  if (picture === "distance") return <Distances curves={curves} />;
  if (picture === "density") return <Density curves={curves} />;
  return <Reached curves={curves} />;
}

function Distances({ curves }: { curves: RunCurves }) {
  const { step_m, households, beyond, unreachable, no_network, unplaced } = curves.distances;
  const limit = Number(curves.parameters["walk_m"]);
  const { values, step } = mergedBins(households, step_m, MOST_BARS);
  const n = (value: number): string => count(value, lang.value);
  const bars = values.map((value, i): Bar => ({
    value,
    colour: (i + 1) * step <= limit ? WITHIN : i * step >= limit ? BEYOND : "#8c8f5f",
    reading: t("pictures.distance_at", { from: n(i * step), to: n((i + 1) * step), n: n(value) }),
  }));
  const ticks = roundTicks(values.length * step, 4).map((metres) => ({ at: metres / step, text: decimal(metres / 1000, 1, lang.value) }));
  return (
    <>
      <Bars title={t("pictures.distance")} bars={bars} ticks={ticks} axis={t("pictures.distance_axis")} text={n} mark={limit / step}
        reading={t("pictures.distance_reading", { n: n(households.reduce((sum, value) => sum + value, 0)), limit: n(limit) })} />
      <p class="caption">{t("pictures.distance_rest", { beyond: n(beyond), unreachable: n(unreachable), no_network: n(no_network), unplaced: n(unplaced) })}</p>
    </>
  );
}

function Density({ curves }: { curves: RunCurves }) {
  const of = curves.density.grids.counts.length > 0 ? "grids" : "communities";
  const { width, counts, unknown, breaks, break_counts } = curves.density[of];
  if (counts.length === 0) return <p class="caption pictures-wait">{t("pictures.none")}</p>;
  const ramp = rampColours(breaks.length);
  const n = (value: number): string => count(value, lang.value);
  const areas = t(of === "grids" ? "coverage.list_grids" : "coverage.list_communities");
  const bars = counts.map((value, i): Bar => ({
    value,
    colour: breaks.length === 0 ? WITHIN : ramp[classOf((i + 0.5) * width, breaks)]!,
    reading: t("pictures.density_at", { from: n(i * width), to: n((i + 1) * width), n: n(value), areas }),
  }));
  const ticks = roundTicks(counts.length * width, 4).map((value) => ({ at: value / width, text: n(value) }));
  return (
    <>
      <Bars title={t("pictures.density")} bars={bars} ticks={ticks} axis={t("pictures.density_axis")} text={n}
        reading={t("pictures.density_reading", { n: n(counts.reduce((sum, value) => sum + value, 0)), areas })} />
      <p class="caption">
        {t("pictures.density_classes", { classes: breaks.map((top, i) => `≤ ${n(top)}: ${n(break_counts[i] ?? 0)}`).join(" · ") })}
        {unknown > 0 && ` ${t("pictures.density_unknown", { n: n(unknown) })}`}
      </p>
    </>
  );
}

function Reached({ curves }: { curves: RunCurves }) {
  const { stations, circle_km2, reached_km2, circles_km2, ratio, radius_m, stations_off_network } = curves.reach;
  if (stations.length === 0) return <p class="caption pictures-wait">{t("pictures.none")}</p>;
  const km2 = (value: number): string => decimal(value, 2, lang.value);
  const bars = stations.map((station): Bar => ({
    value: station.reached_km2,
    colour: WITHIN,
    reading: t("pictures.reach_at", { name: station.name ?? station.code, km2: km2(station.reached_km2), share: percent(station.ratio) }),
  }));
  return (
    <>
      <Bars title={t("pictures.reach")} bars={bars} ticks={[]} axis={t("pictures.reach_axis")} text={(value) => decimal(value, 1, lang.value)} level={circle_km2}
        reading={t("pictures.reach_reading", { radius: count(radius_m, lang.value), circle: km2(circle_km2) })} />
      <p class="caption">
        {t("pictures.reach_total", { reached: km2(reached_km2), circles: km2(circles_km2), share: percent(ratio) })}
        {stations_off_network > 0 && ` ${t("pictures.reach_off", { n: count(stations_off_network, lang.value) })}`}
      </p>
    </>
  );
}
