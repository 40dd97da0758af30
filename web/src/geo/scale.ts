/** A round length (1, 2 or 5 times a power of ten metres) that fits into the pixels. */
export function scaleBar(metresPerPixel: number, mostPixels: number): { metres: number; pixels: number } {
  const most = metresPerPixel * mostPixels;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [5, 2, 1].find((factor) => factor * power <= most) ?? 1;
  const metres = step * power;
  return { metres, pixels: Math.round(metres / metresPerPixel) };
}
