import { useState } from "preact/hooks";
import type { CurvePoint } from "../../api/types";
import type { WhatIfAnswer } from "../../api/whatif";
import { roundTicks } from "../../geo/bins";
import { t } from "../../i18n";
import { count } from "../../i18n/format";
import { lang } from "../../state/store";
import { signed } from "./signed";

const WIDTH = 320;
const HEIGHT = 116;
const LEFT = 48;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 20;

/** Households with a station within minutes, as they are and as they would be; capacities are not counted here. */
export function BeforeAfter({ answer }: { answer: WhatIfAnswer }) {
  const [pointed, setPointed] = useState<number | null>(null);
  const curve = answer.curve;
  if (!curve) return null;
  const { before, after } = curve;
  const last = Math.max(before.length, after.length) - 1;
  if (last < 1) return null;
  const upright = roundTicks(Math.max(1, at(before, last), at(after, last)), 2);
  const top = Math.max(upright[upright.length - 1]!, at(before, last), at(after, last));
  const x = (minutes: number): number => LEFT + (minutes / last) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const line = (points: readonly CurvePoint[]): string => points.map((p) => `${x(p.minutes).toFixed(1)},${y(p.households).toFixed(1)}`).join(" ");
  const minutes = pointed ?? Math.min(before.length, after.length) - 1;
  const n = (value: number): string => count(value, lang.value);
  const reading = t("whatif.curve_at", { minutes, before: n(at(before, minutes)), after: n(at(after, minutes)), change: signed(at(after, minutes) - at(before, minutes)) });
  const title = t("whatif.curve");
  const follow = (event: PointerEvent): void => {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect();
    const place = ((event.clientX - box.left) / box.width) * WIDTH;
    setPointed(Math.max(0, Math.min(last, Math.round(((place - LEFT) / (WIDTH - LEFT - RIGHT)) * last))));
  };
  const keys = (event: KeyboardEvent): void => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setPointed(Math.max(0, Math.min(last, minutes + move)));
  };
  return (
    <section class="block before-after">
      <h3>{title}</h3>
      <p class="caption curve-reading" aria-live="polite">{reading}</p>
      <svg class="curve bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" tabIndex={0} aria-label={`${title}. ${reading}`} onPointerMove={follow} onPointerLeave={() => setPointed(null)} onKeyDown={keys} onBlur={() => setPointed(null)}>
        {upright.map((value) => (
          <g key={value}>
            <line class="curve-grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
            <text class="curve-text" x={LEFT - 6} y={y(value) + 4} text-anchor="end">{n(value)}</text>
          </g>
        ))}
        {roundTicks(last, 4).map((tick) => (
          <text key={tick} class="curve-text" x={x(tick)} y={HEIGHT - 4} text-anchor={tick === last ? "end" : "middle"}>{tick === last ? `${tick} ${t("unit.min")}` : tick}</text>
        ))}
        <polyline class="curve-before" points={line(before)} />
        <polyline class="curve-line" points={line(after)} />
        <circle class="curve-dot" cx={x(minutes)} cy={y(at(after, minutes))} r="4" />
      </svg>
      <p class="caption curve-key"><i class="key-before" />{t("whatif.now")}<i class="key-after" />{t("whatif.then")}</p>
    </section>
  );
}

/** Households at a minute; beyond a curve's end its last value is all that is known. */
function at(points: readonly CurvePoint[], minutes: number): number {
  return points[Math.min(minutes, points.length - 1)]?.households ?? 0;
}
