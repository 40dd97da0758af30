"""What if: other stations, places, ways or limits, and what that changes, computed from what is known.

Only what changes is searched: a station that is put or moved, and the stations near a new way. Places are given
out again where stations hang together with those that changed, and what changed is added to today's figures. The
rest is kept from one question to the next; the answer is that of a full computation.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.allocation import Changed, Served, reallocate
from gis.errors import RefusedInputError
from gis.reach import join_reaches
from layers.areas import below
from layers.db import Database
from layers.inputs import ANALYSIS_VERSION, InputCache, Inputs
from layers.io.progress import Progress, silent
from layers.reach import (
    REACHES,
    Base,
    Found,
    Stations,
    in_one_community,
    unlimited,
)
from layers.scenario import Scenario
from layers.usecases.coverage import about
from layers.usecases.whatif.curves import curve_of
from layers.usecases.whatif.figures import figures_of, today_of
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
    basis, capacities, own = question.basis, scenario.capacities, scenario.own_community
    before = today(base, basis, capacities=capacities, own=own)
    after = _then(cache, inputs, base, scenario)
    known = base.once(
        (basis, capacities, own, part), lambda: today_of(base.grounds, basis, before, part)
    )
    now = base.once(
        (basis, part, question.minutes, question.speed_kmh),
        lambda: curve_of(question, base.grounds, known, before),
    )
    answer = figures_of(base.grounds, basis, known, before, after)
    return {
        **answer,
        "curve": {"before": now, "after": curve_of(scenario.after, base.grounds, known, after)},
        "parameters": scenario.canonical(),
        "inputs": {"hash": inputs.hash, "code_version": ANALYSIS_VERSION},
        "reproducible": True,
        "seconds": round(time.perf_counter() - started, 4),
    }


def _then(cache: InputCache, inputs: Inputs, base: Base, scenario: Scenario) -> State:
    """Return what is after the changes; only stations whose reach is new are searched."""
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
    found: list[Found] = [
        base.reaches.of(int(old)) if old >= 0 else grounds.reach(snaps, n, limit)
        for n, old in enumerate(source)
    ]
    for way in ways:
        source[sorted(walk_ways(way, snaps[way.part], found, limit))] = -1
    allocation = _again(base, scenario, stations, source, found)
    return State(
        stations, allocation, routed_buildings(base, snaps, ways), base.nearest_after(source, found)
    )


def _again(
    base: Base, scenario: Scenario, stations: Stations, source: Int64Array, found: list[Found]
) -> Served:
    """Return who is served when the stations without a source reach what was found for them."""
    inputs, basis = base.grounds.inputs, scenario.question.basis
    capacities, own = scenario.capacities, scenario.own_community
    fresh = np.flatnonzero(source < 0)
    reaches = join_reaches([found[n] for n in fresh])
    point, walk = reaches.point, reaches.walk_mm
    station = fresh[reaches.station].astype(np.int32)
    if own:
        usable = in_one_community(inputs, stations, point, station)
        point, station, walk = point[usable], station[usable], walk[usable]
    return reallocate(
        base.allocation(basis, capacities, own),
        base.pairs(own),
        inputs.buildings.households[basis].astype(np.int64),
        base.capacity(capacities),
        Changed(
            source,
            stations.capacity if capacities else unlimited(len(stations)),
            (point, station, walk),
        ),
    )
