import { useState } from "preact/hooks";
import type { CurvePoint } from "../../api/types";
import type { WhatIfAnswer } from "../../api/whatif";
import { roundTicks } from "../../geo/bins";
import { t } from "../../i18n";
import { count } from "../../i18n/format";
import { lang } from "../../state/store";
import { lineThrough, Plot } from "../chart/Plot";
import { signed } from "./signed";

/** Households with a station within minutes, as they are and as they would be; capacities are not counted here. */
export function BeforeAfter({ answer }: { answer: WhatIfAnswer }) {
  const [pointed, setPointed] = useState<number | null>(null);
  const curve = answer.curve;
  if (!curve) return null;
  const { before, after } = curve;
  const last = Math.max(before.length, after.length) - 1;
  if (last < 1) return null;
  const n = (value: number): string => count(value, lang.value);
  const highest = Math.max(1, at(before, last), at(after, last));
  const upright = roundTicks(highest, 2);
  const minutes = pointed ?? Math.min(before.length, after.length) - 1;
  const reading = t("whatif.curve_at", { minutes, before: n(at(before, minutes)), after: n(at(after, minutes)), change: signed(at(after, minutes) - at(before, minutes)) });
  return (
    <section class="block before-after">
      <h3>{t("whatif.curve")}</h3>
      <Plot
        title={t("whatif.curve")}
        reading={reading}
        across={[0, last]}
        upright={[0, highest]}
        ticks={roundTicks(last, 4).map((tick) => ({ at: tick, text: tick === last ? `${tick} ${t("unit.min")}` : String(tick) }))}
        levels={upright.filter((value) => value <= highest).map((value) => ({ at: value, text: n(value) }))}
        here={minutes}
        places={[0, last]}
        place={Math.round}
        choose={setPointed}
      >
        {({ x, y }) => (
          <>
            <polyline class="curve-before" points={lineThrough(before, (point) => [x(point.minutes), y(point.households)])} />
            <polyline class="curve-line" points={lineThrough(after, (point) => [x(point.minutes), y(point.households)])} />
            <circle class="curve-dot" cx={x(minutes)} cy={y(at(after, minutes))} r="4" />
          </>
        )}
      </Plot>
      <p class="caption curve-key"><i class="key-before" />{t("whatif.now")}<i class="key-after" />{t("whatif.then")}</p>
    </section>
  );
}

/** Households at a minute; beyond a curve's end its last value is all that is known. */
function at(points: readonly CurvePoint[], minutes: number): number {
  return points[Math.min(minutes, points.length - 1)]?.households ?? 0;
}
