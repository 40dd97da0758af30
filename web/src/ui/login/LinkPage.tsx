import { useEffect, useState } from "preact/hooks";
import type { LinkCheck } from "../../api/accounts";
import { sessionApi } from "../../api/accountsClient";
import { asProblem, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { moment } from "../../i18n/format";
import { adopt, link, session } from "../../state/session";
import { roleName } from "../account/roles";
import { Icon } from "../Icon";
import { Notice } from "../Notice";
import { Cover } from "./Cover";
import { NewPassword, USUAL_RULES, useNewPassword } from "./NewPassword";
import { Refusal } from "./SignIn";

/** A one-time link has been opened: whose it is, and a password of one's own. */
export function LinkPage({ token }: { token: string }) {
  const [check, setCheck] = useState<LinkCheck | null>(null);
  const [found, setFound] = useState<Problem | null>(null);
  const [again, setAgain] = useState(0);
  useEffect(() => {
    setFound(null);
    setCheck(null);
    sessionApi.checkLink(token).then(setCheck, (error: unknown) => setFound(asProblem(error)));
  }, [token, again]);
  return (
    <Cover title={t("link.title")} key={token}>
      {check !== null ? (
        <LinkForm token={token} check={check} spent={(problem) => { setCheck(null); setFound(problem); }} />
      ) : found === null ? (
        <p class="caption" role="status">{t("link.checking")}</p>
      ) : found.code === "unknown_link" ? (
        <Spent />
      ) : (
        <Notice problem={found} retry={() => setAgain(again + 1)} />
      )}
    </Cover>
  );
}

function Spent() {
  return (
    <>
      <div class="refusal" role="alert">
        <Icon name="circleAlert" />
        <div>
          <p>{t("link.bad")}</p>
          <p>{t("link.bad_todo")}</p>
        </div>
      </div>
      <button type="button" class="button button-big" data-focus onClick={() => (link.value = null)}>{t("link.to_login")}</button>
    </>
  );
}

interface LinkFormProps {
  token: string;
  check: LinkCheck;
  spent: (problem: Problem) => void;
}

function LinkForm({ token, check, spent }: LinkFormProps) {
  const password = useNewPassword(check.name, session.value?.password_rules ?? USUAL_RULES);
  const [working, setWorking] = useState(false);
  const [found, setFound] = useState<Problem | null>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (working || !password.ready) return;
    setWorking(true);
    setFound(null);
    try {
      const state = await sessionApi.useLink(token, password.first);
      link.value = null;
      adopt(state);
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code === "unknown_link") spent(problem);
      else if (!password.refuse(problem)) setFound(problem);
      setWorking(false);
    }
  };
  return (
    <form class="entry-form" onSubmit={(event) => void submit(event)} noValidate>
      <div class="entry-who">
        <p class="entry-greet">{t("link.greet", { name: check.display_name || check.name })}</p>
        <p class="caption">{t("link.account", { name: check.name, role: roleName(check.role) })}</p>
        <p class="caption">{t("link.expires", { at: moment(check.expires_at) })}</p>
      </div>
      {/* For the browser's password store. */}
      <input class="unseen" type="text" autocomplete="username" value={check.name} readOnly tabIndex={-1} aria-hidden="true" />
      <NewPassword state={password} id="link" focus="now" />
      <Refusal problem={found} />
      <button type="submit" class="button button-accent button-big" disabled={working || !password.ready}>
        {t(working ? "form.saving" : "link.button")}
      </button>
    </form>
  );
}
