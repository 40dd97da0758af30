import type { PeopleGrid } from "../../api/people";
import { t } from "../../i18n";
import { count } from "../../i18n/format";
import { mayPost, peopleRows, pickedGrids, togglePicked } from "../../state/people";
import { firstOf } from "../../state/peopleRows";
import { lang, large } from "../../state/store";
import { AreaButton } from "../AreaButton";
import { Icon } from "../Icon";
import { VirtualList } from "../VirtualList";
import { postWord } from "./words";

/** A row per grid: how it stands, its name, who answers; a box to give several to one person. */
export function PeopleList() {
  return (
    <VirtualList items={peopleRows.value} rowHeight={large.value ? 64 : 52} label={t("people.list")} keyOf={({ code }) => code}>
      {(grid) => <Row grid={grid} />}
    </VirtualList>
  );
}

function Row({ grid }: { grid: PeopleGrid }) {
  const first = firstOf(grid);
  const name = grid.name ?? grid.code;
  return (
    <div class={`people-row${mayPost.value ? "" : " people-row-read"}`}>
      {mayPost.value && (
        <label class="check people-check" title={t("people.pick", { name })}>
          <input type="checkbox" aria-label={t("people.pick", { name })} checked={pickedGrids.value.has(grid.code)} onChange={() => togglePicked(grid.code)} />
          <span class="check-box" aria-hidden="true"><Icon name="check" /></span>
        </label>
      )}
      <AreaButton kind="grid" code={grid.code}>
        <span class="row-name"><i class={`swatch stands-${grid.state}`} />{name}</span>
        <span class="row-value">{grid.households === null ? "—" : t("people.households", { n: count(grid.households, lang.value) })}</span>
        <span class="row-detail">{grid.state === "nobody" ? <b class="bad">{t("people.nobody")}</b> : first !== null && <>{first.name} · {postWord(first.post)}{first.holder !== null && <em class="people-standin">{t("people.stands_in")}</em>}</>}</span>
        <span class="row-share">{grid.state === "ends_soon" ? t("people.ends_soon") : grid.people.length > 1 ? `+${grid.people.length - 1}` : ""}</span>
      </AreaButton>
    </div>
  );
}
