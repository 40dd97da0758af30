"""Coverages: polygons that share their borders bit by bit, and what keeps them so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.crs import FloatArray, IntArray

Shapes = NDArray[np.object_]

ON_EDGE_M = 0.015
"""A vertex this near to an edge lies on it: both were rounded to the grid on their own."""
CLEAR_SHARE = 0.9
"""A new cell with less in common with one old cell is ambiguous."""
OPTION_SHARE = 0.05
"""Old cells with less than this in common with a new one are not offered for it."""


def transform_once(polygons: Shapes, function: Callable[[FloatArray], FloatArray]) -> Shapes:
    """Return polygons with every distinct vertex sent through a function (n, 2) -> (n, 2) once.

    What two polygons shared before they share after, to the bit.
    """
    points = shapely.get_coordinates(polygons)
    moved = polygons.copy()
    if len(points) == 0:
        return moved
    distinct, row = np.unique(points, axis=0, return_inverse=True)
    there = np.asarray(function(distinct), dtype=np.float64)[row.ravel()]
    return np.asarray(shapely.set_coordinates(moved, there), dtype=object)


def take_vertices(polygons: Shapes, points: FloatArray, *, within: float = ON_EDGE_M) -> Shapes:
    """Return polygons with the points inserted that lie on their edges.

    For neighbours of cells that were cut, also across the borders of communities, and for published grids: a
    border then has the same vertices on both sides again. An edge moves by no more than `within`.

    Parameters
    ----------
    polygons
        Polygons or MultiPolygons.
    points
        (j, 2) vertices; what is a vertex of a polygon already changes nothing.
    within
        How near to an edge a point lies on it, in the units of the coordinates.
    """
    taken = polygons.copy()
    if len(polygons) == 0 or len(points) == 0:
        return taken
    distinct = np.unique(points, axis=0)
    tree = shapely.STRtree(shapely.points(distinct))
    near = tree.query(shapely.boundary(polygons), predicate="dwithin", distance=within)
    for row in np.unique(near[0]).tolist():
        taken[row] = _with_points(polygons[row], distinct[near[1][near[0] == row]], within)
    return taken


def _with_points(polygon: shapely.Geometry, points: FloatArray, within: float) -> shapely.Geometry:
    """Return a polygon with points put into the edge each lies on."""
    parts = []
    for part in shapely.get_parts(polygon):
        rings = [
            _ring_with(shapely.get_coordinates(ring), points, within)
            for ring in shapely.get_rings(part)
        ]
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    single = shapely.get_type_id(polygon) == shapely.GeometryType.POLYGON
    return parts[0] if single else shapely.MultiPolygon(parts)


def _ring_with(ring: FloatArray, points: FloatArray, within: float) -> FloatArray:
    """Return a closed ring with points inserted, each in the nearest edge only."""
    known = {tuple(vertex) for vertex in ring.tolist()}
    fresh = points[[tuple(point) not in known for point in points.tolist()]]
    if len(fresh) == 0:
        return ring
    start, step = ring[:-1], np.diff(ring, axis=0)
    square = np.maximum((step**2).sum(axis=1), 1e-300)
    along = ((fresh[:, None] - start) * step).sum(axis=2) / square
    foot = start + np.clip(along, 0, 1)[:, :, None] * step
    far = np.hypot(*np.moveaxis(fresh[:, None] - foot, 2, 0))
    edge = far.argmin(axis=1)
    rows = np.arange(len(fresh))
    along = along[rows, edge]
    hit = (far[rows, edge] <= within) & (along > 0) & (along < 1)
    order = np.lexsort((along[hit], edge[hit]))
    return np.insert(ring, edge[hit][order] + 1, fresh[hit][order], axis=0)


@dataclass(frozen=True)
class Crosswalk:
    """Where each of n new cells comes from."""

    origin: IntArray
    """(n,) old cell with most households in common (most area without homes), -1 without any."""
    share: FloatArray
    """(n,) how much of the new cell's households (or area) lies in it."""
    ambiguous: IntArray
    """Rows of new cells with an origin and a share below `CLEAR_SHARE`."""
    options: tuple[tuple[int, ...], ...]
    """(n,) the old cells with something to say about each new one, the one with most in common first."""


def crosswalk(
    old: Shapes,
    old_of_building: IntArray,
    new: Shapes,
    new_of_building: IntArray,
    households: IntArray,
) -> Crosswalk:
    """Return which old cell each new cell follows.

    Parameters
    ----------
    old, new
        Cells of two generations, metres of the same zone.
    old_of_building, new_of_building, households
        (b,) of the same buildings; -1 where a building is in no cell.
    """
    both = (old_of_building >= 0) & (new_of_building >= 0) & (households > 0)
    rows = np.column_stack((new_of_building[both], old_of_building[both])).astype(np.int64)
    weight = households[both].astype(np.float64)
    empty = np.setdiff1d(np.arange(len(new)), rows[:, 0])
    if len(empty) and len(old):
        at, was = shapely.STRtree(old).query(new[empty], predicate="intersects")
        area = shapely.area(shapely.intersection(new[empty[at]], old[was]))
        rows = np.concatenate((rows, np.column_stack((empty[at], was))[area > 0]))
        weight = np.concatenate((weight, area[area > 0]))
    pairs, place = np.unique(rows, axis=0, return_inverse=True)
    common = np.bincount(place.ravel(), weight, minlength=len(pairs))
    # New cells one after the other, and in each the old one with most in common first.
    order = np.lexsort((pairs[:, 1], -common, pairs[:, 0]))
    pairs, common = pairs[order], common[order]
    first = np.flatnonzero(np.diff(pairs[:, 0], prepend=-1))
    total = np.bincount(pairs[:, 0], common, minlength=len(new))
    # Cells without homes count against their whole area: new land has no origin.
    total[empty] = np.maximum(total[empty], shapely.area(new[empty]))
    origin, share = np.full(len(new), -1, dtype=np.int64), np.zeros(len(new))
    origin[pairs[first, 0]] = pairs[first, 1]
    share[pairs[first, 0]] = common[first] / total[pairs[first, 0]]
    options: list[list[int]] = [[] for _ in new]
    worth = common >= OPTION_SHARE * total[pairs[:, 0]]
    for now, was in pairs[worth].tolist():
        options[now].append(was)
    unclear = np.flatnonzero((origin >= 0) & (share < CLEAR_SHARE))
    return Crosswalk(origin, share, unclear, tuple(map(tuple, options)))
