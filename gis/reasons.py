"""Why a building is served, or is not: facts about its walks become reasons, the most telling first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from gis.barriers import CUTS_AS, RANK
from gis.crs import FloatArray, geodesic_mm
from gis.network import BoolArray, Network
from gis.snap import BLOCKED, NO_NETWORK, REACHABLE, TOO_FAR, Snaps

DETOUR_FACTOR = 2.0
"""Walk over straight line from which a barrier on that line counts as the reason, inclusive."""
WATER = {"water": "river"}
"""The shore of a lake parts as a river does."""
OPEN, PLANNED, CLOSED = "open", "planned", "closed"
CODES = (
    "within",
    "capacity_used",
    "no_network",
    "walled_in",
    "no_street_within_250m",
    "different_network",
    "barrier_between",
    "not_open_yet",
    "closed",
    "none_in_reach",
    "wrong_category",
)
"""Every reason there is, in the order in which they are told."""


@dataclass(frozen=True)
class StationWalk:
    """A station as seen from one building."""

    code: str
    category: str
    state: str
    """`open`, `planned` (not yet open) or `closed`, on the day of the question."""
    walk_mm: int
    """NO_ROUTE where no way leads there."""
    straight_mm: int


@dataclass(frozen=True)
class BarrierLine:
    """A line nobody walks across."""

    barrier_class: str
    name: str | None
    line: Any
    """shapely line in the same plane as the points it is compared with."""


@dataclass(frozen=True)
class Pocket:
    """The connected streets a building stands on."""

    street_mm: int
    """Their length altogether."""
    gate: FloatArray | None
    """(2,) degrees of the nearest closed gate between them and other streets; None without one."""


@dataclass(frozen=True)
class Facts:
    """What is known about one building in one question."""

    snap_state: int
    """A state of `gis.snap`."""
    category: str
    limit_mm: int
    nearest: StationWalk | None
    """The open station of the category that is nearest on foot."""
    straightest: StationWalk | None
    """The one that is nearest in a straight line."""
    in_reach: Sequence[StationWalk] = ()
    """Stations of any category and state within the limit."""
    street_mm: int | None = None
    """To the nearest street whatever stands between; None beyond the distance of `no_network`."""
    pocket: Pocket | None = None
    barriers: dict[str, BarrierLine] = field(default_factory=dict)
    """The barrier across the straight line to a station, by its code."""
    wall: BarrierLine | None = None
    """The barrier across the straight line to the nearest street."""
    over_capacity: int = 0
    """Households of this building for whom every place in reach is taken, where capacities are allocated."""
    given: str | None = None
    """The station that has taken households of this building in, where capacities are allocated."""


@dataclass(frozen=True)
class Reason:
    """One of `CODES`, and what it is about; what does not belong to it is None."""

    code: str
    station: StationWalk | None = None
    more: int = 0
    """How many other stations it is true of."""
    over_mm: int | None = None
    """How much farther than the limit; of `within` how much is left."""
    street_mm: int | None = None
    barrier: BarrierLine | None = None
    detour: float | None = None
    """Walk over straight line; None where there is no way round."""
    gate: FloatArray | None = None


def reasons(facts: Facts) -> list[Reason]:
    """Return why a building is or is not served, the most telling reason first; never empty.

    What keeps it from any walk comes first, then what makes the walk long or the stations unusable, then
    the bare figure, at last what there is of other categories.
    """
    within = facts.nearest is not None and 0 <= facts.nearest.walk_mm <= facts.limit_mm
    if within:
        return _within(facts)
    found = [
        *_without_way(facts),
        *_barrier(facts),
        *_not_in_use(facts, PLANNED, "not_open_yet"),
        *_not_in_use(facts, CLOSED, "closed"),
    ]
    if facts.nearest is not None and facts.nearest.walk_mm >= 0:
        over = facts.nearest.walk_mm - facts.limit_mm
        found.append(Reason("none_in_reach", facts.nearest, over_mm=over))
    others = [
        item for item in facts.in_reach if item.category != facts.category and item.state == OPEN
    ]
    if others:
        found.append(Reason("wrong_category", _first(others), more=len(others) - 1))
    return found


def _within(facts: Facts) -> list[Reason]:
    own = [
        item for item in facts.in_reach if item.category == facts.category and item.state == OPEN
    ]
    known = {item.code: item for item in own}
    found = []
    if facts.over_capacity and own:
        found.append(Reason("capacity_used", _first(own), more=len(own) - 1))
    if facts.given is not None or not found:
        taken = known.get(facts.given or "", facts.nearest)
        assert taken is not None  # noqa: S101 - whoever is within has a nearest station
        found.append(Reason("within", taken, over_mm=facts.limit_mm - taken.walk_mm))
    return found


def _without_way(facts: Facts) -> list[Reason]:
    if facts.snap_state == NO_NETWORK:
        return [Reason("no_network")]
    if facts.snap_state == TOO_FAR:
        return [Reason("no_street_within_250m", street_mm=facts.street_mm)]
    if facts.snap_state == BLOCKED:
        return [Reason("walled_in", street_mm=facts.street_mm, barrier=facts.wall)]
    if facts.nearest is None or facts.nearest.walk_mm < 0:
        pocket = facts.pocket
        return [
            Reason(
                "different_network",
                facts.straightest,
                street_mm=None if pocket is None else pocket.street_mm,
                gate=None if pocket is None else pocket.gate,
            )
        ]
    return []


def _barrier(facts: Facts) -> list[Reason]:
    """Return the barrier that makes a walk long to a station that is near in a straight line."""
    if facts.snap_state != REACHABLE:
        return []
    for item in (facts.straightest, facts.nearest):
        if item is None or item.straight_mm > facts.limit_mm:
            continue  # too far even without a barrier
        line = facts.barriers.get(item.code)
        factor = detour(item)
        if line is not None and (factor is None or factor >= DETOUR_FACTOR):
            return [Reason("barrier_between", item, barrier=line, detour=factor)]
    return []


def _not_in_use(facts: Facts, state: str, code: str) -> list[Reason]:
    found = [
        item for item in facts.in_reach if item.category == facts.category and item.state == state
    ]
    return [Reason(code, _first(found), more=len(found) - 1)] if found else []


def _first(stations: Sequence[StationWalk]) -> StationWalk:
    return min(stations, key=lambda item: (item.walk_mm, item.code))


def detour(station: StationWalk) -> float | None:
    """Return walk over straight line, None without a walk or on the spot."""
    if station.walk_mm < 0 or station.straight_mm <= 0:
        return None
    return station.walk_mm / station.straight_mm


def barrier_across(
    start: FloatArray, end: FloatArray, barriers: Sequence[BarrierLine]
) -> BarrierLine | None:
    """Return the barrier that crosses the straight line between two points, None where none does.

    Of several the strongest class (`gis.barriers`), then the one nearest to the start, then the first.
    Points are (2,) in the plane of the barriers. A line that only begins or ends on a barrier does not cross it.
    """
    straight = shapely.LineString([start, end])
    origin = shapely.Point(start)
    crossed = []
    for number, item in enumerate(barriers):
        if shapely.crosses(item.line, straight):
            rank = RANK.get((CUTS_AS | WATER).get(item.barrier_class, ""), len(RANK))
            away = float(shapely.distance(shapely.intersection(item.line, straight), origin))
            crossed.append((rank, away, number))
    return barriers[min(crossed)[2]] if crossed else None


def pocket_of(network: Network, point: Snaps, here: FloatArray) -> Pocket | None:
    """Return the connected streets around one snapped point at `here` (degrees), None where it has no snap.

    A closed gate ends every street that meets there in a node of its own, so it is where a node of these
    streets has the very place of a node of others.
    """
    edges = point.edge[0][point.edge[0] >= 0]
    if len(edges) == 0:
        return None
    component = network.component
    own: BoolArray = np.isin(component, component[network.edge_from[edges]])
    length = int(network.edge_length_mm[own[network.edge_from]].sum())
    place = np.ascontiguousarray(network.node_lonlat).view(np.complex128).ravel()
    shared = np.flatnonzero(own)[np.isin(place[own], place[~own])]
    if len(shared) == 0:
        return Pocket(length, None)
    gates = network.node_lonlat[shared]
    away = geodesic_mm(np.broadcast_to(here, gates.shape), gates)
    return Pocket(length, gates[int(away.argmin())])
