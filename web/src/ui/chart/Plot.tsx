import type { ComponentChildren } from "preact";

const WIDTH = 320;
const RIGHT = 8;
const TOP = 8;

export interface Tick {
  at: number;
  text: string;
}

/** From values to places in the picture. */
export interface Scale {
  x: (value: number) => number;
  y: (value: number) => number;
}

interface PlotProps {
  title: string;
  /** What the chosen place says; read aloud too. */
  reading: string;
  /** First and last value of the level axis, lowest and highest of the upright one. */
  across: readonly [first: number, last: number];
  upright: readonly [low: number, high: number];
  ticks: readonly Tick[];
  levels: readonly Tick[];
  /** What the level axis counts, under its end. */
  axis?: string;
  left?: number;
  height?: number;
  /** The chosen place, and the places there are to choose. */
  here: number;
  places: readonly [first: number, last: number];
  /** The place a value of the level axis belongs to. */
  place: (value: number) => number;
  choose: (place: number | null) => void;
  children: (scale: Scale) => ComponentChildren;
}

/** The frame of every chart: axes, the reading above, and choosing a place by pointer or keys. */
export function Plot({ title, reading, across, upright, ticks, levels, axis, left = 48, height = 116, here, places, place, choose, children }: PlotProps) {
  const [first, last] = across;
  const [low, high] = upright;
  const bottom = axis === undefined ? 20 : 32;
  const x = (value: number): number => left + ((value - first) / (last - first || 1)) * (WIDTH - left - RIGHT);
  const y = (value: number): number => TOP + (1 - (value - low) / (high - low || 1)) * (height - TOP - bottom);
  const take = (next: number): void => choose(Math.max(places[0], Math.min(places[1], next)));
  const keys: Record<string, number> = { ArrowLeft: here - 1, ArrowDown: here - 1, ArrowRight: here + 1, ArrowUp: here + 1, Home: places[0], End: places[1] };
  return (
    <>
      <p class="caption curve-reading">{reading}</p>
      <svg
        class="curve"
        viewBox={`0 0 ${WIDTH} ${height}`}
        role="slider"
        tabIndex={0}
        aria-label={title}
        aria-valuemin={places[0]}
        aria-valuemax={places[1]}
        aria-valuenow={here}
        aria-valuetext={reading}
        onKeyDown={(event) => {
          const next = keys[event.key];
          if (next === undefined) return;
          event.preventDefault();
          take(next);
        }}
        onBlur={() => choose(null)}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const at = ((event.clientX - box.left) / box.width) * WIDTH;
          take(place(first + ((at - left) / (WIDTH - left - RIGHT)) * (last - first)));
        }}
        onPointerLeave={() => choose(null)}
      >
        {levels.map(({ at, text }) => (
          <g key={at}>
            <line class="curve-grid" x1={left} x2={WIDTH - RIGHT} y1={y(at)} y2={y(at)} />
            <text class="curve-text" x={left - 6} y={y(at) + 4} text-anchor="end">{text}</text>
          </g>
        ))}
        {ticks.map(({ at, text }) => (
          <text key={at} class="curve-text" x={x(at)} y={height - bottom + 15} text-anchor={x(at) > WIDTH - RIGHT - 12 ? "end" : "middle"}>{text}</text>
        ))}
        {axis !== undefined && <text class="curve-text" x={WIDTH - RIGHT} y={height - 2} text-anchor="end">{axis}</text>}
        {children({ x, y })}
      </svg>
    </>
  );
}

/** The corners of a line through points of a picture. */
export function lineThrough<T>(points: readonly T[], at: (point: T) => readonly [x: number, y: number]): string {
  return points.map((point) => at(point).map((value) => value.toFixed(1)).join(",")).join(" ");
}
