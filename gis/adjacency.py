"""Which cells are neighbours, and how many metres of border they share.

Two cells are neighbours when they share more than `MIN_SHARED_M` of border: a common corner or an edge
of a few centimetres joins nothing that a person could walk. In a valid coverage shared borders have the
same vertices, so equal segments are found by sorting. What finds no equal is noded on a grid first
(T-junctions, vertices a hair apart), so plain files of blocks work too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

FloatArray = NDArray[np.float64]
Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]

MIN_SHARED_M = 1.0
"""Borders up to this long do not make cells neighbours."""


@dataclass(frozen=True)
class Adjacency:
    """Neighbours among n cells.

    For every cell, `outer_m` plus the `shared_m` of its pairs is its perimeter.
    """

    pairs: Int32Array
    """(m, 2) indices of neighbours, first < second, sorted."""
    shared_m: FloatArray
    """(m,) length of the common border."""
    outer_m: FloatArray
    """(n,) border with nobody (or with cells that are no neighbours)."""


@dataclass(frozen=True)
class _Segments:
    """Segments by the ids of their end vertices, each with the cell it bounds."""

    low: Int64Array
    high: Int64Array
    cell: Int64Array


def adjacency(polygons: NDArray[np.object_], grid: float = 0.01) -> Adjacency:
    """Find the neighbours of polygons and the lengths of their common borders.

    Parameters
    ----------
    polygons
        (n,) valid Polygons or MultiPolygons that do not overlap, in a metric CRS.
    grid
        Metres within which vertices and edges of different polygons count as the same.
    """
    n = len(polygons)
    xy, segments = _segments(polygons)
    first, second, matched = _match(segments, len(xy))
    length = np.hypot(*(xy[segments.low[matched]] - xy[segments.high[matched]]).T)
    alone = _unmatched(segments, len(xy))
    if len(alone.cell):
        joined = _node(xy, alone, grid)
        more_first, more_second, more = _match(joined, len(xy))
        span = np.hypot(*(xy[joined.low[more]] - xy[joined.high[more]]).T)
        first, second = np.append(first, more_first), np.append(second, more_second)
        length = np.append(length, span)
    key, place = np.unique(first * np.int64(n) + second, return_inverse=True)
    shared = np.bincount(place, weights=length, minlength=len(key))
    kept = shared > MIN_SHARED_M
    key, shared = key[kept], shared[kept]
    pairs = np.column_stack((key // max(n, 1), key % max(n, 1))).astype(np.int32)
    perimeter = np.asarray(shapely.length(polygons), dtype=np.float64)
    inner = np.bincount(pairs.ravel(), weights=np.repeat(shared, 2), minlength=n)
    return Adjacency(pairs, shared.astype(np.float64), np.maximum(perimeter - inner, 0.0))


def _segments(polygons: NDArray[np.object_]) -> tuple[FloatArray, _Segments]:
    """Return the distinct vertices (v, 2) and the segments between them."""
    parts, part_cell = shapely.get_parts(polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    point = np.ascontiguousarray(xy[:, 0] + 1j * xy[:, 1])
    distinct, vertex = np.unique(point, return_inverse=True)
    start = np.flatnonzero(ring[:-1] == ring[1:])
    a, b = vertex[start], vertex[start + 1]
    real = a != b
    cell = part_cell[ring_part[ring[start]]]
    vertices = np.column_stack((distinct.real, distinct.imag))
    return vertices, _Segments(np.minimum(a, b)[real], np.maximum(a, b)[real], cell[real])


def _runs(segments: _Segments, vertices: int) -> tuple[Int64Array, NDArray[np.bool_]]:
    """Return the order that brings equal segments together, and where one equals the one before."""
    key = segments.low * np.int64(max(vertices, 1)) + segments.high
    order = np.lexsort((segments.cell, key))
    return order, key[order[1:]] == key[order[:-1]]


def _match(segments: _Segments, vertices: int) -> tuple[Int64Array, Int64Array, Int64Array]:
    """Return lower cell, higher cell and segment index of segments that two cells share."""
    order, same = _runs(segments, vertices)
    here, there = order[:-1][same], order[1:][same]
    two = segments.cell[here] != segments.cell[there]
    return segments.cell[here[two]], segments.cell[there[two]], here[two]


def _unmatched(segments: _Segments, vertices: int) -> _Segments:
    order, same = _runs(segments, vertices)
    alone = np.ones(len(order), dtype=bool)
    alone[1:] &= ~same
    alone[:-1] &= ~same
    index = np.sort(order[alone])
    return _Segments(segments.low[index], segments.high[index], segments.cell[index])


def _node(xy: FloatArray, segments: _Segments, grid: float) -> _Segments:
    """Merge vertices within `grid` of each other and cut segments at vertices within `grid`."""
    used = np.unique(np.concatenate((segments.low, segments.high)))
    close = cKDTree(xy[used]).query_pairs(grid, output_type="ndarray")
    graph = coo_matrix(
        (np.ones(len(close), dtype=bool), (close[:, 0], close[:, 1])), shape=(len(used),) * 2
    )
    cluster = connected_components(graph, directed=False)[1]
    _, head = np.unique(cluster, return_index=True)
    merged = used[head[cluster]]
    low = merged[np.searchsorted(used, segments.low)]
    high = merged[np.searchsorted(used, segments.high)]
    vertices = np.unique(merged)
    lines = shapely.linestrings(np.stack((xy[low], xy[high]), axis=1))
    tree = shapely.STRtree(lines)
    hit, line = tree.query(shapely.points(xy[vertices]), predicate="dwithin", distance=grid)
    at = vertices[hit]
    inside = (at != low[line]) & (at != high[line])
    at, line = at[inside], line[inside]
    direction = xy[high[line]] - xy[low[line]]
    square = np.maximum((direction**2).sum(axis=1), 1e-12)
    along = ((xy[at] - xy[low[line]]) * direction).sum(axis=1) / square
    every = np.arange(len(low))
    stop = np.concatenate((low, at, high))
    owner = np.concatenate((every, line, every))
    place = np.concatenate((np.zeros(len(low)), np.clip(along, 0, 1), np.ones(len(low))))
    rank = np.concatenate((np.zeros(len(low)), np.ones(len(at)), np.full(len(low), 2)))
    order = np.lexsort((stop, place, rank, owner))
    stop, owner = stop[order], owner[order]
    piece = np.flatnonzero((owner[:-1] == owner[1:]) & (stop[:-1] != stop[1:]))
    a, b = stop[piece], stop[piece + 1]
    return _Segments(np.minimum(a, b), np.maximum(a, b), segments.cell[owner[piece]])
