import { eventsExport, type CategoryRow, type EventRow } from "../../api/events";
import { t, tCode, tCount, type Word } from "../../i18n";
import { count, shortMoment } from "../../i18n/format";
import { categories, eventAt, eventLit, events, eventsBusy, eventsProblem, filter, filterFault, openEvent, points, readAgain, readMore } from "../../state/events";
import { NO_FILTER } from "../../state/eventFilter";
import { colourOf, LEVELS, STATES } from "../../state/eventStates";
import { SHOW_ZOOM } from "../../state/eventsMap";
import { showPoint } from "../../state/mapLink";
import { can } from "../../state/session";
import { grids } from "../../state/shapes";
import { lang, overview } from "../../state/store";
import { Icon } from "../Icon";
import { Notice } from "../Notice";

export function categoryName(row: Pick<EventRow, "category_name" | "category_name_en">): string {
  return lang.value === "zh" ? row.category_name : row.category_name_en;
}

/** Figures, filter and rows. */
export function EventList() {
  const found = eventsProblem.value;
  const now = events.value;
  return (
    <>
      {found !== null && <Notice problem={found} kept={t("error.kept")} retry={readAgain} />}
      <Figures />
      <Filters />
      {now === null ? (
        found === null && !filterFault.value && <p class="caption" role="status">{t("loading")}</p>
      ) : now.events.length === 0 ? (
        <p class="events-none">{t("events.none")} <button type="button" class="link" onClick={() => (filter.value = { ...NO_FILTER, state: "" })}>{t("events.clear")}</button></p>
      ) : (
        <>
          <ul class={eventsBusy.value || filterFault.value ? "event-rows dimmed" : "event-rows"} aria-label={t("events.list")} aria-busy={eventsBusy.value}>
            {now.events.map((row) => <Row key={row.id} row={row} />)}
          </ul>
          {now.events.length < now.total && <p><button type="button" class="button" onClick={() => void readMore()}>{t("events.more")}</button></p>}
        </>
      )}
      {(points.value?.left_out ?? 0) > 0 && <p class="caption">{tCount("events.left_out", points.value!.left_out)}</p>}
    </>
  );
}

function Figures() {
  const now = events.value;
  const figures = [
    ["events.found", now?.total, "radius"],
    ["events.open", now?.open, "served"],
    ["events.overdue", now?.overdue, "late"],
  ] as const;
  return (
    <dl class="figures events-figures" aria-live="polite">
      {figures.map(([word, value, look]) => (
        <div class={`figure figure-${look}`} key={word}>
          <dt>{t(word)}</dt>
          <dd class="figure-value">{value === undefined ? "–" : count(value, lang.value)}<small>{lang.value === "zh" ? t("events.unit") : ""}</small></dd>
        </div>
      ))}
    </dl>
  );
}

function Filters() {
  const now = filter.value;
  const areas = (overview.value?.divisions ?? []).filter(({ level }) => level === "township" || level === "community");
  // A grid's code begins with its community's.
  const inside = areas.some(({ code, level }) => code === now.division && level === "community") ? grids.value.filter(({ code }) => code.startsWith(now.division)) : [];
  const set = (change: Partial<typeof now>): void => {
    filter.value = { ...now, ...change };
  };
  return (
    <details class="event-filter" open>
      <summary>{t("events.filters")}<Icon name="chevronDown" /></summary>
      <div class="event-filter-grid">
        <Choice label={t("events.state")} value={now.state} set={(state) => set({ state })}>
          <option value="open">{t("events.state_open")}</option>
          <option value="closed">{t("events.state_closed")}</option>
          <option value="">{t("events.state_all")}</option>
          {STATES.map((state) => <option key={state} value={state}>{tCode("event", state)}</option>)}
        </Choice>
        <Choice label={t("events.level")} value={now.level} set={(level) => set({ level })}>
          <option value="">{t("events.level_all")}</option>
          {LEVELS.map((level) => <option key={level} value={level}>{tCode("elevel", level)}</option>)}
        </Choice>
        <Choice label={t("events.category")} value={now.category} set={(category) => set({ category })}>
          <option value="">{t("events.category_all")}</option>
          {groups().map(([key, name, rows]) => (
            <optgroup key={key} label={name}>
              <option value={key}>{name}</option>
              {rows.map((row) => <option key={row.key} value={row.key}>{lang.value === "zh" ? row.name : row.name_en}</option>)}
            </optgroup>
          ))}
        </Choice>
        <Choice label={t("events.division")} value={now.division} set={(division) => set({ division, grid: "" })}>
          <option value="">{t("events.division_all")}</option>
          {areas.map((area) => <option key={area.code} value={area.code}>{area.level === "community" ? `　${area.name}` : area.name}</option>)}
        </Choice>
        {inside.length > 0 && (
          <div class="event-q">
            <Choice label={t("events.grid")} value={now.grid} set={(grid) => set({ grid })}>
              <option value="">{t("events.grid_all")}</option>
              {inside.map(({ code, name }) => <option key={code} value={code}>{name || code}</option>)}
            </Choice>
          </div>
        )}
        <label class="filter event-q"><Icon name="search" /><input type="text" aria-label={t("events.q")} placeholder={t("events.q")} value={now.q} maxLength={100} onInput={(event) => set({ q: event.currentTarget.value })} /></label>
        <Day word="events.from" value={now.from} set={(from) => set({ from })} />
        <Day word="events.to" value={now.to} set={(to) => set({ to })} />
        {filterFault.value && <p class="field-fault event-q" id={DAYS_FAULT} role="alert"><Icon name="circleAlert" />{t("events.days_crossed")}</p>}
        <Tick word="events.only_overdue" on={now.overdue} set={(overdue) => set({ overdue })} />
        <Tick word="events.only_border" on={now.border} set={(border) => set({ border })} />
      </div>
      {can("export") && !filterFault.value && <p class="event-export"><a class="button" href={eventsExport(now)} download><Icon name="download" />{t("events.export")}</a></p>}
    </details>
  );
}

