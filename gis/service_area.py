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
        start = network.vertex_offsets[:-1]
        xy = network.vertex_xy
        self._edge_box = np.concatenate(
            (np.minimum.reduceat(xy, start), np.maximum.reduceat(xy, start)), axis=1
        )
        self._node_box = np.tile([np.inf, np.inf, -np.inf, -np.inf], (network.nodes, 1))
        for end in (network.edge_from, network.edge_to):
            np.minimum.at(self._node_box[:, :2], end, self._edge_box[:, :2])
            np.maximum.at(self._node_box[:, 2:], end, self._edge_box[:, 2:])

    def _window(
        self, nodes: Int32Array, edges: Int32Array, limit_mm: int
    ) -> tuple[FloatArray, FloatArray]:
        """Return the lattice squares (first, last column and row) an area can touch.

        It lies around the edges at reached nodes, which may run far out of their ends' rectangle,
        and no farther from the stations' own edges than the limit.
        """
        lattice = self.lattice
        own = self._edge_box[edges]
        around = np.concatenate((own, self._node_box[nodes]))
        far = limit_mm / 1000 * 1.001  # planar lengths exceed ground lengths by less
        low = np.maximum(around[:, :2].min(axis=0), own[:, :2].min(axis=0) - far)
        high = np.minimum(around[:, 2:].max(axis=0), own[:, 2:].max(axis=0) + far)
        pad = SNAP_LIMIT_M + 2 * lattice.spacing_m
        origin = (lattice.x0, lattice.y0)
        return (low - pad - origin) // lattice.spacing_m, (high + pad - origin) // lattice.spacing_m

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
        low, high = self._window(reach.node, own_edge, limit_mm)
        edges, first = np.unique(own_edge, return_index=True)
        self._first_on_edge[edges] = first
        segments = _contour(
            self._search.distance, network.edge_length_mm, network.edge_direction,
            self._first_on_edge, own_edge,
            stations.along_mm[row, slot].astype(np.int64),
            stations.access_mm[row, slot].astype(np.int64),
            lattice.x0, lattice.y0, lattice.spacing_m, lattice.nx,
            max(int(low[0]), 0), max(int(low[1]), 0),
            min(int(high[0]), lattice.nx - 2), min(int(high[1]), lattice.ny - 2),
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
    x, y = rings[:, 0], rings[:, 1]
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]
    doubled = np.add.reduceat(np.append(cross, 0.0), offsets[:-1]) if len(cross) else np.zeros(0)
    doubled -= _joints(x, y, offsets)
    outer, holes = linear[doubled > 0], linear[doubled < 0]
    polygons = shapely.polygons(outer)
    if len(holes):
        polygons = _with_holes(polygons, outer, holes)
    return shapely.multipolygons(polygons)


def _joints(x: FloatArray, y: FloatArray, offsets: Int64Array) -> FloatArray:
    """Return the cross terms between the last vertex of a ring and the first of the next."""
    last = offsets[1:] - 1
    following = np.minimum(offsets[1:], len(x) - 1)
    term = x[last] * y[following] - x[following] * y[last]
    term[-1] = 0.0
    return np.asarray(term)


def _with_holes(polygons: Any, outer: Any, holes: Any) -> Any:
    """Give every hole to the smallest outer ring around it."""
    tree = shapely.STRtree(polygons)
    hole, parent = tree.query(shapely.get_point(holes, 0), predicate="intersects")
    area = shapely.area(polygons)
    order = np.lexsort((area[parent], hole))
    hole, parent = hole[order], parent[order]
    lead = np.ones(len(hole), dtype=bool)
    lead[1:] = hole[1:] != hole[:-1]
    inside: dict[int, list[Any]] = {}
    for number, owner in zip(hole[lead], parent[lead], strict=True):
        inside.setdefault(int(owner), []).append(holes[number])
    result = polygons.copy()
    for owner, rings in inside.items():
        result[owner] = shapely.Polygon(outer[owner], rings)
    return result


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
    x0, y0, size, nx, cx0, cy0, cx1, cy1,
    row_of, lattice_way, square_start, b_xy, b_way, limit,
):  # fmt: skip
    """Return contour segments (from, to) by vertex key, and keys' coordinates, inside on the left.

    A vertex of the contour lies on an edge of the triangulation and is known by the two ends of
    that edge, so neighbouring triangles meet in it without comparing coordinates.
    """
    wide, high = cx1 - cx0 + 2, cy1 - cy0 + 2
    level = limit + 0.5  # no whole millimetre is on the contour itself
    cap = np.float64(limit + MARGIN_MM)
    value = np.empty(wide * high)
    for j in range(high):
        for i in range(wide):
            row = row_of[(cy0 + j) * nx + cx0 + i]
            v = cap
            if row >= 0:
                v = min(cap, np.float64(_value(
                    lattice_way[row], distance, length, direction, first_on_edge, own, own_along, own_access
                )))  # fmt: skip
            if i == 0 or j == 0 or i == wide - 1 or j == high - 1:
                v = cap  # the outermost ring closes every contour
            value[j * wide + i] = v
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
        for i in range(wide - 1):
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
                bv[n] = min(cap, np.float64(_value(
                    b_way[b0 + n], distance, length, direction, first_on_edge, own, own_along, own_access
                )))  # fmt: skip
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
