"""What a grid worker's phone carries: the own grid with neighbours, streets and buildings, small enough to keep.

A package answers "where am I" without network as the server would, wherever the circle of error lies within
its extent: every grid that meets the extent is in it, whole and to the last digit.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence, Set
from typing import Any

import numpy as np
import shapely
from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from gis.errors import NotFoundError
from gis.locate import box_around
from gis.neighbours import border_stretches
from layers.db import actor_of
from layers.registry import ESTATE_JOINS, ESTATE_NAME, effective
from layers.usecases.locate import LARGER, NESTED, PUBLISHED, answering, larger_of

MOST_BYTES = 300_000
"""Of a package: a phone on a village mast loads it in seconds and keeps it for good."""
MARGINS_M = (600, 400, 250, 150, 80)
"""How far the extent goes beyond the grid; the first one that keeps the package within its size is taken."""
STREET_DIGITS = 6
"""Lines that are only drawn are kept to a tenth of a metre."""
GRIDS = f"""
    SELECT v.grid_id, v.code, v.name, v.kind, v.level, ST_AsBinary(v.geom) AS wkb, {LARGER} AS larger,
           d.code AS community, d.name AS community_name,
           {{people}} AS workers
    FROM grid_version v JOIN grid g ON g.id = v.grid_id
    LEFT JOIN division_version d ON d.division_id = g.community_id AND {effective("d")}
    WHERE {{where}} AND {effective("v")} ORDER BY v.code COLLATE "C"
"""
POSTED = "v.grid_id = ANY ((SELECT posted_grids())::integer[])"
OWN = text("SELECT own_grids()")
WITHIN = text("SELECT nested_grids(CAST(:grids AS integer[]))")
IN_BOX = "v.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)"
BUILDINGS = f"""
    SELECT b.code, b.name, b.building_no, b.kind, b.floors,
           {ESTATE_NAME} AS estate,
           ST_X(b.geom) AS lon, ST_Y(b.geom) AS lat, ST_AsBinary(b.footprint) AS footprint,
           (SELECT a.text FROM address a WHERE a.building = b.code ORDER BY a.id LIMIT 1) AS address,
           h.registered, h.resident, h.vacant, h.planned, h.counted_on::text AS counted_on, h.source
    FROM grid_version v JOIN building b ON b.geom && v.geom AND ST_Intersects(v.geom, b.geom)
    {ESTATE_JOINS}
    LEFT JOIN LATERAL (SELECT * FROM household_count k WHERE k.building_id = b.id
        AND k.counted_on <= current_date ORDER BY k.counted_on DESC, k.source DESC LIMIT 1) h ON true
    WHERE v.grid_id = :grid AND v.valid_from <= current_date
      AND (v.valid_to IS NULL OR v.valid_to > current_date)
    ORDER BY coalesce({ESTATE_NAME}, '~'), b.building_no, b.code COLLATE "C"
"""
STREETS = """
    SELECT e.street_class, e.name, ST_AsBinary(e.geom) AS wkb FROM street_edge e
    JOIN network n ON n.id = e.network_id AND n.superseded_at IS NULL
    WHERE e.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
    ORDER BY e.street_class, e.name NULLS LAST, e.geom
