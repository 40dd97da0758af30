"""Judging reach and coverage: shares of households, land and communities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gis.standards import MISSING
from layers.rules.kinds import Coverage, Reach
from layers.usecases.standards.facts import missing
from layers.usecases.standards.judged import (
    TEN_THOUSAND,
    Judged,
    Question,
    nothing_to_judge,
    scaled,
    unknown_where,
)

RURAL = "rural"


def fits(rule: Reach, parameters: Mapping[str, Any]) -> bool:
    """Say whether a coverage run asked just what a rule asks."""
    if parameters["category"] != rule.category:
        return False
    if rule.minutes is None:
        return bool(parameters["radius_m"] == rule.radius_m)
    return (parameters["minutes"], parameters["speed_kmh"]) == (rule.minutes, rule.speed_kmh)


def judge_reach(rule: Reach, asked: Question) -> Judged:
    """Return the households within minutes or radius, from a run that asked just that."""
    facts = asked.facts
    run = next((item for item in facts.runs if fits(rule, item.parameters)), None)
    nothing = missing(len(facts))
    within = nothing
    if run is not None:
        within = run.within_walk if rule.minutes is not None else run.within_radius
    households = run.households if run is not None else nothing
    why = "no_run" if facts.reach is None else "other_parameters"
    share = round((rule.target_percent or 0) * 100)
    made = Judged(
        "households", TEN_THOUSAND, scaled(households, share), scaled(within, TEN_THOUSAND),
        within, households, 1, "households", "households", unknown_where(within, why),
        {} if run is None else {row: {"run": run.run} for row in range(len(facts))},
    )  # fmt: skip
    if rule.target_percent is None:
        made = nothing_to_judge(made, within != MISSING, "no_target")
    return nothing_to_judge(made, households == 0, "no_households")


def judge_coverage(rule: Coverage, asked: Question) -> Judged:
    """Return the figure a target is about, community by community."""
    facts = asked.facts
    size = len(facts)
    share = round(rule.target_percent * 100)
    if rule.figure == "facility":
        count = facts.stations.get(rule.category, missing(size))
        has = np.where(count == MISSING, MISSING, np.minimum(count, 1)).astype(np.int64)
        ones = np.ones(size, dtype=np.int64)
        return Judged(
            "stations", 1, ones, has, has, ones, 1, "communities", "communities",
            unknown_where(has, "no_stations"),
        )  # fmt: skip
    part, whole, unit, why = missing(size), missing(size), "households", "no_run"
    if rule.figure == "grid_land":
        part, whole, unit, why = facts.gridded_m2, facts.land_m2, "m2", "no_grid_land"
        # Land is measured in floating point: shares are compared to the hundredth of a percent.
        exact = (part != MISSING) & (whole > 0)
        rounded = np.where(
            exact, (part * TEN_THOUSAND + whole // 2) // np.maximum(whole, 1), MISSING
        )
        required = np.where(exact, share * whole, MISSING)
        actual = np.where(exact, rounded * whole, MISSING).astype(np.int64)
        return Judged(
            unit, TEN_THOUSAND, required.astype(np.int64), actual, part, whole, 1, unit, unit,
            unknown_where(actual, why),
        )  # fmt: skip
    if rule.figure == "grid_households":
        part, whole, why = (
            facts.gridded[asked.basis],
            facts.households[asked.basis],
            "no_gridded_households",
        )
    elif facts.reach is not None and facts.reach.parameters["category"] == rule.category:
        whole = facts.reach.households
        rural = np.array([kind == RURAL for kind in facts.kind])
        part = np.where(rural, facts.reach.within_radius, facts.reach.within_walk)
    made = Judged(
        unit, TEN_THOUSAND, scaled(whole, share), scaled(part, TEN_THOUSAND), part, whole, 1, unit, unit,
        unknown_where(part, why) | unknown_where(whole, "no_households"),
    )  # fmt: skip
    return nothing_to_judge(made, whole == 0, "no_households")
