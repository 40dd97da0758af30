import { useEffect, useState } from "preact/hooks";
import type { Account, WorkerToEnrol } from "../../api/accounts";
import { accountsApi } from "../../api/accountsClient";
import { asProblem, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { Notice } from "../Notice";

const MOST = 200;

interface WorkerChoiceProps {
  account: Account | null;
  chosen: number | null;
  choose: (worker: WorkerToEnrol | null) => void;
}

/** Whose grids a grid worker's account is about: somebody in post in one's area. */
export function WorkerChoice({ account, chosen, choose }: WorkerChoiceProps) {
  const [workers, setWorkers] = useState<readonly WorkerToEnrol[] | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  const [words, setWords] = useState("");
  useEffect(() => {
    let here = true;
    const timer = window.setTimeout(() => {
      accountsApi.workers(words.trim()).then(
        (found) => { if (here) { setWorkers(found.workers); setFailed(null); } },
        (error: unknown) => { if (here) setFailed(asProblem(error)); },
      );
    }, words === "" ? 0 : 250);
    return () => {
      here = false;
      window.clearTimeout(timer);
    };
  }, [words]);
  const free = (workers ?? []).filter((worker) => worker.account === null || worker.account === account?.name);
  const kept = account?.worker ?? null;
  return (
    <fieldset class="field worker-choice">
      <legend>{t("worker.title")}</legend>
      {failed !== null && <Notice problem={failed} />}
      <input type="text" aria-label={t("worker.search")} placeholder={t("worker.search")} autocomplete="off" value={words} onInput={(event) => setWords(event.currentTarget.value)} />
      <select
        aria-label={t("worker.title")}
        value={chosen ?? ""}
        onChange={(event) => choose(free.find((worker) => String(worker.id) === event.currentTarget.value) ?? null)}
      >
        <option value="">{t("worker.none")}</option>
        {kept !== null && !free.some((worker) => worker.id === kept.id) && <option value={kept.id}>{kept.name}</option>}
        {free.slice(0, MOST).map((worker) => (
          <option key={worker.id} value={worker.id}>{`${worker.name} · ${worker.grids.join("、")}`}</option>
        ))}
      </select>
      <p class="caption">{workers === null ? t("loading") : free.length === 0 ? t("worker.nobody") : t("worker.note")}</p>
    </fieldset>
  );
}
