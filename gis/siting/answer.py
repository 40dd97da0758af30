"""What siting answers: sites, a figure, a bound, and who is served where."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gis.siting.costs import BoolArray, Int32Array, Int64Array, Reach
from gis.siting.question import Reason


@dataclass(frozen=True)
class Step:
    """One further site, in the order in which each gains most."""

    site: int
    value: int | None
    """Weight served, or weighted distance, with the existing stations and all sites so far; None
    where a distance cannot be told because some demand is not reached yet."""
    gain: int | None
    """Weight newly served, or weighted distance saved; None where there is nothing to compare with."""


@dataclass(frozen=True)
class Assignment:
    """Which weight of which demand is served by which site: k rows, by demand, then site."""

    demand: Int32Array
    site: Int32Array
    weight: Int64Array

    def served(self, demands: int) -> Int64Array:
        """Return the weight served of every demand, (n,)."""
        out = np.zeros(demands, dtype=np.int64)
        np.add.at(out, self.demand, self.weight)
        return out

    def load(self, sites: int) -> Int64Array:
        """Return the weight served at every site, (s,)."""
        out = np.zeros(sites, dtype=np.int64)
        np.add.at(out, self.site, self.weight)
        return out


def _nobody() -> Assignment:
    none: Int32Array = np.empty(0, dtype=np.int32)
    return Assignment(none, none, np.empty(0, dtype=np.int64))


@dataclass(frozen=True)
class Siting:
    """An answer; without one, `reasons` say why and `chosen` is empty."""

    total: int
    """Weight of all demands."""
    chosen: tuple[int, ...] = ()
    """New sites, ascending."""
    objective: int | None = None
    """Weight served, number of new sites, or weighted distance."""
    bound: int | None = None
    """No choice can be better than this."""
    reproducible: bool = True
    """False when a clock stopped the work."""
    iterations: int = 0
    """Steps taken to raise bounds."""
    nodes: int = 0
    """Nodes of branch and bound."""
    curve: tuple[Step, ...] = ()
    assignment: Assignment = field(default_factory=_nobody)
    reasons: tuple[Reason, ...] = ()

    @property
    def feasible(self) -> bool:
        """Return whether there is an answer."""
        return self.objective is not None

    @property
    def served(self) -> int:
        """Return the weight that is served."""
        return int(self.assignment.weight.sum())

    @property
    def gap(self) -> float | None:
        """Return how far the bound is from the figure, as a share of the figure."""
        if self.objective is None or self.bound is None:
            return None
        apart = abs(self.bound - self.objective)
        return apart / max(abs(self.objective), 1)

    @property
    def proved(self) -> bool:
        """Return whether nothing better exists."""
        return self.objective is not None and self.objective == self.bound


def nearest_assignment(reach: Reach, weight: Int64Array, opened: BoolArray) -> Assignment:
    """Give every demand to its nearest open site, the lower of equals; (s,) says which are open."""
    keep = opened[reach.site] & (weight[reach.demand] > 0)
    demand, site = reach.demand[keep], reach.site[keep]
    order = np.lexsort((site, reach.distance[keep], demand))
    demand, site = demand[order], site[order]
    first = np.ones(len(demand), dtype=bool)
    first[1:] = demand[1:] != demand[:-1]
    demand, site = demand[first], site[first]
    return Assignment(demand.astype(np.int32), site, weight[demand])
