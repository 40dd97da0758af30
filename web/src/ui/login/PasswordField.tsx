import { useState } from "preact/hooks";
import type { RefObject } from "preact";
import { t } from "../../i18n";
import { Field, type FieldAttributes } from "../Field";
import { Icon } from "../Icon";
import { MOST_CHARACTERS } from "./rules";

interface PasswordFieldProps {
  id: string;
  label: string;
  value: string;
  change: (value: string) => void;
  autocomplete: "current-password" | "new-password";
  fault?: string | null;
  input?: RefObject<HTMLInputElement | null>;
  focus?: boolean | "now" | undefined;
}

/** A password with the eye that shows it, and a word when Caps Lock is on. */
export function PasswordField({ id, label, value, change, autocomplete, fault, input, focus }: PasswordFieldProps) {
  const [seen, setSeen] = useState(false);
  const [caps, setCaps] = useState(false);
  const look = (event: KeyboardEvent | MouseEvent): void => setCaps(event.getModifierState("CapsLock"));
  const attributes: FieldAttributes = {
    type: seen ? "text" : "password",
    autocomplete,
    spellcheck: false,
    maxLength: MOST_CHARACTERS,
    autocapitalize: "off",
    onKeyDown: look,
    onKeyUp: look,
    onMouseDown: look,
    onBlur: () => setCaps(false),
  };
  return (
    <>
      <Field id={id} label={label} value={value} change={change} fault={fault} attributes={attributes} input={input} focus={focus}>
        <button
          type="button"
          class="field-eye"
          aria-pressed={seen}
          aria-label={t(seen ? "login.hide" : "login.show")}
          title={t(seen ? "login.hide" : "login.show")}
          onClick={() => setSeen(!seen)}
        >
          <Icon name={seen ? "eyeOff" : "eye"} />
        </button>
      </Field>
      {caps && <p class="field-caps" role="status"><Icon name="arrowUp" />{t("login.caps")}</p>}
    </>
  );
}
