"""A first division into k parts of about equal size, each in one piece; the band comes later."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
from numba import njit
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gis.divide.units import Int32Array, Units, groups

METIS_LONGEST = 1000
"""METIS takes whole numbers as weights of edges: the longest border is written as this."""
METIS_UNEVEN = 100
"""Thousandths by which METIS may leave parts uneven."""

METIS_LEAST = 20
"""Units per part below which METIS fails on uneven weights (and writes about it to standard output)."""


def start_division(units: Units, k: int, seed: int, *, metis: bool = True) -> Int32Array:
    """Return an (n,) label 0..k-1 of connected units, every part connected and with a unit.

    METIS where its wheel is installed (and `metis`), else parts grown from seeds.
    """
    n = len(units)
    if k == 1:
        return np.zeros(n, dtype=np.int32)
    if k >= n:
        return np.arange(n, dtype=np.int32)
    if metis and n >= METIS_LEAST * k and has_metis():
        return settle(units, _metis(units, k, seed), k)
    return settle(units, grow(units, k, seed), k)


def has_metis() -> bool:
    """Return whether METIS can be used here."""
    return find_spec("pymetis") is not None


def _metis(units: Units, k: int, seed: int) -> Int32Array:
    import pymetis

    free = units.border * (1 - units.barrier / np.maximum(units.border, 1e-9) * 0.9)
    scale = METIS_LONGEST / max(float(free.max()), 1e-9)
    options: Any = pymetis.Options(contig=1, seed=seed % 2**31, ufactor=METIS_UNEVEN)
    _, label = pymetis.part_graph(
        k,
        adjacency=pymetis.CSRAdjacency(units.start, units.near),
        vweights=np.minimum(units.weight, 2**31 // 4),
        eweights=np.maximum(np.rint(free * scale), 1).astype(np.int64),
        recursive=False,
        options=options,
    )
    return np.asarray(label, dtype=np.int32)


def grow(units: Units, k: int, seed: int) -> Int32Array:
    """Grow k parts from seeds far apart, always the lightest one next."""
    draw = np.random.default_rng(seed)
    return np.asarray(
        _grow(
            units.start,
            units.near,
            units.weight,
            k,
            int(draw.integers(len(units))),
            draw.random(len(units.near)),
        )
    )


@njit(cache=True)
def _grow(start, near, weight, k, first, chance):  # type: ignore[no-untyped-def]
    n = len(weight)
    label = np.full(n, -1, dtype=np.int32)
    far = np.full(n, n + 1, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    held = np.zeros(k, dtype=np.int64)
    u = first
    for p in range(k):
        label[u] = p
        held[p] = weight[u]
        far[u] = 0
        queue[0] = u
        head, tail = 0, 1
        while head < tail:
            x = queue[head]
            head += 1
            for e in range(start[x], start[x + 1]):
                y = near[e]
                if far[y] > far[x] + 1:
                    far[y] = far[x] + 1
                    queue[tail] = y
                    tail += 1
        u = -1
        for x in range(n):
            if label[x] < 0 and (u < 0 or far[x] > far[u]):
                u = x
    closed = np.zeros(k, dtype=np.bool_)
    left = n - k
    while left > 0:
        p = -1
        for q in range(k):
            if not closed[q] and (p < 0 or held[q] < held[p]):
                p = q
        found, least = -1, 1e300
        for x in range(n):
            if label[x] == p:
                for e in range(start[x], start[x + 1]):
                    y = near[e]
                    if label[y] < 0:
                        touching = 0
                        for f in range(start[y], start[y + 1]):
                            if label[near[f]] == p:
                                touching += 1
                        if chance[e] - touching < least:
                            found, least = y, chance[e] - touching
        if found < 0:
            closed[p] = True
            continue
        label[found] = p
        held[p] += weight[found]
        left -= 1
    return label


def settle(units: Units, label: Int32Array, k: int) -> Int32Array:
    """Make every part 0..k-1 connected and not empty; -1 and splinters go to a neighbour.

    Raises
    ------
    ValueError
        The units are not connected, or fewer than k.
    """
    label = label.astype(np.int32)
    rows, near = units.rows(), units.near
    same = (label[rows] == label[near]) & (label[rows] >= 0)
    n = len(units)
    joined = coo_matrix((np.ones(int(same.sum()), dtype=bool), (rows[same], near[same])), (n, n))
    piece = connected_components(joined, directed=False)[1].astype(np.int32)
    members = groups(piece)
    main: dict[int, int] = {}
    for number, index in enumerate(members):
        part = int(label[index[0]])
        if part < 0:
            continue
        best = main.get(part)
        if best is None or _size(units, index) > _size(units, members[best]):
            main[part] = number
    kept = np.isin(piece, list(main.values()))
    label[~kept] = -1
    while (label < 0).any():
        open_ = (label[rows] < 0) & (label[near] >= 0)
        if not open_.any():
            if (label >= 0).any():
                raise ValueError("the units are not connected")
            label[0] = 0
            continue
        # the longest border of every unit that touches a part
        order = np.lexsort((-units.border[open_], rows[open_]))
        unit, first = np.unique(rows[open_][order], return_index=True)
        label[unit] = label[near[open_][order][first]]
    return _fill_empty(units, label, k)


def _size(units: Units, index: Any) -> tuple[int, int]:
    return int(units.weight[index].sum()), len(index)


def _fill_empty(units: Units, label: Int32Array, k: int) -> Int32Array:
    """Give every empty part one unit whose part holds together without it."""
    from gis.divide.refine import stays_whole

    n = len(units)
    if k > n:
        raise ValueError("fewer units than parts")
    seen, queue = np.zeros(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    stamp = 0
    for part in range(k):
        if (label == part).any():
            continue
        held = np.bincount(label, weights=units.weight, minlength=k)
        for unit in np.lexsort((-units.weight, -held[label])):
            stamp += 1
            if stays_whole(units.start, units.near, label, unit, seen, stamp, queue):
                label[unit] = part
                break
    return label
