/** BrBG, safe for deuteranopia: brown for what is lost, teal for what is won. */
export const LOSS_COLOURS = ["#dfc27d", "#bf812d", "#8c510a"] as const;
export const GAIN_COLOURS = ["#80cdc1", "#35978f", "#01665e"] as const;

/** Colour of a change as a share of the whole, −1 to 1, by thirds; null where nothing changes. */
export function differenceColour(change: number, whole: number): string | null {
  if (change === 0 || whole <= 0) return null;
  const ramp = change > 0 ? GAIN_COLOURS : LOSS_COLOURS;
  const third = Math.ceil((Math.abs(change) / whole) * 3);
  return ramp[Math.min(3, Math.max(1, third)) - 1]!;
}
