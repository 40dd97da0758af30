"""What if: other stations, places, ways or limits, and what that changes, computed from what is known.

Only what changes is searched: a station that is put or moved, and the stations near a new way. The rest comes
from the reach of every station, which is kept; the answer is that of a full computation.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.allocation import allocate, merge_orders, pair_order
from gis.errors import RefusedInputError
from gis.reach import Reaches, join_reaches
from layers.areas import below
from layers.db import Database
from layers.inputs import ANALYSIS_VERSION, InputCache, Inputs
from layers.io.progress import Progress, silent
from layers.reach import (
    REACHES,
    Base,
    Found,
    own_pairs,
    unlimited,
)
from layers.scenario import Scenario
from layers.usecases.coverage import about
from layers.usecases.whatif.figures import figures_of
from layers.usecases.whatif.states import (
    State,
    changed_stations,
    gather_snaps,
    routed_buildings,
    today,
)
from layers.usecases.whatif.ways import new_ways, walk_ways

Int64Array = NDArray[np.int64]


def what_if(
    database: Database, cache: InputCache, scenario: Scenario, progress: Progress = silent
) -> dict[str, Any]:
    """Return what a scenario changes: classes before and after, in total, by community and by grid.

    Raises
    ------
    RefusedInputError
        `bad_changes`, `no_buildings`, `way_joins_nothing`, `gate_joins_nothing`.
    NotFoundError
        `unknown_station`.
    RightsError
        `outside_area`.
    """
    question, roots, reading = about(database, scenario.question)
    scenario = replace(scenario, question=question)
    with reading.session("compute") as session:
        inputs = cache.load(session, progress)
        part = None if roots is None else below(session, roots)
    if len(inputs.buildings) == 0:
        raise RefusedInputError(
            "no_buildings", "there are no buildings yet: import buildings first"
        )
    base = REACHES.base(cache, inputs, question.category, question.limits.walk_mm)
    started = time.perf_counter()
    before = today(base, question.basis, capacities=scenario.capacities, own=scenario.own_community)
    after = _then(cache, inputs, base, scenario, before)
    chosen = (
        np.ones(len(inputs.buildings), dtype=np.bool_)
        if part is None
        else np.isin(inputs.buildings.division, sorted(part))
    )
    answer = figures_of(inputs, scenario, before, after, chosen, part)
    return {
        **answer,
        "parameters": scenario.canonical(),
        "inputs": {"hash": inputs.hash, "code_version": ANALYSIS_VERSION},
        "reproducible": True,
        "seconds": round(time.perf_counter() - started, 4),
    }


def _then(
    cache: InputCache, inputs: Inputs, base: Base, scenario: Scenario, before: State
) -> State:
    limit = scenario.after.limits.walk_mm
    if limit != base.limit_mm:
        base = REACHES.base(cache, inputs, scenario.question.category, limit)
    stations, source = changed_stations(inputs, base.stations, scenario)
    grounds = base.grounds
    fresh = np.flatnonzero(source < 0)
    new_snaps = grounds.snaps(stations.lonlat[fresh])
    snaps = [
        gather_snaps(old, new, source, fresh)
        for old, new in zip(base.snaps, new_snaps, strict=True)
    ]
    ways = new_ways(inputs, scenario)
    if not ways and np.array_equal(source, np.arange(len(base.stations))):
        reaches, order = base.reaches, base.order
    else:
        found: list[Found] = [
            base.reaches.of(int(old)) if old >= 0 else grounds.reach(snaps, n, limit)
            for n, old in enumerate(source)
        ]
        touched = {int(n) for n in fresh}
        for way in ways:
            touched |= walk_ways(way, snaps[way.part], found, limit)
        reaches, order = _joined(base, found, source, touched)
    households = inputs.buildings.households[scenario.question.basis].astype(np.int64)
    same = reaches is before.reaches and np.array_equal(stations.capacity, before.stations.capacity)
    allocation = (
        before.allocation
        if same
        else allocate(
            reaches,
            households,
            stations.capacity if scenario.capacities else unlimited(len(stations)),
            own_pairs(inputs, reaches, stations) if scenario.own_community else None,
            order,
        )
    )
    return State(stations, reaches, allocation, routed_buildings(base, snaps, ways))


def _joined(
    base: Base, found: list[Found], source: NDArray[np.int64], touched: set[int]
) -> tuple[Reaches, Int64Array]:
    """Return the reaches after the changes with their order, sorting only the pairs that are new."""
    reaches = join_reaches(found)
    place = np.full(len(base.reaches.point), -1, dtype=np.int64)
    for n, old in enumerate(source.tolist()):
        if old >= 0 and n not in touched:
            start, stop = base.reaches.start[old], base.reaches.start[old + 1]
            place[start:stop] = np.arange(reaches.start[n], reaches.start[n + 1])
    kept = place[base.order]
    kept = kept[kept >= 0]
    new = np.concatenate(
        [np.arange(reaches.start[n], reaches.start[n + 1]) for n in sorted(touched)] or [np.empty(0, np.int64)]
    ).astype(np.int64)  # fmt: skip
    order = np.lexsort((reaches.station[new], reaches.point[new], reaches.walk_mm[new]))
    if not _in_order(source):
        return reaches, pair_order(reaches)
    return reaches, merge_orders(reaches, kept, new[order])


def _in_order(source: NDArray[np.int64]) -> bool:
    """Say whether the stations that stayed stand as they stood, so that their pairs' order holds."""
    stayed = source[source >= 0]
    return bool((np.diff(stayed) > 0).all())
