"""The choice of sites that can be full as a program: sites first, then who is served where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from gis.siting.costs import BoolArray, Int64Array
from gis.siting.program import Program
from gis.siting.question import Question


@dataclass(frozen=True)
class Entries:
    """What may serve whom, (m,) each: pairs of a demand with weight and a site that may be open."""

    demand: Int64Array
    site: Int64Array
    distance: Int64Array


def entries_of(question: Question) -> Entries:
    """Return what may serve whom."""
    reach = question.reach
    usable = question.open | question.candidates
    keep = usable[reach.site] & (question.weight[reach.demand] > 0)
    return Entries(reach.demand[keep], reach.site[keep].astype(np.int64), reach.distance[keep])


def program_of(
    question: Question, entries: Entries, fixed: BoolArray | None = None
) -> tuple[Program, Int64Array]:
    """Return the program and the sites of its first variables; with `fixed`, (s,), those are open.

    Rows: a demand is served at most once; a site serves at most its capacity; a closed site serves
    nobody (entry by entry, which makes the relaxation tight); how many are chosen; what is served.
    """
    if question.capacity is None:
        raise ValueError("the question has no capacities")
    capacity = question.capacity
    sites = np.flatnonzero(question.open | question.candidates)
    place = np.full(question.reach.sites, -1)
    place[sites] = np.arange(len(sites))
    n, s, m = len(question.weight), len(sites), len(entries.site)
    over, at, ones = s + np.arange(m), place[entries.site], np.ones(m)
    links = n + s + np.arange(m)
    most = np.minimum(question.weight[entries.demand], capacity[entries.site]).astype(np.float64)
    counted = np.flatnonzero(question.candidates[sites])
    parts = (
        (entries.demand, over, ones),
        (n + at, over, ones),
        (n + np.arange(s), np.arange(s), -capacity[sites].astype(np.float64)),
        (links, over, ones),
        (links, at, -most),
        (np.full(len(counted), n + s + m), counted, np.ones(len(counted))),
        (np.full(m, n + s + m + 1), over, ones),
    )
    line, name, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    rows = csr_array((value, (line, name)), shape=(n + s + m + 2, s + m))
    median, few = question.objective == "p-median", question.objective == "min-stations"
    weight = question.weight.astype(np.float64)
    row_lower = np.full(n + s + m + 2, -np.inf)
    row_lower[:n] = weight if median else -np.inf
    row_lower[-1] = question.wanted if few else -np.inf
    choose = float(len(counted) if few else question.choose or 0)
    row_upper = np.concatenate((weight, np.zeros(s + m), [choose, np.inf]))
    cost = np.zeros(s + m)
    if few:
        cost[counted] = 1.0
    else:
        cost[s:] = entries.distance if median else -1.0
    sure = (question.open | question.needed) if fixed is None else fixed
    lower = np.concatenate((sure[sites].astype(np.float64), np.zeros(m)))
    may = np.ones(s) if fixed is None else fixed[sites].astype(np.float64)
    upper = np.concatenate((may, most))
    whole = np.zeros(s + m, dtype=bool)
    whole[:s] = fixed is None
    offset = 0 if few or median else question.total
    return Program(cost, lower, upper, whole, rows, row_lower, row_upper, offset), sites
