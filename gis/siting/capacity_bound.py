"""What no choice of sites with capacities can beat: prices per household, sites filled by the best.

The same relaxation as without capacities (`gis.siting.bound`); a site is rated by the households
that undercut their price most, as many as it can hold. Computed in whole numbers in the end.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gis.siting.bound import LARGEST, MOMENTUM, PATIENCE, SHORTER, SMALLEST_STEP
from gis.siting.costs import BoolArray, FloatArray, Int64Array, Reach

FINEST = 2**20


class Prices:
    """The prices of a question: every household costs its distance, or a fallback when not served."""

    def __init__(
        self,
        reach: Reach,
        weight: Int64Array,
        capacity: Int64Array,
        cost: Int64Array,
        fallback: int,
        opened: BoolArray,
        free: BoolArray,
    ) -> None:
        keep = (opened | free)[reach.site] & (weight[reach.demand] > 0)
        site, demand = reach.site[keep].astype(np.int64), reach.demand[keep]
        order = np.lexsort((demand, site))
        self.demand, self.cost = demand[order], cost[keep][order]
        self.first = np.concatenate(([0], np.cumsum(np.bincount(site, minlength=reach.sites))))
        self.weight, self.capacity, self.fallback = weight, capacity, fallback
        self.opened, self.free = opened, free

    def raised(self, count: int, upper: int, steps: int) -> tuple[int, int]:
        """Return a bound for `count` free sites and the steps taken; ends when it reaches `upper`."""
        start = np.full(len(self.weight), float(self.fallback))
        np.minimum.at(start, self.demand, self.cost.astype(np.float64))
        start = (start + self.fallback) / 2 if self.fallback <= 1 else start
        price, taken = _ascend(
            self.first, self.demand, self.cost, self.weight, self.capacity, float(self.fallback),
            self.opened, self.free, start, count, float(upper), steps,
        )  # fmt: skip
        return self.least(price, count), int(taken)

    def least(self, price: FloatArray, count: int) -> int:
        """Return the bound that prices prove."""
        scale = 1
        most = int(self.weight.sum()) * max(self.fallback, int(np.ceil(price.max(initial=0)))) + 1
        while scale < FINEST and most * scale * 2 * (count + 1) < LARGEST:
            scale *= 2
        whole = np.clip(np.rint(price * scale).astype(np.int64), 0, self.fallback * scale)
        rating = _ratings(
            self.first, self.demand, self.cost * scale, self.weight, self.capacity, whole,
            np.zeros(len(whole), dtype=np.int64), False,
        )  # fmt: skip
        best = np.sort(rating[self.free])[::-1][:count].sum() if count else 0
        total = int((whole * self.weight).sum()) - int(rating[self.opened].sum()) - int(best)
        return -(-total // scale)


@njit(cache=True, nogil=True)
def _fill(j, first, demand, cost, weight, capacity, price, served, write):  # type: ignore[no-untyped-def]
    """Return what a site saves when the households that save most fill it; may write who they are."""
    held = np.int64(0)
    total = price[0] * 0
    for e in range(first[j], first[j + 1]):
        i = demand[e]
        if price[i] > cost[e]:
            held += weight[i]
            total += (price[i] - cost[e]) * weight[i]
    if held <= capacity[j]:
        if write:
            for e in range(first[j], first[j + 1]):
                if price[demand[e]] > cost[e]:
                    served[demand[e]] += weight[demand[e]]
        return total
    saved = np.empty(first[j + 1] - first[j], dtype=price.dtype)
    for e in range(first[j], first[j + 1]):
        saved[e - first[j]] = cost[e] - price[demand[e]]
    rest = capacity[j]
    total = price[0] * 0
    for place in np.argsort(saved, kind="mergesort"):
        if saved[place] >= 0 or rest <= 0:
            break
        i = demand[first[j] + place]
        taken = min(rest, weight[i])
        total -= saved[place] * taken
        rest -= taken
        if write:
            served[i] += taken
    return total


@njit(cache=True, nogil=True)
def _ratings(first, demand, cost, weight, capacity, price, served, write):  # type: ignore[no-untyped-def]
    rating = np.empty(len(first) - 1, dtype=price.dtype)
    for j in range(len(first) - 1):
        rating[j] = _fill(j, first, demand, cost, weight, capacity, price, served, write)
    return rating


@njit(cache=True, nogil=True)
def _ascend(  # type: ignore[no-untyped-def]
    first, demand, cost, weight, capacity, fallback, opened, free, price, count, upper, steps
):
    n, sites = len(weight), len(first) - 1
    best_price = price.copy()
    best = -np.inf
    way = np.zeros(n)
    served = np.zeros(n)
    length, waited, step = 1.0, 0, 0
    total = weight.sum()
    while step < steps:
        step += 1
        served[:] = 0
        rating = _ratings(first, demand, cost, weight, capacity, price, served, False)
        bound = 0.0
        for i in range(n):
            bound += weight[i] * price[i]
        order = np.argsort(-rating, kind="mergesort")
        used = 0
        for place in range(sites):
            j = order[place]
            if opened[j] or (free[j] and used < count):
                used += 0 if opened[j] else 1
                bound -= _fill(j, first, demand, cost, weight, capacity, price, served, True)
        waited = 0 if bound > best + 1e-6 * abs(best) else waited + 1
        if bound > best:
            best = bound
            best_price[:] = price
        if best > upper - 1.0 + 1e-6:
            break
        if waited >= PATIENCE:
            waited = 0
            length *= SHORTER
            if length < SMALLEST_STEP:
                break
        square = 0.0
        for i in range(n):
            wanted = (weight[i] - served[i]) / max(weight[i], 1)
            if (wanted > 0 and price[i] >= fallback) or weight[i] == 0:
                wanted = 0.0
            way[i] = (1 - MOMENTUM) * wanted + MOMENTUM * way[i]
            square += way[i] * way[i] * weight[i]
        if square == 0.0:
            break
        move = length * (max(upper, bound + 1e-3 * total) - bound) / square
        for i in range(n):
            price[i] = min(max(price[i] + move * way[i], 0.0), fallback)
    return best_price, step
