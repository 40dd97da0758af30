"""Who has a place among those in reach: what capacities say about one building of a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gis.allocation import UNLIMITED
from layers.inputs import InputCache, Inputs
from layers.question import Question
from layers.reach import REACHES


@dataclass(frozen=True)
class Place:
    """A station in reach, and how full it is."""

    code: str
    name: str | None
    walk_mm: int
    capacity: int | None
    """Households it can serve; None for any number."""
    load: int
    """Households it serves, of all buildings."""
    households: int
    """Those of this building among them."""


@dataclass(frozen=True)
class Places:
    """Who of a building's households has a place, by the allocation of what-ifs."""

    basis: str
    served: int
    over_capacity: int
    """In reach, but every place is taken."""
    stations: tuple[Place, ...]
    """All in reach, by walk."""

    @property
    def given(self) -> str | None:
        """Code of the station that takes the most of these households in, of equals the nearest."""
        taking = [place for place in self.stations if place.households]
        return max(taking, key=lambda place: place.households).code if taking else None


def places_of(cache: InputCache, inputs: Inputs, question: Question, row: int) -> Places | None:
    """Return who has a place in the building at a row of the inputs.

    None where no open station of the category has a capacity: then nobody can be turned away, and the
    walks of all stations need not be searched.
    """
    table = inputs.stations
    own = table[(table["category"] == question.category) & table["open"]]
    if not own["capacity"].notna().any():
        return None
    base = REACHES.base(cache, inputs, question.category, question.limits.walk_mm)
    allocation = base.allocation(question.basis, capacities=True, own=False)
    pairs = np.flatnonzero(base.reaches.point == row)
    # Only pairs that serve somebody are listed, in the order of all pairs.
    at = np.searchsorted(allocation.pair, pairs)
    households = np.zeros(len(pairs), dtype=np.int64)
    known = at < len(allocation.pair)
    known[known] = allocation.pair[at[known]] == pairs[known]
    households[known] = allocation.households[at[known]]
    station = np.searchsorted(base.reaches.start, pairs, side="right") - 1
    found = [
        Place(
            base.stations.code[n],
            base.stations.name[n],
            int(base.reaches.walk_mm[pair]),
            None if base.stations.capacity[n] == UNLIMITED else int(base.stations.capacity[n]),
            int(allocation.load[n]),
            int(number),
        )
        for n, pair, number in zip(station.tolist(), pairs.tolist(), households, strict=True)
    ]
    return Places(
        question.basis,
        int(allocation.served[row]),
        int(allocation.over_capacity[row]),
        tuple(sorted(found, key=lambda place: (place.walk_mm, place.code))),
    )
