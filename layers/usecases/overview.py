"""What a store holds, as the page needs it to start and as monitoring asks for it."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.categories import BASIS_LABELS, STATION_CATEGORIES
from layers.db import actor_of
from layers.features import counts
from layers.question import Question
from layers.registry import effective

TITLE = "网格 Wangge"
EXTENTS = (
    f"""
    SELECT ST_Extent(geom) AS box FROM division_version t
    WHERE {effective("t")} AND (:everywhere OR t.division_id = ANY(:area))
    """,
    """
    SELECT ST_Extent(e.geom) AS box FROM street_edge e WHERE e.network_id = (
        SELECT id FROM network WHERE superseded_at IS NULL ORDER BY imported_at DESC, id DESC LIMIT 1
    )
    """,
    "SELECT ST_Extent(geom) AS box FROM building",
)
"""Where the page looks first: the divisions, else the newest streets, else the buildings."""
DIVISIONS = f"""
    SELECT t.division_id, t.parent_id, t.code, t.name, d.level, t.kind, p.code AS parent,
           ARRAY[ST_XMin(t.geom), ST_YMin(t.geom), ST_XMax(t.geom), ST_YMax(t.geom)] AS bbox
    FROM division_version t JOIN division d ON d.id = t.division_id
    LEFT JOIN division_version p ON p.division_id = t.parent_id AND {effective("p")}
    WHERE {effective("t")} ORDER BY t.code COLLATE "C"
"""


def store_facts(session: Session) -> dict[str, bool]:
    """Return whether the store holds the sample county, and whether it holds anything at all."""
    row = session.execute(
        text(
            "SELECT sample, NOT EXISTS (SELECT 1 FROM building) AND NOT EXISTS (SELECT 1 FROM network "
            "WHERE superseded_at IS NULL) AND NOT EXISTS (SELECT 1 FROM division_version) AS empty FROM store"
        )
    ).one()
    return {"sample": bool(row.sample), "empty": bool(row.empty)}


def health(session: Session) -> dict[str, Any]:
    """Return the state of the database and the store."""
    version = session.execute(text("SELECT postgis_lib_version()")).scalar_one()
    return {"status": "ok", "database": f"PostGIS {version}", "store": store_facts(session)}


def overview(session: Session) -> dict[str, Any]:
    """Return extent, divisions, categories, bases, network and counts of the store."""
    defaults = Question()
    return {
        "title": TITLE,
        **store_facts(session),
        "extent": _extent(session),
        "attribution": credits_of(session),
        "counts": counts(session),
        "divisions": _divisions(session),
        "categories": _categories(session),
        "bases": _bases(session),
        "network": _network(session),
        "defaults": {
            "minutes": defaults.minutes,
            "speed_kmh": defaults.speed_kmh,
            "radius_m": defaults.radius_m,
            "category": defaults.category,
            "basis": defaults.basis,
        },
    }


def credits_of(session: Session) -> list[str]:
    """Return whom a map of this store has to name: the sources of its streets, not mere files."""
    return list(
        session.execute(
            text(
                "SELECT DISTINCT source FROM network WHERE superseded_at IS NULL "
                "AND source NOT LIKE 'file:%' ORDER BY source"
            )
        ).scalars()
    )


def _extent(session: Session) -> list[float] | None:
    """Return west, south, east, north of one's divisions, else of streets or buildings."""
    area = actor_of(session).area
    bounds = {"everywhere": area is None, "area": sorted(area or ())}
    for source in EXTENTS:
        row = session.execute(
            text(
                "SELECT ST_XMin(box) AS w, ST_YMin(box) AS s, ST_XMax(box) AS e, ST_YMax(box) AS n "
                f"FROM ({source}) b"
            ),
            bounds if ":area" in source else {},
        ).one()
        if row.w is not None:
            return [row.w, row.s, row.e, row.n]
    return None


