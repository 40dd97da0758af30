import type { GridCard } from "../../api/gridCard";
import { named, t, tCode } from "../../i18n";
import { count } from "../../i18n/format";
import { lang, overview } from "../../state/store";
import { CountTable } from "./Counts";

/** Organisations by category with their names, and the stations that are open on the day. */
export function Organisations({ card: { organisations, stations } }: { card: GridCard }) {
  return (
    <>
      <h5>{t("five.organisations_kind")}</h5>
      {organisations.number === 0 ? <p class="caption">{t("five.no_organisations")}</p> : (
        <>
          <CountTable title={t("five.organisations_kind")} rows={organisations.by} of="organisations" name={(row) => tCode("organisation", row.category)} total={organisations.number} />
          <details class="five-names">
            <summary>{t("five.names", { n: count(organisations.items.length, lang.value) })}</summary>
            <ul>
              {organisations.items.map(({ code, name, work_phone }) => (
                <li key={code}><span>{name ?? code}</span>{work_phone !== null && <span class="five-phone"><span class="unseen">{t("five.phone")} </span>{work_phone}</span>}</li>
              ))}
            </ul>
          </details>
          {organisations.not_listed > 0 && <p class="caption">{t("five.not_listed", { n: count(organisations.not_listed, lang.value) })}</p>}
        </>
      )}
      <h5>{t("five.stations_kind")}</h5>
      {stations.number === 0 ? <p class="caption">{t("five.no_stations")}</p> : (
        <CountTable title={t("five.stations_kind")} rows={stations.by} name={(row) => stationName(row.category)} states={(row) => statusWords(row.states ?? {})} total={stations.number} />
      )}
    </>
  );
}

function stationName(code: string): string {
  const category = overview.value?.categories.find((each) => each.code === code);
  return category === undefined ? code : named(category);
}

function statusWords(states: Partial<Record<string, number>>): string {
  return Object.entries(states)
    .map(([status, number]) => `${tCode("kinds", status)} ${count(number ?? 0, lang.value)}`)
    .join(lang.value === "zh" ? "、" : ", ");
}
