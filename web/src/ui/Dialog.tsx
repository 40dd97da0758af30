import type { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { IconButton } from "./Icon";

const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex='0']";
/** Open traps, the uppermost last: only that one holds the focus and hears Escape. */
const traps: HTMLElement[] = [];

function within(root: HTMLElement): HTMLElement[] {
  return Array.from(root.querySelectorAll<HTMLElement>(FOCUSABLE)).filter((each) => each.offsetParent !== null);
}

/**
 * Keep the focus inside an element while it is there and give it back afterwards. The first focus goes to
 * `[data-focus]`, else to the element itself.
 */
export function useFocusTrap(root: RefObject<HTMLElement | null>, escape?: () => void): void {
  const leave = useRef(escape);
  leave.current = escape;
  // At once: a key pressed before the next picture already belongs to the window.
  useLayoutEffect(() => {
    const element = root.current;
    if (element === null) return;
    const before = document.activeElement as HTMLElement | null;
    traps.push(element);
    const mine = (): boolean => traps[traps.length - 1] === element;
    if (!element.contains(document.activeElement)) {
      (element.querySelector<HTMLElement>("[data-focus]") ?? element).focus();
    }
    const keys = (event: KeyboardEvent): void => {
      if (!mine()) return;
      if (event.key === "Escape" && leave.current !== undefined) {
        event.stopPropagation();
        leave.current();
      } else if (event.key === "Tab") {
        const stops = within(element);
        const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
        const outside = !element.contains(document.activeElement);
        if (stops.length === 0) event.preventDefault();
        else if (outside || document.activeElement === edge || document.activeElement === element) {
          event.preventDefault();
          (event.shiftKey ? stops[stops.length - 1] : stops[0])!.focus();
        }
      }
    };
    const wandered = (event: FocusEvent): void => {
      if (mine() && !element.contains(event.target as Node)) (within(element)[0] ?? element).focus();
    };
    // On the way down: whatever lies below, like the card that Escape closes, does not hear of it.
    document.addEventListener("keydown", keys, true);
    document.addEventListener("focusin", wandered);
    return () => {
      document.removeEventListener("keydown", keys, true);
      document.removeEventListener("focusin", wandered);
      traps.splice(traps.indexOf(element), 1);
      if (before !== null && document.contains(before)) before.focus();
    };
  }, [root]);
}

interface DialogProps {
  title: string;
  close: () => void;
  /** Size of the window; "wide" has room for two columns. */
  size?: "small" | "middle" | "wide";
  /** What stands below the scrolled body. */
  foot?: ComponentChildren;
  children: ComponentChildren;
}

let counter = 0;

/** A window over the page: Escape or the cross closes it and the focus goes back where it was. */
export function Dialog({ title, close, size = "middle", foot, children }: DialogProps) {
  const root = useRef<HTMLDivElement>(null);
  const id = useRef(`dialog-${(counter += 1)}`).current;
  useFocusTrap(root, close);
  return (
    <div class="veil" onMouseDown={(event) => event.target === event.currentTarget && event.preventDefault()}>
      <div ref={root} class={`dialog dialog-${size}`} role="dialog" aria-modal="true" aria-labelledby={id} tabIndex={-1}>
        <div class="dialog-head">
          <h2 id={id}>{title}</h2>
          <IconButton icon="x" label={t("dialog.close")} onClick={close} />
        </div>
        <div class="dialog-body" data-scroll>{children}</div>
        {foot !== undefined && <div class="dialog-foot">{foot}</div>}
      </div>
    </div>
  );
}
