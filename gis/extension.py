"""A network with a bridge, a path or a gate that does not exist yet.

Nothing is built anew: streets around the new way are cut out, the way is joined to them, and only walks that
may use it are searched again. A walk within the limit that uses the way stays within the limit of it, so the
streets cut out are enough, and the shorter of the old and the new walk is the walk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.crs import FloatArray, scale_factor, to_lonlat, to_metric
from gis.errors import RefusedInputError
from gis.network import BOTH, Network, along_edges
from gis.snap import SNAP_LIMIT_M, SegmentIndex, Snaps

Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]

JOIN_M = 50.0
"""An end of a new way joins the nearest street within this distance."""
GATE_M = 100.0
"""A gate opens to the nearest streets (up to three) within this distance."""
NO_WALLS = np.empty((0, 2, 2))


@dataclass(frozen=True)
class Window:
    """Streets around a place: a network with the same nodes and fewer edges, and who is snapped to it."""

    network: Network
    edge: Int32Array
    """(w,) the edges that were kept, ascending."""

    def take(self, snaps: Snaps) -> tuple[Int64Array, Snaps]:
        """Return which points have a snap inside, and their snaps on the window's edges."""
        place = np.full(
            int(max(self.edge.max(initial=-1), snaps.edge.max(initial=-1))) + 2, -1, np.int32
        )
        place[self.edge] = np.arange(len(self.edge), dtype=np.int32)
        edge = place[snaps.edge]  # -1 is the last place, which stays -1
        inside = np.flatnonzero((edge >= 0).any(axis=1))
        return inside, Snaps(
            edge[inside], snaps.along_mm[inside], snaps.access_mm[inside], snaps.state[inside]
        )


def window(network: Network, xy: FloatArray, margin_m: float) -> Window:
    """Return the streets within `margin_m` (ground) of the rectangle around `xy` (v, 2)."""
    margin = margin_m * float(scale_factor(xy).max()) * 1.001 + 1.0
    low, high = xy.min(axis=0) - margin, xy.max(axis=0) + margin
    # An edge lies inside where one of its vertices does, or where it may pass through.
    points = network.vertex_xy
    start = network.vertex_offsets[:-1]
    least = np.minimum.reduceat(points, start, axis=0) if len(start) else np.empty((0, 2))
    most = np.maximum.reduceat(points, start, axis=0) if len(start) else np.empty((0, 2))
    kept = np.flatnonzero(((least <= high) & (most >= low)).all(axis=1)).astype(np.int32)
    sizes = np.diff(network.vertex_offsets)[kept]
    offsets = np.zeros(len(kept) + 1, dtype=np.int64)
    np.cumsum(sizes, out=offsets[1:])
    vertex = np.arange(offsets[-1]) + np.repeat(start[kept] - offsets[:-1], sizes)
    part = replace(
        network,
        **{
            name: getattr(network, name)[kept]
            for name in (
                "edge_from", "edge_to", "edge_length_mm", "edge_class", "edge_name",
                "edge_direction", "edge_private", "edge_bridge", "edge_tunnel", "edge_ref",
            )
        },
        vertex_offsets=offsets,
        vertex_lonlat=network.vertex_lonlat[vertex],
        vertex_along_mm=network.vertex_along_mm[vertex],
    )  # fmt: skip
    return Window(part, kept)


@dataclass(frozen=True)
class Extended:
    """A network with new ways, whose snaps on split edges have moved."""

    network: Network
    first: int
    """Edges from here on are the new ways themselves."""
    cuts: tuple[tuple[int, int, int], ...]
    """Splits in order: edge, millimetres along, number of the edge that its rest became."""

    def moved(self, snaps: Snaps) -> Snaps:
        """Return snaps on the old network as they lie on the new one."""
        edge, along = snaps.edge.copy(), snaps.along_mm.copy()
        for old, at, rest in self.cuts:
            beyond = (edge == old) & (along > at)
            edge[beyond] = rest
            along[beyond] -= np.int32(at)
        return Snaps(edge, along, snaps.access_mm, snaps.state)


