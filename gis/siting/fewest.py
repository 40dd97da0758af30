"""The fewest sites that serve a target: maximal coverage asked again with one site less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gis.siting.bound import ascend
from gis.siting.costs import Costs, Int64Array
from gis.siting.program import Effort
from gis.siting.search import greedy, improve
from gis.siting.settle import Progress, Settled, settle, silent


@dataclass(frozen=True)
class Fewest:
    """A smallest choice found, and a number of sites below which there is none."""

    settled: Settled
    least: int


def fewest(
    costs: Costs, allowed: int, effort: Effort, *, seed: int = 0, progress: Progress = silent
) -> Fewest:
    """Choose as few columns as cost at most `allowed`; all of them together must.

    Of choices of one size the search prefers a cheaper one; that it is the cheapest is not proved.
    """
    chosen = _greedy_until(costs, allowed)
    least = 0
    steps = nodes = 0
    timed_out = False
    while len(chosen) > least:
        progress(min(90, 5 + 80 * least // len(chosen)), f"fewer than {len(chosen)} sites")
        found = settle(
            costs, len(chosen) - 1, effort, seed=seed, enough=allowed, hopeless=allowed + 1
        )
        steps += found.steps
        nodes += found.nodes
        timed_out |= found.timed_out
        if found.cost > allowed:
            proved = found.least > allowed
            least = len(chosen) if proved else _fewer_than(costs, allowed, len(chosen) - 1, effort)
            break
        chosen = found.chosen
    better = improve(costs, chosen, effort.kicks, seed, -1)
    cost = costs.total(better)
    return Fewest(Settled(better, cost, cost, steps, nodes, timed_out), least)


def _greedy_until(costs: Costs, allowed: int) -> Int64Array:
    order = greedy(costs, costs.columns)
    current = costs.fallback.copy()
    for place, column in enumerate(order):
        if current.sum() <= allowed:
            return order[:place]
        part = slice(costs.first[column], costs.first[column + 1])
        np.minimum.at(current, costs.demand[part], costs.cost[part])
    return order


def _fewer_than(costs: Costs, allowed: int, open_count: int, effort: Effort) -> int:
    """Return the least number of columns that the bounds do not rule out."""
    low, high = 0, open_count  # `low` is possible as far as is known, or all below it are ruled out
    while low < high:
        middle = (low + high) // 2
        bound = ascend(costs, middle, allowed + 1, effort.steps, None)
        if bound.least > allowed:
            low = middle + 1
        else:
            high = middle
    return low
