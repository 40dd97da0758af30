import { useEffect, useState } from "preact/hooks";
import { peopleApi, type HeldPosting } from "../../api/people";
import { Problem } from "../../api/problem";
import { t, tCount } from "../../i18n";
import { postingReason } from "../../i18n/peopleProblems";
import { dayMeant, people, peopleChanged, peopleDialog, posts, readPosts } from "../../state/people";
import { daysAfter, noSooner, shownPosts, substituteDays, substituteFault } from "../../state/peopleRows";
import { shapeOf } from "../../state/shapes";
import { lang } from "../../state/store";
import { PlanForm } from "../division/PlanForm";
import { Field } from "../Field";
import { Icon } from "../Icon";
import { LedgerWindow } from "./LedgerWindow";
import { PostsWindow } from "./PostsWindow";
import { NOBODY, PersonPick, whomOf, type PersonDraft } from "./PersonPick";
import { daysOf, postWord } from "./words";

const close = (): void => void (peopleDialog.value = null);

/** Run a change; its refusal comes in the words of the page. */
async function change(act: () => Promise<string>, given: readonly string[] = []): Promise<void> {
  try {
    peopleChanged(await act(), given);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const names = new Map((people.value?.grids ?? []).map(({ code, name }) => [code, name ?? code]));
    const faults = error.faults.map(({ field, reason }) => ({ field: field == null ? field : (names.get(field) ?? field), reason: postingReason(reason ?? "", lang.value) }));
    throw new Problem(error.code, error.message, error.status, faults as Problem["faults"]);
  }
}

/** Nothing of a posting can be arranged beyond its own end. */
function lastDay({ valid_to: max }: HeldPosting): { max?: string } {
  return max === null ? {} : { max };
}

export function PeopleWindows() {
  const now = peopleDialog.value;
  switch (now?.kind) {
    case "assign":
      return <AssignWindow grids={now.grids} />;
    case "hand_over":
      return <HandOverWindow posting={now.posting} />;
    case "substitute":
      return <SubstituteWindow posting={now.posting} />;
    case "end":
      return <EndWindow posting={now.posting} />;
    case "worker":
      return <WorkerWindow posting={now.posting} />;
    case "ledger":
      return <LedgerWindow close={close} />;
    case "posts":
      return <PostsWindow close={close} />;
    default:
      return null;
  }
}

function AssignWindow({ grids }: { grids: readonly string[] }) {
  const [person, setPerson] = useState<PersonDraft>(NOBODY);
  const [post, setPost] = useState("");
  const [from, setFrom] = useState(dayMeant.value);
  const [to, setTo] = useState("");
  const [replace, setReplace] = useState(false);
  useEffect(() => void readPosts().catch(() => undefined), []);
  const known = shownPosts(posts.value);
  const chosen = post === "" ? (known[0]?.name ?? "") : post;
  const whom = whomOf(person);
  const bad = to !== "" && to <= from;
  const listed = new Map((people.value?.grids ?? []).map(({ code, name }) => [code, name ?? code]));
  // Picked before the area or the day was changed: they are given to that person all the same.
  const beyond = grids.filter((code) => !listed.has(code)).length;
  return (
    <PlanForm
      title={t("people.assign_title")}
      button={t("people.assign_button")}
      close={close}
      ready={whom !== null && chosen !== "" && from !== "" && !bad}
      go={() => change(async () => {
        const made = await peopleApi.assign(whom!, { grids, post: chosen, valid_from: from, valid_to: to === "" ? null : to, replace });
        return tCount("people.done_assign", made.postings.length);
      }, grids)}
    >
      <p class="people-given"><b>{tCount("people.assign_grids", grids.length)}</b> <span class="caption">{grids.map((code) => listed.get(code) ?? shapeOf(code)?.name ?? code).join(lang.value === "zh" ? "、" : ", ")}</span></p>
      {beyond > 0 && <p class="said-warn"><Icon name="triangleAlert" />{tCount("people.assign_beyond", beyond)}</p>}
      <PersonPick draft={person} change={setPerson} />
      <div class="field">
        <label for="people-post">{t("people.post")}</label>
        <span class="filter people-select">
          <select id="people-post" value={chosen} onChange={(event) => setPost(event.currentTarget.value)}>
            {known.map((item) => <option key={item.name} value={item.name}>{postWord(item)}{item.responsible ? "" : ` · ${t("people.not_responsible")}`}</option>)}
          </select>
          <Icon name="chevronDown" />
        </span>
      </div>
      <div class="form-pair">
        <Field id="people-from" label={t("people.from")} value={from} change={setFrom} attributes={{ type: "date" }} />
        <Field id="people-to" label={t("people.to")} value={to} change={setTo} attributes={{ type: "date", min: from }} note={t("people.to_optional")} fault={bad ? t("people.days_bad") : null} />
      </div>
      <label class="check">
        <input type="checkbox" checked={replace} onChange={(event) => setReplace(event.currentTarget.checked)} />
        <span class="check-box" aria-hidden="true"><Icon name="check" /></span>
        {t("people.replace")}
      </label>
    </PlanForm>
  );
}