def with_ways(network: Network, ways: list[FloatArray]) -> Extended:
    """Return the network with more ways, each joined to the nearest street at both of its ends.

    Parameters
    ----------
    ways
        Lines of lon/lat degrees, (v, 2) each. They may cross rivers and walls: that is what they are for.

    Raises
    ------
    RefusedInputError
        `way_too_short` for a line without length, `way_joins_nothing` where an end has no street
        within `JOIN_M`.
    """
    cuts: list[tuple[int, int, int]] = []
    joined: list[tuple[int, int, FloatArray]] = []
    for way in ways:
        xy = to_metric(way, network.metric_crs)
        if len(way) < 2 or float(np.hypot(*np.diff(xy, axis=0).T).sum()) < 0.01:
            raise RefusedInputError("way_too_short", "a new way needs two places apart")
        ends = []
        for end in (0, -1):
            network, node = _join(network, xy[end], cuts)
            ends.append(node)
        joined.append((ends[0], ends[1], way))
    first = network.edges
    for begin, finish, way in joined:
        middle = np.vstack((network.node_lonlat[begin], way, network.node_lonlat[finish]))
        apart = np.concatenate(([True], (np.abs(np.diff(middle, axis=0)) > 1e-9).any(axis=1)))
        line = middle[apart]
        if len(line) > 1:
            network = _append(network, begin, finish, line)
    return Extended(network, first, tuple(cuts))


def gate_ways(network: Network, place: FloatArray) -> list[FloatArray]:
    """Return the ways a gate opens: from its place (lon, lat) to the nearest streets, whatever stands between.

    Raises
    ------
    RefusedInputError
        `gate_joins_nothing` where fewer than two streets are within `GATE_M`.
    """
    xy = to_metric(place.reshape(1, 2), network.metric_crs)
    snaps = SegmentIndex(network, NO_WALLS).snap(xy, limit_m=GATE_M)
    found = [int(edge) for edge in snaps.edge[0] if edge >= 0]
    if len(found) < 2:
        raise RefusedInputError(
            "gate_joins_nothing", f"a gate needs two streets within {GATE_M:.0f} m of it"
        )
    return [
        np.vstack((place, position_of(network, edge, int(snaps.along_mm[0, slot]))))
        for slot, edge in enumerate(found)
    ]


def position_of(network: Network, edge: int, along_mm: int) -> FloatArray:
    """Return the place (lon, lat) some millimetres along an edge."""
    part = slice(network.vertex_offsets[edge], network.vertex_offsets[edge + 1])
    along = network.vertex_along_mm[part]
    # Streets are straight in the plane: along a parallel the middle of a kilometre is 11 mm aside.
    xy = to_metric(network.vertex_lonlat[part], network.metric_crs)
    place = np.array([[np.interp(along_mm, along, xy[:, axis]) for axis in (0, 1)]])
    found: FloatArray = to_lonlat(place, network.metric_crs)[0]
    return found


def snaps_on_ways(extended: Extended, barriers: FloatArray, xy: FloatArray, snaps: Snaps) -> Snaps:
    """Return snaps with more places for the new ways; those there were stay, so that no walk gets longer.

    Parameters
    ----------
    xy, snaps
        (n, 2) places in the metric zone, and their snaps on the extended network.
    """
    network = extended.network
    if extended.first == network.edges:
        return snaps
    start = int(network.vertex_offsets[extended.first])
    alone = replace(
        network,
        **{
            name: getattr(network, name)[extended.first :]
            for name in (
                "edge_from", "edge_to", "edge_length_mm", "edge_class", "edge_name",
                "edge_direction", "edge_private", "edge_bridge", "edge_tunnel", "edge_ref",
            )
        },
        vertex_offsets=network.vertex_offsets[extended.first :] - start,
        vertex_lonlat=network.vertex_lonlat[start:],
        vertex_along_mm=network.vertex_along_mm[start:],
    )  # fmt: skip
    more = SegmentIndex(alone, barriers).snap(xy, SNAP_LIMIT_M, SNAP_LIMIT_M)
    edge = np.where(more.edge >= 0, more.edge + extended.first, -1).astype(np.int32)
    return Snaps(
        np.concatenate((snaps.edge, edge), axis=1),
        np.concatenate((snaps.along_mm, more.along_mm), axis=1),
        np.concatenate((snaps.access_mm, more.access_mm), axis=1),
        np.minimum(snaps.state, more.state),
    )


