"""Whose an event is: the grid at its place today, exceptions by category, and who handles it at which level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import RefusedInputError
from layers.features import look_at
from layers.registry import effective
from layers.usecases.events.flow import LEVELS
from layers.usecases.events.rules import EventRules, HeldEventRules, Route, rules_at
from layers.usecases.events.working_time import ZONE, Calendar, add_days, add_hours
from layers.usecases.locate import locate_position

VERSION = f"""
    SELECT v.id, v.grid_id, v.code, v.name, v.kind, g.community_id FROM grid_version v
    JOIN grid g ON g.id = v.grid_id WHERE v.code = :code AND {effective("v")} LIMIT 1
"""
DEEPEST = f"""
    SELECT t.division_id, t.code, t.name, d.level FROM division_version t JOIN division d ON d.id = t.division_id
    WHERE {effective("t")} AND t.geom && ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)
      AND ST_Intersects(t.geom, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326))
    ORDER BY array_position(ARRAY['community', 'township', 'county', 'city', 'province'], d.level),
             t.code COLLATE "C" LIMIT 1
"""
UP = f"""
    WITH RECURSIVE up AS (
        SELECT CAST(:division AS integer) AS id
        UNION
        SELECT v.parent_id FROM up JOIN division_version v ON v.division_id = up.id
        WHERE v.parent_id IS NOT NULL AND {effective("v")}
    )
    SELECT d.level, up.id, v.code, v.name FROM up JOIN division d ON d.id = up.id
    JOIN division_version v ON v.division_id = up.id AND {effective("v")}
"""


@dataclass(frozen=True)
class GridFound:
    """A version of a grid in force."""

    version: int
    grid: int
    code: str
    name: str | None
    kind: str
    community: int | None


@dataclass(frozen=True)
class Place:
    """Where an event lies, today."""

    division: int
    grid: GridFound | None
    candidates: tuple[dict[str, Any], ...]
    """Grids that the circle of error touches, when they are several: code, name, share, border_m."""


@dataclass(frozen=True)
class Handler:
    """Who handles an event."""

    level: str
    division: int | None
    office: str | None
    hours: float | None = None
    """Working hours of the category, instead of the level's."""


@dataclass(frozen=True)
class Routed:
    """Where an event goes."""

    place: Place
    grid: GridFound | None
    """That of the place, or of an exception."""
    handler: Handler
    due_at: datetime
    held: HeldEventRules


def grid_by_code(session: Session, code: str | None) -> GridFound | None:
    """Return the version of a grid that holds on the transaction's day."""
    if code is None:
        return None
    row = session.execute(text(VERSION), {"code": code}).one_or_none()
    if row is None:
        return None
    return GridFound(row.id, row.grid_id, row.code, row.name, row.kind, row.community_id)


def find_place(session: Session, lon: float, lat: float, accuracy_m: float | None) -> Place:
    """Return grid, candidates and community of a position today.

    Raises
    ------
    RefusedInputError
        `bad_position`, `bad_accuracy`, `outside_divisions` for a position in no division of the store.
    """
    found = locate_position(session, lon, lat, accuracy_m)
    row = session.execute(text(DEEPEST), {"lon": lon, "lat": lat}).one_or_none()
    if row is None:
        raise RefusedInputError(
            "outside_divisions", "the position lies in none of the divisions of this store; move the pin"
        )  # fmt: skip
    candidates = found["candidates"]
    code = None
    if found["status"] != "outside":
        # Where the position itself is in no grid, the one with most of its circle has it until somebody decides.
        code = found["grid"]["code"] if found["grid"] else candidates[0]["code"]
    return Place(
        row.division_id,
        grid_by_code(session, code),
        tuple(
            {
                "code": item["code"],
                "name": item["name"],
                "community": item["community"],
                "share": item["share"],
                "border_m": item["border_m"],
            }
            for item in candidates
        )
        if len(candidates) > 1
        else (),
    )


