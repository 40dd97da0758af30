/** Metres walked in the minutes at the speed, as the run's parameters state them. */
export function walkMetres(minutes: number, speedKmh: number): number {
  return Math.round((speedKmh * 1000 * minutes) / 60);
}

const METRES_PER_DEGREE = 111_195;

/** Length of a short line in metres, on the sphere; for telling, not for counting. */
export function lengthM(line: readonly (readonly [lon: number, lat: number])[]): number {
  return line.slice(1).reduce((sum, [lon, lat], i) => {
    const [lon0, lat0] = line[i]!;
    const dx = (lon - lon0) * Math.cos((((lat + lat0) / 2) * Math.PI) / 180);
    return sum + Math.hypot(dx, lat - lat0) * METRES_PER_DEGREE;
  }, 0);
}
