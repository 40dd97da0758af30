import { useSignal } from "@preact/signals";
import type { CommunityRow, GridRow } from "../api/types";
import { byBeyond, reachOf, share } from "../geo/reach";
import { inBrackets, t } from "../i18n";
import { count, percent } from "../i18n/format";
import { select } from "../state/desk";
import { reveal } from "../state/mapLink";
import { counted, hover, lang, large, overview, selection, shown } from "../state/store";
import { unit } from "./Figures";
import { VirtualList } from "./VirtualList";

type ListRow = GridRow | CommunityRow;

/** Grids or communities, most out of reach first. Pointing at a row lights its shape. */
export function ReachList() {
  const chosen = useSignal<"grid" | "community" | null>(null);
  const run = shown.value?.run;
  if (run === undefined) return null;
  const kind = chosen.value ?? (run.grids.length > 0 ? "grid" : "community");
  const rows: ListRow[] = kind === "grid" ? byBeyond(run.grids, counted.value) : byBeyond(run.communities, counted.value);
  const most = rows.reduce((max, row) => Math.max(max, reachOf(row, counted.value).beyond), 0);
  const rowHeight = large.value ? 56 : 44;
  return (
    <section class="block reach-list">
      <div class="block-head">
        <h3>{t("coverage.list")}<small>{inBrackets(unit())}</small></h3>
        {run.grids.length > 0 && (
          <div class="segments segments-small" role="group" aria-label={t("coverage.list")}>
            {(["grid", "community"] as const).map((each) => (
              <button key={each} type="button" aria-pressed={kind === each} onClick={() => (chosen.value = each)}>
                {t(each === "grid" ? "coverage.list_grids" : "coverage.list_communities")}
              </button>
            ))}
          </div>
        )}
      </div>
      {rows.length === 0 && <p class="caption">{t("coverage.list_empty")}</p>}
      <VirtualList items={rows} rowHeight={rowHeight} label={t("coverage.list")} keyOf={(row) => row.code}>
        {(row) => <Row row={row} kind={kind} most={most} />}
      </VirtualList>
      {kind === "grid" && run.ungridded !== null && <Ungridded />}
    </section>
  );
}

function Row({ row, kind, most }: { row: ListRow; kind: "grid" | "community"; most: number }) {
  const reach = reachOf(row, counted.value);
  const lit = hover.value?.code === row.code;
  const chosen = selection.value?.code === row.code;
  const at = { kind, code: row.code } as const;
  return (
    <button
      type="button"
      class={`row ${lit ? "lit" : ""}`}
      aria-pressed={chosen}
      onMouseEnter={() => (hover.value = at)}
      onMouseLeave={() => (hover.value = null)}
      onFocus={() => (hover.value = at)}
      onBlur={() => (hover.value = null)}
      onClick={() => {
        select(at);
        reveal(row.code);
      }}
    >
      <span class="row-name">{row.name || row.code}</span>
      <span class="row-value">{count(reach.beyond, lang.value)}</span>
      <span class="row-detail">{rowDetail(row)}</span>
      <span class="row-share">{percent(share(reach.beyond, reach.total))}</span>
      <i class="row-bar" style={{ width: `${most > 0 ? (reach.beyond / most) * 100 : 0}%` }} />
    </button>
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