def grid_on(session: Session, lon: float, lat: float, day: date) -> GridFound | None:
    """Return the grid that a position lay in on a day, None outside all."""
    found = locate_position(session, lon, lat, None, day)
    grid = None
    if found["status"] != "outside" and found["grid"]:
        grid = grid_by_code(session, found["grid"]["code"])
    look_at(session, None)
    return grid


def route(
    session: Session,
    lon: float,
    lat: float,
    accuracy_m: float | None,
    category: str,
    begin: datetime,
    decided: GridFound | None = None,
) -> Routed:
    """Return where an event of a category at a position goes today, and when it is due.

    Parameters
    ----------
    begin
        From when the first deadline counts.
    decided
        The grid somebody has said it is.

    Raises
    ------
    RefusedInputError
        `unknown_category` and what `find_place` refuses.
    """
    place = find_place(session, lon, lat, accuracy_m)
    has = decided or place.grid
    if has is not None and has.community is not None:
        # A position just beyond the grid that has it: whose the grid is, that community the event is.
        place = replace(place, division=has.community)
    held = rules_at(session, place.division)
    found = held.rules.find(category)
    if found is None:
        known = ", ".join(item.key for item in held.rules.category)
        raise RefusedInputError(
            "unknown_category", f"there is no category {category!r}; categories are {known}"
        )
    above = divisions_above(session, place.division)
    exception = _exception(held.rules, category, found.group, above)
    grid = decided or place.grid
    if exception is not None and exception.grid is not None and decided is None:
        grid = grid_by_code(session, exception.grid) or grid
    level: str = found.level
    if exception is not None:
        level = exception.level or "grid"
    office = found.office if exception is None else exception.office
    if level == "grid" and (
        grid is None or (grid.kind == "dedicated" and not found.dedicated and exception is None)
    ):
        level, office = "community", None
    handler = handler_at(above, level, office, found.hours)
    return Routed(place, grid, handler, due(held, handler, begin), held)


def divisions_above(session: Session, division: int) -> dict[str, Any]:
    """Return level -> row (id, code, name) of a division and all above it."""
    return {row.level: row for row in session.execute(text(UP), {"division": division})}


def handler_at(
    above: dict[str, Any], level: str, office: str | None, hours: float | None = None
) -> Handler:
    """Return who handles at a level; where a level does not exist the next larger one does."""
    for name in LEVELS[LEVELS.index(level) :]:
        row = above.get("community" if name == "grid" else name)
        if row is not None:
            return Handler(name, row.id, office if name == level else None, hours)
    top = next(iter(above.values()), None)
    return Handler("county", None if top is None else top.id, office, hours)


def due(held: HeldEventRules, handler: Handler, begin: datetime) -> datetime:
    """Return when a handler's time is over."""
    if handler.hours is not None:
        return add_hours(held.calendar, begin, handler.hours)
    return due_of_level(held, handler.level, begin)


def due_of_level(held: HeldEventRules, level: str, begin: datetime) -> datetime:
    """Return when the time of a level, or of a verification, is over."""
    limit = held.rules.deadline_of(level)
    if limit.hours is not None:
        return add_hours(held.calendar, begin, limit.hours)
    return add_days(held.calendar, begin, limit.days or 1)


def end_of_day(calendar: Calendar, day: date) -> datetime:
    """Return the end of work of a day, or of the first working day after it."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)
    return add_days(calendar, noon, 0)


def _exception(rules: EventRules, category: str, group: str, above: dict[str, Any]) -> Route | None:
    """Return the exception that fits best: the smallest division, a category before a group."""
    codes = {row.code: n for n, row in enumerate(_small_first(above))}
    fitting = [
        item
        for item in rules.route
        if item.division in codes and (item.category == category or item.group == group)
    ]
    return min(
        fitting, key=lambda item: (codes[item.division], item.category is None), default=None
    )


def _small_first(above: dict[str, Any]) -> Sequence[Any]:
    order = ("community", "township", "county", "city", "province")
    return [above[level] for level in order if level in above]
