import type { BoardTotal } from "../../api/standards";

const STATES = ["compliant", "short", "unknown"] as const;

/** Communities by how they stand to a rule, as parts of a bar; the numbers stand beside it. */
export function StateBar({ total }: { total: BoardTotal }) {
  return (
    <span class="state-bar" aria-hidden="true">
      {STATES.map((state) => total[state] > 0 && <i key={state} class={`standing-${state}`} style={{ flexGrow: total[state] }} />)}
    </span>
  );
}
