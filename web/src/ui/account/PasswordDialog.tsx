import { useState } from "preact/hooks";
import { t } from "../../i18n";
import { account } from "../../state/session";
import { Dialog } from "../Dialog";
import { Icon } from "../Icon";
import { PasswordForm } from "./PasswordForm";

export function PasswordDialog({ close }: { close: () => void }) {
  const [done, setDone] = useState(false);
  const who = account.value;
  if (who === null) return null;
  return (
    <Dialog
      title={t("password.title")}
      close={close}
      {...(done ? { foot: <button type="button" class="button button-accent" onClick={close}>{t("dialog.done")}</button> } : {})}
    >
      {done ? (
        <p class="said-good" role="status"><Icon name="circleCheck" />{t("password.saved")}</p>
      ) : (
        <>
          {who.password_expires_on !== null && <p class="caption dialog-lead">{t("password.until", { date: who.password_expires_on })}</p>}
          <PasswordForm id="change" name={who.name} button={t("password.save")} done={() => setDone(true)} />
        </>
      )}
    </Dialog>
  );
}
