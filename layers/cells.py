"""Reading the cells of a division: their figures, neighbours and shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.barriers import BARRIERS
from gis.coverages import transform_once
from gis.crs import FloatArray, IntArray, to_metric
from gis.errors import ConflictError
from layers.input_rows import copy_frame
from layers.models import BASES
from layers.registry import effective

Int32Array = NDArray[np.int32]
GRID_DIGITS = 3
BARRIER_NUMBER = {item.name: number for number, item in enumerate(BARRIERS, start=1)}
"""Position in the list that begins with "no barrier"."""
CELLS = """
    SELECT c.id, c.division_id, c.land_use, coalesce(c.estate_id, -1) AS estate,
           coalesce(c.villager_group_id, -1) AS villager_group, c.area_m2, c.perimeter_m
    FROM cell c WHERE c.set_id = {set} AND c.cut_at IS NULL AND c.division_id IN ({communities})
    ORDER BY c.id
"""
FIGURES = """
    SELECT cb.cell_id AS id, count(*) AS buildings, sum(coalesce(h.registered, 0)) AS registered,
           sum(coalesce(h.resident, 0)) AS resident, sum(coalesce(h.planned, 0)) AS planned
    FROM cell_building cb LEFT JOIN (
        SELECT DISTINCT ON (building_id) building_id, registered, resident, planned
        FROM household_count WHERE counted_on <= as_of_day() AND building_id IN (
            SELECT building_id FROM cell_building WHERE set_id = {set} AND division_id IN ({communities}))
        ORDER BY building_id, counted_on DESC, source DESC
    ) h ON h.building_id = cb.building_id
    WHERE cb.set_id = {set} AND cb.division_id IN ({communities}) GROUP BY 1
"""
BORDERS = """
    SELECT b.a, b.b, b.shared_m, coalesce(b.barrier, '') AS barrier
    FROM cell_border b WHERE b.set_id = {set} AND b.division_id IN ({communities}) ORDER BY b.a, b.b
