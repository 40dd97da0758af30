import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { t, type Word } from "../../i18n";
import { count } from "../../i18n/format";
import { polsbyPopper } from "../../geo/partition";
import { chosen, dialog, editable, hoverPart, live, partName, partRows, plan, type PartRow } from "../../state/plan";
import { newPart, takePart } from "../../state/planActions";
import { showPart } from "../../state/planMap";
import { lang, large } from "../../state/store";
import { Icon } from "../Icon";
import { VirtualList } from "../VirtualList";
import { BandBar, scaleOf } from "./BandBar";

type Filter = "all" | "below" | "above" | "torn" | "no_lead";

const KEEP: Record<Filter, (row: PartRow) => boolean> = {
  all: () => true,
  below: (row) => row.verdict === "below",
  above: (row) => row.verdict === "above",
  torn: (row) => row.figures.pieces > 1,
  no_lead: (row) => row.part.lead === null && row.part.origin === null && !row.above && plan.value?.part_level === "grid",
};

/** A bar per part against the band. */
export function PartsTab() {
  const filter = useSignal<Filter>("all");
  const kept = useRef<readonly number[]>([]);
  const rows = partRows.value;
  // While a stroke is drawn the list stays as it is: what is being filled up must not run away.
  const wanted = live.value === null ? rows.filter(KEEP[filter.value]) : rows.filter((row) => kept.current.includes(row.no));
  kept.current = wanted.map((row) => row.no);
  const most = rows.reduce((max, row) => Math.max(max, row.households), 0);
  const scale = scaleOf(plan.value!.band, most);
  return (
    <>
      {editable.value && (
        <p class="button-row plan-actions">
          <button type="button" class="button" onClick={newPart}><Icon name="plusCircle" />{t(plan.value!.part_level === "community" ? "plan.new_community" : "plan.new_grid")}</button>
          <button type="button" class="button" onClick={() => (dialog.value = { kind: "suggest" })}><Icon name="wand" />{t("suggest.open")}</button>
        </p>
      )}
      {rows.length === 0 ? (
        <p class="empty-line">{t(editable.value ? "plan.parts_none" : "plan.parts_none_read")}</p>
      ) : (
        <Filters filter={filter.value} rows={rows} choose={(next) => (filter.value = next)} />
      )}
      <VirtualList items={wanted} rowHeight={large.value ? 60 : 48} label={t("plan.tab_parts")} keyOf={(row) => String(row.no)}>
        {(row) => <Row row={row} scale={scale} digit={filter.value === "all" ? rows.indexOf(row) + 1 : 0} />}
      </VirtualList>
    </>
  );
}

function Filters({ filter, rows, choose }: { filter: Filter; rows: readonly PartRow[]; choose: (next: Filter) => void }) {
  const counts = (Object.keys(KEEP) as Filter[]).map((name) => [name, rows.filter(KEEP[name]).length] as const);
  return (
    <div class="part-filters" role="group" aria-label={t("plan.filter")}>
      {counts.filter(([name, n]) => n > 0 || name === filter || name === "all").map(([name, n]) => (
        <button key={name} type="button" class="chip chip-small" aria-pressed={filter === name} onClick={() => choose(name)}>
          {t(`plan.filter_${name}` as Word)}<small>{count(n, lang.value)}</small>
        </button>
      ))}
    </div>
  );
}

function Row({ row, scale, digit }: { row: PartRow; scale: number; digit: number }) {
  const { no, part, figures, households, verdict, depth } = row;
  const compact = polsbyPopper(figures);
  const warn = figures.pieces > 1 ? t("plan.pieces", { n: figures.pieces }) : verdict === "below" || verdict === "above" || verdict === "whole_estate" ? t(`plan.${verdict}`) : "";
  return (
    <button
      type="button"
      class={`row part-row${hoverPart.value === no ? " lit" : ""}`}
      aria-pressed={chosen.value === no}
      onMouseEnter={() => (hoverPart.value = no)}
      onMouseLeave={() => (hoverPart.value = null)}
      onClick={() => takePart(no)}
      onDblClick={() => showPart(no)}
      title={compact === null ? undefined : t("plan.compact", { x: compact.toFixed(2) })}
    >
      <span class={depth > 0 ? `row-name depth-${Math.min(depth, 2)}` : "row-name"}>
        {digit > 0 && digit < 10 && <kbd>{digit}</kbd>}
        {partName(no)}
        {part.locked && <Icon name="lock" class="part-mark" />}
      </span>
      <span class="row-value">
        {warn !== "" && <span class={`part-warn part-${figures.pieces > 1 ? "torn" : verdict}`}>{warn}</span>}
        {count(households, lang.value)}
      </span>
      <BandBar households={households} band={plan.value!.band} verdict={verdict} scale={scale} />
    </button>
  );
}
