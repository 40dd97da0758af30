"""The walk of one building to a station: which streets, how far on each, and the line to draw.

One bounded search from the building gives its distance to every station around it. The way itself
needs no predecessors: an edge lies on a shortest way exactly where its length is the difference of the
distances at its ends, so it is followed back from the station. Sums are the same whole millimetres as those
of `gis.travel.nearest_station`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from gis.crs import FloatArray
from gis.network import BACKWARD, BOTH, FORWARD, Network
from gis.snap import SNAPS, Snaps
from gis.travel import FAR, NO_ROUTE, BoundedSearch, Int32Array, Int64Array

ACCESS, STREET, STATION = "access", "street", "station"
EVERYTHING_MM = int(FAR) // 2


@dataclass(frozen=True)
class Leg:
    """A part of a walk: from the building to its street, along one street, or to the station's door."""

    kind: str
    """`access`, `street` or `station`."""
    mm: int
    name: str
    """Name of the street, empty where it has none."""
    street_class: str
    """Class of the longest edge of the leg; of the first and last leg that of the street they meet."""
    lonlat: FloatArray
    """(k, 2) degrees, in the direction of the walk."""


@dataclass(frozen=True)
class Route:
    """A walk with its parts in order: the access leg, streets, the station's leg."""

    legs: tuple[Leg, ...]

    @property
    def walk_mm(self) -> int:
        """Length of the whole walk."""
        return sum(leg.mm for leg in self.legs)

    @property
    def lonlat(self) -> FloatArray:
        """The walk as one line, (k, 2) degrees without repeated vertices."""
        line = np.concatenate([leg.lonlat for leg in self.legs])
        moved = np.ones(len(line), dtype=bool)
        moved[1:] = np.any(line[1:] != line[:-1], axis=1)
        return line[moved]


@dataclass(frozen=True)
class _Piece:
    """A stretch of one edge; against its direction where `start_mm` is more than `end_mm`."""

    edge: int
    start_mm: int
    end_mm: int

    @property
    def mm(self) -> int:
        return abs(self.end_mm - self.start_mm)


