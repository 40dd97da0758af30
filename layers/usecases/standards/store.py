"""What the store knows of its communities, read for the standards board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.crs import IntArray
from gis.standards import CM2_PER_M2, MISSING, BoolArray
from layers.input_rows import (
    COMMUNITIES,
    GRIDS,
    Areas,
    Buildings,
    copy_frame,
    county_zones,
    read_areas,
    read_buildings,
)
from layers.models import BASES
from layers.registry import effective
from layers.usecases.standards.facts import Facts, Grids, Premises, missing

FACILITY = "service_station"
COUNTS = """
    SELECT c.division_id AS division, min(c.counted_on)::text AS first, max(c.counted_on)::text AS last,
           array_agg(DISTINCT c.source) FILTER (WHERE c.source <> '') AS sources,
           sum(c.registered) AS registered, sum(c.resident) AS resident, sum(c.planned) AS planned
    FROM (
        SELECT DISTINCT ON (building_id) * FROM household_count
        WHERE building_id IS NOT NULL AND counted_on <= as_of_day()
        ORDER BY building_id, counted_on DESC, source DESC
    ) c GROUP BY 1
    UNION ALL
    SELECT c.division_id, min(c.counted_on)::text, max(c.counted_on)::text,
           array_agg(DISTINCT c.source) FILTER (WHERE c.source <> ''),
           sum(c.registered), sum(c.resident), sum(c.planned)
    FROM (
        SELECT DISTINCT ON (community, place, source) * FROM household_count
        WHERE building_id IS NULL AND counted_on <= as_of_day()
        ORDER BY community, place, source, counted_on DESC
    ) c GROUP BY 1
"""
"""The newest count of every building, and of every place that lies on none yet (as coverage counts them)."""
PEOPLE = f"""
    SELECT v.division_id AS division, v.population, p.name AS parent_name
    FROM division_version v JOIN division d ON d.id = v.division_id AND d.level = 'community'
    LEFT JOIN division_version p ON p.division_id = v.parent_id AND {effective("p")}
    WHERE {effective("v")}
"""
OPEN = (
    "s.status = 'open' AND coalesce(s.opened_on <= current_date, true) "
    "AND coalesce(s.closed_on > current_date, true)"
)
STATIONS = f"""
    SELECT s.code, s.category, s.division_id AS division, s.premises_area_m2, s.serves, s.rooms, s.lease_years
    FROM station s WHERE {OPEN} ORDER BY s.code COLLATE "C"
"""
POSTINGS = f"""
    SELECT v.code, g.community_id AS division, p.post, p.worker_id AS worker
    FROM posting p JOIN grid g ON g.id = p.grid_id
    JOIN grid_version v ON v.grid_id = p.grid_id AND {effective("v")}
    WHERE {effective("p")} AND p.substitute_for IS NULL
