import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

interface VirtualListProps<T> {
  items: readonly T[];
  rowHeight: number;
  label: string;
  keyOf: (item: T) => string;
  children: (item: T, index: number) => ComponentChildren;
}

/** Rows beyond the view, so that a quick scroll shows no empty place. */
const SPARE = 6;
/** The first rows are there before the list is scrolled into view. */
const LEAST = 12;

/** A long list inside the panel's own scroll: only the rows that can be seen are in the page. */
export function VirtualList<T>({ items, rowHeight, label, keyOf, children }: VirtualListProps<T>) {
  const list = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState<[number, number]>([0, LEAST]);

  useLayoutEffect(() => {
    const element = list.current;
    const scroller = element?.closest<HTMLElement>("[data-scroll]");
    if (!element || !scroller) return;
    const measure = (): void => {
      const top = scroller.getBoundingClientRect().top - element.getBoundingClientRect().top;
      const first = Math.max(0, Math.floor(top / rowHeight) - SPARE);
      const last = Math.max(LEAST, Math.ceil((top + scroller.clientHeight) / rowHeight) + SPARE);
      setRange((before) => (before[0] === first && before[1] === last ? before : [first, Math.max(first, last)]));
    };
    measure();
    scroller.addEventListener("scroll", measure, { passive: true });
    const resized = new ResizeObserver(measure);
    resized.observe(scroller);
    return () => {
      scroller.removeEventListener("scroll", measure);
      resized.disconnect();
    };
  }, [rowHeight, items.length]);

  const [first, last] = range;
  return (
    <div ref={list} class="virtual" role="list" aria-label={label} style={{ height: `${items.length * rowHeight}px` }}>
      {items.slice(first, last).map((item, i) => (
        <div
          key={keyOf(item)}
          role="listitem"
          aria-setsize={items.length}
          aria-posinset={first + i + 1}
          class="virtual-row"
          style={{ top: `${(first + i) * rowHeight}px`, height: `${rowHeight}px` }}
        >
          {children(item, first + i)}
        </div>
      ))}
    </div>
  );
}
