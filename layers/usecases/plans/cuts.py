"""Cutting cells by a drawn line, and splitting a part along it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.adjacency import adjacency
from gis.coverages import take_vertices, transform_once
from gis.crs import IntArray, to_lonlat, to_metric
from gis.cutting import cut_cells
from gis.errors import ConflictError, RefusedInputError
from layers.audit import record
from layers.cells import communities_of, metres_of
from layers.db import enter
from layers.usecases.cells import as_whole_county
from layers.usecases.imports.skeleton import pairs as pairs_of
from layers.usecases.plans.edits import (
    Change,
    StaleError,
    apply_edit,
    edit_state,
    edits_since,
)
from layers.usecases.plans.rows import assignment_of, find_plan, parts_of, require_editable

ALONG_M = 0.05
"""A border this near to the line lies along it."""
SHORTEST_M = 2.0
DRAWN = "line"
MAX_POINTS = 2000


def cut(
    session: Session,
    plan_id: int,
    revision: int,
    line: Sequence[Sequence[float]],
    *,
    part: int | None = None,
    split: bool = False,
) -> dict[str, Any]:
    """Cut the cells that a line (lon/lat) crosses; with `split` the smaller side becomes a part.

    The pieces know their parent and take its part in every plan of the set. Neighbours take the
    new vertices, also across the community's border, so that nothing comes apart.

    Raises
    ------
    RefusedInputError
        `line_misses`, `line_crosses_itself`, `line_too_short`, `cuts_building`, `bad_line`,
        `does_not_split`, `unknown_part`.
    ConflictError
        `not_editable`, `locked`.
    StaleError
        When the part was changed after `revision`.
    """
    plan = find_plan(session, plan_id, lock=True)
    require_editable(plan)
    parts, assigned = parts_of(session, plan_id), assignment_of(session, plan_id)
    _require_part(session, plan, parts, part, revision, split=split)
    metres = _metres(line, plan.metric_crs)
    ids, polygons = _cells_at(session, plan, metres)
    chosen = np.array([part is None or assigned.get(int(cell), 0) == part for cell in ids])
    if not chosen.any():
        raise RefusedInputError("line_misses", "the line crosses no cell of this plan")
    _require_unlocked(ids[chosen], assigned, parts)
    try:
        count = _cut(session, plan, ids[chosen], polygons[chosen], metres)
    except RefusedInputError as error:
        if not (split and error.code == "line_misses"):
            raise
        count = 0  # the line runs along borders: there is nothing to cut, but something to split
    record(session, "plan.cut", str(plan_id), after={"cells": count})
    if not split or part is None:
        return {**edit_state(session, plan_id, None), "edit": None}
    return _split(session, plan_id, part, metres)


def cut_along(session: Session, plan: Any, line: Any) -> list[RefusedInputError]:
    """Cut each cell of a plan that a line (metres of its zone) crosses; return what was refused.

    A cell in which the line would part a building stays whole; the others are cut.
    """
    refused = []
    ids, polygons = _cells_at(session, plan, line)
    crossed = shapely.length(shapely.intersection(polygons, line)) > ALONG_M
    for row in np.flatnonzero(crossed).tolist():
        try:
            _cut(session, plan, ids[row : row + 1], polygons[row : row + 1], line)
        except RefusedInputError as error:
            if error.code != "line_misses":  # else it runs along borders, or ends inside
                refused.append(error)
    return refused


def _cut(
    session: Session, plan: Any, ids: IntArray, polygons: NDArray[np.object_], line: Any
) -> int:
    found = cut_cells(polygons, line, footprints=_footprints(session, plan.metric_crs, ids))
    if found.pieces:
        _replace(session, plan, ids, found)
    return len(found.pieces)


def _require_part(
    session: Session,
    plan: Any,
    parts: dict[int, Any],
    part: int | None,
    revision: int,
    *,
    split: bool,
) -> None:
    if part is not None and part not in parts:
        raise RefusedInputError("unknown_part", f"there is no part {part} in this plan")
    if split and part is None:
        raise RefusedInputError("unknown_part", "a split is of one part; name it")
    if not plan.base_revision <= revision <= plan.revision:
        raise RefusedInputError("bad_revision", f"revision {revision} is not of this plan")
    theirs = [
        {"cell": cell, "mine": part, "theirs": no, "actor": edit["actor"], "at": edit["at"]}
        for edit in edits_since(session, plan.id, revision)
        for cell, no in zip(edit["cells"]["cell"], edit["cells"]["part"], strict=True)
        if part is not None and no == part
    ]
    if theirs:
        raise StaleError(theirs)


def _require_unlocked(ids: IntArray, assigned: dict[int, int], parts: dict[int, Any]) -> None:
    hit = {assigned.get(int(cell), 0) for cell in ids}
    locked = sorted(no for no in hit if no in parts and parts[no]["locked"])
    if locked and len(hit) == len(locked):
        raise ConflictError("locked", f"part {locked[0]} is locked; unlock it first")


def _metres(line: Sequence[Sequence[float]], crs: str) -> Any:
    points = np.asarray(line, dtype=np.float64)
    good = points.ndim == 2 and points.shape[1] == 2 and 2 <= len(points) <= MAX_POINTS
    if not good or not np.isfinite(points).all() or (np.abs(points) > [180, 90]).any():
        raise RefusedInputError("bad_line", "a line is two or more points of lon and lat")
    xy = to_metric(points, crs)
    if not np.isfinite(xy).all():
        raise RefusedInputError("bad_line", "the line lies far from this county")
    drawn = shapely.linestrings(xy)
    if not shapely.length(drawn) >= SHORTEST_M:
        raise RefusedInputError("line_too_short", f"the line is shorter than {SHORTEST_M:g} m")
    if not shapely.is_simple(drawn):
        raise RefusedInputError("line_crosses_itself", "the line crosses itself; draw it again")
    return drawn


def _cells_at(session: Session, plan: Any, line: Any) -> tuple[IntArray, NDArray[np.object_]]:
    """Return ids and polygons (metres) of the plan's cells near a line."""
    lonlat = to_lonlat(shapely.get_coordinates(shapely.envelope(shapely.buffer(line, 5))), plan.metric_crs)  # fmt: skip
    west, south = lonlat.min(axis=0)
    east, north = lonlat.max(axis=0)
    rows = session.execute(
        text(
            "SELECT id, ST_AsBinary(geom) AS wkb FROM cell WHERE set_id = :set AND cut_at IS NULL "
            "AND division_id = ANY(:communities) "
            "AND geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326) ORDER BY id"
        ),
        {
            "set": plan.set_id,
            "communities": communities_of(session, plan.division_id),
            "west": west, "south": south, "east": east, "north": north,
        },
    ).all()  # fmt: skip
    if not rows:
        raise RefusedInputError("line_misses", "the line crosses no cell of this plan")
    return _ids_and_metres(rows, plan.metric_crs)


