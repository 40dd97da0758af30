import { useSignal } from "@preact/signals";
import type { CommunityRow, GridRow } from "../api/types";
import { byBeyond, reachOf, share } from "../geo/reach";
import { inBrackets, t } from "../i18n";
import { count, percent } from "../i18n/format";
import { counted, lang, large, overview, shown } from "../state/store";
import { runPlaces } from "../state/runFigures";
import { AreaButton, AreaKinds } from "./AreaButton";
import { unit } from "./Figures";
import { VirtualList } from "./VirtualList";

type ListRow = GridRow | CommunityRow;

/** What a list is ordered by: out of reach, or in reach of stations that are full. */
type Measure = "beyond" | "over";

/** Grids or communities, the worst first. Pointing at a row lights its shape. */
export function ReachList() {
  const chosen = useSignal<"grid" | "community" | null>(null);
  const by = useSignal<Measure>("beyond");
  const run = shown.value?.run;
  if (run === undefined) return null;
  const kind = chosen.value ?? (run.grids.length > 0 ? "grid" : "community");
  const over = overCapacity(kind);
  const measure = over === null ? "beyond" : by.value;
  const all: ListRow[] = kind === "grid" ? run.grids : run.communities;
  const value = (row: ListRow): number => (measure === "over" ? (over?.get(row.code) ?? 0) : reachOf(row, counted.value).beyond);
  const rows = measure === "over" ? all.filter((row) => value(row) > 0).sort((a, b) => value(b) - value(a) || (a.code < b.code ? -1 : 1)) : byBeyond(all, counted.value);
  const most = rows.reduce((max, row) => Math.max(max, value(row)), 0);
  const rowHeight = large.value ? 56 : 44;
  return (
    <section class="block reach-list">
      <div class="block-head">
        <h3>{t(measure === "over" ? "coverage.list_over" : "coverage.list")}<small>{inBrackets(unit())}</small></h3>
        {run.grids.length > 0 && (
          <AreaKinds label={t("coverage.list")} kind={kind} choose={(each) => (chosen.value = each)} words={{ grid: t("coverage.list_grids"), community: t("coverage.list_communities") }} />
        )}
      </div>
      {over !== null && (
        <div class="segments segments-small list-measure" role="group" aria-label={t("coverage.measure")}>
          {(["beyond", "over"] as const).map((each) => (
            <button key={each} type="button" aria-pressed={measure === each} onClick={() => (by.value = each)}>{t(`coverage.measure_${each}`)}</button>
          ))}
        </div>
      )}
      {rows.length === 0 && <p class="caption">{t("coverage.list_empty")}</p>}
      <VirtualList items={rows} rowHeight={rowHeight} label={t("coverage.list")} keyOf={(row) => row.code}>
        {(row) => <Row row={row} kind={kind} value={value(row)} most={most} measure={measure} />}
      </VirtualList>
      {kind === "grid" && measure === "beyond" && run.ungridded !== null && <Ungridded />}
    </section>
  );
}

/** Households of each area without a place, once any station is known to be full. */
function overCapacity(kind: "grid" | "community"): ReadonlyMap<string, number> | null {
  const places = runPlaces.value;
  if (places === null || places.totals.over_capacity === 0 || counted.value === "buildings") return null;
  return new Map((kind === "grid" ? places.grids : places.communities).map((row) => [row.code, row.over_capacity]));
}

interface RowProps {
  row: ListRow;
  kind: "grid" | "community";
  value: number;
  most: number;
  measure: Measure;
}

function Row({ row, kind, value, most, measure }: RowProps) {
  const reach = reachOf(row, counted.value);
  return (
    <AreaButton kind={kind} code={row.code}>
      <span class="row-name">{row.name || row.code}</span>
      <span class="row-value">{count(value, lang.value)}</span>
      <span class="row-detail">{rowDetail(row)}</span>
      <span class="row-share">{percent(share(value, reach.total))}</span>
      <i class={measure === "over" ? "row-bar bar-over" : "row-bar"} style={{ width: `${most > 0 ? (value / most) * 100 : 0}%` }} />
    </AreaButton>
  );
}

function rowDetail(row: ListRow): string {
  const total = `${count(reachOf(row, counted.value).total, lang.value)} ${unit()}`;
  if (!("community" in row)) return total;
  const community = overview.value?.divisions.find((d) => d.code === row.community)?.name;
  return community === undefined || row.name?.includes(community) === true ? total : `${community} · ${total}`;
}

function Ungridded() {
  const row = shown.value?.run.ungridded;
  if (!row) return null;
  const reach = reachOf(row, counted.value);
  if (reach.total === 0) return null;
  return (
    <div class="row row-rest">
      <span class="row-name">{t("coverage.ungridded")}</span>
      <span class="row-value">{count(reach.beyond, lang.value)}</span>
      <span class="row-detail">{`${count(reach.total, lang.value)} ${unit()}`}</span>
      <span class="row-share">{percent(share(reach.beyond, reach.total))}</span>
    </div>
  );
}
