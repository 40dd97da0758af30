"""What stands around one building: its walks to stations of any kind, its streets, what parts it from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gis.crs import FloatArray, geodesic_mm, to_metric
from gis.network import Network
from gis.reasons import OPEN, BarrierLine, Facts, StationWalk, barrier_across, pocket_of
from gis.route import Route, WalksFrom, walk_to
from gis.snap import BLOCKED, NO_NETWORK, REACHABLE, TOO_FAR, SegmentIndex, Snaps
from gis.travel import NO_ROUTE, Int64Array

BarriersNear = Callable[[FloatArray], Sequence[BarrierLine]]
"""Returns the barriers that may touch a box (west, south, east, north) of the metric zone."""


@dataclass(frozen=True)
class StationSet:
    """s stations of every category, ordered by code."""

    code: Sequence[str]
    category: Sequence[str]
    state: Sequence[str]
    """`open`, `planned` or `closed` on the day of the question."""
    lonlat: FloatArray
    """(s, 2) degrees."""

    def __len__(self) -> int:
        return len(self.code)

    def open_of(self, category: str) -> list[int]:
        """Return the places of the open stations of a category."""
        return [
            n
            for n, (kind, state) in enumerate(zip(self.category, self.state, strict=True))
            if kind == category and state == OPEN
        ]


@dataclass(frozen=True)
class Building:
    """One building on its network."""

    lonlat: FloatArray
    """(2,) degrees."""
    xy: FloatArray
    """(2,) in the network's metric zone."""
    snaps: Snaps
    """Of this one point."""


@dataclass(frozen=True)
class Around:
    """The facts about a building, and the walk to its nearest station."""

    facts: Facts
    route: Route | None


def look_around(
    index: SegmentIndex,
    building: Building,
    stations: StationSet,
    at: Snaps,
    barriers_near: BarriersNear,
    category: str,
    limit_mm: int,
    nearest: tuple[int, int] | None,
) -> Around:
    """Gather the facts about one building on a network.

    Parameters
    ----------
    stations, at
        The stations and their snaps on this network.
    limit_mm
        Longest walk that counts as reach, inclusive.
    nearest
        Place and walk (mm) of the open station of the category that is nearest on foot, as
        `gis.travel.nearest_station` found it; None without a route.

    Returns
    -------
    Around
        Its route is as long as the walk in `nearest`.
    """
    network, snaps = index.network, building.snaps
    straight = geodesic_mm(np.broadcast_to(building.lonlat, stations.lonlat.shape), stations.lonlat)
    reach = max(limit_mm, 0 if nearest is None else nearest[1])
    search = WalksFrom(network, snaps, reach)
    walks = search.walk_mm(at)
    route, found = None, None
    if nearest is not None:
        place, walks[nearest[0]] = nearest
        found = _seen(stations, place, walks, straight)
        route = search.route(at.take([place]), building.lonlat, stations.lonlat[place])
    straightest = _straightest(stations, category, straight)
    if straightest is not None:
        walks[straightest] = _walk_to(
            network, snaps, at.take([straightest]), reach, walks[straightest]
        )
    street = index.nearest_street(building.xy) if snaps.state[0] in {TOO_FAR, BLOCKED} else None
    lost = snaps.state[0] == REACHABLE and nearest is None
    sights = {place for place in (straightest, nearest and nearest[0]) if place is not None}
    return Around(
        Facts(
            snap_state=int(snaps.state[0]),
            category=category,
            limit_mm=limit_mm,
            nearest=found,
            straightest=None
            if straightest is None
            else _seen(stations, straightest, walks, straight),
            in_reach=[
                _seen(stations, place, walks, straight)
                for place in np.flatnonzero((walks >= 0) & (walks <= limit_mm)).tolist()
            ],
            street_mm=None if street is None else street.mm,
            pocket=pocket_of(network, snaps, building.lonlat) if lost else None,
            barriers={
                stations.code[place]: line
                for place in sorted(sights)
                if straight[place] <= limit_mm
                and (
                    line := _between(
                        building.xy,
                        to_metric(stations.lonlat[[place]], network.metric_crs)[0],
                        barriers_near,
                    )
                )
                is not None
            },
            wall=None if street is None else _between(building.xy, street.xy, barriers_near),
        ),
        route,
    )


def without_streets(
    lonlat: FloatArray, stations: StationSet, category: str, limit_mm: int
) -> Facts:
    """Return the facts about a building on no network at all: straight lines only."""
    straight = geodesic_mm(np.broadcast_to(lonlat, stations.lonlat.shape), stations.lonlat)
    walks = np.full(len(stations), NO_ROUTE, dtype=np.int64)
    place = _straightest(stations, category, straight)
    seen = None if place is None else _seen(stations, place, walks, straight)
    return Facts(NO_NETWORK, category, limit_mm, None, seen)


def _straightest(stations: StationSet, category: str, straight: Int64Array) -> int | None:
    places = stations.open_of(category)
    return min(places, key=lambda place: (int(straight[place]), place)) if places else None


def _seen(stations: StationSet, place: int, walks: Int64Array, straight: Int64Array) -> StationWalk:
    return StationWalk(
        stations.code[place],
        stations.category[place],
        stations.state[place],
        int(walks[place]),
        int(straight[place]),
    )


def _walk_to(network: Network, point: Snaps, station: Snaps, searched_mm: int, known: int) -> int:
    """Return the walk to a station near in a straight line, however long; streets that never meet are not searched."""
    if known != NO_ROUTE:
        return int(known)
    here, there = (
        network.component[network.edge_from[snaps.edge[0][snaps.edge[0] >= 0]]]
        for snaps in (point, station)
    )
    if not np.isin(here, there).any():
        return NO_ROUTE
    return walk_to(network, point, station, 2 * searched_mm)[1]


def _between(start: FloatArray, end: FloatArray, near: BarriersNear) -> BarrierLine | None:
    box = np.concatenate((np.minimum(start, end), np.maximum(start, end)))
    return barrier_across(start, end, near(box))
