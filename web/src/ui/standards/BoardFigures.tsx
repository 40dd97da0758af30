import type { ComponentChildren } from "preact";
import type { BoardTotal, CoverageFigure } from "../../api/standards";
import { named, t } from "../../i18n";
import { amount, hundredths, plainNumber } from "../../i18n/amount";
import { board, leading } from "../../state/standards";
import { lang } from "../../state/store";
import { StateBar } from "./StateBar";

/** The total of the rule in front, and the three figures that are all called 覆盖率, each by its name. */
export function BoardFigures() {
  const now = board.value!;
  const { facility, grid_households: gridHouseholds, grid_land: gridLand, households } = now.figures;
  return (
    <div class="figures board-figures">
      {leading.value !== null && <Leading label={named(leading.value.label)} total={leading.value.total} />}
      <Figure label={t("board.figure_facility")} figure={facility} look="served" />
      <Figure label={t("board.figure_grids")} figure={gridHouseholds} look="radius" note={t("board.by_households")}>
        {gridLand.percent !== null && (
          <p class="caption">{t("board.by_land", { share: hundredths(gridLand.percent), a: number(gridLand.numerator, gridLand.unit), b: number(gridLand.denominator, gridLand.unit) })}</p>
        )}
      </Figure>
      <Figure label={t("board.figure_households")} figure={households} look="served">
        <p class="caption">{t("board.reach_note")}</p>
      </Figure>
    </div>
  );
}

function number(value: number | null, unit: string): string {
  return value === null ? "—" : amount(value, unit, lang.value);
}

/** "15 / 18 达标，83.33%", and how many could not be judged. */
function Leading({ label, total }: { label: string; total: BoardTotal }) {
  const { judged, compliant, unknown, share_percent: share, share_at_least_percent: low, share_at_most_percent: high } = total;
  return (
    <section class="figure figure-total" aria-label={label}>
      <h3 class="figure-name" title={label}>{label}</h3>
      {judged === 0 ? (
        <p class="figure-value board-nothing">{t("board.nothing_judged")}</p>
      ) : (
        <p class="figure-value">
          {compliant} / {judged} <small>{t("board.compliant_of")}</small> {hundredths(share)}
        </p>
      )}
      <StateBar total={total} />
      <p class="caption">
        {unknown === 0 ? t("board.unknown_none") : t("board.unknown_n", { n: unknown })}
        {total.not_applicable > 0 && ` · ${t("board.not_applicable_n", { n: total.not_applicable })}`}
        {judged > 0 && unknown > 0 && ` · ${t("board.between", { low: hundredths(low), high: hundredths(high) })}`}
      </p>
      {total.target_percent !== null && total.area_percent !== null && (
        <p class="caption">
          {t("board.target", { share: hundredths(total.area_percent), target: `${plainNumber(total.target_percent, lang.value)}%` })}
          {total.target_met !== null && ` · ${t(total.target_met ? "board.target_met" : "board.target_missed")}`}
        </p>
      )}
    </section>
  );
}

interface FigureProps {
  label: string;
  figure: CoverageFigure;
  look: string;
  note?: string;
  children?: ComponentChildren;
}

function Figure({ label, figure, look, note, children }: FigureProps) {
  const { numerator, denominator, percent, unit, unknown, absent } = figure;
  const known = numerator !== null && denominator !== null;
  return (
    <section class={`figure figure-${look}`} aria-label={label}>
      <h3 class="figure-name" title={named(figure.label)}>{label}</h3>
      <p class="figure-value">{known ? hundredths(percent) : "—"}</p>
      <p class="caption">
        {known && note !== undefined && `${note} `}
        {known ? t("board.of", { a: plainNumber(numerator, lang.value), b: amount(denominator, unit, lang.value) }) : absent === null ? t("board.unknown") : named(absent)}
        {known && unknown > 0 && ` · ${t("board.unknown_n", { n: unknown })}`}
      </p>
      {children}
    </section>
  );
}
