import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { t } from "../../i18n";
import { switchLang, switchLarge } from "../../state/desk";
import { lang, large } from "../../state/store";
import { useFocusTrap } from "../Dialog";
import { Icon } from "../Icon";

interface CoverProps {
  title: string;
  wide?: boolean;
  /** The desk stays visible behind it. */
  over?: boolean;
  children: ComponentChildren;
}

/** The whole window with one calm card on the map's land: what stands before the desk. */
export function Cover({ title, wide = false, over = false, children }: CoverProps) {
  const root = useRef<HTMLDivElement>(null);
  useFocusTrap(root);
  return (
    <div
      ref={root}
      class={over ? "cover cover-over" : "cover"}
      tabIndex={-1}
      {...(over ? { role: "dialog", "aria-modal": true, "aria-label": title } : {})}
    >
      <div class="cover-bar">
        <button type="button" class="button button-quiet" aria-pressed={large.value} title={t("large.title")} onClick={switchLarge}>
          <Icon name="type" />
          {t("large.switch")}
        </button>
        <button type="button" class="button button-quiet" title={t("lang.title")} lang={lang.value === "zh" ? "en" : "zh"} onClick={switchLang}>
          {t("lang.switch")}
        </button>
      </div>
      <main class={wide ? "entry entry-wide" : "entry"}>
        <div class="entry-brand brand">
          <img src="/favicon.svg" width="32" height="32" alt="" />
          <strong>网格</strong>
          <span>Wangge</span>
        </div>
        <div class="entry-card">
          <h1>{title}</h1>
          {children}
        </div>
      </main>
    </div>
  );
}
