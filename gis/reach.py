"""Every building in reach of every station, with its walk: what capacities, what-if and siting start from.

`nearest_station` answers with one station per building; here each station is searched alone, as far as the
limit, so that closing one leaves the others' answers as they are. Walks are those of `gis.travel`, in whole
millimetres, both legs included.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.network import Network
from gis.snap import Snaps
from gis.travel import FAR, BoundedSearch

Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]


@dataclass(frozen=True)
class Reaches:
    """Pairs of s stations and the buildings within their limit.

    `point[start[s]:start[s + 1]]` are the buildings that station s reaches, ascending.
    """

    start: Int64Array
    """(s + 1,)"""
    point: Int32Array
    """(pairs,)"""
    walk_mm: Int64Array
    """(pairs,)"""

    @property
    def stations(self) -> int:
        """Number of stations."""
        return len(self.start) - 1

    @property
    def station(self) -> Int32Array:
        """(pairs,) the station of each pair."""
        return np.repeat(np.arange(self.stations, dtype=np.int32), np.diff(self.start))

    def of(self, station: int) -> tuple[Int32Array, Int64Array]:
        """Return the buildings one station reaches, and their walks."""
        part = slice(self.start[station], self.start[station + 1])
        return self.point[part], self.walk_mm[part]

    def nearest(self, points: int) -> tuple[Int64Array, Int32Array]:
        """Return the shortest walk of `points` buildings and its station; -1 where none is in reach.

        Of equal walks the station that comes first is taken.
        """
        walk = np.full(points, FAR, dtype=np.int64)
        who = np.full(points, -1, dtype=np.int32)
        _nearest(self.start, self.point, self.walk_mm, walk, who)
        return np.where(who >= 0, walk, -1), who


def join_reaches(parts: list[tuple[Int32Array, Int64Array]]) -> Reaches:
    """Put the answers for single stations together, in the order given."""
    start = np.zeros(len(parts) + 1, dtype=np.int64)
    np.cumsum([len(point) for point, _ in parts], out=start[1:])
    if not parts:
        return Reaches(start, np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64))
    return Reaches(
        start,
        np.concatenate([point for point, _ in parts]),
        np.concatenate([walk for _, walk in parts]),
    )


class ReachSearch:
    """Searches from single stations over one network to n points snapped to it."""

    def __init__(self, network: Network, points: Snaps) -> None:
        self.network = network
        self.points = points
        self._search = BoundedSearch(network)
        self._best = np.full(len(points), FAR, dtype=np.int64)

    @cached_property
    def _on_edge(self) -> tuple[Int64Array, Int32Array, Int64Array, Int64Array]:
        """Snaps by edge: start (e + 1,), then point, millimetres along, and leg of each."""
        who, slot = np.nonzero(self.points.edge >= 0)
        edge = self.points.edge[who, slot]
        order = np.argsort(edge, kind="stable")
        who, slot = who[order], slot[order]
        start = np.zeros(self.network.edges + 1, dtype=np.int64)
        np.cumsum(np.bincount(edge, minlength=self.network.edges), out=start[1:])
        return (
            start,
            who.astype(np.int32),
            self.points.along_mm[who, slot].astype(np.int64),
            self.points.access_mm[who, slot].astype(np.int64),
        )

    @cached_property
    def _at_node(self) -> tuple[Int64Array, Int32Array]:
        """Edges by node: start (n + 1,) and the edges that begin or end there."""
        node = np.concatenate((self.network.edge_from, self.network.edge_to))
        edge = np.tile(np.arange(self.network.edges, dtype=np.int32), 2)
        start = np.zeros(self.network.nodes + 1, dtype=np.int64)
        np.cumsum(np.bincount(node, minlength=self.network.nodes), out=start[1:])
        return start, edge[np.argsort(node, kind="stable")]

    def run(self, stations: Snaps, limit_mm: int) -> tuple[Int32Array, Int64Array]:
        """Return the points within `limit_mm` of the nearest of `stations`, ascending, and their walks."""
        reached = self._search.run(stations, limit_mm)
        network = self.network
        who, slot = np.nonzero(stations.edge >= 0)
        point = _points(
            reached.node, self._search.distance, *self._at_node,
            network.edge_from, network.edge_to, network.edge_length_mm, network.edge_direction,
            *self._on_edge,
            stations.edge[who, slot], stations.along_mm[who, slot].astype(np.int64),
            stations.access_mm[who, slot].astype(np.int64), limit_mm, self._best,
        )  # fmt: skip
        point.sort()
        walk = self._best[point]
        self._best[point] = FAR
        return point, walk

    def run_each(self, stations: Snaps, limit_mm: int) -> Reaches:
        """Search every station alone."""
        return join_reaches(
            [self.run(stations.take(slice(n, n + 1)), limit_mm) for n in range(len(stations))]
        )


@njit(cache=True, nogil=True)
def _nearest(start, point, walk, best, who):  # type: ignore[no-untyped-def]
    for s in range(len(start) - 1):
        for k in range(start[s], start[s + 1]):
            p = point[k]
            if walk[k] < best[p]:
                best[p] = walk[k]
                who[p] = s


@njit(cache=True, nogil=True)
def _points(  # type: ignore[no-untyped-def]
    nodes, distance, node_start, node_edge, edge_from, edge_to, length, direction,
    start, point, along, access, own_edge, own_along, own_access, limit, best,
):  # fmt: skip
    """Write the walks within the limit into `best` and return whose they are.

    The rules of `gis.travel._walks`: to either end of the edge as its direction allows, or along the
    edge itself where a station is on it.
    """
    found = np.empty(256, dtype=np.int32)
    count = 0
    for i in range(len(nodes) + len(own_edge)):
        own = i >= len(nodes)
        node = np.int32(-1) if own else nodes[i]
        first = np.int64(0) if own else node_start[node]
        last = np.int64(1) if own else node_start[node + 1]
        for j in range(first, last):
            e = own_edge[i - len(nodes)] if own else node_edge[j]
            for k in range(start[e], start[e + 1]):
                at, leg = along[k], access[k]
                walk = FAR
                if own:
                    ahead = own_along[i - len(nodes)] - at
                    if direction[e] == 0 or ahead * direction[e] >= 0:
                        walk = leg + abs(ahead) + own_access[i - len(nodes)]
                else:
                    if edge_from[e] == node and direction[e] != 1:
                        walk = distance[node] + at + leg
                    if edge_to[e] == node and direction[e] != -1:
                        walk = min(walk, distance[node] + length[e] - at + leg)
                p = point[k]
                if walk > limit or walk >= best[p]:
                    continue
                if best[p] == FAR:
                    if count == len(found):
                        found = np.concatenate((found, np.empty(count, dtype=np.int32)))
                    found[count] = p
                    count += 1
                best[p] = walk
    return found[:count].copy()
