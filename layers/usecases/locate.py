"""Which grid a position lies in, who is responsible there, on any day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from gis.errors import RefusedInputError
from gis.locate import OUTSIDE, Located, box_around, locate
from layers.features import look_at
from layers.io.coordinates import SHIFTED

MAX_ACCURACY_M = 5000.0
"""A fix that is worse than this says nothing about grids."""
NEAREST = 8
"""Grids near a position outside that are looked at first; all within the best one's distance are looked at then."""
INPUTS = ("wgs84", *SHIFTED)

HELD = "{alias}.valid_from <= as_of_day() AND ({alias}.valid_to IS NULL OR {alias}.valid_to > as_of_day())"
FOUND = f"""
    SELECT v.grid_id, v.parent_id, v.code, v.name, v.kind, v.level, ST_AsBinary(v.geom) AS wkb,
           d.code AS community, d.name AS community_name
    FROM grid_version v JOIN grid g ON g.id = v.grid_id
    LEFT JOIN division_version d ON d.division_id = g.community_id AND {HELD.format(alias="d")}
    WHERE {{where}} AND {HELD.format(alias="v")} {{order}}
"""
IN_BOX = FOUND.format(
    where="v.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)", order="ORDER BY v.code"
)
NEAR = FOUND.format(
    where="true", order="ORDER BY v.geom <-> ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) LIMIT :most"
)
RESPONSIBLE = f"""
    SELECT v.code AS grid, w.name, w.work_phone, p.post
    FROM grid_version v JOIN posting p ON p.grid_id = v.grid_id AND {HELD.format(alias="p")}
    JOIN worker w ON w.id = p.worker_id
    WHERE v.code = ANY(:codes) AND {HELD.format(alias="v")}
    ORDER BY v.code, p.post, w.name, w.id
"""
PUBLISHED = (
    "SELECT grid, name, work_phone, post FROM published.workers WHERE grid = ANY(:codes) "
    "ORDER BY grid, post, name"
)


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
    look_at(session, as_of)
    rows = _candidates(session, lon, lat, radius)
    shapes = shapely.from_wkb([bytes(row.wkb) for row in rows])
    found = locate(lon, lat, accuracy_m, shapes, [row.code for row in rows])
    if found.status == OUTSIDE:
        rows = _nearest(session, lon, lat)
        shapes = shapely.from_wkb([bytes(row.wkb) for row in rows])
        found = locate(lon, lat, accuracy_m, shapes, [row.code for row in rows])
    return _answer(session, found, rows, as_of, lon, lat, accuracy_m)


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


def _candidates(session: Session, lon: float, lat: float, radius: float) -> Sequence[Row[Any]]:
    box = zip(("west", "south", "east", "north"), box_around(lon, lat, radius), strict=True)
    return _finest(session.execute(text(IN_BOX), dict(box)).all())


def _nearest(session: Session, lon: float, lat: float) -> Sequence[Row[Any]]:
    """Return the grids among which the nearest is: by degrees first, then all within that distance in metres."""
    rows = session.execute(text(NEAR), {"lon": lon, "lat": lat, "most": NEAREST}).all()
    if not rows:
        return rows
    shapes = shapely.from_wkb([bytes(row.wkb) for row in rows])
    best = locate(lon, lat, None, shapes, [row.code for row in rows]).border_m
    near = _candidates(session, lon, lat, (best or 0.0) + 1)
    return near or rows


def _finest(rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """Leave out the larger grids that others of these are nested in."""
    parents = {row.parent_id for row in rows}
    return [row for row in rows if row.grid_id not in parents]


def _answer(
    session: Session,
    found: Located,
    rows: Sequence[Row[Any]],
    as_of: date | None,
    lon: float,
    lat: float,
    accuracy_m: float | None,
) -> dict[str, Any]:
    shown = {item.index for item in found.candidates}
    if found.grid is not None:
        shown.add(found.grid)
    people = _people(session, [rows[n].code for n in sorted(shown)], as_of)

    def grid(n: int) -> dict[str, Any]:
        row = rows[n]
        return {
            "code": row.code,
            "name": row.name,
            "kind": row.kind,
            "level": row.level,
            "community": row.community and {"code": row.community, "name": row.community_name},
            "workers": people.get(row.code, []),
        }

    return {
        "status": found.status,
        "lon": round(lon, 7),
        "lat": round(lat, 7),
        "accuracy_m": accuracy_m,
        "as_of": session.execute(text("SELECT as_of_day()::text")).scalar_one(),
        "grid": None if found.grid is None else grid(found.grid),
        "border_m": found.border_m,
        "bearing_deg": found.bearing_deg,
        "candidates": [
            {**grid(item.index), "share": item.share, "border_m": item.border_m}
            for item in found.candidates
        ],
        "outside_share": found.outside_share,
    }


def _people(
    session: Session, codes: Sequence[str], as_of: date | None
) -> dict[str, list[dict[str, Any]]]:
    """Return who is responsible: of one's own area on any day, of others what is published today."""
    if not codes:
        return {}
    known = {"codes": list(codes)}
    rows = list(session.execute(text(RESPONSIBLE), known))
    if as_of is None:
        own = {row.grid for row in rows}
        rows += [row for row in session.execute(text(PUBLISHED), known) if row.grid not in own]
    people: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        people.setdefault(row.grid, []).append(
            {"name": row.name, "work_phone": row.work_phone, "post": row.post}
        )
    return people
