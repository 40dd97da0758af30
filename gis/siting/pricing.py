"""What the demands of a question cost at its candidates: the form every search works on."""

from __future__ import annotations

import numpy as np

from gis.siting.costs import Costs, gather
from gis.siting.question import Question


def costs_of(question: Question) -> tuple[Costs, int]:
    """Return what demands cost at the candidates, and a cost that nobody has who reaches a site."""
    reach, weight = question.reach, question.weight
    demand = reach.demand
    if question.objective == "p-median":
        cost = weight[demand] * reach.distance
        dearest = np.zeros(reach.demands, dtype=np.int64)
        np.maximum.at(dearest, demand, cost)
        never = int(dearest.sum()) + 1
        # Who reaches every site cannot be left out, so the dearest is the worst that can happen.
        usable = question.open | question.candidates
        reached = np.bincount(demand[usable[reach.site]], minlength=reach.demands)
        everywhere = (reached == int(usable.sum())) | (weight == 0)
        fallback = np.where(everywhere, dearest, never)
    else:
        cost = np.zeros(len(demand), dtype=np.int64)
        fallback = weight.copy()
        never = question.total + 1
    existing = question.open[reach.site]
    np.minimum.at(fallback, demand[existing], cost[existing])
    columns = np.flatnonzero(question.candidates)
    sites = np.arange(reach.sites, dtype=np.int32)
    made = gather(
        fallback, reach.site.astype(np.int64), demand.astype(np.int32), cost,
        columns=columns, site=sites,
    )  # fmt: skip
    return made, never
