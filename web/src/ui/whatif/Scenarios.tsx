import { useState } from "preact/hooks";
import type { ScenarioRow, ScenarioState } from "../../api/whatif";
import { inBrackets, t } from "../../i18n";
import { moment } from "../../i18n/format";
import { draft, openScenario, readScenarios, scenarioAt, scenarios, scenariosProblem } from "../../state/whatif";
import { isNothing } from "../../state/whatifDraft";
import { Icon } from "../Icon";
import { Notice } from "../Notice";
import { CompareDialog } from "./CompareDialog";
import { ScenarioTag } from "./ScenarioTag";
import { DecideDialog, KeepDialog } from "./ScenarioDialogs";
import { signed } from "./signed";

type Window = { kind: "keep" } | { kind: "compare" } | { kind: "decide"; row: ScenarioRow; state: ScenarioState } | null;

interface ScenariosProps {
  /** The draft on the map may be kept from here. */
  keep?: boolean;
  open?: (id: number) => void;
  /** The one that is open. */
  at?: number | null;
}

/** Scenarios that were kept: open, compare, adopt, drop. */
export function Scenarios({ keep = true, open = (id) => void openScenario(id), at = scenarioAt.value }: ScenariosProps) {
  const [window, setWindow] = useState<Window>(null);
  const rows = scenarios.value;
  const found = scenariosProblem.value;
  const close = (): void => setWindow(null);
  return (
    <section class="block scenarios" aria-label={t("whatif.scenarios")}>
      <h3>{t("whatif.scenarios")}{rows !== null && rows.length > 0 && <small>{inBrackets(String(rows.length))}</small>}</h3>
      <p class="button-row">
        {keep && <button type="button" class="button button-accent" disabled={isNothing(draft.value)} onClick={() => setWindow({ kind: "keep" })}>{t("whatif.keep")}</button>}
        <button type="button" class="button" disabled={rows === null || rows.length === 0} onClick={() => setWindow({ kind: "compare" })}><Icon name="scale" />{t("whatif.compare")}</button>
      </p>
      {found !== null && <Notice problem={found} kept={t("whatif.kept")} retry={() => void readScenarios()} />}
      {rows !== null && rows.length === 0 && <p class="caption">{t("whatif.scenarios_none")}</p>}
      <ul class="scenario-list">
        {(rows ?? []).map((row) => <Scenario key={row.scenario} row={row} at={at} show={open} decide={(state) => setWindow({ kind: "decide", row, state })} />)}
      </ul>
      {window?.kind === "keep" && <KeepDialog close={close} />}
      {window?.kind === "compare" && <CompareDialog open={open} close={close} />}
      {window?.kind === "decide" && <DecideDialog row={window.row} state={window.state} close={close} />}
    </section>
  );
}

interface ScenarioProps {
  row: ScenarioRow;
  at: number | null;
  show: (id: number) => void;
  decide: (state: ScenarioState) => void;
}

function Scenario({ row, at, show, decide }: ScenarioProps) {
  const open = at === row.scenario;
  return (
    <li class={open ? "scenario open" : "scenario"}>
      <p class="scenario-head"><b title={row.name}>{row.name}</b><ScenarioTag state={row.state} /></p>
      <p class="caption">
        {t("whatif.newly")} {signed(row.newly_served)} · {t("whatif.lost")} {row.no_longer_served === 0 ? "0" : signed(-row.no_longer_served)} · {t("whatif.changes_n", { n: row.changes })}
      </p>
      <p class="caption">{row.decided_by === null ? `${row.created_by} ${moment(row.created_at)}` : `${row.decided_by} ${moment(row.decided_at ?? "")}`}</p>
      {row.note !== null && <p class="scenario-note">{row.note}</p>}
      <p class="scenario-actions">
        {open ? <span class="caption">{t("whatif.opened")}</span> : <button type="button" class="link" onClick={() => show(row.scenario)}>{t("whatif.open")}</button>}
        {row.state === "draft" ? (
          <>
            <button type="button" class="link" onClick={() => decide("adopted")}>{t("whatif.adopt")}</button>
            <button type="button" class="link" onClick={() => decide("dropped")}>{t("whatif.drop")}</button>
          </>
        ) : (
          <button type="button" class="link" onClick={() => decide("draft")}>{t("whatif.redraft")}</button>
        )}
      </p>
    </li>
  );
}
