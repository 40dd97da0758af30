"""The last work on a division within the band: borders move for barriers, shape and evenness."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gis.divide.cover import MOST_COVERED
from gis.divide.refine import BALANCE, BARRIER, SHAPE, Aim, anneal, part_sums
from gis.divide.units import Band, Int32Array, Units

HARD = 1e6
"""Price of missing the band once it is met."""
EVEN = 1.5
"""Price of unevenness when the number of parts is given."""
HOT_UNITS = 2000
"""Up to so many units, two hotter polishes from further away are tried too."""


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
    most: int = 3_500_000
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


def polish(
    units: Units, band: Band, found: Found, effort: Effort, seed: int, *, even: bool
) -> Found:
    """Move borders to make a division better without putting more households outside the band."""
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
        if change < best and missed_households(units, band, tried, found.k) <= found.missed:
            best, label = change, tried
    missed = missed_households(units, band, label, found.k)
    if missed > found.missed:
        label, missed = found.label, found.missed
    return replace(found, label=label, missed=missed, steps=found.steps + spent)


def price(units: Units, label: Int32Array, k: int) -> float:
    """Return what a division costs in shape and in barriers crossed."""
    rows = units.rows()
    inner = label[rows] == label[units.near]
    part = label[rows[inner]]
    perimeter = np.bincount(label, weights=units.perimeter, minlength=k)
    perimeter -= np.bincount(part, weights=units.border[inner], minlength=k)
    area = np.bincount(label, weights=units.area, minlength=k)
    score = 4 * np.pi * area / np.maximum(perimeter, 1e-9) ** 2
    side = np.sqrt(max(float(area.mean()), 1e-9))
    crossed = float(units.barrier[inner].sum()) / 2 / side
    return float(BARRIER * crossed + SHAPE * (1 - np.minimum(score, 1)).sum())


def missed_households(units: Units, band: Band, label: Int32Array, k: int) -> int:
    """Return by how many households the parts of an (n,) label miss the band together."""
    return int(band.violation(part_sums(label, units.weight, k)).sum())
