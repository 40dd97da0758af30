import { useSignal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Icon } from "./Icon";
import type { IconName } from "./icons";

const TYPING = /^(INPUT|SELECT|TEXTAREA)$/;
const NOT_TYPED = /^(checkbox|radio|range)$/;

/**
 * Keys of the tools on the map, unless somebody types or a dialog is open.
 *
 * `act` says whether it had use for a key; `byHand` is true while the pointer, not the keyboard, draws.
 * Returned is whether the keyboard draws: then the middle of the map is the place.
 */
export function useMapKeys(act: (event: KeyboardEvent, at: HTMLElement, byHand: boolean) => boolean, leave: () => void): ReadonlySignal<boolean> {
  const byKeys = useSignal(false);
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      const at = event.target as HTMLElement;
      if (document.querySelector(".dialog") !== null || event.defaultPrevented) return;
      if (TYPING.test(at.tagName) && !NOT_TYPED.test((at as HTMLInputElement).type)) return;
      const byHand = !byKeys.value;
      if (at.classList.contains("map")) byKeys.value = true;
      if (!act(event, at, byHand)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    const moved = (): void => {
      byKeys.value = false;
    };
    document.addEventListener("keydown", down, true);
    document.addEventListener("pointermove", moved);
    return () => {
      document.removeEventListener("keydown", down, true);
      document.removeEventListener("pointermove", moved);
      leave();
    };
  }, [byKeys]);
  return byKeys;
}

/** The middle of the map, where the keyboard places things, and what to do with the tool in hand. */
export function ToolHelp({ middle, said }: { middle: boolean; said: string | null }) {
  return (
    <>
      {middle && <div class="map-middle" aria-hidden="true" />}
      <div class="said whatif-said" role="status" aria-live="polite">{said !== null && <p class="said-box">{said}</p>}</div>
    </>
  );
}

export function ToolButton({ icon, label, letter, pressed, onClick }: { icon: IconName; label: string; letter: string; pressed: boolean; onClick: () => void }) {
  return (
    <button type="button" class="tool-button" title={`${label} (${letter})`} aria-label={label} aria-keyshortcuts={letter} aria-pressed={pressed} onClick={onClick}>
      <Icon name={icon} />
      <span class="tool-name">{label}</span>
      <kbd>{letter}</kbd>
    </button>
  );
}
