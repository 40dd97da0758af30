import { useSignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { ACCOUNT_STATES, ROLES, type Account } from "../../api/accounts";
import { accountsApi } from "../../api/accountsClient";
import { asProblem, isAbort, type Problem } from "../../api/problem";
import { t, tCount } from "../../i18n";
import { roleName } from "../account/roles";
import { Icon } from "../Icon";
import { Notice } from "../Notice";
import { AccountsTable } from "./AccountsTable";
import { AccountWindow, type Open } from "./AccountWindow";

const PAGE = 100;
const SEARCH_MS = 250;

/** Every account that fits a search, read page by page; a county has some hundreds. */
async function readAll(q: string, signal: AbortSignal): Promise<Account[]> {
  const all: Account[] = [];
  for (;;) {
    const page = await accountsApi.list(q, PAGE, all.length, signal);
    all.push(...page.accounts);
    if (page.accounts.length === 0 || all.length >= page.total) return all;
  }
}

/** 账号: who may come in, as what, and where. */
export function AccountsRoom() {
  const [rows, setRows] = useState<readonly Account[] | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  const [q, setQ] = useState("");
  const [role, setRole] = useState("");
  const [state, setState] = useState("");
  const [again, setAgain] = useState(0);
  const open = useSignal<Open | null>(null);
  const first = useRef(true);

  useEffect(() => {
    const abort = new AbortController();
    const timer = window.setTimeout(
      () => {
        readAll(q.trim(), abort.signal)
          .then((found) => {
            setRows(found);
            setFailed(null);
          })
          .catch((error: unknown) => {
            if (!isAbort(error)) setFailed(asProblem(error));
          });
      },
      first.current ? 0 : SEARCH_MS,
    );
    first.current = false;
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [q, again]);

  const shown = (rows ?? []).filter((row) => (role === "" || row.role === role) && (state === "" || row.state === state));
  const replace = (account: Account): void => {
    const known = rows?.some((row) => row.name === account.name) === true;
    setRows(known ? rows!.map((row) => (row.name === account.name ? account : row)) : [account, ...(rows ?? [])]);
  };
  const clear = (): void => {
    setQ("");
    setRole("");
    setState("");
  };

  return (
    <div class="room">
      <div class="room-head">
        <h2>{t("accounts.title")}</h2>
        {rows !== null && <span class="caption" aria-live="polite">{tCount("accounts.count", shown.length)}</span>}
        <button type="button" class="button button-accent" onClick={() => (open.value = { kind: "add" })}>
          <Icon name="userPlus" />
          {t("accounts.add")}
        </button>
      </div>
      <div class="filters" role="search">
        <div class="filter filter-wide filter-search">
          <Icon name="search" />
          <input type="text" aria-label={t("accounts.search")} placeholder={t("accounts.search")} autocomplete="off" spellcheck={false} value={q} onInput={(event) => setQ(event.currentTarget.value)} />
        </div>
        <div class="filter">
          <select aria-label={t("accounts.role")} value={role} onChange={(event) => setRole(event.currentTarget.value)}>
            <option value="">{t("accounts.role_all")}</option>
            {ROLES.map((each) => <option key={each} value={each}>{roleName(each)}</option>)}
          </select>
          <Icon name="chevronDown" />
        </div>
        <div class="filter">
          <select aria-label={t("accounts.state")} value={state} onChange={(event) => setState(event.currentTarget.value)}>
            <option value="">{t("accounts.state_all")}</option>
            {ACCOUNT_STATES.map((each) => <option key={each} value={each}>{t(`state.${each}`)}</option>)}
          </select>
          <Icon name="chevronDown" />
        </div>
      </div>
      <div class="room-body" data-scroll>
        {failed !== null && <Notice problem={failed} retry={() => setAgain(again + 1)} />}
        {rows === null ? (
          failed === null && <p class="room-empty" role="status">{t("loading")}</p>
        ) : shown.length === 0 ? (
          <p class="room-empty">
            {t("accounts.none")} <button type="button" class="link" onClick={clear}>{t("accounts.clear")}</button>
          </p>
        ) : (
          <AccountsTable rows={shown} open={(next) => (open.value = next)} />
        )}
      </div>
      {open.value !== null && <AccountWindow open={open.value} show={(next) => (open.value = next)} changed={replace} />}
    </div>
  );
}
