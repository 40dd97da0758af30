"""From candidates to the sites chosen among them, and the scenario that can be kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.allocation import UNLIMITED
from gis.coverage import locate
from gis.errors import Fault, RefusedInputError
from gis.siting import Objective, Siting, choose_sites
from gis.siting import Question as Sites
from gis.siting import Reach as SiteReach
from layers.areas import below
from layers.db import Database
from layers.inputs import InputCache, Inputs
from layers.io.progress import Progress, part, silent
from layers.reach import REACHES, Base, own_pairs
from layers.scenario import Change, Scenario
from layers.usecases.coverage import about
from layers.usecases.siting.asked import Place, SitingAsked
from layers.usecases.siting.candidates import candidates_of
from layers.usecases.whatif.computing import what_if
from layers.usecases.whatif.keeping import keep

Int64Array = NDArray[np.int64]
UNITS: Mapping[Objective, str] = {
    "max-coverage": "households",
    "min-stations": "stations",
    "p-median": "household_metres",
}
FAR_M = 5000.0
"""Walks of the p-median are looked at this far: farther homes weigh on no site's mean."""


@dataclass(frozen=True)
class _Ground:
    """The question put to the solver, and what its indices stand for."""

    sites: Sites
    places: Sequence[Place]
    """Candidates; site `existing + i` is the i-th."""
    existing: int
    rows: Int64Array
    """(n,) buildings of the demands."""
    left_out: int
    """Households that no site reaches, left out of the p-median."""
    names: dict[str, int] = field(default_factory=dict)


