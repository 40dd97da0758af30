import { useState } from "preact/hooks";
import type { Drift, PlanRow } from "../../api/plans";
import { asProblem } from "../../api/problem";
import type { Division } from "../../api/types";
import { t } from "../../i18n";
import { count, moment } from "../../i18n/format";
import { stepText } from "../../i18n/steps";
import { cellWork, divisionAt, planRows, roomProblem, whatChanged } from "../../state/plan";
import { chooseDivision, makeCells, newPlan, openPlan, readPlans, stopCells } from "../../state/planList";
import { showPoint, zoomTo } from "../../state/mapLink";
import { can } from "../../state/session";
import { lang, overview } from "../../state/store";
import { Icon } from "../Icon";
import { Notice } from "../Notice";
import { StateTag } from "./StateTag";

const DRIFT_ZOOM = 17;

/** The start of the room: what to divide, and its plans. */
export function Start() {
  const divisions = overview.value?.divisions ?? [];
  const at = divisions.find((each) => each.code === divisionAt.value);
  return (
    <>
      <div class="panel-head"><h2>{t("division.title")}</h2></div>
      <div class="panel-body" data-scroll>
        <Choose divisions={divisions} at={at} />
        {roomProblem.value !== null && <Problems />}
        {at === undefined ? <Hint /> : <PlansOf division={at} divisions={divisions} />}
      </div>
    </>
  );
}

function choose(code: string): void {
  chooseDivision(code || null);
  if (code !== "") zoomTo(code);
}

function Choose({ divisions, at }: { divisions: readonly Division[]; at: Division | undefined }) {
  const townships = divisions.filter((each) => each.level === "township");
  const loose = divisions.filter((each) => each.level === "community" && !townships.some((above) => above.code === each.parent));
  return (
    <div class="field">
      <label for="division-at">{t("division.choose")}</label>
      <div class="filter">
        <select id="division-at" value={at?.code ?? ""} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">{t("division.choose_none")}</option>
          {townships.map((township) => (
            <optgroup key={township.code} label={township.name}>
              {divisions.filter((each) => each.level === "community" && each.parent === township.code).map((each) => (
                <option key={each.code} value={each.code}>{each.name}</option>
              ))}
              <option value={township.code}>{t("division.township", { name: township.name })}</option>
            </optgroup>
          ))}
          {loose.map((each) => <option key={each.code} value={each.code}>{each.name}</option>)}
        </select>
        <Icon name="chevronDown" />
      </div>
    </div>
  );
}

function Hint() {
  return (
    <div class="empty">
      <p>{t("division.hint")}</p>
      <p class="caption">{t("division.hint_more")}</p>
    </div>
  );
}

function Problems() {
  const found = roomProblem.value!;
  const repair = found.code === "division_gaps";
  return (
    <>
      <Notice problem={found} retry={() => void readPlans()} />
      {repair && divisionAt.value !== null && can("plan") && (
        <p><button type="button" class="button" onClick={() => void makeCells(divisionAt.value!, true)}>{t("division.accept_repair")}</button></p>
      )}
    </>
  );
}

function PlansOf({ division, divisions }: { division: Division; divisions: readonly Division[] }) {
  const found = planRows.value;
  if (cellWork.value !== null) return <Making />;
  if (found === null || found.division !== division.code) {
    return roomProblem.value === null ? <p class="caption" role="status">{t("loading")}</p> : null;
  }
  if (found.cells === null) return <NoCells division={division} />;
  const above = division.level === "community" ? divisions.find((each) => each.code === division.parent) : undefined;
  return (
    <>
      {found.cells.stale && <StaleCells division={division} />}
      <section>
        <h3 class="list-title">{t("division.plans")}</h3>
        {found.plans.length === 0 && <p class="caption">{t("division.plans_none")}</p>}
        <ul class="plan-list">
          {found.plans.map((row) => <PlanItem key={row.plan} row={row} />)}
        </ul>
      </section>
      {can("plan") && <NewPlan division={division} />}
      {found.drift.length > 0 && <Drifted rows={found.drift} />}
      {above !== undefined && (
        <p class="block">
          <button type="button" class="link" onClick={() => chooseDivision(above.code)}>{t("division.above", { name: above.name })}</button>
        </p>
      )}
    </>
  );
}

