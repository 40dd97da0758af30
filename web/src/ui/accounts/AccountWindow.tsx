import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Account, AccountLink } from "../../api/accounts";
import { accountsApi } from "../../api/accountsClient";
import { asProblem, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { moment } from "../../i18n/format";
import { Dialog } from "../Dialog";
import { Icon } from "../Icon";
import { Notice } from "../Notice";
import { Secret } from "../Secret";
import { AccountForm } from "./AccountForm";
import { PhoneWindow } from "./PhoneWindow";

/** The window that is open over the table. */
export type Open =
  | { kind: "add" }
  | { kind: "edit" | "phone" | "disable" | "enable" | "reset"; account: Account }
  | { kind: "link"; made: AccountLink };

interface WindowProps {
  open: Open;
  show: (next: Open | null) => void;
  changed: (account: Account) => void;
}

export function AccountWindow({ open, show, changed }: WindowProps) {
  const close = (): void => show(null);
  const linked = (made: AccountLink): void => {
    changed(made.account);
    show({ kind: "link", made });
  };
  const done = (account: Account): void => {
    changed(account);
    close();
  };
  switch (open.kind) {
    case "add":
      return <AccountForm account={null} close={close} added={linked} changed={done} />;
    case "edit":
      return <AccountForm account={open.account} close={close} added={linked} changed={done} />;
    case "phone":
      return <PhoneWindow account={open.account} changed={changed} close={close} />;
    case "link":
      return <LinkWindow made={open.made} close={close} />;
    case "reset":
      return (
        <Confirm title={t("reset.title", { name: open.account.name })} button={t("accounts.reset")} close={close} go={async () => linked(await accountsApi.reset(open.account.name))}>
          <p>{t("reset.text")}</p>
          <ul class="plain-list">
            <li>{t("reset.ends_1")}</li>
            <li>{t("reset.ends_2")}</li>
            <li>{t("reset.ends_3")}</li>
          </ul>
        </Confirm>
      );
    case "disable":
      return (
        <Confirm title={t("disable.title", { name: open.account.name })} button={t("accounts.disable")} close={close} go={async () => done(await accountsApi.change(open.account.name, { disabled: true }))}>
          <p>{t("disable.text")}</p>
        </Confirm>
      );
    case "enable":
      return <AtOnce go={async () => done(await accountsApi.change(open.account.name, { disabled: false }))} close={close} />;
  }
}

interface ConfirmProps {
  title: string;
  button: string;
  close: () => void;
  go: () => Promise<void>;
  children: ComponentChildren;
}

function Confirm({ title, button, close, go, children }: ConfirmProps) {
  const [working, setWorking] = useState(false);
  const [found, setFound] = useState<Problem | null>(null);
  const run = async (): Promise<void> => {
    setWorking(true);
    setFound(null);
    try {
      await go();
    } catch (error) {
      setFound(asProblem(error));
      setWorking(false);
    }
  };
  return (
    <Dialog
      title={title}
      close={close}
      foot={
        <>
          <button type="button" class="button button-quiet" data-focus onClick={close}>{t("dialog.cancel")}</button>
          <button type="button" class="button button-bad" disabled={working} onClick={() => void run()}>{button}</button>
        </>
      }
    >
      {found !== null && <Notice problem={found} />}
      {children}
    </Dialog>
  );
}

/** Enabling harms nothing: done without a question; only a refusal opens a window. */
function AtOnce({ go, close }: { go: () => Promise<void>; close: () => void }) {
  const [found, setFound] = useState<Problem | null>(null);
  useEffect(() => {
    go().catch((error: unknown) => setFound(asProblem(error)));
  }, []);
  if (found === null) return null;
  return <Dialog title={t("accounts.enable")} close={close}><Notice problem={found} /></Dialog>;
}

/** The one-time link, this once, and how to hand it over. */
function LinkWindow({ made, close }: { made: AccountLink; close: () => void }) {
  const { account, link, expires_at } = made;
  const who = !account.display_name ? account.name : `${account.display_name} · ${account.name}`;
  return (
    <Dialog title={t("once.title")} close={close} foot={<button type="button" class="button" onClick={close}>{t("dialog.done")}</button>}>
      <p>{t("once.for", { name: who })}</p>
      <Secret text={link} label={t("once.link")} focus />
      <p class="said-warn"><Icon name="triangleAlert" />{t("once.note", { at: moment(expires_at) })}</p>
      <p>{t("once.hand")}</p>
    </Dialog>
  );
}
