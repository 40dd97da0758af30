import { useState } from "preact/hooks";
import { plansApi, type Paper, type PaperAsked } from "../../api/plans";
import { t } from "../../i18n";
import { day } from "../../i18n/format";
import { plan } from "../../state/plan";
import { openPlan } from "../../state/planList";
import { takePlan } from "../../state/planOpen";
import { Field } from "../Field";
import { PlanForm, TextArea } from "./PlanForm";

/** A document, or an objection that was raised; never with anybody's name. */
export function PaperDialog({ close }: { close: () => void }) {
  const [kind, setKind] = useState<Paper["kind"]>(plan.value!.state === "notice" ? "objection" : "document");
  const [title, setTitle] = useState("");
  const [number, setNumber] = useState("");
  const [date, setDate] = useState(day(new Date()));
  const [text, setText] = useState("");
  const go = async (): Promise<void> => {
    const asked: PaperAsked = { kind };
    if (title.trim() !== "") asked.title = title.trim();
    if (number.trim() !== "" && kind === "document") asked.number = number.trim();
    if (date !== "") asked.date = date;
    if (text.trim() !== "") asked.text = text.trim();
    takePlan(await plansApi.paper(plan.value!.plan, asked));
  };
  return (
    <PlanForm title={t("papers.add")} button={t("form.save")} close={close} ready={title.trim() !== "" || text.trim() !== ""} go={go}>
      <div class="segments" role="group" aria-label={t("papers.kind")}>
        {(["document", "objection"] as const).map((each) => (
          <button key={each} type="button" aria-pressed={kind === each} onClick={() => setKind(each)}>{t(`papers.${each}`)}</button>
        ))}
      </div>
      <Field id="paper-title" label={t("papers.title_of")} value={title} change={setTitle} focus attributes={{ maxLength: 200 }} />
      <div class="form-pair">
        {kind === "document" && <Field id="paper-number" label={t("step.number")} value={number} change={setNumber} attributes={{ maxLength: 100 }} />}
        <Field id="paper-date" label={t("step.date")} value={date} change={setDate} attributes={{ type: "date" }} />
      </div>
      <TextArea id="paper-text" label={t("papers.text")} value={text} change={setText} {...(kind === "objection" ? { note: t("papers.no_names") } : {})} />
    </PlanForm>
  );
}

export function AnswerDialog({ paper, close }: { paper: number; close: () => void }) {
  const [text, setText] = useState("");
  const asked = plan.value!.papers.find((each) => each.paper === paper);
  return (
    <PlanForm title={t("papers.answer")} button={t("form.save")} close={close} ready={text.trim() !== ""} go={async () => takePlan(await plansApi.answerPaper(plan.value!.plan, paper, text.trim()))}>
      <p class="paper-text">{asked?.text ?? asked?.title}</p>
      <TextArea id="paper-answer" label={t("papers.answer")} value={text} change={setText} />
    </PlanForm>
  );
}

export function BranchDialog({ close }: { close: () => void }) {
  const [name, setName] = useState(t("versions.branch_name", { name: plan.value!.name }));
  return (
    <PlanForm title={t("versions.branch")} button={t("versions.branch")} close={close} ready={name.trim() !== ""} go={async () => openPlan((await plansApi.branch(plan.value!.plan, name.trim())).plan)}>
      <p>{t("versions.branch_note")}</p>
      <Field id="branch-name" label={t("versions.name")} value={name} change={setName} focus attributes={{ maxLength: 100 }} />
    </PlanForm>
  );
}