def _divisions(session: Session) -> list[dict[str, Any]]:
    """Return the divisions one reaches, with those they lie in, so that each has its way from the top."""
    rows = session.execute(text(DIVISIONS)).mappings().all()
    area = actor_of(session).area
    shown = {row["division_id"] for row in rows} if area is None else set(area)
    above = {row["division_id"]: row["parent_id"] for row in rows}
    for number in list(shown):
        upper = above.get(number)
        while upper is not None:
            shown.add(upper)
            upper = above.get(upper)
    hidden = {"division_id", "parent_id"}
    return [
        {name: value for name, value in row.items() if name not in hidden}
        for row in rows
        if row["division_id"] in shown
    ]


def division_tree(session: Session) -> list[dict[str, Any]]:
    """Return all divisions of today: code, name, level, parent's code."""
    names = ("code", "name", "level", "parent")
    rows = session.execute(text(DIVISIONS)).mappings()
    return [{name: row[name] for name in names} for row in rows]


def _categories(session: Session) -> list[dict[str, Any]]:
    rows = session.execute(
        text(
            "SELECT category, count(*) FILTER (WHERE status = 'open' "
            "AND coalesce(opened_on <= current_date, true) AND coalesce(closed_on > current_date, true)) "
            "AS stations FROM station GROUP BY category"
        )
    ).all()
    known = list(STATION_CATEGORIES)
    rows = sorted(
        rows,
        key=lambda row: (known.index(row.category) if row.category in known else 99, row.category),
    )
    return [
        {"code": row.category, "zh": zh, "en": en, "stations": row.stations}
        for row in rows
        for zh, en in [STATION_CATEGORIES.get(row.category, (row.category, row.category))]
    ]


def _bases(session: Session) -> list[dict[str, Any]]:
    row = session.execute(
        text(
            """
            SELECT coalesce(sum(registered), 0) AS registered, coalesce(sum(resident), 0) AS resident,
                   coalesce(sum(planned), 0) AS planned, min(counted_on)::text AS first,
                   max(counted_on)::text AS last
            FROM (
                SELECT DISTINCT ON (coalesce(building_id::text, 'place:' || place || ':' || coalesce(community, '')))
                       registered, resident, planned, counted_on
                FROM household_count WHERE counted_on <= current_date
                ORDER BY coalesce(building_id::text, 'place:' || place || ':' || coalesce(community, '')),
                         counted_on DESC, source DESC
            ) c
            """
        )
    ).one()
    return [
        {
            "code": code,
            "zh": zh,
            "en": en,
            "households": int(getattr(row, code)),
            "from": row.first,
            "to": row.last,
        }
        for code, (zh, en) in BASIS_LABELS.items()
    ]


def _network(session: Session) -> dict[str, Any] | None:
    rows = session.execute(
        text(
            """
            SELECT n.name, n.content_hash, n.nodes, n.edges, n.imported_at::date::text AS imported_on,
                   s.length, ARRAY[ST_XMin(s.box), ST_YMin(s.box), ST_XMax(s.box), ST_YMax(s.box)] AS bbox
            FROM network n, LATERAL (
                SELECT sum(length_mm) AS length, ST_Extent(geom) AS box
                FROM street_edge e WHERE e.network_id = n.id
            ) s WHERE superseded_at IS NULL ORDER BY n.name
            """
        )
    ).all()
    if not rows:
        return None
    joined = "".join(row.content_hash for row in rows)
    return {
        "edges": sum(row.edges for row in rows),
        "nodes": sum(row.nodes for row in rows),
        "length_km": round(float(sum(row.length or 0 for row in rows)) / 1e6, 3),
        "hash": hashlib.blake2b(joined.encode(), digest_size=8).hexdigest(),
        "datasets": [
            {
                "name": row.name,
                "imported_on": row.imported_on,
                "length_km": round(float(row.length or 0) / 1e6, 3),
                "bbox": row.bbox,
            }
            for row in rows
        ],
    }
