import { useSignal } from "@preact/signals";
import type { Classes, Scheme } from "../api/types";
import { rampColours } from "../geo/classify";
import { inBrackets, named, t, tCode, type Word } from "../i18n";
import { count } from "../i18n/format";
import { categoryIcon } from "../map/categories";
import { elementPoints, type ElementPoint } from "../state/gridCard";
import { lookOf } from "../state/gridCardMap";
import { recolour } from "../state/runs";
import { stations } from "../state/shapes";
import { buildingsFrom, counted, lang, overview, shown, stale, toggles, view } from "../state/store";
import { kilometres } from "./Figures";
import { Glyph } from "./gridcard/Glyph";
import { Icon } from "./Icon";

const SCHEMES: readonly Scheme[] = ["natural", "equal", "quantile"];
const STATUSES = ["within_walk", "out_of_reach", "unreachable", "no_network"] as const;

/** Everything that is coloured, with its unit. */
export function Legend() {
  // On a small screen the map comes first.
  const open = useSignal(!window.matchMedia("(max-width: 1023px)").matches);
  const now = shown.value;
  const elements = elementPoints.value;
  if (now === null && (elements === null || elements.length === 0)) return null;
  const on = toggles.value;
  return (
    <section class="legend" aria-label={t("legend.title")}>
      <button type="button" class="legend-title" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
        {t("legend.title")}
        <Icon name="chevronDown" />
      </button>
      {open.value && (
        <div class={stale.value ? "legend-body dimmed" : "legend-body"}>
          {now !== null && on.density && (now.run.grids.length > 0 || now.run.communities.length > 0) && <Density />}
          {now !== null && on.buildings && <Buildings />}
          {now !== null && (on.area || on.radius) && <Lines />}
          {now !== null && on.stations && <Stations />}
          {elements !== null && elements.length > 0 && <Elements points={elements} />}
        </div>
      )}
    </section>
  );
}

function Density() {
  const { classes, scope, scheme, run } = shown.value!;
  return (
    <div class="legend-group">
      <div class="legend-head">
        <h3>{t("legend.density", { unit: t("unit.per_km2") })}</h3>
      </div>
      <div class="legend-choices">
        {run.grids.length > 0 && (
          <select class="tiny" aria-label={t("legend.density_grids")} value={scope} onChange={(e) => void recolour({ scope: e.currentTarget.value as typeof scope })}>
            <option value="grids">{t("legend.density_grids")}</option>
            <option value="communities">{t("legend.density_communities")}</option>
          </select>
        )}
        <select class="tiny" aria-label={t("legend.scheme")} value={scheme} onChange={(e) => void recolour({ scheme: e.currentTarget.value as Scheme })}>
          {SCHEMES.map((each) => <option key={each} value={each}>{t(`scheme.${each}` as Word)}</option>)}
        </select>
      </div>
      {classes === null || classes.breaks.length === 0 ? <p class="caption">{t("legend.no_classes")}</p> : <ClassRows classes={classes} />}
    </div>
  );
}

function ClassRows({ classes: { breaks, counts, minimum } }: { classes: Classes }) {
  const colours = rampColours(breaks.length);
  return (
    <ul class="legend-classes">
      {breaks.map((upper, i) => (
        <li key={i}>
          <i class="swatch swatch-fill" style={{ background: colours[i] }} />
          <span>{classText(i === 0 ? (minimum ?? 0) : breaks[i - 1]!, upper, i === 0)}</span>
          <small>{t("legend.class_count", { n: counts[i] ?? 0 })}</small>
        </li>
      ))}
    </ul>
  );
}

/** A value that equals a break belongs to the class below it. */
function classText(lower: number, upper: number, first: boolean): string {
  const high = count(upper, lang.value);
  if (first && lower >= upper) return high;
  return first ? `${count(lower, lang.value)} – ${high}` : `> ${count(lower, lang.value)} – ${high}`;
}

function Buildings() {
  const totals = shown.value!.run.totals;
  const small = (view.value?.zoom ?? 0) < buildingsFrom.value;
  const parts = counted.value === "households" ? totals : { within_walk: totals.buildings_within_walk, out_of_reach: totals.buildings_out_of_reach, unreachable: totals.buildings_unreachable, no_network: totals.buildings_no_network };
  return (
    <div class="legend-group">
      <h3>{t("legend.buildings")}{small && <small>{inBrackets(t("legend.zoom_buildings"))}</small>}</h3>
      <ul>
        {STATUSES.filter((name) => parts[name] > 0 || name === "within_walk" || name === "out_of_reach").map((name) => (
          <li key={name}><i class={`swatch reach-${name}`} /><span>{t(`reach.${name}` as Word)}</span></li>
        ))}
      </ul>
    </div>
  );
}

function Lines() {
  const { parameters } = shown.value!.run;
  return (
    <div class="legend-group">
      <ul>
        {toggles.value.area && shown.value!.area !== null && (
          <li><i class="swatch swatch-area" /><span>{t("legend.area", { minutes: parameters.minutes })}</span></li>
        )}
        {toggles.value.radius && (
          <li><i class="swatch swatch-radius" /><span>{t("legend.radius", { km: kilometres(parameters.radius_m) })}</span></li>
        )}
      </ul>
    </div>
  );
}

function Stations() {
  const wanted = shown.value!.run.parameters.category;
  const category = overview.value?.categories.find((c) => c.code === wanted);
  const states = new Set(stations.value.filter((s) => s.category === wanted).map((s) => s.status));
  if (category === undefined) return null;
  return (
    <div class="legend-group">
      <ul>
        <li><span class="pin pin-legend"><Icon name={categoryIcon(wanted)} /></span><span>{named(category)}</span></li>
        {(["planned", "closed", "vacant"] as const).filter((state) => states.has(state)).map((state) => (
          <li key={state}><span class={`pin pin-legend pin-${state}`}><Icon name={categoryIcon(wanted)} /></span><span>{t(`kinds.${state}`)}</span></li>
        ))}
        {toggles.value.others && (
          <li><span class="pin pin-legend pin-other"><Icon name="mapPin" /></span><span>{t("layers.others")}</span></li>
        )}
      </ul>
    </div>
  );
}

const LOOKS = ["in_order", "damaged", "missing", "disused", "unknown", "organisation"] as const;

/** What the points of the selected grid mean, as far as there are any. */
function Elements({ points }: { points: readonly ElementPoint[] }) {
  const there = new Set(points.map(lookOf));
  return (
    <div class="legend-group">
      <h3>{t("five.legend")}</h3>
      <ul>
        {LOOKS.filter((look) => there.has(look)).map((look) => (
          <li key={look}><Glyph look={look} /><span>{look === "organisation" ? t("five.legend_organisation") : tCode("assetState", look)}</span></li>
        ))}
      </ul>
    </div>
  );
}
