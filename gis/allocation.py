"""Who is served where stations have a capacity: three classes that always add up.

The rule. Pairs of a building and a station in reach are taken by walk, the shortest first (then by
building, then by station): the building's households that have no place yet take the station's free places.
Where somebody is left without a place although others could move to a station with room, they move, until no
chain of moves serves one household more; among buildings with the same stations in reach the nearest have the
places. So the number of households served is the largest there can be: more stations, places, minutes or
paths never lower it. A building's households may be shared out among stations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.chains import Given, serve_more
from gis.errors import RefusedInputError
from gis.pairs import Change, Classes, Pairs, group_again, merge_pairs, rank_pairs
from gis.reach import Reaches

Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

UNLIMITED = -1
ENDLESS = np.int64(2**62)


@dataclass(frozen=True)
class Served:
    """Households of n buildings by class, and of s stations by load."""

    served: Int64Array
    """(n,) in reach and with a place."""
    over_capacity: Int64Array
    """(n,) in reach, but every place is taken."""
    out_of_reach: Int64Array
    """(n,) no station in reach."""
    load: Int64Array
    """(s,) households each station serves."""


@dataclass(frozen=True)
class Allocation(Served):
    """The same, with who is served where."""

    pair: Int64Array
    """(m,) pairs of the reaches that serve somebody, ascending."""
    households: Int64Array
    """(m,) how many."""


@dataclass(frozen=True)
class Changed:
    """Stations after a change, t of them."""

    source: Int64Array
    """(t,) the station before whose pairs it keeps, ascending; -1 where its pairs are all in `fresh`."""
    capacity: Int64Array
    """(t,)"""
    fresh: tuple[Int32Array, Int32Array, Int64Array]
    """(f,) buildings, stations (as numbered now) and walks of the pairs of those."""


def allocate(
    reaches: Reaches,
    households: Int64Array,
    capacity: Int64Array,
    allowed: BoolArray | None = None,
    pairs: Pairs | None = None,
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
    pairs
        `rank_pairs(reaches, n, allowed)` where it is known already.

    Raises
    ------
    RefusedInputError
        `bad_capacity` for a capacity below zero, `bad_households` for households below zero.
    """
    _check(households, capacity)
    pairs = rank_pairs(reaches, len(households), allowed) if pairs is None else pairs
    reached = np.where(pairs.classes.kind >= 0, households, 0)
    demand = reached.copy()
    given = _give(pairs.point, pairs.station, pairs.classes, demand, _room(capacity))
    load = _loads(pairs.station, *given, len(capacity))
    pair, count = pairs.number[given[0]].astype(np.int64), given[1]
    ascending = np.argsort(pair)
    return Allocation(
        reached - demand, demand, households - reached, load, pair[ascending], count[ascending]
    )


def reallocate(
    before: Served, pairs: Pairs, households: Int64Array, capacity: Int64Array, changed: Changed
) -> Served:
    """Return what `allocate` finds after a change, looking only at the pieces that it touches.

    Parameters
    ----------
    before
        The allocation before, of `pairs`, `households` and `capacity`.
    changed
        The stations now.

    Raises
    ------
    RefusedInputError
        As `allocate`.
    """
    _check(households, changed.capacity)
    source, (point, _, _) = changed.source, changed.fresh
    kept = np.flatnonzero(source >= 0)
    became = np.full(len(capacity), -1, dtype=np.int32)
    became[source[kept]] = kept
    other = became < 0
    other[source[kept]] = capacity[source[kept]] != changed.capacity[kept]
    classes = pairs.classes
    piece_of = pairs.piece[classes.station[classes.start[:-1]]]
    touched = np.zeros(len(capacity), dtype=np.bool_)
    touched[pairs.piece[other]] = True
    kinds = classes.kind[point]
    touched[piece_of[kinds[kinds >= 0]]] = True
    became[~touched[pairs.piece]] = -1
    rows = np.append(touched[piece_of], False)[classes.kind]  # those without a station come last
    rows[point] = True
    change = Change(became, rows, *changed.fresh)
    again = np.ones(len(source), dtype=np.bool_)
    again[kept] = touched[pairs.piece[source[kept]]]

    classes = group_again(classes, change)
    by_walk = merge_pairs(pairs, change)
    reached = np.where(classes.kind >= 0, households, 0)
    demand = reached.copy()
    given = _give(*by_walk, classes, demand, np.where(again, _room(changed.capacity), 0))
    load = _loads(by_walk[1], *given, len(source))
    load[~again] = before.load[source[~again]]
    return Served(
        np.where(rows, reached - demand, before.served),
        np.where(rows, demand, before.over_capacity),
        np.where(rows, households - reached, before.out_of_reach),
        load,
    )


def _check(households: Int64Array, capacity: Int64Array) -> None:
    if (capacity < UNLIMITED).any():
        raise RefusedInputError("bad_capacity", "a capacity is a whole number from 0")
    if (households < 0).any():
        raise RefusedInputError("bad_households", "households are whole numbers from 0")


def _room(capacity: Int64Array) -> Int64Array:
    return np.where(capacity == UNLIMITED, ENDLESS, capacity).astype(np.int64)


def _give(
    point: Int32Array, station: Int32Array, classes: Classes, demand: Int64Array, room: Int64Array
) -> Given:
    """Return which pairs serve how many; `demand` is left as those without a place."""
    pair, households = _greedy(point, station, demand, room)
    return serve_more(point, station, classes, demand, room, (pair, households))


def _loads(
    station: Int32Array, pair: Int64Array, households: Int64Array, stations: int
) -> Int64Array:
    load = np.zeros(stations, dtype=np.int64)
    _sum_loads(station, pair, households, load)
    return load


@njit(cache=True, nogil=True)
def _sum_loads(station, pair, households, load):  # type: ignore[no-untyped-def]
    for i in range(len(pair)):
        load[station[pair[i]]] += households[i]


@njit(cache=True, nogil=True)
def _greedy(point, station, demand, room):  # type: ignore[no-untyped-def]
    # A pair that serves somebody either uses up its building or its station.
    most = min(len(point), len(demand) + len(room))
    pair = np.empty(most, dtype=np.int64)
    households = np.empty(most, dtype=np.int64)
    count = 0
    left = np.sum(demand)
    for k in range(len(point)):
        if left == 0:
            break
        free = room[station[k]]
        if free == 0:
            continue
        take = min(demand[point[k]], free)
        if take > 0:
            demand[point[k]] -= take
            room[station[k]] -= take
            left -= take
            pair[count] = k
            households[count] = take
            count += 1
    return pair[:count].copy(), households[:count].copy()
