"""Which grid a position lies in, who is responsible there, on any day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import RefusedInputError
from gis.locate import OUTSIDE, Located, box_around, locate
from layers.db import Database
from layers.features import look_at
from layers.io.coordinates import SHIFTED
from layers.reading import Question, Readers
from layers.rights import Actor

MAX_ACCURACY_M = 5000.0
"""A fix that is worse than this says nothing about grids."""
NEAREST = 8
"""Grids near a position outside that are looked at first; all within the best one's distance are looked at then."""
INPUTS = ("wgs84", *SHIFTED)
TODAY = text("SELECT as_of_day()::text")

HELD = "{alias}.valid_from <= as_of_day() AND ({alias}.valid_to IS NULL OR {alias}.valid_to > as_of_day())"
PERSON = (
    "(SELECT json_agg(json_build_object('name', w.name, 'work_phone', w.work_phone, 'post', w.post, "
    "'role', w.role, 'substitute_for', w.substitute_for, 'until', w.until) "
    "ORDER BY w.ordinal, w.post, w.name) FROM {source})"
)
"""In the order of the schema: an answer goes out as it was made."""
PUBLISHED = PERSON.format(source="published.workers w WHERE w.grid = v.code")
"""Who answers today is public; the view holds no more than that."""
ON_A_DAY = PERSON.format(source="answering w WHERE w.grid_id = v.grid_id")
"""On other days as far as one's own area reaches."""
FOUND = f"""
    SELECT v.grid_id, v.parent_id, v.code, v.name, v.kind, v.level, ST_AsBinary(v.geom) AS wkb,
           d.code AS community, d.name AS community_name,
           as_of_day()::text AS day, {{people}} AS people
    FROM grid_version v JOIN grid g ON g.id = v.grid_id
    LEFT JOIN division_version d ON d.division_id = g.community_id AND {HELD.format(alias="d")}
    WHERE {{where}} AND {HELD.format(alias="v")} {{order}}
"""
IN_BOX = "v.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)"
NEAREST_FIRST = "ORDER BY v.geom <-> ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) LIMIT :most"
QUICK_M, QUICK_GRIDS = 200.0, 16
"""Up to here an answer is a fraction of a millisecond's work."""


@cache
def statement(today: bool, where: str, order: str) -> str:
    """Return the query for grids with their community and who is responsible."""
    people = PUBLISHED if today else ON_A_DAY
    return FOUND.format(people=people, where=where, order=order)


async def locate_quickly(
    readers: Readers,
    actor: Actor,
    lon: float,
    lat: float,
    accuracy_m: float | None = None,
    as_of: date | None = None,
    given_in: str = "wgs84",
) -> dict[str, Any] | None:
    """Answer as `locate_position` does, in one exchange with the database and without leaving the event loop.

    None where that would hold up others: circles that are large or touch many grids, positions outside all of them.
    """
    lon, lat = _position(lon, lat, given_in)
    radius = _radius(accuracy_m)
    if radius > QUICK_M:
        return None
    sql, values = _circle_question(as_of is None, lon, lat, radius)
    rows = _smallest(await readers.read(actor, sql, values, as_of))
    if not 0 < len(rows) <= QUICK_GRIDS:
        return None
    found = _locate(rows, lon, lat, accuracy_m)
    if found.status == OUTSIDE:
        return None
    return _document(found, rows, lon, lat, accuracy_m, as_of.isoformat() if as_of else rows[0].day)


def locate_in(database: Database, *asked: Any) -> dict[str, Any]:
    """Answer as `locate_position` does, in a session of its own."""
    with database.session() as session:
        return locate_position(session, *asked)


