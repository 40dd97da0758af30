import { useState } from "preact/hooks";
import type { SitingSummary } from "../../api/whatif";
import { inBrackets, t } from "../../i18n";
import { count, distance, percent } from "../../i18n/format";
import { chosenSites, pointed } from "../../state/siting";
import { gainPoints, type GainPoint } from "../../state/sitingAsk";
import { lang } from "../../state/store";
import { signed } from "../whatif/signed";

const WIDTH = 320;
const HEIGHT = 120;
const LEFT = 52;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 22;
const MOST_DOTS = 40;

/** What every further station brings: where the line flattens, another one is not worth much. */
export function GainCurve({ summary }: { summary: SitingSummary }) {
  const [at, setAt] = useState<number | null>(null);
  const points = gainPoints(summary);
  if (points.length < 2) return null;
  const walk = summary.objective_kind === "p-median";
  const first = points[0]!.stations;
  const last = points[points.length - 1]!.stations;
  // The row or mark that is pointed at is a station of the line.
  const lit = chosenSites.value.find(({ code }) => code === pointed.value)?.rank;
  const here = at ?? lit ?? last;
  const point = points.find(({ stations }) => stations === here) ?? points[points.length - 1]!;
  const values = points.map(({ value }) => value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const span = high - low || 1;
  const x = (stations: number): number => LEFT + ((stations - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => TOP + (1 - (value - low) / span) * (HEIGHT - TOP - BOTTOM);
  const label = (value: number): string => (walk ? distance(value, lang.value) : count(Math.round(value), lang.value));
  const title = t(walk ? "siting.curve_walk" : "siting.curve");
  const reading = readingOf(point, points, summary, walk);
  const take = (stations: number): void => {
    const next = Math.max(first, Math.min(last, stations));
    setAt(next);
    pointed.value = chosenSites.value.find(({ rank }) => rank === next)?.code ?? null;
  };
  const leave = (): void => {
    setAt(null);
    pointed.value = null;
  };
  const keys: Record<string, number> = { ArrowLeft: point.stations - 1, ArrowDown: point.stations - 1, ArrowRight: point.stations + 1, ArrowUp: point.stations + 1, Home: first, End: last };
  return (
    <section class="block">
      <h3>{title}</h3>
      <p class="caption curve-reading">{reading}</p>
      <svg
        class="curve gain-curve"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="slider"
        tabIndex={0}
        aria-label={title}
        aria-valuemin={first}
        aria-valuemax={last}
        aria-valuenow={point.stations}
        aria-valuetext={reading}
        onKeyDown={(event) => {
          const next = keys[event.key];
          if (next === undefined) return;
          event.preventDefault();
          take(next);
        }}
        onBlur={leave}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const place = ((event.clientX - box.left) / box.width) * WIDTH;
          take(Math.round(first + ((place - LEFT) / (WIDTH - LEFT - RIGHT)) * (last - first)));
        }}
        onPointerLeave={leave}
      >
        {[low, low + span / 2, high].map((value) => (
          <g key={value}>
            <line class="curve-grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
            <text class="curve-text" x={LEFT - 6} y={y(value) + 4} text-anchor="end">{label(value)}</text>
          </g>
        ))}
        {ticks(first, last).map((stations) => (
          <text key={stations} class="curve-text" x={x(stations)} y={HEIGHT - 5} text-anchor={stations === last ? "end" : "middle"}>{stations === last ? `${stations} ${t("siting.points")}` : stations === 0 ? t("whatif.now") : stations}</text>
        ))}
        <polyline class="curve-line" points={points.map(({ stations, value }) => `${x(stations).toFixed(1)},${y(value).toFixed(1)}`).join(" ")} />
        {points.length <= MOST_DOTS && points.map(({ stations, value }) => <circle key={stations} class="gain-dot" cx={x(stations)} cy={y(value)} r="2.5" />)}
        <line class="curve-mark" x1={x(point.stations)} x2={x(point.stations)} y1={TOP} y2={HEIGHT - BOTTOM} />
        <circle class="curve-dot" cx={x(point.stations)} cy={y(point.value)} r="4" />
      </svg>
    </section>
  );
}

function ticks(first: number, last: number): number[] {
  const every = Math.max(1, Math.ceil((last - first) / 6));
  const all: number[] = [];
  for (let stations = first; stations + every / 2 < last; stations += every) all.push(stations);
  return [...all, last];
}

function readingOf({ stations: k, value }: GainPoint, points: readonly GainPoint[], { households }: SitingSummary, walk: boolean): string {
  if (walk) {
    const metres = distance(value, lang.value);
    return k === 0 ? t("siting.curve_walk_now", { n: metres }) : t("siting.curve_walk_at", { k, n: metres });
  }
  const said = { k, n: count(value, lang.value), share: percent(value / Math.max(households, 1)) };
  if (k === 0) return t("siting.curve_now", said);
  const before = points.find(({ stations }) => stations === k - 1);
  return t("siting.curve_at", { ...said, gain: before === undefined ? "" : inBrackets(signed(value - before.value)) });
}
