"""The choice as a program for branch and bound, without what no better choice can use.

One row per demand and distinct cost: either a site at that cost is chosen or the demand moves on to
its next dearer cost (Elloumi, 4OR 8, 2010). Sites at equal cost share a row, so for coverage there is
one row per demand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from gis.siting.bound import Left
from gis.siting.costs import Costs, Int64Array
from gis.siting.program import Program


@dataclass(frozen=True)
class Reduced:
    """A program and the columns its first variables stand for."""

    program: Program
    column: Int64Array


def reduce_to(costs: Costs, count: int, left: Left) -> Reduced | None:
    """Return the program of a choice of at most `count` columns; None when none can be cheaper."""
    column = np.flatnonzero(left.open)
    place = np.full(costs.columns, -1, dtype=np.int64)
    place[column] = np.arange(len(column))
    keep = left.entry & left.open[costs.column]
    order = np.lexsort((costs.cost[keep], costs.demand[keep]))
    demand = costs.demand[keep][order].astype(np.int64)
    cost = costs.cost[keep][order]
    site = place[costs.column[keep][order]]
    served = np.zeros(len(costs.fallback), dtype=bool)
    served[demand] = True
    if (~served & ~left.unserved & (costs.fallback > 0)).any():
        return None
    begins = np.ones(len(demand), dtype=bool)
    begins[1:] = demand[1:] != demand[:-1]
    rises = begins.copy()
    rises[1:] |= cost[1:] != cost[:-1]
    level = np.cumsum(rises) - 1  # of every entry
    at = np.flatnonzero(rises)
    first = begins[at]
    levels = len(at)
    last = np.append(first[1:], True) if levels else np.zeros(0, dtype=bool)
    beyond = np.append(cost[at][1:], 0) if levels else np.zeros(0, dtype=np.int64)
    beyond = np.where(last, costs.fallback[demand[at]], beyond)
    onward = ~last | left.unserved[demand[at]]  # whether a demand may move on from the level
    moved = np.cumsum(onward) - 1 + len(column)
    variables = len(column) + int(onward.sum())
    lines, names, values = [level], [site], [np.ones(len(level))]
    lines.append(np.flatnonzero(onward))
    names.append(moved[onward])
    values.append(np.ones(int(onward.sum())))
    follows = np.flatnonzero(~first)
    lines.append(follows)
    names.append(moved[follows - 1])
    values.append(-np.ones(len(follows)))
    lines.append(np.full(len(column), levels))
    names.append(np.arange(len(column)))
    values.append(np.ones(len(column)))
    price = np.zeros(variables)
    price[moved[onward]] = (beyond - cost[at])[onward]
    offset = int(cost[at][first].sum() + costs.fallback[~served].sum())
    row_lower = np.append(np.where(first, 1.0, 0.0), -np.inf)
    row_upper = np.append(np.full(levels, np.inf), float(count))
    rows = csr_array(
        (np.concatenate(values), (np.concatenate(lines), np.concatenate(names))),
        shape=(len(row_lower), variables),
    )
    lower = np.zeros(variables)
    lower[: len(column)] = left.sure[column]
    whole = np.zeros(variables, dtype=bool)
    whole[: len(column)] = True
    program = Program(price, lower, np.ones(variables), whole, rows, row_lower, row_upper, offset)
    return Reduced(program, column)