def locate_position(
    session: Session,
    lon: float,
    lat: float,
    accuracy_m: float | None = None,
    as_of: date | None = None,
    given_in: str = "wgs84",
) -> dict[str, Any]:
    """Say in which grid a position lies on a day, and whose it is.

    Parameters
    ----------
    lon, lat
        Degrees, in the coordinates of `given_in`.
    accuracy_m
        Radius of the circle of error; None for a position that was pointed at.
    as_of
        The day; today if left out.
    given_in
        `wgs84` (CGCS2000 alike), `gcj02` or `bd09`.

    Raises
    ------
    RefusedInputError
        `bad_position`, `bad_accuracy`.
    """
    lon, lat = _position(lon, lat, given_in)
    radius = _radius(accuracy_m)
    if as_of is not None:
        look_at(session, as_of)
    today = as_of is None
    rows = _in_circle(session, today, lon, lat, radius)
    found = _locate(rows, lon, lat, accuracy_m)
    if found.status == OUTSIDE:
        rows = _nearest(session, today, lon, lat)
        found = _locate(rows, lon, lat, accuracy_m)
    day = as_of.isoformat() if as_of else session.execute(TODAY).scalar_one()
    return _document(found, rows, lon, lat, accuracy_m, day)


def _document(
    found: Located,
    rows: Sequence[Any],
    lon: float,
    lat: float,
    accuracy_m: float | None,
    day: str,
) -> dict[str, Any]:
    return {
        "status": found.status,
        "lon": round(lon, 7),
        "lat": round(lat, 7),
        "accuracy_m": accuracy_m,
        "as_of": day,
        "grid": None if found.grid is None else _grid(rows[found.grid]),
        "border_m": found.border_m,
        "bearing_deg": found.bearing_deg,
        "candidates": [
            {**_grid(rows[item.index]), "share": item.share, "border_m": item.border_m}
            for item in found.candidates
        ],
        "outside_share": found.outside_share,
    }


def _locate(rows: Sequence[Any], lon: float, lat: float, accuracy_m: float | None) -> Located:
    shapes = shapely.from_wkb([bytes(row.wkb) for row in rows])
    return locate(lon, lat, accuracy_m, shapes, [row.code for row in rows])


def _grid(row: Any) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "kind": row.kind,
        "level": row.level,
        "community": row.community and {"code": row.community, "name": row.community_name},
        "workers": row.people or [],
    }


def _position(lon: float, lat: float, given_in: str) -> tuple[float, float]:
    if given_in not in INPUTS:
        raise RefusedInputError("bad_position", f"positions are given in {', '.join(INPUTS)}")
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) < 90):
        raise RefusedInputError("bad_position", "a position is degrees east and north")
    if given_in == "wgs84":
        return lon, lat
    west, south = SHIFTED[given_in](np.array([lon]), np.array([lat]))
    return float(west[0]), float(south[0])


def _radius(accuracy_m: float | None) -> float:
    if accuracy_m is None:
        return 0.0
    if not 0 <= accuracy_m <= MAX_ACCURACY_M:
        raise RefusedInputError(
            "bad_accuracy",
            f"accuracy is a radius from 0 to {MAX_ACCURACY_M:,.0f} metres; a worse position says nothing "
            "about grids",
        )
    return accuracy_m


def _circle_question(today: bool, lon: float, lat: float, radius: float) -> Question:
    west, south, east, north = box_around(lon, lat, radius)
    box = {"west": west, "south": south, "east": east, "north": north}
    return statement(today, IN_BOX, "ORDER BY v.code"), box


def _smallest(rows: Sequence[Any]) -> list[Any]:
    """Return grids without the larger ones that others of them are nested in."""
    parents = {row.parent_id for row in rows}
    return [row for row in rows if row.grid_id not in parents]


def _in_circle(
    session: Session, today: bool, lon: float, lat: float, radius: float
) -> Sequence[Any]:
    """Return the grids that may touch a circle."""
    sql, values = _circle_question(today, lon, lat, radius)
    return _smallest(session.execute(text(sql), values).all())


def _nearest(session: Session, today: bool, lon: float, lat: float) -> Sequence[Any]:
    """Return the grids among which the nearest is: by degrees first, then all within that distance in metres."""
    sql = statement(today, "true", NEAREST_FIRST)
    rows = session.execute(text(sql), {"lon": lon, "lat": lat, "most": NEAREST}).all()
    if not rows:
        return rows
    best = _locate(rows, lon, lat, None).border_m
    return _in_circle(session, today, lon, lat, (best or 0.0) + 1)
