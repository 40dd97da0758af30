"""Pairs of buildings and stations in the order places are given, buildings by class, stations by piece.

Buildings with the same stations in reach are one class; a million buildings are some ten thousand classes.
Stations are in one piece if a building has both in reach, or if a chain of such stations joins them: what
happens in one piece has nothing to do with another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gis.reach import Reaches

Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Classes:
    """Classes of n buildings, numbered by their first building."""

    kind: Int32Array
    """(n,) the class of each building, -1 where no station is in reach."""
    start: Int64Array
    """(c + 1,)"""
    station: Int32Array
    """`station[start[c]:start[c + 1]]` are in reach of class c, ascending."""

    def __len__(self) -> int:
        return len(self.start) - 1


@dataclass(frozen=True)
class Pairs:
    """m pairs of n buildings and s stations by walk, then building, then station."""

    point: Int32Array
    """(m,)"""
    station: Int32Array
    """(m,)"""
    walk_mm: Int64Array
    """(m,)"""
    number: Int32Array
    """(m,) which pair of the reaches each is."""
    classes: Classes
    piece: Int32Array
    """(s,) the piece of each station, named by the first of its stations."""


def rank_pairs(reaches: Reaches, points: int, allowed: BoolArray | None = None) -> Pairs:
    """Return the pairs of `points` buildings in order, those left out that are not `allowed`."""
    # Pairs stand by station and building already: stable sorting leaves ties in that order.
    by_building = np.argsort(reaches.point, kind="stable").astype(np.int32)
    if allowed is not None:
        by_building = by_building[allowed[by_building]]
    number = by_building[np.argsort(reaches.walk_mm[by_building], kind="stable")]
    station = reaches.station
    kind, start, at = _group(
        np.full(points, -1, dtype=np.int32), np.zeros(1, dtype=np.int64), station[:0],
        np.empty(0, dtype=np.int32), np.ones(points, dtype=np.bool_),
        reaches.point[by_building], station[by_building],
    )  # fmt: skip
    piece = np.arange(reaches.stations, dtype=np.int32)
    _join(start, at, piece)
    return Pairs(
        reaches.point[number], station[number], reaches.walk_mm[number], number,
        Classes(kind, start, at), piece,
    )  # fmt: skip


@dataclass(frozen=True)
class Change:
    """How pairs change: what becomes of stations and buildings, and pairs that are new."""

    became: Int32Array
    """(s,) what the number of each station is now, ascending; -1 where its pairs are left out."""
    rows: BoolArray
    """(n,) buildings that are counted again; pairs that stay or are new are theirs."""
    point: Int32Array
    """(f,) buildings of the new pairs, in any order."""
    station: Int32Array
    """(f,) stations, as numbered now."""
    walk_mm: Int64Array
    """(f,)"""


def merge_pairs(pairs: Pairs, change: Change) -> tuple[Int32Array, Int32Array]:
    """Return buildings and stations of the pairs after a change, in order."""
    order = np.lexsort((change.station, change.point, change.walk_mm))
    kept = int(np.bincount(pairs.station, minlength=len(pairs.piece))[change.became >= 0].sum())
    point = np.empty(kept + len(order), dtype=np.int32)
    station = np.empty(kept + len(order), dtype=np.int32)
    _merge(
        pairs.point, pairs.station, pairs.walk_mm, change.became,
        change.point[order], change.station[order], change.walk_mm[order], point, station,
    )  # fmt: skip
    return point, station


def group_again(classes: Classes, change: Change) -> Classes:
    """Return the classes after a change, of the buildings that are counted again."""
    order = np.lexsort((change.station, change.point))
    return Classes(
        *_group(
            classes.kind, classes.start, classes.station, change.became, change.rows,
            change.point[order], change.station[order],
        )
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _merge(  # type: ignore[no-untyped-def]
    point, station, walk, became, new_point, new_station, new_walk, out_point, out_station
):
    j = count = 0
    for k in range(len(point) + 1):
        last = k == len(point)
        s = np.int32(0) if last else became[station[k]]
        if s < 0:
            continue
        while j < len(new_point):
            if not last:
                if new_walk[j] != walk[k]:
                    sooner = new_walk[j] < walk[k]
                elif new_point[j] != point[k]:
                    sooner = new_point[j] < point[k]
                else:
                    sooner = new_station[j] < s
                if not sooner:
                    break
            out_point[count], out_station[count] = new_point[j], new_station[j]
            count += 1
            j += 1
        if not last:
            out_point[count], out_station[count] = point[k], s
            count += 1


@njit(cache=True, nogil=True)
def _group(kind, start, at, became, rows, new_point, new_station):  # type: ignore[no-untyped-def]
    """Return classes (kind, start, stations); new pairs come by building, then station."""
    most, total = len(start) - 1, len(at) + len(new_point)
    longest = 0
    for c in range(len(start) - 1):
        longest = max(longest, start[c + 1] - start[c])
    for j in range(len(new_point)):
        if j == 0 or new_point[j] != new_point[j - 1]:
            most += 1
            c = kind[new_point[j]]
            total += start[c + 1] - start[c] if c >= 0 else 0
            same = 0
        same += 1
        longest = max(longest, same)
    size = 16
    while size < 2 * most:
        size *= 2
    table = np.full(size, -1, dtype=np.int32)
    out_kind = np.full(len(kind), -1, dtype=np.int32)
    out_start = np.zeros(most + 1, dtype=np.int64)
    out_at = np.empty(total, dtype=np.int32)
    became_class = np.full(len(start), -2, dtype=np.int32)
    row = np.empty(2 * longest, dtype=np.int32)
    count = j = 0
    for p in range(len(kind)):
        if not rows[p]:
            continue
        c = kind[p]
        more = j < len(new_point) and new_point[j] == p
        if not more:
            if c < 0:
                continue
            if became_class[c] != -2:
                out_kind[p] = became_class[c]
                continue
        width = 0
        if c >= 0:
            for k in range(start[c], start[c + 1]):
                s = became[at[k]]
                if s >= 0:
                    while j < len(new_point) and new_point[j] == p and new_station[j] < s:
                        row[width] = new_station[j]
                        width += 1
                        j += 1
                    row[width] = s
                    width += 1
        while j < len(new_point) and new_point[j] == p:
            row[width] = new_station[j]
            width += 1
            j += 1
        found = np.int32(-1)
        if width > 0:
            found = _intern(row, width, table, out_start, out_at, count)
            if found == count:
                count += 1
        out_kind[p] = found
        if not more:
            became_class[c] = found
    return out_kind, out_start[: count + 1].copy(), out_at[: out_start[count]].copy()


@njit(cache=True, nogil=True)
def _intern(row, width, table, start, at, count):  # type: ignore[no-untyped-def]
    """Return the class of a row of stations; `count` for a new one, which is entered."""
    value = np.uint64(1469598103934665603)
    for k in range(width):
        value ^= np.uint64(row[k] + 1)
        value *= np.uint64(1099511628211)
        value ^= value >> np.uint64(29)
    cell = np.int64(value & np.uint64(len(table) - 1))
    while table[cell] >= 0:
        c = table[cell]
        same = start[c + 1] - start[c] == width
        for k in range(width):
            if not same or at[start[c] + k] != row[k]:
                same = False
                break
        if same:
            return c
        cell = (cell + 1) & (len(table) - 1)
    table[cell] = count
    start[count + 1] = start[count] + width
    at[start[count] : start[count + 1]] = row[:width]
    return np.int32(count)


@njit(cache=True, nogil=True)
def _join(start, at, piece):  # type: ignore[no-untyped-def]
    for c in range(len(start) - 1):
        for k in range(start[c] + 1, start[c + 1]):
            a, b = at[k - 1], at[k]
            while piece[a] != a:
                piece[a] = piece[piece[a]]
                a = piece[a]
            while piece[b] != b:
                piece[b] = piece[piece[b]]
                b = piece[b]
            piece[max(a, b)] = min(a, b)
    for s in range(len(piece)):
        piece[s] = piece[piece[s]]
