"""Good choices quickly: greedy, then exchanges of one site, then kicks out of local optima.

An exchange pass looks at every pair of a chosen site and another one by the accounting of
Whitaker's fast interchange (Resende and Werneck, European Journal of Operational Research 174, 2006):
gain of the one coming in, loss of the one going out, and what both share.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gis.siting.costs import Costs, Int64Array

KICK = 3
"""Most sites exchanged at random to leave a local optimum."""


def greedy(costs: Costs, count: int) -> Int64Array:
    """Return `count` columns in the order in which each lowers the cost most; the lower of equals."""
    return np.asarray(_greedy(costs.fallback, costs.first, costs.demand, costs.cost, count))


def improve(costs: Costs, chosen: Int64Array, kicks: int, seed: int, enough: int) -> Int64Array:
    """Exchange sites until nothing helps, kick, and repeat; return the best choice, ascending.

    Parameters
    ----------
    kicks
        How often a local optimum is left without a better one following.
    enough
        A cost at which the search ends at once.
    """
    if len(chosen) == 0 or len(chosen) == costs.columns:
        return np.sort(chosen)
    first, column, cost = costs.rows
    best = _improve(
        costs.fallback, costs.first, costs.demand, costs.cost, first, column, cost,
        chosen.copy(), kicks, seed, enough,
    )  # fmt: skip
    return np.sort(best)


@njit(cache=True, nogil=True)
def _greedy(fallback, first, demand, cost, count):  # type: ignore[no-untyped-def]
    """Look again only at columns whose last known gain could still be the largest."""
    columns = len(first) - 1
    current = fallback.copy()
    known = np.zeros(columns, dtype=np.int64)
    fresh = np.full(columns, -1, dtype=np.int64)
    for j in range(columns):
        for e in range(first[j], first[j + 1]):
            known[j] += current[demand[e]] - cost[e]
        fresh[j] = 0
    chosen = np.empty(count, dtype=np.int64)
    for step in range(count):
        while True:
            best = -1
            for j in range(columns):
                if known[j] >= 0 and (best < 0 or known[j] > known[best]):
                    best = j
            if fresh[best] == step:
                break
            gain = np.int64(0)
            for e in range(first[best], first[best + 1]):
                gain += max(np.int64(0), current[demand[e]] - cost[e])
            known[best], fresh[best] = gain, step
        chosen[step] = best
        known[best] = -1
        for e in range(first[best], first[best + 1]):
            current[demand[e]] = min(current[demand[e]], cost[e])
    return chosen


@njit(cache=True, nogil=True)
def _look(i, fallback, row_first, row_column, row_cost, slot, d1, s1, d2):  # type: ignore[no-untyped-def]
    """Write cost and slot of a demand's cheapest chosen site (-1: fallback), and the second cost."""
    d1[i], s1[i], d2[i] = fallback[i], -1, fallback[i]
    for e in range(row_first[i], row_first[i + 1]):
        place = slot[row_column[e]]
        if place >= 0:
            if s1[i] >= 0:
                d2[i] = row_cost[e]
                break
            d1[i], s1[i] = row_cost[e], place


@njit(cache=True, nogil=True)
def _account(i, sign, row_first, row_column, row_cost, d1, s1, d2, gain, loss, shared):  # type: ignore[no-untyped-def]
    """Add a demand to what exchanges gain and lose, or take it away."""
    near, place, far = d1[i], s1[i], d2[i]
    if place >= 0:
        loss[place] += sign * (far - near)
    for e in range(row_first[i], row_first[i + 1]):
        c, j = row_cost[e], row_column[e]
        if c >= far:
            break
        if c < near:
            gain[j] += sign * (near - c)
            if place >= 0:
                shared[j, place] += sign * (far - near)
        elif place >= 0:
            shared[j, place] += sign * (far - c)


