"""The cheapest choice of a number of sites, and the proof: search, bound, strike out, branch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gis.siting.bound import Left, ascend, leave
from gis.siting.branch import branch, ratings
from gis.siting.costs import Costs, FloatArray, Int64Array
from gis.siting.program import Effort, Outcome, solve
from gis.siting.reduced import reduce_to
from gis.siting.search import greedy, improve

Progress = Callable[[int, str], None]

ROUNDS = 4
"""Times that columns are struck out and the bound is raised again on what is left."""
PROMISING = 8
"""Columns looked at from the starts of the bound, per chosen column, best rated first."""
BEST = 10
"""Of the choices the bound came by so many are improved further."""
KICKS_OF_LOCAL = 2
"""Kicks of such a choice, per kick of the first search: among few columns they are cheap."""


def silent(percent: int, step: str) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Settled:
    """A choice and what is known of it."""

    chosen: Int64Array
    """(count,) columns, ascending."""
    cost: int
    least: int
    """No choice of as many columns costs less."""
    steps: int = 0
    nodes: int = 0
    timed_out: bool = False

    @property
    def proved(self) -> bool:
        """Return whether no choice is cheaper."""
        return self.least >= self.cost


def settle(
    costs: Costs,
    count: int,
    effort: Effort,
    *,
    seed: int = 0,
    enough: int = -1,
    hopeless: int | None = None,
    progress: Progress = silent,
) -> Settled:
    """Choose `count` columns so that the cost is least, and prove it as far as the effort goes.

    Parameters
    ----------
    enough
        A cost that is good enough: a choice that costs no more ends the work.
    hopeless
        A cost that is no longer of use: a bound that reaches it ends the work.
    """
    columns = costs.columns
    if count in (0, columns):
        every = np.arange(count)
        cost = costs.total(every)
        return Settled(every, cost, cost)
    progress(0, "searching sites")
    chosen = improve(costs, greedy(costs, count), effort.kicks, seed, enough)
    cost = costs.total(chosen)
    work = _Work(costs, count, effort, seed, enough, hopeless, chosen, cost)
    work.prove(progress)
    return Settled(
        work.chosen, work.cost, min(work.least, work.cost), work.steps, work.nodes, work.timed_out
    )


@dataclass
class _Work:
    """The state between two steps of a proof."""

    costs: Costs
    count: int
    effort: Effort
    seed: int
    enough: int
    hopeless: int | None
    chosen: Int64Array
    cost: int
    least: int = 0
    steps: int = 0
    nodes: int = 0
    timed_out: bool = False

    @property
    def upper(self) -> int:
        """Return the cost that a choice of any use is below."""
        return self.cost if self.hopeless is None else min(self.cost, self.hopeless)

    @property
    def ended(self) -> bool:
        """Return whether nothing is left to do."""
        return self.cost <= self.enough or self.least >= self.upper

    def prove(self, progress: Progress) -> None:
        """Raise the bound, strike out, and branch on what is left."""
        opened = np.empty(0, dtype=np.int64)  # of the original columns
        columns = np.arange(self.costs.columns)
        here, count = self.costs, self.count
        price: FloatArray | None = None
        left: Left | None = None
        for number in range(ROUNDS):
            if self.ended:
                return
            progress(10 + 15 * number, "raising the bound")
            bound = ascend(here, count, self.upper, self.effort.steps, price)
            self.steps += bound.steps
            # Of what was struck out nothing is cheaper than `upper`, so the smaller one bounds all.
            self.least = max(self.least, min(bound.least, self.upper))
            if self.ended:
                return
            self._search(here, columns, opened, bound.starts, bound.price)
            if self.ended:
                return
            price = bound.price
            left = leave(here, price, count, self.upper)
            gone = int((~left.open).sum()) + int(left.sure.sum())
            if gone * 2 < here.columns or number == ROUNDS - 1:
                break
            keep = np.flatnonzero(left.open & ~left.sure)
            sure = np.flatnonzero(left.sure)
            if len(sure) > count or len(keep) < count - len(sure):
                self.least = self.upper
                return
            opened = np.concatenate((opened, columns[sure]))
            here = here.with_open(sure, keep)
            columns, count = columns[keep], count - len(sure)
            left = None
            if count in {0, here.columns}:
                self._take(np.concatenate((opened, columns[:count])))
                self.least = max(self.least, self.upper)
                return
        if left is not None and price is not None:
            self._branch(here, count, left, price, columns, opened, progress)

    def _take(self, chosen: Int64Array) -> None:
        cost = self.costs.total(chosen)
        if cost < self.cost:
            self.chosen, self.cost = np.sort(chosen), cost

    def _search(
        self,
        here: Costs,
        columns: Int64Array,
        opened: Int64Array,
        starts: Int64Array,
        price: FloatArray,
    ) -> None:
        """Improve the choices that the bound came by, then kick the best among what they use."""
        found = {}
        for start in np.unique(np.sort(starts, axis=1), axis=0):
            local = improve(here, start, 0, self.seed, self.enough)
            found[tuple(local.tolist())] = here.total(local)
        tops = [np.array(one) for one in sorted(found, key=lambda one: (found[one], one))[:BEST]]
        if not tops:
            return
        rated = np.argsort(-ratings(here, price), kind="stable")
        rated = rated[: PROMISING * max(starts.shape[1], 5)]
        pool = np.unique(np.concatenate((rated, *tops)))
        few = here.with_open(np.empty(0, dtype=np.int64), pool)
        kicks = KICKS_OF_LOCAL * self.effort.kicks
        for local in tops:
            kicked = improve(few, np.searchsorted(pool, local), kicks, self.seed, self.enough)
            self._take(np.concatenate((opened, columns[pool[kicked]])))
            if self.ended:
                return

    def _branch(
        self,
        here: Costs,
        count: int,
        left: Left,
        price: FloatArray,
        columns: Int64Array,
        opened: Int64Array,
        progress: Progress,
    ) -> None:
        if int(left.entry.sum()) > self.effort.entries:
            return
        upper = self.upper

        def watch() -> None:
            progress(75, "branch and bound")

        sure, keep = np.flatnonzero(left.sure), np.flatnonzero(left.open & ~left.sure)
        if len(sure) <= count <= len(sure) + len(keep):
            less = here.with_open(sure, keep)
            found = branch(less, count - len(sure), price, upper, self.effort.looks, watch)
            self.steps += found.steps
            self.nodes += found.nodes
            if found.chosen is not None:
                kept = np.concatenate((sure, keep[found.chosen]))
                self._take(np.concatenate((opened, columns[kept])))
            if found.finished:
                self.least = max(self.least, min(self.cost, upper))
            if self.ended:
                return
            upper = self.upper
        reduced = reduce_to(here, count, left)
        if reduced is None:
            self.least = self.upper
            return
        outcome = solve(
            reduced.program,
            self.effort,
            cutoff=upper - 0.5,
            near=0.999,
            watch=watch,
        )
        self._learn(outcome, upper)
        if outcome.value is not None:
            picked = reduced.column[outcome.value[: len(reduced.column)] > 0.5]
            spare = np.setdiff1d(np.arange(here.columns), picked)[: count - len(picked)]
            chosen = np.concatenate((picked, spare))
            self._take(np.concatenate((opened, columns[chosen])))
            if outcome.finished:
                self.least = max(self.least, self.cost)

    def _learn(self, outcome: Outcome, upper: int) -> None:
        self.nodes += outcome.nodes
        self.timed_out |= outcome.timed_out
        if outcome.finished and outcome.value is None:
            self.least = max(self.least, upper)
        elif np.isfinite(outcome.bound):
            proved = int(np.ceil(outcome.bound - 1e-6 * max(1.0, abs(outcome.bound))))
            self.least = max(self.least, min(proved, upper))