def site_stations(
    database: Database,
    cache: InputCache,
    asked: SitingAsked,
    name: str | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Choose sites and return them with what they would change; kept as a scenario where it is named.

    Raises
    ------
    RefusedInputError
        `bad_siting`, `no_buildings`, `no_candidates`, `unknown_place`, `infeasible` with every reason.
    """
    question, roots, reading = about(database, asked.question)
    asked = replace(asked, question=question)
    with reading.session("compute") as session:
        inputs = cache.load(session, part(progress, 0, 20))
        area = None if roots is None else below(session, roots)
    if len(inputs.buildings) == 0:
        raise RefusedInputError(
            "no_buildings", "there are no buildings yet: import buildings first"
        )
    chosen = (
        np.ones(len(inputs.buildings), dtype=np.bool_)
        if area is None
        else np.isin(inputs.buildings.division, sorted(area))
    )
    places = candidates_of(inputs, asked, chosen, area)
    ground = _ground(cache, inputs, asked, chosen, places, part(progress, 20, 50))
    found = choose_sites(ground.sites, part(progress, 50, 90))
    if not found.feasible:
        faults = [Fault("request", None, reason.code, reason.text) for reason in found.reasons]
        raise RefusedInputError(
            "infeasible", "; ".join(reason.text for reason in found.reasons), faults
        )
    picked = [ground.places[site - ground.existing] for site in found.chosen]
    scenario = Scenario(
        question,
        tuple(
            Change(
                "put", lon=place.lon, lat=place.lat, name=place.name or place.code,
                capacity=asked.capacity if place.capacity is None else place.capacity,
            )
            for place in picked
        ),
        capacities=asked.capacities,
        own_community=asked.own_community,
    )  # fmt: skip
    summary = _summary(asked, ground, found)
    if name is None:
        answer = what_if(database, cache, scenario, part(progress, 90, 100))
        return {"siting": summary, **answer}
    return keep(database, cache, scenario, name, progress=part(progress, 90, 100), siting=summary)


def _ground(
    cache: InputCache,
    inputs: Inputs,
    asked: SitingAsked,
    chosen: NDArray[np.bool_],
    places: Sequence[Place],
    progress: Progress,
) -> _Ground:
    median = asked.objective == "p-median"
    limit = asked.question.limits.walk_mm
    if median:
        limit = max(limit, int(FAR_M * 1000))
    base = REACHES.base(cache, inputs, asked.question.category, limit)
    households = inputs.buildings.households[asked.question.basis].astype(np.int64)
    rows = np.flatnonzero(chosen & (households > 0))
    demand, site, distance = _pairs(base, places, asked, rows, limit, progress)
    left_out = 0
    if median:
        distance = (distance + 500) // 1000
        reached = np.zeros(len(rows), dtype=np.bool_)
        reached[demand] = True
        left_out = int(households[rows[~reached]].sum())
        place = np.cumsum(reached) - 1
        rows, demand = rows[reached], place[demand]
    existing, total = len(base.stations), int(households[rows].sum())
    names = {place.code: existing + n for n, place in enumerate(places)}
    unknown = [code for code in (*asked.must, *asked.forbidden) if code not in names]
    if unknown:
        raise RefusedInputError("unknown_place", f"no candidate is called {', '.join(unknown)}")
    sites = Sites(
        SiteReach.from_pairs(
            demand, site, distance, demands=len(rows), sites=existing + len(places)
        ),
        households[rows],
        asked.objective,
        choose=None if asked.objective == "min-stations" else asked.add,
        target=asked.target or Fraction(1),
        existing=np.arange(existing),
        must=np.array([names[code] for code in asked.must], dtype=np.int64),
        forbidden=np.array([names[code] for code in asked.forbidden], dtype=np.int64),
        capacity=_capacity(base, asked, places, total) if asked.capacities else None,
        seed=asked.seed,
    )
    return _Ground(sites, places, existing, rows, left_out, names)


def _pairs(
    base: Base,
    places: Sequence[Place],
    asked: SitingAsked,
    rows: Int64Array,
    limit: int,
    progress: Progress,
) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Return demand, site and walk (mm) of every pair within the limit: stations first, then places."""
    inputs = base.grounds.inputs
    member = inputs.communities.member
    place_of = np.full(len(member), -1, dtype=np.int64)
    place_of[rows] = np.arange(len(rows))
    lonlat = np.array([[place.lon, place.lat] for place in places]).reshape(-1, 2)
    snaps = base.grounds.snaps(lonlat)
    community = locate(lonlat, inputs.communities.polygon)
    usable: slice | NDArray[np.bool_] = slice(None)
    if asked.own_community:
        usable = own_pairs(inputs, base.reaches, base.stations)
    demand = [place_of[base.reaches.point[usable]]]
    site = [base.reaches.station[usable].astype(np.int64)]
    distance = [base.reaches.walk_mm[usable]]
    for n in range(len(places)):
        point, walk = base.grounds.reach(snaps, n, limit)
        if asked.own_community:
            own = (member[point] == community[n]) & (community[n] >= 0)
            point, walk = point[own], walk[own]
        demand.append(place_of[point])
        site.append(np.full(len(point), len(base.stations) + n, dtype=np.int64))
        distance.append(walk)
        if n % 20 == 0:
            progress(100 * n // len(places), f"walks to {n:,} of {len(places):,} candidates")
    all_demand = np.concatenate(demand)
    own = all_demand >= 0
    return all_demand[own], np.concatenate(site)[own], np.concatenate(distance)[own]


def _capacity(
    base: Base, asked: SitingAsked, places: Sequence[Place], total: int
) -> Int64Array | None:
    """Return the capacity of every site; None where nobody's is limited."""
    of_places = [asked.capacity if place.capacity is None else place.capacity for place in places]
    given = [
        *np.where(base.stations.capacity == UNLIMITED, total, base.stations.capacity).tolist(),
        *(total if capacity is None else capacity for capacity in of_places),
    ]
    capacity = np.minimum(np.array(given, dtype=np.int64), total)
    return None if (capacity >= total).all() else capacity


def _summary(asked: SitingAsked, ground: _Ground, found: Siting) -> dict[str, Any]:
    load = found.assignment.load(ground.sites.reach.sites)
    curve = [
        {
            "place": None
            if step.site < ground.existing
            else ground.places[step.site - ground.existing].code,
            "value": step.value,
            "gain": step.gain,
        }
        for step in found.curve
    ]
    return {
        "objective_kind": asked.objective,
        "objective": found.objective,
        "objective_unit": UNITS[asked.objective],
        "bound": found.bound,
        "gap": None if found.gap is None else round(found.gap, 6),
        "proved": found.proved,
        "reproducible": found.reproducible,
        "served": found.served,
        "households": found.total,
        "left_out": ground.left_out,
        "candidates": len(ground.places),
        "existing": ground.existing,
        "chosen": [
            _chosen(ground.places[site - ground.existing], int(load[site])) for site in found.chosen
        ],
        "curve": curve,
    }


def _chosen(place: Place, load: int) -> Mapping[str, Any]:
    return {
        "kind": place.kind, "code": place.code, "name": place.name,
        "lon": place.lon, "lat": place.lat, "households": load,
    }  # fmt: skip
