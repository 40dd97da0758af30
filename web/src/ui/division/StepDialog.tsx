import { useState } from "preact/hooks";
import { plansApi, type Plan, type PlanAction, type StepAsked } from "../../api/plans";
import { t, type Word } from "../../i18n";
import { day } from "../../i18n/format";
import { plan } from "../../state/plan";
import { takePlan } from "../../state/planOpen";
import { Field } from "../Field";
import { Icon } from "../Icon";
import { PlanForm, TextArea } from "./PlanForm";

const LATER_MS = 7 * 24 * 3600 * 1000;

/** One step of the life cycle with what it needs: dates, a number, a note. */
export function StepDialog({ action, close }: { action: PlanAction; close: () => void }) {
  const today = day(new Date());
  const [note, setNote] = useState("");
  const [number, setNumber] = useState("");
  const [date, setDate] = useState(action === "publish" ? day(new Date(Date.now() + LATER_MS)) : today);
  const [from, setFrom] = useState(today);
  const [to, setTo] = useState(day(new Date(Date.now() + LATER_MS)));
  const [first, setFirst] = useState(false);
  const id = plan.value!.plan;
  const ready = action === "notice" ? from !== "" && to >= from : action === "approved" ? number.trim() !== "" && date !== "" : action !== "publish" || date !== "";
  const asked = (): Promise<Plan> => {
    const more = note.trim() === "" ? {} : { note: note.trim() };
    if (action === "publish") return plansApi.publish(id, first ? { effective_on: date, first_import: true } : { effective_on: date });
    if (action === "take_back") return plansApi.takeBack(id, note.trim());
    const step: StepAsked = { to: action as StepAsked["to"], ...more };
    if (action === "notice") Object.assign(step, { notice_from: from, notice_to: to });
    if (action === "approved") Object.assign(step, { number: number.trim(), date });
    return plansApi.step(id, step);
  };
  return (
    <PlanForm
      title={t(`step.${action}` as Word)}
      button={t(`step.${action}` as Word)}
      bad={action === "withdrawn"}
      close={close}
      ready={ready}
      go={async () => takePlan(await asked())}
    >
      <p>{t(`step.${action}_note` as Word)}</p>
      {action === "notice" && (
        <div class="form-pair">
          <Field id="notice-from" label={t("step.from")} value={from} change={setFrom} attributes={{ type: "date" }} />
          <Field id="notice-to" label={t("step.to")} value={to} change={setTo} attributes={{ type: "date", min: from }} fault={to < from ? t("step.span_bad") : null} />
        </div>
      )}
      {action === "approved" && (
        <div class="form-pair">
          <Field id="step-number" label={t("step.number")} value={number} change={setNumber} focus attributes={{ maxLength: 100, placeholder: t("step.number_example") }} />
          <Field id="step-date" label={t("step.date")} value={date} change={setDate} attributes={{ type: "date" }} />
        </div>
      )}
      {action === "publish" && (
        <>
          <Field id="step-effective" label={t("step.effective")} value={date} change={setDate} attributes={first ? { type: "date" } : { type: "date", min: today }} note={t("step.effective_note")} />
          <label class="check">
            <input type="checkbox" checked={first} onChange={(event) => setFirst(event.currentTarget.checked)} />
            <span class="check-box" aria-hidden="true"><Icon name="check" /></span>
            {t("step.first_import")}
          </label>
        </>
      )}
      {action !== "publish" && <TextArea id="step-note" label={t("step.note")} value={note} change={setNote} rows={2} />}
    </PlanForm>
  );
}
