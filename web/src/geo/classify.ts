/** YlGnBu in five steps, safe for deuteranopia. */
export const DENSITY_COLOURS = ["#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494"] as const;

/**
 * Index of the class of a value: class i holds values up to and including `uppers[i]`.
 * A value above the last bound (rounding) belongs to the last class.
 */
export function classOf(value: number, uppers: readonly number[]): number {
  for (let i = 0; i < uppers.length; i++) {
    if (value <= uppers[i]!) return i;
  }
  return Math.max(0, uppers.length - 1);
}

/** Colours of `n` classes, spread over the ramp so that few classes stay distinct. */
export function rampColours(n: number): string[] {
  if (n <= 1) return [DENSITY_COLOURS[2]];
  const last = DENSITY_COLOURS.length - 1;
  return Array.from({ length: n }, (_, i) => DENSITY_COLOURS[Math.round((i * last) / (n - 1))]!);
}