def _ids_and_metres(rows: Sequence[Any], crs: str) -> tuple[IntArray, NDArray[np.object_]]:
    shapes = np.asarray(shapely.from_wkb([bytes(row.wkb) for row in rows]), dtype=object)
    ids = np.array([row.id for row in rows], dtype=np.int64)
    if len(shapes) == 0:
        return ids, shapes
    metres = metres_of(shapes, crs)
    return ids, metres


def _footprints(session: Session, crs: str, ids: IntArray) -> NDArray[np.object_]:
    rows = session.execute(
        text(
            "SELECT b.id, ST_AsBinary(b.footprint) AS wkb FROM cell_building k "
            "JOIN building b ON b.id = k.building_id "
            "WHERE k.cell_id = ANY(:ids) AND b.footprint IS NOT NULL ORDER BY b.id"
        ),
        {"ids": ids.tolist()},
    ).all()
    shapes = np.asarray(shapely.from_wkb([bytes(row.wkb) for row in rows]), dtype=object)
    if len(shapes) == 0:
        return shapes
    return np.asarray(shapely.transform(shapes, lambda xy: to_metric(xy, crs)), dtype=object)


def _replace(session: Session, plan: Any, ids: IntArray, found: Any) -> None:
    """Retire the cells that were cut, add their pieces, and give everything around its vertices."""
    actor = as_whole_county(session, plan.county_id)
    crs = plan.metric_crs
    parents = np.array(sorted(found.pieces), dtype=np.int64)
    ring = _neighbours(session, ids[parents], crs, plan.set_id)
    pieces = [piece for row in parents.tolist() for piece in found.pieces[row]]
    owner = [int(ids[row]) for row in parents.tolist() for _ in found.pieces[row]]
    around = ring[1]
    vertices = np.unique(shapely.get_coordinates(np.array(pieces, dtype=object)), axis=0)
    taken = take_vertices(around, vertices) if len(around) else around
    changed = [
        row for row in range(len(around))
        if shapely.get_num_coordinates(taken[row]) != shapely.get_num_coordinates(around[row])
    ]  # fmt: skip
    everything = np.array([*pieces, *taken], dtype=object)
    lonlat = transform_once(everything, lambda xy: to_lonlat(xy, crs))
    if not shapely.coverage_is_valid(lonlat):
        raise RefusedInputError(
            "line_misses", "the line cannot be cut here; draw it a little aside"
        )
    made = _add_pieces(session, owner, pieces, lonlat[: len(pieces)])
    for row in changed:
        session.execute(
            text("UPDATE cell SET geom = ST_GeomFromWKB(:wkb, 4326) WHERE id = :id"),
            {"wkb": shapely.to_wkb(lonlat[len(pieces) + row]), "id": int(ring[0][row])},
        )
    _place_buildings(session, crs, plan.set_id, owner, pieces, made)
    _borders(session, plan.set_id, owner, made, everything, ring[0])
    _inherit(session, sorted(set(owner)))
    session.execute(
        text("UPDATE cell_set SET cuts = cuts + 1 WHERE id = :set"), {"set": plan.set_id}
    )
    enter(session, actor)


