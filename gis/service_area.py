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

from gis.contour import MARGIN_MM, contour, spans
from gis.frozen import freeze
from gis.network import BACKWARD, FORWARD, Network
from gis.rings import assemble, chain
from gis.snap import SNAP_LIMIT_M, SegmentIndex, Snaps
from gis.travel import BoundedSearch

FloatArray = NDArray[np.float64]
Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]

SPACING_M = 25.0
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

    def __post_init__(self) -> None:
        freeze(self)


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
        window, near, span = spans(
            reach.node, reach.distance_mm, self._node_xy, self._longest, self._edge_box[own_edge],
            limit_mm, lattice.x0, lattice.y0, lattice.spacing_m, lattice.nx, lattice.ny,
        )  # fmt: skip
        edges, first = np.unique(own_edge, return_index=True)
        self._first_on_edge[edges] = first
        segments = contour(
            self._search.distance, network.edge_length_mm, network.edge_direction,
            self._first_on_edge, own_edge,
            stations.along_mm[row, slot].astype(np.int64),
            stations.access_mm[row, slot].astype(np.int64),
            lattice.x0, lattice.y0, lattice.spacing_m, lattice.nx, window, near, span,
            lattice.row_of, lattice.lattice, lattice.square_start, lattice.xy, lattice.building,
            limit_mm,
        )  # fmt: skip
        self._first_on_edge[edges] = -1
        return assemble(*chain(*segments))


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
