"""Which division everything lies in: the ground that rights by area stand on.

Every row that not everybody may see carries the deepest division it lies in today. It is told at
import, and made true again when divisions change or a new version of one comes into force.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.coverage import locate
from gis.crs import FloatArray
from gis.errors import Fault, NotFoundError
from layers.db import copy_rows
from layers.input_rows import copy_frame
from layers.models import LEVELS
from layers.registry import effective
from layers.rights import Actor, RightsError

PLACED = {
    "building": ("buildings", "geom"),
    "address": ("addresses", "geom"),
    "station": ("stations", "geom"),
    "estate": ("estates", "ST_PointOnSurface(geom)"),
    "villager_group": ("villager_groups", "ST_PointOnSurface(geom)"),
    "asset": ("assets", "geom"),
    "organisation": ("organisations", "geom"),
    "office_area": ("office_areas", "ST_PointOnSurface(geom)"),
    "event": ("events", "geom"),
}
"""Table -> its layer, and the point that says where a row lies."""
BELOW = f"""
    WITH RECURSIVE part AS (
        {{roots}}
        UNION
        SELECT v.division_id FROM part JOIN division_version v ON v.parent_id = part.division_id
        WHERE {effective("v")}
    )
    SELECT division_id FROM part
"""
"""Divisions with all that lie below them today; `roots` is a query for `division_id`."""
TREE = BELOW.format(roots="SELECT unnest(CAST(:roots AS integer[])) AS division_id")
COUNTIES = f"""
    WITH RECURSIVE up AS (
        SELECT id, id AS origin FROM unnest(CAST(:roots AS integer[])) AS id
        UNION
        SELECT v.parent_id, up.origin FROM up JOIN division_version v ON v.division_id = up.id
        WHERE v.parent_id IS NOT NULL AND {effective("v")}
    )
    SELECT r.origin, coalesce(
        (SELECT min(up.id) FROM up JOIN division d ON d.id = up.id AND d.level = 'county'
         WHERE up.origin = r.origin), r.origin)
    FROM (SELECT DISTINCT origin FROM up) r
"""


def below(session: Session, roots: Sequence[int]) -> frozenset[int]:
    """Return the ids of divisions with all that lie below them today."""
    return frozenset(session.execute(text(TREE), {"roots": list(roots)}).scalars())


def region_of(session: Session, roots: Sequence[int] | None) -> frozenset[int] | None:
    """Return what is read to answer for some divisions: the whole counties they lie in.

    Whoever asks about a place, it is answered from the same inputs. A division above every county
    is its own region; None is the whole store.
    """
    if roots is None:
        return None
    found = session.execute(text(COUNTIES), {"roots": list(roots)}).all()
    return below(session, sorted({row[1] for row in found}))


def roots_of(session: Session, actor: Actor, codes: str | None) -> tuple[int, ...] | None:
    """Return the divisions a question is about: those of `codes`, or all the actor reaches.

    Parameters
    ----------
    codes
        Division codes separated by commas; None for everything the actor belongs to.

    Raises
    ------
    NotFoundError
        `unknown_division`.
    RightsError
        `outside_area`.
    """
    if codes is None:
        return actor.roots
    wanted = sorted({code.strip() for code in codes.split(",")} - {""})
    known = ids_of(session, wanted)
    outside = [code for code, number in known.items() if not reaches(actor, number)]
    if outside:
        raise RightsError("outside_area", f"outside the area of this account: {', '.join(outside)}")
    return tuple(sorted(known.values()))


def ids_of(session: Session, codes: Sequence[str]) -> dict[str, int]:
    """Return division code -> id as of today, the newest known where none holds today.

    Raises
    ------
    NotFoundError
        `unknown_division`, naming those that do not exist.
    """
    rows = session.execute(
        text(
            "SELECT DISTINCT ON (t.code) t.code, t.division_id FROM division_version t "
            f"WHERE t.code = ANY(:codes) ORDER BY t.code, ({effective('t')}) DESC, t.valid_from DESC"
        ),
        {"codes": list(codes)},
    )
    found = {row.code: int(row.division_id) for row in rows}
    lacking = [code for code in codes if code not in found]
    if lacking or not codes:
        named = ", ".join(lacking) or "''"
        raise NotFoundError("unknown_division", f"there is no division {named}")
    return found


def codes_of(session: Session, roots: Sequence[int]) -> list[str]:
    """Return the codes of divisions as of today, in order."""
    return list(
        session.execute(
            text(
                "SELECT t.code FROM division_version t WHERE t.division_id = ANY(:roots) "
                f'AND {effective("t")} ORDER BY t.code COLLATE "C"'
            ),
            {"roots": list(roots)},
        ).scalars()
    )


def reaches(actor: Actor, division: int | None) -> bool:
    """Say whether a division lies in the actor's area; nothing outside all divisions does."""
    return actor.area is None or division in actor.area


