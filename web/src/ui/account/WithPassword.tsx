import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { asProblem, type Problem } from "../../api/problem";
import { t } from "../../i18n";
import { PasswordField } from "../login/PasswordField";
import { Refusal } from "../login/SignIn";

interface WithPasswordProps {
  id: string;
  /** What the step does, in words. */
  label: string;
  bad?: boolean;
  children: ComponentChildren;
  work: (password: string) => Promise<void>;
}

/** A step that asks for one's password again: whoever finds a browser open must not take it. */
export function WithPassword({ id, label, bad, children, work }: WithPasswordProps) {
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState(false);
  const [working, setWorking] = useState(false);
  const [found, setFound] = useState<Problem | null>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (working || password === "") return;
    setWorking(true);
    setWrong(false);
    setFound(null);
    try {
      await work(password);
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code === "bad_credentials") setWrong(true);
      else setFound(problem);
    }
    setWorking(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      {children}
      <PasswordField
        id={id}
        label={t("login.password")}
        value={password}
        change={(text) => {
          setPassword(text);
          setWrong(false);
        }}
        autocomplete="current-password"
        fault={wrong ? t("password.old_wrong") : null}
        focus
      />
      <Refusal problem={found} />
      <button type="submit" class={`button button-big ${bad === true ? "button-bad" : "button-accent"}`} disabled={working || password === ""}>
        {label}
      </button>
    </form>
  );
}
