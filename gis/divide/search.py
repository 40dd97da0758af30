"""Dividing one island of units into parts within the band: start, repair, refine, a few times over.

Effort counts steps, never seconds, so the same input and seed give the same answer everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gis.divide.cover import FOUND, MOST_COVERED, NONE, cover, evenest, mend
from gis.divide.exact import EVEN_ENOUGH, MOST_UNITS, NEVER, divisions
from gis.divide.fit import fit_band
from gis.divide.polish import HOT_UNITS, Effort, Found, missed_households, polish, price
from gis.divide.refine import part_sums, recut
from gis.divide.start import settle, start_division
from gis.divide.units import Band, Int32Array, Units

Step = Callable[[float], None]
MEND_TRIES, MEND_BUDGET = 20_000, 300
"""Groups of parts covered anew in one attempt, and steps spent on each."""
STARTS = 3
"""Starts compared after a brief polish where there are more than `HOT_UNITS` units."""
LAST_TRIES = 100_000
"""Groups of parts covered anew when all attempts have missed."""
NEAREST_COUNTS = 2
"""Numbers of parts tried again after the first turn."""
IDLE_TURNS = 2
"""Turns without gain after which the search gives up."""
MOST_COUNTS = 7
"""Numbers of parts tried when it is free, those with parts nearest the middle of the band first."""
COVER_BUDGET = 5_000_000
"""Steps of the exact search among at most `MOST_COVERED` units that gave no division at first."""
EVEN_BUDGET = 2_000_000
"""Steps for every deviation that is tried when few units are to be shared out evenly."""

HEAT, COLD = 0.3, 0.015
"""Of a mean unit's households: temperatures at which misses of the band are annealed."""


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
    if best.missed == 0 and best.k > 1 and len(units) > HOT_UNITS:
        best = _best_start(units, band, best, effort, seed, even=even)
    return replace(polish(units, band, best, effort, seed, even=even), proved=proved)


def _best_start(
    units: Units, band: Band, first: Found, effort: Effort, seed: int, *, even: bool
) -> Found:
    """Polish a few starts a little and return the best; the start decides more than the polish."""
    brief = replace(effort, refine=effort.refine // 6)
    best, least, steps = first, np.inf, 0
    for turn in range(STARTS):
        found = first
        if turn:
            found = _attempt(units, band, first.k, seed + 4001 * turn, effort, effort.fit[0], None)
        steps += found.steps
        if found.missed:
            continue
        found = polish(units, band, replace(found, steps=0), brief, seed + turn, even=even)
        steps += found.steps
        cost = price(units, found.label, found.k)
        if cost < least:
            best, least = found, cost
    return replace(best, steps=steps)


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
        return Found(label, 1, missed_households(units, band, label, 1), proved=False)
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


__all__ = ["NEVER", "Effort", "Found", "counts_of", "liked", "search"]
