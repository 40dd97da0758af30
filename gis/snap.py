"""Points onto the edges of a network: up to three snaps each, over legs that cross no barrier.

A leg is the straight way from a point to the nearest position of an edge. It may not cross a river,
railway or wall, and is at most `limit_m` long. The nearest edge comes first, then the nearest edge of
every other component (so an isolated piece of street traps nobody), then the next nearest edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.crs import scale_factor
from gis.network import Network

FloatArray = NDArray[np.float64]
Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]

SNAPS = 3
CANDIDATES = 16
"""Nearest edges looked at per point, to have a choice of components; more while fewer than SNAPS
of them can be walked to."""
MOST_CANDIDATES = 1024
"""Edges looked at before a point counts as walled in."""
END_M = 0.1
CELL_M = 50.0
MAX_CELLS = 4_000_000
SNAP_LIMIT_M = 250.0
NO_NETWORK_M = 500.0
"""Farther than this from any street there is no street data, which is not the same as out of reach."""

REACHABLE, TOO_FAR, BLOCKED, NO_NETWORK = 0, 1, 2, 3


@dataclass(frozen=True)
class Snaps:
    """Snaps of n points; unused places hold edge -1."""

    edge: Int32Array
    """(n, SNAPS)"""
    along_mm: Int32Array
    """(n, SNAPS) distance from the edge's first node."""
    access_mm: Int32Array
    """(n, SNAPS) length of the leg."""
    state: NDArray[np.uint8]
    """(n,) REACHABLE, TOO_FAR (no edge within the limit), BLOCKED (only behind barriers) or
    NO_NETWORK (no street data around)."""

    def __len__(self) -> int:
        return len(self.edge)

    def take(self, index: Any) -> Snaps:
        """Return the snaps of some of the points."""
        return Snaps(
            self.edge[index], self.along_mm[index], self.access_mm[index], self.state[index]
        )


@dataclass(frozen=True)
class NearestStreet:
    """The nearest position of any street to a point."""

    mm: int
    """Ground distance."""
    xy: FloatArray
    """(2,) in the network's metric zone."""


@dataclass(frozen=True)
class _Cells:
    """Segments by cell of a regular grid: `item[start[c]:start[c + 1]]` touch cell c."""

    x0: float
    y0: float
    size: float
    nx: int
    ny: int
    start: Int64Array
    item: Int32Array


