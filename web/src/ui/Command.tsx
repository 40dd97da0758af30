import { useState } from "preact/hooks";
import { t } from "../i18n";
import { copyText } from "./copy";
import { Icon } from "./Icon";

/** A command of the terminal with its copy button. */
export function Command({ text, label, primary = false }: { text: string; label?: string; primary?: boolean }) {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    void copyText(text).then((done) => {
      setCopied(done);
      if (done) window.setTimeout(() => setCopied(false), 2000);
    });
  };
  return (
    <div class={primary ? "command command-primary" : "command"}>
      <code tabIndex={0}>{text}</code>
      <button type="button" class={primary ? "button button-accent" : "button button-quiet"} onClick={copy}>
        <Icon name={copied ? "check" : "copy"} />
        <span aria-live="polite">{copied ? t("data.copied") : (label ?? t("data.copy"))}</span>
      </button>
    </div>
  );
}
