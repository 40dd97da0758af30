import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./Icon";

export interface FieldAttributes {
  type?: "text" | "password" | "date" | "number" | "search";
  autocomplete?: string;
  autocapitalize?: string;
  spellcheck?: boolean;
  inputMode?: "numeric" | "text";
  maxLength?: number;
  min?: string | number;
  max?: string | number;
  placeholder?: string;
  class?: string;
  readOnly?: boolean;
  onKeyDown?: (event: KeyboardEvent) => void;
  onKeyUp?: (event: KeyboardEvent) => void;
  onMouseDown?: (event: MouseEvent) => void;
  onBlur?: () => void;
}

interface FieldProps {
  id: string;
  label: string;
  value: string;
  change: (value: string) => void;
  note?: string | undefined;
  fault?: string | null | undefined;
  input?: RefObject<HTMLInputElement | null> | undefined;
  attributes?: FieldAttributes;
  /** Where a window puts its first focus; "now": also when it comes in later. */
  focus?: boolean | "now" | undefined;
  children?: ComponentChildren;
}

/** A labelled field with its note, and what is wrong with it right below. */
export function Field({ id, label, value, change, note, fault, input, attributes = {}, focus = false, children }: FieldProps) {
  const own = useRef<HTMLInputElement>(null);
  const element = input ?? own;
  useEffect(() => {
    if (focus === "now") element.current?.focus();
  }, [focus]);
  const told = [note !== undefined && `${id}-note`, fault && `${id}-fault`].filter(Boolean).join(" ");
  return (
    <div class={fault ? "field field-bad" : "field"}>
      <label for={id}>{label}</label>
      <div class="field-box">
        <input
          {...(attributes as object)}
          id={id}
          ref={element}
          value={value}
          aria-invalid={fault ? true : undefined}
          aria-describedby={told === "" ? undefined : told}
          data-focus={focus ? "" : undefined}
          onInput={(event) => change(event.currentTarget.value)}
        />
        {children}
      </div>
      {note !== undefined && <p class="caption" id={`${id}-note`}>{note}</p>}
      {fault && <p class="field-fault" id={`${id}-fault`} role="alert"><Icon name="circleAlert" />{fault}</p>}
    </div>
  );
}
