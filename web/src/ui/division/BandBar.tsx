import type { Band } from "../../api/plans";
import type { Verdict } from "../../state/plan";

/** The scale of all bars of a list: the band stands at the same place in each. */
export function scaleOf(band: Band | null, most: number): number {
  return band === null ? Math.max(1, most) : Math.max(1, Math.min(Math.max(most, band.max * 1.25), band.max * 2));
}

/** Households against the band. */
export function BandBar({ households, band, verdict, scale }: { households: number; band: Band | null; verdict: Verdict; scale: number }) {
  const at = (value: number): string => `${Math.min(100, (100 * value) / scale)}%`;
  return (
    <span class="band-bar" aria-hidden="true">
      {band !== null && verdict !== "no_band" && <i class="band-zone" style={{ left: at(band.min), width: `calc(${at(band.max)} - ${at(band.min)})` }} />}
      <i class={`band-fill band-${verdict}`} style={{ width: at(households) }} />
      {households > scale && <i class="band-beyond" />}
    </span>
  );
}
