"""Dividing one island of units into parts within the band: start, repair, refine, a few times over.

Effort counts steps, never seconds, so the same input and seed give the same answer everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gis.divide_cover import FOUND, MOST_COVERED, NONE, cover, evenest, mend
from gis.divide_exact import EVEN_ENOUGH, MOST_UNITS, NEVER, divisions
from gis.divide_fit import fit_band
from gis.divide_refine import BALANCE, BARRIER, SHAPE, Aim, anneal, part_sums, recut
from gis.divide_start import settle, start_division
from gis.divide_units import Band, Int32Array, Units

Step = Callable[[float], None]
HARD = 1e6
"""Price of missing the band once it is met."""
EVEN = 1.5
"""Price of unevenness when the number of parts is given."""
MEND_TRIES, MEND_BUDGET = 20_000, 300
"""Groups of parts covered anew in one attempt, and steps spent on each."""
LAST_TRIES = 100_000
"""Groups of parts covered anew when all attempts have missed."""
NEAREST_COUNTS = 2
"""Numbers of parts tried again after the first turn."""
IDLE_TURNS = 2
"""Turns without gain after which the search gives up."""
MOST_COUNTS = 7
"""Numbers of parts tried when it is free, those with parts nearest the middle of the band first."""
HOT_UNITS = 2000
"""Up to so many units, two hotter polishes from further away are tried too."""
NARROW_TRIES = 6
"""Attempts on a narrower band before it counts as the last."""
COVER_BUDGET = 5_000_000
"""Steps of the exact search among at most `MOST_COVERED` units that gave no division at first."""
EVEN_BUDGET = 2_000_000
"""Steps for every deviation that is tried when few units are to be shared out evenly."""

HEAT, COLD = 0.3, 0.015
"""Of a mean unit's households: temperatures at which misses of the band are annealed."""


@dataclass(frozen=True)
class Effort:
    """How much is tried."""

    fit: tuple[int, ...] = (1000, 3000, 10_000, 20_000)
    """Moves per unit in every attempt to fit the band, each from a new start, while nothing fits."""
    most_fit: int = 6_000_000
    """Bound of the moves of one such attempt."""
    refine: int = 600
    """Border moves per unit in the last polish."""
    least: int = 30_000
    most: int = 6_000_000
    """Bounds of the steps of one polish."""


@dataclass(frozen=True)
class Found:
    """A division of one island."""

    label: Int32Array
    k: int
    missed: int
    """Households by which parts miss the band, summed; 0 = all in the band."""
    proved: bool
    """Nothing better exists (said of exact answers only)."""
    steps: int = 0


