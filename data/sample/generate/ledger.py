"""The ledgers: codes, household counts on their three bases, addresses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from .communities import COMMUNITIES, COUNTY_NAME, TOWNSHIPS
from .frame import rng
from .model import Building, County, Estate, Group, Street

# Per era: share of the dwellings that are registered and that are lived in (mean, spread).
# Old quarters and villages keep the registration of those who moved away; new estates fill slowly.
SHARES = {
    "old": ((1.16, 0.16), (0.80, 0.10)),
    "self": ((1.00, 0.12), (0.88, 0.08)),
    "unit": ((0.94, 0.08), (0.92, 0.05)),
    "resettled": ((0.93, 0.06), (0.80, 0.08)),
    "new": ((0.34, 0.10), (0.70, 0.10)),
    "village": ((1.18, 0.14), (0.86, 0.12)),
}
PLANNED_ERAS = {"new", "resettled"}
PERSONS_PER_HOUSEHOLD = {"urban": 2.6, "rural": 2.9}


@dataclass(frozen=True)
class Count:
    """One row of the household ledger; `building` is empty for what matches no building."""

    building: str
    estate: str
    building_no: str
    community: str
    registered: int
    resident: int
    planned: int | None
    vacant: int
    counted_on: str
    source: str


def assign_communities(county: County, areas: dict[str, BaseGeometry]) -> None:
    """Give every building, estate and villager group its community; drop what lies in none."""
    codes = sorted(areas)
    tree = shapely.STRtree([areas[c] for c in codes])
    whole: list[Building] = []
    for building in county.buildings:
        hit = tree.query(building.polygon, predicate="within")
        if len(hit) == 1:
            building.community = codes[int(hit[0])]
            whole.append(building)
    county.buildings[:] = whole
    things: list[Estate | Group] = [*county.estates, *county.groups]
    for thing in things:
        at = thing.polygon.representative_point()
        thing.community = min(codes, key=lambda c: areas[c].distance(at))


def assign_codes(county: County) -> None:
    """Number estates, groups and buildings inside their community, north to south."""

    def order(shape: BaseGeometry) -> tuple[float, float]:
        c = shape.centroid
        return (-round(c.y / 40), c.x)

    used = {id(b.estate) for b in county.buildings if b.estate}
    county.estates[:] = [e for e in county.estates if id(e) in used]
    owners: list[tuple[list[Estate] | list[Group], str]] = [
        (county.estates, "E"), (county.groups, "V"),
    ]  # fmt: skip
    count: dict[str, int] = {}
    for things, letter in owners:
        things.sort(key=lambda t: (t.community, order(t.polygon)))
        count = {}
        for thing in things:
            n = count[thing.community] = count.get(thing.community, 0) + 1
            thing.code = f"{thing.community}{letter}{n:02d}"
    county.buildings.sort(key=lambda b: (b.community, order(b.polygon)))
    count = {}
    for b in county.buildings:
        n = count[b.community] = count.get(b.community, 0) + 1
        b.code = f"{b.community}B{n:04d}"


def renumber(county: County) -> None:
    """Number the buildings of an estate or group without gaps (some were dropped on the way)."""
    count: dict[int, int] = {}
    for b in county.buildings:
        owner = b.estate or b.group
        if owner is not None:
            count[id(owner)] = count.get(id(owner), 0) + 1
            b.number = str(count[id(owner)])


def household_counts(county: County) -> list[Count]:
    """Return the ledger, one row per building with dwellings and three rows without a building."""
    draw = rng("households")
    rows: list[Count] = []
    for b in county.buildings:
        if not b.dwellings:
            continue
        (kept, kept_spread), (lived, lived_spread) = SHARES[b.era]
        registered = max(0, round(b.dwellings * draw.normal(kept, kept_spread)))
        resident = int(
            np.clip(round(b.dwellings * draw.normal(lived, lived_spread)), 0, b.dwellings)
        )
        planned = b.dwellings if b.era in PLANNED_ERAS else None
        township = dict(TOWNSHIPS)[b.community[:9]]
        counted = "2025-06-30" if b.community[:9] == TOWNSHIPS[0][0] else "2024-12-31"
        rows.append(
            Count(
                b.code, b.estate.name if b.estate else "", b.number if b.estate else "", b.community,
                registered, resident, planned, b.dwellings - resident, counted,
                f"{township}入户摸底台账（合成）",
            )
        )  # fmt: skip
    by_name = {c.name: c.code for c in COMMUNITIES}
    lost = (
        ("桥西社区", "锦江苑", "3", 22, 18, None), ("新城社区", "新城尚品（未交付）", "1", 6, 0, 96),
        ("西山社区", "老粮站集资楼", "", 11, 9, None),
    )  # fmt: skip
    for community, estate, number, registered, resident, planned in lost:
        rows.append(
            Count("", estate, number, by_name[community], registered, resident, planned,
                  (planned or resident) - resident, "2024-12-31", "历史台账，楼栋待核（合成）")
        )  # fmt: skip
    return rows


def population(rows: list[Count]) -> dict[str, int]:
    """Return the resident population of each community, rounded to tens."""
    kinds = {c.code: c.kind for c in COMMUNITIES}
    out: dict[str, float] = {}
    for row in rows:
        rate = PERSONS_PER_HOUSEHOLD["rural" if kinds[row.community] == "rural" else "urban"]
        out[row.community] = out.get(row.community, 0) + row.resident * rate
    return {code: round(n, -1).__int__() for code, n in sorted(out.items())}


@dataclass(frozen=True)
class Address:
    text: str
    building: str
    point: Point


def addresses(county: County) -> list[Address]:
    """Return one address per building: estate and number, group and number, or street number."""
    places = {c.code: c.name for c in COMMUNITIES}
    towns = dict(TOWNSHIPS)
    named = [s for s in county.streets if s.name and s.highway not in {"path", "footway", "steps"}]
    tree = shapely.STRtree([s.line for s in named])
    fronts: dict[str, list[tuple[float, Building]]] = {}
    texts: dict[str, str] = {}
    for b in county.buildings:
        start = COUNTY_NAME + towns[b.community[:9]]
        c = b.polygon.centroid
        if b.estate is not None:
            texts[b.code] = f"{start}{b.estate.name}{b.number}幢"
        elif b.group is not None:
            place = places[b.community]
            texts[b.code] = f"{start}{place}{b.group.name}{b.number}号"
        else:
            street = named[int(tree.nearest(c))]
            side = 0 if (street.line.project(c) * 7) % 2 < 1 else 1
            fronts.setdefault(start + street.name, []).append(
                (_along(street.name, named, c) + side * 0.01, b)
            )
    for start, found in fronts.items():
        found.sort(key=lambda f: (f[0], f[1].code))
        for n, (_, b) in enumerate(found, 1):
            texts[b.code] = f"{start}{n}号"
    return [
        Address(texts[b.code], b.code, b.polygon.representative_point()) for b in county.buildings
    ]


def _along(name: str, streets: list[Street], point: Point) -> float:
    """Return how far along the named street (all its parts in order) the point lies."""
    best = (float("inf"), 0.0)
    run = 0.0
    for s in streets:
        if s.name == name:
            d = s.line.distance(point)
            if d < best[0]:
                best = (d, run + s.line.project(point))
            run += s.line.length
    return best[1]
