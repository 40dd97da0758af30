import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { asProblem, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { Dialog } from "../Dialog";
import { Notice } from "../Notice";

interface PlanFormProps {
  title: string;
  button: string;
  close: () => void;
  /** Whether what is filled in can go. */
  ready: boolean;
  go: () => Promise<void>;
  size?: "small" | "middle" | "wide";
  bad?: boolean;
  children: ComponentChildren;
}

/** A window with a question to the server: it stays open with what was filled in while the answer is no. */
export function PlanForm({ title, button, close, ready, go, size = "middle", bad = false, children }: PlanFormProps) {
  const [working, setWorking] = useState(false);
  const [found, setFound] = useState<Problem | null>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!ready || working) return;
    setWorking(true);
    setFound(null);
    try {
      await go();
      close();
    } catch (error) {
      setFound(asProblem(error));
      setWorking(false);
    }
  };
  return (
    <Dialog
      title={title}
      close={close}
      size={size}
      foot={
        <>
          <button type="button" class="button button-quiet" onClick={close}>{t("dialog.cancel")}</button>
          <button type="button" class={`button ${bad ? "button-bad" : "button-accent"}`} disabled={!ready || working} onClick={(event) => void submit(event)}>{button}</button>
        </>
      }
    >
      <form class="plan-form" onSubmit={(event) => void submit(event)} noValidate>
        {found !== null && <Notice problem={found} />}
        {children}
      </form>
    </Dialog>
  );
}

/** A text of several lines. */
export function TextArea({ id, label, value, change, rows = 3, note }: {
  id: string; label: string; value: string; change: (value: string) => void; rows?: number; note?: string;
}) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea id={id} rows={rows} value={value} maxLength={2000} onInput={(event) => change(event.currentTarget.value)} />
      {note !== undefined && <p class="caption">{note}</p>}
    </div>
  );
}
