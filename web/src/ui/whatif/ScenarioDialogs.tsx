import { useState } from "preact/hooks";
import { asProblem, type Problem } from "../../api/problem";
import type { ScenarioRow, ScenarioState } from "../../api/whatif";
import { t } from "../../i18n";
import { decideScenario, keepScenario } from "../../state/whatif";
import { Dialog } from "../Dialog";
import { Field } from "../Field";
import { Notice } from "../Notice";

interface FormProps {
  title: string;
  about: string;
  /** What the button says that does it. */
  act: string;
  named: boolean;
  send: (name: string, note: string) => Promise<void>;
  close: () => void;
}

/** A name where one is needed, a note, and what went wrong in place. */
function ScenarioForm({ title, about, act, named, send, close }: FormProps) {
  const [name, setName] = useState("");
  const [note, setNote] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  const [working, setWorking] = useState(false);
  const submit = async (): Promise<void> => {
    if (named && name.trim() === "") return setFault(t("whatif.name_fault"));
    setWorking(true);
    try {
      await send(name.trim(), note);
      close();
    } catch (error) {
      setFailed(asProblem(error));
      setWorking(false);
    }
  };
  return (
    <Dialog
      title={title}
      size="small"
      close={close}
      foot={
        <>
          <button type="button" class="button" onClick={close}>{t("dialog.cancel")}</button>
          <button type="submit" form="scenario-form" class="button button-accent" disabled={working}>{act}</button>
        </>
      }
    >
      <form
        id="scenario-form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {failed !== null && <Notice problem={failed} kept={t("whatif.kept")} />}
        <p class="caption scenario-about">{about}</p>
        {named && (
          <Field
            id="scenario-name"
            label={t("whatif.name")}
            value={name}
            change={(text) => {
              setName(text);
              setFault(null);
            }}
            fault={fault}
            focus
            attributes={{ maxLength: 100, autocomplete: "off" }}
          />
        )}
        <Field id="scenario-note" label={t("whatif.note")} value={note} change={setNote} focus={!named} attributes={{ maxLength: 2000, autocomplete: "off" }} />
      </form>
    </Dialog>
  );
}

export function KeepDialog({ close }: { close: () => void }) {
  return <ScenarioForm title={t("whatif.keep_title")} about={t("whatif.keep_note")} act={t("whatif.keep")} named send={keepScenario} close={close} />;
}

const ACTS = { adopted: "whatif.adopt", dropped: "whatif.drop", draft: "whatif.redraft" } as const;

export function DecideDialog({ row, state, close }: { row: ScenarioRow; state: ScenarioState; close: () => void }) {
  return (
    <ScenarioForm
      title={t(`whatif.decide_${state}`, { name: row.name })}
      about={t("whatif.decide_note")}
      act={t(ACTS[state])}
      named={false}
      send={(_, note) => decideScenario(row.scenario, state, note)}
      close={close}
    />
  );
}