class WalksFrom:
    """The walks of one point to whatever lies within a limit.

    Parameters
    ----------
    point
        Snaps of the one point on `network`.
    limit_mm
        Longest walk looked for, inclusive: the work grows with its area, not with the network.
    """

    def __init__(self, network: Network, point: Snaps, limit_mm: int) -> None:
        search = BoundedSearch(network, outward=True)
        self.reached = len(search.run(point, limit_mm).node)
        """Nodes within the limit."""
        self._network = network
        self._limit = limit_mm
        self._distance = search.distance
        self._edge = point.edge[0].astype(np.int64)
        self._along = point.along_mm[0].astype(np.int64)
        self._access = point.access_mm[0].astype(np.int64)

    def walk_mm(self, stations: Snaps) -> Int64Array:
        """Return the walks to stations, (s,) millimetres; NO_ROUTE beyond the limit."""
        if len(stations) == 0:
            return np.empty(0, dtype=np.int64)
        best = self._ways(stations).min(axis=1)
        return np.where(best <= self._limit, best, NO_ROUTE)

    def route(self, station: Snaps, start: FloatArray, end: FloatArray) -> Route | None:
        """Return the walk to one station, None beyond the limit.

        Parameters
        ----------
        station
            Snaps of the one station.
        start, end
            Degrees, shape (2,), of the point and of the station, where the line begins and ends.
        """
        ways = self._ways(station)[0]
        way = int(ways.argmin())
        if ways[way] > self._limit:
            return None
        kind, slot = divmod(way, SNAPS)
        edge = int(station.edge[0, slot])
        at, leg = int(station.along_mm[0, slot]), int(station.access_mm[0, slot])
        if kind >= 2:
            own = kind - 2
            pieces = [_Piece(edge, int(self._along[own]), at)]
        else:
            network = self._network
            node = int((network.edge_from if kind == 0 else network.edge_to)[edge])
            own, pieces = self._back(node)
            pieces.append(_Piece(edge, 0 if kind == 0 else int(network.edge_length_mm[edge]), at))
        return self._described(pieces, int(self._access[own]), leg, start, end)

    def _ways(self, stations: Snaps) -> Int64Array:
        """Return every way to n stations, (n, 15): over an edge's first node, over its last, on the edge itself.

        Three places for the snaps of the station in each group; the third group comes once per snap of
        the point. FAR or more where there is no way.
        """
        network = self._network
        edge = stations.edge.astype(np.int64)
        known = edge >= 0
        at, leg = stations.along_mm.astype(np.int64), stations.access_mm.astype(np.int64)
        direction = network.edge_direction[edge]
        first = self._distance[network.edge_from[edge]] + at
        last = self._distance[network.edge_to[edge]] + network.edge_length_mm[edge] - at
        groups = [
            np.where(known & (direction != BACKWARD), first, FAR),
            np.where(known & (direction != FORWARD), last, FAR),
        ]
        for own in range(SNAPS):
            ahead = at - self._along[own]
            same = known & (edge == self._edge[own])
            open_way = (direction == BOTH) | (ahead * direction >= 0)
            groups.append(np.where(same & open_way, self._access[own] + np.abs(ahead), FAR))
        return np.concatenate([group + leg for group in groups], axis=1)

    def _back(self, node: int) -> tuple[int, list[_Piece]]:
        """Follow tight edges from a node to the point; return the snap it starts on and the pieces in order."""
        network, distance = self._network, self._distance
        begins = self._begins()
        edge_into, from_node = self._tight()
        pieces: list[_Piece] = []
        while (begin := begins.get(node)) is None or begin[0] != distance[node]:
            edge, before = int(edge_into[node]), int(from_node[node])
            length = int(network.edge_length_mm[edge])
            along = int(network.edge_from[edge]) == before
            pieces.append(_Piece(edge, 0, length) if along else _Piece(edge, length, 0))
            node = before
        _, own, piece = begin
        return own, [piece, *reversed(pieces)]

    def _begins(self) -> dict[int, tuple[int, int, _Piece]]:
        """Return by node the shortest way from the point to it on one edge: length, snap, piece."""
        network = self._network
        found: dict[int, tuple[int, int, _Piece]] = {}
        for own, edge in enumerate(self._edge.tolist()):
            if edge < 0:
                continue
            at, leg = int(self._along[own]), int(self._access[own])
            length, direction = int(network.edge_length_mm[edge]), network.edge_direction[edge]
            ends = []
            if direction != FORWARD:
                ends.append((int(network.edge_from[edge]), _Piece(edge, at, 0)))
            if direction != BACKWARD:
                ends.append((int(network.edge_to[edge]), _Piece(edge, at, length)))
            for node, piece in ends:
                if node not in found or leg + piece.mm < found[node][0]:
                    found[node] = (leg + piece.mm, own, piece)
        return found

    def _tight(self) -> tuple[Int32Array, Int32Array]:
        """Return for every node an edge on a shortest way to it and the node before, -1 without one.

        Of several the edge with the lowest number, so that equal inputs give equal lines.
        """
        network, distance = self._network, self._distance
        reached = distance[: network.nodes] < FAR
        near = np.flatnonzero(reached[network.edge_from])
        near = near[reached[network.edge_to[near]]]
        length, direction = network.edge_length_mm[near], network.edge_direction[near]
        start, end = distance[network.edge_from[near]], distance[network.edge_to[near]]
        along = near[(direction != BACKWARD) & (start + length == end)]
        against = near[(direction != FORWARD) & (end + length == start)]
        edge = np.concatenate((along, against))
        into = np.concatenate((network.edge_to[along], network.edge_from[against]))
        before = np.concatenate((network.edge_from[along], network.edge_to[against]))
        order = np.lexsort((edge, into))
        edge, into, before = edge[order], into[order], before[order]
        lowest = np.ones(len(into), dtype=bool)
        lowest[1:] = into[1:] != into[:-1]
        edge_into = np.full(network.nodes, -1, dtype=np.int32)
        from_node = np.full(network.nodes, -1, dtype=np.int32)
        edge_into[into[lowest]], from_node[into[lowest]] = edge[lowest], before[lowest]
        return edge_into, from_node

    def _described(
        self,
        pieces: list[_Piece],
        access_mm: int,
        station_mm: int,
        start: FloatArray,
        end: FloatArray,
    ) -> Route:
        network = self._network

        def street(piece: _Piece) -> tuple[str, str]:
            """Streets with a name are one whatever their class; nameless ones are told apart by it."""
            name = str(network.edge_name[piece.edge])
            return name, "" if name else str(network.edge_class[piece.edge])

        def meets(kind: str, piece: _Piece, mm: int, line: FloatArray) -> Leg:
            return Leg(
                kind,
                mm,
                str(network.edge_name[piece.edge]),
                str(network.edge_class[piece.edge]),
                line,
            )

        lines = [cut_edge(network, piece.edge, piece.start_mm, piece.end_mm) for piece in pieces]
        legs = [meets(ACCESS, pieces[0], access_mm, np.stack((start, lines[0][0])))]
        walked = [(piece, line) for piece, line in zip(pieces, lines, strict=True) if piece.mm > 0]
        for (name, _), group in groupby(walked, key=lambda item: street(item[0])):
            parts = list(group)
            longest = max((piece for piece, _ in parts), key=lambda piece: piece.mm)
            line = np.concatenate([parts[0][1][:1], *(part[1:] for _, part in parts)])
            kind = str(network.edge_class[longest.edge])
            legs.append(Leg(STREET, sum(piece.mm for piece, _ in parts), name, kind, line))
        legs.append(meets(STATION, pieces[-1], station_mm, np.stack((lines[-1][-1], end))))
        return Route(tuple(legs))


def cut_edge(network: Network, edge: int, start_mm: int, end_mm: int) -> FloatArray:
    """Return the line of an edge between two positions along it, (k, 2) degrees with k of at least 2.

    It runs against the edge where `start_mm` is more than `end_mm`.
    """
    part = slice(int(network.vertex_offsets[edge]), int(network.vertex_offsets[edge + 1]))
    along, lonlat = network.vertex_along_mm[part], network.vertex_lonlat[part]
    low, high = sorted((start_mm, end_mm))
    if low == 0 and high == along[-1]:
        return lonlat if start_mm == 0 else lonlat[::-1]
    ends = np.column_stack([np.interp((low, high), along, lonlat[:, axis]) for axis in (0, 1)])
    inner = lonlat[(along > low) & (along < high)]
    line = np.concatenate((ends[:1], inner, ends[1:]))
    return line if start_mm <= end_mm else line[::-1]


def walk_to(
    network: Network, point: Snaps, station: Snaps, at_least_mm: int
) -> tuple[WalksFrom, int]:
    """Search from a point ever farther until one station is found or the streets end.

    Parameters
    ----------
    at_least_mm
        The first limit; then 4 and 16 times as far, and at last everything.

    Returns
    -------
    WalksFrom, int
        The last search, and the walk to the station, NO_ROUTE where no way leads there.
    """
    for limit in (at_least_mm, 4 * at_least_mm, 16 * at_least_mm, EVERYTHING_MM):
        search = WalksFrom(network, point, limit)
        found = int(search.walk_mm(station)[0])
        if found != NO_ROUTE:
            break
    return search, found
