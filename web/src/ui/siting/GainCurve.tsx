import { useState } from "preact/hooks";
import type { SitingSummary } from "../../api/whatif";
import { inBrackets, t } from "../../i18n";
import { count, distance, percent } from "../../i18n/format";
import { chosenSites, pointed } from "../../state/siting";
import { gainPoints, type GainPoint } from "../../state/sitingAsk";
import { lang } from "../../state/store";
import { lineThrough, Plot } from "../chart/Plot";
import { signed } from "../whatif/signed";

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
  const label = (value: number): string => (walk ? distance(value, lang.value) : count(Math.round(value), lang.value));
  const title = t(walk ? "siting.curve_walk" : "siting.curve");
  const reading = readingOf(point, points, summary, walk);
  const take = (stations: number): void => {
    setAt(stations);
    pointed.value = chosenSites.value.find(({ rank }) => rank === stations)?.code ?? null;
  };
  const leave = (): void => {
    setAt(null);
    pointed.value = null;
  };
  return (
    <section class="block gain-curve">
      <h3>{title}</h3>
      <Plot
        title={title}
        reading={reading}
        across={[first, last]}
        upright={[low, low + span]}
        ticks={ticks(first, last).map((stations) => ({ at: stations, text: stations === last ? `${stations} ${t("siting.points")}` : stations === 0 ? t("whatif.now") : String(stations) }))}
        levels={[low, low + span / 2, low + span].map((value) => ({ at: value, text: label(value) }))}
        left={52}
        here={point.stations}
        places={[first, last]}
        place={Math.round}
        choose={(stations) => (stations === null ? leave() : take(stations))}
      >
        {({ x, y }) => (
          <>
            <polyline class="curve-line" points={lineThrough(points, ({ stations, value }) => [x(stations), y(value)])} />
            {points.length <= MOST_DOTS && points.map(({ stations, value }) => <circle key={stations} class="gain-dot" cx={x(stations)} cy={y(value)} r="2.5" />)}
            <line class="curve-mark" x1={x(point.stations)} x2={x(point.stations)} y1={y(low + span)} y2={y(low)} />
            <circle class="curve-dot" cx={x(point.stations)} cy={y(point.value)} r="4" />
          </>
        )}
      </Plot>
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
