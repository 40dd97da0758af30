import { useEffect, useState } from "preact/hooks";
import { plansApi, type Comparison, type ImportedAreas, type PlanRow } from "../../api/plans";
import { asProblem, isAbort, type Problem } from "../../api/problem";
import { inBrackets, t, tCode, type Word } from "../../i18n";
import { count } from "../../i18n/format";
import { basis, partName, plan } from "../../state/plan";
import { lang } from "../../state/store";
import { Dialog } from "../Dialog";
import { Icon } from "../Icon";
import { Notice } from "../Notice";

/** Households of this plan's parts by those of another plan or of imported areas. */
export function CompareDialog({ close }: { close: () => void }) {
  const doc = plan.value!;
  const [rows, setRows] = useState<readonly PlanRow[]>([]);
  const [areas, setAreas] = useState<readonly ImportedAreas[]>([]);
  const [other, setOther] = useState("published");
  const [found, setFound] = useState<Comparison | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  useEffect(() => {
    plansApi.list(doc.division.code).then((found) => {
      setRows(found.plans.filter((row) => row.plan !== doc.plan));
      setAreas(found.areas);
    }, () => undefined);
  }, []);
  useEffect(() => {
    const abort = new AbortController();
    setFailed(null);
    plansApi.compare(doc.plan, other, basis.value, abort.signal).then(setFound, (error: unknown) => {
      if (isAbort(error)) return;
      setFound(null);
      setFailed(asProblem(error));
    });
    return () => abort.abort();
  }, [other]);
  return (
    <Dialog title={t("versions.compare")} close={close} size="wide">
      <div class="compare-with">
        <label for="compare-with">{t("compare.with")}</label>
        <div class="filter">
          <select id="compare-with" value={other} onChange={(event) => setOther(event.currentTarget.value)}>
            <option value="published">{t("compare.published")}</option>
            {rows.length > 0 && (
              <optgroup label={t("compare.plans")}>
                {rows.map((row) => <option key={row.plan} value={String(row.plan)}>{row.name}</option>)}
              </optgroup>
            )}
            {areas.length > 0 && (
              <optgroup label={t("compare.areas")}>
                {areas.map(({ areas: name, number }) => <option key={name} value={name}>{otherName(name) + inBrackets(String(number))}</option>)}
              </optgroup>
            )}
          </select>
          <Icon name="chevronDown" />
        </div>
      </div>
      {areas.every(({ areas: name }) => !name.startsWith(OFFICE_AREAS)) && <p class="caption">{t("compare.no_areas")}</p>}
      {failed !== null ? <Notice problem={failed} /> : found === null ? <p class="caption" role="status">{t("loading")}</p> : <Matrix found={found} />}
    </Dialog>
  );
}

/** Key of what lies in no part, or in no area. */
const NONE = "-";

function rowName({ no, name }: Comparison["rows"][number]): string {
  return no === NONE ? t("plan.none") : name && name !== no ? name : partName(Number(no));
}

const OFFICE_AREAS = "layer:office_areas:";
const OTHERS: Record<string, Word> = { published: "compare.published", "layer:estates": "compare.estates", "layer:villager_groups": "compare.groups" };

function otherName(name: string): string {
  if (name.startsWith(OFFICE_AREAS)) return tCode("area", name.slice(OFFICE_AREAS.length));
  const word = OTHERS[name];
  return word === undefined ? name : t(word);
}

function Matrix({ found }: { found: Comparison }) {
  const n = (value: number): string => count(value, lang.value);
  const sums = found.columns.map((_, j) => found.matrix.reduce((sum, row) => sum + (row[j] ?? 0), 0));
  return (
    <>
      <dl class="proposal-figures">
        <div><dt>{t("compare.moved_households")}</dt><dd>{n(found.moved.households)}</dd></div>
        <div><dt>{t("compare.moved_buildings")}</dt><dd>{n(found.moved.buildings)}</dd></div>
        {found.unmatched_households > 0 && <div><dt>{t("compare.unmatched")}</dt><dd>{n(found.unmatched_households)}</dd></div>}
      </dl>
      {found.rows.length === 0 || found.columns.length === 0 ? <p class="caption">{t("compare.nothing")}</p> : (
        <div class="matrix" tabIndex={0}>
          <table>
            <caption class="caption">{t("compare.caption", { left: found.left.name, right: otherName(found.right.name), basis: t(`plan.basis_${found.basis}`) })}</caption>
            <thead>
              <tr><td />{found.columns.map((column) => <th key={column.key} scope="col">{column.name || (column.key === NONE ? t("plan.none") : column.key)}</th>)}<th scope="col">{t("compare.sum")}</th></tr>
            </thead>
            <tbody>
              {found.rows.map((row, i) => {
                const values = found.matrix[i] ?? [];
                const most = Math.max(...values, 1);
                return (
                  <tr key={row.no}>
                    <th scope="row">{rowName(row)}</th>
                    {found.columns.map((column, j) => {
                      const value = values[j] ?? 0;
                      return <td key={column.key} class={value === 0 ? "matrix-none" : value === most ? "matrix-main" : "matrix-some"}>{value === 0 ? "·" : n(value)}</td>;
                    })}
                    <td class="matrix-sum">{n(values.reduce((sum, value) => sum + value, 0))}</td>
                  </tr>
                );
              })}
            </tbody>
            <tfoot><tr><th scope="row">{t("compare.sum")}</th>{sums.map((sum, j) => <td key={j} class="matrix-sum">{n(sum)}</td>)}<td class="matrix-sum">{n(sums.reduce((a, b) => a + b, 0))}</td></tr></tfoot>
          </table>
        </div>
      )}
      {found.changes.length > 0 && (
        <>
          <h3>{t("compare.changes")}</h3>
          <ul class="changes-list">
            {found.changes.map((change, i) => (
              <li key={i}>
                {change.from} → {/^\d{1,9}$/.test(change.to) ? partName(Number(change.to)) : change.to}{lang.value === "zh" ? "：" : ": "}<b>{t("compare.change", { n: n(change.households), b: n(change.buildings) })}</b>
                {(change.workers_from.length > 0 || change.workers_to.length > 0) && (
                  <span class="caption"> {t("compare.workers", { a: change.workers_from.join("、") || "—", b: change.workers_to.join("、") || "—" })}</span>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
