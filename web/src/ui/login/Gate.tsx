import { UNREACHABLE } from "../../api/problem";
import { t } from "../../i18n";
import { account, begun, enter, entryProblem, link, session, signInAgain } from "../../state/session";
import { App } from "../App";
import { AccountWindows } from "../account/AccountWindows";
import { IdleDialog } from "../account/IdleDialog";
import { Icon } from "../Icon";
import { Notice } from "../Notice";
import { ExpiredPage } from "./ExpiredPage";
import { LinkPage } from "./LinkPage";
import { LoginPage } from "./LoginPage";

/** What stands before the desk. Once opened, the desk stays in the page below whatever covers it. */
export function Gate() {
  const token = link.value;
  const expired = account.value?.password_expired === true;
  const over = signInAgain.value;
  // Figures of somebody who was put out, or who walked away, are not to be read.
  const hidden = token !== null || expired || over;
  return (
    <>
      {begun.value && (
        <div class={hidden ? "held held-hidden" : "held"} aria-hidden={hidden ? true : undefined}>
          <App />
          <AccountWindows />
          <IdleDialog />
        </div>
      )}
      {token !== null ? (
        <LinkPage token={token} />
      ) : over ? (
        <LoginPage key="over" over />
      ) : expired ? (
        <ExpiredPage />
      ) : session.value === null ? (
        <Opening />
      ) : account.value === null ? (
        <LoginPage key="first" />
      ) : null}
    </>
  );
}

/** Before the server's first answer. */
function Opening() {
  const found = entryProblem.value;
  return (
    <div class="cover cover-quiet">
      <div class="waiting-page">
        {found === null ? (
          <p role="status">{t("entry.loading")}</p>
        ) : found.code === UNREACHABLE ? (
          <p role="alert"><Icon name="unplug" /> {t("offline.title")}</p>
        ) : (
          <Notice problem={found} retry={() => void enter()} />
        )}
      </div>
    </div>
  );
}
