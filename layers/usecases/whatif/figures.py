"""The figures of a scenario: classes before and after, in total, by community, grid and station."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.input_rows import Areas
from layers.inputs import Inputs
from layers.reach import Grounds
from layers.usecases.coverage_rows import Part, unplaced_of
from layers.usecases.whatif.states import State

Int64Array = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
CLASSES = ("served", "over_capacity", "out_of_reach")
COUNTED = (*CLASSES, "unreachable", "no_network")
INSIDE = ("unreachable", "no_network", "unplaced")
"""Named inside `out_of_reach`, whose households include theirs."""
MAX_BUILDINGS = 5000
"""Changed buildings listed in an answer; `buildings_changed` counts them all."""


@dataclass(frozen=True)
class Today:
    """The figures before any change, of the buildings and areas a question is about."""

    part: frozenset[int] | None
    """Ids of its divisions with all below; None for the whole store."""
    chosen: BoolArray
    """(n,) its buildings."""
    unplaced: int
    """Households that have no building."""
    counts: Int64Array
    """`_counts` of its buildings."""
    sums: dict[str, Int64Array]
    """Per scope (3, areas) `_sums` of its buildings."""


def today_of(grounds: Grounds, basis: str, state: State, part: frozenset[int] | None) -> Today:
    """Return the figures of things as they are."""
    inputs = grounds.inputs
    chosen = (
        np.ones(len(inputs.buildings), dtype=np.bool_)
        if part is None
        else np.isin(inputs.buildings.division, sorted(part))
    )
    rows = np.flatnonzero(chosen)
    return Today(
        part,
        chosen,
        sum(unplaced_of(inputs, basis, Part(chosen, part)).values()),
        _counts(grounds, state, rows),
        {scope: _sums(areas, state, rows) for scope, areas in _scopes(inputs)},
    )


def figures_of(
    grounds: Grounds, basis: str, today: Today, before: State, after: State
) -> dict[str, Any]:
    """Return what a scenario changes: today's figures, and those with the buildings that changed."""
    inputs = grounds.inputs
    changed = before.routed != after.routed
    for name in CLASSES:
        changed |= getattr(before.allocation, name) != getattr(after.allocation, name)
    rows = np.flatnonzero(changed & today.chosen)
    counts = today.counts - _counts(grounds, before, rows) + _counts(grounds, after, rows)
    lists = {}
    for scope, areas in _scopes(inputs):
        old = today.sums[scope]
        new = old - _sums(areas, before, rows) + _sums(areas, after, rows)
        lists[scope] = _area_rows(areas, old, new, today.part)
    gained = after.allocation.served[rows] - before.allocation.served[rows]
    rows, gained = rows[gained != 0], gained[gained != 0]
    return {
        "before": _totals(today, today.counts),
        "after": _totals(today, counts),
        "newly_served": int(gained[gained > 0].sum()),
        "no_longer_served": int(-gained[gained < 0].sum()),
        "buildings_changed": len(rows),
        "buildings": _building_rows(
            inputs, basis, before, after, rows[np.lexsort((rows, -np.abs(gained)))][:MAX_BUILDINGS]
        ),
        **lists,
        "stations": _station_rows(before, after),
    }


def _scopes(inputs: Inputs) -> tuple[tuple[str, Areas], ...]:
    return ("communities", inputs.communities), ("grids", inputs.grids)


def _counts(grounds: Grounds, state: State, rows: Int64Array) -> Int64Array:
    """Return the households with a building of each of `COUNTED`."""
    served, over, out = (getattr(state.allocation, name)[rows] for name in CLASSES)
    unrouted = ~state.routed[rows]
    none = unrouted & grounds.no_network[rows]
    found = (served, over, out, out[unrouted & ~none], out[none])
    return np.array([values.sum() for values in found], dtype=np.int64)


def _sums(areas: Areas, state: State, rows: Int64Array) -> Int64Array:
    """Return (3, areas) households of each class."""
    rows = rows[areas.member[rows] >= 0]
    member = areas.member[rows]
    return np.array(
        [
            np.bincount(member, getattr(state.allocation, name)[rows], minlength=len(areas))
            for name in CLASSES
        ]
    ).astype(np.int64)


def _area_rows(
    areas: Areas, old: Int64Array, new: Int64Array, part: frozenset[int] | None
) -> list[dict[str, Any]]:
    both = zip(old.T.tolist(), new.T.tolist(), strict=True)
    return [
        {
            "code": areas.code[n],
            "name": areas.name[n],
            **{
                name: {"before": was, "after": becomes}
                for name, was, becomes in zip(CLASSES, before, after, strict=True)
            },
        }
        for n, (before, after) in enumerate(both)
        if part is None or int(areas.division[n]) in part
    ]


def _building_rows(
    inputs: Inputs, basis: str, before: State, after: State, rows: Int64Array
) -> list[dict[str, Any]]:
    rows = np.sort(rows)
    columns = (
        inputs.buildings.code[rows].tolist(),
        inputs.buildings.lonlat[rows].tolist(),
        inputs.buildings.households[basis][rows].tolist(),
        before.allocation.served[rows].tolist(),
        after.allocation.served[rows].tolist(),
    )
    return [
        {
            "code": str(code),
            "lon": round(lon, 7),
            "lat": round(lat, 7),
            "households": households,
            "served_before": was,
            "served_after": becomes,
        }
        for code, (lon, lat), households, was, becomes in zip(*columns, strict=True)
    ]


def _totals(today: Today, counts: Int64Array) -> dict[str, Any]:
    return class_row(dict(zip(COUNTED, counts.tolist(), strict=True)), today.unplaced)


def class_row(sums: Mapping[str, int], unplaced: int) -> dict[str, Any]:
    """Return households by class; they always add up to all, those without a building included.

    Parameters
    ----------
    sums
        Households with a building of each of `COUNTED`.
    """
    total = sum(sums[name] for name in CLASSES) + unplaced
    return {
        "households": total,
        "served": sums["served"],
        "over_capacity": sums["over_capacity"],
        "out_of_reach": sums["out_of_reach"] + unplaced,
        "unreachable": sums["unreachable"],
        "no_network": sums["no_network"],
        "unplaced": unplaced,
        "rate_served": round(sums["served"] / total, 6) if total else None,
    }


def missing(grounds: Grounds, state: State) -> dict[str, BoolArray]:
    """Return which buildings are unreachable and which without street data."""
    none = grounds.no_network & ~state.routed
    return {"unreachable": ~state.routed & ~none, "no_network": none}


def _station_rows(before: State, after: State) -> list[dict[str, Any]]:
    def rows(state: State) -> dict[str, tuple[str | None, list[float], int, int | None]]:
        at = state.stations
        places = (n if n >= 0 else None for n in at.capacity.tolist())
        columns = (at.name, at.lonlat.tolist(), state.allocation.load.tolist(), places)
        return dict(zip(at.code, zip(*columns, strict=True), strict=True))

    old, new = rows(before), rows(after)
    nothing = (None, list[float](), None, None)
    found = []
    for code in sorted({*old, *new}):
        name, (lon, lat), _, _ = new.get(code) or old[code]
        _, _, load_before, capacity_before = old.get(code, nothing)
        _, _, load_after, capacity_after = new.get(code, nothing)
        found.append({
            "code": code,
            "name": name,
            "lon": round(lon, 7),
            "lat": round(lat, 7),
            "load_before": load_before,
            "load_after": load_after,
            "capacity_before": capacity_before,
            "capacity_after": capacity_after,
        })  # fmt: skip
    return found
