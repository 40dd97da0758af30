"""Arithmetic of standards: what is required, who has it, who shares it. Arrays in, arrays out.

Areas are whole square centimetres and counts whole numbers, so that sums are exact and a community
exactly at its standard meets it on every machine. What is not known is `MISSING`, never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gis.crs import IntArray

CM2_PER_M2 = 10_000
MISSING = -1
COMPLIANT, SHORT, UNKNOWN, NOT_APPLICABLE = range(4)
STATES = ("compliant", "short", "unknown", "not_applicable")
"""Names of the states by number. What is unknown is never counted as compliant."""

StateArray = NDArray[np.int8]
BoolArray = NDArray[np.bool_]


def population_class(
    population: IntArray, limits: Sequence[int], limit: Literal["above", "below"] = "above"
) -> IntArray:
    """Return the class of each population between ascending limits, `MISSING` where it is unknown.

    Parameters
    ----------
    population
        (n,) persons, `MISSING` where unknown.
    limits
        (k-1,) limits between k classes.
    limit
        Which class a population exactly at a limit is in: `above` (`< L` and `≥ L`) or `below`
        (`≤ L` and `> L`).
    """
    side: Literal["left", "right"] = "right" if limit == "above" else "left"
    found = np.searchsorted(np.asarray(limits, dtype=np.int64), population, side=side)
    return np.where(population == MISSING, MISSING, found).astype(np.int64)


def required_premises(
    households: IntArray, rate_cm2: int, minima_cm2: Sequence[int], classes: IntArray
) -> IntArray:
    """Return the required floor area of each community: max(rate × households, minimum), cm².

    Parameters
    ----------
    households
        (n,), `MISSING` where unknown; they do not matter where the rate is 0 (a flat area).
    rate_cm2
        For one household; 0 for a flat area.
    minima_cm2
        One for each class of population; 0 where there is none.
    classes
        (n,) class of each community. Where it is `MISSING` the area is so too, unless all classes ask for the same.
    """
    minima = np.asarray(minima_cm2, dtype=np.int64)
    if len(minima) == 1:
        minimum = np.full(len(households), minima[0], dtype=np.int64)
    else:
        minimum = np.where(classes == MISSING, MISSING, minima[np.maximum(classes, 0)])
    known = (minimum != MISSING) & ((households != MISSING) | (rate_cm2 == 0))
    needed = np.maximum(np.maximum(households, 0) * rate_cm2, minimum)
    # A rate above every minimum needs no population.
    enough = (households != MISSING) & (households * rate_cm2 >= minima.max(initial=0))
    return np.where(known | enough, needed, MISSING).astype(np.int64)


def apportion(total: int, weights: Sequence[int]) -> IntArray:
    """Return whole shares of a whole amount by weight; they add up to it exactly.

    The largest remainder takes what rounding down leaves, the first of equal ones first. Without any
    weight all share alike.

    Raises
    ------
    ValueError
        For negative amounts or weights, and nobody to share.
    """
    if total < 0 or not len(weights) or min(weights) < 0:
        raise ValueError("amounts and weights are not negative, and somebody has to share")
    exact = [int(weight) for weight in weights]
    if not any(exact):
        exact = [1] * len(exact)
    whole = sum(exact)
    shares = [total * weight // whole for weight in exact]
    remainders = [total * weight % whole for weight in exact]
    order = sorted(range(len(exact)), key=lambda place: (-remainders[place], place))
    for place in order[: total - sum(shares)]:
        shares[place] += 1
    return np.array(shares, dtype=np.int64)


def judge(required: IntArray, actual: IntArray, applies: BoolArray) -> StateArray:
    """Return the state of each community: (n,) required and actual in one unit, `MISSING` where unknown."""
    unknown = (required == MISSING) | (actual == MISSING)
    # Nothing required is met by whatever there is.
    met = ~unknown & (actual >= required)
    found = np.where(met, COMPLIANT, np.where(unknown, UNKNOWN, SHORT))
    return np.where(applies, found, NOT_APPLICABLE).astype(np.int8)


def shortfalls(required: IntArray, actual: IntArray, state: StateArray) -> IntArray:
    """Return what is missing where the state is short, else 0; in the unit of the arguments."""
    return np.where(state == SHORT, required - actual, 0).astype(np.int64)


def state_counts(state: StateArray, group: NDArray[Any], size: int) -> IntArray:
    """Return (size, 4) numbers of communities by group and state."""
    flat = group.astype(np.int64) * len(STATES) + state
    return (
        np.bincount(flat, minlength=size * len(STATES)).reshape(size, len(STATES)).astype(np.int64)
    )


def percent(part: int, whole: int) -> float | None:
    """Return a share in percent to two decimals, halves up, exactly; None of nothing."""
    if whole <= 0:
        return None
    return int(Fraction(part * 10_000, whole) + Fraction(1, 2)) / 100
