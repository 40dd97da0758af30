"""Where to put stations by the tables of a user, without a store."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from gis.errors import Fault, RefusedInputError
from gis.siting import Reason, Siting, choose_sites
from layers.io.progress import Progress, part, silent
from layers.io.site_tables import Matrix
from layers.usecases.site_question import SiteQuestion, SiteTables

NAMED = 10
"""Sites or demands that a reason lists by name."""
FIELD_OF_REASON = {
    "must_and_forbidden": "must",
    "existing_and_forbidden": "existing",
    "bad_target": "target",
    "target_out_of_reach": "target",
    "choose_too_few": "choose",
    "choose_too_many": "choose",
    "must_exceeds_choose": "choose",
    "choose_too_few_to_reach_all": "choose",
    "no_weight": "weights",
    "capacity_short": "capacity",
    "capacity_out_of_place": "capacity",
    "demand_out_of_reach": "matrix",
    "too_large": "matrix",
}
BAD_QUESTION = frozenset(
    {
        "must_and_forbidden",
        "existing_and_forbidden",
        "bad_target",
        "choose_too_few",
        "choose_too_many",
        "must_exceeds_choose",
        "no_weight",
        "too_large",
    }
)


def site_by_tables(asked: SiteQuestion, progress: Progress = silent) -> dict[str, Any]:
    """Choose sites by the tables of a user and return the figures.

    Raises
    ------
    RefusedInputError
        `invalid_rows` for faults in tables, all of them named; `bad_option` for what was asked;
        `infeasible` where no choice of sites does what was asked, with what would help; and what
        readers refuse of whole files.
    """
    begun = time.perf_counter()
    progress(0, "reading tables")
    tables = SiteTables.read(asked)
    progress(20, "choosing sites")
    found = choose_sites(tables.question, part(progress, 20, 98))
    _require_answer(asked, tables, found)
    progress(100, "done")
    return {
        **_figures(asked, tables, found),
        "seconds": round(time.perf_counter() - begun, 3),
    }


def _require_answer(asked: SiteQuestion, tables: SiteTables, found: Siting) -> None:
    """Refuse what has no answer, with what would help.

    Raises
    ------
    RefusedInputError
        `bad_option`, `infeasible`.
    """
    reasons = list(found.reasons)
    if asked.choose is not None and asked.objective == "min-stations":
        reasons += _more_than(asked.choose, found)
    if not reasons:
        return
    bad = all(reason.code in BAD_QUESTION for reason in reasons)
    faults = [
        Fault(field=FIELD_OF_REASON.get(reason.code), reason=_named(reason, tables.matrix))
        for reason in reasons
    ]
    raise RefusedInputError(
        "bad_option" if bad else "infeasible", "; ".join(f.reason for f in faults), faults
    )


def _more_than(allowed: int, found: Siting) -> list[Reason]:
    """Return why the fewest stations are too many, if they are."""
    if found.bound is None or len(found.chosen) <= allowed:
        return []
    text = (
        f"at least {found.bound} stations are needed and {allowed} are allowed"
        if found.bound > allowed
        else f"{len(found.chosen)} stations were found; that {allowed} do is not ruled out"
    )
    return [Reason("choose_too_few_to_reach_all", f"{text}; allow more or lower the target")]


def _named(reason: Reason, matrix: Matrix) -> str:
    """Return a reason with the first names of what it is about."""
    names = [matrix.sites[i] for i in reason.sites] + [matrix.demands[i] for i in reason.demands]
    if not names:
        return reason.text
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{reason.text} ({', '.join(names[:NAMED])}{more})"


def _figures(asked: SiteQuestion, tables: SiteTables, found: Siting) -> dict[str, Any]:
    question, sites, demands = tables.question, tables.matrix.sites, tables.matrix.demands
    is_median = asked.objective == "p-median"
    scale = tables.scale if is_median else 1
    served = found.assignment.served(len(demands))
    missed = np.flatnonzero(question.weight > served)
    answer = {
        "question": asked.objective,
        "chosen": [sites[j] for j in found.chosen],
        "objective": _unscaled(found.objective, scale),
        "bound": _unscaled(found.bound, scale),
        "gap": found.gap,
        "proved": found.proved,
        "numerator": found.served,
        "denominator": found.total,
        "share": round(found.served / found.total, 6),
        "curve": [
            {
                "site": sites[step.site],
                "gain": _unscaled(step.gain, scale),
                "value": _unscaled(step.value, scale),
            }
            for step in found.curve
        ],
        "sites": _site_rows(tables, found),
        "unserved": [
            {"demand": demands[i], "households": int(question.weight[i] - served[i])}
            for i in missed
        ],
        "candidates": int(question.candidates.sum()),
        "limit": tables.limit,
        "target": str(asked.target) if asked.target else None,
        "seed": asked.seed,
        "iterations": found.iterations,
        "nodes": found.nodes,
        "notes": tables.notes,
        "reproducible": found.reproducible,
    }
    if asked.assignments:
        rows = found.assignment
        answer["assignments"] = [
            {"demand": demands[i], "site": sites[j], "households": int(w)}
            for i, j, w in zip(rows.demand, rows.site, rows.weight, strict=True)
        ]
    return answer


def _site_rows(tables: SiteTables, found: Siting) -> list[dict[str, Any]]:
    """Return open sites with what they serve, in the order of the matrix."""
    question = tables.question
    load = found.assignment.load(len(tables.matrix.sites))
    chosen = set(found.chosen)
    return [
        {
            "site": name,
            "status": "chosen" if j in chosen else "existing",
            "served": int(load[j]),
            "capacity": None if question.capacity is None else int(question.capacity[j]),
        }
        for j, name in enumerate(tables.matrix.sites)
        if j in chosen or question.open[j]
    ]


def _unscaled(value: int | None, scale: int) -> float | int | None:
    return value if value is None or scale == 1 else value / scale
