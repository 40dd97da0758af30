import type { PasswordRules } from "../../api/accounts";

/** The reasons of the server's refusal are the names of the rules. */
export const RULES = ["too_short", "too_few_kinds", "contains_name", "too_common", "used_before"] as const;
export type Rule = (typeof RULES)[number];

export interface Check {
  rule: Rule;
  /** null: only the server can tell. */
  met: boolean | null;
}

/** Shorter names occur in any password. */
const LEAST_NAME = 3;
/** The server hashes no longer ones. */
export const MOST_CHARACTERS = 200;

const KINDS = [/[A-Z]/, /[a-z]/, /[0-9]/, /[^A-Za-z0-9]/];

/** How many of capitals, small letters, digits and signs occur. */
export function kindsOf(password: string): number {
  return KINDS.filter((kind) => kind.test(password)).length;
}

/**
 * Hold a password against the rules while it is typed. `refused` are the rules the server refused this very
 * password for: common and earlier passwords are known to it alone.
 */
export function checkPassword(
  password: string,
  name: string,
  rules: PasswordRules,
  refused: readonly string[] = [],
): Check[] {
  const met: Record<Rule, boolean | null> = {
    too_short: [...password].length >= rules.min_length,
    too_few_kinds: kindsOf(password) >= rules.kinds,
    contains_name: password !== "" && (name.length < LEAST_NAME || !password.toLowerCase().includes(name.toLowerCase())),
    too_common: null,
    used_before: null,
  };
  return RULES.filter((rule) => rule !== "used_before" || rules.remembered > 0).map((rule) => ({
    rule,
    met: refused.includes(rule) ? false : met[rule],
  }));
}

/** Nothing that can be told here speaks against the password. */
export function passes(checks: readonly Check[]): boolean {
  return checks.every((check) => check.met !== false);
}
