"""Where next: sites for new stations in the store, from candidates to a scenario that can be kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.allocation import UNLIMITED
from gis.candidates import street_corners
from gis.errors import Fault, RefusedInputError
from gis.siting import OBJECTIVES, Objective, Siting, choose_sites
from gis.siting import Question as Sites
from gis.siting import Reach as SiteReach
from layers.areas import below
from layers.db import Database
from layers.inputs import InputCache, Inputs
from layers.io.fields import STATIONS
from layers.io.parse import read_rows
from layers.io.progress import Progress, part, silent
from layers.io.records import ReadOptions
from layers.question import Question
from layers.reach import REACHES, Base
from layers.scenario import Change, Scenario
from layers.usecases.coverage import about
from layers.usecases.whatif.computing import what_if
from layers.usecases.whatif.keeping import keep

Int64Array = NDArray[np.int64]
MOST_CANDIDATES, MOST_PLACES = 300, 2000
FAR_M = 5000.0
"""Walks of the p-median are looked at this far: farther homes weigh on no site's mean."""


@dataclass(frozen=True)
class Place:
    """A place a station could stand at: of a list, or a street corner."""

    code: str
    lon: float
    lat: float
    name: str | None = None
    capacity: int | None = None
    """Households; None: the request's `capacity`."""


@dataclass(frozen=True)
class SitingAsked:
    """What is looked for, and among which places."""

    question: Question
    objective: Objective = "max-coverage"
    add: int | None = None
    target: Fraction | None = None
    places: tuple[Place, ...] = ()
    """Candidates; street corners near homes where there are none."""
    area: tuple[tuple[float, float], ...] = ()
    """Corners inside this ring (lon, lat) only."""
    most: int = MOST_CANDIDATES
    must: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    capacities: bool = True
    capacity: int | None = None
    """Households of a new station where its place names none; None: any number."""
    seed: int = 0

    def __post_init__(self) -> None:
        wrong = []
        if self.objective not in OBJECTIVES:
            wrong.append(("objective", f"must be one of {', '.join(OBJECTIVES)}"))
        if self.objective == "min-stations":
            if self.target is None or not 0 < self.target <= 1:
                wrong.append(("target", "must be more than 0 % and at most 100 %"))
        elif self.add is None or self.add < 1:
            wrong.append(("add", "must be 1 or more"))
        if not 1 <= self.most <= MOST_PLACES:
            wrong.append(("most", f"must be from 1 to {MOST_PLACES:,}"))
        if len(self.places) > MOST_PLACES:
            wrong.append(("places", f"must be at most {MOST_PLACES:,}"))
        if self.capacity is not None and self.capacity < 0:
            wrong.append(("capacity", "must be 0 or more"))
        codes = [place.code for place in self.places]
        wrong += [
            ("places", f"{code} comes twice")
            for code in sorted({c for c in codes if codes.count(c) > 1})
        ]
        if self.area and not shapely.Polygon(self.area).is_valid:
            wrong.append(("area", "must be a simple ring"))
        if wrong:
            faults = [Fault("request", None, name, reason) for name, reason in wrong]
            raise RefusedInputError("bad_siting", f"{wrong[0][0]} {wrong[0][1]}", faults)


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


def read_places(path: Path, encoding: str | None = None) -> tuple[Place, ...]:
    """Return candidates of a file as stations are read: code, name, place, capacity.

    Raises
    ------
    RefusedInputError
        Every refusal of the readers.
    """
    rows = read_rows(path, STATIONS, ReadOptions(encoding=encoding, allow_outside_china=True))
    lacking = [
        Fault(rows.file, int(number), "lon", "there are no coordinates")
        for number, place in zip(rows.numbers, rows.geometry, strict=True)
        if place is None
    ]
    if lacking:
        raise RefusedInputError(
            "invalid_rows", f"{rows.file}: candidates need coordinates", lacking
        )
    return tuple(
        Place(code or f"{rows.file}:{number}", point.x, point.y, name, capacity)
        for number, code, name, capacity, point in zip(
            rows.numbers, rows.values["code"], rows.values["name"], rows.values["capacity"],
            shapely.point_on_surface(rows.geometry), strict=True,
        )
    )  # fmt: skip


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
    ground = _ground(cache, inputs, asked, chosen, part(progress, 20, 50))
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
    progress: Progress,
) -> _Ground:
    median = asked.objective == "p-median"
    limit = asked.question.limits.walk_mm
    if median:
        limit = max(limit, int(FAR_M * 1000))
    base = REACHES.base(cache, inputs, asked.question.category, limit)
    places = _places(inputs, asked, chosen)
    households = inputs.buildings.households[asked.question.basis].astype(np.int64)
    rows = np.flatnonzero(chosen & (households > 0))
    demand, site, distance = _pairs(base, places, rows, len(households), limit, progress)
    left_out = 0
    if median:
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


def _places(inputs: Inputs, asked: SitingAsked, chosen: NDArray[np.bool_]) -> list[Place]:
    """Return the candidates: those given, else street corners near the homes asked about."""
    if asked.places:
        return list(asked.places)
    households = inputs.buildings.households[asked.question.basis].astype(np.int64)
    ring = shapely.Polygon(asked.area) if asked.area else None
    found: list[Place] = []
    for item in inputs.parts:
        mine = np.where(chosen[item.rows], households[item.rows], 0)
        lonlat = item.network.node_lonlat
        inside = None if ring is None else shapely.contains_xy(ring, lonlat[:, 0], lonlat[:, 1])
        for node in street_corners(item.network, item.xy, mine, asked.most, inside):
            lon, lat = lonlat[node].tolist()
            found.append(Place(f"corner:{len(found) + 1}", round(lon, 7), round(lat, 7)))
    if not found:
        raise RefusedInputError(
            "no_candidates", "there is no street corner near these homes; give a list of places"
        )
    return found


def _pairs(
    base: Base,
    places: Sequence[Place],
    rows: Int64Array,
    buildings: int,
    limit: int,
    progress: Progress,
) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Return demand, site and walk of every pair within the limit: stations first, then places."""
    place_of = np.full(buildings, -1, dtype=np.int64)
    place_of[rows] = np.arange(len(rows))
    snaps = base.grounds.snaps(
        np.array([[place.lon, place.lat] for place in places]).reshape(-1, 2)
    )
    demand = [place_of[base.reaches.point]]
    site = [base.reaches.station.astype(np.int64)]
    distance = [base.reaches.walk_mm]
    for n in range(len(places)):
        point, walk = base.grounds.reach(snaps, n, limit)
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
        "code": place.code, "name": place.name, "lon": place.lon, "lat": place.lat, "households": load,
    }  # fmt: skip


__all__ = ["Place", "SitingAsked", "site_stations"]
