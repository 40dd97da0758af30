import { REACH_CLASSES, reachOf, share, type ReachClass } from "../geo/reach";
import { t, type Word } from "../i18n";
import { count, percent } from "../i18n/format";
import { counted, lang, shown } from "../state/store";
import { unit } from "./Figures";

const NOTES: Partial<Record<ReachClass, Word>> = {
  unreachable: "reach.unreachable.title",
  no_network: "reach.no_network.title",
  unplaced: "reach.unplaced.title",
};

/** Every household once, by what is known of its way; the rows add up to the total. */
export function ClassBar() {
  const run = shown.value?.run;
  if (run === undefined) return null;
  const reach = reachOf(run.totals, counted.value);
  const households = counted.value === "households";
  // Only households of a ledger can be unplaced; a building always stands somewhere.
  const names = households ? REACH_CLASSES : REACH_CLASSES.filter((name) => name !== "unplaced");
  const without = reach.parts.no_network;
  const estimated = households ? run.totals.estimated_within_walk : run.totals.buildings_estimated_within_walk;
  return (
    <section class="block">
      <h3>{t("coverage.classes", { total: count(reach.total, lang.value), unit: unit() })}</h3>
      <div class="class-bar" aria-hidden="true">
        {names.map((name) => (
          <span key={name} class={`reach-${name}`} style={{ flexGrow: reach.parts[name] }} />
        ))}
      </div>
      <table class="class-rows reach-rows">
        <tbody>
          {names.map((name) => (
            <tr key={name} class={reach.parts[name] === 0 ? "none" : undefined}>
              <th scope="row" title={NOTES[name] === undefined ? undefined : t(NOTES[name])}>
                <i class={`swatch reach-${name}`} />
                {t(`reach.${name}` as Word)}
              </th>
              <td>{count(reach.parts[name], lang.value)}</td>
              <td class="share">{percent(share(reach.parts[name], reach.total))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {without > 0 && (
        <p class="caption">
          {t("coverage.estimated", {
            n: count(without, lang.value),
            m: count(estimated, lang.value),
            unit: unit(),
            factor: run.parameters.detour_factor,
          })}
        </p>
      )}
    </section>
  );
}
