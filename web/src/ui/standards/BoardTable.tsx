import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { BoardColumn, BoardRow } from "../../api/standards";
import { named, t, tCode } from "../../i18n";
import { hundredths } from "../../i18n/amount";
import { count } from "../../i18n/format";
import { select, step } from "../../state/desk";
import { zoomTo } from "../../state/mapLink";
import { BY_HOUSEHOLDS, BY_NAME, sortFrom, sortText } from "../../state/boardRows";
import { board, boardBusy, boardProblem, boardRows, boardSort, leading, orderBy, pressed } from "../../state/standards";
import { hover, lang, selection } from "../../state/store";
import { Icon } from "../Icon";
import { Reasoning, ruleSummary } from "./Reasoning";
import { StateBar } from "./StateBar";
import { VerdictCell } from "./VerdictCell";

/** Communities × rules: every heading orders, every row opens its reasons and shows its place. */
export function BoardTable() {
  const scroller = useRef<HTMLDivElement>(null);
  const { columns, groups } = board.value!;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    // The reasons keep to what can be seen, however wide the matrix is.
    const measure = (): void => element.style.setProperty("--seen", `${element.clientWidth}px`);
    measure();
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    return () => resized.disconnect();
  }, []);
  useEffect(() => {
    const close = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && selection.value !== null) select(null);
    };
    document.addEventListener("keydown", close);
    return () => document.removeEventListener("keydown", close);
  }, []);
  const dim = boardBusy.value || boardProblem.value !== null;
  return (
    <>
      <OrderPick columns={columns} />
      <div ref={scroller} class={dim ? "board-scroll dimmed" : "board-scroll"} tabIndex={-1} aria-busy={boardBusy.value}>
        <table class="board-table">
          <caption class="hidden">{t("board.matrix")}</caption>
          <thead>
            <tr>
              <Heading by={BY_NAME} label={t("board.community")} class="board-name" />
              <Heading by={BY_HOUSEHOLDS} label={t("board.households")} class="board-number" />
              {columns.map((column) => <RuleHeading key={column.column} column={column} />)}
            </tr>
          </thead>
          <tbody>
            {boardRows.value.map((row) => <Row key={row.code ?? row.name ?? ""} row={row} columns={columns} />)}
          </tbody>
          {groups.length > 1 && (
            <tfoot>
              {groups.map((group) => (
                <tr key={group.code ?? group.name ?? ""}>
                  <th scope="row" class="board-name">{group.name ?? group.code}</th>
                  <td class="board-number" />
                  {columns.map(({ column }) => {
                    const total = group.totals[column];
                    return <td key={column}>{total === undefined || total.judged === 0 ? "—" : `${total.compliant} / ${total.judged}`}</td>;
                  })}
                </tr>
              ))}
            </tfoot>
          )}
        </table>
      </div>
    </>
  );
}

function Heading({ by, label, class: extra }: { by: string; label: string; class: string }) {
  const { by: now, down } = boardSort.value;
  const on = now === by;
  return (
    <th scope="col" class={extra} aria-sort={on ? (down ? "descending" : "ascending") : undefined}>
      <button type="button" class="board-sort" onClick={() => step(() => orderBy(by))}>
        <span>{label}</span>
        <SortMark on={on} down={down} />
      </button>
    </th>
  );
}

function SortMark({ on, down }: { on: boolean; down: boolean }) {
  return <Icon name="chevronDown" class={`sort-mark${on ? " on" : ""}${on && !down ? " up" : ""}`} />;
}

function RuleHeading({ column }: { column: BoardColumn }) {
  const { by, down } = boardSort.value;
  const on = by === column.column;
  const { total } = column;
  const lead = leading.value?.column === column.column;
  const summary = column.rules.map((rule) => ruleSummary(rule)).filter(Boolean).join("\n");
  return (
    <th scope="col" class={lead ? "board-rule lead" : "board-rule"} aria-sort={on ? (down ? "descending" : "ascending") : undefined}>
      <button type="button" class="board-sort" title={summary || undefined} onClick={() => step(() => orderBy(column.column))}>
        <span>{named(column.label)}</span>
        <SortMark on={on} down={down} />
      </button>
      <span class="board-column-total">
        {total.judged === 0 ? t("board.nothing_judged") : `${total.compliant} / ${total.judged} · ${hundredths(total.share_percent)}`}
      </span>
      <StateBar total={total} />
    </th>
  );
}

