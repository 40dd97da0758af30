"""The card of a grid: its five elements (人、地、物、事、组织) as counts and points, no person's data.

People who live there are counts of households; the only persons named are those who hold a post in the grid. A thing
on the border of two grids belongs to the one with the smaller code, as a position does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import shapely
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from gis.crs import metric_zone, to_metric
from gis.density import area_km2
from gis.errors import NotFoundError
from layers.areas import reaches
from layers.db import actor_of
from layers.features import look_at
from layers.input_rows import county_zones
from layers.models import BASES
from layers.registry import effective
from layers.rights import RightsError
from layers.usecases.events.filter import NUMBER, ZONED
from layers.usecases.events.rules import rules_at
from layers.usecases.public import street_bounds

UNDATED = ("buildings", "estates", "villager_groups", "assets", "organisations")
"""Kept as they are today: a card of another day shows these as they are now."""
NO_POPULATION = "ledgers count households; persons below a community are not kept"
OWN = text("SELECT own_grids()")
MOST_ITEMS = 2000
"""Points of one kind in an answer; all are counted, and all are in the ledger."""

GRID = f"""
    SELECT v.grid_id, v.parent_id, v.code, v.name, v.kind, v.level, v.valid_from::text AS valid_from,
           g.community_id, d.code AS community, d.name AS community_name,
           as_of_day()::text AS day, ST_AsBinary(v.geom) AS wkb
    FROM grid_version v JOIN grid g ON g.id = v.grid_id
    LEFT JOIN division_version d ON d.division_id = g.community_id AND {effective("d")}
    WHERE v.code = :code AND {effective("v")}
"""
WITHIN = f"""
    v.grid_id = :grid AND {effective("v")} AND v.geom && {{point}} AND ST_Intersects(v.geom, {{point}})
    AND NOT EXISTS (
        SELECT FROM grid_version o WHERE o.geom && {{point}} AND {effective("o")}
        AND o.parent_id IS NOT DISTINCT FROM v.parent_id AND o.code < v.code
        AND ST_Intersects(o.geom, {{point}})
    )
"""
"""That a thing lies in the grid; on a border with grids beside it, that this one has the smallest code."""
BUILDINGS = f"""
    SELECT t.code, t.name, t.kind, t.floors, t.building_no, coalesce(e.name, t.estate) AS estate,
           ST_X(t.geom) AS lon, ST_Y(t.geom) AS lat, c.counted_on::text AS counted_on, c.source,
           c.registered, c.resident, c.planned, c.vacant
    FROM grid_version v JOIN building t ON {WITHIN.format(point="t.geom")}
    LEFT JOIN estate e ON e.code = t.estate
    LEFT JOIN LATERAL (
        SELECT * FROM household_count h WHERE h.building_id = t.id AND h.counted_on <= as_of_day()
        ORDER BY h.counted_on DESC, h.source DESC LIMIT 1
    ) c ON true ORDER BY t.code COLLATE "C"
"""
POINTS = """
    SELECT t.code, t.name, t.category, {own}, ST_X(t.geom) AS lon, ST_Y(t.geom) AS lat
    FROM grid_version v JOIN {table} t ON {within} WHERE {where} ORDER BY t.category, t.code COLLATE "C"
"""
OPEN_THEN = (
    "coalesce(t.opened_on <= as_of_day(), true) AND coalesce(t.closed_on > as_of_day(), true)"
)
PLACES = f"""
    SELECT t.code, t.name FROM grid_version v JOIN {{table}} t
    ON {WITHIN.format(point="ST_PointOnSurface(t.geom)")} ORDER BY t.code COLLATE "C"
"""
EVENTS = f"""
    SELECT {NUMBER} AS code, e.category, e.state, {ZONED.format(column="e.received_at")}::date::text AS received_on,
           ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat
    FROM event e WHERE e.grid_id = :grid AND {ZONED.format(column="e.received_at")}::date <= as_of_day()
    ORDER BY e.number
"""
"""What was reported, where, and what became of it; not by whom, and not in whose words."""
WORKERS = """
    SELECT a.name, a.work_phone, a.post, a.post_en, a.role, p.valid_from::text AS since,
           a.substitute_for, a.until::text AS until
    FROM answering a JOIN posting p ON p.id = a.posting_id
    WHERE a.grid_id = :grid ORDER BY a.ordinal, a.post, a.name
