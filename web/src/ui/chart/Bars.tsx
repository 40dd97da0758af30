import { useState } from "preact/hooks";
import { roundTicks } from "../../geo/bins";
import { Plot, type Tick } from "./Plot";

export interface Bar {
  value: number;
  colour: string;
  /** What is read out of it. */
  reading: string;
}

interface BarsProps {
  title: string;
  bars: readonly Bar[];
  /** Along the axis, in bars from its beginning. */
  ticks: readonly Tick[];
  axis: string;
  /** Text of a value beside the upright axis. */
  text: (value: number) => string;
  /** What is read while nothing is pointed at. */
  reading: string;
  /** A dashed line at a value. */
  level?: number;
  /** A dashed line across, in bars from the beginning. */
  mark?: number;
}

/** Bars side by side; the one that is pointed at is read. */
export function Bars({ title, bars, ticks, axis, text, reading, level, mark }: BarsProps) {
  const [pointed, setPointed] = useState<number | null>(null);
  const highest = Math.max(1e-9, level ?? 0, ...bars.map((bar) => bar.value));
  const upright = roundTicks(highest, 2);
  const top = Math.max(highest, upright[upright.length - 1]!);
  return (
    <Plot
      title={title}
      reading={pointed === null ? reading : (bars[pointed]?.reading ?? reading)}
      across={[0, bars.length]}
      upright={[0, top]}
      ticks={ticks}
      levels={upright.map((at) => ({ at, text: text(at) }))}
      axis={axis}
      height={128}
      here={pointed ?? -1}
      places={[0, bars.length - 1]}
      place={Math.floor}
      choose={setPointed}
    >
      {({ x, y }) => (
        <>
          {bars.map((bar, i) => {
            const gap = Math.min(1, (x(1) - x(0)) * 0.1);
            return <rect key={i} class={pointed === i ? "bar bar-pointed" : "bar"} x={x(i) + gap} width={Math.max(0.5, x(i + 1) - x(i) - 2 * gap)} y={y(bar.value)} height={Math.max(0, y(0) - y(bar.value))} fill={bar.colour} />;
          })}
          {level !== undefined && <line class="curve-mark" x1={x(0)} x2={x(bars.length)} y1={y(level)} y2={y(level)} />}
          {mark !== undefined && mark <= bars.length && <line class="curve-mark" x1={x(mark)} x2={x(mark)} y1={y(top)} y2={y(0)} />}
        </>
      )}
    </Plot>
  );
}