def _join(
    network: Network, xy: FloatArray, cuts: list[tuple[int, int, int]]
) -> tuple[Network, int]:
    """Return the network with a node at the street nearest to a place, and the node."""
    snap = SegmentIndex(network, NO_WALLS).snap(xy.reshape(1, 2), JOIN_M, JOIN_M)
    edge, at = int(snap.edge[0, 0]), int(snap.along_mm[0, 0])
    if edge < 0:
        raise RefusedInputError(
            "way_joins_nothing", f"an end of the new way has no street within {JOIN_M:.0f} m"
        )
    if at <= 0:
        return network, int(network.edge_from[edge])
    if at >= int(network.edge_length_mm[edge]):
        return network, int(network.edge_to[edge])
    cuts.append((edge, at, network.edges))
    return _split(network, edge, at)


def _split(network: Network, edge: int, at: int) -> tuple[Network, int]:
    """Cut an edge in two: the first part keeps its number, the rest comes last."""
    place = position_of(network, edge, at)
    node = network.nodes
    start, stop = network.vertex_offsets[edge], network.vertex_offsets[edge + 1]
    along, lonlat = network.vertex_along_mm[start:stop], network.vertex_lonlat[start:stop]
    before, after = along < at, along > at
    head = np.vstack((lonlat[before], place))
    tail = np.vstack((place, lonlat[after]))
    head_along = np.append(along[before], at)
    tail_along = np.append(0, along[after] - at)
    grown = len(head) - (stop - start)
    offsets = network.vertex_offsets.copy()
    offsets[edge + 1 :] += grown
    to, length = network.edge_to.copy(), network.edge_length_mm.copy()
    rest_to, rest_length = to[edge], length[edge] - at
    to[edge], length[edge] = node, at
    attributes: dict[str, Any] = {
        name: np.append(getattr(network, name), getattr(network, name)[edge : edge + 1])
        for name in (
            "edge_class", "edge_name", "edge_direction", "edge_private", "edge_bridge",
            "edge_tunnel", "edge_ref",
        )
    }  # fmt: skip
    return replace(
        network,
        node_lonlat=np.vstack((network.node_lonlat, place)),
        edge_from=np.append(network.edge_from, np.int32(node)).astype(np.int32),
        edge_to=np.append(to, rest_to).astype(np.int32),
        edge_length_mm=np.append(length, rest_length).astype(np.int64),
        vertex_offsets=np.append(offsets, offsets[-1] + len(tail)),
        vertex_lonlat=np.vstack(
            (network.vertex_lonlat[:start], head, network.vertex_lonlat[stop:], tail)
        ),
        vertex_along_mm=np.concatenate(
            (
                network.vertex_along_mm[:start],
                head_along,
                network.vertex_along_mm[stop:],
                tail_along,
            )
        ).astype(np.int64),
        **attributes,
    ), node


def _append(network: Network, begin: int, finish: int, line: FloatArray) -> Network:
    """Return the network with one more edge."""
    along = along_edges(line, np.array([0, len(line)]))
    return replace(
        network,
        edge_from=np.append(network.edge_from, np.int32(begin)).astype(np.int32),
        edge_to=np.append(network.edge_to, np.int32(finish)).astype(np.int32),
        edge_length_mm=np.append(network.edge_length_mm, along[-1]).astype(np.int64),
        edge_class=np.append(network.edge_class, "footway"),
        edge_name=np.append(network.edge_name, ""),
        edge_direction=np.append(network.edge_direction, np.int8(BOTH)),
        edge_private=np.append(network.edge_private, False),
        edge_bridge=np.append(network.edge_bridge, True),
        edge_tunnel=np.append(network.edge_tunnel, False),
        edge_ref=np.append(network.edge_ref, np.int64(-1)),
        vertex_offsets=np.append(network.vertex_offsets, network.vertex_offsets[-1] + len(line)),
        vertex_lonlat=np.vstack((network.vertex_lonlat, line)),
        vertex_along_mm=np.concatenate((network.vertex_along_mm, along)).astype(np.int64),
    )


__all__ = [
    "GATE_M",
    "JOIN_M",
    "Extended",
    "Window",
    "gate_ways",
    "position_of",
    "snaps_on_ways",
    "window",
    "with_ways",
]
