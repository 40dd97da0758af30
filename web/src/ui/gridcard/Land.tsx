import type { GridCard, Side } from "../../api/gridCard";
import { t, tCode } from "../../i18n";
import { count, decimal, distance } from "../../i18n/format";
import { lang } from "../../state/store";

const SIDES: readonly Side[] = ["north", "east", "south", "west"];

/** Area, the street along each side, and what stands on the land. */
export function Land({ land }: { land: GridCard["land"] }) {
  const { area_m2, perimeter_m, bounds, buildings } = land;
  return (
    <table class="five-table five-land">
      <caption class="unseen">{t("five.land_table")}</caption>
      <tbody>
        <tr><th scope="row">{t("five.area")}</th><td>{decimal(area_m2 / 1e6, area_m2 < 1e6 ? 3 : 2, lang.value)}{"\u2009km²"}</td></tr>
        <tr><th scope="row">{t("five.perimeter")}</th><td>{distance(perimeter_m, lang.value)}</td></tr>
        {SIDES.map((side) => (
          <tr key={side}><th scope="row">{t(`five.${side}`)}</th><td>{bounds[side] ?? <span class="muted">{t("five.no_street")}</span>}</td></tr>
        ))}
        <tr class="five-part"><th scope="row">{t("five.buildings")}</th><td>{count(buildings.number, lang.value)}</td></tr>
        {buildings.by.map(({ kind, number }) => (
          <tr key={kind} class="five-of"><th scope="row">{tCode("kinds", kind)}</th><td>{count(number, lang.value)}</td></tr>
        ))}
        <Places title={t("five.estates")} places={land.estates} />
        <Places title={t("five.villager_groups")} places={land.villager_groups} />
      </tbody>
    </table>
  );
}

function Places({ title, places }: { title: string; places: GridCard["land"]["estates"] }) {
  const names = places.map(({ name, code }) => name ?? code).join(lang.value === "zh" ? "、" : ", ");
  return (
    <tr class="five-part">
      <th scope="row">{title}</th>
      <td>{places.length === 0 ? <span class="muted">{t("five.none_kept")}</span> : <>{count(places.length, lang.value)}<small>{names}</small></>}</td>
    </tr>
  );
}
