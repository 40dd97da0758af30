"""What is asked of siting, and why some questions cannot be answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np

from gis.siting.costs import BoolArray, Int64Array, Reach
from gis.siting.program import Effort

Objective = Literal["max-coverage", "min-stations", "p-median"]
OBJECTIVES: tuple[Objective, ...] = ("max-coverage", "min-stations", "p-median")

LARGEST_SUM = 2**53
"""Sums of weights times distances stay below: solvers compute in double precision."""


def _none() -> Int64Array:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Question:
    """Where to put stations for n demands among s sites.

    Sites are indices 0..s-1. Existing stations are open whatever is chosen and count for nothing in
    `choose`; must-have sites are part of what is chosen. A must-have site that exists is just open.
    """

    reach: Reach
    weight: Int64Array
    """(n,) households of a demand, from 0."""
    objective: Objective
    choose: int | None = None
    """New sites, for maximal coverage and the p-median."""
    target: Fraction = Fraction(1)
    """Share of the weight to be served, for the fewest stations: above 0, at most 1."""
    existing: Int64Array = field(default_factory=_none)
    must: Int64Array = field(default_factory=_none)
    forbidden: Int64Array = field(default_factory=_none)
    capacity: Int64Array | None = None
    """(s,) households a site can serve, from 0; None: as many as come."""
    seed: int = 0
    effort: Effort = field(default_factory=Effort)

    @property
    def open(self) -> BoolArray:
        """Return which sites are open whatever is chosen, (s,)."""
        return _mask(self.reach.sites, self.existing)

    @property
    def needed(self) -> BoolArray:
        """Return which sites have to be chosen, (s,)."""
        return _mask(self.reach.sites, self.must) & ~self.open

    @property
    def candidates(self) -> BoolArray:
        """Return which sites can be chosen, (s,); those that have to be are among them."""
        return ~self.open & ~_mask(self.reach.sites, self.forbidden)

    @property
    def wanted(self) -> int:
        """Return the weight the target stands for: the least whole number not below the share."""
        return -int(-self.target * self.total // 1)

    @property
    def total(self) -> int:
        """Return the weight of all demands."""
        return int(self.weight.sum())


def _mask(size: int, index: Int64Array) -> BoolArray:
    mask = np.zeros(size, dtype=bool)
    mask[index] = True
    return mask


@dataclass(frozen=True)
class Reason:
    """Why there is no answer, and what would help."""

    code: str
    text: str
    sites: tuple[int, ...] = ()
    demands: tuple[int, ...] = ()


def reasons_against(question: Question) -> list[Reason]:
    """Return every reason that can be seen without a search."""
    found = _of_rules(question)
    if question.total == 0:
        found.append(Reason("no_weight", "no demand has a household; give counts above 0"))
    if found:
        return found
    if question.objective == "min-stations":
        return _of_target(question)
    if question.objective == "p-median":
        return _of_median(question)
    return []


def _of_rules(question: Question) -> list[Reason]:
    sites = question.reach.sites
    forbidden = _mask(sites, question.forbidden)
    found = []
    both = np.flatnonzero(forbidden & _mask(sites, question.must))
    if len(both):
        text = f"{len(both)} sites are both must-have and forbidden; take them out of one list"
        found.append(Reason("must_and_forbidden", text, tuple(both.tolist())))
    both = np.flatnonzero(forbidden & question.open)
    if len(both):
        text = f"{len(both)} sites exist already and are forbidden; take them out of one list"
        found.append(Reason("existing_and_forbidden", text, tuple(both.tolist())))
    if question.objective == "min-stations":
        if not 0 < question.target <= 1:
            text = f"a target of {float(question.target):.4%} is no share above 0 up to 100 %"
            found.append(Reason("bad_target", text))
        return found
    candidates, needed = int(question.candidates.sum()), int(question.needed.sum())
    choose = 0 if question.choose is None else question.choose
    if choose < 1:
        found.append(
            Reason("choose_too_few", f"{choose} sites cannot be chosen; ask for 1 or more")
        )
    elif choose > candidates:
        text = (
            f"{choose} sites were asked for and {candidates} may be chosen of {sites} "
            f"({int(question.open.sum())} exist, {int(forbidden.sum())} are forbidden); "
            f"ask for at most {candidates} or add candidates"
        )
        found.append(Reason("choose_too_many", text))
    elif needed > choose:
        text = f"{needed} sites are must-have and {choose} were asked for; ask for {needed} or more"
        found.append(Reason("must_exceeds_choose", text))
    return found


def _unreached(question: Question) -> Int64Array:
    """Return demands with weight that no site that is or may be open reaches."""
    usable = question.open | question.candidates
    reached = np.zeros(question.reach.demands, dtype=bool)
    reached[question.reach.demand[usable[question.reach.site]]] = True
    return np.flatnonzero(~reached & (question.weight > 0))


def _of_target(question: Question) -> list[Reason]:
    lost = _unreached(question)
    best = question.total - int(question.weight[lost].sum())
    if best >= question.wanted:
        return []
    text = (
        f"all candidates together reach {best} of {question.total} ({best / question.total:.4%}), "
        f"the target is {question.wanted}; lower the target to {best / question.total:.4%}, lengthen "
        f"the limit or add candidates near the {len(lost)} demands out of reach"
    )
    return [Reason("target_out_of_reach", text, demands=tuple(lost.tolist()))]


def _of_median(question: Question) -> list[Reason]:
    found = []
    lost = _unreached(question)
    largest = int(question.weight.sum()) * int(question.reach.distance.max(initial=0))
    if largest >= LARGEST_SUM:
        text = "households times distances are too large to compute exactly; use a coarser unit"
        found.append(Reason("too_large", text))
    if len(lost):
        text = (
            f"{len(lost)} demands ({int(question.weight[lost].sum())} households) are reached by no "
            "site; lengthen the limit, add candidates near them or leave them out"
        )
        found.append(Reason("demand_out_of_reach", text, demands=tuple(lost.tolist())))
    if question.capacity is not None and question.choose is not None:
        most = most_capacity(question, question.choose)
        if most < question.total:
            text = (
                f"the existing stations and the {question.choose} largest sites that may be chosen "
                f"hold {most} of {question.total} households, {question.total - most} too few; "
                "choose more sites or raise capacities"
            )
            found.append(Reason("capacity_short", text))
    return found


def most_capacity(question: Question, choose: int) -> int:
    """Return the largest capacity that existing stations and `choose` sites can have together."""
    if question.capacity is None:
        raise ValueError("the question has no capacities")
    capacity, needed = question.capacity, question.needed
    spare = np.sort(capacity[question.candidates & ~needed])[::-1]
    free = max(choose - int(needed.sum()), 0)
    return int(capacity[question.open | needed].sum() + spare[:free].sum())
