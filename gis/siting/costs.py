"""Which sites serve a demand, and at what cost: the one form that all objectives are brought to.

Choose some sites so that the sum over demands of `min(fallback, cheapest chosen site)` is least.
For maximal coverage a site within reach costs nothing and the fallback is the weight that stays
unserved; for the p-median both are weight times distance. Stations that are open anyway lower the
fallback, so nothing later need know of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Int32Array = NDArray[np.int32]
Int64Array = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Reach:
    """Which of s sites each of n demands reaches, and how far each is: rows of demands."""

    first: Int64Array
    """(n + 1,) where the entries of a demand begin."""
    site: Int32Array
    """(m,) sites of a demand, ascending within it."""
    distance: Int64Array
    """(m,) whole units, from 0."""
    sites: int

    @property
    def demands(self) -> int:
        """Return n."""
        return len(self.first) - 1

    @property
    def demand(self) -> Int64Array:
        """Return the demand of every entry, (m,)."""
        return np.repeat(np.arange(self.demands), np.diff(self.first))

    @classmethod
    def from_matrix(cls, distance: Int64Array, limit: int | None = None) -> Reach:
        """Return the entries of a matrix, (n, s), within an inclusive limit; negative: no route."""
        within = distance >= 0
        if limit is not None:
            within &= distance <= limit
        return cls.from_mask(within, distance)

    @classmethod
    def from_mask(cls, within: BoolArray, distance: Int64Array) -> Reach:
        """Return the entries of a matrix, (n, s), where `within` is set."""
        demand, site = np.nonzero(within)
        return cls(
            _starts(demand, within.shape[0]),
            site.astype(np.int32),
            distance[demand, site].astype(np.int64),
            within.shape[1],
        )

    @classmethod
    def from_pairs(
        cls,
        demand: Int64Array,
        site: Int64Array,
        distance: Int64Array,
        *,
        demands: int,
        sites: int,
    ) -> Reach:
        """Return the entries of unordered pairs, (m,) each; no pair may come twice."""
        order = np.lexsort((site, demand))
        return cls(
            _starts(demand[order], demands),
            site[order].astype(np.int32),
            distance[order].astype(np.int64),
            sites,
        )


def _starts(index: Int64Array | Int32Array, count: int) -> Int64Array:
    return np.concatenate(([0], np.cumsum(np.bincount(index, minlength=count)))).astype(np.int64)


@dataclass(frozen=True)
class Costs:
    """What n demands cost at c candidate sites; entries not below the fallback are left out."""

    fallback: Int64Array
    """(n,) cost of a demand that no chosen site serves cheaper."""
    first: Int64Array
    """(c + 1,) where the entries of a column begin."""
    demand: Int32Array
    """(m,) demands of a column, ascending within it."""
    cost: Int64Array
    """(m,) from 0, below the demand's fallback."""
    site: Int32Array
    """(c,) the site of a column, ascending."""

    @property
    def columns(self) -> int:
        """Return c."""
        return len(self.site)

    @property
    def column(self) -> Int64Array:
        """Return the column of every entry, (m,)."""
        return np.repeat(np.arange(self.columns), np.diff(self.first))

    @cached_property
    def rows(self) -> tuple[Int64Array, Int32Array, Int64Array]:
        """Return where demands begin, and columns and costs of their entries, cheapest first."""
        order = np.lexsort((self.column, self.cost, self.demand))
        first = _starts(self.demand[order], len(self.fallback))
        return first, self.column[order].astype(np.int32), self.cost[order]

    def with_open(self, opened: Int64Array, columns: Int64Array) -> Costs:
        """Return the costs when some columns are open and only `columns` are left to choose from."""
        fallback = self.fallback.copy()
        for j in opened:
            part = slice(self.first[j], self.first[j + 1])
            np.minimum.at(fallback, self.demand[part], self.cost[part])
        return gather(
            fallback, self.column, self.demand, self.cost, columns=columns, site=self.site
        )

    def total(self, chosen: Int64Array) -> int:
        """Return the cost with some columns chosen."""
        return int(self.with_open(chosen, np.empty(0, dtype=np.int64)).fallback.sum())


def gather(
    fallback: Int64Array,
    column: Int64Array,
    demand: Int32Array,
    cost: Int64Array,
    *,
    columns: Int64Array,
    site: Int32Array,
) -> Costs:
    """Return the entries, (m,) each, of some columns that are below the fallback."""
    place = np.full(len(site), -1, dtype=np.int64)
    place[columns] = np.arange(len(columns))
    keep = (place[column] >= 0) & (cost < fallback[demand])
    column, demand, cost = place[column[keep]], demand[keep], cost[keep]
    order = np.lexsort((demand, column))
    return Costs(
        fallback,
        _starts(column, len(columns)),
        demand[order].astype(np.int32),
        cost[order],
        site[columns],
    )
