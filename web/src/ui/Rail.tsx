import { t, type Word } from "../i18n";
import type { PanelName } from "../state/address";
import { step } from "../state/desk";
import { panel, panelOpen } from "../state/store";
import { Icon } from "./Icon";
import type { IconName } from "./icons";

const TASKS: readonly { name: PanelName; icon: IconName; word: Word }[] = [
  { name: "coverage", icon: "footprints", word: "rail.coverage" },
  { name: "data", icon: "database", word: "rail.data" },
];

/** One task, one panel. */
export function Rail() {
  return (
    <nav class="rail" aria-label={t("rail.label")}>
      {TASKS.map(({ name, icon, word }) => (
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
