"""Moving borders: violations of the band first, then barriers, compactness and balance.

Two kinds of step, both keeping every part in one piece. *Border moves* hand one unit (or exchange two)
across a border, annealed (Kirkpatrick, Gelatt and Vecchi, Science 220, 1983). *Re-cutting* melts two
neighbouring parts and cuts a random spanning tree of them anew (DeFord, Duchin and Solomon,
"Recombination", Harvard Data Science Review 3.1, 2021), which finds tight bands that single moves miss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.divide.units import Band, FloatArray, Int32Array, Int64Array, Units

VIOLATION = 40.0
"""Price of missing the band by half its width: no gain in shape outweighs it."""
BARRIER = 1.0
"""Price of a full barrier inside a part, as long as the side of a square part."""
SHAPE = 1.0
"""Price of a part's Polsby-Popper score falling from 1 to 0."""
BALANCE = 0.15
"""Price of a part at the edge of the band instead of its mean."""

SMALL = 1000
"""Units up to which every better division is kept while annealing."""


@dataclass(frozen=True)
class Aim:
    """What is asked of a division of units into k parts."""

    k: int
    band: Band
    balance: float = BALANCE
    """Price of a part at the edge of the band."""
    extra: float = BALANCE
    """Price of a part with none, or twice the mean, of another count."""
    home: Int32Array | None = None
    """(n,) part each unit would like to stay in, -1 none."""
    stay: FloatArray | None = None
    """(n,) price of leaving it."""


@njit(cache=True)
def _miss(households, low, high):  # type: ignore[no-untyped-def]
    if households < low:
        return low - households
    if households > high:
        return households - high
    return 0


@njit(cache=True)
def _round(area, perimeter):  # type: ignore[no-untyped-def]
    if perimeter <= 0.0:
        return 1.0
    return min(4.0 * np.pi * area / (perimeter * perimeter), 1.0)


@njit(cache=True)
def stays_whole(start, near, label, unit, seen, stamp, queue):  # type: ignore[no-untyped-def]
    """Return whether the part of `unit` holds together without it; `seen` (n,) keeps stamps."""
    part = label[unit]
    first = -1
    others = 0
    for e in range(start[unit], start[unit + 1]):
        v = near[e]
        if label[v] == part:
            if first < 0:
                first = v
            else:
                others += 1
    if others == 0:
        return first >= 0
    for e in range(start[unit], start[unit + 1]):
        if label[near[e]] == part:
            seen[near[e]] = -stamp
    seen[unit] = stamp
    seen[first] = stamp
    queue[0] = first
    head, tail = 0, 1
    while head < tail:
        u = queue[head]
        head += 1
        for e in range(start[u], start[u + 1]):
            v = near[e]
            if label[v] == part and seen[v] != stamp:
                if seen[v] == -stamp:
                    others -= 1
                    if others == 0:
                        return True
                seen[v] = stamp
                queue[tail] = v
                tail += 1
    return False


@njit(cache=True)
def _between(start, near, border, barrier, label, unit, a, b):  # type: ignore[no-untyped-def]
    with_a, with_b, blocked_a, blocked_b = 0.0, 0.0, 0.0, 0.0
    for e in range(start[unit], start[unit + 1]):
        part = label[near[e]]
        if part == a:
            with_a += border[e]
            blocked_a += barrier[e]
        elif part == b:
            with_b += border[e]
            blocked_b += barrier[e]
    return with_a, with_b, blocked_a, blocked_b


