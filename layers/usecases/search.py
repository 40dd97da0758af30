"""Search by name, address, pinyin or its initials, or code; and the index behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.db import copy_rows
from layers.registry import effective

MAX_PINYIN = 60
"""Letters kept; nobody types more."""


@dataclass(frozen=True)
class Source:
    """Where a layer's entries come from: kind, code, name, detail, geom; of scoped things `division_id`."""

    layer: str
    sql: str

    @property
    def division(self) -> str:
        """SQL of the division an entry belongs to."""
        return "division_id" if "division_id FROM" in self.sql else "NULL"


SOURCES = (
    Source(
        "divisions",
        "SELECT CASE WHEN d.level = 'community' THEN 'community' ELSE 'division' END AS kind, t.code, "
        "t.name, coalesce(p.name, '') AS detail, ST_Envelope(t.geom) AS geom FROM division_version t "
        "JOIN division d ON d.id = t.division_id "
        f"LEFT JOIN division_version p ON p.division_id = t.parent_id AND {effective('p')} "
        f"WHERE {effective('t')}",
    ),
    Source(
        "grids",
        "SELECT 'grid' AS kind, t.code, coalesce(t.name, t.code) AS name, coalesce(c.name, '') AS detail, "
        "ST_Envelope(t.geom) AS geom FROM grid_version t JOIN grid g ON g.id = t.grid_id "
        f"LEFT JOIN division_version c ON c.division_id = g.community_id AND {effective('c')} "
        f"WHERE {effective('t')}",
    ),
    Source(
        "estates",
        "SELECT 'estate' AS kind, code, name, '' AS detail, ST_Envelope(geom) AS geom, division_id FROM estate "
        "WHERE name IS NOT NULL",
    ),
    Source(
        "stations",
        "SELECT 'station' AS kind, code, coalesce(name, code) AS name, category AS detail, geom FROM station",
    ),
    Source(
        "buildings",
        "SELECT 'building' AS kind, code, name, '' AS detail, geom, division_id FROM building "
        "WHERE name IS NOT NULL",
    ),
    Source(
        "addresses",
        "SELECT 'address' AS kind, coalesce(building, '') AS code, text AS name, '' AS detail, geom, "
        "division_id FROM address",
    ),
    Source(
        "streets",
        "SELECT 'street' AS kind, '' AS code, t.name, '' AS detail, ST_Envelope(ST_Collect(t.geom)) AS geom "
        "FROM street_edge t JOIN network n ON n.id = t.network_id AND n.superseded_at IS NULL "
        "WHERE t.name IS NOT NULL AND t.name <> '' GROUP BY n.id, t.name",
    ),
)
KIND_ORDER = ("community", "division", "grid", "estate", "station", "street", "building", "address")


def reindex(session: Session, *layers: str) -> int:
    """Rebuild the entries of some layers (all without any) and return how many there are."""
    total = 0
    for source in SOURCES:
        if layers and source.layer not in layers:
            continue
        session.execute(
            text("DELETE FROM search_entry WHERE layer = :layer"), {"layer": source.layer}
        )
        rows = session.execute(
            text(
                f"SELECT kind, code, name, detail, encode(ST_AsEWKB(geom), 'hex') AS geom, "
                f"{source.division} AS division_id "
                f"FROM ({source.sql}) s WHERE geom IS NOT NULL ORDER BY code, name"
            )
        ).all()
        total += copy_rows(
            session,
            "search_entry",
            (
                "layer",
                "kind",
                "code",
                "name",
                "detail",
                "initials",
                "pinyin",
                "geom",
                "division_id",
            ),
            _entries(source.layer, rows),
        )
    return total


def _entries(layer: str, rows: Any) -> Iterator[tuple[str, ...]]:
    for row in rows:
        yield (
            layer, row.kind, row.code, row.name, row.detail, initials(row.name), pinyin(row.name),
            row.geom, row.division_id,
        )  # fmt: skip


def initials(name: str) -> str:
    """Return the lower-case first letters of a name's pinyin: 桥西社区 → qxsq."""
    # The dictionary takes half a second to load, and only imports need it.
    from pypinyin import Style, lazy_pinyin

    # Latin letters and digits are kept one by one: 3号楼 → 3hl.
    keep: Any = list
    letters = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER, errors=keep))
    return re.sub(r"[^a-z0-9]", "", letters.lower())[:MAX_PINYIN]


def pinyin(name: str) -> str:
    """Return a name's pinyin without tones and spaces: 桥西 → qiaoxi."""
    from pypinyin import lazy_pinyin

    return re.sub(r"[^a-z0-9]", "", "".join(lazy_pinyin(name)).lower())[:MAX_PINYIN]


def find(session: Session, query: str, limit: int) -> list[dict[str, Any]]:
    """Return what matches a query, best first: whole names, beginnings, then parts.

    Within the same quality smaller things follow larger ones, then the shorter name wins.
    """
    given = query.replace("\x00", "").strip()
    wanted = given.lower()
    if not wanted:
        return []
    letters = re.sub(r"[^a-z0-9]", "", wanted)
    escaped, typed = (re.sub(r"([\\%_])", r"\\\1", item) for item in (wanted, given))
    rows = session.execute(
        text(
            """
            SELECT kind, code, name, detail, ST_X(ST_Centroid(geom)) AS lon, ST_Y(ST_Centroid(geom)) AS lat,
                   ARRAY[ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom)] AS bbox
            FROM search_entry
            WHERE name ILIKE :part OR code LIKE :start OR code LIKE :start_upper OR code LIKE :start_typed
               OR (:letters <> '' AND (initials LIKE :letters_start OR pinyin LIKE :letters_start))
            ORDER BY lower(name) <> :whole AND lower(code) <> :whole,
                     NOT (name ILIKE :start OR lower(code) LIKE :start),
                     NOT (:letters <> '' AND initials = :letters),
                     array_position(CAST(:kinds AS text[]), kind), length(name), name, code
            LIMIT :limit
            """
        ),
        {
            "part": f"%{escaped}%",
            # Codes as typed, small and large: each form is found by the index; lower(code) is not,
            # nor is LIKE ANY.
            "start": f"{escaped}%",
            "start_upper": f"{escaped.upper()}%",
            "start_typed": f"{typed}%",
            "whole": wanted,
            "letters": letters if letters == wanted else "",
            "letters_start": f"{letters}%",
            "kinds": list(KIND_ORDER),
            "limit": limit,
        },
    ).mappings()
    found = [dict(row) for row in rows]
    return found or _building_by_code(session, sorted({given, wanted, wanted.upper()}))


def _building_by_code(session: Session, codes: list[str]) -> list[dict[str, Any]]:
    """Find a building without a name by its whole code; such buildings have no search entry."""
    rows = session.execute(
        text(
            "SELECT 'building' AS kind, code, coalesce(name, code) AS name, '' AS detail, "
            "ST_X(geom) AS lon, ST_Y(geom) AS lat, "
            "ARRAY[ST_XMin(s), ST_YMin(s), ST_XMax(s), ST_YMax(s)] AS bbox "
            "FROM building, LATERAL (SELECT coalesce(footprint, geom) AS s) f "
            "WHERE code = ANY(:codes) ORDER BY code"
        ),
        {"codes": codes},
    ).mappings()
    return [dict(row) for row in rows]
