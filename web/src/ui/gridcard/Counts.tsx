import type { Counted, GridCard } from "../../api/gridCard";
import { t, tCode } from "../../i18n";
import { count } from "../../i18n/format";
import { pointedAt, type Pointed } from "../../state/gridCard";
import { lang } from "../../state/store";

/** Assets by category; of states, what is not as it should be. */
export function ThingCounts({ things }: { things: GridCard["things"] }) {
  if (things.number === 0) return <p class="caption">{t("five.no_things")}</p>;
  return (
    <>
      <CountTable title={t("five.things")} rows={things.by} of="things" name={(row) => tCode("asset", row.category)} states={stateWords} total={things.number} />
      {things.not_listed > 0 && <p class="caption">{t("five.not_listed", { n: count(things.not_listed, lang.value) })}</p>}
    </>
  );
}

/** Reported events by category and state; not by whom and without their words. */
export function EventCounts({ events }: { events: GridCard["events"] }) {
  if (events.number === 0) return <p class="caption">{t("five.no_events")}</p>;
  const name = (row: Counted): string => (lang.value === "zh" ? row.name : (row.name_en ?? row.name)) ?? row.category;
  return <CountTable title={t("five.events")} rows={events.by} name={name} states={eventWords} total={events.number} />;
}

interface CountTableProps {
  title: string;
  rows: readonly Counted[];
  /** Its rows light these points on the map. */
  of?: Pointed;
  name: (row: Counted) => string;
  states?: (row: Counted) => string;
  total: number;
}

export function CountTable({ title, rows, of, name, states, total }: CountTableProps) {
  const point = (category: string | null): void => {
    if (of !== undefined) pointedAt.value = category === null ? null : { of, category };
  };
  /** What has the focus stays lit, as after a tap. */
  const leave = (row: HTMLElement): void => {
    if (!row.contains(document.activeElement)) point(null);
  };
  return (
    <table class="five-table">
      <caption class="unseen">{title}</caption>
      <thead>
        <tr>
          <th scope="col">{t("five.category")}</th>
          {states !== undefined && <th scope="col">{t("five.states")}</th>}
          <th scope="col">{t("five.number")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.category} class={of === undefined ? undefined : "five-lights"} onMouseEnter={() => point(row.category)} onMouseLeave={(event) => leave(event.currentTarget)}>
            <th scope="row">
              {of === undefined ? name(row) : (
                <button type="button" class="five-light" title={t("five.light")} onFocus={() => point(row.category)} onBlur={() => point(null)}>{name(row)}</button>
              )}
            </th>
            {states !== undefined && <td class="muted five-states">{states(row)}</td>}
            <td>{count(row.number, lang.value)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr><th scope="row">{t("five.total")}</th>{states !== undefined && <td />}<td>{count(total, lang.value)}</td></tr>
      </tfoot>
    </table>
  );
}

const TROUBLES = ["damaged", "missing", "disused", "unknown"] as const;

function stateWords({ states = {} }: Counted): string {
  const found = TROUBLES.filter((state) => states[state] !== undefined);
  if (found.length === 0) return t("five.all_in_order");
  return joined(found.map((state) => `${tCode("assetState", state)} ${count(states[state]!, lang.value)}`));
}

function eventWords({ states = {} }: Counted): string {
  return joined(Object.entries(states).map(([state, number]) => `${tCode("event", state)} ${count(number ?? 0, lang.value)}`));
}

function joined(words: readonly string[]): string {
  return words.join(lang.value === "zh" ? "、" : ", ");
}
