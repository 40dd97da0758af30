import { useState } from "preact/hooks";
import type { CurvePoint } from "../api/types";
import { t } from "../i18n";
import { count, percent } from "../i18n/format";
import { counted, lang, shown } from "../state/store";
import { unit } from "./Figures";

const WIDTH = 320;
const HEIGHT = 112;
const LEFT = 40;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 20;
const TICKS = [0, 15, 30, 45, 60];

function x(minutes: number): number {
  return LEFT + (minutes / 60) * (WIDTH - LEFT - RIGHT);
}
function y(part: number): number {
  return TOP + (1 - part) * (HEIGHT - TOP - BOTTOM);
}

/** Share reached by minutes: how much a few minutes more would bring. */
export function Curve() {
  const [pointed, setPointed] = useState<number | null>(null);
  const run = shown.value?.run;
  const curve = run?.curve ?? [];
  // The curve counts households; without any it would be a flat line.
  if (run === undefined || curve.length === 0 || counted.value === "buildings") return null;
  const chosen = Math.min(60, run.parameters.minutes);
  const minutes = pointed ?? chosen;
  const point = nearest(curve, minutes);
  const line = curve.map((p) => `${x(p.minutes).toFixed(1)},${y(p.share ?? 0).toFixed(1)}`).join(" ");
  const title = t("pictures.minutes");
  const reading = t("coverage.curve_at", {
    minutes: point.minutes,
    n: count(point.households, lang.value),
    unit: unit(),
    share: percent(point.share),
  });
  const follow = (event: PointerEvent): void => {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * WIDTH;
    setPointed(Math.max(0, Math.min(60, Math.round(((at - LEFT) / (WIDTH - LEFT - RIGHT)) * 60))));
  };
  return (
    <>
      <p class="caption curve-reading">{reading}</p>
      <svg
        class="curve"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${title}. ${reading}`}
        onPointerMove={follow}
        onPointerLeave={() => setPointed(null)}
      >
        {[0, 0.5, 1].map((part) => (
          <g key={part}>
            <line class="curve-grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(part)} y2={y(part)} />
            <text class="curve-text" x={LEFT - 6} y={y(part) + 4} text-anchor="end">{part * 100}%</text>
          </g>
        ))}
        {TICKS.map((tick) => (
          <text key={tick} class="curve-text" x={x(tick)} y={HEIGHT - 4} text-anchor={tick === 60 ? "end" : "middle"}>
            {tick === 60 ? `60 ${t("unit.min")}` : tick}
          </text>
        ))}
        <polygon class="curve-area" points={`${x(0)},${y(0)} ${line} ${x(curve[curve.length - 1]!.minutes)},${y(0)}`} />
        <polyline class="curve-line" points={line} />
        <line class="curve-mark" x1={x(chosen)} x2={x(chosen)} y1={y(1)} y2={y(0)} />
        <circle class="curve-dot" cx={x(point.minutes)} cy={y(point.share ?? 0)} r="4" />
      </svg>
    </>
  );
}

function nearest(curve: readonly CurvePoint[], minutes: number): CurvePoint {
  return curve.reduce((best, p) => (Math.abs(p.minutes - minutes) < Math.abs(best.minutes - minutes) ? p : best));
}
