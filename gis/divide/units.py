"""What a division works on: cells as a graph, estates drawn together into units.

An estate whose cells touch is one unit and is never torn; every other cell is a unit of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

FloatArray = NDArray[np.float64]
Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]


@dataclass(frozen=True)
class CellGraph:
    """Cells of a community (or communities of a township) and what lies between them.

    Lengths in metres, areas in square metres; for every cell `outer_m` plus the `shared_m` of its
    pairs is its perimeter.
    """

    households: Int64Array
    """(n,)"""
    area_m2: FloatArray
    """(n,)"""
    outer_m: FloatArray
    """(n,) border with nobody."""
    pairs: Int32Array
    """(m, 2) neighbours."""
    shared_m: FloatArray
    """(m,) length of their common border."""
    barrier: FloatArray
    """(m,) 0 (nothing) to 1 (a railway or river) along that border."""
    unit: Int32Array
    """(n,) number of the estate whose cells stay together, -1 for none."""
    extra: FloatArray | None = None
    """(n, j) more counts to be balanced."""


@dataclass(frozen=True)
class Band:
    """Households a part may have, both ends included."""

    low: int
    high: int

    def violation(self, households: Int64Array) -> Int64Array:
        """Return by how many households each part misses the band, shape kept."""
        return np.maximum(np.maximum(self.low - households, households - self.high), 0)


@dataclass(frozen=True)
class Units:
    """n units as a graph in rows: neighbours of u are `near[start[u]:start[u + 1]]`."""

    of_cell: Int32Array
    """(cells,) unit of a cell, -1 for cells that take no part."""
    weight: Int64Array
    """(n,) households."""
    cells: Int64Array
    """(n,) number of cells."""
    area: FloatArray
    perimeter: FloatArray
    extra: FloatArray
    """(n, j)"""
    estate: Int32Array
    """(n,) estate number or -1."""
    start: Int32Array
    near: Int32Array
    border: FloatArray
    """Metres of border with each neighbour."""
    barrier: FloatArray
    """Metres of that border times the weight of the barrier on it."""

    def __len__(self) -> int:
        return len(self.weight)

    def components(self) -> Int32Array:
        """Return the island of every unit, shape (n,)."""
        return _components(len(self), self.rows(), self.near)

    def apart(self, label: Int32Array) -> Int64Array:
        """Return the parts of a (n,) label that lie in several pieces, as sorted numbers."""
        rows = self.rows()
        inside = label[rows] == label[self.near]
        piece = _components(len(self), rows[inside], self.near[inside])
        part = label[np.unique(piece, return_index=True)[1]]
        number, pieces = np.unique(part, return_counts=True)
        return number[pieces > 1].astype(np.int64)

    def rows(self) -> Int32Array:
        """Return the unit each entry of `near` belongs to."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.start))

    def take(self, index: Int64Array) -> Units:
        """Return the graph among some of the units, numbered in the order of `index`."""
        number = np.full(len(self) + 1, -1, dtype=np.int32)
        number[index] = np.arange(len(index), dtype=np.int32)
        row, near = number[self.rows()], number[self.near]
        kept = (row >= 0) & (near >= 0)
        return _in_rows(
            number[self.of_cell],  # -1 reads the last entry, which stays -1
            self.weight[index],
            self.cells[index],
            self.area[index],
            self.perimeter[index],
            self.extra[index],
            self.estate[index],
            (row[kept], near[kept], self.border[kept], self.barrier[kept]),
        )


def draw_units(graph: CellGraph, apart: Int64Array | None = None) -> Units:
    """Draw estates together.

    Parameters
    ----------
    graph
        n cells.
    apart
        (n,) cells with different numbers are never drawn together, cells with a negative number are
        left out; None for all together.
    """
    n = len(graph.households)
    apart = np.zeros(n, dtype=np.int64) if apart is None else apart
    a, b = graph.pairs[:, 0], graph.pairs[:, 1]
    one = (graph.unit[a] == graph.unit[b]) & (graph.unit[a] >= 0) & (apart[a] == apart[b])
    joined = _components(n, a[one], b[one])
    used = apart >= 0
    _, first, number = np.unique(joined[used], return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    of_cell = np.full(n, -1, dtype=np.int32)
    of_cell[used] = rank[number]
    k = len(order)
    perimeter = graph.outer_m + np.bincount(
        graph.pairs.ravel(), weights=np.repeat(graph.shared_m, 2), minlength=n
    )
    u, v = of_cell[a], of_cell[b]
    inner = (u == v) & (u >= 0)
    held = of_cell[used]
    ring = np.bincount(held, weights=perimeter[used], minlength=k)
    ring -= 2 * np.bincount(u[inner], weights=graph.shared_m[inner], minlength=k)
    between = (u != v) & (u >= 0) & (v >= 0)
    low, high = np.minimum(u, v)[between], np.maximum(u, v)[between]
    key, place = np.unique(low.astype(np.int64) * max(k, 1) + high, return_inverse=True)
    metres = np.bincount(place, weights=graph.shared_m[between], minlength=len(key))
    blocked = np.bincount(
        place, weights=(graph.shared_m * graph.barrier)[between], minlength=len(key)
    )
    low, high = (key // max(k, 1)).astype(np.int32), (key % max(k, 1)).astype(np.int32)
    more = graph.extra if graph.extra is not None else np.empty((n, 0))
    extra = np.zeros((k, more.shape[1]))
    np.add.at(extra, held, more[used])
    weight = np.zeros(k, dtype=np.int64)
    np.add.at(weight, held, graph.households[used])
    estate = np.full(k, -1, dtype=np.int32)
    estate[held] = graph.unit[used]
    return _in_rows(
        of_cell,
        weight,
        np.bincount(held, minlength=k).astype(np.int64),
        np.bincount(held, weights=graph.area_m2[used], minlength=k).astype(np.float64),
        ring.astype(np.float64),
        extra,
        estate,
        (
            np.concatenate((low, high)),
            np.concatenate((high, low)),
            np.tile(metres, 2),
            np.tile(blocked, 2),
        ),
    )


def _in_rows(
    of_cell: Int32Array,
    weight: Int64Array,
    cells: Int64Array,
    area: FloatArray,
    perimeter: FloatArray,
    extra: FloatArray,
    estate: Int32Array,
    edges: tuple[Int32Array, Int32Array, FloatArray, FloatArray],
) -> Units:
    row, near, border, barrier = edges
    order = np.lexsort((near, row))
    start = np.zeros(len(weight) + 1, dtype=np.int32)
    np.cumsum(np.bincount(row, minlength=len(weight)), out=start[1:])
    return Units(
        of_cell,
        weight,
        cells,
        area,
        perimeter,
        extra,
        estate,
        start,
        near[order].astype(np.int32),
        border[order],
        barrier[order],
    )


def _components(n: int, a: Int32Array, b: Int32Array) -> Int32Array:
    graph = coo_matrix((np.ones(len(a), dtype=bool), (a, b)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int32)


def groups(number: Int32Array) -> list[Int64Array]:
    """Return the indices of every group 0..g-1 of an (n,) numbering, each in rising order."""
    if len(number) == 0:
        return []
    order = np.argsort(number, kind="stable").astype(np.int64)
    return list(np.split(order, np.cumsum(np.bincount(number))[:-1]))
