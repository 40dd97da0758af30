"""What no choice can beat, and which sites and entries no better choice can use.

Every demand has a price; sites are rated by what they undercut the prices of their demands. Prices
minus the best ratings are a bound (Lagrangian relaxation of "each demand is served once"; Cornuejols,
Fisher and Nemhauser, Management Science 23, 1977). Prices are found by subgradient steps and then
rounded, and the bound is computed in whole numbers: no rounding can make it false.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from gis.siting.costs import BoolArray, Costs, FloatArray, Int64Array

LARGEST = 2**61
"""Scaled sums stay below it."""
FINEST = 2**20
"""Prices are rounded to this part of a unit, or coarser where sums would not fit."""
PATIENCE = 30
"""Steps without a better bound before they are shortened."""
SHORTER = 0.8
SMALLEST_STEP = 1e-4
MOMENTUM = 0.8
"""Part of the way taken before that a step keeps: without it steps zigzag."""
EVERY = 25
"""Steps between two choices that are kept as starts for a search."""


@dataclass(frozen=True)
class Bound:
    """A proof that no choice of `count` columns costs less than `least`."""

    least: int
    price: FloatArray
    """(n,) of the best bound."""
    steps: int
    starts: Int64Array
    """(k, count) best rated columns on the way: what prices suggest is near a good choice."""


def ascend(costs: Costs, count: int, upper: int, steps: int, price: FloatArray | None) -> Bound:
    """Raise the bound by subgradient steps; ends when it reaches `upper`, a cost that is known."""
    start = _first_prices(costs) if price is None else np.minimum(price, costs.fallback)
    best, taken, starts = _ascend(
        costs.fallback.astype(np.float64), costs.first, costs.demand, costs.cost,
        start, count, float(upper), steps,
    )  # fmt: skip
    return Bound(least_cost(costs, best, count), best, int(taken), starts)


def least_cost(costs: Costs, price: FloatArray, count: int) -> int:
    """Return the bound that prices prove, in whole numbers."""
    least, _, scale, _ = _whole(costs, price, count)
    return -(-least // scale)


@dataclass(frozen=True)
class Left:
    """What a choice cheaper than a known one may still use."""

    sure: BoolArray
    """(c,) columns every cheaper choice has."""
    open: BoolArray
    """(c,) columns a cheaper choice may have, sure ones included."""
    entry: BoolArray
    """(m,) entries over which a cheaper choice may serve."""
    unserved: BoolArray
    """(n,) demands a cheaper choice may leave to the fallback."""


def leave(costs: Costs, price: FloatArray, count: int, upper: int) -> Left:
    """Strike out what would cost at least `upper`, by the reduced costs of the prices."""
    least, rating, scale, whole = _whole(costs, price, count)
    slack = upper * scale - least  # an increase of the bound by so much cannot be cheaper
    order = np.argsort(-rating, kind="stable")
    chosen = np.zeros(costs.columns, dtype=bool)
    chosen[order[:count]] = True
    last = rating[order[count - 1]] if count else LARGEST
    following = rating[order[count]] if count < costs.columns else -LARGEST
    come = np.where(chosen, 0, last - rating)
    go = np.where(chosen, rating - following, 0)
    opened = come < slack
    sure = go >= slack
    serve = np.maximum(0, costs.cost * scale - whole[costs.demand]) + come[costs.column]
    unserved = costs.fallback * scale - whole < slack
    return Left(sure & opened, opened, serve < slack, unserved)


def _first_prices(costs: Costs) -> FloatArray:
    """Return half way between the cheapest site and the next dearer cost."""
    low = costs.fallback.copy()
    np.minimum.at(low, costs.demand, costs.cost)
    return (low + costs.fallback) / 2.0


def _whole(costs: Costs, price: FloatArray, count: int) -> tuple[int, Int64Array, int, Int64Array]:
    """Return bound, ratings of columns and prices times a scale, and the scale: whole numbers."""
    total = int(costs.fallback.sum()) + 1
    scale = 1
    while scale < FINEST and total * scale * 2 * (count + 1) < LARGEST:
        scale *= 2
    whole = np.clip(np.rint(price * scale).astype(np.int64), 0, costs.fallback * scale)
    rating = np.zeros(costs.columns, dtype=np.int64)
    np.add.at(rating, costs.column, np.maximum(0, whole[costs.demand] - costs.cost * scale))
    best = np.sort(rating)[::-1][:count].sum() if count else 0
    return int(whole.sum()) - int(best), rating, scale, whole


@njit(cache=True, nogil=True)
def _ascend(fallback, first, demand, cost, price, count, upper, steps):  # type: ignore[no-untyped-def]
    """Return the best prices, the steps taken, and starts (Held, Wolfe and Crowder's step length)."""
    n, columns = len(fallback), len(first) - 1
    price = price.copy()
    best_price = price.copy()
    best = -np.inf
    rating = np.empty(columns)
    way = np.zeros(n)
    served = np.empty(n)
    starts = np.empty((steps // EVERY + 1, count), dtype=np.int64)
    kept = 0
    length, waited = 1.0, 0
    step = 0
    while step < steps:
        step += 1
        for j in range(columns):
            total = 0.0
            for e in range(first[j], first[j + 1]):
                saved = price[demand[e]] - cost[e]
                if saved > 0:
                    total += saved
            rating[j] = total
        order = np.argsort(-rating, kind="mergesort")
        if step % EVERY == 0:
            starts[kept] = order[:count]
            kept += 1
        bound = price.sum()
        served[:] = 0
        for place in range(count):
            j = order[place]
            bound -= rating[j]
            for e in range(first[j], first[j + 1]):
                if price[demand[e]] > cost[e]:
                    served[demand[e]] += 1.0
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
            wanted = 1.0 - served[i]
            if wanted > 0 and price[i] >= fallback[i]:
                wanted = 0.0
            way[i] = (1 - MOMENTUM) * wanted + MOMENTUM * way[i]
            square += way[i] * way[i]
        if square == 0.0:
            break
        move = length * (upper - bound) / square
        for i in range(n):
            price[i] = min(max(price[i] + move * way[i], 0.0), fallback[i])
    return best_price, step, starts[:kept]
