import { useRef, useState } from "preact/hooks";
import { sessionApi } from "../../api/accountsClient";
import { asProblem, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { problemText } from "../../i18n/problems";
import { adopt } from "../../state/session";
import { lang } from "../../state/store";
import { CodeField } from "../CodeField";
import { Field } from "../Field";
import { Icon } from "../Icon";
import { PasswordField } from "./PasswordField";
import { retrySeconds, useCountdown, waitText } from "./wait";

interface SignInProps {
  /** The name that is expected, when somebody signs in again. */
  known?: string;
  /** Told when it was somebody's turn and nothing went wrong. */
  done?: () => void;
}

/** Name and password; then, where the account has one, the second factor's six digits. */
export function SignIn({ known = "", done }: SignInProps) {
  const [name, setName] = useState(known);
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [asksCode, setAsksCode] = useState(false);
  const [working, setWorking] = useState(false);
  const [found, setFound] = useState<Problem | null>(null);
  const [left, wait] = useCountdown();
  const passwordInput = useRef<HTMLInputElement>(null);
  const codeInput = useRef<HTMLInputElement>(null);

  const refuse = (problem: Problem): void => {
    setFound(problem);
    const seconds = problem.status === 429 ? retrySeconds(problem) : 0;
    if (seconds > 0) wait(seconds);
    if (problem.code === "code_required") {
      setFound(null);
      setAsksCode(true);
      return;
    }
    if (problem.code === "bad_code") {
      setCode("");
      codeInput.current?.focus();
    } else if (problem.code === "bad_credentials") {
      setAsksCode(false);
      passwordInput.current?.select();
    }
  };
  const send = async (digits: string | null): Promise<void> => {
    if (working || left > 0) return;
    setWorking(true);
    setFound(null);
    try {
      adopt(await sessionApi.signIn(name.trim(), password, digits));
      done?.();
    } catch (error) {
      refuse(asProblem(error));
    }
    setWorking(false);
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    if (asksCode) {
      if (code.length === 6) void send(code);
    } else if (name.trim() !== "" && password !== "") void send(null);
  };
  const back = (): void => {
    setAsksCode(false);
    setCode("");
    setFound(null);
  };

  return (
    <form class="entry-form" onSubmit={submit} noValidate>
      {asksCode ? (
        <>
          <p class="entry-note">{t("login.code_note")}</p>
          <CodeField id="login-code" value={code} input={codeInput} change={setCode} full={(digits) => void send(digits)} />
        </>
      ) : (
        <>
          <Field
            id="login-name"
            label={t("login.name")}
            value={name}
            change={setName}
            attributes={{ autocomplete: "username", autocapitalize: "off", spellcheck: false }}
            focus={known === "" && "now"}
          />
          <PasswordField
            id="login-password"
            label={t("login.password")}
            value={password}
            change={setPassword}
            autocomplete="current-password"
            input={passwordInput}
            focus={known !== "" && "now"}
          />
        </>
      )}
      <Refusal problem={found} left={left} />
      <button type="submit" class="button button-accent button-big" disabled={working || left > 0 || (asksCode ? code.length !== 6 : name.trim() === "" || password === "")}>
        {left > 0 ? t("login.wait", { time: waitText(left) }) : t(working ? "login.working" : "login.button")}
      </button>
      {asksCode ? (
        <button type="button" class="link entry-back" onClick={back}>{t("login.back")}</button>
      ) : (
        <p class="caption">{t("login.forgot")}</p>
      )}
    </form>
  );
}

/** What went wrong in one sentence and what to do. `left`: seconds of a lock that is counted down beside it. */
export function Refusal({ problem, left }: { problem: Problem | null; left?: number }) {
  if (problem === null) return null;
  const text = problemText(problem.code, problem.message, lang.value);
  const named = problem.status === 429 ? retrySeconds(problem) : 0;
  // A lock that is over is no news.
  if (left === 0 && named > 0) return null;
  const locked = problem.code === "locked" && named > 0;
  return (
    <div class="refusal" role="alert">
      <Icon name={problem.code === "locked" ? "lock" : "circleAlert"} />
      <p>{locked ? t("login.locked", { time: waitText(left ?? named) }) : `${text.what}${lang.value === "zh" ? "" : " "}${text.todo}`}</p>
    </div>
  );
}
