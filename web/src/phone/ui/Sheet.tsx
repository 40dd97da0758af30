import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { say } from "../words";
import { Icon } from "./icons";
import { back, shut } from "./open";

/** How far down sheets were read, by title, until the map is shown again. */
const tops = new Map<string, number>();

interface SheetProps {
  title: string;
  /** One level up in the same sheet. */
  up?: () => void;
  children: ComponentChildren;
}

/** What one button opens, over the map; the phone's own "back" closes it, see `open.ts`. */
export function Sheet({ title, up, children }: SheetProps) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), [title]);
  useEffect(() => {
    const escape = (event: KeyboardEvent): void => { if (event.key === "Escape") back(); };
    window.addEventListener("keydown", escape);
    return () => window.removeEventListener("keydown", escape);
  }, []);
  const body = useRef<HTMLDivElement>(null);
  // Coming back to a list one is where one left it.
  useLayoutEffect(() => {
    const element = body.current!;
    element.scrollTop = tops.get(title) ?? 0;
    const note = (): void => void tops.set(title, element.scrollTop);
    element.addEventListener("scroll", note);
    return () => element.removeEventListener("scroll", note);
  }, [title]);
  return (
    <section class="sheet" role="dialog" aria-label={title}>
      <header class="sheet-head">
        {up && <button type="button" class="round" aria-label={say("back")} onClick={up}><Icon name="chevronLeft" /></button>}
        <h2 tabIndex={-1} ref={head}>{title}</h2>
        <button type="button" class="round" aria-label={say("close")} onClick={() => { tops.clear(); shut(); }}><Icon name="x" /></button>
      </header>
      <div class="sheet-body" ref={body}>{children}</div>
    </section>
  );
}