@njit(cache=True, nogil=True)
def _exchange(  # type: ignore[no-untyped-def]
    come, go, fallback, first, demand, cost, row_first, row_column, row_cost, chosen,
    slot, d1, s1, d2, gain, loss, shared, moved, mark, now,
):  # fmt: skip
    """Put a column into a slot and account again for the demands that notice; return the cost."""
    count = 0
    gone = chosen[go]
    for e in range(first[gone], first[gone + 1]):
        i = demand[e]
        if cost[e] <= d2[i]:
            mark[i] = True
            moved[count] = i
            count += 1
    for e in range(first[come], first[come + 1]):
        i = demand[e]
        if not mark[i] and cost[e] < d2[i]:
            mark[i] = True
            moved[count] = i
            count += 1
    slot[gone], slot[come], chosen[go] = -1, go, come
    for place in range(count):
        i = moved[place]
        mark[i] = False
        now -= d1[i]
        _account(i, -1, row_first, row_column, row_cost, d1, s1, d2, gain, loss, shared)
        _look(i, fallback, row_first, row_column, row_cost, slot, d1, s1, d2)
        _account(i, 1, row_first, row_column, row_cost, d1, s1, d2, gain, loss, shared)
        now += d1[i]
    return now


@njit(cache=True, nogil=True)
def _improve(  # type: ignore[no-untyped-def]
    fallback, first, demand, cost, row_first, row_column, row_cost, chosen, kicks, seed, enough
):
    n, columns, count = len(fallback), len(first) - 1, len(chosen)
    d1 = np.empty(n, dtype=np.int64)
    d2 = np.empty(n, dtype=np.int64)
    s1 = np.empty(n, dtype=np.int64)
    gain = np.zeros(columns, dtype=np.int64)
    loss = np.zeros(count, dtype=np.int64)
    shared = np.zeros((columns, count), dtype=np.int64)
    slot = np.full(columns, -1, dtype=np.int64)
    moved = np.empty(n, dtype=np.int64)
    mark = np.zeros(n, dtype=np.bool_)
    for place in range(count):
        slot[chosen[place]] = place
    now = np.int64(0)
    for i in range(n):
        _look(i, fallback, row_first, row_column, row_cost, slot, d1, s1, d2)
        _account(i, 1, row_first, row_column, row_cost, d1, s1, d2, gain, loss, shared)
        now += d1[i]
    best = now
    kept = chosen.copy()
    wanted = np.zeros(columns, dtype=np.bool_)
    state = np.uint64(seed * 2 + 1)
    tried = -1  # the first round descends without a kick
    while True:
        # What is exchanged next: a kick's random sites, or whatever gains most until nothing does.
        left = 1 + tried % KICK if tried > 0 else 0
        while True:
            come, go = np.int64(-1), np.int64(-1)
            if left > 0:
                left -= 1
                state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
                go = np.int64((state >> np.uint64(33)) % np.uint64(count))
                while come < 0 or slot[come] >= 0:
                    state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
                    come = np.int64((state >> np.uint64(33)) % np.uint64(columns))
            else:
                profit = np.int64(0)
                for j in range(columns):
                    if slot[j] >= 0 or gain[j] <= profit:  # what both share is part of the loss
                        continue
                    for place in range(count):
                        value = gain[j] - loss[place] + shared[j, place]
                        if value > profit:
                            profit, come, go = value, np.int64(j), np.int64(place)
                if come < 0:
                    break
            now = _exchange(
                come, go, fallback, first, demand, cost, row_first, row_column, row_cost, chosen,
                slot, d1, s1, d2, gain, loss, shared, moved, mark, now,
            )  # fmt: skip
        if now < best:
            best, tried = now, 0
            kept[:] = chosen
        elif now > best:
            for j in kept:
                wanted[j] = True
            place = 0
            for j in kept:
                if slot[j] >= 0:
                    continue
                while wanted[chosen[place]]:
                    place += 1
                now = _exchange(
                    j, place, fallback, first, demand, cost, row_first, row_column, row_cost,
                    chosen, slot, d1, s1, d2, gain, loss, shared, moved, mark, now,
                )  # fmt: skip
            for j in kept:
                wanted[j] = False
        tried = max(tried, 0) + 1
        if tried > kicks or best <= enough:
            return kept