class SegmentIndex:
    """The segments of a network and of its barriers, ready for snapping.

    Parameters
    ----------
    network
        The walk network; tunnels are left out, nobody steps into them from above.
    barriers
        (b, 2, 2) segments in the network's metric zone that no leg may cross.
    """

    def __init__(self, network: Network, barriers: FloatArray) -> None:
        self.network = network
        xy = network.vertex_xy
        inner = np.ones(len(xy), dtype=bool)
        inner[network.vertex_offsets[1:] - 1] = False
        first = np.flatnonzero(inner)
        edge = np.repeat(
            np.arange(network.edges, dtype=np.int32), np.diff(network.vertex_offsets) - 1
        )
        open_air = ~network.edge_tunnel[edge]
        first, edge = first[open_air], edge[open_air]
        self.edge = edge
        self.segments = np.concatenate((xy[first], xy[first + 1]), axis=1)
        self.along_mm = network.vertex_along_mm[first]
        self.length_mm = network.vertex_along_mm[first + 1] - self.along_mm
        self.last = self.along_mm + self.length_mm == network.edge_length_mm[edge]
        self.barriers = np.ascontiguousarray(barriers.reshape(-1, 4), dtype=np.float64)

    @cached_property
    def _street_cells(self) -> _Cells:
        return _index(self.segments)

    @cached_property
    def _barrier_cells(self) -> _Cells:
        return _index(self.barriers)

    @cached_property
    def _edge_component(self) -> Int32Array:
        return self.network.component[self.network.edge_from].astype(np.int32)

    def snap(
        self, xy: FloatArray, limit_m: float = SNAP_LIMIT_M, no_network_m: float = NO_NETWORK_M
    ) -> Snaps:
        """Snap points, shape (n, 2) in the network's metric zone.

        Parameters
        ----------
        limit_m
            Longest leg, ground metres, inclusive.
        no_network_m
            A point with no edge within this distance is in an area without street data.
        """
        n = len(xy)
        snaps = Snaps(
            np.full((n, SNAPS), -1, dtype=np.int32),
            np.zeros((n, SNAPS), dtype=np.int32),
            np.zeros((n, SNAPS), dtype=np.int32),
            np.full(n, NO_NETWORK, dtype=np.uint8),
        )
        if n and len(self.segments):
            street, wall = self._street_cells, self._barrier_cells
            _snap_points(
                np.ascontiguousarray(xy, dtype=np.float64), scale_factor(xy),
                limit_m, no_network_m,
                self.segments, self.edge, self.along_mm, self.length_mm, self.last,
                self._edge_component,
                street.x0, street.y0, street.size, street.nx, street.ny, street.start, street.item,
                self.barriers,
                wall.x0, wall.y0, wall.size, wall.nx, wall.ny, wall.start, wall.item,
                snaps.edge, snaps.along_mm, snaps.access_mm, snaps.state,
            )  # fmt: skip
        return snaps

    def nearest_street(
        self, xy: FloatArray, within_m: float = NO_NETWORK_M
    ) -> NearestStreet | None:
        """Return how far one point is from a street, whatever stands between; None beyond `within_m`.

        Parameters
        ----------
        xy
            (2,) in the network's metric zone.
        within_m
            Ground metres, inclusive.
        """
        scale = float(scale_factor(xy[None])[0])
        reach = (within_m + 0.001) * scale
        low = np.minimum(self.segments[:, :2], self.segments[:, 2:])
        high = np.maximum(self.segments[:, :2], self.segments[:, 2:])
        near = self.segments[np.all((low <= xy + reach) & (high >= xy - reach), axis=1)]
        if len(near) == 0:
            return None
        start, step = near[:, :2], near[:, 2:] - near[:, :2]
        square = np.maximum((step**2).sum(axis=1), np.finfo(np.float64).tiny)
        share = np.clip(((xy - start) * step).sum(axis=1) / square, 0, 1)
        spots = start + share[:, None] * step
        distance = np.hypot(*(spots - xy).T)
        place = int(distance.argmin())
        mm = int(np.rint(distance[place] / scale * 1000))
        return NearestStreet(mm, spots[place]) if mm <= within_m * 1000 else None


def line_segments(offsets: Int64Array, xy: FloatArray) -> FloatArray:
    """Return the segments (s, 2, 2) of lines given as offsets (l + 1,) into vertices (v, 2)."""
    inner = np.ones(len(xy), dtype=bool)
    inner[offsets[1:] - 1] = False
    first = np.flatnonzero(inner)
    return np.stack((xy[first], xy[first + 1]), axis=1) if len(first) else np.empty((0, 2, 2))