"""


@dataclass(frozen=True)
class Cells:
    """The c cells of a division as they are today, ordered by id."""

    set_id: int
    metric_crs: str
    id: IntArray
    community: IntArray
    """(c,) division ids."""
    land_use: list[str]
    estate: IntArray
    """(c,) ids, -1 for none; so is the villager group."""
    group: IntArray
    area_m2: FloatArray
    perimeter_m: FloatArray
    buildings: IntArray
    households: dict[str, IntArray]
    """Basis -> (c,)."""
    pairs: Int32Array
    """(m, 2) rows of neighbours that share more than a metre."""
    shared_m: FloatArray
    barrier: Int32Array
    """(m,) 0 for none, else one more than the place in `BARRIERS`."""

    def __len__(self) -> int:
        return len(self.id)

    @property
    def outer_m(self) -> FloatArray:
        """(c,) border with nobody of these cells."""
        inner = np.bincount(self.pairs.ravel(), np.repeat(self.shared_m, 2), len(self))
        return np.maximum(self.perimeter_m - inner, 0.0)

    def rows_of(self, ids: Sequence[int] | IntArray) -> IntArray:
        """Return the rows of cells by id; all of them must be known."""
        return np.searchsorted(self.id, np.asarray(ids, dtype=np.int64))


def current_set(session: Session, county: int) -> Any:
    """Return the row of a county's newest cell set.

    Raises
    ------
    ConflictError
        `no_cells`.
    """
    row = session.execute(
        text(
            "SELECT id, county_id, generation, metric_crs, inputs, cuts, made_at FROM cell_set "
            "WHERE county_id = :county AND superseded_at IS NULL"
        ),
        {"county": county},
    ).one_or_none()
    if row is None:
        raise ConflictError("no_cells", "this county has no cells yet; make them first")
    return row


def communities_of(session: Session, division: int) -> list[int]:
    """Return the communities a division is made of today: itself, or those below it."""
    statement = f"""
        WITH RECURSIVE part AS (
            SELECT CAST(:division AS integer) AS id
            UNION
            SELECT v.division_id FROM part JOIN division_version v ON v.parent_id = part.id
            WHERE {effective("v")}
        )
        SELECT p.id FROM part p JOIN division d ON d.id = p.id AND d.level = 'community' ORDER BY 1
    """
    return list(session.execute(text(statement), {"division": division}).scalars())


def read_cells(session: Session, set_id: int, communities: Sequence[int]) -> Cells:
    """Return the cells of some communities in a set, with today's newest household counts."""
    crs = session.execute(
        text("SELECT metric_crs FROM cell_set WHERE id = :id"), {"id": set_id}
    ).scalar_one()
    words = {"set": int(set_id), "communities": ", ".join(map(str, communities)) or "-1"}
    frame = copy_frame(session, CELLS.format(**words), ("land_use",))
    figures = copy_frame(session, FIGURES.format(**words), ())
    borders = copy_frame(session, BORDERS.format(**words), ("barrier",))
    ids = frame["id"].to_numpy(dtype=np.int64)
    rows = np.searchsorted(ids, figures["id"].to_numpy(dtype=np.int64))

    def spread(name: str) -> IntArray:
        column = np.zeros(len(ids), dtype=np.int64)
        column[rows] = figures[name].to_numpy(dtype=np.int64)
        return column

    ends = borders[["a", "b"]].to_numpy(dtype=np.int64).reshape(-1, 2)
    inside = np.isin(ends, ids).all(axis=1)
    names = borders["barrier"].fillna("")[inside]
    return Cells(
        set_id,
        str(crs),
        ids,
        frame["division_id"].to_numpy(dtype=np.int64),
        [str(item) for item in frame["land_use"]],
        frame["estate"].to_numpy(dtype=np.int64),
        frame["villager_group"].to_numpy(dtype=np.int64),
        frame["area_m2"].to_numpy(dtype=np.float64),
        frame["perimeter_m"].to_numpy(dtype=np.float64),
        spread("buildings"),
        {basis: spread(basis) for basis in sorted(BASES)},
        np.searchsorted(ids, ends[inside]).astype(np.int32).reshape(-1, 2),
        borders["shared_m"].to_numpy(dtype=np.float64)[inside],
        np.array([BARRIER_NUMBER.get(str(item), 0) for item in names], dtype=np.int32),
    )


def read_shapes(session: Session, ids: IntArray) -> NDArray[np.object_]:
    """Return the polygons (lon/lat) of cells, ids ascending, in their order."""
    if len(ids) == 0:
        return np.empty(0, dtype=object)
    rows = session.execute(
        text("SELECT ST_AsBinary(geom) FROM cell WHERE id = ANY(:ids) ORDER BY id"),
        {"ids": ids.tolist()},
    ).scalars()
    return np.asarray(shapely.from_wkb([bytes(row) for row in rows]), dtype=object)


def metres_of(shapes: NDArray[np.object_], crs: str) -> NDArray[np.object_]:
    """Return stored polygons (lon/lat) in metres, exactly as they were made.

    Every vertex was on a grid of half a centimetre; to lon/lat and back it is off by nanometres.
    """
    return transform_once(shapes, lambda xy: np.round(to_metric(xy, crs), GRID_DIGITS))


def leaves_of(session: Session, ids: Sequence[int]) -> dict[int, list[int]]:
    """Return what each cell has become: itself, or the pieces it was cut into since."""
    rows = session.execute(
        text(
            """
            WITH RECURSIVE piece AS (
                SELECT id AS origin, id FROM unnest(CAST(:ids AS integer[])) AS id
                UNION ALL
                SELECT piece.origin, c.id FROM piece JOIN cell p ON p.id = piece.id
                JOIN cell c ON c.parent_id = p.id WHERE p.cut_at IS NOT NULL
            )
            SELECT piece.origin, piece.id FROM piece JOIN cell c ON c.id = piece.id
            WHERE c.cut_at IS NULL ORDER BY 1, 2
            """
        ),
        {"ids": list(ids)},
    ).all()
    found: dict[int, list[int]] = {}
    for origin, cell in rows:
        found.setdefault(int(origin), []).append(int(cell))
    return found