def counts_of(total: int, band: Band, most: int) -> range:
    """Return the numbers of parts that could hold `total` households within the band."""
    least = max(-(-total // band.high), 1) if band.high > 0 else (1 if total == 0 else most + 1)
    greatest = total // band.low if band.low > 0 else most
    return range(least, min(greatest, most) + 1)


def liked(counts: range, total: int, band: Band) -> list[int]:
    """Return numbers of parts, those whose parts lie nearest the middle of the band first."""
    middle = max((band.low + band.high) / 2, 0.5)
    return sorted(counts, key=lambda k: (abs(total / k - middle), k))


def search(
    units: Units,
    band: Band,
    counts: list[int],
    *,
    even: bool,
    seed: int,
    start: Int32Array | None = None,
    effort: Effort | None = None,
    step: Step | None = None,
) -> Found:
    """Return the best division of connected units into one of the numbers of parts.

    `counts` (most liked first, not empty) need not be possible: then the least missed is returned.
    With `even`, parts of the same size go before their shape.
    """
    effort = effort or Effort()
    if len(units) <= MOST_UNITS:
        exact = _exact(units, band, counts, even=even)
        if exact is not None:
            return exact
        proved, effort = True, replace(effort, fit=(1000,))
    else:
        proved = False
    best, proved = _fitted(units, band, counts, effort, seed, start, step, proved=proved)
    if best.missed and not proved:
        best = _mended(units, band, best, seed)
    if best.missed == 0 and even and len(units) <= MOST_COVERED:
        best, band = _narrow(units, band, best)
    return replace(_polish(units, band, best, effort, seed, even=even), proved=proved)


def _fitted(
    units: Units,
    band: Band,
    counts: list[int],
    effort: Effort,
    seed: int,
    start: Int32Array | None,
    step: Step | None,
    *,
    proved: bool,
) -> tuple[Found, bool]:
    """Return the division that misses the band least, and whether it is proved that all miss it."""
    best: Found | None = None
    wanted, idle = counts[:MOST_COUNTS], 0
    for turn, per_unit in enumerate(effort.fit):
        before, missed = best, {}
        for k in wanted:
            found = _attempt(units, band, k, seed + 1009 * turn + k, effort, per_unit, start)
            start = None
            missed[k] = found.missed
            if best is None or found.missed < best.missed:
                best = found
            if found.missed == 0:
                return found, proved
        if step is not None:
            step((turn + 1) / len(effort.fit))
        if best is not None and turn == 0 and not proved:
            best, proved = _covered(units, band, counts, best)
        # numbers of parts that came nearest go on, and what no turn betters is given up
        wanted = sorted(missed, key=lambda k: (missed[k], counts.index(k)))[:NEAREST_COUNTS]
        idle = 0 if before is None or best is not before else idle + 1
        if proved or idle == IDLE_TURNS or (best is not None and best.missed == 0):
            break
    if best is None:
        raise ValueError("no number of parts to try")
    return best, proved


def _mended(units: Units, band: Band, best: Found, seed: int) -> Found:
    """Give the nearest miss one long mending."""
    missed, label, steps = mend(
        units, best.label, best.k, band, tries=LAST_TRIES, budget=MEND_BUDGET, seed=seed + 3
    )
    return replace(best, label=label, missed=missed, steps=best.steps + steps)


def _covered(units: Units, band: Band, counts: list[int], best: Found) -> tuple[Found, bool]:
    """Search few units through; return what was found and whether nothing better can be."""
    answer, label, steps = cover(
        units, band, least=min(counts), most=max(counts), budget=COVER_BUDGET
    )
    best = replace(best, steps=best.steps + steps)
    if answer == FOUND:
        best = replace(best, label=label, k=int(label.max()) + 1, missed=0)
    return best, answer == NONE


def _exact(units: Units, band: Band, counts: list[int], *, even: bool) -> Found | None:
    if even:
        for k in counts:
            _, labels = divisions(units, band, grids=k)
            if k in labels:
                return Found(labels[k], k, 0, proved=True)
        return None
    _, labels = divisions(units, band)
    for k in counts:
        if k in labels:
            return Found(labels[k], k, 0, proved=True)
    return None


def _attempt(
    units: Units,
    band: Band,
    k: int,
    seed: int,
    effort: Effort,
    per_unit: int,
    start: Int32Array | None,
) -> Found:
    """Start, then re-cut and anneal until the band is met."""
    n = len(units)
    k = min(k, n)
    if start is None:
        label = start_division(units, k, seed)
    else:
        size = np.bincount(start[start >= 0], weights=units.weight[start >= 0], minlength=k)
        rank = np.argsort(np.argsort(-size, kind="stable")).astype(np.int32)
        label = np.where(start >= 0, rank[start], -1).astype(np.int32)
        label = settle(units, np.where(label < k, label, -1), k)
    if k == 1:
        return Found(label, 1, _missed(units, band, label, 1), proved=False)
    tries = 4000 + 40 * n
    half = max((band.high - band.low) / 2, 0.5)
    missed, label = recut(units, label, k, band, tries=tries, heat=0.1 * half, seed=seed)
    steps = tries
    one = max(float(units.weight.sum()) / n, 0.5)
    if missed:
        moves = min(20_000 + per_unit * n, effort.most_fit)
        heat, cold = HEAT * one, COLD * one
        missed, label = fit_band(
            units, label, k, band, steps=moves, heat=heat, cold=cold, seed=seed + 1
        )
        steps += moves
    if missed:
        missed, label, more = mend(
            units, label, k, band, tries=MEND_TRIES, budget=MEND_BUDGET, seed=seed + 2
        )
        steps += more
    return Found(label, k, missed, proved=False, steps=steps)


def _narrow(units: Units, band: Band, found: Found) -> tuple[Found, Band]:
    """Make parts as even as they can be; return them and the band that leaves shape some room."""
    label, _, steps = evenest(units, band, found.k, found.label, budget=EVEN_BUDGET)
    away = _away(units, label, found.k)
    return (
        replace(found, label=label, steps=found.steps + steps),
        _around(int(units.weight.sum()), found.k, away * EVEN_ENOUGH, band),
    )


def _away(units: Units, label: Int32Array, k: int) -> float:
    held = part_sums(label, units.weight, k)
    return float(np.abs(held - units.weight.sum() / k).max())


def _around(total: int, k: int, away: float, band: Band) -> Band:
    """Return the band of parts at most `away` from equal size, within the band."""
    low, high = np.ceil(total / k - away - 1e-9), np.floor(total / k + away + 1e-9)
    return Band(max(int(low), band.low), min(int(high), band.high))


def _missed(units: Units, band: Band, label: Int32Array, k: int) -> int:
    return int(band.violation(part_sums(label, units.weight, k)).sum())


def _polish(
    units: Units, band: Band, found: Found, effort: Effort, seed: int, *, even: bool
) -> Found:
    if found.k == 1:
        return found
    n = len(units)
    steps = min(max(effort.refine * n, effort.least), effort.most)
    heat = min(max(2.0 * found.k / n, 0.01), 0.06)  # one unit's part in the shape of its part
    price = EVEN if even else BALANCE
    narrowed = even and n <= MOST_COVERED and found.missed == 0
    # on a narrowed band evenness is settled, its price would freeze every border
    aim = Aim(found.k, band, balance=0.0 if narrowed else price, extra=price)
    hot = () if n > HOT_UNITS else ((0.3, 0.004), (0.1, 0.004))
    best, label, spent = 0.0, found.label, 0
    # hot walks pass through misses, at a price that forbids them by the time they are cold
    one = max(float(units.weight.mean()), 0.5)
    half = max((band.high - band.low) / 2, 0.5)
    for turn, (warm, cold) in enumerate(((heat, heat / 12), *hot)):
        tried, change = anneal(
            units,
            found.label,
            aim,
            steps=steps,
            heat=warm,
            cold=cold,
            seed=seed + 77 + turn,
            prices=(2 * warm * half / one if turn else HARD, BARRIER, SHAPE),
        )
        spent += steps
        if change < best and _missed(units, band, tried, found.k) <= found.missed:
            best, label = change, tried
    missed = _missed(units, band, label, found.k)
    if missed > found.missed:
        label, missed = found.label, found.missed
    return replace(found, label=label, missed=missed, steps=found.steps + spent)


__all__ = ["NEVER", "Effort", "Found", "counts_of", "liked", "search"]
