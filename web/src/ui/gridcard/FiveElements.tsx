import type { ComponentChildren } from "preact";
import { gridLedger, type GridCard } from "../../api/gridCard";
import { named, t, type Word } from "../../i18n";
import { count, decimal } from "../../i18n/format";
import { step } from "../../state/desk";
import { features } from "../../state/events";
import { fold, gridCard, gridCardLoading, gridCardProblem, retryGridCard, unfolded, type Element } from "../../state/gridCard";
import { onDay } from "../../state/people";
import { can } from "../../state/session";
import { lang, overview, params, selection } from "../../state/store";
import { Icon } from "../Icon";
import { Notice } from "../Notice";
import { EventCounts, ThingCounts } from "./Counts";
import { Land } from "./Land";
import { Organisations } from "./Organisations";
import { People } from "./People";

/** 人、地、物、事、组织 of the selected grid: a figure each, unfolded into what it is made of. */
export function FiveElements() {
  const card = gridCard.value;
  const problem = gridCardProblem.value;
  const code = selection.value?.code;
  return (
    <section class="five" aria-labelledby="five-title" aria-busy={gridCardLoading.value}>
      <h3 id="five-title">{t("five.title")}</h3>
      {card !== null && card.grid.code === code ? (
        <div class={gridCardLoading.value ? "dimmed" : undefined}><Elements card={card} /></div>
      ) : problem === null ? (
        <p class="caption" role="status">{t("five.loading")}</p>
      ) : problem.code === "outside_area" ? (
        <p class="caption">{t("five.outside")}</p>
      ) : (
        <Notice problem={problem} kept={t("five.kept")} retry={retryGridCard} {...(onDay.value !== null && problem.code === "unknown_grid" ? { back: today } : {})} />
      )}
    </section>
  );
}

function Elements({ card }: { card: GridCard }) {
  return (
    <>
      {onDay.value !== null && <p class="people-asof"><Icon name="history" />{t("five.as_of", { day: card.as_of })}<button type="button" class="link" onClick={today}>{t("people.today")}</button></p>}
      <Fold element="people" figure={householdsOf(card)}><People people={card.people} /></Fold>
      <Fold element="land" figure={`${decimal(card.land.area_m2 / 1e6, 2, lang.value)}\u2009km²`}><Land land={card.land} /></Fold>
      <Fold element="things" figure={t("five.things_n", { n: count(card.things.number, lang.value) })}><ThingCounts things={card.things} /></Fold>
      {features.value.events && (
        <Fold element="events" figure={t("five.events_n", { n: count(card.events.number, lang.value) })}><EventCounts events={card.events} /></Fold>
      )}
      <Fold element="organisations" figure={organisationsOf(card)}><Organisations card={card} /></Fold>
      <p class="caption five-day">{t("five.day", { day: card.as_of })}</p>
      {can("export") && (
        <p class="five-actions">
          <a class="button button-small" href={gridLedger(card.grid.code, onDay.value, lang.value)} download><Icon name="download" />{t("five.download")}</a>
        </p>
      )}
    </>
  );
}

/** Leave the day that was chosen under 人员. */
function today(): void {
  step(() => (onDay.value = null));
}

/** The figure of people: households on the basis the desk counts by. */
function householdsOf({ people }: GridCard): string {
  const wanted = params.value?.basis ?? "resident";
  const counted = people.households.find(({ basis }) => basis === wanted);
  const basis = overview.value?.bases.find(({ code }) => code === wanted);
  const number = counted?.households ?? null;
  return `${basis === undefined ? t("five.households") : named(basis)} ${number === null ? t("five.no_count") : count(number, lang.value)}`;
}

function organisationsOf({ organisations, stations }: GridCard): string {
  return t("five.organisations_n", { n: count(organisations.number, lang.value), m: count(stations.number, lang.value) });
}

/** One element: its name and figure, and below them, unfolded, what the figure is made of. */
function Fold({ element, figure, children }: { element: Element; figure: string; children: ComponentChildren }) {
  const open = unfolded.value.has(element);
  const body = `five-${element}`;
  return (
    <div class="fold">
      <h4>
        <button type="button" aria-expanded={open} aria-controls={open ? body : undefined} onClick={() => fold(element)}>
          <Icon name="chevronRight" />
          <span class="fold-name">{t(`five.${element}` as Word)}</span>
          <span class="fold-figure">{figure}</span>
        </button>
      </h4>
      {open && <div class="fold-body" id={body}>{children}</div>}
    </div>
  );
}