def _index(segments: FloatArray) -> _Cells:
    if len(segments) == 0:
        return _Cells(0.0, 0.0, 1.0, 0, 0, np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int32))
    low = np.minimum(segments[:, :2], segments[:, 2:]).min(axis=0)
    high = np.maximum(segments[:, :2], segments[:, 2:]).max(axis=0)
    span = high - low
    size = max(CELL_M, float(np.sqrt(span[0] * span[1] / MAX_CELLS)), float(span.max()) / 20_000)
    nx, ny = (int(value // size) + 1 for value in span)
    x0, y0 = float(low[0]), float(low[1])
    count = np.zeros(nx * ny + 1, dtype=np.int64)
    _count_cells(segments, x0, y0, size, nx, count)
    start = np.zeros(nx * ny + 1, dtype=np.int64)
    np.cumsum(count[:-1], out=start[1:])
    item = np.empty(int(start[-1]), dtype=np.int32)
    _fill_cells(segments, x0, y0, size, nx, start[:-1].copy(), item)
    return _Cells(x0, y0, size, nx, ny, start, item)


@njit(cache=True)
def _touches_cell(ax, ay, bx, by, x0, y0, size):  # type: ignore[no-untyped-def]
    """Say whether a segment may pass through a square (separating axis of its normal)."""
    half = size / 2
    cx, cy = x0 + half, y0 + half
    nx, ny = by - ay, ax - bx
    reach = half * (abs(nx) + abs(ny)) * (1 + 1e-9) + 1e-6
    return abs(nx * (cx - ax) + ny * (cy - ay)) <= reach


@njit(cache=True)
def _count_cells(segments, x0, y0, size, nx, count):  # type: ignore[no-untyped-def]
    for s in range(len(segments)):
        ax, ay, bx, by = segments[s]
        for iy in range(int((min(ay, by) - y0) // size), int((max(ay, by) - y0) // size) + 1):
            for ix in range(int((min(ax, bx) - x0) // size), int((max(ax, bx) - x0) // size) + 1):
                if _touches_cell(ax, ay, bx, by, x0 + ix * size, y0 + iy * size, size):
                    count[iy * nx + ix] += 1


@njit(cache=True)
def _fill_cells(segments, x0, y0, size, nx, place, item):  # type: ignore[no-untyped-def]
    for s in range(len(segments)):
        ax, ay, bx, by = segments[s]
        for iy in range(int((min(ay, by) - y0) // size), int((max(ay, by) - y0) // size) + 1):
            for ix in range(int((min(ax, bx) - x0) // size), int((max(ax, bx) - x0) // size) + 1):
                if _touches_cell(ax, ay, bx, by, x0 + ix * size, y0 + iy * size, size):
                    cell = iy * nx + ix
                    item[place[cell]] = s
                    place[cell] += 1


@njit(cache=True)
def _cross(ax, ay, bx, by, px, py):  # type: ignore[no-untyped-def]
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax)


@njit(cache=True)
def _leg_is_blocked(px, py, qx, qy, walls, x0, y0, size, nx, ny, start, item):  # type: ignore[no-untyped-def]
    """Say whether the leg properly crosses a barrier; touching one with an end is allowed.

    A leg that passes exactly through a vertex of a barrier line counts as crossing: each segment
    owns its first end.
    """
    if nx == 0:
        return False
    ix0 = max(int((min(px, qx) - x0) // size), 0)
    ix1 = min(int((max(px, qx) - x0) // size), nx - 1)
    iy0 = max(int((min(py, qy) - y0) // size), 0)
    iy1 = min(int((max(py, qy) - y0) // size), ny - 1)
    for iy in range(iy0, iy1 + 1):
        for ix in range(ix0, ix1 + 1):
            cell = iy * nx + ix
            for k in range(start[cell], start[cell + 1]):
                ax, ay, bx, by = walls[item[k]]
                d1 = _cross(px, py, qx, qy, ax, ay)
                d2 = _cross(px, py, qx, qy, bx, by)
                if (d1 >= 0) == (d2 >= 0):
                    continue
                d3 = _cross(ax, ay, bx, by, px, py)
                d4 = _cross(ax, ay, bx, by, qx, qy)
                if (d3 > 0 and d4 < 0) or (d3 < 0 and d4 > 0):
                    return True
    return False


@njit(cache=True)
def _nearest_edges(  # type: ignore[no-untyped-def]
    px, py, reach, limit, room,
    segments, seg_edge, seg_along, seg_length, seg_last,
    x0, y0, size, nx, ny, start, item,
    distance, edge, along, qx, qy,
):  # fmt: skip
    """Fill the first `room` places with the nearest distinct edges, sorted; return how many.

    Edges beyond `limit` (planar metres) are looked for only while none is found at all.
    """
    found = 0
    cx, cy = int((px - x0) // size), int((py - y0) // size)
    rings = int(reach // size) + 1
    for ring in range(rings + 1):
        # Whatever is not seen yet lies at least this far away.
        horizon = (ring - 1) * size if ring > 0 else 0.0
        if found == room and distance[found - 1] < horizon:
            break
        if found > 0 and horizon > limit and distance[0] <= horizon:
            break
        for iy in range(max(cy - ring, 0), min(cy + ring, ny - 1) + 1):
            step = 1 if abs(iy - cy) == ring else max(2 * ring, 1)
            for ix in range(cx - ring, cx + ring + 1, step):
                if ix < 0 or ix >= nx:
                    continue
                cell = iy * nx + ix
                for k in range(start[cell], start[cell + 1]):
                    s = item[k]
                    ax, ay, bx, by = segments[s]
                    dx, dy = bx - ax, by - ay
                    square = dx * dx + dy * dy
                    t = 0.0
                    if square > 0:
                        t = min(max(((px - ax) * dx + (py - ay) * dy) / square, 0.0), 1.0)
                    sx, sy = ax + t * dx, ay + t * dy
                    d = np.hypot(px - sx, py - sy)
                    # A street that ends on a wall ends on its own side of it: the leg is
                    # tested against a place a hand's breadth before the end.
                    if t == 0.0 and seg_along[s] == 0:
                        back = min(END_M / np.sqrt(square), 0.5) if square > 0 else 0.0
                        sx, sy = ax + back * dx, ay + back * dy
                    elif t == 1.0 and seg_last[s]:
                        back = 1 - min(END_M / np.sqrt(square), 0.5)
                        sx, sy = ax + back * dx, ay + back * dy
                    if d > reach or (found == room and d > distance[found - 1]):
                        continue
                    e = seg_edge[s]
                    at = seg_along[s] + t * seg_length[s]
                    place = -1
                    for c in range(found):
                        if edge[c] == e:
                            place = c
                            break
                    if place >= 0:
                        if d > distance[place] or (d == distance[place] and at >= along[place]):
                            continue
                    elif found < room:
                        place = found
                        found += 1
                    elif d < distance[found - 1] or e < edge[found - 1]:
                        place = found - 1
                    else:
                        continue
                    # Keep the list sorted by distance, then by edge: order of cells is no matter.
                    while place > 0 and (
                        d < distance[place - 1]
                        or (d == distance[place - 1] and e < edge[place - 1])
                    ):
                        distance[place] = distance[place - 1]
                        edge[place] = edge[place - 1]
                        along[place] = along[place - 1]
                        qx[place] = qx[place - 1]
                        qy[place] = qy[place - 1]
                        place -= 1
                    distance[place], edge[place], along[place] = d, e, at
                    qx[place], qy[place] = sx, sy
    return found


@njit(cache=True, nogil=True)
def _snap_points(  # type: ignore[no-untyped-def]
    points, scale, limit, no_network,
    segments, seg_edge, seg_along, seg_length, seg_last, edge_component,
    x0, y0, size, nx, ny, start, item,
    walls, wx0, wy0, wsize, wnx, wny, wstart, witem,
    out_edge, out_along, out_access, out_state,
):  # fmt: skip
    distance = np.empty(MOST_CANDIDATES)
    edge = np.empty(MOST_CANDIDATES, dtype=np.int32)
    along = np.empty(MOST_CANDIDATES)
    qx = np.empty(MOST_CANDIDATES)
    qy = np.empty(MOST_CANDIDATES)
    used = np.empty(MOST_CANDIDATES, dtype=np.bool_)
    for p in range(len(points)):
        px, py = points[p]
        reach = (max(limit, no_network) + 0.001) * scale[p]  # judged in whole millimetres below
        room = CANDIDATES
        near = open_legs = 0
        while True:
            found = _nearest_edges(
                px, py, reach, limit * scale[p], room,
                segments, seg_edge, seg_along, seg_length, seg_last,
                x0, y0, size, nx, ny, start, item,
                distance, edge, along, qx, qy,
            )  # fmt: skip
            near = open_legs = 0
            while near < found and np.rint(distance[near] / scale[p] * 1000) <= limit * 1000:
                used[near] = _leg_is_blocked(
                    px, py, qx[near], qy[near], walls, wx0, wy0, wsize, wnx, wny, wstart, witem
                )
                open_legs += not used[near]
                near += 1
            # A bundle of paths behind a wall must not hide the open streets farther away.
            if open_legs >= SNAPS or near < room or room == MOST_CANDIDATES:
                break
            room = min(4 * room, MOST_CANDIDATES)
        if found == 0 or np.rint(distance[0] / scale[p] * 1000) > no_network * 1000:
            continue
        if near == 0:
            out_state[p] = TOO_FAR
            continue
        taken = 0
        for other in (True, False):  # first one edge of every component, then the next nearest
            for c in range(near):
                if taken == SNAPS:
                    break
                if used[c]:
                    continue
                if other:
                    repeated = False
                    for k in range(taken):
                        if edge_component[out_edge[p, k]] == edge_component[edge[c]]:
                            repeated = True
                    if repeated:
                        continue
                used[c] = True
                out_edge[p, taken] = edge[c]
                out_along[p, taken] = np.int32(np.rint(along[c]))
                out_access[p, taken] = np.int32(np.rint(distance[c] / scale[p] * 1000))
                taken += 1
        out_state[p] = REACHABLE if taken > 0 else BLOCKED
