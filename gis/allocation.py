"""Who is served where stations have a capacity: three classes that always add up.

The rule. Pairs of a building and a station in reach are taken by walk, the shortest first (then by
building, then by station): the building's households that have no place yet take the station's free places.
Where somebody is left without a place although others could move to a station with room, they move, the
nearest such moves first, until no chain of moves serves one household more. So the number of households
served is the largest there can be: more stations, places, minutes or paths never lower it. A building's
households may be shared out among stations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.errors import RefusedInputError
from gis.reach import Reaches

Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

UNLIMITED = -1
ENDLESS = np.int64(2**62)


@dataclass(frozen=True)
class Allocation:
    """Households of n buildings by class, and of s stations by load."""

    served: Int64Array
    """(n,) in reach and with a place."""
    over_capacity: Int64Array
    """(n,) in reach, but every place is taken."""
    out_of_reach: Int64Array
    """(n,) no station in reach."""
    load: Int64Array
    """(s,) households each station serves."""
    pair: Int64Array
    """(m,) pairs of the reaches that serve somebody, ascending."""
    households: Int64Array
    """(m,) how many."""


def allocate(
    reaches: Reaches,
    households: Int64Array,
    capacity: Int64Array,
    allowed: BoolArray | None = None,
    order: Int64Array | None = None,
) -> Allocation:
    """Give every household in reach a place, as far as there are places.

    Parameters
    ----------
    reaches
        Pairs within the limit.
    households
        (n,) of each building.
    capacity
        (s,) households each station can serve, `UNLIMITED` for any number.
    allowed
        (pairs,) False where a building may not use a station in reach; all may if left out.
    order
        (pairs,) `pair_order(reaches)` where it is known already.

    Raises
    ------
    RefusedInputError
        `bad_capacity` for a capacity below zero, `bad_households` for households below zero.
    """
    if (capacity < UNLIMITED).any():
        raise RefusedInputError("bad_capacity", "a capacity is a whole number from 0")
    if (households < 0).any():
        raise RefusedInputError("bad_households", "households are whole numbers from 0")
    usable = np.ones(len(reaches.point), dtype=np.bool_) if allowed is None else allowed
    in_reach = np.zeros(len(households), dtype=np.bool_)
    in_reach[reaches.point[usable]] = True
    demand = np.where(in_reach, households, 0).astype(np.int64)
    room = np.where(capacity == UNLIMITED, ENDLESS, capacity).astype(np.int64)
    given = np.zeros(len(reaches.point), dtype=np.int64)
    station = reaches.station
    _greedy(
        pair_order(reaches) if order is None else order, reaches.point, station, usable, demand, room, given
    )  # fmt: skip
    if demand.any() and room.any():
        by_point = np.argsort(reaches.point, kind="stable")
        point_start = np.zeros(len(households) + 1, dtype=np.int64)
        np.cumsum(np.bincount(reaches.point, minlength=len(households)), out=point_start[1:])
        by_station = np.lexsort((reaches.point, reaches.walk_mm, station))
        _move(
            reaches.start, by_station, point_start, by_point, reaches.point, station, usable,
            demand, room, given,
        )  # fmt: skip
    pair = np.flatnonzero(given)
    load = np.bincount(station[pair], weights=given[pair], minlength=reaches.stations)
    served = np.bincount(reaches.point[pair], weights=given[pair], minlength=len(households))
    return Allocation(
        served.astype(np.int64),
        demand,
        np.where(in_reach, 0, households).astype(np.int64),
        load.astype(np.int64),
        pair.astype(np.int64),
        given[pair],
    )


def pair_order(reaches: Reaches) -> Int64Array:
    """Return the pairs by walk, then building, then station."""
    # Pairs stand by station and building already: stable sorting leaves ties in that order.
    by_building = np.argsort(reaches.point, kind="stable")
    return by_building[np.argsort(reaches.walk_mm[by_building], kind="stable")].astype(np.int64)


@njit(cache=True, nogil=True)
def _greedy(order, point, station, usable, demand, room, given):  # type: ignore[no-untyped-def]
    for k in order:
        if not usable[k]:
            continue
        p, s = point[k], station[k]
        take = min(demand[p], room[s])
        if take > 0:
            demand[p] -= take
            room[s] -= take
            given[k] += take


@njit(cache=True, nogil=True)
def _move(  # type: ignore[no-untyped-def]
    station_start, by_station, point_start, by_point, point, station, usable, demand, room, given
):
    """Serve whoever is left over by chains of moves, until no chain ends at a station with room.

    Breadth first from the stations with room: a station leads on to those whose households can move to
    it. `leads[s]` is the pair (building, next station) by which s frees places, `gives[s]` the pair by
    which that building is at s now.
    """
    stations = len(station_start) - 1
    leads = np.empty(stations, dtype=np.int64)
    gives = np.empty(stations, dtype=np.int64)
    seen = np.empty(stations, dtype=np.bool_)
    queue = np.empty(stations, dtype=np.int32)
    progress = True
    while progress:
        progress = False
        size = 0
        seen[:] = False
        for s in range(stations):
            if room[s] > 0:
                seen[s] = True
                leads[s] = -1
                queue[size] = s
                size += 1
        head = 0
        while head < size:
            t = queue[head]
            head += 1
            for i in range(station_start[t], station_start[t + 1]):
                to = by_station[i]
                if not usable[to]:
                    continue
                p = point[to]
                for j in range(point_start[p], point_start[p + 1]):
                    at = by_point[j]
                    s = station[at]
                    if given[at] > 0 and not seen[s]:
                        seen[s] = True
                        leads[s] = to
                        gives[s] = at
                        queue[size] = s
                        size += 1
        for p in range(len(demand)):
            if demand[p] == 0:
                continue
            for j in range(point_start[p], point_start[p + 1]):
                k = by_point[j]
                if not usable[k] or not seen[station[k]]:
                    continue
                while demand[p] > 0:
                    amount = demand[p]
                    s = station[k]
                    while leads[s] >= 0:  # down the chain to the station with room
                        amount = min(amount, given[gives[s]])
                        s = station[leads[s]]
                    amount = min(amount, room[s])
                    if amount == 0:
                        break  # the chain is used up: searched anew in the next round
                    room[s] -= amount
                    s = station[k]
                    while leads[s] >= 0:
                        given[gives[s]] -= amount
                        given[leads[s]] += amount
                        s = station[leads[s]]
                    given[k] += amount
                    demand[p] -= amount
                    progress = True


def merge_orders(reaches: Reaches, first: Int64Array, second: Int64Array) -> Int64Array:
    """Return two lists of pairs, each in the order of `pair_order`, as one list in that order."""
    out = np.empty(len(first) + len(second), dtype=np.int64)
    _merge(first, second, reaches.walk_mm, reaches.point, reaches.station, out)
    return out


@njit(cache=True, nogil=True)
def _merge(first, second, walk, point, station, out):  # type: ignore[no-untyped-def]
    i = j = 0
    for k in range(len(out)):
        take = j == len(second)
        if not take and i < len(first):
            a, b = first[i], second[j]
            if walk[a] != walk[b]:
                take = walk[a] < walk[b]
            elif point[a] != point[b]:
                take = point[a] < point[b]
            else:
                take = station[a] < station[b]
        if take:
            out[k] = first[i]
            i += 1
        else:
            out[k] = second[j]
            j += 1