class AreaIndex:
    """Today's divisions, for finding the deepest one at many points."""

    def __init__(self, session: Session) -> None:
        rows = copy_frame(
            session,
            "SELECT t.division_id, d.level, encode(ST_AsBinary(t.geom), 'hex') AS wkb "
            "FROM division_version t JOIN division d ON d.id = t.division_id "
            f'WHERE {effective("t")} ORDER BY t.code COLLATE "C"',
            ("level", "wkb"),
        )
        self._levels: list[tuple[NDArray[np.int64], Any]] = []
        for level in reversed(LEVELS):
            own = rows[rows["level"] == level]
            if len(own):
                polygons = np.asarray(shapely.from_wkb(own["wkb"].to_numpy()), dtype=object)
                self._levels.append((own["division_id"].to_numpy(dtype=np.int64), polygons))

    def find(self, lonlat: FloatArray) -> NDArray[np.int64]:
        """Return (n,) division ids of (n, 2) points, -1 outside all; on a border the lower code."""
        found = np.full(len(lonlat), -1, dtype=np.int64)
        for ids, polygons in self._levels:
            open_ = np.flatnonzero(found < 0)
            if len(open_) == 0:
                break
            member = locate(np.ascontiguousarray(lonlat[open_]), polygons)
            inside = member >= 0
            found[open_[inside]] = ids[member[inside]]
        return found

    def of(self, points: Any) -> list[int | None]:
        """Return the division of each shapely point, None outside all and for no point."""
        shapes = np.asarray(points, dtype=object)
        out: list[int | None] = [None] * len(shapes)
        known = np.flatnonzero([shape is not None for shape in shapes])
        if len(known):
            ids = self.find(shapely.get_coordinates(shapes[known]))
            for row, number in zip(known.tolist(), ids.tolist(), strict=True):
                out[row] = number if number >= 0 else None
        return out


def require_area(
    actor: Actor, file: str, numbers: Iterable[Any], divisions: Iterable[int | None]
) -> None:
    """Refuse rows of a file that lie outside the actor's area, every one by its number.

    Raises
    ------
    RightsError
        `outside_area`.
    """
    faults = [
        Fault(file, int(number), reason="it lies outside the area of this account")
        for number, division in zip(numbers, divisions, strict=True)
        if not reaches(actor, division)
    ]
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise RightsError(
            "outside_area",
            f"{file}: row {faults[0].row}: {faults[0].reason}{more}; nothing was stored",
            faults,
        )


def areas_due(session: Session) -> bool:
    """Say whether divisions or grids came into force or went since rows were last made true."""
    begun = (
        "EXISTS (SELECT FROM {table} v WHERE (v.valid_from > s.areas_on AND v.valid_from <= current_date) "
        "OR (v.valid_to > s.areas_on AND v.valid_to <= current_date))"
    )
    dated = " OR ".join(begun.format(table=name) for name in ("division_version", "grid_version"))
    found = session.execute(text(f"SELECT s.areas_on IS NULL OR {dated} FROM store s")).scalar_one()
    return bool(found)


def assign_areas(session: Session) -> tuple[str, ...]:
    """Make the division of every row true for today and return the layers in which some changed.

    Needs an actor of the whole store.
    """
    index = AreaIndex(session)
    changed = []
    for table, (layer, place) in PLACED.items():
        rows = copy_frame(
            session,
            f"SELECT id, ST_X(p) AS lon, ST_Y(p) AS lat, coalesce(division_id, -1) AS old "
            f"FROM {table}, LATERAL (SELECT {place} AS p) q WHERE p IS NOT NULL ORDER BY id",
        )
        fresh = index.find(rows[["lon", "lat"]].to_numpy(dtype=np.float64))
        other = np.flatnonzero(fresh != rows["old"].to_numpy(dtype=np.int64))
        if len(other):
            _write(session, table, rows["id"].iloc[other], fresh[other])
            changed.append(layer)
    if follow_buildings(session):
        changed.append("households")
    session.execute(text("UPDATE store SET areas_on = current_date"))
    return tuple(changed)


def _write(session: Session, table: str, ids: pd.Series[Any], divisions: NDArray[np.int64]) -> None:
    session.execute(text("CREATE TEMP TABLE moved (id integer, division integer)"))
    pairs = zip(ids.tolist(), divisions.tolist(), strict=True)
    copy_rows(session, "moved", ("id", "division"), pairs)
    session.execute(text("ANALYZE moved"))
    session.execute(
        text(
            f"UPDATE {table} t SET division_id = nullif(m.division, -1) FROM moved m WHERE m.id = t.id"
        )
    )
    session.execute(text("DROP TABLE moved"))


def place_counts(session: Session, table: str) -> int:
    """Give counts the division of their building, unplaced ones that of their community."""
    placed = _changed(
        session,
        f"UPDATE {table} c SET division_id = b.division_id FROM building b "
        "WHERE b.id = c.building_id AND c.division_id IS DISTINCT FROM b.division_id",
    )
    return placed + _changed(
        session,
        f"UPDATE {table} c SET division_id = v.division_id FROM division_version v "
        f"WHERE c.building_id IS NULL AND v.code = c.community AND {effective('v')} "
        "AND c.division_id IS DISTINCT FROM v.division_id",
    )


def follow_buildings(session: Session) -> int:
    """Let the counts of buildings that lie elsewhere now follow them."""
    return place_counts(session, "household_count")


def _changed(session: Session, statement: str) -> int:
    result: Any = session.execute(text(statement))
    return int(result.rowcount)
