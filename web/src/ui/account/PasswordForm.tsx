import { useState } from "preact/hooks";
import { sessionApi } from "../../api/accountsClient";
import { asProblem, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { adopt, session } from "../../state/session";
import { NewPassword, USUAL_RULES, useNewPassword } from "../login/NewPassword";
import { PasswordField } from "../login/PasswordField";
import { Refusal } from "../login/SignIn";

interface PasswordFormProps {
  id: string;
  name: string;
  button: string;
  done?: () => void;
}

/** The old password, the new one twice, the rules beside it. */
export function PasswordForm({ id, name, button, done }: PasswordFormProps) {
  const password = useNewPassword(name, session.value?.password_rules ?? USUAL_RULES);
  const [old, setOld] = useState("");
  const [wrong, setWrong] = useState(false);
  const [working, setWorking] = useState(false);
  const [found, setFound] = useState<Problem | null>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (working || old === "" || !password.ready) return;
    setWorking(true);
    setFound(null);
    setWrong(false);
    try {
      adopt(await sessionApi.changePassword(old, password.first));
      done?.();
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code === "bad_credentials") setWrong(true);
      else if (!password.refuse(problem)) setFound(problem);
    }
    setWorking(false);
  };
  return (
    <form class="entry-form" onSubmit={(event) => void submit(event)} noValidate>
      <input class="unseen" type="text" autocomplete="username" value={name} readOnly tabIndex={-1} aria-hidden="true" />
      <PasswordField
        id={`${id}-old`}
        label={t("password.old")}
        value={old}
        change={(text) => {
          setOld(text);
          setWrong(false);
        }}
        autocomplete="current-password"
        fault={wrong ? t("password.old_wrong") : null}
        focus
      />
      <NewPassword state={password} id={id} />
      <Refusal problem={found} />
      <button type="submit" class="button button-accent button-big" disabled={working || old === "" || !password.ready}>
        {working ? t("form.saving") : button}
      </button>
    </form>
  );
}
