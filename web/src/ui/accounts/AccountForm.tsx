import { useEffect, useState } from "preact/hooks";
import { ROLES, type Account, type AccountChange, type AccountLink, type Role } from "../../api/accounts";
import { accountsApi } from "../../api/accountsClient";
import { asProblem, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { account as signedIn } from "../../state/session";
import { isAdministrator, roleIcon, roleMay, roleName } from "../account/roles";
import { Dialog } from "../Dialog";
import { Field } from "../Field";
import { Icon } from "../Icon";
import { Notice } from "../Notice";
import { WorkerChoice } from "./WorkerChoice";
import { DivisionPicker } from "./DivisionPicker";
import { treeOf, type TreeNode } from "./divisionTree";
import { faultsOf, type FormFaults } from "./faults";

interface AccountFormProps {
  /** The account that is changed; null for a new one. */
  account: Account | null;
  close: () => void;
  added: (made: AccountLink) => void;
  changed: (account: Account) => void;
}

const NAME = /^[a-z0-9][a-z0-9._-]{1,39}$/;

/** A new account, or another name, role or area of one that exists. */
export function AccountForm({ account, close, added, changed }: AccountFormProps) {
  const mayAll = signedIn.value?.everywhere !== false;
  const [name, setName] = useState(account?.name ?? "");
  const [display, setDisplay] = useState(account?.display_name ?? "");
  const [role, setRole] = useState<Role>(account?.role ?? "planner");
  const [everywhere, setEverywhere] = useState(account === null ? false : account.everywhere);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(account?.divisions.map((division) => division.code)));
  const [worker, setWorker] = useState<number | null>(account?.worker?.id ?? null);
  const [faults, setFaults] = useState<FormFaults>({});
  const [found, setFound] = useState<Problem | null>(null);
  const [working, setWorking] = useState(false);

  const choose = (next: Role): void => {
    setRole(next);
    setFaults({ ...faults, role: undefined });
    // The three administrators look after the whole of it, unless somebody says otherwise.
    if (account === null && mayAll && isAdministrator(next)) setEverywhere(true);
  };
  const save = async (): Promise<void> => {
    const display_name = display.trim();
    const divisions = everywhere ? [] : [...chosen];
    if (account === null) {
      added(await accountsApi.add({ name: name.trim(), display_name: display_name || null, role, divisions, everywhere, worker: role === "grid_worker" ? worker : null }));
      return;
    }
    // Only what is different, so that the audit says what was meant.
    const change: AccountChange = {};
    if (display_name !== (account.display_name ?? "")) change.display_name = display_name;
    if (role !== account.role) change.role = role;
    if (everywhere !== account.everywhere || String([...divisions].sort()) !== String(account.divisions.map((each) => each.code).sort())) {
      change.everywhere = everywhere;
      change.divisions = divisions;
    }
    if (role === "grid_worker" && worker !== (account.worker?.id ?? null)) change.worker = worker ?? 0;
    changed(Object.keys(change).length === 0 ? account : await accountsApi.change(account.name, change));
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (working) return;
    const missing: FormFaults = {};
    if (account === null && !NAME.test(name.trim())) missing.name = t("form.fault.name");
    if (!everywhere && chosen.size === 0) missing.area = t("form.fault.area");
    setFaults(missing);
    setFound(null);
    if (Object.keys(missing).length > 0) {
      document.getElementById(missing.name !== undefined ? "account-name" : "account-everywhere")?.focus();
      return;
    }
    setWorking(true);
    try {
      await save();
    } catch (error) {
      const problem = asProblem(error);
      const { known, rest } = faultsOf(problem);
      setFaults(known);
      setFound(rest);
      setWorking(false);
    }
  };

  return (
    <Dialog
      title={account === null ? t("form.add") : t("form.edit", { name: account.name })}
      size="wide"
      close={close}
      foot={
        <>
          <button type="button" class="button button-quiet" onClick={close}>{t("dialog.cancel")}</button>
          <button type="submit" form="account-form" class="button button-accent" disabled={working}>
            {t(working ? "form.saving" : account === null ? "form.create" : "form.save")}
          </button>
        </>
      }
    >
      <form id="account-form" class="account-form" onSubmit={(event) => void submit(event)} noValidate>
        {found !== null && <Notice problem={found} />}
        <div class="form-columns">
          <div>
            <Field
              id="account-name"
              label={t("accounts.name")}
              value={name}
              change={(text) => {
                setName(text);
                setFaults({ ...faults, name: undefined });
              }}
              {...(account === null ? { note: t("form.name_note") } : {})}
              fault={faults.name}
              focus={account === null}
              attributes={{ autocomplete: "off", autocapitalize: "off", spellcheck: false, maxLength: 40, readOnly: account !== null }}
            />
            <Field
              id="account-display"
              label={t("accounts.display_name")}
              value={display}
              change={setDisplay}
              note={t("form.display_note")}
              fault={faults.display_name}
              focus={account !== null}
              attributes={{ autocomplete: "off", maxLength: 60 }}
            />
            <RoleChoice role={role} choose={choose} fault={faults.role} />
            {role === "grid_worker" && (
              <WorkerChoice
                account={account}
                chosen={worker}
                choose={(found) => {
                  setWorker(found?.id ?? null);
                  if (found !== null && display.trim() === "") setDisplay(found.name);
                }}
              />
            )}
          </div>
          <Area
            everywhere={everywhere}
            setEverywhere={setEverywhere}
            chosen={chosen}
            setChosen={(next) => {
              setChosen(next);
              setFaults({ ...faults, area: undefined });
            }}
            mayAll={mayAll}
            fault={faults.area}
          />
        </div>
      </form>
    </Dialog>
  );
}

