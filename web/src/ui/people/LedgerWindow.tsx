import { useRef, useState } from "preact/hooks";
import { peopleApi, type LedgerSummary } from "../../api/people";
import { asProblem, type Problem } from "../../api/problem";
import { t, tCount } from "../../i18n";
import { ledgerField, ledgerNote, postingReason } from "../../i18n/peopleProblems";
import { peopleChanged } from "../../state/people";
import { lang } from "../../state/store";
import { Dialog } from "../Dialog";
import { Icon } from "../Icon";
import { Notice } from "../Notice";
import { contentOf, markedLedger, refusedRows } from "./ledgerFile";

const MOST_BYTES = 700_000;
/** So many rows the server marks at once. */
const MOST_MARKS = 5000;

interface Chosen {
  name: string;
  content: string;
}

/** A ledger is looked at first; it can be stored only while no row is refused. */
export function LedgerWindow({ close }: { close: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [seen, setSeen] = useState<LedgerSummary | null>(null);
  const [found, setFound] = useState<Problem | null>(null);
  const [large, setLarge] = useState(false);
  const [working, setWorking] = useState(false);

  const send = async (file: Chosen, dryRun: boolean): Promise<void> => {
    setWorking(true);
    setFound(null);
    try {
      const summary = await peopleApi.ledger(file.name, file.content, dryRun);
      if (dryRun) return setSeen(summary);
      peopleChanged(t("people.done_ledger", { a: summary.added, b: summary.updated }));
      close();
    } catch (error) {
      setSeen(null);
      setFound(asProblem(error));
    } finally {
      setWorking(false);
    }
  };
  const choose = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    setSeen(null);
    setFound(null);
    setLarge(file.size > MOST_BYTES);
    if (file.size > MOST_BYTES) return setChosen(null);
    const next = { name: file.name, content: await contentOf(file) };
    setChosen(next);
    await send(next, true);
  };
  const rows = found?.faults.filter(({ row }) => row != null) ?? [];
  return (
    <Dialog
      title={t("people.ledger_title")}
      close={close}
      foot={
        <>
          <button type="button" class="button button-quiet" onClick={close}>{t("dialog.cancel")}</button>
          <button type="button" class="button button-accent" disabled={seen === null || working || chosen === null} onClick={() => chosen !== null && void send(chosen, false)}>{t("people.ledger_store")}</button>
        </>
      }
    >
      <p>{t("people.ledger_note")}</p>
      <p class="button-row people-choose">
        <button type="button" class="button" data-focus onClick={() => input.current?.click()}><Icon name="fileText" />{t("people.ledger_choose")}</button>
        {chosen !== null && <span class="caption">{chosen.name}</span>}
        <input ref={input} type="file" accept=".xlsx,.csv" aria-label={t("people.ledger_choose")} onChange={(event) => { const { files } = event.currentTarget; void choose(files?.[0]); event.currentTarget.value = ""; }} />
      </p>
      {large && <p class="tag warn">{t("people.ledger_too_large")}</p>}
      {working && <p class="caption" role="status">{t("people.ledger_checking")}</p>}
      {seen !== null && (
        <div role="status">
          <p><b>{tCount("people.ledger_read", seen.read)}</b></p>
          <p class="people-counts"><span>{t("people.ledger_added", { n: seen.added })}</span><span>{t("people.ledger_updated", { n: seen.updated })}</span><span>{t("people.ledger_unchanged", { n: seen.unchanged })}</span></p>
          {seen.notes.map((note) => <p key={note} class="caption">{ledgerNote(note, lang.value)}</p>)}
        </div>
      )}
      {found !== null && rows.length === 0 && <Notice problem={found} />}
      {rows.length > 0 && chosen !== null && <Refused file={chosen} rows={rows} />}
    </Dialog>
  );
}

function Refused({ file, rows }: { file: Chosen; rows: Problem["faults"] }) {
  const [making, setMaking] = useState(false);
  const lines = rows.map(({ row, field, reason }) => [String(row ?? ""), ledgerField(field, lang.value), postingReason(reason ?? "", lang.value)] as const);
  const head = [t("people.ledger_row"), t("people.ledger_field"), t("people.ledger_reason")] as const;
  const download = async (): Promise<void> => {
    setMaking(true);
    try {
      const marks = rows.slice(0, MOST_MARKS).map(({ row, field, reason }) => ({ row: row!, field: field ?? null, reason: postingReason(reason ?? "", lang.value) }));
      markedLedger(file.name, await peopleApi.markedLedger({ file: file.name, content: file.content, title: t("people.ledger_reason"), marks }));
    } catch {
      // Without the server there are still the rows that stand here.
      refusedRows(file.name, [head, ...lines]);
    } finally {
      setMaking(false);
    }
  };
  return (
    <div role="alert">
      <p class="people-refused"><Icon name="circleAlert" class="bad" />{tCount("people.ledger_refused", new Set(rows.map(({ row }) => row)).size)}</p>
      <div class="people-rows" tabIndex={0} role="region" aria-label={t("people.ledger_reason")}>
        <table>
          <thead><tr>{head.map((word) => <th key={word} scope="col">{word}</th>)}</tr></thead>
          <tbody>{lines.map((line, i) => <tr key={i}>{line.map((text, n) => <td key={n}>{text}</td>)}</tr>)}</tbody>
        </table>
      </div>
      <p class="button-row"><button type="button" class="button button-small" disabled={making} onClick={() => void download()}><Icon name="download" />{t("people.ledger_download")}</button></p>
    </div>
  );
}
