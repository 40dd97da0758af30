import { useState } from "preact/hooks";
import type { Problem } from "../api/problem";
import { t } from "../i18n";
import { problemText } from "../i18n/problems";
import { connect } from "../state/desk";
import { away, lang, shown } from "../state/store";
import { Icon } from "./Icon";

interface NoticeProps {
  problem: Problem;
  kept?: string;
  retry?: () => void;
  back?: () => void;
}

/** What happened, what was not changed, what to do. */
export function Notice({ problem: found, kept, retry, back }: NoticeProps) {
  const text = problemText(found.code, found.message, lang.value);
  return (
    <div class="notice" role="alert">
      <Icon name="circleAlert" class="bad" />
      <div>
        <p class="notice-what">{text.what}</p>
        <p>{[(kept ?? t("error.kept_none")).trim(), text.todo].filter(Boolean).join(lang.value === "zh" ? "" : " ")}</p>
        {found.faults.length > 0 && (
          <ul class="faults" aria-label={t("error.faults")}>
            {found.faults.slice(0, 5).map((fault) => (
              <li>{[fault.field, fault.reason].filter(Boolean).join(lang.value === "zh" ? "：" : ": ")}</li>
            ))}
          </ul>
        )}
        {(retry !== undefined || back !== undefined) && (
          <p class="notice-actions">
            {retry !== undefined && <button type="button" class="button" onClick={retry}>{t("error.retry")}</button>}
            {back !== undefined && <button type="button" class="button button-quiet" onClick={back}>{t("error.back")}</button>}
          </p>
        )}
      </div>
    </div>
  );
}

/** Across the top of the page while the server is away. */
export function OfflineBanner() {
  const [trying, setTrying] = useState(false);
  if (!away.value) return null;
  const reconnect = (): void => {
    setTrying(true);
    void connect().then(() => setTrying(false));
  };
  return (
    <div class="offline" role="alert">
      <Icon name="unplug" />
      <span>
        <strong>{t("offline.title")}</strong> {shown.value !== null && t("offline.kept")}
      </span>
      <button type="button" class="button" onClick={reconnect} disabled={trying}>
        {trying ? t("offline.retrying") : t("offline.retry")}
      </button>
    </div>
  );
}
