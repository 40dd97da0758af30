import { useEffect, useState } from "preact/hooks";
import { checksApi, type CheckGrid, type HouseholdCheck } from "../../api/checks";
import { asProblem, type Problem } from "../../api/problem";
import { t, tCount } from "../../i18n";
import { connect, select } from "../../state/desk";
import { showPoint } from "../../state/mapLink";
import { can } from "../../state/session";
import { Icon } from "../Icon";
import { Notice } from "../Notice";

const BUILDING_ZOOM = 18;
const FIGURES = ["registered", "resident", "vacant", "planned"] as const;

/** Counts that grid workers proposed: what they would do to the grids, and the community's word on each. */
export function ChecksBlock() {
  const [checks, setChecks] = useState<readonly HouseholdCheck[] | null>(null);
  const [grids, setGrids] = useState<readonly CheckGrid[]>([]);
  const [failed, setFailed] = useState<Problem | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let here = true;
    checksApi.open().then(
      (found) => {
        if (!here) return;
        setChecks(found.checks);
        setGrids(found.grids);
        setFailed(null);
      },
      (error: unknown) => { if (here) setFailed(asProblem(error)); },
    );
    return () => { here = false; };
  }, [turn]);
  const again = (): void => setTurn(turn + 1);
  const decided = (): void => {
    again();
    // Other counts: what is computed from them, and every card that shows them, is asked for anew.
    void connect();
  };
  if (checks === null && failed === null) return null;
  if (checks !== null && checks.length === 0 && failed === null) return null;
  // Of a building that no grid has today.
  const nowhere = (checks ?? []).filter((check) => !grids.some((grid) => grid.grid === check.grid));
  const leaving = grids.filter((grid) => grid.leaves_band).length;
  return (
    <section class="block checks-block">
      <h3>{t("checks.title")} {checks !== null && <small>{tCount("checks.count", checks.length)}</small>}</h3>
      {failed !== null && <Notice problem={failed} retry={again} />}
      {leaving > 0 && <p class="said-warn"><Icon name="triangleAlert" />{tCount("checks.leaving", leaving)}</p>}
      {grids.map((grid) => (
        <GridChecks key={grid.grid} grid={grid} checks={(checks ?? []).filter((check) => check.grid === grid.grid)} changed={decided} />
      ))}
      {nowhere.length > 0 && (
        <details class="check-grid">
          <summary><span class="check-name">{t("checks.nowhere")}</span></summary>
          <ul>{nowhere.map((check) => <Check key={check.id} check={check} changed={decided} />)}</ul>
        </details>
      )}
    </section>
  );
}

function GridChecks({ grid, checks, changed }: { grid: CheckGrid; checks: readonly HouseholdCheck[]; changed: () => void }) {
  const step = grid.households_after - grid.households;
  const band = grid.rule as { min: number | null; max: number | null } | null;
  const outside = grid.verdict_after !== null && grid.verdict_after !== "in_band";
  return (
    <details class={grid.leaves_band ? "check-grid leaves" : "check-grid"}>
      <summary>
        <span class="check-name">{grid.name ?? grid.grid}<small>{grid.grid}</small></span>
        <span class="check-step">{t("checks.step", { before: grid.households, after: grid.households_after, step: step > 0 ? `+${step}` : step })}</span>
        <small class="check-band">
          {outside && band !== null && band.min !== null && <Icon name="triangleAlert" />}
          {band === null || band.min === null ? t("checks.no_band") : t(grid.leaves_band ? "checks.leaves" : outside ? "checks.outside" : "checks.band", { min: band.min, max: band.max ?? "" })}
        </small>
      </summary>
      <ul>{checks.map((check) => <Check key={check.id} check={check} changed={changed} />)}</ul>
    </details>
  );
}

function Check({ check, changed }: { check: HouseholdCheck; changed: () => void }) {
  const [returning, setReturning] = useState(false);
  const [reason, setReason] = useState("");
  const [working, setWorking] = useState(false);
  const [failed, setFailed] = useState<Problem | null>(null);
  const [done, setDone] = useState(false);
  const before = check.before as (Partial<Record<(typeof FIGURES)[number], number | null>> & { counted_on?: string }) | null | undefined;
  const newer = before?.counted_on !== undefined && before.counted_on > check.counted_on ? before.counted_on : null;
  const decide = async (accept: boolean): Promise<void> => {
    setWorking(true);
    try {
      await checksApi.decide(check.id, accept, accept ? null : reason.trim());
      changed();
    } catch (error) {
      const problem = asProblem(error);
      setFailed(problem);
      setWorking(false);
      // Somebody else was faster: nothing is left to decide here.
      if (problem.code === "check_decided") setDone(true);
    }
  };
  const place = [check.estate, check.building_name].filter(Boolean).join(" ") || check.building;
  return (
    <li class="check-item">
      <p>
        {check.lon !== null && check.lat !== null ? <button type="button" class="link" onClick={() => { select({ kind: "building", code: check.building }); showPoint([check.lon!, check.lat!], BUILDING_ZOOM); }}>{place}</button> : place}
        <small>{[check.estate === null && place !== check.building ? check.building : "", check.counted_on].filter(Boolean).join(" · ")}</small>
      </p>
      <p class="check-figures">
        {FIGURES.filter((name) => check[name] !== null).map((name) => (
          <span key={name}>{t(`checks.${name}`)} <b>{before?.[name] ?? "—"} → {check[name]}</b></span>
        ))}
      </p>
      {check.note !== null && <p class="caption">{check.note}</p>}
      {newer !== null && <p class="said-warn"><Icon name="triangleAlert" />{t("checks.older", { day: newer })}</p>}
      {failed !== null && <Notice problem={failed} {...(done ? { retry: changed } : {})} />}
      {can("plan") && !done && (returning ? (
        <form class="check-return" onSubmit={(event) => { event.preventDefault(); void decide(false); }}>
          <input type="text" aria-label={t("checks.reason")} placeholder={t("checks.reason")} maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
          <button type="submit" class="button" disabled={working || reason.trim() === ""}>{t("checks.return")}</button>
          <button type="button" class="link" onClick={() => setReturning(false)}>{t("dialog.cancel")}</button>
        </form>
      ) : (
        <p class="check-actions">
          <button type="button" class="button button-accent" disabled={working} onClick={() => void decide(true)}>{t("checks.accept")}</button>
          <button type="button" class="button button-quiet" disabled={working} onClick={() => setReturning(true)}>{t("checks.return")}</button>
        </p>
      ))}
    </li>
  );
}
