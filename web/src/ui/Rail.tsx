import { t, type Word } from "../i18n";
import type { PanelName } from "../state/address";
import { panelsOpen, step } from "../state/desk";
import { panel, panelOpen } from "../state/store";
import { Icon } from "./Icon";
import type { IconName } from "./icons";

const TASKS: readonly { name: PanelName; icon: IconName; word: Word }[] = [
  { name: "division", icon: "drafting", word: "rail.division" },
  { name: "coverage", icon: "footprints", word: "rail.coverage" },
  { name: "standards", icon: "ruler", word: "rail.standards" },
  { name: "people", icon: "contact", word: "rail.people" },
  { name: "events", icon: "siren", word: "rail.events" },
  { name: "data", icon: "database", word: "rail.data" },
  { name: "accounts", icon: "users", word: "rail.accounts" },
  { name: "audit", icon: "scroll", word: "rail.audit" },
];

/** One task, one panel; those that the account's rights open. */
export function Rail() {
  const open = panelsOpen();
  return (
    <nav class="rail" aria-label={t("rail.label")}>
      {TASKS.filter(({ name }) => open.includes(name)).map(({ name, icon, word }) => (
        <button
          key={name}
          type="button"
          class="rail-item"
          aria-current={panel.value === name ? "page" : undefined}
          onClick={() => {
            panelOpen.value = true;
            if (panel.value !== name) step(() => (panel.value = name));
          }}
        >
          <Icon name={icon} />
          {t(word)}
        </button>
      ))}
    </nav>
  );
}