"""
"""A substitute is no further worker: the holder is counted."""


def read_facts(session: Session, shown: frozenset[int] | None) -> tuple[Facts, list[int]]:
    """Return what is known of all communities the session reaches, and their division ids.

    Parameters
    ----------
    shown
        Divisions the board is about; None for all of them. The others are read for what they share.
    """
    buildings = read_buildings(session)
    zones = county_zones(session)
    areas = read_areas(session, COMMUNITIES, buildings, zones)
    grids = read_areas(session, GRIDS, buildings, zones)
    ids = [int(item) for item in areas.division]
    place = {division: row for row, division in enumerate(ids)}
    size = len(ids)
    counts = _counts(session, place)
    people = {
        int(row.division): row for row in session.execute(text(PEOPLE)) if row.division in place
    }
    population = missing(size)
    for division, row in people.items():
        population[place[division]] = MISSING if row.population is None else row.population
    postings = session.execute(text(POSTINGS)).all()
    whole = _grids(session, grids, areas, buildings, postings)
    stations = session.execute(text(STATIONS)).all()
    codes = {code: row for row, code in enumerate(areas.code)}
    premises, known = _premises(stations, place, codes)
    rooms, leases = _rooms_and_leases(stations, place)
    land = np.round(areas.area_km2 * 1e6).astype(np.int64)
    gridded_land = np.zeros(size)
    inside = whole.community >= 0
    np.add.at(gridded_land, whole.community[inside], grids.area_km2[inside] * 1e6)
    facts = Facts(
        source="store", code=list(areas.code), name=areas.name, kind=areas.kind, parent=areas.parent,
        parent_name=[people[item].parent_name if item in people else None for item in ids],
        shown=np.array([shown is None or item in shown for item in ids], dtype=np.bool_),
        households=counts.households, counted_from=counts.first, counted_to=counts.last,
        sources=counts.sources, population=population, premises=premises, premises_known=known,
        staff=_staff(postings, place), stations=_categories(stations, place, codes), rooms=rooms,
        lease_years=leases, owned=[None] * size, grids=whole,
        grid_count=np.bincount(whole.community[inside], minlength=size).astype(np.int64),
        grid_workers=missing(size), gridded=_gridded(buildings, areas, grids, counts),
        land_m2=land, gridded_m2=np.minimum(np.round(gridded_land).astype(np.int64), land),
    )  # fmt: skip
    return facts, ids


class _Counts:
    """Households of each community with their days and sources."""

    def __init__(self, size: int) -> None:
        self.households: dict[str, IntArray] = {basis: missing(size) for basis in BASES}
        self.first: list[str | None] = [None] * size
        self.last: list[str | None] = [None] * size
        self.sources: list[list[str]] = [[] for _ in range(size)]

    def add(self, row: int, found: Any) -> None:
        for basis, values in self.households.items():
            more = getattr(found, basis)
            if more is not None:
                values[row] = int(more) + max(0, int(values[row]))
        self.first[row] = min(filter(None, (self.first[row], found.first)), default=None)
        self.last[row] = max(filter(None, (self.last[row], found.last)), default=None)
        self.sources[row] = sorted({*self.sources[row], *(found.sources or ())})


def _counts(session: Session, place: Mapping[int, int]) -> _Counts:
    counts = _Counts(len(place))
    for found in session.execute(text(COUNTS)):
        if found.division in place:
            counts.add(place[found.division], found)
    return counts


def _grids(
    session: Session, grids: Areas, areas: Areas, buildings: Buildings, postings: Sequence[Any]
) -> Grids:
    place = {int(division): row for row, division in enumerate(areas.division.tolist())}
    number = {code: g for g, code in enumerate(grids.code)}
    posted: list[set[int]] = [set() for _ in grids.code]
    for row in postings:
        if row.code in number:
            posted[number[row.code]].add(int(row.worker))
    workers = np.array([len(found) for found in posted], dtype=np.int64)
    if not postings:  # nobody keeps postings here
        workers = missing(len(grids))
    size, member = len(grids), np.where(grids.member < 0, len(grids), grids.member)

    def sums(basis: str) -> IntArray:
        weights = buildings.households[basis]
        found = np.zeros(size + 1, dtype=np.int64)
        np.add.at(found, member, weights)
        return found[:-1]

    return Grids(
        grids.code, grids.name, grids.kind,
        np.array([place.get(int(item), -1) for item in grids.division.tolist()], dtype=np.int64),
        {basis: sums(basis) for basis in BASES}, workers,
        _whole_estates(session, buildings, member, size),
    )  # fmt: skip


def _whole_estates(
    session: Session, buildings: Buildings, member: IntArray, size: int
) -> BoolArray:
    """Say of which grids all counted buildings are one estate's, and all of it."""
    query = 'SELECT code, estate FROM building ORDER BY code COLLATE "C"'
    frame = copy_frame(session, query, ("code", "estate"))
    names, estate = np.unique(
        frame["estate"].fillna("").to_numpy(dtype=np.str_), return_inverse=True
    )
    lived = np.max(list(buildings.households.values()), axis=0, initial=0) > 0
    whole = np.zeros(size, dtype=np.bool_)
    pairs = np.unique(np.column_stack([member[lived], estate[lived]]), axis=0)
    estates_of = np.bincount(pairs[:, 0], minlength=size + 1)
    grids_of = np.bincount(pairs[:, 1], minlength=len(names))
    for grid, one in pairs.tolist():
        if grid < size and names[one] and estates_of[grid] == 1 and grids_of[one] == 1:
            whole[grid] = True
    return whole