"""


def _grids(where: str) -> TextClause:
    return text(GRIDS.format(people=PUBLISHED, where=where))


def phone_home(session: Session) -> dict[str, Any]:
    """Return who the phone belongs to and which grids are the own ones today, substitutions included."""
    actor = actor_of(session)
    worker = session.execute(
        text("SELECT account_worker(:id)"), {"id": actor.account}
    ).scalar_one_or_none()
    rows = session.execute(_grids(POSTED)).all()
    return {
        "account": actor.name,
        "worker": worker and {"name": worker["name"], "work_phone": worker["work_phone"]},
        "as_of": session.execute(text("SELECT current_date::text")).scalar_one(),
        "grids": [_plain(row) for row in rows],
    }


def place_of_building(session: Session, code: str) -> dict[str, float]:
    """Return where a building stands whose code a grid worker scanned, anywhere in the own county.

    Nothing else is told of a building outside the own grids.

    Returns
    -------
    dict
        `lon`, `lat` in degrees (EPSG:4490).

    Raises
    ------
    NotFoundError
        `unknown_building`, also for another county's, and for everybody but grid workers.
    """
    row = session.execute(text("SELECT * FROM place_of_building(:code)"), {"code": code}).first()
    if row is None:
        raise NotFoundError("unknown_building", "no building of this county has this code")
    return {"lon": row.lon, "lat": row.lat}


def grid_package(session: Session, code: str) -> tuple[bytes, str]:
    """Return the package of a grid as JSON and its entity tag; the same content has the same bytes.

    Grid workers get those of their own grids, everybody else those of their area. A worker's own grids, nested
    ones with them, say so in it; for everybody else the asked one does, and what is nested in it.

    Raises
    ------
    NotFoundError
        `unknown_grid`, also for one outside the area, and for a worker who is not posted there, or around it, today.
    """
    where = (
        "v.code = :code AND (v.grid_id = ANY ((SELECT own_grids())::integer[]) OR reads_everywhere() "
        "OR g.community_id = ANY (reads_area()))"
    )
    row = session.execute(_grids(where), {"code": code}).one_or_none()
    if row is None:
        raise NotFoundError("unknown_grid", f"{code} is no grid in force that is yours")
    below = session.execute(WITHIN, {"grids": [row.grid_id]}).scalar_one()
    worker = actor_of(session).role == "grid_worker"
    mine = set(session.execute(OWN).scalar_one() if worker else below)
    fixed = {
        **_plain(row),
        "as_of": session.execute(text("SELECT current_date::text")).scalar_one(),
        "buildings": _buildings(session, row.grid_id),
    }
    for margin in MARGINS_M:
        body = _packed(session, row, fixed, margin, mine, set(below))
        if len(body) <= MOST_BYTES:
            break
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _packed(
    session: Session,
    row: Any,
    fixed: dict[str, Any],
    margin_m: float,
    mine: Set[int],
    below: Set[int],
) -> bytes:
    """Return the package with a margin; `mine` are ids of own grids, `below` the asked one and those nested in it."""
    own = shapely.from_wkb(bytes(row.wkb))
    west, south, east, north = shapely.bounds(own).tolist()
    low, high = box_around(west, south, margin_m), box_around(east, north, margin_m)
    extent = (low[0], low[1], high[2], high[3])
    box = dict(zip(("west", "south", "east", "north"), extent, strict=True))
    found = session.execute(_grids(IN_BOX), box).all()
    # As the server answers: each for its land, in the order that decides.
    lands = answering(found, session.execute(text(NESTED), larger_of(found)).all())
    streets = session.execute(text(STREETS), box).all()
    lines = [shapely.from_wkb(bytes(street.wkb)) for street in streets]
    others = [(other, land) for other, land in lands if other.grid_id not in below]
    stretches = border_stretches(
        own, [land for _, land in others], lines, [street.name for street in streets]
    )
    grids = [
        {
            **_plain(other),
            "own": other.grid_id in mine,
            # Of the asked grid all is drawn; of other larger ones nothing but their land matters.
            "nested": other.larger and other.grid_id == row.grid_id,
            "shape": pack_shape(own if other.grid_id == row.grid_id else land),
            **({"land": pack_shape(land)} if other.larger and other.grid_id == row.grid_id else {}),
        }
        for other, land in lands
    ]
    if all(other.grid_id != row.grid_id for other, _ in lands):
        grids.append(
            {**_plain(row), "own": row.grid_id in mine, "nested": True, "shape": pack_shape(own)}
        )
    document = {
        **fixed,
        "extent": list(extent),
        "margin_m": margin_m,
        "grids": grids,
        "border": [
            {
                "grid": None if part.neighbour is None else others[part.neighbour][0].code,
                "length_m": part.length_m,
                "streets": [{"name": name, "length_m": length} for name, length in part.streets],
            }
            for part in stretches
        ],
        "streets": [
            {"class": class_, "name": name, "line": pack_line(line)}
            for class_, name, line in _drawn(streets, lines)
        ],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _drawn(streets: Sequence[Any], lines: Sequence[Any]) -> list[tuple[str, str | None, Any]]:
    """Return the streets joined by class and name, every line a part of its own."""
    groups: dict[tuple[str, str | None], list[Any]] = {}
    for street, line in zip(streets, lines, strict=True):
        groups.setdefault((street.street_class, street.name), []).append(line)
    found: list[tuple[str, str | None, Any]] = []
    for (class_, name), parts in groups.items():
        merged = shapely.line_merge(shapely.union_all(parts))
        found.extend((class_, name, part) for part in shapely.get_parts(merged))
    return found


def _plain(row: Any) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "kind": row.kind,
        "level": row.level,
        "community": row.community and {"code": row.community, "name": row.community_name},
        "workers": row.workers or [],
    }


def _buildings(session: Session, grid: int) -> list[dict[str, Any]]:
    found = []
    for row in session.execute(text(BUILDINGS), {"grid": grid}).mappings():
        footprint = row["footprint"]
        outline = None
        if footprint is not None:
            rings = shapely.get_rings(shapely.from_wkb(bytes(footprint)))
            outline = [pack_line(ring) for ring in rings]
        told = {
            name: value for name, value in row.items() if name != "footprint" and value is not None
        }
        found.append({**told, **({"outline": outline} if outline else {})})
    return found


def pack_shape(shape: Any) -> list[list[str]]:
    """Return the parts of a polygon, each its rings as base64 of little-endian doubles."""
    packed = []
    for part in shapely.get_parts(shape):
        rings = (part.exterior, *part.interiors)
        packed.append([_doubles(ring) for ring in rings])
    return packed


def _doubles(ring: Any) -> str:
    raw = np.ascontiguousarray(shapely.get_coordinates(ring), dtype="<f8").tobytes()
    return base64.b64encode(raw).decode()


def pack_line(line: Any) -> list[int]:
    """Return a line as millionths of a degree: the first point, then the steps to the next ones."""
    at = np.round(shapely.get_coordinates(line) * 10**STREET_DIGITS).astype(np.int64)
    moved = np.diff(at, axis=0)
    kept = moved[(moved != 0).any(axis=1)]
    return [int(value) for value in np.concatenate([at[:1], kept]).ravel()]
