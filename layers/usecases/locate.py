"""Which grid a position lies in, who is responsible there, on any day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import RefusedInputError
from gis.locate import OUTSIDE, Located, box_around, land_left, locate
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
NONE = "{}"
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
LARGER = f"EXISTS (SELECT FROM grid_version k WHERE k.parent_id = v.grid_id AND {HELD.format(alias='k')})"
"""Others are nested in it."""
NESTED = f"""
    SELECT k.parent_id, ST_AsBinary(k.geom) AS wkb FROM grid_version k
    WHERE k.parent_id = ANY (CAST(:grids AS integer[])) AND {HELD.format(alias="k")}
    ORDER BY k.parent_id, k.code COLLATE "C"
"""
FOUND = f"""
    SELECT v.grid_id, v.code, v.name, v.kind, v.level, ST_AsBinary(v.geom) AS wkb, {LARGER} AS larger,
           d.code AS community, d.name AS community_name,
           as_of_day()::text AS day, {{people}} AS people
    FROM grid_version v JOIN grid g ON g.id = v.grid_id
    LEFT JOIN division_version d ON d.division_id = g.community_id AND {HELD.format(alias="d")}
    WHERE {{where}} AND {HELD.format(alias="v")} {{order}}
"""
IN_BOX = "v.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)"
NEAREST_FIRST = "ORDER BY v.geom <-> ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) LIMIT :most"
QUICK_M, QUICK_GRIDS, QUICK_NESTED = 200.0, 16, 64
"""Up to here an answer is a fraction of a millisecond's work."""
LANDS_KEPT = 512
"""Larger grids whose land is kept, some 10 kB each: to cut it out takes milliseconds, and others stood there before."""


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
    rows = await readers.read(actor, sql, values, as_of)
    if not 0 < len(rows) <= QUICK_GRIDS:
        return None
    day = as_of.isoformat() if as_of else rows[0].day
    asked = larger_of(rows)
    nested = await readers.read(actor, NESTED, asked, as_of) if asked["grids"] != NONE else []
    if len(nested) > QUICK_NESTED:
        return None
    found, rows = _locate(rows, nested, lon, lat, accuracy_m)
    if found.status == OUTSIDE:
        return None
    return _document(found, rows, lon, lat, accuracy_m, day)


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
    found, rows = _in_circle(session, today, lon, lat, radius, accuracy_m)
    if found.status == OUTSIDE:
        found, rows = _in_circle(
            session, today, lon, lat, _nearest_m(session, today, lon, lat), accuracy_m
        )
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


def larger_of(rows: Sequence[Any]) -> dict[str, str]:
    """Return the parameter of `NESTED` for the larger ones of some grids."""
    return {"grids": "{" + ",".join(str(row.grid_id) for row in rows if row.larger) + "}"}


def answering(rows: Sequence[Any], nested: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return grids with the land they answer for, in the order that decides on a common border.

    Parameters
    ----------
    rows
        Grids with `grid_id`, `code`, `wkb` and `larger`: whether others are nested in them.
    nested
        `parent_id` and `wkb` of all that are nested right in those.

    Returns
    -------
    list
        Smaller grids by code, then larger ones of which something is left.
    """
    within: dict[int, list[bytes]] = {}
    for row in nested:
        within.setdefault(row.parent_id, []).append(bytes(row.wkb))
    found = []
    for row in sorted(rows, key=lambda row: (row.larger, row.code)):
        below = within.get(row.grid_id)
        land = _left(bytes(row.wkb), *below) if below else shapely.from_wkb(bytes(row.wkb))
        if land is not None:
            found.append((row, land))
    return found


@lru_cache(maxsize=LANDS_KEPT)
def _left(grid: bytes, *nested: bytes) -> Any | None:
    return land_left(shapely.from_wkb(grid), shapely.from_wkb(nested))


def _locate(
    rows: Sequence[Any], nested: Sequence[Any], lon: float, lat: float, accuracy_m: float | None
) -> tuple[Located, list[Any]]:
    """Return the answer, and the grids that its indices mean."""
    pairs = answering(rows, nested)
    return locate(lon, lat, accuracy_m, [land for _, land in pairs]), [row for row, _ in pairs]


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
        turned = "; were the two swapped?" if abs(lat) <= 180 and abs(lon) < 90 else ""
        raise RefusedInputError(
            "bad_position", f"a position is degrees east and north, not {lon}, {lat}{turned}"
        )
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


def _in_circle(
    session: Session, today: bool, lon: float, lat: float, radius: float, accuracy_m: float | None
) -> tuple[Located, list[Any]]:
    """Answer from the grids that may touch a circle."""
    sql, values = _circle_question(today, lon, lat, radius)
    rows = session.execute(text(sql), values).all()
    asked = larger_of(rows)
    nested = session.execute(text(NESTED), asked).all() if asked["grids"] != NONE else []
    return _locate(rows, nested, lon, lat, accuracy_m)


def _nearest_m(session: Session, today: bool, lon: float, lat: float) -> float:
    """Return a radius in metres within which the nearest grid is: the first ones by degrees say how far."""
    sql = statement(today, "true", NEAREST_FIRST)
    rows = session.execute(text(sql), {"lon": lon, "lat": lat, "most": NEAREST}).all()
    found = locate(lon, lat, None, shapely.from_wkb([bytes(row.wkb) for row in rows]))
    return (found.border_m or 0.0) + 1
