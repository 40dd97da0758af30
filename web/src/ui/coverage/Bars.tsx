import { useState } from "preact/hooks";
import { roundTicks } from "../../geo/bins";

const WIDTH = 320;
const HEIGHT = 124;
const LEFT = 44;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 32;

export interface Bar {
  value: number;
  colour: string;
  /** What is read out of it. */
  reading: string;
}

export interface Tick {
  /** Place on the axis, in bars from the left edge. */
  at: number;
  text: string;
}

interface BarsProps {
  title: string;
  bars: readonly Bar[];
  ticks: readonly Tick[];
  axis: string;
  /** Text of a value beside the upright axis. */
  text: (value: number) => string;
  /** What is read while nothing is pointed at. */
  reading: string;
  /** A dashed line at a value. */
  level?: number;
  /** A dashed line across, in bars from the left edge. */
  mark?: number;
}

/** Bars with a reading above them; the pointer, or the arrow keys, choose the bar that is read. */
export function Bars({ title, bars, ticks, axis, text, reading, level, mark }: BarsProps) {
  const [pointed, setPointed] = useState<number | null>(null);
  const highest = Math.max(1e-9, level ?? 0, ...bars.map((bar) => bar.value));
  const upright = roundTicks(highest, 2);
  const most = Math.max(highest, upright[upright.length - 1]!);
  const step = (WIDTH - LEFT - RIGHT) / Math.max(1, bars.length);
  const x = (at: number): number => LEFT + at * step;
  const y = (value: number): number => TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM);
  const said = pointed === null ? reading : (bars[pointed]?.reading ?? reading);
  const follow = (event: PointerEvent): void => {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect();
    const at = Math.floor((((event.clientX - box.left) / box.width) * WIDTH - LEFT) / step);
    setPointed(at >= 0 && at < bars.length ? at : null);
  };
  const keys = (event: KeyboardEvent): void => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    setPointed((now) => Math.max(0, Math.min(bars.length - 1, (now ?? (move > 0 ? -1 : bars.length)) + move)));
  };
  return (
    <>
      <p class="caption curve-reading" aria-live="polite">{said}</p>
      <svg
        class="curve bars"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        tabIndex={0}
        aria-label={`${title}. ${said}`}
        onPointerMove={follow}
        onPointerLeave={() => setPointed(null)}
        onKeyDown={keys}
        onBlur={() => setPointed(null)}
      >
        {upright.map((value) => (
          <g key={value}>
            <line class="curve-grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
            <text class="curve-text" x={LEFT - 6} y={y(value) + 4} text-anchor="end">{text(value)}</text>
          </g>
        ))}
        {bars.map((bar, i) => (
          <rect
            key={i}
            class={pointed === i ? "bar bar-pointed" : "bar"}
            x={x(i) + Math.min(1, step * 0.1)}
            width={Math.max(0.5, step - Math.min(2, step * 0.2))}
            y={y(bar.value)}
            height={Math.max(0, y(0) - y(bar.value))}
            fill={bar.colour}
          />
        ))}
        {level !== undefined && <line class="curve-mark" x1={LEFT} x2={WIDTH - RIGHT} y1={y(level)} y2={y(level)} />}
        {mark !== undefined && mark <= bars.length && <line class="curve-mark" x1={x(mark)} x2={x(mark)} y1={TOP} y2={y(0)} />}
        {ticks.map((tick) => (
          <text key={tick.at} class="curve-text" x={x(tick.at)} y={HEIGHT - BOTTOM + 14} text-anchor={tick.at > bars.length * 0.97 ? "end" : "middle"}>{tick.text}</text>
        ))}
        <text class="curve-text" x={WIDTH - RIGHT} y={HEIGHT - 2} text-anchor="end">{axis}</text>
      </svg>
    </>
  );
}