def _neighbours(
    session: Session, ids: IntArray, crs: str, set_id: int
) -> tuple[IntArray, NDArray[np.object_]]:
    rows = session.execute(
        text(
            "SELECT DISTINCT n.id, ST_AsBinary(n.geom) AS wkb FROM cell c JOIN cell n "
            "ON n.set_id = :set AND n.cut_at IS NULL AND n.geom && c.geom AND ST_Intersects(n.geom, c.geom) "
            "WHERE c.id = ANY(:ids) AND NOT n.id = ANY(:ids) ORDER BY 1"
        ),
        {"set": set_id, "ids": ids.tolist()},
    ).all()
    return _ids_and_metres(rows, crs)


def _add_pieces(
    session: Session,
    owner: Sequence[int],
    pieces: Sequence[Any],
    lonlat: NDArray[np.object_],
) -> list[int]:
    made = []
    for parent, piece, shape in zip(owner, pieces, lonlat, strict=True):
        number = session.execute(
            text(
                "INSERT INTO cell (set_id, division_id, parent_id, land_use, estate_id, villager_group_id, "
                "area_m2, perimeter_m, geom) SELECT set_id, division_id, id, land_use, estate_id, "
                "villager_group_id, :area, :length, ST_GeomFromWKB(:wkb, 4326) FROM cell WHERE id = :parent "
                "RETURNING id"
            ),
            {
                "area": shapely.area(piece),
                "length": shapely.length(piece),
                "wkb": shapely.to_wkb(shape),
                "parent": parent,
            },
        ).scalar_one()
        made.append(int(number))
    session.execute(
        text("UPDATE cell SET cut_at = now() WHERE id = ANY(:ids)"), {"ids": sorted(set(owner))}
    )
    return made


def _place_buildings(
    session: Session,
    crs: str,
    set_id: int,
    owner: Sequence[int],
    pieces: Sequence[Any],
    made: Sequence[int],
) -> None:
    """Give every building of a cut cell the piece its point lies in, or the nearest."""
    rows = session.execute(
        text(
            "SELECT k.building_id, k.cell_id, ST_X(b.geom) AS lon, ST_Y(b.geom) AS lat FROM cell_building k "
            "JOIN building b ON b.id = k.building_id WHERE k.cell_id = ANY(:ids) ORDER BY 1"
        ),
        {"ids": sorted(set(owner))},
    ).all()
    if not rows:
        return
    points = shapely.points(to_metric(np.array([(row.lon, row.lat) for row in rows]), crs))
    shapes = np.array(pieces, dtype=object)
    parent = np.array(owner)
    target = []
    for row, point in zip(rows, points, strict=True):
        own = np.flatnonzero(parent == row.cell_id)
        target.append(made[int(own[np.argmin(shapely.distance(shapes[own], point))])])
    session.execute(
        text(
            "UPDATE cell_building k SET cell_id = r.cell FROM unnest(CAST(:buildings AS integer[]), "
            "CAST(:cells AS integer[])) AS r(building, cell) WHERE k.set_id = :set AND k.building_id = r.building"
        ),
        {"buildings": [row.building_id for row in rows], "cells": target, "set": set_id},
    )