"""
"""Who answers on the day, as a position answers: a substitute in the place of whom it stands in for."""


def grid_card(
    session: Session, code: str, as_of: date | None = None, most_items: int | None = MOST_ITEMS
) -> dict[str, Any]:
    """Return the five elements of a grid on a day, today if left out.

    Parameters
    ----------
    most_items
        Points of one kind that are listed; None lists all. All are counted.

    Raises
    ------
    NotFoundError
        `unknown_grid`: no grid had that code on that day.
    RightsError
        `outside_area`: its figures would be of what one sees of it, not of the grid.
    """
    look_at(session, as_of)
    grid = session.execute(text(GRID), {"code": code}).one_or_none()
    if grid is None:
        raise NotFoundError("unknown_grid", f"there is no grid {code!r} on that day")
    actor = actor_of(session)
    mine = actor.role != "grid_worker" or grid.grid_id in session.execute(OWN).scalar_one()
    if not mine or not reaches(actor, grid.community_id):
        raise RightsError("outside_area", f"the grid {code} lies outside the area of this account")
    buildings = _rows(session, BUILDINGS, grid)
    return {
        "grid": {
            "code": grid.code,
            "name": grid.name,
            "kind": grid.kind,
            "level": grid.level,
            "valid_from": grid.valid_from,
            "community": grid.community and {"code": grid.community, "name": grid.community_name},
        },
        "as_of": grid.day,
        "undated": list(UNDATED),
        "people": {
            "households": [_households(basis, buildings) for basis in (*BASES, "vacant")],
            "population": None,
            "population_reason": NO_POPULATION,
            "workers": _rows(session, WORKERS, grid),
        },
        "land": {
            **_measures(session, grid),
            "estates": _rows(session, PLACES.format(table="estate"), grid),
            "villager_groups": _rows(session, PLACES.format(table="villager_group"), grid),
            "buildings": _counted(buildings, most_items, "kind"),
        },
        "things": _counted(
            _points(session, grid, "asset", "t.state"), most_items, "category", "state"
        ),
        "events": _counted(_events(session, grid), most_items, "category", "state"),
        "organisations": _counted(
            _points(session, grid, "organisation", "t.work_phone"), most_items, "category"
        ),
        "stations": _counted(
            _points(session, grid, "station", "t.status", OPEN_THEN),
            most_items,
            "category",
            "status",
        ),
    }


def _rows(session: Session, statement: str, grid: Row[Any]) -> list[dict[str, Any]]:
    found = session.execute(text(statement), {"grid": grid.grid_id}).mappings()
    return [dict(row) for row in found]


def _points(
    session: Session, grid: Row[Any], table: str, own: str, where: str = "true"
) -> list[dict[str, Any]]:
    within = WITHIN.format(point="t.geom")
    statement = POINTS.format(own=own, table=table, within=within, where=where)
    return _rows(session, statement, grid)


def _events(session: Session, grid: Row[Any]) -> list[dict[str, Any]]:
    rules = rules_at(session, grid.community_id).rules
    found = []
    for row in _rows(session, EVENTS, grid):
        category = rules.find(row["category"])
        names = (None, None) if category is None else (category.name, category.name_en)
        found.append({**row, "name": names[0], "name_en": names[1]})
    return found


def _households(basis: str, buildings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the sum of the newest count of every building, with how much of the grid it speaks for."""
    counted = [row for row in buildings if row[basis] is not None]
    days = sorted(row["counted_on"] for row in counted)
    return {
        "basis": basis,
        "households": sum(row[basis] for row in counted) if counted else None,
        "buildings": len(buildings),
        "buildings_counted": len(counted),
        "counted_from": days[0] if days else None,
        "counted_to": days[-1] if days else None,
        "sources": sorted({row["source"] for row in counted} - {""}),
    }


def _measures(session: Session, grid: Row[Any]) -> dict[str, Any]:
    """Return area and perimeter in the plane land is registered in, and the streets along the four sides."""
    shape = shapely.from_wkb(bytes(grid.wkb))
    zone = county_zones(session).get(grid.code[:6]) or metric_zone(float(shapely.centroid(shape).x))
    plane = shapely.transform(shape, lambda lonlat: to_metric(lonlat, zone))
    return {
        "area_m2": round(float(area_km2([shape], zone)[0]) * 1e6),
        "perimeter_m": round(float(shapely.length(plane))),
        "bounds": street_bounds(session, shape),
    }


def _counted(
    rows: Sequence[dict[str, Any]], most: int | None, by: str, state: str | None = None
) -> dict[str, Any]:
    """Return things with their number by category, and by state within it."""
    numbers: dict[str, dict[str, Any]] = {}
    for row in rows:
        own = numbers.setdefault(row[by], {by: row[by], "number": 0})
        if by == "category" and "received_on" in row:
            own |= {"name": row["name"], "name_en": row["name_en"]}
        own["number"] += 1
        if state is not None:
            states = own.setdefault("states", {})
            word = row[state] or "unknown"
            states[word] = states.get(word, 0) + 1
    return {
        "number": len(rows),
        "by": [numbers[word] for word in sorted(numbers)],
        "items": list(rows[:most]),
        "not_listed": len(rows[most:]) if most is not None else 0,
    }