/** Categories by group, in the order of the server. */
function groups(): [key: string, name: string, rows: CategoryRow[]][] {
  const found = new Map<string, [string, string, CategoryRow[]]>();
  for (const row of categories.value) {
    const name = lang.value === "zh" ? row.group_name : row.group_name_en;
    const group = found.get(row.group) ?? [row.group, name, []];
    group[2].push(row);
    found.set(row.group, group);
  }
  return [...found.values()];
}

function Choice({ label, value, set, children }: { label: string; value: string; set: (value: string) => void; children: preact.ComponentChildren }) {
  return (
    <div class="filter">
      <select aria-label={label} value={value} onChange={(event) => set(event.currentTarget.value)}>{children}</select>
      <Icon name="chevronDown" />
    </div>
  );
}

/** The years of a day are of four digits: the server reads no others. */
const LAST_DAY = "9999-12-31";
const DAYS_FAULT = "event-days-fault";

function Day({ word, value, set }: { word: Word; value: string; set: (day: string) => void }) {
  const bad = filterFault.value;
  return (
    <label class={bad ? "event-day event-day-bad" : "event-day"}>
      <span class="caption">{t(word)}</span>
      <input type="date" value={value} max={LAST_DAY} aria-invalid={bad || undefined} aria-describedby={bad ? DAYS_FAULT : undefined} onChange={(event) => set(event.currentTarget.value)} />
    </label>
  );
}

function Tick({ word, on, set }: { word: Word; on: boolean; set: (on: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={on} onChange={(event) => set(event.currentTarget.checked)} />
      <span class="check-box" aria-hidden="true"><Icon name="check" /></span>
      {t(word)}
    </label>
  );
}

function Row({ row }: { row: EventRow }) {
  const lit = eventLit.value === row.id;
  return (
    <li>
      <button
        type="button"
        class={`event-row${lit ? " lit" : ""}`}
        aria-pressed={eventAt.value === row.id}
        onClick={() => {
          openEvent(row.id);
          showPoint([row.lon, row.lat], SHOW_ZOOM);
        }}
        onMouseEnter={() => (eventLit.value = row.id)}
        onMouseLeave={() => (eventLit.value = null)}
        onFocus={() => (eventLit.value = row.id)}
        onBlur={() => (eventLit.value = null)}
      >
        <i class="event-dot" style={{ background: colourOf(row.state) }} />
        <span class="event-main">
          <b>{categoryName(row)}</b>
          <span class="event-text">{row.text || t("events.text_none")}</span>
          <span class="caption">{[row.community?.name, row.grid?.name ?? row.grid?.code].filter(Boolean).join(" · ") || t("events.no_grid")}</span>
        </span>
        <span class="event-side">
          <span class="event-state">{tCode("event", row.state)}</span>
          {row.overdue && <span class="event-late"><Icon name="clock" />{t("events.overdue_mark")}</span>}
          {row.border && <span class="event-border">{t("events.border_mark")}</span>}
          <span class="caption">{shortMoment(row.reported_at)}</span>
        </span>
      </button>
    </li>
  );
}
