import { useState } from "preact/hooks";
import type { PasswordRules } from "../../api/accounts";
import type { Problem } from "../../api/problem";
import { t } from "../../i18n";
import { Icon } from "../Icon";
import { PasswordField } from "./PasswordField";
import { RULES, checkPassword, passes, type Check } from "./rules";

export const USUAL_RULES: PasswordRules = { min_length: 10, kinds: 3, remembered: 5 };

/** A new password typed twice, held against the rules and against what the server refused it for. */
export function useNewPassword(name: string, rules: PasswordRules) {
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const [refused, setRefused] = useState<{ password: string; rules: string[] }>({ password: "", rules: [] });
  const checks = checkPassword(first, name, rules, refused.password === first ? refused.rules : []);
  return {
    first,
    second,
    checks,
    rules,
    setFirst,
    setSecond,
    ready: passes(checks) && first === second,
    /** Take a refusal; false when it is about something else than the password. */
    refuse: (problem: Problem): boolean => {
      if (problem.code !== "weak_password") return false;
      const reasons = problem.faults.map((fault) => fault.reason);
      setRefused({ password: first, rules: reasons });
      // A rule that the checklist does not name is said as a sentence.
      return reasons.some((reason) => (RULES as readonly string[]).includes(reason));
    },
  };
}

export type NewPasswordState = ReturnType<typeof useNewPassword>;

/** The two fields with the checklist between them. */
export function NewPassword({ state, id, focus = false }: { state: NewPasswordState; id: string; focus?: boolean | "now" }) {
  const differ = state.second !== "" && !state.first.startsWith(state.second) && state.first !== state.second;
  return (
    <>
      <PasswordField id={`${id}-new`} label={t("password.new")} value={state.first} change={state.setFirst} autocomplete="new-password" focus={focus} />
      <Checklist checks={state.checks} typed={state.first !== ""} rules={state.rules} />
      <PasswordField
        id={`${id}-twice`}
        label={t("password.twice")}
        value={state.second}
        change={state.setSecond}
        autocomplete="new-password"
        fault={differ ? t("password.differ") : null}
      />
    </>
  );
}

function Checklist({ checks, typed, rules }: { checks: readonly Check[]; typed: boolean; rules: PasswordRules }) {
  const numbers: Record<string, number> = {
    too_short: rules.min_length,
    too_few_kinds: rules.kinds,
    used_before: rules.remembered,
  };
  return (
    <ul class="checks" aria-label={t("password.rules")} aria-live="polite">
      {checks.map(({ rule, met }) => {
        // Before anything is typed nothing is wrong yet.
        const look = met === null || (!typed && !met) ? "open" : met ? "met" : "bad";
        return (
          <li key={rule} class={`check-${look}`}>
            <Icon name={look === "met" ? "circleCheck" : look === "bad" ? "circleX" : "circleDashed"} />
            <span>
              {t(`password.rule.${rule}`, { n: numbers[rule] ?? 0 })}
              {met === null && <small> · {t("password.rule.on_server")}</small>}
              {look !== "open" && <span class="unseen">{t(look === "met" ? "password.ok" : "password.not_ok")}</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
