import { named, t } from "../../i18n";
import { board, leading } from "../../state/standards";

const STATES = ["compliant", "short", "unknown", "not_applicable"] as const;

/** What the colours of communities say. */
export function StandingLegend() {
  const column = leading.value;
  if (board.value === null || column === null) return null;
  return (
    <section class="legend standing-legend" aria-label={t("legend.title")}>
      <h3>{t("legend.standing", { name: named(column.label) })}</h3>
      <ul>
        {STATES.filter((state) => column.total[state] > 0).map((state) => (
          <li key={state}><i class={`swatch swatch-fill standing-${state}`} /><span>{t(`board.${state}`)}</span><small>{column.total[state]}</small></li>
        ))}
      </ul>
    </section>
  );
}