function PlanItem({ row }: { row: PlanRow }) {
  return (
    <li>
      <button type="button" class="plan-item" onClick={() => openPlan(row.plan)}>
        <span class="plan-item-name">{row.name}</span>
        <StateTag state={row.state} />
        <span class="caption">
          {t(row.part_level === "community" ? "division.communities" : "division.grids", { n: row.parts })}
          {" · "}{t("division.draft_no", { n: row.revision })}{" · "}{row.updated_by} {moment(row.updated_at)}
          {row.effective_on !== null && ` · ${t("division.effective_on", { date: row.effective_on })}`}
        </span>
        {row.stale && <span class="plan-item-stale"><Icon name="triangleAlert" class="warn" />{t("division.stale")}</span>}
      </button>
    </li>
  );
}

/** Grids in force that the streets moved away from: nothing to mend at once, but to know. */
function Drifted({ rows }: { rows: readonly Drift[] }) {
  return (
    <section class="block">
      <h3 class="list-title">{t("drift.title")}</h3>
      <p class="caption">{t("drift.note", { n: rows.length })}</p>
      <ul class="plan-list">
        {rows.map((row) => (
          <li key={row.code}>
            <button type="button" class="plan-item" aria-label={t("drift.show", { name: row.name ?? row.code })} onClick={() => showPoint([row.lon, row.lat], DRIFT_ZOOM)}>
              <span class="plan-item-name">{row.name ?? row.code}</span>
              <Icon name="mapPin" />
              <span class="caption">{t("drift.row", { area: count(row.area_m2, lang.value), n: count(row.households, lang.value) })}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function NewPlan({ division }: { division: Division }) {
  const [working, setWorking] = useState(false);
  const level = division.level === "township" ? "community" : "grid";
  const go = (source: string): void => {
    setWorking(true);
    newPlan(division.code, source, level)
      .catch((error: unknown) => (roomProblem.value = asProblem(error)))
      .finally(() => setWorking(false));
  };
  return (
    <section class="block">
      <h3>{t("division.new")}</h3>
      <p class="button-row">
        <button type="button" class="button button-accent" disabled={working} onClick={() => go("published")}>{t("division.new_published")}</button>
        <button type="button" class="button" disabled={working} onClick={() => go("empty")}>{t("division.new_empty")}</button>
      </p>
      <p class="caption">{t("division.new_note")}</p>
    </section>
  );
}

function NoCells({ division }: { division: Division }) {
  return (
    <div class="empty">
      <p>{t("division.no_cells")}</p>
      <p class="caption">{t("division.no_cells_note")}</p>
      {can("plan") && (
        <p><button type="button" class="button button-accent" onClick={() => void makeCells(division.code)}>{t("division.make_cells")}</button></p>
      )}
    </div>
  );
}

function StaleCells({ division }: { division: Division }) {
  const reasons = planRows.value?.cells?.reasons ?? [];
  const named = whatChanged(reasons);
  return (
    <div class="warnings">
      <p>{t("division.cells_stale", { what: named })}</p>
      {can("plan") && <p><button type="button" class="link" onClick={() => void makeCells(division.code)}>{t("division.make_cells_again")}</button></p>}
    </div>
  );
}

function Making() {
  const { percent, step, job } = cellWork.value!;
  return (
    <div class="first-work" role="status">
      <p>{t("division.making")}</p>
      <div class="first-bar" role="presentation"><i style={{ width: `${Math.max(3, Math.round(percent))}%` }} /></div>
      <p class="caption">
        {[`${Math.round(percent)}%`, stepText(step ?? "", lang.value)].filter(Boolean).join(" · ")}{" "}
        {job !== null && <button type="button" class="link" onClick={stopCells}>{t("coverage.cancel")}</button>}
      </p>
    </div>
  );
}
