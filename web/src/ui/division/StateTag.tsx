import { tCode } from "../../i18n";

/** The state of a plan, by word and colour. */
export function StateTag({ state }: { state: string }) {
  return <span class={`tag plan-state plan-state-${state}`}>{tCode("planState", state)}</span>;
}