function RoleChoice({ role, choose, fault }: { role: Role; choose: (role: Role) => void; fault: string | undefined }) {
  return (
    <fieldset class="roles">
      <legend>{t("accounts.role")}</legend>
      {ROLES.map((each) => (
        <label key={each} class={each === role ? "role role-on" : "role"}>
          <input type="radio" name="account-role" checked={each === role} onChange={() => choose(each)} />
          <Icon name={roleIcon(each)} />
          <span>
            <b>{roleName(each)}</b>
            <small>{roleMay(each)}</small>
          </span>
        </label>
      ))}
      <p class="caption">{t("role.separate")}</p>
      {fault !== undefined && <p class="field-fault" role="alert"><Icon name="circleAlert" />{fault}</p>}
    </fieldset>
  );
}

interface AreaProps {
  everywhere: boolean;
  setEverywhere: (everywhere: boolean) => void;
  chosen: ReadonlySet<string>;
  setChosen: (chosen: ReadonlySet<string>) => void;
  mayAll: boolean;
  fault: string | undefined;
}

function Area({ everywhere, setEverywhere, chosen, setChosen, mayAll, fault }: AreaProps) {
  const [roots, setRoots] = useState<readonly TreeNode[] | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  const load = (): void => {
    setFailed(null);
    accountsApi.divisions().then(
      ({ divisions }) => setRoots(treeOf(divisions)),
      (error: unknown) => setFailed(asProblem(error)),
    );
  };
  useEffect(load, []);
  return (
    <fieldset class="area">
      <legend>{t("accounts.area")}</legend>
      <label class="role-line">
        <input id="account-everywhere" type="radio" name="account-area" checked={everywhere} disabled={!mayAll} onChange={() => setEverywhere(true)} />
        {t("form.everywhere")}
      </label>
      <label class="role-line">
        <input type="radio" name="account-area" checked={!everywhere} onChange={() => setEverywhere(false)} />
        {t("form.choose")}
      </label>
      {fault !== undefined && <p class="field-fault" role="alert"><Icon name="circleAlert" />{fault}</p>}
      {!everywhere &&
        (failed !== null ? (
          <Notice problem={failed} retry={load} />
        ) : roots === null ? (
          <p class="caption" role="status">{t("loading")}</p>
        ) : (
          <DivisionPicker roots={roots} chosen={chosen} change={setChosen} />
        ))}
    </fieldset>
  );
}