function Row({ row, columns }: { row: BoardRow; columns: readonly BoardColumn[] }) {
  const { code } = row;
  const chosen = selection.value;
  const open = code !== null && chosen?.kind === "community" && chosen.code === code;
  const at = code === null ? null : ({ kind: "community", code } as const);
  const line = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    // Chosen on the map: bring its row into sight.
    if (open && line.current !== null) bringIntoSight(line.current);
  }, [open]);
  const flip = (column: string | null): void => {
    if (at === null) return;
    pressed.value = column;
    if (open && column === null) return select(null);
    select(at);
    zoomTo(at.code);
  };
  const lit = at !== null && hover.value?.code === at.code;
  const name = row.name ?? code ?? "—";
  const where = [row.parent_name, tCode("kinds", row.kind)].filter(Boolean).join(" · ");
  return (
    <>
      <tr
        ref={line}
        class={`board-row${lit ? " lit" : ""}${open ? " open" : ""}`}
        onMouseEnter={() => (hover.value = at)}
        onMouseLeave={() => (hover.value = null)}
        onClick={(event) => {
          const column = (event.target as HTMLElement).closest("td")?.dataset.column ?? null;
          flip(open && pressed.value === column ? null : column);
        }}
      >
        <th scope="row" class="board-name">
          <button
            type="button"
            class="board-open"
            aria-expanded={open}
            aria-label={t("board.open", { name })}
            onFocus={() => (hover.value = at)}
            onBlur={() => (hover.value = null)}
            onClick={(event) => {
              event.stopPropagation();
              flip(null);
            }}
          >
            <Icon name={open ? "chevronDown" : "chevronRight"} />
            <span class="board-community">{name}</span>
            <small title={where}>{where}</small>
          </button>
        </th>
        <td class="board-number" data-label={t("board.households")}>{row.households === null ? <span class="verdict verdict-unknown">{t("board.unknown")}</span> : count(row.households, lang.value)}</td>
        {columns.map(({ column, label }) => {
          const verdict = row.verdicts[column];
          return (
            <td key={column} data-column={column} data-label={named(label)} class={open && pressed.value === column ? "pressed" : undefined}>
              {verdict === undefined ? "—" : <VerdictCell verdict={verdict} />}
            </td>
          );
        })}
      </tr>
      {open && (
        <tr class="board-why">
          <td colSpan={columns.length + 2}><Reasoning row={row} /></td>
        </tr>
      )}
    </>
  );
}

/** Scroll the matrix, or on a small screen the room, and nothing else: the page itself stays where it is. */
function bringIntoSight(row: HTMLElement): void {
  const scroller = [".board-scroll", ".board"]
    .map((name) => row.closest<HTMLElement>(name))
    .find((each) => each !== null && each.scrollHeight > each.clientHeight + 1 && getComputedStyle(each).overflowY !== "visible");
  if (scroller === null || scroller === undefined) return;
  const box = scroller.getBoundingClientRect();
  const head = scroller.querySelector(".board-table thead, .board-head")?.getBoundingClientRect().height ?? 0;
  const { top, bottom } = row.getBoundingClientRect();
  // Below the row its reasons begin: some of them have to be seen.
  const least = box.bottom - Math.min(240, box.height / 2);
  if (top < box.top + head) scroller.scrollTop += top - box.top - head;
  else if (bottom > least) scroller.scrollTop += Math.min(bottom - least, top - box.top - head);
}

/** The order of the list where there are no headings. */
function OrderPick({ columns }: { columns: readonly BoardColumn[] }) {
  return (
    <label class="board-choice board-order">
      <span class="caption">{t("board.sort")}</span>
      <span class="filter">
        <select
          value={sortText(boardSort.value)}
          onChange={(event) => {
            const sort = sortFrom(event.currentTarget.value);
            if (sort !== null) step(() => (boardSort.value = sort));
          }}
        >
          <option value={BY_NAME}>{t("board.sort_code")}</option>
          <option value={`-${BY_HOUSEHOLDS}`}>{t("board.sort_most")}</option>
          {columns.map(({ column, label }) => [
            <option key={`-${column}`} value={`-${column}`}>{t("board.sort_worst", { name: named(label) })}</option>,
            <option key={column} value={column}>{t("board.sort_best", { name: named(label) })}</option>,
          ])}
        </select>
        <Icon name="chevronDown" />
      </span>
    </label>
  );
}
