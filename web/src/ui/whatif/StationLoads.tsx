import type { StationLoad, WhatIfAnswer } from "../../api/whatif";
import { t } from "../../i18n";
import { count } from "../../i18n/format";
import { showPoint } from "../../state/mapLink";
import { lang, view } from "../../state/store";
import { then } from "../../state/whatif";
import { stationName } from "../../state/whatifMap";
import { signed } from "./signed";

const NEAR_ZOOM = 15;

/** Households each station serves, and could, as they are and as they would be. */
export function StationLoads({ answer }: { answer: WhatIfAnswer }) {
  const rows = [...answer.stations].sort((a, b) => Math.abs(change(b)) - Math.abs(change(a)) || (a.code < b.code ? -1 : 1));
  return (
    <section class="block">
      <h3>{t("whatif.stations")}</h3>
      <ul class="loads">
        {rows.map((row) => <Load key={row.code} row={row} />)}
      </ul>
    </section>
  );
}

function change({ load_before: before, load_after: after }: StationLoad): number {
  return (after ?? 0) - (before ?? 0);
}

function Load({ row }: { row: StationLoad }) {
  const { code, load_after: after, capacity_after: capacity } = row;
  const station = then.value.find((each) => each.code === code);
  const mark = station?.mark ?? (after === null ? "closed" : "same");
  const n = (value: number | null): string => (value === null ? t("whatif.any") : count(value, lang.value));
  const full = after !== null && capacity !== null && after >= capacity;
  const part = after === null || capacity === null || capacity === 0 ? 0 : Math.min(1, after / capacity);
  return (
    <li>
      <button type="button" class="load" title={t("whatif.show")} onClick={() => showPoint([row.lon, row.lat], Math.max(NEAR_ZOOM, view.value?.zoom ?? 0))}>
        <span class="row-name">
          {stationName({ code, name: row.name ?? station?.name ?? "" })}
          {mark !== "same" && mark !== "planned" && <span class={`tag then-tag then-tag-${mark}`}>{t(`whatif.mark_${mark}`)}</span>}
        </span>
        <span class="load-value">{after === null ? "—" : `${count(after, lang.value)} / ${n(capacity)}`}</span>
        <span class="load-change">{change(row) === 0 ? "" : signed(change(row))}</span>
        <span class={full ? "meter meter-full" : "meter"} aria-hidden="true"><i style={{ width: `${part * 100}%` }} /></span>
      </button>
    </li>
  );
}
