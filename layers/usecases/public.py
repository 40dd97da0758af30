"""The permanent public page (公布): the grids of a community in force, who answers, where one lives.

Read under the role that sees the published views only; no household figure is among them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import NotFoundError

NEAR_DEG = 0.0002
"""A street within about 20 m of a grid's border is one of its bounds."""
SHOWN = frozenset(
    {"trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street"}
)
SIDES = ("east", "north", "west", "south")
MAX_STREETS = 3000


def public_community(session: Session, code: str) -> dict[str, Any]:
    """Return what everybody may know of a community's grids.

    Raises
    ------
    NotFoundError
        `unknown_community`, also where no grid is in force.
    """
    names: dict[str, str] = dict(
        session.execute(
            text("SELECT code, name FROM published.divisions WHERE code = ANY(:codes)"),
            {"codes": [code, code[:9], f"{code[:9]}000", code[:6], f"{code[:6]}000000"]},
        ).all()
    )  # fmt: skip
    outline = session.execute(
        text("SELECT ST_AsBinary(geom) FROM published.divisions WHERE code = :code"), {"code": code}
    ).scalar_one_or_none()
    rows = session.execute(
        text(
            "SELECT code, name, kind, level, valid_from, ST_AsBinary(geom) AS wkb FROM published.grids "
            "WHERE community = :code ORDER BY code"
        ),
        {"code": code},
    ).all()
    if outline is None or not rows:
        raise NotFoundError("unknown_community", f"there are no published grids of {code}")
    shapes = np.array(shapely.from_wkb([bytes(row.wkb) for row in rows]), dtype=object)
    whole = shapely.from_wkb(bytes(outline))
    streets = _streets(session, shapely.bounds(whole))
    workers = _workers(session, code)
    return {
        "code": code,
        "name": names.get(code),
        "township": names.get(code[:9]) or names.get(f"{code[:9]}000"),
        "county": names.get(code[:6]) or names.get(f"{code[:6]}000000"),
        "as_of": session.execute(text("SELECT current_date::text")).scalar_one(),
        "effective_on": max(row.valid_from for row in rows).isoformat(),
        "outline": json.loads(shapely.to_geojson(whole)),
        "grids": [
            {
                "code": row.code,
                "name": row.name,
                "kind": row.kind,
                "level": row.level,
                "geometry": json.loads(shapely.to_geojson(shape)),
                "bounds": bounds_of(shape, streets),
                "workers": workers.get(row.code, []),
            }
            for row, shape in zip(rows, shapes, strict=True)
        ],
        "streets": [
            {
                "class": item[0],
                "name": item[1],
                "line": np.round(shapely.get_coordinates(item[2]), 6).tolist(),
            }
            for item in streets
            if item[0] in SHOWN
        ],
    }


def _streets(session: Session, box: Sequence[float]) -> list[tuple[str, str | None, Any]]:
    rows = session.execute(
        text(
            "SELECT class, name, ST_AsBinary(geom) AS wkb FROM published.streets "
            "WHERE geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326) "
            "ORDER BY class, name, ST_AsBinary(geom) LIMIT :most"
        ),
        {**dict(zip(("west", "south", "east", "north"), map(float, box), strict=True)), "most": MAX_STREETS},
    ).all()  # fmt: skip
    return [(row[0], row[1], shapely.from_wkb(bytes(row.wkb))) for row in rows]


def street_bounds(session: Session, grid: Any) -> dict[str, str | None]:
    """Return the four bounds of a grid from the published streets."""
    return bounds_of(grid, _streets(session, shapely.bounds(grid)))


def _workers(session: Session, code: str) -> dict[str, list[dict[str, Any]]]:
    rows = session.execute(
        text(
            "SELECT w.* FROM published.workers w "
            "JOIN published.grids g ON g.code = w.grid WHERE g.community = :code "
            "ORDER BY w.grid, w.ordinal, w.post, w.name"
        ),
        {"code": code},
    ).all()
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        person = {
            "name": row.name,
            "phone": row.work_phone,
            "post": row.post,
            "post_en": row.post_en,
        }
        if row.substitute_for is not None:
            until = row.until and row.until.isoformat()
            person |= {"substitute_for": row.substitute_for, "until": until}
        found.setdefault(row.grid, []).append(person)
    return found


def bounds_of(grid: Any, streets: Sequence[tuple[str, str | None, Any]]) -> dict[str, str | None]:
    """Return the four bounds (四至) of a grid: the named street along most of each side."""
    named = [(name, line) for _, name, line in streets if name]
    answer: dict[str, str | None] = dict.fromkeys(SIDES)
    if not named:
        return answer
    lines = np.array([line for _, line in named], dtype=object)
    border = shapely.boundary(grid)
    near = shapely.STRtree(lines).query(border, predicate="dwithin", distance=NEAR_DEG)
    strip = shapely.buffer(border, NEAR_DEG)
    centre = shapely.centroid(grid)
    stretch = float(np.cos(np.radians(centre.y)))
    length: dict[tuple[str, str], float] = {}
    for row in near.tolist():
        for piece in shapely.get_parts(shapely.intersection(lines[row], strip)):
            if shapely.is_empty(piece) or shapely.get_dimensions(piece) != 1:
                continue
            middle = shapely.line_interpolate_point(piece, 0.5, normalized=True)
            angle = np.degrees(np.arctan2(middle.y - centre.y, (middle.x - centre.x) * stretch))
            side = SIDES[int(((angle + 45) % 360) // 90)]
            key = side, str(named[row][0])
            length[key] = length.get(key, 0.0) + float(shapely.length(piece))
    for (side, name), _ in sorted(length.items(), key=lambda item: (item[1], item[0])):
        answer[side] = name
    return answer


def find_places(session: Session, code: str, words: str) -> dict[str, Any]:
    """Return addresses of a community that contain some words, with the grid each lies in."""
    rows = session.execute(
        text(
            "SELECT a.text, a.lon, a.lat, (SELECT g.code FROM published.grids g WHERE g.community = :code "
            "AND ST_Intersects(g.geom, ST_SetSRID(ST_MakePoint(a.lon, a.lat), 4326)) "
            "ORDER BY g.level IS NULL DESC, g.code LIMIT 1) AS grid "
            "FROM published.find_address(:code, :words) a"
        ),
        {"code": code, "words": words.strip()},
    ).mappings()
    return {"places": [dict(row) for row in rows]}
