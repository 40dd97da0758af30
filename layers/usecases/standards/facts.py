"""What is known of communities when they are held against a rule set, whoever it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gis.crs import IntArray
from gis.standards import MISSING, BoolArray, apportion


@dataclass(frozen=True)
class Premises:
    """Premises and the communities that share them: counted once, apportioned by households."""

    name: str | None
    area_cm2: int
    """`MISSING` where nobody wrote it down."""
    sharers: tuple[int, ...]
    """Rows of communities, ascending."""


@dataclass(frozen=True)
class Grids:
    """The grids in force, g of them."""

    code: list[str]
    name: list[str | None]
    kind: list[str | None]
    community: IntArray
    """(g,) row of the community, -1 outside those known."""
    households: Mapping[str, IntArray]
    """By basis, (g,)."""
    workers: IntArray
    """(g,) workers posted there, `MISSING` where nobody keeps postings."""
    whole_estate: BoolArray
    """(g,) its households are one estate's, and all of that estate's."""


@dataclass(frozen=True, eq=False)
class Reach:
    """A stored coverage run that covers all the communities."""

    run: str
    created_at: str
    parameters: Mapping[str, Any]
    households: IntArray
    within_walk: IntArray
    within_radius: IntArray


@dataclass(frozen=True)
class Facts:
    """n communities; what nobody counted is `MISSING` or None, never 0."""

    source: str
    """`store`, or the name of the ledger."""
    code: list[str | None]
    name: list[str | None]
    kind: list[str | None]
    parent: list[str | None]
    parent_name: list[str | None]
    shown: BoolArray
    """(n,) asked about; the others only share premises with them."""
    households: Mapping[str, IntArray]
    counted_from: list[str | None]
    counted_to: list[str | None]
    sources: list[list[str]]
    population: IntArray
    premises: Sequence[Premises]
    premises_known: BoolArray
    """(n,) what has no row in `premises` has none; where false nothing is known."""
    staff: Mapping[str, IntArray]
    """Full-time workers by post; under `""` where the source counts them whatever the post."""
    stations: Mapping[str, IntArray]
    """By category, (n,) open stations, `MISSING` where unknown. A category not in it is unknown."""
    rooms: list[Mapping[str, int] | None]
    lease_years: list[float | None]
    owned: list[bool | None]
    """True where the premises are not rented."""
    grids: Grids | None
    grid_count: IntArray
    grid_workers: IntArray
    """(n,) workers in grids, where the grids themselves are not known one by one."""
    gridded: Mapping[str, IntArray]
    """By basis, (n,) households inside grids."""
    land_m2: IntArray
    gridded_m2: IntArray
    reach: Reach | None = None
    """The run 户覆盖率 is taken from."""
    runs: tuple[Reach, ...] = ()
    """Runs that asked what a rule asks."""
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.name)


def missing(size: int) -> IntArray:
    """Return (size,) of nothing known."""
    return np.full(size, MISSING, dtype=np.int64)


@dataclass(frozen=True)
class Floor:
    """Floor area of each community after sharing."""

    area_cm2: IntArray
    """(n,), `MISSING` where unknown."""
    reason: list[str | None]
    """Why it is unknown."""
    shared_with: list[tuple[int, ...]]
    """(n,) rows of the others, ascending."""


def apportion_premises(facts: Facts, basis: str) -> Floor:
    """Return the floor area of every community: what it shares goes by households, to the square centimetre.

    Premises of one community are its own. What several share is divided by their households of the
    basis with the largest remainder, alike where none of them has households; where the households of
    one are unknown nobody's share is known.
    """
    size = len(facts)
    area = np.where(facts.premises_known, 0, MISSING).astype(np.int64)
    reason: list[str | None] = [None if known else "no_area" for known in facts.premises_known]
    others: list[set[int]] = [set() for _ in range(size)]
    households = facts.households[basis]
    for item in facts.premises:
        rows = list(item.sharers)
        for row in rows:
            others[row].update(set(rows) - {row})
        weights = households[rows]
        why = None
        if item.area_cm2 == MISSING:
            why = "no_area"
        elif len(rows) > 1 and (weights == MISSING).any():
            why = "shared_without_households"
        shares = (
            None if why else apportion(item.area_cm2, weights.tolist() if len(rows) > 1 else [1])
        )
        for place, row in enumerate(rows):
            if shares is None:
                area[row], reason[row] = MISSING, why
            elif area[row] != MISSING:
                area[row] += shares[place]
    return Floor(area, reason, [tuple(sorted(found)) for found in others])
