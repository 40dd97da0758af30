import { useEffect, useRef } from "preact/hooks";
import type { Change } from "../../api/whatif";
import type { LonLat } from "../../api/types";
import { lengthM } from "../../geo/walk";
import { t } from "../../i18n";
import { distance } from "../../i18n/format";
import { showPoint } from "../../state/mapLink";
import { lang, view } from "../../state/store";
import { canUndo, clearDraft, draft, editing, take, then, undo } from "../../state/whatif";
import { stationName } from "../../state/whatifMap";
import { removeChange, resizeStation, type ThenStation } from "../../state/whatifDraft";
import { Icon, IconButton } from "../Icon";
import type { IconName } from "../icons";

export const CHANGE_ICONS: Record<Change["op"], IconName> = {
  put: "mapPinPlus", move: "move", close: "mapPinOff", open: "mapPinPlus", capacity: "gauge", path: "route", gate: "doorOpen",
};
const NEAR_ZOOM = 16;

/** What would change, one line each. */
export function ChangeList() {
  const { changes } = draft.value;
  let puts = 0;
  return (
    <section class="block change-list" aria-label={t("whatif.changes")}>
      <div class="block-head">
        <h3>{t("whatif.changes")}</h3>
        <span>
          <button type="button" class="button button-quiet button-small" disabled={!canUndo.value} onClick={undo} aria-keyshortcuts="Control+Z"><Icon name="undo" />{t("whatif.undo")}</button>
          {changes.length > 0 && <button type="button" class="button button-quiet button-small" onClick={clearDraft}>{t("whatif.clear")}</button>}
        </span>
      </div>
      {changes.length === 0 && <p class="caption">{t("whatif.changes_none")}</p>}
      <ul>
        {changes.map((change, i) => {
          if (change.op === "put") puts += 1;
          const code = change.op === "put" ? `new:${puts}` : change.station;
          return <Item key={`${change.op} ${code ?? i}`} change={change} index={i} station={then.value.find((each) => each.code === code)} />;
        })}
      </ul>
    </section>
  );
}

function Item({ change, index, station }: { change: Change; index: number; station: ThenStation | undefined }) {
  const name = textOf(change, station);
  const at = placeOf(change, station);
  return (
    <li class="change">
      <Icon name={CHANGE_ICONS[change.op]} />
      {at === null ? <span class="change-name">{name}</span> : (
        <button type="button" class="change-name" title={t("whatif.show")} onClick={() => showPoint(at, Math.max(NEAR_ZOOM, view.value?.zoom ?? 0))}>{name}</button>
      )}
      {(change.op === "put" || change.op === "capacity") && station !== undefined && <Capacity station={station} />}
      <IconButton icon="x" label={t("whatif.remove", { name })} onClick={() => take(removeChange(draft.value, index))} />
    </li>
  );
}

function textOf({ op, line, station: code }: Change, station: ThenStation | undefined): string {
  const name = station === undefined ? (code ?? "") : stationName(station);
  if (op === "path") return t("whatif.change_path", { m: distance(lengthM((line ?? []) as LonLat[]), lang.value) });
  return t(`whatif.change_${op}`, { name });
}

function placeOf({ op, lon, lat, line }: Change, station: ThenStation | undefined): LonLat | null {
  if (op === "path") return ((line ?? [])[0] as LonLat | undefined) ?? null;
  if (lon != null && lat != null) return [lon, lat];
  return station?.at ?? null;
}

/** Households a station could serve; empty is any number. */
function Capacity({ station }: { station: ThenStation }) {
  const input = useRef<HTMLInputElement>(null);
  const { code, capacity } = station;
  const wanted = editing.value === code;
  useEffect(() => {
    if (!wanted) return;
    editing.value = null;
    input.current?.focus();
    input.current?.select();
  }, [wanted]);
  return (
    <input
      ref={input}
      class="change-capacity"
      type="number"
      min="0"
      max="1000000"
      step="50"
      inputMode="numeric"
      aria-label={t("whatif.capacity_of", { name: stationName(station) })}
      placeholder={t("whatif.any")}
      value={capacity ?? ""}
      onInput={(event) => {
        const text = event.currentTarget.value;
        const value = Math.floor(Number(text));
        if (text !== "" && !(value >= 0 && value <= 1_000_000)) return;
        take(resizeStation(draft.value, code, text === "" ? null : value), `capacity ${code}`);
      }}
    />
  );
}