def _borders(
    session: Session,
    set_id: int,
    owner: Sequence[int],
    made: Sequence[int],
    everything: NDArray[np.object_],
    around: IntArray,
) -> None:
    """Write the borders of the pieces; towards a neighbour the barrier is that of the parent."""
    ids = np.array([*made, *around.tolist()], dtype=np.int64)
    parent = dict(zip(made, owner, strict=True))
    old = {
        (int(row.a), int(row.b)): row.barrier
        for row in session.execute(
            text("SELECT a, b, barrier FROM cell_border WHERE a = ANY(:ids) OR b = ANY(:ids)"),
            {"ids": sorted(set(owner))},
        )
    }
    found = adjacency(everything)
    division = pairs_of(
        session, "SELECT id, division_id FROM cell WHERE id = ANY(:ids)", {"ids": ids.tolist()}
    )
    rows = []
    for (one, two), shared in zip(found.pairs.tolist(), found.shared_m.tolist(), strict=True):
        a, b = sorted((int(ids[one]), int(ids[two])))
        if a not in parent and b not in parent:
            continue
        ends = sorted((parent.get(a, a), parent.get(b, b)))
        barrier = DRAWN if ends[0] == ends[1] else old.get((ends[0], ends[1]))
        rows.append(
            {
                "a": a,
                "b": b,
                "set": set_id,
                "division": division[a],
                "m": shared,
                "barrier": barrier,
            }
        )
    session.execute(
        text("DELETE FROM cell_border WHERE a = ANY(:ids) OR b = ANY(:ids)"),
        {"ids": sorted(set(owner))},
    )
    if rows:
        session.execute(
            text(
                "INSERT INTO cell_border (a, b, set_id, division_id, shared_m, barrier) "
                "VALUES (:a, :b, :set, :division, :m, :barrier)"
            ),
            rows,
        )


def _inherit(session: Session, parents: Sequence[int]) -> None:
    """Give the pieces the part their parent has, in every plan."""
    session.execute(
        text(
            "INSERT INTO plan_cell (plan_id, cell_id, part_no) SELECT k.plan_id, c.id, k.part_no "
            "FROM plan_cell k JOIN cell c ON c.parent_id = k.cell_id WHERE k.cell_id = ANY(:ids)"
        ),
        {"ids": list(parents)},
    )
    session.execute(text("DELETE FROM plan_cell WHERE cell_id = ANY(:ids)"), {"ids": list(parents)})


def _split(session: Session, plan_id: int, part: int, line: Any) -> dict[str, Any]:
    """Give the smaller side of a part along a line a number of its own."""
    plan = find_plan(session, plan_id)
    assigned = assignment_of(session, plan_id)
    own = sorted(cell for cell, no in assigned.items() if no == part)
    rows = session.execute(
        text("SELECT id, ST_AsBinary(geom) AS wkb FROM cell WHERE id = ANY(:ids) ORDER BY id"),
        {"ids": own},
    ).all()
    ids, polygons = _ids_and_metres(rows, plan.metric_crs)
    side = _sides(polygons, line)
    if side.max(initial=0) == 0:
        raise RefusedInputError(
            "does_not_split", "the line does not divide this part: draw it from border to border"
        )
    weight = np.bincount(side, _weights(session, ids))
    keeps = int(np.argmax(weight))
    moved = ids[side != keeps]
    change = Change("split", cells={-1: moved.tolist()}, grids=[{"no": -1}])
    return apply_edit(session, plan_id, plan.revision, change)


def _weights(session: Session, ids: IntArray) -> IntArray:
    found = pairs_of(
        session,
        "SELECT cell_id, count(*) FROM cell_building WHERE cell_id = ANY(:ids) GROUP BY 1",
        {"ids": ids.tolist()},
    )
    return np.array([1 + 1000 * found.get(int(cell), 0) for cell in ids], dtype=np.int64)


def _sides(polygons: NDArray[np.object_], line: Any) -> IntArray:
    """Return the piece each cell belongs to when no way leads across the line."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = adjacency(polygons).pairs
    one, two = polygons[pairs[:, 0]], polygons[pairs[:, 1]]
    shared = shapely.intersection(one, two)
    off = shapely.length(shapely.difference(shared, shapely.buffer(line, ALONG_M)))
    open_ = pairs[off > 1.0]
    graph = coo_array((np.ones(len(open_)), (open_[:, 0], open_[:, 1])), (len(polygons),) * 2)
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
