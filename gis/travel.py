"""Walking distance over a network, in integer millimetres, from many stations at once.

Three parts make a walk: the leg from a building to its street, the way along streets, the leg to
the station. A walk that stays on one edge never visits a node. Distances are sums of whole
millimetres, so a limit is met or missed on every machine alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from gis.errors import RefusedInputError
from gis.network import BACKWARD, FORWARD, Network
from gis.snap import Snaps

FloatArray = NDArray[np.float64]
Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]

NO_ROUTE = -1
FAR = np.int64(2**62)


def walk_limit_mm(minutes: float | str, speed_kmh: float | str) -> int:
    """Return the whole millimetres walked in `minutes` at `speed_kmh`, computed exactly.

    Raises
    ------
    RefusedInputError
        When either is not a positive number (`bad_parameter`).
    """
    try:
        time, speed = Fraction(str(minutes)), Fraction(str(speed_kmh))
    except (ValueError, ZeroDivisionError) as error:
        raise RefusedInputError("bad_parameter", "minutes and speed must be numbers") from error
    if time <= 0 or speed <= 0:
        raise RefusedInputError("bad_parameter", "minutes and speed must be greater than zero")
    return int(time * speed * 1_000_000 / 60)


def walk_seconds(walk_mm: Int64Array, speed_kmh: float) -> FloatArray:
    """Return the seconds a distance takes; nan where there is no route."""
    return np.where(walk_mm >= 0, walk_mm * 0.0036 / speed_kmh, np.nan)


@dataclass(frozen=True)
class Nearest:
    """The nearest station of n points over the network."""

    walk_mm: Int64Array
    """(n,) NO_ROUTE where no station can be reached."""
    station: Int32Array
    """(n,) index of the station, -1 without route."""
    access_mm: Int64Array
    """(n,) the leg from the point to the street it leaves on."""


def _station_arcs(
    network: Network, stations: Snaps, *, outward: bool = False
) -> tuple[Int32Array, Int32Array, FloatArray]:
    """Return (station, node, millimetres) from each station to the ends of the edges it is on.

    Directions are those of a walk towards the station: coverage asks for the way there. `outward`
    asks for the way from the places given.
    """
    row, slot = np.nonzero(stations.edge >= 0)
    edge = stations.edge[row, slot]
    along = stations.along_mm[row, slot].astype(np.int64)
    access = stations.access_mm[row, slot].astype(np.int64)
    direction = network.edge_direction[edge]
    # Towards the station from the first node one walks along the edge, from the last one against it.
    first, last = direction != BACKWARD, direction != FORWARD
    if outward:
        first, last = last, first
    return (
        np.concatenate((row[first], row[last])).astype(np.int32),
        np.concatenate((network.edge_from[edge][first], network.edge_to[edge][last])),
        np.concatenate(
            ((access + along)[first], (access + network.edge_length_mm[edge] - along)[last])
        ).astype(np.float64),
    )


def nearest_station(
    network: Network, stations: Snaps, points: Snaps, limit_mm: int | None = None
) -> Nearest:
    """Find every point's nearest station by one multi-source shortest-path search.

    Parameters
    ----------
    network, stations, points
        Snaps of both on this network.
    limit_mm
        Bound of the way along streets; None searches everything.

    Returns
    -------
    Nearest
        Distance of the walk from the point to the station with both legs.
    """
    distance, source = _search(network, stations, limit_mm)
    who, slot = np.nonzero(stations.edge >= 0)
    order = np.lexsort((who, stations.edge[who, slot]))
    who, slot = who[order], slot[order]
    own_edge = stations.edge[who, slot]
    first_on_edge = np.full(network.edges, -1, dtype=np.int32)
    edges, first = np.unique(own_edge, return_index=True)
    first_on_edge[edges] = first
    best, station, access = _walks(
        points.edge, points.along_mm, points.access_mm,
        network.edge_from, network.edge_to, network.edge_length_mm, network.edge_direction,
        distance, source, first_on_edge, own_edge, who,
        stations.along_mm[who, slot], stations.access_mm[who, slot],
    )  # fmt: skip
    reached = best < FAR // 2
    return Nearest(
        np.where(reached, best, NO_ROUTE),
        np.where(reached, station, -1).astype(np.int32),
        np.where(reached, access, 0),
    )


def _search(
    network: Network, stations: Snaps, limit_mm: int | None
) -> tuple[Int64Array, Int32Array]:
    """Return every node's distance to its nearest station and which one that is.

    Each station is a node of its own with arcs to the ends of its edges, so legs and positions are
    part of the search. Arcs are followed backwards: the result is the way to the station.
    """
    nodes, count = network.nodes, len(stations)
    towards = network.graph if _two_way(network) else network.graph.T.tocsr()
    start, node, length = _station_arcs(network, stations)
    order = np.lexsort((node, start))
    start, node, length = start[order], node[order], length[order]
    indptr = np.concatenate(
        (towards.indptr, towards.indptr[-1] + np.cumsum(np.bincount(start, minlength=count)))
    ).astype(np.int32)
    graph = csr_array(
        (
            np.concatenate((towards.data, length)),
            np.concatenate((towards.indices, node)).astype(np.int32),
            indptr,
        ),
        shape=(nodes + count, nodes + count),
    )
    if count == 0:
        return np.full(nodes, FAR // 2), np.full(nodes, -1, dtype=np.int32)
    found, _, source = dijkstra(
        graph,
        directed=True,
        indices=np.arange(nodes, nodes + count),
        return_predecessors=True,
        min_only=True,
        limit=np.inf if limit_mm is None else float(limit_mm),
    )
    reached = np.isfinite(found[:nodes])
    distance = np.where(reached, found[:nodes], 0).astype(np.int64)
    distance[~reached] = FAR // 2
    return distance, np.where(reached, source[:nodes] - nodes, -1).astype(np.int32)


def _two_way(network: Network) -> bool:
    return not network.edge_direction.any()


@njit(cache=True, nogil=True)
def _walks(  # type: ignore[no-untyped-def]
    edge, along, access, edge_from, edge_to, length, direction,
    distance, source, first_on_edge, own_edge, own_station, own_along, own_access,
):  # fmt: skip
    """Return every point's shortest walk, its station, and the leg it begins with.

    Over nodes first, then walks that stay on one edge where they are shorter still; of equal ones
    the nearer snap, then the first node, then the lower station is taken.
    """
    count = len(edge)
    best = np.full(count, FAR)
    station = np.full(count, -1, dtype=np.int32)
    leg_of = np.zeros(count, dtype=np.int64)
    for p in range(count):
        same, same_station, same_leg = FAR, np.int64(-1), np.int64(0)
        for k in range(edge.shape[1]):
            e = edge[p, k]
            if e < 0:
                continue
            at, leg = np.int64(along[p, k]), np.int64(access[p, k])
            # A one-way edge cannot be walked back to its first node, nor on to its last.
            if direction[e] != 1:
                node = edge_from[e]
                walk = distance[node] + at + leg
                if walk < best[p]:
                    best[p], station[p], leg_of[p] = walk, source[node], leg
            if direction[e] != -1:
                node = edge_to[e]
                walk = distance[node] + length[e] - at + leg
                if walk < best[p]:
                    best[p], station[p], leg_of[p] = walk, source[node], leg
            s = first_on_edge[e]
            while 0 <= s < len(own_edge) and own_edge[s] == e:
                ahead = own_along[s] - at
                if direction[e] == 0 or ahead * direction[e] >= 0:
                    walk = leg + abs(ahead) + own_access[s]
                    if walk < same or (walk == same and own_station[s] < same_station):
                        same, same_station, same_leg = walk, own_station[s], leg
                s += 1
        if same < best[p]:
            best[p], station[p], leg_of[p] = same, same_station, same_leg
    return best, station, leg_of


@dataclass(frozen=True)
class Reach:
    """Nodes reached from one station within a limit, for drawing its service area."""

    node: Int32Array
    distance_mm: Int64Array


class BoundedSearch:
    """One station at a time, only as far as the limit: work grows with the area, not the network.

    Parameters
    ----------
    outward
        Measure the ways from the places given instead of the ways towards them.
    """

    def __init__(self, network: Network, *, outward: bool = False) -> None:
        graph = network.graph if outward or _two_way(network) else network.graph.T.tocsr()
        self.network = network
        self._outward = outward
        self._indptr = graph.indptr
        self._indices = graph.indices
        self._length = graph.data.astype(np.int64)
        self.distance = np.full(network.nodes + 1, FAR, dtype=np.int64)
        """(nodes + 1,) scratch: FAR outside the last search, and always at the end (node -1)."""
        self._last = np.empty(0, dtype=np.int32)

    def run(self, stations: Snaps, limit_mm: int) -> Reach:
        """Fill `distance` with the ways to the nearest of `stations` up to `limit_mm`."""
        self.distance[self._last] = FAR
        _, node, length = _station_arcs(self.network, stations, outward=self._outward)
        self._last = _bounded(
            self._indptr, self._indices, self._length,
            node.astype(np.int32), length.astype(np.int64), limit_mm, self.distance,
        )  # fmt: skip
        return Reach(self._last, self.distance[self._last])


@njit(cache=True, nogil=True)
def _bounded(indptr, indices, length, start, first, limit, distance) -> Any:  # type: ignore[no-untyped-def]
    """Dijkstra's search with a binary heap; returns the reached nodes, leaves others untouched."""
    heap_d = np.empty(256, dtype=np.int64)
    heap_n = np.empty(256, dtype=np.int32)
    reached = np.empty(256, dtype=np.int32)
    size = 0
    count = 0
    pending = len(start)
    node = np.int32(0)
    arc = np.int64(0)
    end_arc = np.int64(0)
    base = np.int64(0)
    while True:
        if pending > 0:  # the stations' own arcs enter first
            pending -= 1
            target, total = start[pending], first[pending]
        elif arc < end_arc:
            target, total = indices[arc], base + length[arc]
            arc += 1
        elif size > 0:
            base, node = heap_d[0], heap_n[0]
            size -= 1
            last_d, last_n = heap_d[size], heap_n[size]
            place = 0
            while True:
                child = 2 * place + 1
                if child >= size:
                    break
                if child + 1 < size and heap_d[child + 1] < heap_d[child]:
                    child += 1
                if heap_d[child] >= last_d:
                    break
                heap_d[place], heap_n[place] = heap_d[child], heap_n[child]
                place = child
            heap_d[place], heap_n[place] = last_d, last_n
            if base == distance[node]:
                arc, end_arc = np.int64(indptr[node]), np.int64(indptr[node + 1])
            continue
        else:
            return reached[:count].copy()
        if total > limit or total >= distance[target]:
            continue
        if distance[target] == FAR:
            if count == len(reached):
                reached = np.concatenate((reached, np.empty(count, dtype=np.int32)))
            reached[count] = target
            count += 1
        distance[target] = total
        if size == len(heap_d):
            heap_d = np.concatenate((heap_d, np.empty(size, dtype=np.int64)))
            heap_n = np.concatenate((heap_n, np.empty(size, dtype=np.int32)))
        place = size
        size += 1
        while place > 0:
            parent = (place - 1) // 2
            if heap_d[parent] <= total:
                break
            heap_d[place], heap_n[place] = heap_d[parent], heap_n[parent]
            place = parent
        heap_d[place], heap_n[place] = total, target
