"""Every division of a few units: connected parts within the band, fitted together without gap.

With at most `MOST_UNITS` units all sets of units are looked at, so what is not found does not exist.
Time grows as 3 to the number of units.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.divide.refine import BALANCE, BARRIER, SHAPE
from gis.divide.units import Band, FloatArray, Int32Array, Int64Array, Units

MOST_UNITS = 14
NEVER = 1e300


@njit(cache=True)
def _sets(start, near, border, barrier, weight, area, ring):  # type: ignore[no-untyped-def]
    """Return of every set: whether it is in one piece, its weight, area, perimeter, barriers."""
    n = len(weight)
    count = 1 << n
    whole = np.zeros(count, dtype=np.bool_)
    held = np.zeros(count, dtype=np.int64)
    land = np.zeros(count)
    edge = np.zeros(count)
    blocked = np.zeros(count)
    reach = np.zeros(n, dtype=np.int64)
    for u in range(n):
        for e in range(start[u], start[u + 1]):
            reach[u] |= 1 << near[e]
    for mask in range(1, count):
        top = 0
        while mask >> (top + 1):
            top += 1
        rest = mask ^ (1 << top)
        held[mask] = held[rest] + weight[top]
        land[mask] = land[rest] + area[top]
        edge[mask] = edge[rest] + ring[top]
        blocked[mask] = blocked[rest]
        for e in range(start[top], start[top + 1]):
            if rest >> near[e] & 1:
                edge[mask] -= 2 * border[e]
                blocked[mask] += barrier[e]
        found = 1 << top
        while True:
            grown = found
            for u in range(n):
                if found >> u & 1:
                    grown |= reach[u] & mask
            if grown == found:
                break
            found = grown
        whole[mask] = found == mask
    return whole, held, land, edge, blocked


@njit(cache=True)
def _fit(cost, n, most, worst):  # type: ignore[no-untyped-def]
    """Return the least cost of every set in 1..most parts, and the part that holds its lowest unit.

    Costs of parts are added, or with `worst` the greatest one counts.
    """
    count = 1 << n
    total = np.full((most + 1, count), NEVER)
    first = np.zeros((most + 1, count), dtype=np.int32)
    total[0, 0] = 0.0
    for mask in range(1, count):
        lowest = mask & -mask
        rest = mask ^ lowest
        sub = rest
        while True:
            part = sub | lowest
            price = cost[part]
            if price < NEVER:
                left = mask ^ part
                for k in range(1, most + 1):
                    before = total[k - 1, left]
                    if before < NEVER:
                        whole = max(before, price) if worst else before + price
                        if whole < total[k, mask]:
                            total[k, mask] = whole
                            first[k, mask] = part
            if sub == 0:
                break
            sub = (sub - 1) & rest
    return total, first


def divisions(
    units: Units, band: Band, *, grids: int | None = None
) -> tuple[FloatArray, dict[int, Int32Array]]:
    """Return the best division of at most `MOST_UNITS` units for every possible number of parts.

    Parameters
    ----------
    units
        Connected units.
    band
        Households of a part.
    grids
        With a number of parts, only that one, and evenness goes before shape.

    Returns
    -------
    What each number of parts costs, indexed by it (`NEVER` where there is no such division), and the
    (n,) labels of those that exist.
    """
    n = len(units)
    whole, held, land, edge, blocked = _sets(
        units.start,
        units.near,
        units.border,
        units.barrier,
        units.weight,
        units.area,
        units.perimeter,
    )
    fits = whole & (held >= band.low) & (held <= band.high)
    most = n if grids is None else min(grids, n)
    if grids is not None:
        away = np.abs(held - units.weight.sum() / grids)
        total, _ = _fit(np.where(fits, away, NEVER), n, most, worst=True)
        if grids <= n and total[grids, -1] < NEVER:
            fits &= away <= total[grids, -1] * EVEN_ENOUGH + 1e-9
    total, first = _fit(
        np.where(fits, _price(units, held, land, edge, blocked, band), NEVER), n, most, worst=False
    )
    wanted = range(1, most + 1) if grids is None else [grids] if grids <= n else []
    found = {k: _read(first, k, n) for k in wanted if total[k, -1] < NEVER}
    return total[:, -1], found


EVEN_ENOUGH = 1.1
"""With a fixed number of parts, how far the largest deviation may exceed the least possible one for
the sake of shape."""


def _price(
    units: Units,
    held: Int64Array,
    land: FloatArray,
    edge: FloatArray,
    blocked: FloatArray,
    band: Band,
) -> NDArray[np.float64]:
    middle, half = (band.low + band.high) / 2, max((band.high - band.low) / 2, 0.5)
    side = np.sqrt(max(float(units.area.sum()) / max(units.weight.sum() / max(middle, 1), 1), 1e-9))
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.where(edge > 0, np.minimum(4 * np.pi * land / edge**2, 1), 1.0)
    evenness = np.minimum(((held - middle) / half) ** 2, 1e6)
    return np.asarray(BARRIER * blocked / side + SHAPE * (1 - score) + BALANCE * evenness)


def _read(first: NDArray[np.int32], k: int, n: int) -> Int32Array:
    label = np.zeros(n, dtype=np.int32)
    mask = (1 << n) - 1
    for parts in range(k, 0, -1):
        part = int(first[parts, mask])
        for u in range(n):
            if part >> u & 1:
                label[u] = k - parts
        mask ^= part
    return label
