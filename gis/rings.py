"""Contour segments into rings, rings into polygons with their holes."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Int64Array = NDArray[np.int64]


def assemble(rings: FloatArray, offsets: Int64Array) -> Any:
    """Build a MultiPolygon from oriented rings: outer ones counter-clockwise, holes clockwise.

    Parameters
    ----------
    rings, offsets
        (v, 2) vertices of closed rings and (r + 1,) where each begins.
    """
    if len(offsets) < 2:
        return shapely.MultiPolygon()
    lengths = np.diff(offsets)
    linear = shapely.linearrings(rings, indices=np.repeat(np.arange(len(lengths)), lengths))
    order, polygon = nest(rings, offsets)
    return shapely.multipolygons(shapely.polygons(linear[order], indices=polygon))


@njit(cache=True, nogil=True)
def chain(seg_a, seg_b, pos_a):  # type: ignore[no-untyped-def]
    """Join segments end to start into closed rings; each ring repeats its first vertex."""
    count = len(seg_a)
    size = 1
    while size < 2 * count + 1:
        size *= 2
    table = np.full(size, -1, dtype=np.int64)
    for n in range(count):
        slot = (seg_a[n, 0] * 1_000_003 + seg_a[n, 1] * 7_368_787) & (size - 1)
        while table[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        table[slot] = n
    used = np.zeros(count, dtype=np.bool_)
    rings = np.empty((2 * count + 1, 2))
    offsets = np.zeros(count + 1, dtype=np.int64)
    total = 0
    made = 0
    for n in range(count):
        if used[n]:
            continue
        begin = total
        k = n
        while not used[k]:
            used[k] = True
            rings[total] = pos_a[k]
            total += 1
            a, b = seg_b[k, 0], seg_b[k, 1]
            slot = (a * 1_000_003 + b * 7_368_787) & (size - 1)
            while table[slot] >= 0:
                m = table[slot]
                if seg_a[m, 0] == a and seg_a[m, 1] == b:
                    k = m
                    break
                slot = (slot + 1) & (size - 1)
        if total - begin < 3:
            total = begin
            continue
        rings[total] = rings[begin]
        total += 1
        made += 1
        offsets[made] = total
    return rings[:total], offsets[: made + 1]


@njit(cache=True)
def nest(rings, offsets):  # type: ignore[no-untyped-def]
    """Return the rings in the order shapely wants and the number of each one's polygon.

    Every outer ring comes before the holes in it; a hole belongs to the smallest outer ring around
    it. Rings without area are left out.
    """
    count = len(offsets) - 1
    doubled = np.zeros(count)  # twice the area, negative for holes
    for r in range(count):
        x0, y0 = rings[offsets[r]]  # near the origin no digits are lost
        for k in range(offsets[r], offsets[r + 1] - 1):
            doubled[r] += (rings[k, 0] - x0) * (rings[k + 1, 1] - y0)
            doubled[r] -= (rings[k + 1, 0] - x0) * (rings[k, 1] - y0)
    owner = np.full(count, -1, dtype=np.int64)
    for hole in range(count):
        if doubled[hole] >= 0:
            continue
        px, py = rings[offsets[hole]]
        for outer in range(count):
            if doubled[outer] < -doubled[hole]:
                continue
            if owner[hole] >= 0 and doubled[outer] >= doubled[owner[hole]]:
                continue
            odd = False  # edges to the right of the point
            for k in range(offsets[outer], offsets[outer + 1] - 1):
                ax, ay = rings[k]
                bx, by = rings[k + 1]
                if (ay > py) != (by > py) and px < ax + (py - ay) / (by - ay) * (bx - ax):
                    odd = not odd
            if odd:
                owner[hole] = outer
    order = np.empty(count, dtype=np.int64)
    polygon = np.empty(count, dtype=np.int64)
    placed = 0
    polygons = 0
    for outer in range(count):
        if doubled[outer] <= 0:
            continue
        order[placed], polygon[placed] = outer, polygons
        placed += 1
        for hole in range(count):
            if owner[hole] == outer:
                order[placed], polygon[placed] = hole, polygons
                placed += 1
        polygons += 1
    return order[:placed], polygon[:placed]
