"""The segments of a coverage: which two polygons lie on either side of each piece of border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.crs import FloatArray, IntArray

Int32Array = NDArray[np.int32]


@dataclass(frozen=True)
class Segments:
    """The s different segments of n polygons, each once.

    A coverage has bit-identical vertices on both sides of a border; a segment that only one polygon
    has lies on the outside (-1).
    """

    xy: FloatArray
    """(v, 2) distinct vertices."""
    ends: IntArray
    """(s, 2) vertices, in the direction in which `left` lies on the left hand."""
    left: Int32Array
    right: Int32Array
    length: FloatArray


def segments_of(polygons: NDArray[np.object_]) -> Segments:
    """Return the segments of polygons (any planar CRS), whose rings may turn either way.

    Segments that more than two polygons have keep the first two: the coverage is not valid there.
    """
    oriented = shapely.orient_polygons(polygons)
    rings, owner = shapely.get_rings(oriented, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    points = points + 0.0  # -0.0 and 0.0 are one vertex
    if len(points) == 0:
        none = np.empty(0, dtype=np.int32)
        return Segments(np.empty((0, 2)), np.empty((0, 2), dtype=np.int64), none, none, np.empty(0))
    key = np.ascontiguousarray(points).view(np.dtype((np.void, 16))).ravel()
    _, first, vertex = np.unique(key, return_index=True, return_inverse=True)
    follows = np.flatnonzero(ring[:-1] == ring[1:])
    start, end = vertex[follows].astype(np.int64), vertex[follows + 1].astype(np.int64)
    who = owner[ring[follows]].astype(np.int32)
    # Rings of oriented polygons keep their inside on the left hand, holes too.
    real = start != end
    start, end, who = start[real], end[real], who[real]
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((who, high, low))
    low, high, start, end, who = low[order], high[order], start[order], end[order], who[order]
    begins = np.ones(len(low), dtype=np.bool_)
    begins[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    at = np.flatnonzero(begins)
    other = np.full(len(at), -1, dtype=np.int32)
    doubled = np.flatnonzero(np.diff(np.append(at, len(low))) > 1)
    other[doubled] = who[at[doubled] + 1]
    ends = np.column_stack((start[at], end[at]))
    xy = points[first]
    length = np.hypot(*(xy[ends[:, 1]] - xy[ends[:, 0]]).T)
    return Segments(xy, ends, who[at], other, length)
