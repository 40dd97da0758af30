import { useState } from "preact/hooks";
import type { Board, Verdict } from "../../api/standards";
import { named, t } from "../../i18n";
import { count, decimal } from "../../i18n/format";
import { lang } from "../../state/store";
import { Icon } from "../Icon";
import { sorted, type Sorting } from "./order";

/** Square metres; land is told in square kilometres, rooms are not. */
export const KM2 = 1_000_000;

/** Communities × rules; each cell says it by colour, sign and number. */
export function Matrix({ board, chosen, choose }: { board: Board; chosen: string | null; choose: (code: string) => void }) {
  const [sorting, setSorting] = useState<Sorting>({ column: board.columns[0]?.column ?? "name", down: false });
  const rows = sorted(board.communities, sorting);
  const turn = (column: string): void => setSorting({ column, down: sorting.column === column ? !sorting.down : false });
  const head = (column: string, text: string, note?: string) => (
    <th scope="col" key={column} aria-sort={sorting.column === column ? (sorting.down ? "descending" : "ascending") : "none"}>
      <button type="button" onClick={() => turn(column)}>{text}{sorting.column === column && <Icon name={sorting.down ? "chevronDown" : "arrowUp"} />}</button>
      {note !== undefined && <small>{note}</small>}
    </th>
  );
  return (
    <div class="board" tabIndex={0}>
      <table>
        <caption class="unseen">{t("standards.title")}</caption>
        <thead>
          <tr>
            {head("name", t("standards.community"))}
            {head("households", named(board.basis_label))}
            {board.columns.map((column) => head(column.column, named(column.label), named(column.total.text)))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.code ?? row.name} class={row.code === chosen ? "board-chosen" : ""} onClick={() => row.code !== null && choose(row.code)}>
              <th scope="row">
                <button type="button" class="link" aria-expanded={row.code === chosen} onClick={(event) => { event.stopPropagation(); if (row.code !== null) choose(row.code); }}>{row.name ?? row.code}</button>
                <small>{row.parent_name}</small>
              </th>
              <td class="board-number">{row.households === null ? "—" : count(row.households, lang.value)}</td>
              {board.columns.map((column) => <Cell key={column.column} verdict={row.verdicts[column.column]} />)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ verdict }: { verdict: Verdict | undefined }) {
  const state = verdict?.state ?? "not_applicable";
  return (
    <td class={`board-cell board-${state}`} title={verdict === undefined ? undefined : lang.value === "zh" ? verdict.text.zh : verdict.text.en}>
      {state === "compliant" ? <><Icon name="check" /><span class="unseen">{t("standards.compliant")}</span></>
        : state === "short" ? <><span class="unseen">{t("standards.short")}</span>{short(verdict!)}</>
        : state === "unknown" ? t("standards.no_data") : "·"}
    </td>
  );
}

/** What is missing, in its unit: −240 m². */
export function short({ shortfall, unit }: Verdict): string {
  if (shortfall === null) return t("standards.short");
  if (unit === "m2" && Number(shortfall) >= KM2 / 10) return `−${decimal(Number(shortfall) / KM2, 2, lang.value)} km²`;
  const number = decimal(Number(shortfall), Number.isInteger(Number(shortfall)) ? 0 : 1, lang.value);
  return `−${number}${unit === null ? "" : ` ${t(`unit.${unit}` as never)}`}`;
}
