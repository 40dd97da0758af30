"""Maps to be divided, generated from a seed, and every division of small ones by plain enumeration."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.spatial import Delaunay

from gis.divide import Band, CellGraph


def graph(households, pairs, unit=None, *, shared=10.0, barrier=None, area=100.0) -> CellGraph:
    """Return square-like cells of 10 m with the given neighbours."""
    n = len(households)
    pairs = np.asarray(pairs, dtype=np.int32).reshape(-1, 2)
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    degree = np.bincount(pairs.ravel(), minlength=n)
    return CellGraph(
        np.asarray(households, dtype=np.int64),
        np.full(n, area),
        np.maximum(40.0 - degree * shared, 0.0),
        pairs,
        np.full(len(pairs), shared),
        np.zeros(len(pairs)) if barrier is None else np.asarray(barrier, dtype=float),
        np.full(n, -1, dtype=np.int32) if unit is None else np.asarray(unit, dtype=np.int32),
    )


def lattice(rows: int, columns: int) -> list[tuple[int, int]]:
    """Return the neighbours of a board, cells numbered row by row."""
    at = np.arange(rows * columns).reshape(rows, columns)
    across = np.column_stack((at[:, :-1].ravel(), at[:, 1:].ravel()))
    down = np.column_stack((at[:-1].ravel(), at[1:].ravel()))
    return [tuple(pair) for pair in np.concatenate((across, down)).tolist()]


def planar_pairs(draw: np.random.Generator, n: int, dropped: float = 0.15):
    """Return neighbours of n random points (Delaunay), some borders taken away."""
    if n < 4:
        return [(i, i + 1) for i in range(n - 1)]
    triangles = Delaunay(draw.random((n, 2))).simplices
    pairs = np.concatenate((triangles[:, :2], triangles[:, 1:], triangles[:, ::2]))
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    return pairs[draw.random(len(pairs)) >= dropped]


def random_map(seed: int) -> tuple[CellGraph, Band]:
    """Return a map of at most 12 cells with estates, empty cells, islands and a narrow band."""
    draw = np.random.default_rng(seed)
    n = int(draw.integers(1, 13))
    households = draw.integers(0, draw.choice([5, 20, 60]), n)
    households[draw.random(n) < draw.choice([0.0, 0.3])] = 0
    unit = np.where(draw.random(n) < draw.choice([0.0, 0.4]), draw.integers(0, 4, n), -1)
    high = max(int(households.sum() / draw.integers(1, 6) * draw.uniform(0.9, 1.4)), 0)
    low = int(high * draw.choice([0.0, 0.5, 0.7, 0.85, 0.95, 1.0]))
    pairs = planar_pairs(draw, n, float(draw.choice([0.1, 0.3, 0.6])))
    return graph(households, pairs, unit), Band(low, high)


def planted_map(seed: int, n: int, size: int = 10, slack: float = 0.05):
    """Return a map with a division into parts of about `size` cells, all within `slack` of equal."""
    draw = np.random.default_rng(seed)
    pairs = planar_pairs(draw, n, 0.05)
    near: list[list[int]] = [[] for _ in range(n)]
    for a, b in pairs:
        near[a].append(int(b))
        near[b].append(int(a))
    seen = {0}
    stack = [0]
    while stack:
        for v in near[stack.pop()]:
            if v not in seen:
                seen.add(v)
                stack.append(v)
    kept = sorted(seen)
    number = {cell: i for i, cell in enumerate(kept)}
    pairs = [
        (number[int(a)], number[int(b)]) for a, b in pairs if int(a) in seen and int(b) in seen
    ]
    n = len(kept)
    k = max(n // size, 2)
    label = np.full(n, -1)
    label[draw.choice(n, k, replace=False)] = np.arange(k)
    while (label < 0).any():
        for i in draw.permutation(len(pairs)):
            a, b = pairs[i]
            if (label[a] < 0) != (label[b] < 0):
                label[a] = label[b] = max(label[a], label[b])
    households = draw.integers(5, 100, n)
    target = 600
    band = Band(int(np.ceil(target * (1 - slack))), int(target * (1 + slack)))
    for part in range(k):
        cells = np.flatnonzero(label == part)
        aim = int(draw.integers(band.low, band.high + 1))
        share = households[cells] / households[cells].sum()
        counts = np.floor(share * aim).astype(int)
        counts[: aim - counts.sum()] += 1
        households[cells] = counts
    return graph(households, pairs), band, label


@cache
def _bits(mask: int) -> tuple[int, ...]:
    return tuple(i for i in range(mask.bit_length()) if mask >> i & 1)


class Enumerated:
    """Every division of a small map, found without any of the tested code."""

    def __init__(self, cells: CellGraph, band: Band) -> None:
        self.n = len(cells.households)
        self.cells, self.band = cells, band
        self.near = [0] * self.n
        for a, b in cells.pairs.tolist():
            self.near[a] |= 1 << b
            self.near[b] |= 1 << a
        self.unit = [self._estate(cell) for cell in range(self.n)]
        self.memo: dict[int, frozenset[int]] = {0: frozenset([0])}

    def _estate(self, cell: int) -> int:
        """Return the set of cells that stay with a cell."""
        mask, estate = 1 << cell, self.cells.unit[cell]
        if estate < 0:
            return mask
        while True:
            more = mask
            for i in _bits(mask):
                for j in _bits(self.near[i]):
                    if self.cells.unit[j] == estate:
                        more |= 1 << j
            if more == mask:
                return mask
            mask = more

    def _legal(self, mask: int) -> bool:
        held = sum(int(self.cells.households[i]) for i in _bits(mask))
        if self.band.low <= held <= self.band.high:
            return True
        # empty cells that touch nothing else may hang on a heavy estate
        heavy = [i for i in _bits(mask) if self.cells.households[i] > 0 or self.band.low == 0]
        heavy.sort(key=lambda i: -self.cells.households[i])
        estate = bool(heavy) and self.cells.unit[heavy[0]] >= 0
        return estate and held > self.band.high and all(self.unit[heavy[0]] >> i & 1 for i in heavy)

    def _parts(self, left: int) -> list[int]:
        """Return the connected sets of whole units within `left` that hold its lowest cell."""
        first = self.unit[_bits(left)[0]]
        found, stack = {first}, [first]
        while stack:
            mask = stack.pop()
            around = 0
            for i in _bits(mask):
                around |= self.near[i]
            for i in _bits(around & left & ~mask):
                grown = mask | self.unit[i]
                if grown not in found:
                    found.add(grown)
                    stack.append(grown)
        return [mask for mask in found if self._legal(mask)]

    def counts(self, left: int | None = None) -> frozenset[int]:
        """Return the numbers of parts for which a division exists."""
        left = (1 << self.n) - 1 if left is None else left
        if left not in self.memo:
            self.memo[left] = frozenset(
                k + 1 for part in self._parts(left) for k in self.counts(left & ~part)
            )
        return self.memo[left]


def in_pieces(cells: CellGraph, label) -> list[int]:
    """Return the parts that are not in one piece."""
    near: dict[int, list[int]] = {i: [] for i in range(len(label))}
    for a, b in cells.pairs.tolist():
        if label[a] == label[b]:
            near[a].append(b)
            near[b].append(a)
    seen: set[int] = set()
    begun, torn = set(), []
    for cell in range(len(label)):
        if cell in seen:
            continue
        if int(label[cell]) in begun:
            torn.append(int(label[cell]))
        begun.add(int(label[cell]))
        stack = [cell]
        seen.add(cell)
        while stack:
            for v in near[stack.pop()]:
                if v not in seen:
                    seen.add(v)
                    stack.append(v)
    return torn


def polsby_popper(cells: CellGraph, label) -> np.ndarray:
    """Return the score of every part: 4π area / perimeter²."""
    parts, place = np.unique(label, return_inverse=True)
    a, b = cells.pairs.T
    between = place[a] != place[b]
    edge = np.bincount(place, weights=cells.outer_m)
    for side in (a, b):
        edge += np.bincount(
            place[side][between], weights=cells.shared_m[between], minlength=len(parts)
        )
    return 4 * np.pi * np.bincount(place, weights=cells.area_m2) / edge**2
