"""Branch and bound with the bounds of prices: every node strikes out what it cannot use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gis.siting.bound import ascend, leave
from gis.siting.costs import Costs, FloatArray, Int64Array
from gis.siting.program import Watch

NODE_STEPS = 150
"""Subgradient steps at a node; its prices begin where those of its parent ended."""
SHRUNK = 0.8
"""A node whose columns fall below this share is bounded again before it is branched on."""


@dataclass(frozen=True)
class Branched:
    """What a search for a choice below a goal came to."""

    finished: bool
    """Whether there is no choice below the goal but `chosen`."""
    chosen: Int64Array | None
    """The cheapest choice below the goal that was found; there is none cheaper when finished."""
    nodes: int
    steps: int
    looks: int


@dataclass(frozen=True)
class _Node:
    costs: Costs
    columns: Int64Array
    """What the columns of `costs` were called at the beginning."""
    opened: Int64Array
    count: int
    price: FloatArray
    fresh: bool = True


def branch(
    costs: Costs, count: int, price: FloatArray, goal: int, looks: int, watch: Watch
) -> Branched:
    """Look for choices that cost less than `goal`, within so many looks at entries."""
    none = np.empty(0, dtype=np.int64)
    stack = [_Node(costs, np.arange(costs.columns), none, count, price)]
    chosen: Int64Array | None = None
    nodes = steps = used = 0
    while stack:
        if used >= looks:
            return Branched(False, chosen, nodes, steps, used)
        watch()
        node = stack.pop()
        nodes += 1
        if node.count in {0, node.costs.columns}:
            whole = np.concatenate((node.opened, node.columns[: node.count]))
            cost = costs.total(whole)
            if cost < goal:
                chosen, goal = whole, cost
            continue
        bound = ascend(node.costs, node.count, goal, NODE_STEPS, node.price)
        steps += bound.steps
        used += (bound.steps + 20) * (len(node.costs.cost) + len(node.costs.fallback))
        if bound.least >= goal:
            continue
        rating = ratings(node.costs, bound.price)
        order = np.argsort(-rating, kind="stable")
        whole = np.concatenate((node.opened, node.columns[order[: node.count]]))
        cost = costs.total(whole)
        if cost < goal:
            chosen, goal = whole, cost
        left = leave(node.costs, bound.price, node.count, goal)
        sure, keep = np.flatnonzero(left.sure), np.flatnonzero(left.open & ~left.sure)
        rest = node.count - len(sure)
        if rest < 0 or rest > len(keep):
            continue
        opened = np.concatenate((node.opened, node.columns[sure]))
        shrunk = len(keep) < SHRUNK * node.costs.columns
        if shrunk or rest in {0, len(keep)}:
            less = node.costs.with_open(sure, keep)
            stack.append(_Node(less, node.columns[keep], opened, rest, bound.price))
            continue
        best = keep[np.argmax(rating[keep])]
        others = keep[keep != best]
        without = node.costs.with_open(sure, others)
        stack.append(_Node(without, node.columns[others], opened, rest, bound.price))
        within = node.costs.with_open(np.append(sure, best), others)
        opened = np.append(opened, node.columns[best])
        stack.append(_Node(within, node.columns[others], opened, rest - 1, bound.price))
    return Branched(True, chosen, nodes, steps, used)


def ratings(costs: Costs, price: FloatArray) -> FloatArray:
    """Return what every column saves against prices, (c,)."""
    rating = np.zeros(costs.columns)
    np.add.at(rating, costs.column, np.maximum(0, price[costs.demand] - costs.cost))
    return rating
