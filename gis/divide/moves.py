"""The fewest moves that make an existing division fit: exact for few units or few moves.

A move's price is what it takes from where it was: cells for a repair, households for a re-division.
Moves are searched one, two and three deep. Each must touch a part that is wrong (outside the band or in
pieces) at that time: in a smallest set of moves there is always an order in which they do.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gis.divide.exact import NEVER, _sets
from gis.divide.refine import _miss
from gis.divide.units import Band, FloatArray, Int32Array, Int64Array, Units

MOST_MOVES = 3
MOST_NODES = 200_000
"""States looked at before the exact search of a depth is given up."""


@njit(cache=True)
def _pieces(start, near, label, part, mark, queue):  # type: ignore[no-untyped-def]
    """Return in how many pieces a part is."""
    n = len(label)
    count = 0
    for u in range(n):
        mark[u] = False
    for u in range(n):
        if label[u] != part or mark[u]:
            continue
        count += 1
        mark[u] = True
        queue[0] = u
        head, tail = 0, 1
        while head < tail:
            x = queue[head]
            head += 1
            for e in range(start[x], start[x + 1]):
                y = near[e]
                if label[y] == part and not mark[y]:
                    mark[y] = True
                    queue[tail] = y
                    tail += 1
    return count


@njit(cache=True)
def _wrong(start, near, label, held, part, low, high, mark, queue):  # type: ignore[no-untyped-def]
    """Return whether a part misses the band or is in pieces (or empty, which is not wrong)."""
    missed = _miss(held[part], low, high) > 0
    if missed and held[part] > 0:
        return True
    pieces = _pieces(start, near, label, part, mark, queue)
    return pieces > 1 or (pieces == 1 and missed)


@njit(cache=True)
def _moves(start, near, label, bad, locked, unit, to):  # type: ignore[no-untyped-def]
    """Write every move that touches a bad part; return how many."""
    count = 0
    for u in range(len(label)):
        if locked[u]:
            continue
        for e in range(start[u], start[u + 1]):
            q = label[near[e]]
            if q == label[u] or not (bad[q] or bad[label[u]]):
                continue
            known = False
            for i in range(count - 1, -1, -1):
                if unit[i] != u:
                    break
                if to[i] == q:
                    known = True
                    break
            if not known and count < len(unit):
                unit[count], to[count] = u, q
                count += 1
    return count


@njit(cache=True)
def _few_moves(start, near, weight, price, label, k, low, high, depth, most_nodes):  # type: ignore[no-untyped-def]
    """Search all sets of `depth` moves; return the least price, its label and whether all were seen."""
    n = len(weight)
    held = np.zeros(k, dtype=np.int64)
    for u in range(n):
        held[label[u]] += weight[u]
    mark = np.zeros(n, dtype=np.bool_)
    queue = np.empty(n, dtype=np.int64)
    bad = np.zeros((depth + 1, k), dtype=np.bool_)
    width = len(near) + 1
    unit = np.empty((depth, width), dtype=np.int64)
    to = np.empty((depth, width), dtype=np.int64)
    count = np.zeros(depth, dtype=np.int64)
    at = np.zeros(depth, dtype=np.int64)
    from_ = np.zeros(depth, dtype=np.int64)
    locked = np.zeros(n, dtype=np.bool_)
    spent = np.zeros(depth + 1)
    wrong = np.zeros(depth + 1, dtype=np.int64)
    for p in range(k):
        bad[0, p] = _wrong(start, near, label, held, p, low, high, mark, queue)
        wrong[0] += bad[0, p]
    best, best_label = NEVER, label.copy()
    nodes = 0
    level = 0
    count[0] = _moves(start, near, label, bad[0], locked, unit[0], to[0])
    at[0] = 0
    while level >= 0:
        if at[level] >= count[level] or nodes > most_nodes:
            level -= 1
            if level >= 0:
                u = unit[level, at[level] - 1]
                held[label[u]] -= weight[u]
                label[u] = from_[level]
                held[label[u]] += weight[u]
                locked[u] = False
            continue
        u, q = unit[level, at[level]], to[level, at[level]]
        at[level] += 1
        cost = spent[level] + price[u]
        if cost >= best:
            continue
        nodes += 1
        p = label[u]
        label[u] = q
        held[p] -= weight[u]
        held[q] += weight[u]
        wrong[level + 1] = 0
        for r in range(k):
            if r == p or r == q:
                bad[level + 1, r] = _wrong(start, near, label, held, r, low, high, mark, queue)
            else:
                bad[level + 1, r] = bad[level, r]
            wrong[level + 1] += bad[level + 1, r]
        if wrong[level + 1] == 0:
            best = cost
            best_label[:] = label
        # one move mends two parts at most
        if 0 < wrong[level + 1] <= 2 * (depth - level - 1):
            from_[level] = p
            locked[u] = True
            level += 1
            spent[level] = cost
            count[level] = _moves(start, near, label, bad[level], locked, unit[level], to[level])
            at[level] = 0
        else:
            label[u] = p
            held[p] += weight[u]
            held[q] -= weight[u]
    return best, best_label, nodes <= most_nodes


def few_moves(
    units: Units, label: Int32Array, k: int, band: Band, price: FloatArray
) -> tuple[Int32Array | None, bool]:
    """Return the cheapest (n,) label within `MOST_MOVES` moves, None if there is none.

    The second value says whether all sets of so many moves were looked at.
    """
    best: tuple[float, Int32Array] | None = None
    whole = True
    for depth in range(1, MOST_MOVES + 1):
        cost, found, all_seen = _few_moves(
            units.start,
            units.near,
            units.weight,
            price,
            label.astype(np.int32),
            k,
            band.low,
            band.high,
            depth,
            MOST_NODES,
        )
        whole &= bool(all_seen)
        if cost < NEVER and (best is None or cost < best[0]):
            best = (float(cost), found)
        if best is not None and best[0] <= (depth + 1) * float(price.min(initial=0.0)):
            break  # more moves cannot be cheaper
    return (None if best is None else best[1]), whole


@njit(cache=True)
def _keep(fits, home_price, n, labels):  # type: ignore[no-untyped-def]
    """Return the least price of giving each set of units to the first l labels, and the choices."""
    count = 1 << n
    total = np.full((labels + 1, count), NEVER)
    chosen = np.zeros((labels + 1, count), dtype=np.int32)
    total[0, 0] = 0.0
    for part in range(1, labels + 1):
        for mask in range(count):
            total[part, mask] = total[part - 1, mask]
            sub = mask
            while sub > 0:
                if fits[sub] and total[part - 1, mask ^ sub] < NEVER:
                    cost = total[part - 1, mask ^ sub] + home_price[part - 1, sub]
                    if cost < total[part, mask]:
                        total[part, mask] = cost
                        chosen[part, mask] = sub
                sub = (sub - 1) & mask
    return total, chosen


def all_moves(
    units: Units, home: Int32Array, k: int, band: Band, price: FloatArray
) -> Int32Array | None:
    """Return the cheapest division of few units that fits, None if there is none.

    Parameters
    ----------
    units
        At most `gis.divide.exact.MOST_UNITS` units.
    home
        (n,) part 0..k-1 of every unit before, -1 for none.
    k
        Parts before; each may end empty, and new ones (numbers from k) may be made.
    band
        Households of a part.
    price
        (n,) price of a unit that does not stay.
    """
    n = len(units)
    whole, held, _, _, _ = _sets(
        units.start,
        units.near,
        units.border,
        units.barrier,
        units.weight,
        units.area,
        units.perimeter,
    )
    fits = whole & (held >= band.low) & (held <= band.high)
    names = sorted({int(part) for part in home if part >= 0})
    fresh = min(n, max(int(units.weight.sum()) // max(band.low, 1), 1)) if band.low else n
    labels = names + list(range(k, k + fresh))
    masks = np.arange(1 << n)
    cost = np.zeros((len(labels), 1 << n))
    for row, name in enumerate(labels):
        for u in range(n):
            if home[u] != name:
                cost[row] += np.where(masks >> u & 1, price[u], 0.0)
    total, chosen = _keep(fits, cost, n, len(labels))
    if total[-1, -1] >= NEVER:
        return None
    out = np.zeros(n, dtype=np.int32)
    mask: int = (1 << n) - 1
    for row in range(len(labels), 0, -1):
        part = int(chosen[row, mask])
        if part and total[row, mask] < total[row - 1, mask]:
            for u in range(n):
                if part >> u & 1:
                    out[u] = labels[row - 1]
            mask ^= part
    return out


def carried(price: FloatArray, label: Int32Array, home: Int32Array) -> float:
    """Return the price of what does not stay; units without a home cost nothing."""
    return float(price[(label != home) & (home >= 0)].sum())


def move_home(
    units: Units,
    label: Int32Array,
    home: Int32Array,
    k: int,
    band: Band,
    price: Int64Array | FloatArray,
) -> Int32Array:
    """Give units back where they were, singly or in exchange, as long as everything still fits."""
    return np.asarray(
        _move_home(
            units.start,
            units.near,
            units.weight,
            price.astype(np.float64),
            label.astype(np.int32),
            home.astype(np.int32),
            k,
            band.low,
            band.high,
        )
    )


@njit(cache=True)
def _good(start, near, label, held, p, low, high, mark, queue):  # type: ignore[no-untyped-def]
    return not _wrong(start, near, label, held, p, low, high, mark, queue)


@njit(cache=True)
def _move_home(start, near, weight, price, label, home, k, low, high):  # type: ignore[no-untyped-def]
    n = len(weight)
    held = np.zeros(k, dtype=np.int64)
    for u in range(n):
        held[label[u]] += weight[u]
    mark = np.zeros(n, dtype=np.bool_)
    queue = np.empty(n, dtype=np.int64)
    order = np.argsort(-price)
    again = True
    while again:
        again = False
        for u in order:
            a, b = label[u], home[u]
            if b < 0 or a == b:
                continue
            label[u] = b
            held[a] -= weight[u]
            held[b] += weight[u]
            if _good(start, near, label, held, a, low, high, mark, queue) and _good(
                start, near, label, held, b, low, high, mark, queue
            ):
                again = True
                continue
            done = False
            for v in order:
                c, d = label[v], home[v]
                if v == u or (c != b and c != a):
                    continue
                # the other may go home too, or swap sides when it costs less
                goal = d if d >= 0 and d != c else (a if c == b else -1)
                if goal < 0 or (d == c and price[v] >= price[u]):
                    continue
                label[v] = goal
                held[c] -= weight[v]
                held[goal] += weight[v]
                if (
                    _good(start, near, label, held, a, low, high, mark, queue)
                    and _good(start, near, label, held, b, low, high, mark, queue)
                    and _good(start, near, label, held, goal, low, high, mark, queue)
                ):
                    done = True
                    break
                label[v] = c
                held[goal] -= weight[v]
                held[c] += weight[v]
            if done:
                again = True
                continue
            label[u] = a
            held[b] -= weight[u]
            held[a] += weight[u]
    return label
