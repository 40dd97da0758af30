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
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

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
    order = pair_order(reaches) if order is None else order
    _greedy(order, reaches.point, station, usable, demand, room, given)
    if demand.any() and room.any():
        _serve_more(reaches, station, usable, demand, room, given, order)
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


def _serve_more(
    reaches: Reaches,
    station: Int32Array,
    usable: BoolArray,
    demand: Int64Array,
    room: Int64Array,
    given: Int64Array,
    order: Int64Array,
) -> None:
    """Serve whoever is left over by chains of moves, until no chain serves one household more.

    Buildings with the same stations in reach are one class: who moves is settled between classes and
    stations by a maximum flow over what is left, and inside a class the nearest have the places again.
    """
    by_point = np.argsort(np.where(usable, reaches.point, len(demand)), kind="stable")
    by_point = by_point[: int(usable.sum())]
    first = np.zeros(len(demand) + 1, dtype=np.int64)
    np.cumsum(np.bincount(reaches.point[by_point], minlength=len(demand)), out=first[1:])
    kind, members = _classes(first, station[by_point])
    start = np.zeros(len(members) + 1, dtype=np.int64)
    np.cumsum(first[members + 1] - first[members], out=start[1:])
    rank = np.arange(len(by_point)) - np.repeat(first[:-1], np.diff(first))
    slot = np.empty(len(reaches.point), dtype=np.int64)
    point = reaches.point[by_point]
    slot[by_point] = start[kind[point]] + rank
    held = np.bincount(slot[by_point], weights=given[by_point], minlength=start[-1])
    held = held.astype(np.int64)
    left = np.bincount(kind[kind >= 0], weights=demand[kind >= 0], minlength=len(members))
    spread = np.arange(start[-1]) + np.repeat(first[members] - start[:-1], np.diff(start))
    at = station[by_point[spread]]
    quota = _most(start, at, held, left.astype(np.int64), room)
    if np.array_equal(quota, held):
        return
    changed = np.zeros(len(members), dtype=np.bool_)
    changed[np.repeat(np.arange(len(members)), np.diff(start))[quota != held]] = True
    again = np.flatnonzero(kind >= 0)
    again = again[changed[kind[again]]]
    moved = np.zeros(len(demand), dtype=np.bool_)
    moved[again] = True
    mine = usable & moved[reaches.point]
    np.add.at(room, station[mine], given[mine])
    back = np.bincount(reaches.point[mine], weights=given[mine], minlength=len(demand))
    demand += back.astype(np.int64)
    given[mine] = 0
    _fill(order, reaches.point, station, mine, slot, quota, demand, room, given)


def _classes(first: Int64Array, station: Int32Array) -> tuple[Int32Array, Int64Array]:
    """Return the class of every building (-1 without a station) and one member of each class."""
    digest = _digests(first, station)
    filled = np.flatnonzero(np.diff(first) > 0)
    ordered = filled[np.argsort(digest[filled], kind="stable")]
    kind = np.full(len(first) - 1, -1, dtype=np.int32)
    members = np.empty(len(ordered), dtype=np.int64)
    count = _group(ordered, digest, first, station, kind, members)
    return kind, members[:count].copy()


def _most(
    start: Int64Array, station: Int32Array, held: Int64Array, left: Int64Array, room: Int64Array
) -> Int64Array:
    """Return how many households of each class each of its stations serves when most are served.

    A maximum flow over the residual of what is held: from households left over to free places.
    """
    classes, stations, total = len(left), len(room), int(left.sum())
    # Whole numbers of the solver have 32 bits; more than everybody left over never moves.
    free = np.minimum(room, total)
    owner = np.repeat(np.arange(classes), np.diff(start))
    source, sink = classes + stations, classes + stations + 1
    hungry, roomy, busy = np.flatnonzero(left), np.flatnonzero(free), np.flatnonzero(held)
    rows = np.concatenate(
        (np.full(len(hungry), source), owner, classes + station[busy], classes + roomy)
    )
    columns = np.concatenate((hungry, classes + station, owner[busy], np.full(len(roomy), sink)))
    values = np.concatenate(
        (left[hungry], np.full(len(owner), total), np.minimum(held[busy], total), free[roomy])
    )
    size = classes + stations + 2
    graph = csr_array((values.astype(np.int32), (rows, columns)), shape=(size, size))
    flow = csr_array(maximum_flow(graph, source, sink).flow)
    return held + np.asarray(flow[owner, classes + station]).ravel().astype(np.int64)


@njit(cache=True, nogil=True)
def _digests(first, station):  # type: ignore[no-untyped-def]
    """Return a number per building that tells apart sets of stations, nearly always."""
    found = np.zeros(len(first) - 1, dtype=np.uint64)
    for p in range(len(found)):
        value = np.uint64(1469598103934665603)
        for k in range(first[p], first[p + 1]):
            value ^= np.uint64(station[k] + 1)
            value *= np.uint64(1099511628211)
            value ^= value >> np.uint64(29)
        found[p] = value
    return found


@njit(cache=True, nogil=True)
def _group(ordered, digest, first, station, kind, members):  # type: ignore[no-untyped-def]
    """Number the classes; among equal digests the stations themselves decide."""
    count = 0
    begin = 0
    for i in range(len(ordered)):
        p = ordered[i]
        if i == 0 or digest[p] != digest[ordered[i - 1]]:
            begin = count
        match = -1
        for c in range(begin, count):
            q = members[c]
            same = first[p + 1] - first[p] == first[q + 1] - first[q]
            for k in range(first[p + 1] - first[p]):
                if not same or station[first[p] + k] != station[first[q] + k]:
                    same = False
                    break
            if same:
                match = c
                break
        if match < 0:
            match = count
            members[count] = p
            count += 1
        kind[p] = match
    return count


@njit(cache=True, nogil=True)
def _fill(order, point, station, mine, slot, quota, demand, room, given):  # type: ignore[no-untyped-def]
    for k in order:
        if not mine[k]:
            continue
        p = point[k]
        take = min(demand[p], quota[slot[k]])
        if take > 0:
            demand[p] -= take
            quota[slot[k]] -= take
            room[station[k]] -= take
            given[k] += take


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
