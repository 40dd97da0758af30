import { t, type Word } from "../../i18n";

/** What became of a kept scenario. */
export function ScenarioTag({ state }: { state: string }) {
  return <span class={`tag scenario-state scenario-${state}`}>{t(`whatif.state_${state}` as Word)}</span>;
}
