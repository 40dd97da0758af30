"""The picture of a reach: polygons drawn from the same distance field that buildings are counted in.

The field is known at the points of a regular lattice and, in addition, at every building. A lattice
square without buildings is two triangles; each building in a square splits the triangle it lies in
into three. The contour of the piecewise linear field over these triangles therefore has every
building on the side its own walking distance puts it, and runs between lattice points elsewhere.
Lattice points and buildings are snapped once per network version; one area is then a bounded search
and a walk over the squares around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

from gis.network import BACKWARD, FORWARD, Network
from gis.snap import SNAP_LIMIT_M, SegmentIndex, Snaps
from gis.travel import FAR, BoundedSearch

FloatArray = NDArray[np.float64]
Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]

SPACING_M = 25.0
MARGIN_MM = 120_000
"""How far beyond the limit the field is still searched: the contour lies between both values."""
MAX_LATTICE = 60_000_000


@dataclass(frozen=True)
class FieldLattice:
    """Lattice points and buildings with their snaps, for one network and set of buildings."""

    metric_crs: str
    x0: float
    y0: float
    nx: int
    ny: int
    spacing_m: float
    row_of: Int32Array
    """(ny * nx,) row of a lattice point in the snaps, -1 where no street is near."""
    lattice: Int32Array
    """(r, SNAPS, 5) ways from a point, see `pack`."""
    xy: FloatArray
    """(b, 2) building points, sorted by square."""
    building: Int32Array
    """(b, SNAPS, 5)"""
    square_start: Int32Array
    """(squares + 1,) buildings of each square; a square is named by its lower left point."""


def build_lattice(
    index: SegmentIndex,
    points_xy: FloatArray,
    points: Snaps,
    spacing_m: float = SPACING_M,
) -> FieldLattice:
    """Snap a lattice around the streets of a network and sort the buildings into its squares.

    Parameters
    ----------
    index
        Segments of network and barriers.
    points_xy, points
        (b, 2) building points in the network's metric zone and their snaps.
    spacing_m
        Distance of lattice points. With very large extents it is widened so that at most
        MAX_LATTICE points exist.
    """
    xy = index.network.vertex_xy
    reach = SNAP_LIMIT_M + 2 * spacing_m
    low, high = xy.min(axis=0) - reach, xy.max(axis=0) + reach
    while np.prod((high - low) / spacing_m) > MAX_LATTICE:
        spacing_m *= 2
    x0, y0 = np.floor(low / spacing_m) * spacing_m
    nx, ny = (int(value) + 2 for value in (high - (x0, y0)) // spacing_m)
    near = _near_streets(index.segments, x0, y0, spacing_m, nx, ny, reach)
    where = np.flatnonzero(near)
    lattice_xy = np.column_stack((x0 + (where % nx) * spacing_m, y0 + (where // nx) * spacing_m))
    snaps = index.snap(lattice_xy, no_network_m=SNAP_LIMIT_M)
    found = snaps.edge[:, 0] >= 0
    row_of = np.full(nx * ny, -1, dtype=np.int32)
    row_of[where[found]] = np.arange(int(found.sum()), dtype=np.int32)

    column, line = ((points_xy - (x0, y0)) // spacing_m).astype(np.int64).T
    _, first = np.unique(points_xy, axis=0, return_index=True)
    distinct = np.zeros(len(points_xy), dtype=bool)
    distinct[first] = True
    # Buildings nobody can reach are in the field too: a pocket must not be painted over.
    inside = (column >= 0) & (column < nx - 1) & (line >= 0) & (line < ny - 1)
    chosen = np.flatnonzero(distinct & inside)
    square = line[chosen] * nx + column[chosen]
    order = np.argsort(square, kind="stable")
    chosen, square = chosen[order], square[order]
    start = np.zeros(nx * ny + 1, dtype=np.int32)
    np.cumsum(np.bincount(square, minlength=nx * ny), out=start[1:])
    return FieldLattice(
        index.network.metric_crs, float(x0), float(y0), nx, ny, spacing_m, row_of,
        pack(index.network, snaps.take(found)), np.ascontiguousarray(points_xy[chosen]),
        pack(index.network, points.take(chosen)), start,
    )  # fmt: skip


def pack(network: Network, snaps: Snaps) -> Int32Array:
    """Return the ways from n points to nodes, (n, SNAPS, 5), side by side in memory.

    For each snap: edge, its first node, millimetres to there with the leg, its last node,
    millimetres to there. A node that a one-way edge does not lead to is -1.
    """
    edge = snaps.edge
    known = edge >= 0
    direction = network.edge_direction[edge]
    ways = np.full((*edge.shape, 5), -1, dtype=np.int32)
    ways[..., 0] = edge
    ways[..., 1] = np.where(known & (direction != FORWARD), network.edge_from[edge], -1)
    ways[..., 2] = snaps.access_mm + snaps.along_mm
    ways[..., 3] = np.where(known & (direction != BACKWARD), network.edge_to[edge], -1)
    ways[..., 4] = snaps.access_mm + network.edge_length_mm[edge] - snaps.along_mm
    return ways


class ServiceAreas:
    """Draws service areas on one network; holds the scratch space of the search."""

    def __init__(self, network: Network, lattice: FieldLattice) -> None:
        self.network = network
        self.lattice = lattice
        self._search = BoundedSearch(network)
        self._first_on_edge = np.full(network.edges, -1, dtype=np.int32)
        self._node_xy = np.ascontiguousarray(network.node_xy)
        self._longest = np.zeros(network.nodes)
        for end in (network.edge_from, network.edge_to):
            np.maximum.at(self._longest, end, network.edge_length_mm / 1000 * 1.001)
        start = network.vertex_offsets[:-1]
        xy = network.vertex_xy
        self._edge_box = np.concatenate(
            (np.minimum.reduceat(xy, start), np.maximum.reduceat(xy, start)), axis=1
        )

    def draw(self, stations: Snaps, limit_mm: int) -> Any:
        """Return the area within `limit_mm` of the nearest of `stations`.

        Returns
        -------
        shapely.MultiPolygon
            In the network's metric zone, empty when no station is on the network. Every building
            is inside exactly if its own walking distance is at most `limit_mm`.
        """
        network, lattice = self.network, self.lattice
        reach = self._search.run(stations, limit_mm + MARGIN_MM)
        row, slot = np.nonzero(stations.edge >= 0)
        order = np.argsort(stations.edge[row, slot], kind="stable")
        row, slot = row[order], slot[order]
        own_edge = stations.edge[row, slot]
        if len(own_edge) == 0:
            return shapely.MultiPolygon()
        window, near, span = _spans(
            reach.node, reach.distance_mm, self._node_xy, self._longest, self._edge_box[own_edge],
            limit_mm, lattice.x0, lattice.y0, lattice.spacing_m, lattice.nx, lattice.ny,
        )  # fmt: skip
        edges, first = np.unique(own_edge, return_index=True)
        self._first_on_edge[edges] = first
        segments = _contour(
            self._search.distance, network.edge_length_mm, network.edge_direction,
            self._first_on_edge, own_edge,
            stations.along_mm[row, slot].astype(np.int64),
            stations.access_mm[row, slot].astype(np.int64),
            lattice.x0, lattice.y0, lattice.spacing_m, lattice.nx, window, near, span,
            lattice.row_of, lattice.lattice, lattice.square_start, lattice.xy, lattice.building,
            limit_mm,
        )  # fmt: skip
        self._first_on_edge[edges] = -1
        return assemble(*_chain(*segments))


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
    order, polygon = _nest(rings, offsets)
    return shapely.multipolygons(shapely.polygons(linear[order], indices=polygon))


def dissolve(areas: Sequence[Any]) -> Any:
    """Return the union of service areas, as one MultiPolygon without slivers below 1 mm."""
    merged = shapely.union_all(np.asarray(areas, dtype=object), grid_size=0.001)
    if merged.geom_type == "Polygon":
        return shapely.MultiPolygon([merged])
    return merged if merged.geom_type == "MultiPolygon" else shapely.MultiPolygon()


@njit(cache=True)
def _near_streets(segments, x0, y0, size, nx, ny, reach):  # type: ignore[no-untyped-def]
    """Mark lattice points within `reach` of a street (generously: a square around its segments)."""
    near = np.zeros(nx * ny, dtype=np.bool_)
    for s in range(len(segments)):
        ax, ay, bx, by = segments[s]
        pieces = int(max(abs(bx - ax), abs(by - ay)) / reach) + 1
        for k in range(pieces):
            px, py = ax + (bx - ax) * k / pieces, ay + (by - ay) * k / pieces
            qx, qy = ax + (bx - ax) * (k + 1) / pieces, ay + (by - ay) * (k + 1) / pieces
            for iy in range(
                max(int((min(py, qy) - reach - y0) // size), 0),
                min(int((max(py, qy) + reach - y0) // size) + 1, ny - 1) + 1,
            ):
                for ix in range(
                    max(int((min(px, qx) - reach - x0) // size), 0),
                    min(int((max(px, qx) + reach - x0) // size) + 1, nx - 1) + 1,
                ):
                    near[iy * nx + ix] = True
    return near


@njit(cache=True)
def _nest(rings, offsets):  # type: ignore[no-untyped-def]
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


@njit(cache=True)
def _spans(node, distance, node_xy, longest, own_box, limit, x0, y0, size, nx, ny):  # type: ignore[no-untyped-def]
    """Return where to look: lattice points first to last of each row, and the window around.

    Whatever is within the limit is a walk along one edge and a leg away from a node that is, or
    lies beside an edge with a station; neither way is longer than what is left of the limit. Two
    lattice points more on every side close the contour.

    Returns
    -------
    window
        First and last column and row of the lattice.
    near
        The same around the stations' own edges: only there a snap can share an edge with one.
    span
        (rows, 2) first and last column, from the window's first one; last < first where none.
    """
    reach = limit / 1000 * 1.001  # planar lengths exceed ground lengths by less
    leg = min(SNAP_LIMIT_M * 1.001, reach)
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for k in range(len(own_box)):
        west, south = min(west, own_box[k, 0]), min(south, own_box[k, 1])
        east, north = max(east, own_box[k, 2]), max(north, own_box[k, 3])
    near = np.empty(4, dtype=np.int64)
    aside = SNAP_LIMIT_M * 1.001 + size
    near[0], near[1] = (west - aside - x0) // size, (south - aside - y0) // size
    near[2], near[3] = (east + aside - x0) // size + 1, (north + aside - y0) // size + 1
    window = np.empty(4, dtype=np.int64)
    window[0] = max((west - reach - x0) // size - 2, 0)
    window[1] = max((south - reach - y0) // size - 2, 0)
    window[2] = min((east + reach - x0) // size + 3, nx - 1)
    window[3] = min((north + reach - y0) // size + 3, ny - 1)
    span = np.empty((window[3] - window[1] + 1, 2), dtype=np.int64)
    span[:, 0], span[:, 1] = nx, -1
    for k in range(-len(own_box), len(node)):
        if k < 0:
            w, s, e, n = own_box[k + len(own_box)]
            w, s, e, n = w - leg, s - leg, e + leg, n + leg
        else:
            rest = (limit - distance[k]) / 1000 * 1.001
            if rest < 0:
                continue
            x, y = node_xy[node[k]]
            rest = min(rest, longest[node[k]] + leg)
            w, s, e, n = x - rest, y - rest, x + rest, y + rest
        first = max(int((w - x0) // size) - 2, window[0]) - window[0]
        last = min(int((e - x0) // size) + 3, window[2]) - window[0]
        for row in range(
            max(int((s - y0) // size) - 2, window[1]) - window[1],
            min(int((n - y0) // size) + 3, window[3]) - window[1] + 1,
        ):
            span[row, 0], span[row, 1] = min(span[row, 0], first), max(span[row, 1], last)
    return window, near, span


@njit(cache=True)
def _over_nodes(way, distance):  # type: ignore[no-untyped-def]
    """Return the walking distance of one packed point over nodes: no branches, this runs most.

    A node of -1 is the last place of `distance`, which is always FAR.
    """
    best = FAR
    for k in range(way.shape[0]):
        best = min(best, distance[way[k, 1]] + way[k, 2], distance[way[k, 3]] + way[k, 4])
    return best


@njit(cache=True)
def _value(way, distance, length, direction, first_on_edge, own, own_along, own_access):  # type: ignore[no-untyped-def]
    """Return the walking distance of one packed point, FAR without a route."""
    best = FAR
    for k in range(len(way)):
        e = way[k, 0]
        if e < 0:
            break
        u, v = way[k, 1], way[k, 3]
        if u >= 0 and distance[u] + way[k, 2] < best:
            best = distance[u] + way[k, 2]
        if v >= 0 and distance[v] + way[k, 4] < best:
            best = distance[v] + way[k, 4]
        s = first_on_edge[e]
        if s >= 0:  # a station on the same edge
            while s < len(own) and own[s] == e:
                # leg + along and leg + rest are known; their sum is the length and two legs.
                leg = (np.int64(way[k, 2]) + way[k, 4] - length[e]) // 2
                ahead = own_along[s] - (way[k, 2] - leg)
                if direction[e] == 0 or ahead * direction[e] >= 0:
                    best = min(best, leg + abs(ahead) + own_access[s])
                s += 1
    return best


@njit(cache=True, nogil=True)
def _contour(  # type: ignore[no-untyped-def]
    distance, length, direction, first_on_edge, own, own_along, own_access,
    x0, y0, size, nx, window, near, span,
    row_of, lattice_way, square_start, b_xy, b_way, limit,
):  # fmt: skip
    """Return contour segments (from, to) by vertex key, and keys' coordinates, inside on the left.

    A vertex of the contour lies on an edge of the triangulation and is known by the two ends of
    that edge, so neighbouring triangles meet in it without comparing coordinates.
    """
    cx0, cy0 = window[0], window[1]
    wide, high = window[2] - cx0 + 1, window[3] - cy0 + 1
    level = limit + 0.5  # no whole millimetre is on the contour itself
    cap = np.float64(limit + MARGIN_MM)
    value = np.full(wide * high, cap)
    for j in range(1, high - 1):  # the outermost ring closes every contour
        beside = near[1] <= cy0 + j <= near[3]
        for i in range(max(span[j, 0], 1), min(span[j, 1], wide - 2) + 1):
            row = row_of[(cy0 + j) * nx + cx0 + i]
            if row < 0:
                continue
            if beside and near[0] <= cx0 + i <= near[2]:
                v = _value(
                    lattice_way[row], distance, length, direction, first_on_edge, own, own_along, own_access
                )  # fmt: skip
            else:
                v = _over_nodes(lattice_way[row], distance)
            value[j * wide + i] = min(cap, np.float64(v))
    room = 1024
    seg_a = np.empty((room, 2), dtype=np.int64)
    seg_b = np.empty((room, 2), dtype=np.int64)
    pos_a = np.empty((room, 2))
    pos_b = np.empty((room, 2))
    count = 0
    lattice = wide * high
    tri = np.empty((512, 3), dtype=np.int64)
    bx, by, bv = np.empty(64), np.empty(64), np.empty(64)
    tx = np.empty(3)
    ty = np.empty(3)
    tv = np.empty(3)
    tk = np.empty(3, dtype=np.int64)
    for j in range(high - 1):
        beside = near[1] <= cy0 + j <= near[3]
        first = max(min(span[j, 0], span[j + 1, 0]) - 1, 0)
        last = min(max(span[j, 1], span[j + 1, 1]), wide - 2)
        for i in range(first, last + 1):
            square = (cy0 + j) * nx + cx0 + i
            b0, b1 = square_start[square], square_start[square + 1]
            k00, k10 = j * wide + i, j * wide + i + 1
            k01, k11 = k00 + wide, k10 + wide
            inside = (
                (value[k00] < level) + (value[k10] < level)
                + (value[k01] < level) + (value[k11] < level)
            )  # fmt: skip
            if b0 == b1 and (inside == 0 or inside == 4):
                continue
            many = b1 - b0
            if 2 * many + 2 > len(tri):
                tri = np.empty((2 * many + 2, 3), dtype=np.int64)
            tri[0, 0], tri[0, 1], tri[0, 2] = k00, k10, k11
            tri[1, 0], tri[1, 1], tri[1, 2] = k00, k11, k01
            triangles = 2
            if many > len(bx):
                bx, by, bv = np.empty(many), np.empty(many), np.empty(many)
            for n in range(many):
                bx[n] = (b_xy[b0 + n, 0] - x0) / size - cx0
                by[n] = (b_xy[b0 + n, 1] - y0) / size - cy0
                if beside and near[0] <= cx0 + i <= near[2]:
                    v = _value(
                        b_way[b0 + n], distance, length, direction, first_on_edge, own, own_along, own_access
                    )  # fmt: skip
                else:
                    v = _over_nodes(b_way[b0 + n], distance)
                bv[n] = min(cap, np.float64(v))
                chosen, best_room = 0, -1e300
                for t in range(triangles):
                    least = 1e300
                    for c in range(3):
                        u, w = tri[t, c], tri[t, (c + 1) % 3]
                        ux = np.float64(u % wide) if u < lattice else bx[u - lattice - b0]
                        uy = np.float64(u // wide) if u < lattice else by[u - lattice - b0]
                        wx = np.float64(w % wide) if w < lattice else bx[w - lattice - b0]
                        wy = np.float64(w // wide) if w < lattice else by[w - lattice - b0]
                        side = (wx - ux) * (by[n] - uy) - (wy - uy) * (bx[n] - ux)
                        least = min(least, side)
                    if least > best_room:
                        chosen, best_room = t, least
                a, b, c3 = tri[chosen, 0], tri[chosen, 1], tri[chosen, 2]
                me = lattice + b0 + n
                tri[chosen, 0], tri[chosen, 1], tri[chosen, 2] = a, b, me
                tri[triangles, 0], tri[triangles, 1], tri[triangles, 2] = b, c3, me
                tri[triangles + 1, 0], tri[triangles + 1, 1], tri[triangles + 1, 2] = c3, a, me
                triangles += 2
            for t in range(triangles):
                below = 0
                for c in range(3):
                    k = tri[t, c]
                    tk[c] = k
                    if k < lattice:
                        tx[c], ty[c], tv[c] = k % wide, k // wide, value[k]
                    else:
                        tx[c], ty[c], tv[c] = (
                            bx[k - lattice - b0], by[k - lattice - b0], bv[k - lattice - b0]
                        )  # fmt: skip
                    below += tv[c] < level
                if below == 0 or below == 3:
                    continue
                # The lone corner: the only one inside, or the only one outside.
                lone = 0
                for c in range(3):
                    if (tv[c] < level) == (below == 1):
                        lone = c
                p, q = (lone + 1) % 3, (lone + 2) % 3
                if count == room:
                    seg_a = np.concatenate((seg_a, np.empty_like(seg_a)))
                    seg_b = np.concatenate((seg_b, np.empty_like(seg_b)))
                    pos_a = np.concatenate((pos_a, np.empty_like(pos_a)))
                    pos_b = np.concatenate((pos_b, np.empty_like(pos_b)))
                    room *= 2
                for side in range(2):
                    other = p if side == 0 else q
                    # Always from the inner to the outer end, so both triangles get equal bits.
                    inner, outer = (lone, other) if below == 1 else (other, lone)
                    f = (level - tv[inner]) / (tv[outer] - tv[inner])
                    px = tx[inner] + f * (tx[outer] - tx[inner])
                    py = ty[inner] + f * (ty[outer] - ty[inner])
                    low_key, high_key = min(tk[inner], tk[outer]), max(tk[inner], tk[outer])
                    # Inside on the left: from the edge towards p when the lone corner is inside.
                    if (side == 0) == (below == 1):
                        seg_a[count, 0], seg_a[count, 1] = low_key, high_key
                        pos_a[count, 0], pos_a[count, 1] = px, py
                    else:
                        seg_b[count, 0], seg_b[count, 1] = low_key, high_key
                        pos_b[count, 0], pos_b[count, 1] = px, py
                count += 1
    scale = size
    for n in range(count):
        pos_a[n, 0] = x0 + (cx0 + pos_a[n, 0]) * scale
        pos_a[n, 1] = y0 + (cy0 + pos_a[n, 1]) * scale
    return seg_a[:count], seg_b[:count], pos_a[:count]


@njit(cache=True, nogil=True)
def _chain(seg_a, seg_b, pos_a):  # type: ignore[no-untyped-def]
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
