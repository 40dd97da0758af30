/** Metres walked in the minutes at the speed, as the run's parameters state them. */
export function walkMetres(minutes: number, speedKmh: number): number {
  return Math.round((speedKmh * 1000 * minutes) / 60);
}
