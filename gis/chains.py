"""Chains of moves: whoever is left without a place gets one where others can move to a station with room.

Who moves is settled between classes of buildings and stations by a maximum flow (Dinic's: the shortest chains
first), and inside a class the nearest have the places again. Classes are numbered by their first building and
stations as given, so parts that do not hang together are settled as each would be alone.

E. A. Dinic: Algorithm for solution of a problem of maximum flow in networks with power estimation. 1970.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.pairs import Classes

Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]
Given = tuple[Int64Array, Int64Array]
"""Which pairs serve somebody, and how many households."""


def serve_more(
    point: Int32Array,
    station: Int32Array,
    classes: Classes,
    demand: Int64Array,
    room: Int64Array,
    given: Given,
) -> Given:
    """Return who is served when no chain of moves serves one household more.

    Parameters
    ----------
    point, station
        (m,) pairs by walk.
    classes
        Of the n buildings in them.
    demand, room
        (n,) households without a place, (s,) free places; `demand` is left as it is then.
    given
        Who is served now.
    """
    kind, start, at = classes.kind, classes.start, classes.station
    left = np.zeros(len(classes), dtype=np.int64)
    _left_over(kind, demand, left)
    if not left.any() or not room.any():
        return given
    held = np.zeros(len(at), dtype=np.int64)
    _hold(point, station, kind, start, at, held, *given)
    quota = held.copy()
    _most(start, at, quota, left, room.copy())
    moved = quota != held
    if not moved.any():
        return given
    changed = np.zeros(len(classes), dtype=np.bool_)
    changed[np.repeat(np.arange(len(classes)), np.diff(start))[moved]] = True
    pair, households = _fill(point, station, kind, start, at, changed, quota, demand, *given)
    return pair, households


@njit(cache=True, nogil=True)
def _left_over(kind, demand, left):  # type: ignore[no-untyped-def]
    for p in range(len(kind)):
        if demand[p] > 0:
            left[kind[p]] += demand[p]


@njit(cache=True, nogil=True)
def _slot(start, at, c, s):  # type: ignore[no-untyped-def]
    """Return where station s stands among those of class c."""
    low, high = start[c], start[c + 1] - 1
    while low < high:
        middle = (low + high) // 2
        if at[middle] < s:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def _hold(point, station, kind, start, at, held, pair, households):  # type: ignore[no-untyped-def]
    """Sum what each class holds at each of its stations."""
    for i in range(len(pair)):
        c = kind[point[pair[i]]]
        held[_slot(start, at, c, station[pair[i]])] += households[i]


@njit(cache=True, nogil=True)
def _by_station(at, stations):  # type: ignore[no-untyped-def]
    """Return where each station stands among those of the classes: start (s + 1,) and the slots."""
    first = np.zeros(stations + 1, dtype=np.int64)
    for s in at:
        first[s + 1] += 1
    for s in range(stations):
        first[s + 1] += first[s]
    turn = first[:-1].copy()
    slots = np.empty(len(at), dtype=np.int32)
    for k in range(len(at)):
        slots[turn[at[k]]] = k
        turn[at[k]] += 1
    return first, slots


@njit(cache=True, nogil=True)
def _most(start, at, held, left, room):  # type: ignore[no-untyped-def]
    """Move and serve, shortest chains first, until none serves one household more."""
    owner = np.empty(len(at), dtype=np.int32)
    for c in range(len(left)):
        owner[start[c] : start[c + 1]] = c
    by_station, slots = _by_station(at, len(room))
    class_level = np.empty(len(left), dtype=np.int32)
    station_level = np.empty(len(room), dtype=np.int32)
    while _levels(
        start, at, owner, by_station, slots, held, left, room, class_level, station_level
    ):
        class_turn, station_turn = start[:-1].copy(), by_station[:-1].copy()
        ahead = np.empty(len(room) + 1, dtype=np.int64)
        back = np.empty(len(room) + 1, dtype=np.int64)
        for c in range(len(left)):
            while left[c] > 0 and _chain(
                c, start, at, owner, by_station, slots, held, left, room,
                class_level, station_level, class_turn, station_turn, ahead, back,
            ):  # fmt: skip
                pass


@njit(cache=True, nogil=True)
def _levels(  # type: ignore[no-untyped-def]
    start, at, owner, by_station, slots, held, left, room, class_level, station_level
):
    """Count moves from those left over to every class and station, as far as the first with room."""
    class_level[:] = -1
    station_level[:] = -1
    classes = np.empty(len(left), dtype=np.int32)
    stations = np.empty(len(room), dtype=np.int32)
    begin = end = done = reached = 0
    for c in range(len(left)):
        if left[c] > 0:
            class_level[c] = 0
            classes[end] = c
            end += 1
    level = 0
    while begin < end:
        found = False
        for i in range(begin, end):
            c = classes[i]
            for k in range(start[c], start[c + 1]):
                s = at[k]
                if station_level[s] < 0:
                    station_level[s] = level + 1
                    stations[reached] = s
                    reached += 1
                    found = found or room[s] > 0
        if found:
            return True
        begin = end
        for i in range(done, reached):
            s = stations[i]
            for j in range(by_station[s], by_station[s + 1]):
                c = owner[slots[j]]
                if held[slots[j]] > 0 and class_level[c] < 0:
                    class_level[c] = level + 2
                    classes[end] = c
                    end += 1
        done = reached
        level += 2
    return False


@njit(cache=True, nogil=True)
def _chain(  # type: ignore[no-untyped-def]
    origin, start, at, owner, by_station, slots, held, left, room,
    class_level, station_level, class_turn, station_turn, ahead, back,
):  # fmt: skip
    """Serve those left over of one class by one chain through the levels; say whether there was one."""
    depth = 0
    c = origin
    while True:
        while class_turn[c] < start[c + 1]:
            if station_level[at[class_turn[c]]] == class_level[c] + 1:
                break
            class_turn[c] += 1
        if class_turn[c] == start[c + 1]:
            if depth == 0:
                return False
            depth -= 1
            station_turn[at[ahead[depth]]] += 1
            c = owner[ahead[depth]]
        ahead[depth] = class_turn[c]
        s = at[class_turn[c]]
        if room[s] > 0:
            break
        while station_turn[s] < by_station[s + 1]:
            k = slots[station_turn[s]]
            if held[k] > 0 and class_level[owner[k]] == station_level[s] + 1:
                break
            station_turn[s] += 1
        if station_turn[s] == by_station[s + 1]:
            class_turn[c] += 1
            continue
        back[depth] = slots[station_turn[s]]
        c = owner[back[depth]]
        depth += 1
    amount = min(left[origin], room[s])
    for d in range(depth):
        amount = min(amount, held[back[d]])
    for d in range(depth):
        held[back[d]] -= amount
    for d in range(depth + 1):
        held[ahead[d]] += amount
    left[origin] -= amount
    room[s] -= amount
    return True


@njit(cache=True, nogil=True)
def _fill(  # type: ignore[no-untyped-def]
    point, station, kind, start, at, changed, quota, demand, pair, households
):
    """Give the places of changed classes out again, the nearest first."""
    size = len(pair) + np.sum(demand > 0) + np.sum(quota > 0)
    out_pair = np.empty(size, dtype=np.int64)
    out_households = np.empty(size, dtype=np.int64)
    count = 0
    near = np.zeros(np.max(at) + 1, dtype=np.bool_)
    of_station = np.zeros(len(near), dtype=np.int64)
    of_class = np.zeros(len(changed), dtype=np.int64)
    for c in range(len(changed)):
        if changed[c]:
            for k in range(start[c], start[c + 1]):
                near[at[k]] = True
                of_station[at[k]] += quota[k]
                of_class[c] += quota[k]
    left = np.sum(of_class)
    for i in range(len(pair)):
        k = pair[i]
        if near[station[k]] and changed[kind[point[k]]]:
            demand[point[k]] += households[i]
        else:
            out_pair[count] = k
            out_households[count] = households[i]
            count += 1
    for k in range(len(point)):
        if left == 0:
            break
        p, s = point[k], station[k]
        if of_station[s] == 0 or demand[p] == 0 or of_class[kind[p]] == 0:
            continue
        slot = _slot(start, at, kind[p], s)
        take = min(demand[p], quota[slot])
        if take > 0:
            demand[p] -= take
            quota[slot] -= take
            of_station[s] -= take
            of_class[kind[p]] -= take
            left -= take
            out_pair[count] = k
            out_households[count] = take
            count += 1
    return out_pair[:count].copy(), out_households[:count].copy()
