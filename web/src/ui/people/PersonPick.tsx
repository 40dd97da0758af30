import { useEffect, useState } from "preact/hooks";
import { peopleApi, type Whom, type Worker } from "../../api/people";
import { isAbort } from "../../api/problem";
import { t, tCount } from "../../i18n";
import { Field } from "../Field";

const WAIT_MS = 200;
const SHOWN = 8;

/** What is filled in: somebody known, or somebody new. */
export interface PersonDraft {
  known: Worker | null;
  fresh: boolean;
  name: string;
  phone: string;
}

export const NOBODY: PersonDraft = { known: null, fresh: false, name: "", phone: "" };

/** The person as the server wants it; null while nobody is named. */
export function whomOf({ known, fresh, name, phone }: PersonDraft): Whom | null {
  if (!fresh) return known === null ? null : { worker: known.worker };
  return name.trim() === "" ? null : { name: name.trim(), work_phone: phone.trim() === "" ? null : phone.trim() };
}

/** Somebody known, found by name or number, or a name and a work phone. */
export function PersonPick({ draft, change, without }: { draft: PersonDraft; change: (next: PersonDraft) => void; without?: number }) {
  const [q, setQ] = useState("");
  const [found, setFound] = useState<readonly Worker[] | null>(null);
  useEffect(() => {
    if (draft.fresh) return;
    const abort = new AbortController();
    const timer = window.setTimeout(() => {
      peopleApi.workers(q, abort.signal).then(
        ({ workers }) => setFound(workers.filter(({ worker }) => worker !== without)),
        (error: unknown) => { if (!isAbort(error)) setFound([]); },
      );
    }, WAIT_MS);
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [q, draft.fresh, without]);
  return (
    <fieldset class="people-person-pick">
      <legend>{t("people.person")}</legend>
      <div class="segments segments-small" role="group" aria-label={t("people.person")}>
        {([false, true] as const).map((fresh) => (
          <button key={String(fresh)} type="button" aria-pressed={draft.fresh === fresh} onClick={() => change({ ...draft, fresh })}>{t(fresh ? "people.person_new" : "people.person_known")}</button>
        ))}
      </div>
      {draft.fresh ? (
        <div class="form-pair">
          <Field id="person-name" label={t("people.name")} value={draft.name} change={(name) => change({ ...draft, name })} attributes={{ maxLength: 60, autocomplete: "off" }} focus="now" />
          <Field id="person-phone" label={t("people.phone")} value={draft.phone} change={(phone) => change({ ...draft, phone })} attributes={{ maxLength: 60, autocomplete: "off" }} />
        </div>
      ) : (
        <>
          <Field id="person-search" label={t("people.person_search")} value={q} change={setQ} attributes={{ type: "search", maxLength: 60, autocomplete: "off" }} focus />
          <ul class="people-found" aria-label={t("people.person_known")}>
            {(found ?? []).slice(0, SHOWN).map((worker) => (
              <li key={worker.worker}>
                <button type="button" aria-pressed={draft.known?.worker === worker.worker} onClick={() => change({ ...draft, known: worker })}>
                  <b>{worker.name}</b><span>{worker.work_phone ?? t("people.phone_none")}</span><small>{tCount("people.person_grids", worker.grids.length)}</small>
                </button>
              </li>
            ))}
          </ul>
          {found !== null && found.length === 0 && <p class="caption">{t("people.person_none")}</p>}
        </>
      )}
    </fieldset>
  );
}