def _gridded(
    buildings: Buildings, areas: Areas, grids: Areas, counts: _Counts
) -> dict[str, IntArray]:
    """Return households in a grid by basis; what lies on no building yet is in none."""
    inside = (grids.member >= 0) & (areas.member >= 0)
    found = {}
    for basis in BASES:
        total = np.zeros(len(areas), dtype=np.int64)
        np.add.at(total, areas.member[inside], buildings.households[basis][inside])
        found[basis] = np.where(counts.households[basis] == MISSING, MISSING, total)
    return found


def _staff(postings: Sequence[Any], place: Mapping[int, int]) -> dict[str, IntArray]:
    """Return how many persons hold each post in the grids of each community."""
    holders: dict[str, list[set[int]]] = {}
    for row in postings:
        if row.division in place:
            held = holders.setdefault(row.post, [set() for _ in place])
            held[place[row.division]].add(int(row.worker))
    return {
        post: np.array([len(item) for item in held], dtype=np.int64)
        for post, held in holders.items()
    }


def _categories(
    stations: Sequence[Any], place: Mapping[int, int], codes: Mapping[str, int]
) -> dict[str, IntArray]:
    """Return open stations by category; a category the store has none of is unknown, not absent.

    One that several communities share is there for each of them.
    """
    found: dict[str, IntArray] = {}
    for row in stations:
        counts = found.setdefault(row.category, np.zeros(len(place), dtype=np.int64))
        counts[list(_sharers(row, place, codes))] += 1
    return found


def _sharers(row: Any, place: Mapping[int, int], codes: Mapping[str, int]) -> tuple[int, ...]:
    if row.serves:
        return tuple(sorted(codes[code] for code in row.serves if code in codes))
    return (place[row.division],) if row.division in place else ()


def _premises(
    stations: Sequence[Any], place: Mapping[int, int], codes: Mapping[str, int]
) -> tuple[list[Premises], BoolArray]:
    """Return the premises of service stations; without any station in the store none is known."""
    own = [row for row in stations if row.category == FACILITY]
    known = np.full(len(codes), bool(own), dtype=np.bool_)
    found = []
    for row in own:
        sharers = _sharers(row, place, codes)
        if sharers:
            area = (
                MISSING
                if row.premises_area_m2 is None
                else round(row.premises_area_m2 * CM2_PER_M2)
            )
            found.append(Premises(row.code, area, sharers))
    return found, known


def _rooms_and_leases(
    stations: Sequence[Any], place: Mapping[int, int]
) -> tuple[list[Mapping[str, int] | None], list[float | None]]:
    """Return the rooms of each community's service stations together, and the shortest lease."""
    rooms: list[Mapping[str, int] | None] = [None] * len(place)
    leases: list[float | None] = [None] * len(place)
    for row in stations:
        if row.category != FACILITY or row.division not in place:
            continue
        at = place[row.division]
        if row.rooms is not None:
            before = rooms[at] or {}
            rooms[at] = {n: before.get(n, 0) + row.rooms.get(n, 0) for n in {**before, **row.rooms}}
        if row.lease_years is not None:
            leases[at] = min(
                row.lease_years, leases[at] if leases[at] is not None else row.lease_years
            )
    return rooms, leases
