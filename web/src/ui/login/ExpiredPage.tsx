import { t } from "../../i18n";
import { account, signOut } from "../../state/session";
import { PasswordForm } from "../account/PasswordForm";
import { Cover } from "./Cover";

/** The password is too old: nothing else until it has been changed. */
export function ExpiredPage() {
  const who = account.value;
  if (who === null) return null;
  return (
    <Cover title={t("expired.title")}>
      <p class="entry-note">{t("expired.note")}</p>
      <PasswordForm id="expired" name={who.name} button={t("expired.button")} />
      <p class="entry-other">
        <button type="button" class="link" onClick={() => void signOut().catch(() => undefined)}>{t("menu.out")}</button>
      </p>
    </Cover>
  );
}
