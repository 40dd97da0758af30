"""The p-median with capacities where a program would be too large: sites by search, a bound by prices.

Sites are those of the p-median without capacities; where they cannot hold everybody, they are exchanged
for others until they can. Who is served where is then a transport problem among the open sites alone,
solved exactly. The bound is that of `gis.siting.capacity_bound`, so the gap is told, and may stay.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gis.siting.answer import Assignment
from gis.siting.capacity_bound import Prices
from gis.siting.capacity_program import Entries, program_of
from gis.siting.costs import BoolArray, Int64Array
from gis.siting.pricing import costs_of
from gis.siting.program import solve
from gis.siting.question import Question
from gis.siting.settle import Progress, settle

MOST_OPEN = 400_000
"""Pairs of a demand and an open site that a transport problem may have: about a minute's work."""
MOST_LOOKS = 400_000_000
"""Pairs looked at by the steps of the bound; larger problems get fewer steps."""
FEWEST_STEPS = 50
DEAREST = 4
"""A price may be so many times the farthest distance: room is worth more than the walk itself."""


def search_median(
    question: Question,
    exchange: Callable[[BoolArray, int], BoolArray],
    served: Callable[[BoolArray], int],
    progress: Progress,
) -> BoolArray | None:
    """Return sites that hold everybody, near to those of the p-median without capacities.

    Parameters
    ----------
    exchange, served
        Open sites exchanged as long as more weight is served, and the weight that open sites serve.

    Returns
    -------
    ndarray or None
        (s,) open sites; None where none were found that hold everybody.
    """
    costs, _ = costs_of(question)
    must = np.flatnonzero(question.needed[costs.site])
    free = np.flatnonzero(~question.needed[costs.site])
    count = (question.choose or 0) - len(must)
    found = settle(
        costs.with_open(must, free), count, question.effort, seed=question.seed, progress=progress
    )
    opened = question.open.copy()
    opened[costs.site[np.concatenate((must, free[found.chosen]))]] = True
    held = served(opened)
    if held < question.total:
        opened = exchange(opened, held)
    return opened if served(opened) == question.total else None


def pairs_of(entries: Entries, opened: BoolArray) -> Entries:
    """Return what open sites may serve."""
    keep = opened[entries.site]
    return Entries(entries.demand[keep], entries.site[keep], entries.distance[keep])


def transport(
    question: Question, entries: Entries, opened: BoolArray
) -> tuple[Assignment, int, bool]:
    """Return who is served where at the least weighted distance, that distance, and whether a clock stopped it."""
    mine = pairs_of(entries, opened)
    program, sites = program_of(question, mine, fixed=opened)
    outcome = solve(program, question.effort)
    if outcome.value is None:
        raise ArithmeticError("the choice of the solver cannot hold all households")
    flow = np.rint(outcome.value[len(sites) :]).astype(np.int64)
    keep = flow > 0
    assignment = Assignment(
        mine.demand[keep].astype(np.int32), mine.site[keep].astype(np.int32), flow[keep]
    )
    return assignment, int((flow * mine.distance).sum()), outcome.timed_out


def least_median(
    question: Question, capacity: Int64Array, sure: BoolArray, free: BoolArray, upper: int
) -> tuple[int, int]:
    """Return a weighted distance that no choice of sites beats, and the steps taken to prove it."""
    reach = question.reach
    farthest = int(reach.distance.max(initial=0)) + 1
    prices = Prices(
        reach, question.weight, capacity, reach.distance, DEAREST * farthest, sure, free
    )
    count = (question.choose or 0) - int(question.needed.sum())
    steps = max(FEWEST_STEPS, MOST_LOOKS // max(len(reach.site), 1))
    return prices.raised(count, upper, min(question.effort.steps, steps))
