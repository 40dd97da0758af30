"""The verdicts of one rule as arrays: whole numbers in, states and shortfalls out.

Every kind of rule becomes two arrays in one unit, what is required and what there is, multiplied
by a `scale` that makes both whole; the comparison is then exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gis.crs import IntArray
from gis.standards import (
    CM2_PER_M2,
    MISSING,
    NOT_APPLICABLE,
    SHORT,
    BoolArray,
    StateArray,
    judge,
    shortfalls,
)
from layers.usecases.standards.facts import Facts, Floor

TEN_THOUSAND = 10_000


@dataclass
class Judged:
    """The verdicts of one rule on n communities."""

    unit: str
    """`m2`, `workers`, `households`, `grids`, `categories`, `rooms`, `years`, `stations`."""
    scale: int
    required: IntArray
    """(n,) times `scale`; `MISSING` where unknown."""
    actual: IntArray
    numerator: IntArray
    denominator: IntArray
    """(n,) as they are, in the unit of the share; `MISSING` where unknown."""
    numerator_scale: int = 1
    numerator_unit: str = ""
    denominator_unit: str = ""
    reason: dict[int, str] = field(default_factory=dict)
    """Row -> why it is unknown or not applicable."""
    details: dict[int, dict[str, Any]] = field(default_factory=dict)
    state: StateArray | None = None
    """Given where it is not simply actual ≥ required."""
    shortfall: IntArray | None = None
    adds_up: bool = True
    """Whether what is required of several communities may be added."""

    def settle(self, applies: BoolArray) -> tuple[StateArray, IntArray]:
        """Return states and shortfalls (times `scale`) where the rule applies."""
        if self.state is None:
            found = judge(self.required, self.actual, applies)
        else:
            found = np.where(applies, self.state, NOT_APPLICABLE).astype(np.int8)
        if self.shortfall is None:
            return found, shortfalls(self.required, self.actual, found)
        return found, np.where(found == SHORT, self.shortfall, 0).astype(np.int64)


@dataclass(frozen=True)
class Question:
    """What the communities are judged with."""

    facts: Facts
    floor: Floor
    basis: str


def unknown_where(values: IntArray, reason: str) -> dict[int, str]:
    """Return the rows of unknown values with the reason."""
    return dict.fromkeys(np.flatnonzero(values == MISSING).tolist(), reason)


def scaled(values: IntArray, factor: int) -> IntArray:
    """Return values times a factor; what is unknown stays so."""
    return np.where(values == MISSING, MISSING, values * factor).astype(np.int64)


def count_by(group: IntArray, chosen: BoolArray, size: int) -> IntArray:
    """Return (size,) how many chosen rows each group has."""
    rows = group[chosen & (group >= 0)]
    return np.bincount(rows, minlength=size).astype(np.int64)


def nothing_to_judge(made: Judged, where: BoolArray, reason: str) -> Judged:
    """Say that the rule does not apply to some rows, for a reason."""
    if not where.any():
        return made
    state = judge(made.required, made.actual, np.ones(len(where), dtype=np.bool_))
    before = state if made.state is None else made.state
    made.state = np.where(where, NOT_APPLICABLE, before).astype(np.int8)
    made.reason |= dict.fromkeys(np.flatnonzero(where).tolist(), reason)
    return made


def plain(value: int, scale: int) -> float | int:
    """Return a scaled whole number as it is written: whole, or to two decimals, halves up."""
    if value % scale == 0:
        return value // scale
    return ((value * 200 + scale) // (2 * scale)) / 100


def per_hundred(area_cm2: int, households: int) -> float | None:
    """Return square metres for a hundred households, None where that says nothing."""
    if area_cm2 == MISSING or households <= 0:
        return None
    return float(plain(area_cm2 * 100, CM2_PER_M2 * households))
