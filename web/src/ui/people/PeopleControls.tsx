import type { PeopleOfArea } from "../../api/people";
import { t, type Word } from "../../i18n";
import { count } from "../../i18n/format";
import { step } from "../../state/desk";
import { onDay, peopleFilter, personWords, today } from "../../state/people";
import { PEOPLE_FILTERS, fits, isDay, type PeopleFilter } from "../../state/peopleRows";
import { withinAt } from "../../state/standards";
import { lang, overview } from "../../state/store";
import { Icon } from "../Icon";

/** The day, the area, who is sought, and what the list is narrowed to. */
export function PeopleControls({ now }: { now: PeopleOfArea }) {
  const areas = (overview.value?.divisions ?? []).filter(({ level }) => level === "township");
  const shown = onDay.value ?? now.on;
  return (
    <section class="people-controls" aria-label={t("people.filter")}>
      <div class="people-pair">
        <label class="board-choice">
          <span class="caption">{t("people.day")}</span>
          <span class="filter">
            <input type="date" aria-label={t("people.day")} value={shown} onChange={(event) => { const value = event.currentTarget.value; if (isDay(value)) step(() => (onDay.value = value === today() ? null : value)); }} />
          </span>
        </label>
        {areas.length > 1 && (
          <label class="board-choice">
            <span class="caption">{t("people.within")}</span>
            <span class="filter">
              <select aria-label={t("people.within")} value={withinAt.value ?? ""} onChange={(event) => { const code = event.currentTarget.value; step(() => (withinAt.value = code === "" ? null : code)); }}>
                <option value="">{t("people.everywhere")}</option>
                {areas.map((area) => <option key={area.code} value={area.code}>{area.name}</option>)}
              </select>
              <Icon name="chevronDown" />
            </span>
          </label>
        )}
      </div>
      {onDay.value !== null && (
        <p class="people-asof">
          <Icon name="history" />{t("people.as_of", { day: onDay.value })}
          <button type="button" class="link" onClick={() => step(() => (onDay.value = null))}>{t("people.today")}</button>
        </p>
      )}
      <label class="filter filter-search people-search">
        <Icon name="search" />
        <input type="search" aria-label={t("people.search")} placeholder={t("people.search")} value={personWords.value} maxLength={60} onInput={(event) => (personWords.value = event.currentTarget.value)} />
      </label>
      <Filters now={now} />
    </section>
  );
}

function Filters({ now }: { now: PeopleOfArea }) {
  const chosen = peopleFilter.value;
  const choose = (next: PeopleFilter | null): void => { if (next !== chosen) step(() => (peopleFilter.value = next)); };
  const counts = PEOPLE_FILTERS.map((name) => [name, now.grids.filter((grid) => fits(grid, name)).length] as const);
  return (
    <div class="part-filters" role="group" aria-label={t("people.filter")}>
      <button type="button" class="chip chip-small" aria-pressed={chosen === null} onClick={() => choose(null)}>{t("people.all")}<small>{count(now.grids.length, lang.value)}</small></button>
      {counts.filter(([name, n]) => n > 0 || name === chosen).map(([name, n]) => (
        <button key={name} type="button" class="chip chip-small" aria-pressed={chosen === name} onClick={() => choose(name)}>
          {filterWord(name)}<small>{count(n, lang.value)}</small>
        </button>
      ))}
    </div>
  );
}

/** "Today" only where today is looked at. */
export function filterWord(name: PeopleFilter | "held"): string {
  return t(name === "substitute" && onDay.value !== null ? "people.substitute_day" : (`people.${name}` as Word));
}
