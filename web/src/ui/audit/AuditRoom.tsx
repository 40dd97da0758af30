import { useEffect, useRef, useState } from "preact/hooks";
import type { AuditFilter, AuditRow } from "../../api/accounts";
import { auditApi, auditExport } from "../../api/accountsClient";
import { asProblem, isAbort, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { Icon } from "../Icon";
import { Notice } from "../Notice";
import { AuditFilters } from "./AuditFilters";
import { AuditTable } from "./AuditTable";
import { readDivisionNames } from "./divisionNames";
import { rangeOf } from "./ranges";

const TYPING_MS = 300;

/** 审计: who did what, when, from where; newest first. */
export function AuditRoom() {
  const [filter, setFilter] = useState<AuditFilter>(() => ({ ...rangeOf("days7", new Date()), actor: "", action: "", q: "" }));
  const [rows, setRows] = useState<readonly AuditRow[] | null>(null);
  const [next, setNext] = useState<number | null>(null);
  const [actions, setActions] = useState<readonly string[]>([]);
  const [failed, setFailed] = useState<Problem | null>(null);
  const [working, setWorking] = useState(false);
  const [again, setAgain] = useState(0);
  const newest = useRef<AbortController | null>(null);
  const first = useRef(true);

  const read = async (before: number | null): Promise<void> => {
    newest.current?.abort();
    const abort = new AbortController();
    newest.current = abort;
    setWorking(true);
    try {
      const page = await auditApi.rows(filter, before, abort.signal);
      setRows((old) => (before === null ? page.rows : [...(old ?? []), ...page.rows]));
      setNext(page.next);
      setActions(page.actions);
      setFailed(null);
      setWorking(false);
    } catch (error) {
      if (isAbort(error)) return;
      setFailed(asProblem(error));
      setWorking(false);
    }
  };
  useEffect(() => {
    const timer = window.setTimeout(() => void read(null), first.current ? 0 : TYPING_MS);
    first.current = false;
    return () => window.clearTimeout(timer);
  }, [filter, again]);
  useEffect(() => {
    readDivisionNames();
    return () => newest.current?.abort();
  }, []);

  return (
    <div class="room">
      <div class="room-head">
        <h2>{t("audit.title")}</h2>
        <span class="caption">{t("audit.note")}</span>
        <a class="button" href={auditExport("csv", filter)} download aria-label={`${t("audit.export")} CSV`}><Icon name="download" /><span class="export-verb">{t("audit.export")}</span> CSV</a>
        <a class="button" href={auditExport("xlsx", filter)} download aria-label={`${t("audit.export")} XLSX`}><Icon name="download" /><span class="export-verb">{t("audit.export")}</span> XLSX</a>
      </div>
      <AuditFilters filter={filter} change={setFilter} actions={actions} />
      <div class="room-body" data-scroll aria-busy={working}>
        {failed !== null && <Notice problem={failed} retry={() => setAgain(again + 1)} />}
        {rows === null ? (
          failed === null && <p class="room-empty" role="status">{t("loading")}</p>
        ) : rows.length === 0 ? (
          <p class="room-empty">
            {t("audit.none")}{" "}
            <button type="button" class="link" onClick={() => setFilter({ from: "", to: "", actor: "", action: "", q: "" })}>{t("accounts.clear")}</button>
          </p>
        ) : (
          <>
            <AuditTable rows={rows} />
            <p class="room-more">
              {next === null ? (
                <span class="caption">{t("audit.end")}</span>
              ) : (
                <button type="button" class="button" disabled={working} onClick={() => void read(next)}>{t("audit.more")}</button>
              )}
            </p>
          </>
        )}
      </div>
    </div>
  );
}
