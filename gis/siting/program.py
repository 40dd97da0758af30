"""Linear programs with whole-numbered variables, given to HiGHS.

One thread and a fixed seed: the same program is solved by the same nodes. Work is limited by nodes;
a clock may stop it as a last resort, and the outcome says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from scipy.sparse import csr_array

from gis.siting.costs import BoolArray, FloatArray, Int64Array

TOLERANCE = 1e-9
"""What branch and bound proves is proved to a billionth of the figure: it computes in double precision."""

Watch = Callable[[], None]
"""Called during the solution; raises to end the work."""


@dataclass(frozen=True)
class Program:
    """Minimise `cost · x + offset` over `row_lower <= rows · x <= row_upper`, `lower <= x <= upper`."""

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    whole: BoolArray
    """Which variables take whole numbers only."""
    rows: csr_array
    row_lower: FloatArray
    row_upper: FloatArray
    offset: int = 0


@dataclass(frozen=True)
class Outcome:
    """What came of a program."""

    finished: bool
    """Solved, or shown that nothing below the cutoff exists."""
    value: FloatArray | None
    """The best values found, None where there are none below the cutoff."""
    bound: float
    """No solution costs less; -inf where nothing is known."""
    nodes: int
    timed_out: bool


@dataclass(frozen=True)
class Effort:
    """How much work may be done; the defaults suit a county."""

    steps: int = 6000
    """Subgradient steps for a bound."""
    kicks: int = 60
    """Kicks of the first search without a better choice following."""
    entries: int = 60_000
    """What is left of a larger problem is not branched on: its gap is told instead."""
    looks: int = 600_000_000
    """Entries looked at by branch and bound of our own."""
    nodes: int = 20_000
    """Nodes of branch and bound by HiGHS, which is asked where our own came to no end."""
    seconds: float | None = None
    """A last resort for HiGHS: what a clock stops depends on the machine."""


class _Quiet(highspy.Highs):
    """HiGHS that says nothing: its banner would land among the answers on standard output."""

    def enableCallbacks(self) -> None:  # noqa: N802 the solver's own name; called while it is made
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def solve(
    program: Program,
    effort: Effort,
    *,
    cutoff: float = np.inf,
    near: float = 0.0,
    start: tuple[Int64Array, FloatArray] | None = None,
    watch: Watch | None = None,
) -> Outcome:
    """Solve a program.

    Parameters
    ----------
    cutoff
        Only solutions that cost less count.
    near
        Ends when cost and bound are so close; for costs in whole numbers a little below 1 is a proof.
    start
        Indices and values of some variables of a known solution.
    """
    solver = _Quiet()  # type: ignore[no-untyped-call]
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("parallel", "off")
    solver.setOptionValue("random_seed", 0)
    solver.setOptionValue("mip_rel_gap", TOLERANCE)
    solver.setOptionValue("mip_abs_gap", near)
    solver.setOptionValue("mip_max_nodes", effort.nodes)
    if np.isfinite(cutoff):
        solver.setOptionValue("objective_bound", float(cutoff))
    if effort.seconds is not None:
        solver.setOptionValue("time_limit", float(effort.seconds))
    solver.passModel(_model(program))
    if start is not None:
        index, value = start
        solver.setSolution(len(index), index.astype(np.int32), value.astype(np.float64))
    raised: list[BaseException] = []
    if watch is not None:
        solver.cbMipInterrupt.subscribe(_interrupter(watch, raised))
    solver.run()
    if raised:
        raise raised[0]
    return _outcome(solver, cutoff)


def _interrupter(watch: Watch, raised: list[BaseException]) -> Callable[[Any], None]:
    def look(event: Any) -> None:
        if not raised:
            try:
                watch()
            except BaseException as error:  # noqa: BLE001 raised again once the solver has ended
                raised.append(error)
        if raised:
            event.interrupt()

    return look


def _model(program: Program) -> highspy.HighsLp:
    model = highspy.HighsLp()
    rows, columns = program.rows.shape
    model.num_row_, model.num_col_ = rows, columns
    model.offset_ = float(program.offset)
    model.col_cost_ = program.cost
    model.col_lower_, model.col_upper_ = program.lower, program.upper
    model.row_lower_, model.row_upper_ = program.row_lower, program.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = program.rows.indptr.astype(np.int32)
    model.a_matrix_.index_ = program.rows.indices.astype(np.int32)
    model.a_matrix_.value_ = program.rows.data.astype(np.float64)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    if program.whole.any():
        model.integrality_ = [kinds[int(whole)] for whole in program.whole]
    return model


def _outcome(solver: highspy.Highs, cutoff: float) -> Outcome:
    status = solver.getModelStatus()
    states = highspy.HighsModelStatus
    info = solver.getInfo()
    solution = solver.getSolution()
    value = np.asarray(solution.col_value) if solution.value_valid else None
    if value is not None and info.objective_function_value >= cutoff:
        value = None
    nothing = status in (states.kInfeasible, states.kObjectiveBound)
    finished = nothing or status == states.kOptimal
    bound = float(info.mip_dual_bound)
    if finished and value is None:
        bound = cutoff
    nodes = max(int(info.mip_node_count), 0)
    return Outcome(finished, value, bound, nodes, status == states.kTimeLimit)
