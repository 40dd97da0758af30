import type { RefObject } from "preact";
import { t } from "../i18n";
import { Field } from "./Field";

interface CodeFieldProps {
  id: string;
  value: string;
  change: (digits: string) => void;
  /** The sixth digit is there. */
  full: (digits: string) => void;
  input?: RefObject<HTMLInputElement | null>;
  fault?: string | null;
}

/** The six digits of an authenticator; sent with the sixth. */
export function CodeField({ id, value, change, full, input, fault }: CodeFieldProps) {
  return (
    <Field
      id={id}
      label={t("login.code")}
      value={value}
      fault={fault ?? null}
      input={input}
      change={(text) => {
        const digits = text.replace(/[^0-9]/g, "").slice(0, 6);
        change(digits);
        if (digits.length === 6 && digits !== value) full(digits);
      }}
      focus="now"
      attributes={{ inputMode: "numeric", autocomplete: "one-time-code", maxLength: 7, class: "code-input" }}
    />
  );
}
