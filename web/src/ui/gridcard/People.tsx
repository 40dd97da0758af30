import type { CardCount, CardWorker, GridCard } from "../../api/gridCard";
import { inBrackets, named, t } from "../../i18n";
import { count, dateSpan } from "../../i18n/format";
import { lang, overview } from "../../state/store";
import { shortBasis } from "../Controls";

/** Households on every basis with how much of the grid they speak for, and who answers on the day. */
export function People({ people: { households, workers } }: { people: GridCard["people"] }) {
  const counted = households.filter((row) => row.households !== null);
  const origins = new Set(counted.map(originOf));
  // Most ledgers bring all bases at once: their one date and source is said once.
  const [only] = origins.size === 1 ? origins : [];
  return (
    <>
      <table class="five-table">
        <caption class="unseen">{t("five.households")}</caption>
        <thead>
          <tr><th scope="col">{t("five.basis")}</th><th scope="col">{t("five.households")}</th><th scope="col">{t("five.buildings_counted")}</th></tr>
        </thead>
        <tbody>
          {households.map((row) => (
            <tr key={row.basis}>
              <th scope="row">{basisName(row.basis)}{only === undefined && row.households !== null && <small>{originOf(row)}</small>}</th>
              <td>{row.households === null ? <span class="muted">{t("five.no_count")}</span> : count(row.households, lang.value)}</td>
              <td class="muted">{row.households === null ? "—" : t("five.of_buildings", { counted: count(row.buildings_counted, lang.value), all: count(row.buildings, lang.value) })}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {only !== undefined && <p class="caption">{only}</p>}
      <p class="caption">{t("five.population")}</p>
      <h5>{t("five.workers")}</h5>
      {workers.length === 0 ? <p class="caption">{t("five.no_workers")}</p> : (
        <ul class="five-workers">
          {workers.map((worker) => <Worker key={`${worker.post}${worker.name}`} worker={worker} />)}
        </ul>
      )}
    </>
  );
}

function Worker({ worker: { name, post, post_en, work_phone, substitute_for } }: { worker: CardWorker }) {
  return (
    <li>
      <span class="five-post">{named({ zh: post, en: post_en })}</span>
      <span class="five-person">{name}{substitute_for !== null && substitute_for !== undefined && inBrackets(t("five.stands_in", { name: substitute_for }))}</span>
      {work_phone !== null && <span class="five-phone"><span class="unseen">{t("five.phone")} </span>{work_phone}</span>}
    </li>
  );
}

function basisName(code: CardCount["basis"]): string {
  if (code === "vacant") return t("five.vacant");
  const basis = overview.value?.bases.find((each) => each.code === code);
  return basis === undefined ? code : shortBasis(named(basis));
}

/** When it was counted, and by whose ledger. */
function originOf({ counted_from, counted_to, sources }: CardCount): string {
  const days = dateSpan(counted_from, counted_to);
  const parts = [
    days === null ? "" : t("five.counted", { days }),
    sources.length === 0 ? "" : t("five.source", { source: sources.join(lang.value === "zh" ? "、" : ", ") }),
  ];
  return parts.filter(Boolean).join(lang.value === "zh" ? "；" : "; ");
}
