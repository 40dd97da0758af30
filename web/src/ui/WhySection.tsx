import type { Why, WhyLeg, WhyPlaces, WhyReason, WhyStation } from "../api/types";
import { inBrackets, t, tCode, type Word } from "../i18n";
import { count, decimal, duration } from "../i18n/format";
import { zoomToWay } from "../state/mapLink";
import { lang, overview } from "../state/store";
import { retryWhy, why } from "../state/why";
import { Icon } from "./Icon";
import { Notice } from "./Notice";

/** Why the selected building is or is not within reach, with its way street by street. */
export function WhySection() {
  const state = why.value;
  if (state.kind === "none") return null;
  return (
    <section class="why" aria-labelledby="why-title" aria-busy={state.kind === "loading"}>
      <h3 id="why-title">{t("why.title")}</h3>
      {state.kind === "loading" && <p class="caption" role="status">{t("why.loading")}</p>}
      {state.kind === "failed" && <Notice problem={state.problem} kept={t("why.kept")} retry={retryWhy} />}
      {state.kind === "ready" && <Answer why={state.why} />}
    </section>
  );
}

function Answer({ why: found }: { why: Why }) {
  const [first, ...others] = found.reasons;
  return (
    <>
      <p class="why-first">{first !== undefined && sentence(first, found)}</p>
      {others.length > 0 && (
        <ul class="why-also" aria-label={t("why.also")}>
          {others.map((reason) => <li key={reason.code}>{sentence(reason, found)}</li>)}
        </ul>
      )}
      {found.straight_m !== null && <Legs why={found} />}
      {found.places !== null && found.places.over_capacity > 0 && <PlacesTable places={found.places} />}
      {found.route.features.length > 0 && (
        <p class="card-actions">
          <button type="button" class="button button-quiet button-small" onClick={zoomToWay}><Icon name="maximize" />{t(found.legs.length > 0 ? "why.show" : "why.show_line")}</button>
        </p>
      )}
    </>
  );
}

/** The parts of the walk in order, their sum, and the straight line beside. */
function Legs({ why: found }: { why: Why }) {
  return (
    <table class="legs">
      <caption class="unseen">{t("why.legs")}</caption>
      <thead class="unseen">
        <tr><th scope="col">{t("why.part")}</th><th scope="col">{t("why.metres")}</th><th scope="col">{t("why.time")}</th></tr>
      </thead>
      <tbody>
        {found.legs.filter((leg) => leg.walk_m > 0).map((leg, i) => (
          <tr key={i} class={`leg leg-${leg.kind}`}>
            <th scope="row">{legName(leg)}</th>
            <td>{metres(leg.walk_m)}</td>
            <td>{took(leg.walk_s)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        {found.walk_m !== null && found.walk_s !== null && (
          <tr class="leg-whole"><th scope="row">{t("why.whole")}</th><td>{metres(found.walk_m)}</td><td>{took(found.walk_s)}</td></tr>
        )}
        {found.straight_m !== null && (
          <tr class="leg leg-straight">
            <th scope="row">{found.station === null ? t("why.straight_to", { station: stationName(found.straight_station) }) : t("why.straight")}</th>
            <td>{metres(found.straight_m)}</td>
            <td>{found.detour !== null && <abbr title={t("why.detour", { factor: times(found.detour) })}>× {times(found.detour)}</abbr>}</td>
          </tr>
        )}
      </tfoot>
    </table>
  );
}

/** The stations in reach with how full they are, where somebody here has no place. */
function PlacesTable({ places }: { places: WhyPlaces }) {
  const limit = (capacity: number | null) => (capacity === null ? t("why.any") : count(capacity, lang.value));
  return (
    <table class="legs why-places">
      <caption>{t("why.places")}</caption>
      <thead>
        <tr>
          <th scope="col"><span class="unseen">{t("why.station")}</span></th>
          <th scope="col">{t("why.load")}</th>
          <th scope="col">{t("why.ours")}</th>
        </tr>
      </thead>
      <tbody>
        {places.stations.map((place) => (
          <tr key={place.code}>
            <th scope="row">{place.name ?? place.code}</th>
            <td>{count(place.load, lang.value)} / {limit(place.capacity)}</td>
            <td>{count(place.households, lang.value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function street({ name, street_class }: WhyLeg): string {
  return name ?? tCode("street", street_class);
}

function legName(leg: WhyLeg): string {
  if (leg.kind === "access") return t("why.access", { street: street(leg) });
  return leg.kind === "station" ? t("why.door") : street(leg);
}

/** Whole metres at any length: a limit missed by a few must not be rounded away. */
function metres(value: number | null | undefined): string {
  return value === null || value === undefined ? "" : `${count(value, lang.value)}\u2009m`;
}

function took(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "";
  return seconds < 59.5 ? t("why.seconds", { n: Math.round(seconds) }) : duration(seconds, lang.value);
}

function times(factor: number): string {
  return decimal(factor, factor < 10 ? 2 : 1, lang.value);
}

function categoryName(code: string): string {
  const known = overview.value?.categories.find((category) => category.code === code);
  return known === undefined ? code : lang.value === "zh" ? known.zh : known.en;
}

function stationName(station: WhyStation | null): string {
  return station === null ? "" : (station.name ?? `${categoryName(station.category)} ${station.code}`);
}

function barrierName({ barrier }: WhyReason): string {
  if (barrier === null) return t("why.some_barrier");
  const kind = tCode("barrier", barrier.barrier_class);
  return barrier.name ? barrier.name + inBrackets(kind) : lang.value === "zh" ? kind : `a ${kind}`;
}

/** The word of a reason as far as it depends on what is known of it. */
function wordOf(reason: WhyReason): Word {
  const { code, station } = reason;
  if (code === "different_network" && reason.gate !== null) return "why.behind_gate";
  if (code === "barrier_between" && reason.detour === null) return "why.barrier_shut";
  if (code === "not_open_yet" && station?.opened_on) return "why.opens";
  if (code === "closed" && station?.closed_on) return "why.closed_on";
  return `why.${code}`;
}

/** The threshold that a reason is about. */
function limitOf(code: WhyReason["code"], { walk_m, snap_limit_m, no_network_m }: Why["parameters"]): number {
  if (code === "no_network") return no_network_m;
  return code === "no_street_within_250m" ? snap_limit_m : walk_m;
}

/** A reason as one sentence with its numbers. */
export function sentence(reason: WhyReason, { parameters, places }: Why): string {
  const { station, over_m, over_s, street_m, detour, gate } = reason;
  return t(wordOf(reason), {
    station: stationName(station),
    walk: metres(station?.walk_m),
    time: took(station?.walk_s),
    straight: metres(station?.straight_m),
    limit: metres(limitOf(reason.code, parameters)),
    over: metres(over_m),
    more: took(over_s),
    street: metres(street_m),
    barrier: barrierName(reason),
    factor: detour === null ? "" : times(detour),
    gate: gate === null ? "" : (gate.name ?? t("why.some_gate")),
    date: (reason.code === "closed" ? station?.closed_on : station?.opened_on) ?? "",
    category: station === null ? "" : categoryName(station.category),
    homes: count(places?.households ?? 0, lang.value),
    without: count(places?.over_capacity ?? 0, lang.value),
    wanted: categoryName(parameters.category),
  });
}