@njit(cache=True)
def _anneal(  # type: ignore[no-untyped-def]
    start,
    near,
    border,
    barrier,
    weight,
    area,
    ring,
    extra,
    label,
    k,
    low,
    high,
    target,
    home,
    stay,
    prices,
    heat,
    cold,
    steps,
    seed,
):
    """Move borders in place; return the label that misses least, then costs least, and its cost.

    The cost is without misses and less that of the start.
    """
    np.random.seed(seed)
    n = len(weight)
    j = extra.shape[1]
    held = np.zeros(k, dtype=np.int64)
    size = np.zeros(k, dtype=np.int64)
    land = np.zeros(k)
    edge = np.zeros(k)
    more = np.zeros((k, j))
    whole = np.zeros(j)
    for u in range(n):
        p = label[u]
        held[p] += weight[u]
        size[p] += 1
        land[p] += area[u]
        edge[p] += ring[u]
        for c in range(j):
            more[p, c] += extra[u, c]
            whole[c] += extra[u, c]
        for e in range(start[u], start[u + 1]):
            if label[near[e]] == p:
                edge[p] -= border[e]
    half = max((high - low) / 2.0, 0.5)
    side = np.sqrt(max(area.sum() / k, 1e-9))
    seen = np.zeros(n, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    stamp = 0
    energy = 0.0
    best = 0.0
    missed = 0
    for p in range(k):
        missed += _miss(held[p], low, high)
    least = missed
    best_label = label.copy()
    cooling = (cold / heat) ** (1.0 / max(steps, 1))
    t = heat
    since = 0
    for _step in range(steps):
        t *= cooling
        u = np.random.randint(n)
        degree = start[u + 1] - start[u]
        if degree == 0:
            continue
        v = near[start[u] + np.random.randint(degree)]
        a, b = label[u], label[v]
        if a == b or size[a] == 1:
            continue
        w = weight[u]
        old = _miss(held[a], low, high) + _miss(held[b], low, high)
        new = _miss(held[a] - w, low, high) + _miss(held[b] + w, low, high)
        change = prices[0] * (new - old) / half
        if change > 30.0 * t + 1e-12:
            continue
        with_a, with_b, blocked_a, blocked_b = _between(
            start, near, border, barrier, label, u, a, b
        )
        edge_a = edge[a] - ring[u] + 2.0 * with_a
        edge_b = edge[b] + ring[u] - 2.0 * with_b
        change += prices[1] * (blocked_b - blocked_a) / side
        change += prices[2] * (
            _round(land[a], edge[a])
            + _round(land[b], edge[b])
            - _round(land[a] - area[u], edge_a)
            - _round(land[b] + area[u], edge_b)
        )
        away_a = (held[a] - target) / half
        away_b = (held[b] - target) / half
        shift = w / half
        change += prices[3] * (
            (away_a - shift) ** 2 + (away_b + shift) ** 2 - away_a**2 - away_b**2
        )
        for c in range(j):
            if whole[c] > 0.0:
                mean = whole[c] / k
                x, y, z = more[a, c] / mean, more[b, c] / mean, extra[u, c] / mean
                change += prices[4] * (
                    (x - z - 1) ** 2 + (y + z - 1) ** 2 - (x - 1) ** 2 - (y - 1) ** 2
                )
        if home[u] >= 0:
            if home[u] == a:
                change += stay[u]
            elif home[u] == b:
                change -= stay[u]
        if change > 0.0 and np.random.random() >= np.exp(-change / t):
            continue
        stamp += 1
        if not stays_whole(start, near, label, u, seen, stamp, queue):
            continue
        label[u] = b
        held[a] -= w
        held[b] += w
        size[a] -= 1
        size[b] += 1
        land[a] -= area[u]
        land[b] += area[u]
        edge[a], edge[b] = edge_a, edge_b
        for c in range(j):
            more[a, c] -= extra[u, c]
            more[b, c] += extra[u, c]
        energy += change - prices[0] * (new - old) / half
        missed += new - old
        since += 1
        # copying at every improvement would cost more than the moves of a large map
        if missed < least or (
            missed == least and energy < best - 1e-12 and (n < SMALL or since > n)
        ):
            least = missed
            best = energy
            best_label[:] = label
            since = 0
    if missed == least and energy < best - 1e-12:
        best = energy
        best_label[:] = label
    return best_label, best


@njit(cache=True)
def _recut(start, near, weight, label, k, low, high, tries, heat, seed):  # type: ignore[no-untyped-def]
    """Melt pairs of parts and cut them anew until no part misses the band; label in place.

    Returns the lowest sum of misses and its label.
    """
    np.random.seed(seed)
    n = len(weight)
    held = np.zeros(k, dtype=np.int64)
    for u in range(n):
        held[label[u]] += weight[u]
    total = 0
    for p in range(k):
        total += _miss(held[p], low, high)
    best = total
    best_label = label.copy()
    order = np.empty(n, dtype=np.int64)
    parent = np.full(n, -1, dtype=np.int64)
    below = np.zeros(n, dtype=np.int64)
    member = np.zeros(n, dtype=np.int64)
    cut_off = np.zeros(n, dtype=np.bool_)
    from_ = np.empty(len(near) + 1, dtype=np.int64)
    to = np.empty(len(near) + 1, dtype=np.int64)
    for attempt in range(1, tries + 1):
        if total == 0:
            break
        # a part that misses the band, as often as any neighbour of one
        u = np.random.randint(n)
        if _miss(held[label[u]], low, high) == 0 and np.random.random() < 0.8:
            continue
        degree = start[u + 1] - start[u]
        if degree == 0:
            continue
        v = near[start[u] + np.random.randint(degree)]
        a, b = label[u], label[v]
        if a == b:
            continue
        # random tree over both parts, grown from u
        count, edges = 0, 0
        order[0] = u
        count = 1
        member[u] = attempt
        parent[u] = -1
        for e in range(start[u], start[u + 1]):
            if label[near[e]] == a or label[near[e]] == b:
                from_[edges], to[edges] = u, near[e]
                edges += 1
        while edges > 0:
            pick = np.random.randint(edges)
            x, y = from_[pick], to[pick]
            edges -= 1
            from_[pick], to[pick] = from_[edges], to[edges]
            if member[y] == attempt:
                continue
            member[y] = attempt
            parent[y] = x
            order[count] = y
            count += 1
            for e in range(start[y], start[y + 1]):
                z = near[e]
                if (label[z] == a or label[z] == b) and member[z] != attempt:
                    from_[edges], to[edges] = y, z
                    edges += 1
        for i in range(count):
            below[order[i]] = weight[order[i]]
        for i in range(count - 1, 0, -1):
            below[parent[order[i]]] += below[order[i]]
        both = held[a] + held[b]
        least, at, ties = np.int64(1) << 60, -1, 0
        for i in range(1, count):
            s = below[order[i]]
            m = _miss(s, low, high) + _miss(both - s, low, high)
            if m < least:
                least, at, ties = m, order[i], 1
            elif m == least:
                ties += 1
                if np.random.randint(ties) == 0:
                    at = order[i]
        old = _miss(held[a], low, high) + _miss(held[b], low, high)
        if least > old and np.random.random() >= np.exp(-(least - old) / heat):
            continue
        for i in range(count):
            x = order[i]
            cut_off[x] = x == at or (i > 0 and cut_off[parent[x]])
            label[x] = b if cut_off[x] else a
        held[b] = below[at]
        held[a] = both - below[at]
        total += least - old
        if total < best:
            best = total
            best_label[:] = label
    return best, best_label


def anneal(
    units: Units,
    label: Int32Array,
    aim: Aim,
    *,
    steps: int,
    heat: float,
    cold: float,
    seed: int,
    prices: tuple[float, float, float] = (VIOLATION, BARRIER, SHAPE),
) -> tuple[Int32Array, float]:
    """Move borders by annealing; return the new (n,) label and by how much its price changed, misses left out."""
    n = len(units)
    home = aim.home if aim.home is not None else np.full(n, -1, dtype=np.int32)
    stay = aim.stay if aim.stay is not None else np.zeros(n)
    target = float(units.weight.sum()) / aim.k
    best, change = _anneal(
        units.start,
        units.near,
        units.border,
        units.barrier,
        units.weight,
        units.area,
        units.perimeter,
        units.extra,
        label.astype(np.int32),
        aim.k,
        aim.band.low,
        aim.band.high,
        target,
        home,
        stay,
        np.array([*prices, aim.balance, aim.extra]),
        heat,
        cold,
        steps,
        seed,
    )
    return best, float(change)


def recut(
    units: Units, label: Int32Array, k: int, band: Band, *, tries: int, heat: float, seed: int
) -> tuple[int, Int32Array]:
    """Cut pairs of parts anew until the band holds; return what is missed and the (n,) label."""
    missed, best = _recut(
        units.start,
        units.near,
        units.weight,
        label.astype(np.int32),
        k,
        band.low,
        band.high,
        tries,
        heat,
        seed,
    )
    return int(missed), best


def part_sums(
    label: NDArray[np.signedinteger[Any]], values: NDArray[np.generic], k: int
) -> Int64Array:
    """Return the sum of (n,) whole numbers over each of k parts."""
    held = np.zeros(k, dtype=np.int64)
    np.add.at(held, label, values.astype(np.int64))
    return held
