import { useSignal } from "@preact/signals";
import type { AreaClasses, WhatIfAnswer } from "../../api/whatif";
import { t } from "../../i18n";
import { large } from "../../state/store";
import { gained } from "../../state/whatifMap";
import { AreaButton, AreaKinds } from "../AreaButton";
import { VirtualList } from "../VirtualList";
import { signed } from "./signed";

/** Grids or communities by how many households gain or lose a place. */
export function AreaDifferences({ answer }: { answer: WhatIfAnswer }) {
  const chosen = useSignal<"grid" | "community">(answer.grids.length > 0 ? "grid" : "community");
  const kind = chosen.value;
  const rows = byDifference(kind === "grid" ? answer.grids : answer.communities);
  const most = rows.reduce((max, row) => Math.max(max, Math.abs(gained(row))), 1);
  return (
    <section class="block whatif-areas">
      <div class="block-head">
        <h3>{t("whatif.areas")}</h3>
        {answer.grids.length > 0 && (
          <AreaKinds label={t("whatif.areas")} kind={kind} choose={(each) => (chosen.value = each)} words={{ grid: t("coverage.list_grids"), community: t("coverage.list_communities") }} />
        )}
      </div>
      {rows.length === 0 && <p class="caption">{t("whatif.areas_none")}</p>}
      <VirtualList items={rows} rowHeight={large.value ? 56 : 44} label={t("whatif.areas")} keyOf={(row) => row.code}>
        {(row) => <Area row={row} kind={kind} most={most} />}
      </VirtualList>
    </section>
  );
}

/** Those that change, the largest change first. */
export function byDifference(rows: readonly AreaClasses[]): AreaClasses[] {
  const size = ({ served, over_capacity: over, out_of_reach: out }: AreaClasses): number =>
    Math.max(...[served, over, out].map(({ before, after }) => Math.abs(after - before)));
  return rows
    .filter((row) => size(row) > 0)
    .sort((a, b) => Math.abs(gained(b)) - Math.abs(gained(a)) || size(b) - size(a) || (a.code < b.code ? -1 : 1));
}

function Area({ row, kind, most }: { row: AreaClasses; kind: "grid" | "community"; most: number }) {
  const change = gained(row);
  const { over_capacity: over, out_of_reach: out } = row;
  return (
    <AreaButton kind={kind} code={row.code}>
      <span class="row-name">{row.name ?? row.code}</span>
      <span class={`row-value ${change < 0 ? "change-worse" : "change-better"}`}>{signed(change)}</span>
      <span class="row-detail">{t("whatif.area_detail", { over: signed(over.after - over.before), out: signed(out.after - out.before) })}</span>
      <i class={`row-bar ${change < 0 ? "bar-loss" : "bar-gain"}`} style={{ width: `${(Math.abs(change) / most) * 100}%` }} />
    </AreaButton>
  );
}
