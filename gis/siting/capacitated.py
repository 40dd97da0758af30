"""Choosing sites that can be full: search and bounds of our own, branch and bound by HiGHS.

Households of one demand may be served at several sites.
"""

from __future__ import annotations

import numpy as np

from gis.siting.alike import alike_as_one
from gis.siting.answer import Assignment, Siting, Step
from gis.siting.capacity import Flow
from gis.siting.capacity_bound import Prices
from gis.siting.capacity_median import (
    MOST_OPEN,
    least_median,
    pairs_of,
    search_median,
    transport,
)
from gis.siting.capacity_program import entries_of, program_of
from gis.siting.costs import BoolArray, FloatArray, Int64Array
from gis.siting.program import Outcome, solve
from gis.siting.question import Question, Reason, most_capacity
from gis.siting.settle import Progress

LOOKS = 100_000_000
"""Entries looked at by the search for exchanges: flows are asked as often as fits."""
FEWEST_LOOKS = 60
LINKED = 10
"""A program may have so many times fewer entries than one without capacities: each is two rows."""


def site_with_capacities(question: Question, progress: Progress) -> Siting:
    """Choose sites where some site could be asked for more than its capacity."""
    return _Work(question, progress).answer()


class _Work:
    def __init__(self, question: Question, progress: Progress) -> None:
        capacity = question.capacity
        if capacity is None:
            raise ValueError("the question has no capacities")
        self.whole, self.progress, self.capacity = question, progress, capacity
        # The p-median needs every demand's own distances.
        self.question = question = (
            question if question.objective == "p-median" else alike_as_one(question)
        )
        self.flow = Flow(question.reach, question.weight, capacity)
        self.usable = question.open | question.candidates
        self.free = question.candidates & ~question.needed
        self.sure = question.open | question.needed
        self.entries = entries_of(question)
        self.steps = self.nodes = 0
        self.timed_out = False

    def answer(self) -> Siting:
        if self.question.objective == "max-coverage":
            return self._coverage()
        if self.question.objective == "min-stations":
            return self._stations()
        return self._median()

    # Maximal coverage

    def _coverage(self) -> Siting:
        question = self.question
        count = (question.choose or 0) - int(question.needed.sum())
        self.progress(5, "searching sites")
        opened = self._search(count)
        served = self.flow.served(opened)
        most = min(question.total, most_capacity(question, question.choose or 0))
        most = min(most, question.total - self._bound(count, question.total - served))
        if served < most and self._small:
            outcome = self._solve(opened, cutoff=question.total - served - 0.5)
            if outcome.value is not None:
                better = self._opened(outcome.value, count)
                if self.flow.served(better) > served:
                    opened, served = better, self.flow.served(better)
            most = min(most, max(question.total - _up(outcome.bound), served))
        return self._made(opened, served, most)

    # The fewest stations

    def _stations(self) -> Siting:
        question = self.question
        reach = self.flow.served(self.usable)
        if reach < question.wanted:
            text = (
                f"all candidates together can serve {reach} of {question.total} "
                f"({reach / question.total:.4%}) within reach and capacity, the target is "
                f"{question.wanted}; raise capacities, lower the target or add candidates"
            )
            return Siting(question.total, reasons=(Reason("capacity_short", text),))
        self.progress(5, "searching sites")
        opened = self._search(int(self.free.sum()), question.wanted)
        found = int((opened & question.candidates).sum())
        must = int(question.needed.sum())
        least = must + self._fewest(found - must)
        if least < found and self._small:
            outcome = self._solve(opened, cutoff=found - 0.5)
            if outcome.value is not None:
                opened = self._opened(outcome.value, 0)
                found = int((opened & question.candidates).sum())
            least = max(least, min(_up(outcome.bound), found))
        return self._made(opened, found, least)

    def _fewest(self, found: int) -> int:
        """Return the least number of free sites that bounds do not rule out."""
        low, high = 0, found
        allowed = self.question.total - self.question.wanted
        while low < high:
            middle = (low + high) // 2
            if self._bound(middle, allowed + 1) > allowed:
                low = middle + 1
            else:
                high = middle
        return low

    # The p-median

    def _median(self) -> Siting:
        question = self.question
        self.progress(5, "searching sites")
        if not self._small:
            return self._large_median()
        outcome = self._solve(None)
        bound = _up(outcome.bound) if np.isfinite(outcome.bound) else 0
        if outcome.value is None:
            text = (
                f"capacities suffice in sum, but no {question.choose} sites have room for every "
                "household within its reach; raise capacities where many live, choose more sites "
                "or lengthen the limit"
            )
            reason = Reason("capacity_out_of_place", text)
            if not outcome.finished:
                reason = Reason("not_found", "no choice was found within the effort allowed")
            return Siting(
                question.total, reproducible=not self.timed_out, nodes=self.nodes, reasons=(reason,)
            )
        opened = self._opened(outcome.value, question.choose or 0)
        assignment, cost, _ = transport(question, self.entries, opened)
        least = cost if outcome.finished else min(bound, cost)
        return self._made(opened, cost, least, assignment)

    def _large_median(self) -> Siting:
        """Return sites found by search, with the gap that is left."""
        question = self.question
        opened = search_median(
            question,
            self._exchange,
            self.flow.served,
            lambda percent, step: self.progress(5 + percent * 7 // 10, step),
        )
        if opened is None:
            text = (
                f"no {question.choose} sites were found that have room for every household within "
                "its reach, and none were ruled out; raise capacities where many live, choose more "
                "sites or lengthen the limit"
            )
            return Siting(question.total, reasons=(Reason("not_found", text),))
        pairs = len(pairs_of(self.entries, opened).site)
        if pairs > MOST_OPEN:
            text = (
                f"{pairs:,} pairs of a demand and an open site are too many to share households out "
                f"by distance ({MOST_OPEN:,} at most); ask about a smaller area, shorten the limit, "
                "or leave capacities out"
            )
            return Siting(question.total, reasons=(Reason("too_many_pairs", text),))
        self.progress(80, "sharing households out")
        assignment, cost, stopped = transport(question, self.entries, opened)
        self.timed_out |= stopped
        self.progress(85, "raising the bound")
        least, steps = least_median(question, self.capacity, self.sure, self.free, cost)
        self.steps += steps
        return self._made(opened, cost, min(least, cost), assignment)

    # Search

    def _search(self, count: int, enough: int | None = None) -> BoolArray:
        """Open the free sites that add most, then exchange; with `enough` only as many as needed."""
        opened = self.sure.copy()
        served = self.flow.served(opened)
        known = np.where(self.free, np.iinfo(np.int64).max, -1)
        fresh = np.full(len(known), -1)
        done = 0
        while done < count and (enough is None or served < enough):
            best = int(np.argmax(known))
            if fresh[best] == done:
                opened[best] = True
                served += int(known[best])
                known[best] = -1
                done += 1
                continue
            opened[best] = True
            known[best], fresh[best] = self.flow.served(opened) - served, done
            opened[best] = False
        return opened if enough is not None else self._exchange(opened, served)

    def _exchange(self, opened: BoolArray, served: int) -> BoolArray:
        looks = max(FEWEST_LOOKS, LOOKS // max(len(self.entries.site), 1))
        better = True
        while better and looks > 0:
            better = False
            for go in np.flatnonzero(opened & self.free):
                for come in np.flatnonzero(self.free & ~opened):
                    looks -= 1
                    if looks < 0:
                        return opened
                    self.progress(10, "searching sites")
                    other = opened.copy()
                    other[go], other[come] = False, True
                    found = self.flow.served(other)
                    if found > served:
                        opened, served, better = other, found, True
                        break
                if better:
                    break
        return opened

    # Bounds and the program

    def _bound(self, count: int, upper: int) -> int:
        """Return how much weight stays unserved at least with `count` free sites."""
        reach = self.question.reach
        prices = Prices(
            reach, self.question.weight, self.capacity, np.zeros(len(reach.site), dtype=np.int64),
            1, self.sure, self.free,
        )  # fmt: skip
        least, steps = prices.raised(count, upper, self.question.effort.steps)
        self.steps += steps
        return least

    @property
    def _small(self) -> bool:
        return len(self.entries.site) * LINKED <= self.question.effort.entries

    def _solve(self, start: BoolArray | None, cutoff: float = np.inf) -> Outcome:
        program, sites = program_of(self.question, self.entries)
        known = None
        if start is not None:
            known = (np.arange(len(sites)), start[sites].astype(np.float64))
        outcome = solve(
            program,
            self.question.effort,
            cutoff=cutoff,
            near=0.999,
            start=known,
            watch=lambda: self.progress(60, "branch and bound"),
        )
        self.nodes += outcome.nodes
        self.timed_out |= outcome.timed_out
        return outcome

    def _opened(self, value: FloatArray, count: int) -> BoolArray:
        """Return what a solution opens, filled up to `count` with the first sites that are free."""
        sites = np.flatnonzero(self.usable)
        opened = self.sure.copy()
        opened[sites[value[: len(sites)] > 0.5]] = True
        spare = count - int((opened & self.question.candidates).sum())
        opened[np.flatnonzero(self.free & ~opened)[: max(spare, 0)]] = True
        return opened

    # The answer

    def _made(
        self, opened: BoolArray, objective: int, bound: int, assignment: Assignment | None = None
    ) -> Siting:
        self.progress(95, "assigning")
        chosen = np.flatnonzero(opened & self.question.candidates)
        median = self.question.objective == "p-median"
        if assignment is None:
            flow = Flow(self.whole.reach, self.whole.weight, self.capacity)
            assignment = flow.assignment(flow.serve(opened))
        return Siting(
            self.question.total,
            tuple(chosen.tolist()),
            objective,
            bound,
            reproducible=not self.timed_out,
            iterations=self.steps,
            nodes=self.nodes,
            curve=() if median else self._curve(chosen),
            assignment=assignment,
        )

    def _curve(self, chosen: Int64Array) -> tuple[Step, ...]:
        """Return what each chosen site adds within capacities, the one that adds most first."""
        opened = self.question.open.copy()
        served = self.flow.served(opened)
        left = chosen.tolist()
        steps = []
        while left:
            gains = []
            for site in left:
                opened[site] = True
                gains.append(self.flow.served(opened) - served)
                opened[site] = False
            best = int(np.argmax(gains))
            served += gains[best]
            opened[left[best]] = True
            steps.append(Step(left.pop(best), served, gains[best]))
        return tuple(steps)


def _up(bound: float) -> int:
    """Return the whole number that a solver's bound proves."""
    if not np.isfinite(bound):
        return 0
    return int(np.ceil(bound - 1e-6 * max(1.0, abs(bound))))
