import { t } from "../../i18n";
import { mayPost, peopleDialog, peopleRows, pickAll, pickedGrids } from "../../state/people";
import { Icon } from "../Icon";

/** What can be done with the grids that are picked together. */
export function Picked() {
  const picked = pickedGrids.value;
  if (!mayPost.value || picked.size === 0) return null;
  return (
    <div class="people-picked" role="group" aria-label={t("people.picked", { n: picked.size })}>
      <b role="status">{t("people.picked", { n: picked.size })}</b>
      <p class="button-row">
        <button type="button" class="button button-accent button-small" onClick={() => (peopleDialog.value = { kind: "assign", grids: [...picked].sort() })}><Icon name="userPlus" />{t("people.give")}</button>
        <button type="button" class="button button-small" onClick={() => pickAll(peopleRows.value.map(({ code }) => code))}>{t("people.pick_listed")}</button>
        <button type="button" class="button button-quiet button-small" onClick={() => (pickedGrids.value = new Set())}>{t("people.pick_none")}</button>
      </p>
    </div>
  );
}
