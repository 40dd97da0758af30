"""Borders of a coverage drawn once each: arcs between junctions, with the polygon on either side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.crs import FloatArray, IntArray

Int32Array = NDArray[np.int32]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Arcs:
    """The a arcs of n polygons over p points."""

    points: FloatArray
    """(p, 2) of all arcs one after the other; a closed arc repeats its first point."""
    start: IntArray
    """(a + 1,) where each arc's points begin."""
    left: Int32Array
    """(a,) polygon on the left hand along the arc, never -1; on the right -1 for nobody."""
    right: Int32Array
    rings: list[list[list[int]]]
    """Polygon -> rings (the outer one counter-clockwise, then holes clockwise) -> arcs in their order along
    the ring; `~r` is arc r against its direction."""


@dataclass(frozen=True)
class _Walk:
    """The s directed segments of all rings, in ring order, each ring from its first junction on."""

    vertex: IntArray
    """(s,) vertex each begins at."""
    end: IntArray
    edge: IntArray
    """(s,) number of the undirected segment."""
    ring: IntArray
    run: IntArray
    """(s,) number of the run between two junctions."""


def arcs_of(polygons: NDArray[np.object_]) -> Arcs:
    """Return the arcs of a valid coverage of Polygons in any planar CRS.

    Neighbours must have equal vertices along their border. A ring without any junction is one closed arc.
    """
    rings, owner = shapely.get_rings(shapely.orient_polygons(polygons), return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if len(xy) == 0:
        none = np.empty(0, dtype=np.int32)
        return Arcs(np.empty((0, 2)), np.zeros(1, dtype=np.int64), none, none, [[] for _ in polygons])  # fmt: skip
    points, vertex = _distinct(xy)
    step = np.flatnonzero(ring[:-1] == ring[1:])
    step = step[vertex[step] != vertex[step + 1]]
    walk = _walk(vertex[step], vertex[step + 1], ring[step], owner, len(points))
    # Both sides of a border are runs over the same segments: the least of them is its name.
    size = int(walk.run[-1]) + 1
    name = np.full(size, len(walk.edge), dtype=np.int64)
    np.minimum.at(name, walk.run, walk.edge)
    _, first, arc = np.unique(name, return_index=True, return_inverse=True)
    # Arcs are numbered as they first occur; that occurrence gives the direction.
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    arc, first = rank[arc.ravel()], np.sort(first)
    forward = first[arc] == np.arange(size)
    begin = np.flatnonzero(np.diff(walk.run, prepend=-1))
    polygon = owner[walk.ring[begin]].astype(np.int32)
    right = np.full(len(first), -1, dtype=np.int32)
    right[arc[~forward]] = polygon[~forward]
    drawn, start = _drawn(walk, begin, first, points)
    refs = np.where(forward, arc, ~arc)
    return Arcs(drawn, start, polygon[first], right, _nested(refs, walk.ring[begin], owner, len(polygons)))  # fmt: skip


def _distinct(xy: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the different points and the row of each."""
    plain = np.ascontiguousarray(xy + 0.0)  # -0.0 and 0.0 are one point
    key = plain.view(np.dtype((np.void, 16))).ravel()
    _, first, vertex = np.unique(key, return_index=True, return_inverse=True)
    return plain[first], vertex.ravel().astype(np.int64)


def _walk(start: IntArray, end: IntArray, ring: IntArray, owner: IntArray, count: int) -> _Walk:
    """Return the segments of rings, turned so that each ring begins at a junction if it has one."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    _, edge = np.unique(low * np.int64(count) + high, return_inverse=True)
    edge = edge.ravel()
    junction = _junctions(start, end, edge, owner[ring], count)[start]
    position = np.arange(len(ring))
    begins = np.flatnonzero(np.diff(ring, prepend=-1))
    length = np.diff(np.append(begins, len(ring)))
    # Rings without a junction begin at their least vertex, so that both sides begin alike.
    order = np.lexsort((start, ~junction, ring))
    turned = order[begins]
    junctions = np.flatnonzero(junction)
    if len(junctions):
        first = np.full(int(ring[-1]) + 1, len(ring), dtype=np.int64)
        np.minimum.at(first, ring[junctions], junctions)
        has = first[ring[begins]] < len(ring)
        turned = np.where(has, first[ring[begins]], turned)
    shift = np.repeat(turned, length)
    base, modulo = np.repeat(begins, length), np.repeat(length, length)
    take = base + (position - base + shift - base) % modulo
    opens = junction[take]
    opens[begins] = True
    return _Walk(start[take], end[take], edge[take], ring[take], np.cumsum(opens) - 1)


def _junctions(
    start: IntArray, end: IntArray, edge: IntArray, polygon: IntArray, count: int
) -> BoolArray:
    """Return which vertices do not simply lie between two segments with the same two sides."""
    edges = int(edge.max()) + 1
    one = np.full(edges, np.iinfo(np.int64).max)
    two = np.full(edges, -1, dtype=np.int64)
    np.minimum.at(one, edge, polygon)
    np.maximum.at(two, edge, polygon)
    two = np.where(np.bincount(edge, minlength=edges) > 1, two, -1)
    _, sides = np.unique(np.column_stack((one, two)), axis=0, return_inverse=True)
    _, row = np.unique(edge, return_index=True)
    ends = np.concatenate((start[row], end[row]))
    side = np.tile(sides.ravel(), 2)
    low = np.full(count, np.iinfo(np.int64).max)
    high = np.full(count, -1, dtype=np.int64)
    np.minimum.at(low, ends, side)
    np.maximum.at(high, ends, side)
    return np.asarray((np.bincount(ends, minlength=count) != 2) | (low != high))


def _drawn(
    walk: _Walk, begin: IntArray, first: IntArray, points: FloatArray
) -> tuple[FloatArray, IntArray]:
    """Return the points of the runs that give arcs their direction, and where each begins."""
    length = np.diff(np.append(begin, len(walk.run)))[first]
    start = np.concatenate(([0], np.cumsum(length + 1))).astype(np.int64)
    at = np.arange(start[-1]) - np.repeat(start[:-1], length + 1) + np.repeat(begin[first], length + 1)  # fmt: skip
    last = start[1:] - 1
    vertex = np.empty(len(at), dtype=np.int64)
    inner = np.ones(len(at), dtype=np.bool_)
    inner[last] = False
    vertex[inner] = walk.vertex[at[inner]]
    vertex[last] = walk.end[at[last] - 1]
    return points[vertex], start


def _nested(refs: IntArray, ring: IntArray, owner: IntArray, count: int) -> list[list[list[int]]]:
    """Return arcs by polygon and ring."""
    answer: list[list[list[int]]] = [[] for _ in range(count)]
    stops = np.flatnonzero(np.diff(ring)) + 1
    numbers = ring[np.concatenate(([0], stops))]
    for number, part in zip(numbers.tolist(), np.split(refs, stops), strict=True):
        answer[int(owner[number])].append(part.tolist())
    return answer