function HandOverWindow({ posting }: { posting: HeldPosting }) {
  const [person, setPerson] = useState<PersonDraft>(NOBODY);
  const first = daysAfter(posting.valid_from, 1);
  const [on, setOn] = useState(noSooner(dayMeant.value, first));
  const whom = whomOf(person);
  return (
    <PlanForm
      title={t("people.hand_over_title", { post: postWord(posting.post) })}
      button={t("people.hand_over_button")}
      close={close}
      ready={whom !== null && on !== ""}
      go={() => change(async () => {
        const made = await peopleApi.handOver(posting.posting, whom!, on);
        return t("people.done_hand_over", { day: made.valid_from });
      })}
    >
      <p>{t("people.hand_over_note", { name: posting.name })}</p>
      <PersonPick draft={person} change={setPerson} without={posting.worker} />
      <Field id="people-on" label={t("people.on_day")} value={on} change={setOn} attributes={{ type: "date", min: first, ...lastDay(posting) }} />
    </PlanForm>
  );
}

function SubstituteWindow({ posting }: { posting: HeldPosting }) {
  const [person, setPerson] = useState<PersonDraft>(NOBODY);
  const [proposed] = useState(() => substituteDays(posting, dayMeant.value));
  const [from, setFrom] = useState(proposed.from);
  const [to, setTo] = useState(proposed.to);
  const whom = whomOf(person);
  const wrong = substituteFault(posting, from, to);
  const beyond = t("people.days_beyond", { days: daysOf(posting) });
  return (
    <PlanForm
      title={t("people.substitute_title", { name: posting.name })}
      button={t("people.substitute_button")}
      close={close}
      ready={whom !== null && from !== "" && to !== "" && wrong === null}
      go={() => change(async () => {
        const made = await peopleApi.substitute(posting.posting, whom!, from, to);
        return t("people.done_substitute", { from: made.valid_from, to: made.valid_to });
      })}
    >
      <p>{t("people.substitute_note")}</p>
      <PersonPick draft={person} change={setPerson} without={posting.worker} />
      <div class="form-pair">
        <Field id="people-from" label={t("people.from_substitute")} value={from} change={setFrom} attributes={{ type: "date", min: posting.valid_from, ...lastDay(posting) }} fault={wrong === "from_beyond" ? beyond : null} />
        <Field id="people-to" label={t("people.to_substitute")} value={to} change={setTo} attributes={{ type: "date", min: from, ...lastDay(posting) }} fault={wrong === "to_beyond" ? beyond : wrong === "order" ? t("people.days_bad") : null} />
      </div>
    </PlanForm>
  );
}

function EndWindow({ posting }: { posting: HeldPosting }) {
  const [on, setOn] = useState(dayMeant.value);
  return (
    <PlanForm
      title={t("people.end_title", { name: posting.name })}
      button={t("people.end_button")}
      bad
      close={close}
      ready={on !== ""}
      go={() => change(async () => t((await peopleApi.end(posting.posting, on)).removed ? "people.done_removed" : "people.done_end"))}
    >
      <p>{t("people.end_note")}</p>
      <Field id="people-on" label={t("people.on_day")} value={on} change={setOn} attributes={{ type: "date" }} focus />
    </PlanForm>
  );
}

function WorkerWindow({ posting }: { posting: HeldPosting }) {
  const [name, setName] = useState(posting.name);
  const [phone, setPhone] = useState(posting.work_phone ?? "");
  return (
    <PlanForm
      title={t("people.worker_title")}
      button={t("people.save")}
      close={close}
      size="small"
      ready={name.trim() !== ""}
      go={() => change(async () => {
        await peopleApi.changeWorker(posting.worker, { name: name.trim(), work_phone: phone.trim() === "" ? null : phone.trim() });
        return t("people.done_worker");
      })}
    >
      <p>{t("people.worker_note")}</p>
      <Field id="worker-name" label={t("people.name")} value={name} change={setName} attributes={{ maxLength: 60 }} focus />
      <Field id="worker-phone" label={t("people.phone")} value={phone} change={setPhone} attributes={{ maxLength: 60 }} />
    </PlanForm>
  );
}
