"""Siting: the p-median benchmarks proved, a large maximal coverage, and the same questions put to spopt.

python -m tests.bench.siting
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from gis.siting import Question, Reach, choose_sites
from layers.version import VERSION
from tests.bench.timing import Row
from tests.siting_cases import pmed, random_coverage, read_optima, read_stores

SHARED = Path(__file__).parents[3] / "shared" / "data"
PMEDS = range(1, 21)
PMED_TARGET_S, COVER_TARGET_S, GAP_TARGET = 300.0, 15.0, 0.01


def measure_siting() -> list[Row]:
    """Return the rows, printing each figure."""
    rows: list[Row] = []

    def add(work: str, tool: str, seconds: float | None, note: str) -> None:
        rows.append(
            Row(f"siting: {work}", tool, VERSION if tool == "wangge" else "", seconds, 1, note=note)
        )
        shown = "–" if seconds is None else f"{seconds:.2f} s"
        sys.stdout.write(f"  {work:<46}{tool:<8}{shown:>10}  {note}\n")
        sys.stdout.flush()

    question = random_coverage(1)
    choose_sites(random_coverage(1, 300, 40, 4, 6))  # kernels are compiled now
    started = time.perf_counter()
    found = choose_sites(question)
    took = time.perf_counter() - started
    met = "reached" if took <= COVER_TARGET_S and (found.gap or 0) <= GAP_TARGET else "MISSED"
    add(
        "10,000 demands, 1,000 candidates, 20 chosen", "wangge", took,
        f"gap {found.gap:.4%}, target {GAP_TARGET:.0%} in {COVER_TARGET_S:.0f} s: {met}",
    )  # fmt: skip
    if not (SHARED / "orlib-pmed").exists():
        add("p-median benchmarks", "wangge", None, "the optional data are not beside this checkout")
        return rows
    total, proved, right = 0.0, 0, 0
    optima = read_optima(SHARED / "orlib-pmed")
    for number in PMEDS:
        question = pmed(SHARED / "orlib-pmed" / f"pmed{number}.txt")
        optimum = optima[f"pmed{number}"]
        started = time.perf_counter()
        found = choose_sites(question)
        total += time.perf_counter() - started
        proved += found.proved
        right += found.objective == optimum
    met = "reached" if total <= PMED_TARGET_S and proved == right == len(PMEDS) else "MISSED"
    add(
        "p-median benchmarks 1-20", "wangge", total,
        f"{proved} of 20 proved, {right} equal to the published optimum, target {PMED_TARGET_S:.0f} s: {met}",
    )  # fmt: skip
    beside_spopt(add)
    return rows


def beside_spopt(add: Callable[[str, str, float | None, str], None]) -> None:
    """Ask spopt the same questions, where it is installed."""
    folder = SHARED / "spopt-locate"
    distance, weight = read_stores(folder)
    matrix = np.rint(distance).astype(np.int64)
    limit, choose = 5000, 4
    reach = Reach.from_matrix(matrix, limit)
    everything = Reach.from_matrix(matrix)
    ours = {}
    for name, asked in (
        ("max-coverage", Question(reach, weight, "max-coverage", choose)),
        ("min-stations", Question(reach, weight, "min-stations")),
        ("p-median", Question(everything, weight, "p-median", choose)),
    ):
        started = time.perf_counter()
        found = choose_sites(asked)
        ours[name] = found.objective
        add(
            f"{len(weight)} x {matrix.shape[1]}, {name}",
            "wangge",
            time.perf_counter() - started,
            f"objective {found.objective}",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pulp
            from spopt.locate import LSCP, MCLP, PMedian
    except ImportError:
        add("the same by spopt", "spopt", None, "not installed")
        return
    solver = pulp.PULP_CBC_CMD(msg=False)
    cost = matrix.astype(float)
    for name, model in (
        ("max-coverage", lambda: MCLP.from_cost_matrix(cost, weight, limit, p_facilities=choose)),
        ("min-stations", lambda: LSCP.from_cost_matrix(cost, limit)),
        ("p-median", lambda: PMedian.from_cost_matrix(cost, weight, p_facilities=choose)),
    ):
        started = time.perf_counter()
        solved = model().solve(solver)
        took = time.perf_counter() - started
        value = round(pulp.value(solved.problem.objective))
        same = "equal" if value == ours[name] else f"DIFFERENT from {ours[name]}"
        add(
            f"{len(weight)} x {matrix.shape[1]}, {name}",
            "spopt",
            took,
            f"objective {value}: {same}",
        )


if __name__ == "__main__":
    measure_siting()
