import type { AuditRow } from "../../api/accounts";
import { t, tCode } from "../../i18n";
import { moment } from "../../i18n/format";
import { problemWhat } from "../../i18n/problems";
import { lang } from "../../state/store";
import { divisionName } from "./divisionNames";
import { difference, valueText, type FieldChange, type ValueWords } from "./difference";

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

function words(): ValueWords {
  return {
    yes: t("audit.yes"),
    no: t("audit.no"),
    mark: lang.value === "zh" ? "、" : ", ",
    code: (field, code) => {
      if (field === "role" || field === "state" || field === "action") return tCode(field, code);
      if (field === "reason") return problemWhat(code, lang.value) ?? code;
      if (field === "area" && code === "everywhere") return t("area.everywhere");
      if (field === "area" || field === "divisions") return divisionName(code);
      return MOMENT.test(code) ? moment(code, true) : code;
    },
  };
}

/** A path by the words of its last part; the path itself where the page has none. */
function fieldName(field: string): string {
  const last = field.slice(field.lastIndexOf(".") + 1);
  const word = tCode("field", last);
  return word === last ? field : word;
}

/** What a record says of before and after, field by field. */
export function Changes({ row }: { row: AuditRow }) {
  const rows = difference(row.before, row.after);
  const number = <p class="caption changes-number">{t("audit.number", { id: row.id })} · <code>{row.action}</code></p>;
  if (rows.length === 0) return <><p class="caption">{t("audit.no_detail")}</p>{number}</>;
  const both = row.before !== null && row.after !== null;
  return (
    <>
      <table class="changes" aria-label={t(both ? "audit.detail" : "audit.recorded")}>
        <thead>
          <tr>
            <th scope="col">{t("audit.field")}</th>
            {row.before !== null && <th scope="col">{t("audit.before")}</th>}
            {row.after !== null && <th scope="col">{t(both ? "audit.after" : "audit.recorded")}</th>}
          </tr>
        </thead>
        <tbody>{rows.map((each) => <ChangeRow key={each.field} change={each} before={row.before !== null} after={row.after !== null} both={both} />)}</tbody>
      </table>
      {number}
    </>
  );
}

function ChangeRow({ change, before, after, both }: { change: FieldChange; before: boolean; after: boolean; both: boolean }) {
  const field = change.field.slice(change.field.lastIndexOf(".") + 1);
  const say = (value: unknown): string => valueText(field, value, words());
  return (
    <tr class={both ? `change-${change.change}` : undefined}>
      <th scope="row" title={change.field}>{fieldName(change.field)}</th>
      {before && <td class="change-before">{change.change === "added" ? "—" : say(change.before)}</td>}
      {after && <td class="change-after">{change.change === "removed" ? "—" : say(change.after)}</td>}
    </tr>
  );
}
