import type { RunPlaces } from "../../api/types";
import { t } from "../../i18n";
import { count, percent } from "../../i18n/format";
import { runPlaces } from "../../state/runFigures";
import { counted, lang, shown } from "../../state/store";
import { Waiting } from "./Pictures";

const CLASSES = ["served", "over_capacity", "out_of_reach"] as const;

/** Who has a place: the three classes of households once stations are full. */
export function Places() {
  if (shown.value === null || counted.value === "buildings") return null;
  const places = runPlaces.value;
  return (
    <section class="block places">
      <h3>{t("places.title")}</h3>
      {places === null ? <Waiting /> : places.stations_with_capacity === 0 ? <p class="caption">{t("places.none")}</p> : <Classes places={places} />}
    </section>
  );
}

function Classes({ places }: { places: RunPlaces }) {
  const { totals, stations, stations_with_capacity: known } = places;
  const n = (value: number): string => count(value, lang.value);
  const full = stations.filter(({ capacity, load }) => capacity !== null && load >= capacity).length;
  return (
    <>
      <div class="class-bar" aria-hidden="true">
        {CLASSES.map((name) => <span key={name} class={`fill-${name}`} style={{ flexGrow: totals[name] }} />)}
      </div>
      <table class="class-rows">
        <tbody>
          {CLASSES.map((name) => (
            <tr key={name} class={totals[name] === 0 ? "none" : undefined}>
              <th scope="row"><i class={`swatch fill-${name}`} />{t(`whatif.${name}`)}</th>
              <td>{n(totals[name])}</td>
              <td class="share">{percent(totals.households === 0 ? null : totals[name] / totals.households)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="caption">{t("places.stations", { full: n(full), known: n(known), all: n(stations.length) })}</p>
    </>
  );
}
