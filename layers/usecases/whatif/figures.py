"""The figures of a scenario: classes before and after, in total, by community, grid and station."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.snap import NO_NETWORK
from layers.inputs import Inputs
from layers.scenario import Scenario
from layers.usecases.coverage_rows import Part, unplaced_of
from layers.usecases.whatif.states import State

Int64Array = NDArray[np.int64]
CLASSES = ("served", "over_capacity", "out_of_reach")
INSIDE = ("unreachable", "no_network", "unplaced")
"""Named inside `out_of_reach`, whose households include theirs."""
MAX_BUILDINGS = 5000
"""Changed buildings listed in an answer; `buildings_changed` counts them all."""


def figures_of(
    inputs: Inputs,
    scenario: Scenario,
    before: State,
    after: State,
    chosen: NDArray[np.bool_],
    part: frozenset[int] | None,
) -> dict[str, Any]:
    """Return what a scenario changes, of the buildings and areas it is about.

    Parameters
    ----------
    chosen
        (n,) buildings of the question.
    part
        Ids of its divisions with all below; None for the whole store.
    """
    basis = scenario.question.basis
    households = inputs.buildings.households[basis].astype(np.int64)
    gained = after.allocation.served - before.allocation.served
    shown = chosen & (gained != 0)
    lists = {}
    for scope, areas in (("communities", inputs.communities), ("grids", inputs.grids)):
        member, size = areas.member, len(areas)
        sums = {
            name: (
                _by_area(getattr(before.allocation, name), member, size, chosen),
                _by_area(getattr(after.allocation, name), member, size, chosen),
            )
            for name in CLASSES
        }
        lists[scope] = [
            {
                "code": areas.code[n],
                "name": areas.name[n],
                **{
                    name: {"before": int(old[n]), "after": int(new[n])}
                    for name, (old, new) in sums.items()
                },
            }
            for n in range(size)
            if part is None or int(areas.division[n]) in part
        ]
    unplaced = sum(unplaced_of(inputs, basis, Part(chosen, part)).values())
    rows = np.flatnonzero(shown)
    most = rows[np.lexsort((rows, -np.abs(gained[rows])))][:MAX_BUILDINGS]
    return {
        "before": _totals(inputs, before, chosen, unplaced),
        "after": _totals(inputs, after, chosen, unplaced),
        "newly_served": int(gained[shown & (gained > 0)].sum()),
        "no_longer_served": int(-gained[shown & (gained < 0)].sum()),
        "buildings_changed": len(rows),
        "buildings": [
            {
                "code": str(inputs.buildings.code[row]),
                "lon": round(float(inputs.buildings.lonlat[row, 0]), 7),
                "lat": round(float(inputs.buildings.lonlat[row, 1]), 7),
                "households": int(households[row]),
                "served_before": int(before.allocation.served[row]),
                "served_after": int(after.allocation.served[row]),
            }
            for row in np.sort(most)
        ],
        **lists,
        "stations": _station_rows(before, after),
    }


def _by_area(
    values: Int64Array, member: NDArray[np.int32], size: int, chosen: NDArray[np.bool_]
) -> Int64Array:
    inside = chosen & (member >= 0)
    return np.bincount(member[inside], weights=values[inside], minlength=size).astype(np.int64)


def missing(inputs: Inputs, state: State) -> dict[str, NDArray[np.bool_]]:
    """Return which buildings are unreachable and which without street data, of those out of reach."""
    none = np.ones(len(inputs.buildings), dtype=np.bool_)
    for item in inputs.parts:
        none[item.rows] = item.snaps.state == NO_NETWORK
    none &= ~state.routed
    return {"unreachable": ~state.routed & ~none, "no_network": none}


def class_row(sums: Mapping[str, int], unplaced: int) -> dict[str, Any]:
    """Return households by class; they always add up to all, those without a building included.

    Parameters
    ----------
    sums
        Households with a building of `CLASSES`, and of `unreachable` and `no_network`.
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


def _totals(
    inputs: Inputs, state: State, chosen: NDArray[np.bool_], unplaced: int
) -> dict[str, Any]:
    sums = {name: int(getattr(state.allocation, name)[chosen].sum()) for name in CLASSES}
    for name, mask in missing(inputs, state).items():
        sums[name] = int(state.allocation.out_of_reach[chosen & mask].sum())
    return class_row(sums, unplaced)


def _station_rows(before: State, after: State) -> list[dict[str, Any]]:
    def rows(state: State) -> Mapping[str, tuple[str | None, int, int, float, float]]:
        at = state.stations
        return {
            code: (
                at.name[n],
                int(state.allocation.load[n]),
                int(at.capacity[n]),
                *at.lonlat[n].tolist(),
            )
            for n, code in enumerate(at.code)
        }

    old, new = rows(before), rows(after)
    return [
        {
            "code": code,
            "name": (new.get(code) or old[code])[0],
            "lon": round((new.get(code) or old[code])[3], 7),
            "lat": round((new.get(code) or old[code])[4], 7),
            "load_before": old[code][1] if code in old else None,
            "load_after": new[code][1] if code in new else None,
            "capacity_before": old[code][2] if code in old and old[code][2] >= 0 else None,
            "capacity_after": new[code][2] if code in new and new[code][2] >= 0 else None,
        }
        for code in sorted({*old, *new})
    ]
