"""Fitting parts into a tight band: single moves and exchanges across borders, annealed.

Shape counts for nothing here; re-cutting (`gis.divide.refine.recut`) and this take turns.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gis.divide.refine import _miss, stays_whole
from gis.divide.units import Band, Int32Array, Units


@njit(cache=True)
def _touches(start, near, label, unit, part, but):  # type: ignore[no-untyped-def]
    for e in range(start[unit], start[unit + 1]):
        if near[e] != but and label[near[e]] == part:
            return True
    return False


@njit(cache=True)
def _fit_band(start, near, weight, label, k, low, high, steps, heat, cold, seed):  # type: ignore[no-untyped-def]
    """Return the lowest sum of misses met and its label; `label` ends where the walk ends."""
    np.random.seed(seed)
    n = len(weight)
    held = np.zeros(k, dtype=np.int64)
    size = np.zeros(k, dtype=np.int64)
    for u in range(n):
        held[label[u]] += weight[u]
        size[label[u]] += 1
    total = 0
    for p in range(k):
        total += _miss(held[p], low, high)
    best, best_label = total, label.copy()
    seen = np.zeros(n, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    stamp = 0
    t = heat
    cooling = (cold / heat) ** (1.0 / max(steps, 1))
    for _ in range(steps):
        if total == 0:
            break
        t *= cooling
        u = np.random.randint(n)
        degree = start[u + 1] - start[u]
        if degree == 0:
            continue
        v = near[start[u] + np.random.randint(degree)]
        a, b = label[u], label[v]
        if a == b:
            continue
        old = _miss(held[a], low, high) + _miss(held[b], low, high)
        exchange = np.random.random() < 0.5
        moved = weight[u]
        if exchange:
            # the neighbour itself, or another unit of its part one or two steps along the border
            for _walk in range(np.random.randint(3)):
                y = near[start[v] + np.random.randint(start[v + 1] - start[v])]
                if label[y] == b:
                    v = y
            moved -= weight[v]
        elif size[a] == 1:
            continue
        new = _miss(held[a] - moved, low, high) + _miss(held[b] + moved, low, high)
        change = new - old
        if change > 0 and np.random.random() >= np.exp(-change / t):
            continue
        stamp += 1
        if exchange:
            if size[a] > 1 and not (
                _touches(start, near, label, v, a, u)
                and stays_whole(start, near, label, u, seen, stamp, queue)
            ):
                continue
            label[u] = b
            stamp += 1
            if not stays_whole(start, near, label, v, seen, stamp, queue):
                label[u] = a
                continue
            label[v] = a
        else:
            if not stays_whole(start, near, label, u, seen, stamp, queue):
                continue
            label[u] = b
            size[a] -= 1
            size[b] += 1
        held[a] -= moved
        held[b] += moved
        total += change
        if total < best:
            best = total
            best_label[:] = label
    return best, best_label


def fit_band(
    units: Units,
    label: Int32Array,
    k: int,
    band: Band,
    *,
    steps: int,
    heat: float,
    cold: float,
    seed: int,
) -> tuple[int, Int32Array]:
    """Anneal misses of the band; return what the best (n,) label misses, and it.

    `heat` and `cold` are households.
    """
    missed, best = _fit_band(
        units.start,
        units.near,
        units.weight,
        label.astype(np.int32),
        k,
        band.low,
        band.high,
        steps,
        heat,
        cold,
        seed,
    )
    return int(missed), best
