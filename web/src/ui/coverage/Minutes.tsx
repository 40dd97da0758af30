import { useState } from "preact/hooks";
import { t } from "../../i18n";
import { count, percent } from "../../i18n/format";
import { lang, shown } from "../../state/store";
import { lineThrough, Plot } from "../chart/Plot";
import { unit } from "../Figures";

const MOST = 60;
const TICKS = [0, 15, 30, 45, MOST];

/** Share reached by minutes: how much a few minutes more would bring. */
export function Minutes() {
  const [pointed, setPointed] = useState<number | null>(null);
  const run = shown.value?.run;
  const curve = run?.curve ?? [];
  if (run === undefined || curve.length === 0) return null;
  const limit = Math.min(MOST, run.parameters.minutes);
  const minutes = pointed ?? limit;
  const point = curve.reduce((best, each) => (Math.abs(each.minutes - minutes) < Math.abs(best.minutes - minutes) ? each : best));
  const reading = t("coverage.curve_at", { minutes: point.minutes, n: count(point.households, lang.value), unit: unit(), share: percent(point.share) });
  const last = curve[curve.length - 1]!.minutes;
  return (
    <Plot
      title={t("pictures.minutes")}
      reading={reading}
      across={[0, MOST]}
      upright={[0, 1]}
      ticks={TICKS.map((at) => ({ at, text: at === MOST ? `${at} ${t("unit.min")}` : String(at) }))}
      levels={[0, 0.5, 1].map((at) => ({ at, text: `${at * 100}%` }))}
      left={40}
      here={point.minutes}
      places={[0, last]}
      place={Math.round}
      choose={setPointed}
    >
      {({ x, y }) => {
        const line = lineThrough(curve, (each) => [x(each.minutes), y(each.share ?? 0)]);
        return (
          <>
            <polygon class="curve-area" points={`${x(0)},${y(0)} ${line} ${x(last)},${y(0)}`} />
            <polyline class="curve-line" points={line} />
            <line class="curve-mark" x1={x(limit)} x2={x(limit)} y1={y(1)} y2={y(0)} />
            <circle class="curve-dot" cx={x(point.minutes)} cy={y(point.share ?? 0)} r="4" />
          </>
        );
      }}
    </Plot>
  );
}
