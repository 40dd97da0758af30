"""Depth-first search for parts within the band that together cover a few units exactly.

A part is grown from the unit with fewest ways out, one neighbour in or out at a time, and closed once
it is within the band. What is left must still be possible: a piece of t households needs a whole
number p with p·low ≤ t ≤ p·high. The search either finds a cover, or has tried everything (a proof
that there is none), or has spent its steps. At most 62 units: sets are bits of one machine word.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gis.divide.units import Band, Int32Array, Units

MOST_COVERED = 62
FOUND, NONE, SPENT = 1, 0, -1
CLOSE, TAKE, LEAVE, BACK = 0, 1, 2, 3


@njit(cache=True)
def _lowest(mask):  # type: ignore[no-untyped-def]
    """Return the number of the lowest bit of a mask that is not empty."""
    place = 0
    if mask & 0xFFFFFFFF == 0:
        place += 32
        mask >>= 32
    if mask & 0xFFFF == 0:
        place += 16
        mask >>= 16
    if mask & 0xFF == 0:
        place += 8
        mask >>= 8
    if mask & 0xF == 0:
        place += 4
        mask >>= 4
    if mask & 0x3 == 0:
        place += 2
        mask >>= 2
    if mask & 0x1 == 0:
        place += 1
    return place


@njit(cache=True)
def _flood(seed, within, reach):  # type: ignore[no-untyped-def]
    """Return the units of `within` connected with those of `seed`."""
    found = seed & within
    fresh = found
    while fresh:
        grown = np.int64(0)
        while fresh:
            grown |= reach[_lowest(fresh)]
            fresh &= fresh - 1
        fresh = grown & within & ~found
        found |= fresh
    return found


@njit(cache=True)
def _weigh(mask, weight):  # type: ignore[no-untyped-def]
    total = np.int64(0)
    while mask:
        total += weight[_lowest(mask)]
        mask &= mask - 1
    return total


@njit(cache=True)
def _bounds(left, reach, weight, low, high):  # type: ignore[no-untyped-def]
    """Return least and most parts the pieces of `left` can make, or -1 where one can make none."""
    least, most = np.int64(0), np.int64(0)
    while left:
        piece = _flood(left & -left, left, reach)
        left &= ~piece
        total = _weigh(piece, weight)
        few = max((total + high - 1) // high, 1)
        if low > 0:
            many = total // low
        else:
            many = np.int64(0)
            while piece:
                many += 1
                piece &= piece - 1
        if few > many:
            return np.int64(-1), np.int64(-1)
        least += few
        most += many
    return least, most


@njit(cache=True)
def _pivot(left, reach, weight, high, turn):  # type: ignore[no-untyped-def]
    """Return the unit of `left` with fewest free neighbours; `turn` shifts which of equals."""
    best, fewest, heaviest = -1, 99, np.int64(-1)
    rest = left
    while rest:
        u = _lowest(rest)
        rest &= rest - 1
        ways = 0
        around = reach[u] & left
        while around:
            v = _lowest(around)
            around &= around - 1
            if weight[u] + weight[v] <= high:
                ways += 1
        heavy = (weight[u] * 131 + turn * (u + 1)) % 10007 if turn else weight[u]
        if ways < fewest or (ways == fewest and heavy > heaviest):
            best, fewest, heaviest = u, ways, heavy
    return best


@njit(cache=True)
def cover_kernel(reach, weight, low, high, parts_least, parts_most, budget, turn, label):  # type: ignore[no-untyped-def]
    """Fill `label` with parts that cover all n units; return FOUND, NONE or SPENT, and the steps."""
    n = len(weight)
    everything = (np.int64(1) << n) - 1
    room = n * n + 2 * n + 2
    part_at = np.zeros(room, dtype=np.int64)  # the part being grown
    shut_at = np.zeros(room, dtype=np.int64)  # units it may not take
    left_at = np.zeros(room, dtype=np.int64)  # units of no part yet, those of `part` out
    held_at = np.zeros(room, dtype=np.int64)
    next_at = np.zeros(room, dtype=np.int64)
    unit_at = np.zeros(room, dtype=np.int64)
    done_at = np.zeros(room, dtype=np.int64)
    fresh_at = np.zeros(room, dtype=np.bool_)  # the part has grown: closing it is new
    closed = np.zeros(n + 1, dtype=np.int64)
    least, most = _bounds(everything, reach, weight, low, high)
    if least < 0 or most < parts_least or least > parts_most:
        return NONE, 0
    first = _pivot(everything, reach, weight, high, turn)
    if weight[first] > high:
        return NONE, 0
    part_at[0] = np.int64(1) << first
    left_at[0] = everything & ~part_at[0]
    held_at[0] = weight[first]
    top, steps = 0, 0
    next_at[0] = CLOSE
    fresh_at[0] = True
    while top >= 0:
        steps += 1
        if steps > budget:
            return SPENT, steps
        part, left, held, shut = part_at[top], left_at[top], held_at[top], shut_at[top]
        done = done_at[top]
        stage = next_at[top]
        next_at[top] = stage + 1
        if stage == CLOSE:
            # One neighbour is decided at every step, the one that would be cut off soonest.
            open_ = np.int64(0)
            rest = part
            while rest:
                open_ |= reach[_lowest(rest)]
                rest &= rest - 1
            open_ &= left & ~shut
            pick, fewest = -1, 99
            while open_:
                v = _lowest(open_)
                open_ &= open_ - 1
                if held + weight[v] > high:
                    shut |= np.int64(1) << v
                    continue
                ways = 0
                around = reach[v] & left & ~shut
                while around:
                    around &= around - 1
                    ways += 1
                ways = ways * 64 + (v * (turn + 7) + turn) % 61 if turn else ways
                if pick < 0 or ways < fewest:
                    pick, fewest = v, ways
            unit_at[top] = pick
            shut_at[top] = shut
            if held < low:
                if held + _weigh(_flood(part, left & ~shut | part, reach) & ~part, weight) < low:
                    next_at[top] = BACK
                continue
            if not fresh_at[top]:
                continue
            closed[done] = part
            if left == 0:
                if parts_least <= done + 1 <= parts_most:
                    for p in range(done + 1):
                        mask = closed[p]
                        while mask:
                            label[_lowest(mask)] = p
                            mask &= mask - 1
                    return FOUND, steps
                next_at[top] = BACK
                continue
            least, most = _bounds(left, reach, weight, low, high)
            if least < 0 or done + 1 + most < parts_least or done + 1 + least > parts_most:
                continue
            seed = _pivot(left, reach, weight, high, turn)
            if weight[seed] > high:
                continue
            top += 1
            part_at[top] = np.int64(1) << seed
            left_at[top] = left & ~part_at[top]
            held_at[top] = weight[seed]
            shut_at[top] = 0
            done_at[top] = done + 1
            next_at[top] = CLOSE
            fresh_at[top] = True
        elif stage == TAKE:
            v = unit_at[top]
            if v < 0:
                next_at[top] = BACK
                continue
            bit = np.int64(1) << v
            top += 1
            part_at[top] = part | bit
            left_at[top] = left & ~bit
            held_at[top] = held + weight[v]
            shut_at[top] = shut
            done_at[top] = done
            next_at[top] = CLOSE
            fresh_at[top] = True
        elif stage == LEAVE:
            bit = np.int64(1) << unit_at[top]
            top += 1
            part_at[top] = part
            left_at[top] = left
            held_at[top] = held
            shut_at[top] = shut | bit
            done_at[top] = done
            next_at[top] = CLOSE
            fresh_at[top] = False
        else:
            top -= 1
    return NONE, steps


@njit(cache=True)
def _miss(households, low, high):  # type: ignore[no-untyped-def]
    return max(low - households, households - high, 0)


@njit(cache=True)
def _mend(start, near, weight, label, k, low, high, tries, budget, most_units, seed):  # type: ignore[no-untyped-def]
    """Melt a part that misses the band with some neighbours and cover them anew; label in place."""
    np.random.seed(seed)
    n = len(weight)
    held = np.zeros(k, dtype=np.int64)
    size = np.zeros(k, dtype=np.int64)
    for u in range(n):
        held[label[u]] += weight[u]
        size[label[u]] += 1
    missing = np.empty(k, dtype=np.int64)
    chosen = np.empty(8, dtype=np.int64)
    inside = np.zeros(k, dtype=np.bool_)
    unit = np.empty(MOST_COVERED, dtype=np.int64)
    place = np.full(n, -1, dtype=np.int64)
    steps = 0
    for _try in range(tries):
        count = 0
        for p in range(k):
            if _miss(held[p], low, high) > 0:
                missing[count] = p
                count += 1
        if count == 0:
            break
        # Clusters without a miss are covered anew too: what one place lacks comes from afar.
        part = missing[np.random.randint(count)]
        if np.random.random() < 0.5:
            part = label[np.random.randint(n)]
        if size[part] > most_units:
            continue
        parts, total, units = 1, held[part], size[part]
        chosen[0] = part
        inside[part] = True
        wanted = np.random.randint(2, 7)
        answer = NONE
        while parts < wanted:
            # A neighbouring part by the length of its border in edges.
            seen, pick = 0, -1
            for u in range(n):
                if inside[label[u]]:
                    for e in range(start[u], start[u + 1]):
                        q = label[near[e]]
                        if not inside[q]:
                            seen += 1
                            if np.random.random() * seen < 1:
                                pick = q
            if pick < 0 or units + size[pick] > most_units:
                break
            chosen[parts] = pick
            inside[pick] = True
            parts += 1
            total += held[pick]
            units += size[pick]
            if total < parts * low or total > parts * high:
                continue
            if parts < wanted and np.random.random() < 0.5:
                continue
            local = 0
            for u in range(n):
                if inside[label[u]]:
                    unit[local] = u
                    place[u] = local
                    local += 1
            reach = np.zeros(local, dtype=np.int64)
            mass = np.empty(local, dtype=np.int64)
            found = np.zeros(local, dtype=np.int32)
            for i in range(local):
                mass[i] = weight[unit[i]]
                for e in range(start[unit[i]], start[unit[i] + 1]):
                    if place[near[e]] >= 0:
                        reach[i] |= np.int64(1) << place[near[e]]
            answer, spent = cover_kernel(
                reach, mass, low, high, parts, parts, budget, np.random.randint(1, 1000), found
            )
            steps += spent
            if answer == FOUND:
                for i in range(parts):
                    held[chosen[i]] = 0
                    size[chosen[i]] = 0
                for i in range(local):
                    p = chosen[found[i]]
                    label[unit[i]] = p
                    held[p] += mass[i]
                    size[p] += 1
            for i in range(local):
                place[unit[i]] = -1
            break
        for i in range(parts):
            inside[chosen[i]] = False
    missed = 0
    for p in range(k):
        missed += _miss(held[p], low, high)
    return missed, steps


def mend(
    units: Units,
    label: Int32Array,
    k: int,
    band: Band,
    *,
    tries: int,
    budget: int,
    seed: int,
    most_units: int = 40,
) -> tuple[int, Int32Array, int]:
    """Melt parts that miss the band with their neighbours and cover them anew.

    Returns
    -------
    Households still missed, the (n,) label, and the steps spent.
    """
    label = label.astype(np.int32)
    missed, steps = _mend(
        units.start,
        units.near,
        units.weight,
        label,
        k,
        band.low,
        band.high,
        tries,
        budget,
        min(most_units, MOST_COVERED),
        seed,
    )
    return int(missed), label, int(steps)


def cover(
    units: Units, band: Band, *, least: int = 1, most: int = MOST_COVERED, budget: int
) -> tuple[int, Int32Array, int]:
    """Search for a division of at most `MOST_COVERED` units with all parts in the band.

    Returns
    -------
    `FOUND`, `NONE` (there is none with `least` to `most` parts) or `SPENT`; the (n,) label, of use
    only when found; the steps.
    """
    n = len(units)
    reach = np.zeros(n, dtype=np.int64)
    np.bitwise_or.at(reach, units.rows(), np.int64(1) << units.near.astype(np.int64))
    label = np.zeros(n, dtype=np.int32)
    if n > MOST_COVERED:
        return SPENT, label, 0
    answer, steps = cover_kernel(
        reach, units.weight, band.low, band.high, least, most, budget, 0, label
    )
    return int(answer), label, int(steps)


def evenest(
    units: Units, band: Band, k: int, label: Int32Array, *, budget: int
) -> tuple[Int32Array, bool, int]:
    """Bring k parts as near to equal size as they can be, starting from a division in the band.

    Parameters
    ----------
    label
        (n,) a division of at most `MOST_COVERED` units into k parts within the band.
    budget
        Steps for every deviation that is tried; deviations are halved, not counted down.

    Returns
    -------
    The (n,) label, whether its largest deviation is proved to be the least, and the steps.
    """
    total = int(units.weight.sum())
    coin = max(int(np.gcd.reduce(units.weight)), 1)  # every part is a multiple of it
    held = np.zeros(k, dtype=np.int64)
    np.add.at(held, label, units.weight)
    away = int(np.abs(k * held - total).max())
    # nothing farther from equal size than the start is of interest: a band may be very wide
    low, high = max(band.low, (total - away) // k), min(band.high, (total + away) // k)
    sizes = np.arange(-(-low // coin), high // coin + 1, dtype=np.int64) * coin
    apart = np.abs(k * sizes - total)
    levels = np.unique(apart)  # deviations from equal size, times k
    below, reached = 0, int(np.searchsorted(levels, away))
    proved, steps = True, 0
    while below < reached:
        middle = (below + reached) // 2
        near = sizes[apart <= levels[middle]]
        narrow = Band(int(near[0]), int(near[-1]))
        answer, found, spent = cover(units, narrow, least=k, most=k, budget=budget)
        steps += spent
        if answer == FOUND:
            held = np.zeros(k, dtype=np.int64)
            np.add.at(held, found, units.weight)
            label, reached = found, int(np.searchsorted(levels, np.abs(k * held - total).max()))
        else:
            proved &= answer == NONE
            below = middle + 1
    return label, proved, steps
