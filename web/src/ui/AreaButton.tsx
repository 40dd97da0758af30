import type { ComponentChildren } from "preact";
import { select } from "../state/desk";
import { reveal } from "../state/mapLink";
import { hover, selection } from "../state/store";

/** A row of a list of grids or communities: pointing at it lights its shape, choosing it opens its card. */
export function AreaButton({ kind, code, children }: { kind: "grid" | "community"; code: string; children: ComponentChildren }) {
  const at = { kind, code } as const;
  return (
    <button
      type="button"
      class={`row ${hover.value?.code === code ? "lit" : ""}`}
      aria-pressed={selection.value?.code === code}
      onMouseEnter={() => (hover.value = at)}
      onMouseLeave={() => (hover.value = null)}
      onFocus={() => (hover.value = at)}
      onBlur={() => (hover.value = null)}
      onClick={() => {
        select(at);
        reveal(code);
      }}
    >
      {children}
    </button>
  );
}

/** Whether a list shows grids or communities. */
export function AreaKinds({ label, kind, choose, words }: { label: string; kind: "grid" | "community"; choose: (kind: "grid" | "community") => void; words: Record<"grid" | "community", string> }) {
  return (
    <div class="segments segments-small" role="group" aria-label={label}>
      {(["grid", "community"] as const).map((each) => (
        <button key={each} type="button" aria-pressed={kind === each} onClick={() => choose(each)}>{words[each]}</button>
      ))}
    </div>
  );
}
