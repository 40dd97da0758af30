import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { say } from "../words";
import { Icon } from "./icons";

interface SheetProps {
  title: string;
  close: () => void;
  back?: () => void;
  children: ComponentChildren;
}

/** What one button opens, over the map; the phone's own "back" closes it. */
export function Sheet({ title, close, back, children }: SheetProps) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), [title]);
  const closing = useRef(close);
  closing.current = back ?? close;
  useEffect(() => {
    const escape = (event: KeyboardEvent): void => { if (event.key === "Escape") closing.current(); };
    window.addEventListener("keydown", escape);
    return () => window.removeEventListener("keydown", escape);
  }, []);
  return (
    <section class="sheet" role="dialog" aria-label={title}>
      <header class="sheet-head">
        {back && <button type="button" class="round" aria-label={say("back")} onClick={back}><Icon name="chevronLeft" /></button>}
        <h2 tabIndex={-1} ref={head}>{title}</h2>
        <button type="button" class="round" aria-label={say("close")} onClick={close}><Icon name="x" /></button>
      </header>
      <div class="sheet-body">{children}</div>
    </section>
  );
}
