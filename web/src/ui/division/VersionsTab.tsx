import { useEffect, useState } from "preact/hooks";
import { plansApi, type PlanAction, type PlanRow } from "../../api/plans";
import { t, tCode, type Word } from "../../i18n";
import { moment } from "../../i18n/format";
import { allows, dialog, editable, history, plan, sync } from "../../state/plan";
import { turn } from "../../state/planActions";
import { openPlan } from "../../state/planList";
import { Icon } from "../Icon";
import type { IconName } from "../icons";
import { Papers } from "./Papers";
import { StateTag } from "./StateTag";

/** In the order in which a plan goes. */
const STEPS: readonly PlanAction[] = ["consultation", "notice", "review", "approved", "returned", "draft", "publish", "take_back", "withdrawn"];

/** 版本: where the plan stands, its papers, what was changed, and other versions of it. */
export function VersionsTab() {
  return (
    <>
      <Steps />
      <Papers />
      <History />
      <Others />
    </>
  );
}

function Steps() {
  const doc = plan.value!;
  const next = STEPS.filter((action) => allows(action));
  return (
    <section>
      <h3>{t("versions.state")} <StateTag state={doc.state} /></h3>
      {doc.effective_on !== null && <p class="caption">{t("division.effective_on", { date: doc.effective_on })}</p>}
      {next.length > 0 && (
        <p class="button-row">
          {next.map((action) => (
            <button key={action} type="button" class={`button${action === "publish" ? " button-accent" : ""}`} onClick={() => (dialog.value = { kind: "step", action })}>
              {t(`step.${action}` as Word)}
            </button>
          ))}
        </p>
      )}
      {doc.state === "effective" && doc.part_level === "grid" && (
        <p><a href={`/public/${doc.division.code}`} target="_blank" rel="noopener">{t("versions.public")} <Icon name="externalLink" /></a></p>
      )}
      {doc.steps.length > 0 && (
        <ol class="timeline">
          {doc.steps.slice().reverse().map((step) => (
            <li key={step.at + step.state}>
              <b>{tCode("planState", step.state)}</b> <span class="caption">{step.actor} {moment(step.at)}</span>
              <p class="caption">
                {[step.number, step.date, step.notice_from && t("versions.notice_span", { from: step.notice_from, to: step.notice_to ?? "" }), step.note].filter(Boolean).join(" · ")}
              </p>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

const SHOWN = 50;

function History() {
  const doc = plan.value!;
  const rows = history.value;
  const busy = sync.value.pending > 0;
  return (
    <section class="block">
      <h3>{t("versions.history")}</h3>
      {editable.value && (
        <p class="button-row">
          <Turn which="undo" icon="undo" label={doc.undo?.label} busy={busy} />
          <Turn which="redo" icon="redo" label={doc.redo?.label} busy={busy} />
        </p>
      )}
      {rows.length === 0 && <p class="caption">{t("versions.history_none")}</p>}
      <ul class="history">
        {rows.slice(0, SHOWN).map((edit) => (
          <li key={edit.revision}>
            <span class="history-no">{edit.revision}</span>
            <span>{edit.turn !== "do" && `${t(`tool.${edit.turn}`)} · `}{tCode("edit", edit.label)}</span>
            <span class="caption">{edit.cells > 0 ? t("plan.cells_n", { n: edit.cells }) : ""}</span>
            <span class="caption">{edit.actor} {moment(edit.at)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Turn({ which, icon, label, busy }: { which: "undo" | "redo"; icon: IconName; label: string | undefined; busy: boolean }) {
  const text = t(which === "undo" ? "tool.undo" : "tool.redo");
  return (
    <button type="button" class="button" disabled={label === undefined && !(which === "undo" && busy)} onClick={() => turn(which)}>
      <Icon name={icon} />{label === undefined ? text : `${text} · ${tCode("edit", label)}`}
    </button>
  );
}

function Others() {
  const doc = plan.value!;
  const [rows, setRows] = useState<readonly PlanRow[]>([]);
  useEffect(() => {
    plansApi.list(doc.division.code).then(({ plans }) => setRows(plans.filter((row) => row.plan !== doc.plan)), () => undefined);
  }, [doc.plan, doc.division.code]);
  return (
    <section class="block">
      <h3>{t("versions.others")}</h3>
      <p class="button-row">
        {allows("branch") && <button type="button" class="button" onClick={() => (dialog.value = { kind: "branch" })}><Icon name="gitBranch" />{t("versions.branch")}</button>}
        <button type="button" class="button" onClick={() => (dialog.value = { kind: "compare" })}><Icon name="scale" />{t("versions.compare")}</button>
        {allows("rebase") && <button type="button" class="button" onClick={() => (dialog.value = { kind: "rebase" })}><Icon name="refresh" />{t("versions.rebase")}</button>}
      </p>
      <ul class="plan-list">
        {rows.map((row) => (
          <li key={row.plan}>
            <button type="button" class="plan-item" onClick={() => openPlan(row.plan)}>
              <span class="plan-item-name">{row.name}</span>
              <StateTag state={row.state} />
              <span class="caption">{t("division.draft_no", { n: row.revision })} · {row.updated_by} {moment(row.updated_at)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
