/** Bins of equal width, joined by whole numbers of bins until there are at most so many. */
export function mergedBins(values: readonly number[], step: number, most: number): { values: number[]; step: number } {
  const by = Math.max(1, Math.ceil(values.length / most));
  const merged: number[] = [];
  values.forEach((value, i) => {
    const at = Math.floor(i / by);
    merged[at] = (merged[at] ?? 0) + value;
  });
  return { values: merged, step: step * by };
}

/** Round values from 0 to a top, about as many as wanted. */
export function roundTicks(top: number, wanted: number): number[] {
  if (!(top > 0)) return [0];
  const raw = top / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw * 0.999) ?? raw;
  const ticks: number[] = [];
  for (let i = 0; i * step <= top * 1.0001; i += 1) ticks.push(+(i * step).toPrecision(12));
  return ticks;
}
