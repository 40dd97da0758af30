import { useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { copyText } from "./copy";
import { Icon } from "./Icon";

/** Something that is shown once, with its copy button. */
export function Secret({ text, label, focus = false }: { text: string; label: string; focus?: boolean }) {
  const [copied, setCopied] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const copy = (): void => {
    void copyText(text, root.current ?? undefined).then((done) => {
      setCopied(done);
      if (done) window.setTimeout(() => setCopied(false), 2000);
    });
  };
  return (
    <div ref={root} class="secret" role="group" aria-label={label}>
      <code tabIndex={0}>{text}</code>
      <button type="button" class="button button-accent" onClick={copy} data-focus={focus ? "" : undefined}>
        <Icon name={copied ? "check" : "copy"} />
        <span aria-live="polite">{t(copied ? "copied" : "copy")}</span>
      </button>
    </div>
  );
}
