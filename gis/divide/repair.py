"""Mending an existing division: what is wrong is put right, and as little as can be changes part."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from gis.divide.exact import MOST_UNITS
from gis.divide.ground import Island, island_of, survey
from gis.divide.moves import all_moves, carried, few_moves, move_home
from gis.divide.places import grown, places
from gis.divide.refine import Aim, anneal, part_sums
from gis.divide.report import Division, reason, report
from gis.divide.search import Effort, search
from gis.divide.start import settle
from gis.divide.units import Band, CellGraph, FloatArray, Int32Array, Units

WALKS = 4
"""Annealed walks per island when few moves do not suffice."""
MOST_PLACES = 400
"""Places mended on their own, some hundredths of a second each; with more of them walks over the whole have to do."""
ENOUGH = 2
"""Neighbourhoods of a place in which it could be mended: among more of them seldom less has to change."""
FREE = 1e-6
"""Price of moving what had no part before."""


def repair(
    graph: CellGraph,
    label: Int32Array,
    band: Band,
    *,
    fixed: Int32Array | None = None,
    seed: int = 0,
) -> Division:
    """Make a division fit with the fewest cells (then households) moved.

    Exact where an island has at most `gis.divide.exact.MOST_UNITS` units, and where up to three moves
    suffice and all of them could be looked at; otherwise the best of mending each place among its neighbours
    and of some annealed walks.

    Parameters
    ----------
    graph
        n cells.
    label
        (n,) part of every cell, -1 for cells that have none and get one.
    band
        Households of a part. Parts may be dissolved, new ones get the lowest free numbers.
    fixed
        (n,) label of the locked part of a cell, -1 for free cells.
    seed
        Same input and seed, same answer.
    """
    whole = float(graph.households.sum()) + 1
    return _mend(graph, label, band, fixed, seed, np.asarray(1 + graph.households / whole))


def redivide(
    graph: CellGraph,
    label: Int32Array,
    band: Band,
    *,
    fixed: Int32Array | None = None,
    seed: int = 0,
) -> Division:
    """Make a division fit again after counts changed, with the fewest households changing part.

    Parameters and exactness as in `repair`.
    """
    n = len(graph.households)
    return _mend(graph, label, band, fixed, seed, np.asarray(graph.households + 1 / (n + 1)))


def _mend(
    graph: CellGraph,
    label: Int32Array,
    band: Band,
    fixed: Int32Array | None,
    seed: int,
    price: FloatArray,
) -> Division:
    n = len(graph.households)
    fixed = np.full(n, -1, dtype=np.int32) if fixed is None else fixed.astype(np.int32)
    ground = survey(graph, band, fixed)
    units = ground.units
    free = units.of_cell >= 0
    prices = np.zeros(len(units))
    np.add.at(prices, units.of_cell[free], price[free])
    home = _homes(units, np.where(free, label, -1), price)
    out, number = ground.label.copy(), ground.heavy
    iterations = 0
    for turn, island in enumerate(ground.islands):
        named, local = np.unique(home[island.index], return_inverse=True)
        if named[0] == -1:
            named, local = named[1:], local - 1
        mended, steps, proved = _mend_island(
            island, local.astype(np.int32), len(named), band, prices[island.index], seed + turn
        )
        iterations += steps
        used, place = np.unique(mended, return_inverse=True)
        missed = band.violation(part_sums(place, island.units.weight, len(used))) > 0
        if proved and island.counts and missed.any():
            ground.reasons.append(reason("no_division", island.cells, graph, band))
            ground.impossible = True
        out[island.index] = place + number
        number += len(used)
    out = _named(out, number, home, prices, fixed, label)
    cells = np.where(free, out[units.of_cell] if len(out) else fixed, fixed)
    return report(
        graph,
        band,
        cells.astype(np.int32),
        ground.reasons,
        proved=ground.impossible,
        iterations=iterations,
    )


def _named(
    out: Int32Array,
    parts: int,
    home: Int32Array,
    price: FloatArray,
    fixed: Int32Array,
    label: Int32Array,
) -> Int32Array:
    """Give parts the names of those they hold most of, new ones the lowest never used."""
    locked = set(fixed[fixed >= 0].tolist())
    old = sorted(set(home[home >= 0].tolist()) - locked)
    place = {name: column for column, name in enumerate(old)}
    held = np.zeros((parts, len(old)))
    for unit in np.flatnonzero(np.isin(home, old)):
        held[out[unit], place[int(home[unit])]] += price[unit]
    name = np.full(parts, -1, dtype=np.int32)
    for part, column in zip(*linear_sum_assignment(-held), strict=True):
        if held[part, column] > 0:
            name[part] = old[column]
    taken = locked | set(label[label >= 0].tolist())
    fresh = (number for number in range(len(taken) + parts) if number not in taken)
    for part in np.flatnonzero(name < 0):
        name[part] = next(fresh)
    return name[out] if len(out) else out


def _homes(units: Units, label: Int32Array, price: FloatArray) -> Int32Array:
    """Return the part most of every unit was in, shape (units,)."""
    home = np.full(len(units), -1, dtype=np.int32)
    had = np.flatnonzero((units.of_cell >= 0) & (label >= 0))
    pairs, place = np.unique(
        np.column_stack((units.of_cell[had], label[had])), axis=0, return_inverse=True
    )
    weight = np.bincount(place.ravel(), weights=price[had], minlength=len(pairs))
    order = np.lexsort((-pairs[:, 1], weight))  # the heaviest last, it is what stays
    home[pairs[order, 0]] = pairs[order, 1]
    return home


def _mend_island(
    island: Island,
    home: Int32Array,
    k: int,
    band: Band,
    price: FloatArray,
    seed: int,
    *,
    within_place: bool = False,
) -> tuple[Int32Array, int, bool]:
    """Return the new label of an island's units, steps, and whether nothing better exists.

    An island that is a place of a larger one (`within_place`) is not divided into places again.
    """
    units = island.units
    if len(units) <= MOST_UNITS:
        exact = all_moves(units, home, k, band, price)
        if exact is not None:
            return exact, 0, True
    placed, parts = _place(units, home, k)
    if _fits(units, placed, parts, band) and (home >= 0).all():
        return placed, 0, True
    priced = np.where(home >= 0, price, FREE)
    found, _ = few_moves(units, placed, parts, band, priced)
    if found is not None and (home >= 0).all():
        return found, 0, True
    best = found
    cost = np.inf if best is None else carried(price, best, home)
    steps = 0
    if not within_place:
        mended, steps = _each_place(units, placed, band, price, seed)
        if mended is not None:
            mended = move_home(units, mended, home, int(mended.max()) + 1 + k, band, price)
            if carried(price, mended, home) < cost:
                best, cost = mended, carried(price, mended, home)
    for walk in range(WALKS):
        label, more = _walk(units, placed, home, parts, band, price, seed + walk, walk)
        steps += more
        if not _fits(units, label, parts, band):
            continue
        label = move_home(units, label, home, parts, band, price)
        if carried(price, label, home) < cost:
            best, cost = label, carried(price, label, home)
    anew, more = _anew(island, placed, home, k, band, price, seed)
    steps += more
    if best is None or (
        _fits(units, anew, int(anew.max()) + 1, band) and carried(price, anew, home) < cost
    ):
        best = anew
    return best, steps, len(units) <= MOST_UNITS


def _each_place(
    units: Units, placed: Int32Array, band: Band, price: FloatArray, seed: int
) -> tuple[Int32Array | None, int]:
    """Mend one place after the other, each with as few of its neighbours as let it be mended cheaply.

    A grid too few or too many is put right where it is wrong; the walks keep the number of parts, and dividing
    anew changes all of them. Returns None where a place cannot be mended, and the steps.
    """
    label, steps = placed.copy(), 0
    for turn in range(MOST_PLACES + 1):
        wrong = places(units, label, band)
        if not wrong:
            return label, steps
        if turn + len(wrong) > MOST_PLACES:
            break
        best, cost, fitted = None, np.inf, 0
        for region in grown(units, label, wrong[0]):
            index = np.flatnonzero(np.isin(label, region))
            named, local = np.unique(label[index], return_inverse=True)
            island = island_of(units.take(index), index, band)
            if not island.counts:
                continue
            mended, more, _ = _mend_island(
                island, local.astype(np.int32), len(named), band, price[index], seed + turn,
                within_place=True,
            )  # fmt: skip
            steps += more
            if not _fits(island.units, mended, int(mended.max()) + 1, band):
                continue
            fitted += 1
            moved = carried(price[index], mended, local.astype(np.int32))
            if moved < cost:
                fresh = np.arange(int(mended.max()) + 1 - len(named)) + int(label.max()) + 1
                best, cost = label.copy(), moved
                best[index] = np.concatenate((named, fresh))[mended]
            if fitted == ENOUGH:
                break
        if best is None:
            break
        label = best
    return None, steps


def _place(units: Units, home: Int32Array, k: int) -> tuple[Int32Array, int]:
    """Give units without a part that of the neighbour with the longest border."""
    label = home.copy()
    if k == 0:
        return np.zeros(len(label), dtype=np.int32), 1
    rows, near = units.rows(), units.near
    while (label < 0).any():
        edge = (label[rows] < 0) & (label[near] >= 0)
        order = np.lexsort((-units.border[edge], rows[edge]))
        unit, first = np.unique(rows[edge][order], return_index=True)
        label[unit] = label[near[edge][order][first]]
    return label, k


def _fits(units: Units, label: Int32Array, k: int, band: Band) -> bool:
    used = np.unique(label)
    if (band.violation(part_sums(label, units.weight, k))[used] > 0).any():
        return False
    return len(units.apart(label)) == 0


def _walk(
    units: Units,
    placed: Int32Array,
    home: Int32Array,
    k: int,
    band: Band,
    price: FloatArray,
    seed: int,
    turn: int,
) -> tuple[Int32Array, int]:
    """Anneal the misses of the band against what leaves its part."""
    used, local = np.unique(placed, return_inverse=True)
    label = settle(units, local.astype(np.int32), len(used))
    back = np.full(k + 1, -1, dtype=np.int32)
    back[used] = np.arange(len(used), dtype=np.int32)
    aim = Aim(len(used), band, balance=0.001, home=back[home], stay=price / price.mean())
    half = max((band.high - band.low) / 2, 0.5)
    one = max(float(units.weight.mean()), 0.5)
    steps = min(40_000 + 2000 * len(units), 6_000_000)
    moved, _ = anneal(
        units,
        label,
        aim,
        steps=steps,
        heat=1.0,
        cold=0.02,
        seed=seed,
        prices=(4.0 * 4**turn * half / one, 0.0, 0.001),
    )
    return used[moved].astype(np.int32), steps


def _anew(
    island: Island,
    placed: Int32Array,
    home: Int32Array,
    k: int,
    band: Band,
    price: FloatArray,
    seed: int,
) -> tuple[Int32Array, int]:
    """Divide anew from the old division, name the parts after those they hold most of."""
    units = island.units
    parts = len(np.unique(placed))
    counts = sorted(island.tries(band), key=lambda count: (abs(count - parts), count))
    found = search(
        units,
        band,
        counts,
        even=False,
        seed=seed,
        start=np.unique(placed, return_inverse=True)[1].astype(np.int32),
        effort=Effort(refine=0, least=0),
    )
    held = np.zeros((found.k, max(k, found.k)))
    had = home >= 0
    np.add.at(held, (found.label[had], home[had]), price[had])
    rows, columns = linear_sum_assignment(-held)
    name = np.empty(found.k, dtype=np.int32)
    name[rows] = columns
    # a part that holds nothing of its namesake is a new one
    empty = held[np.arange(found.k), name] == 0
    name[empty] = k + np.arange(int(empty.sum()))
    label = name[found.label]
    if found.missed == 0:
        label = move_home(units, label, home, int(label.max()) + 1 + k, band, price)
    return label, found.steps
