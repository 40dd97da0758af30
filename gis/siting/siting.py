"""Where to put stations: maximal coverage, the fewest stations for a target, and the p-median.

Existing stations are open, must-have and forbidden sites are kept to, capacities are whole households.
Every answer carries a bound that no choice can beat; the same question gives the same answer unless a
clock was asked to stop it.
"""

from __future__ import annotations

import numpy as np

from gis.siting.answer import Siting, Step, nearest_assignment
from gis.siting.capacitated import site_with_capacities
from gis.siting.costs import Costs, Int64Array
from gis.siting.fewest import fewest
from gis.siting.pricing import costs_of
from gis.siting.question import Question, Reason, reasons_against
from gis.siting.search import greedy
from gis.siting.settle import Progress, Settled, settle, silent


def choose_sites(question: Question, progress: Progress = silent) -> Siting:
    """Choose sites, prove how good the choice is, and say who is served where.

    Parameters
    ----------
    question
        Sites, demands and rules; arrays are trusted to fit.
    progress
        Called with whole percent and the name of the step; it may raise to end the work.
    """
    reasons = reasons_against(question)
    if reasons:
        return Siting(question.total, reasons=tuple(reasons))
    if binds(question):
        return site_with_capacities(question, progress)
    costs, never = costs_of(question)
    must = np.flatnonzero(question.needed[costs.site])
    free = np.flatnonzero(~question.needed[costs.site])
    left = costs.with_open(must, free)
    if question.objective == "min-stations":
        allowed = question.total - question.wanted
        found = fewest(left, allowed, question.effort, seed=question.seed, progress=progress)
        settled, least = found.settled, found.least + len(must)
    else:
        count = (question.choose or 0) - len(must)
        settled = settle(left, count, question.effort, seed=question.seed, progress=progress)
        least = settled.least
    if settled.cost >= never:
        return _unreached(question, settled, never)
    chosen = np.concatenate((must, free[settled.chosen]))
    progress(95, "assigning")
    return _answer(question, costs, np.sort(chosen), settled, least, never)


def binds(question: Question) -> bool:
    """Return whether some site could be asked for more than its capacity."""
    if question.capacity is None:
        return False
    usable = question.open | question.candidates
    asked = np.zeros(question.reach.sites, dtype=np.int64)
    np.add.at(asked, question.reach.site, question.weight[question.reach.demand])
    return bool((usable & (asked > question.capacity)).any())


def _unreached(question: Question, settled: Settled, never: int) -> Siting:
    """Say that so few sites cannot reach everybody, or that none were found that do."""
    proved = settled.least >= never
    text = (
        f"no {question.choose} sites reach every demand; choose more sites or lengthen the limit"
        if proved
        else f"no {question.choose} sites were found that reach every demand, and none were ruled "
        "out; choose more sites, lengthen the limit or allow more work"
    )
    reason = Reason("choose_too_few_to_reach_all" if proved else "not_found", text)
    return Siting(
        question.total,
        reproducible=not settled.timed_out,
        iterations=settled.steps,
        nodes=settled.nodes,
        reasons=(reason,),
    )


def _answer(
    question: Question,
    costs: Costs,
    chosen: Int64Array,
    settled: Settled,
    least: int,
    never: int,
) -> Siting:
    sites = costs.site[chosen]
    opened = question.open.copy()
    opened[sites] = True
    assignment = nearest_assignment(question.reach, question.weight, opened)
    if question.objective == "min-stations":
        objective, bound = len(chosen), least
    elif question.objective == "max-coverage":
        objective, bound = question.total - settled.cost, question.total - least
    else:
        objective, bound = settled.cost, least
    return Siting(
        question.total,
        tuple(sites.tolist()),
        objective,
        bound,
        reproducible=not settled.timed_out,
        iterations=settled.steps,
        nodes=settled.nodes,
        curve=_curve(question, costs, chosen, never),
        assignment=assignment,
    )


def _curve(question: Question, costs: Costs, chosen: Int64Array, never: int) -> tuple[Step, ...]:
    """Return what each chosen site adds, the one that adds most first."""
    only = costs.with_open(np.empty(0, dtype=np.int64), chosen)
    is_median = question.objective == "p-median"
    current = only.fallback.copy()
    before = None if is_median and not question.open.any() else int(current.sum())
    steps = []
    for column in greedy(only, len(chosen)):
        part = slice(only.first[column], only.first[column + 1])
        np.minimum.at(current, only.demand[part], only.cost[part])
        after = int(current.sum())
        known = after < never
        gain = before - after if before is not None and before < never else None
        value = after if is_median else question.total - after
        steps.append(Step(int(only.site[column]), value if known else None, gain))
        before = after
    return tuple(steps)
