"""Judging size: premises, staff, households of a community."""

from __future__ import annotations

from typing import Any

import numpy as np

from gis.standards import (
    CM2_PER_M2,
    COMPLIANT,
    MISSING,
    SHORT,
    UNKNOWN,
    population_class,
    required_premises,
)
from layers.rules.kinds import CommunitySize, Staff
from layers.rules.premises import Premises
from layers.usecases.standards.facts import missing
from layers.usecases.standards.judged import (
    TEN_THOUSAND,
    Judged,
    Question,
    nothing_to_judge,
    per_hundred,
    plain,
    scaled,
    unknown_where,
)


def judge_premises(rule: Premises, asked: Question) -> Judged:
    """Return the floor area each community needs and has."""
    facts, households = asked.facts, asked.facts.households[asked.basis]
    limits, minima = rule.minima_cm2()
    classes = population_class(facts.population, limits, rule.limit)
    required = required_premises(households, rule.rate_cm2_per_household, minima, classes)
    area = asked.floor.area_cm2
    reason: dict[int, str] = {}
    if rule.rate_cm2_per_household:
        reason |= unknown_where(households, "no_households")
    lacking = (required == MISSING) & (households != MISSING)
    reason |= dict.fromkeys(np.flatnonzero(lacking).tolist(), "no_population")
    reason |= {row: why for row, why in enumerate(asked.floor.reason) if why is not None}
    details: dict[int, dict[str, Any]] = {}
    for row in range(len(facts)):
        known = rule.rate_cm2_per_household and households[row] != MISSING
        by_rate = int(households[row]) * rule.rate_cm2_per_household if known else None
        one = len(minima) == 1
        minimum = (
            None if not one and classes[row] == MISSING else minima[0 if one else int(classes[row])]
        )
        details[row] = {
            "by_rate_m2": None if by_rate is None else plain(by_rate, CM2_PER_M2),
            "minimum_m2": None if not minimum else plain(minimum, CM2_PER_M2),
            "population": None if facts.population[row] == MISSING else int(facts.population[row]),
            "m2_per_100_households": per_hundred(int(area[row]), int(households[row])),
        }
    made = Judged(
        "m2", CM2_PER_M2, required, area, area, households, CM2_PER_M2, "m2", "households", reason, details
    )  # fmt: skip
    return nothing_to_judge(made, required == 0, "nothing_required")


def judge_staff(rule: Staff, asked: Question) -> Judged:
    """Return the full-time workers each community needs and has."""
    facts = asked.facts
    workers = facts.staff.get("", missing(len(facts)))
    if "" not in facts.staff:
        known = [facts.staff[post] for post in rule.posts if post in facts.staff]
        workers = np.sum(known, axis=0).astype(np.int64) if known else workers
    reason = unknown_where(workers, "no_staff")
    if rule.households_per_worker is not None:
        load, scale, unit = facts.households[asked.basis], rule.households_per_worker, "households"
        required, actual = load, scaled(workers, scale)
    else:
        load, scale, unit = facts.population, TEN_THOUSAND, "residents"
        required = scaled(load, rule.workers_per_10000_residents or 0)
        actual = scaled(workers, scale)
    reason |= unknown_where(load, "no_households" if unit == "households" else "no_population")
    made = Judged(
        "workers", scale, required, actual, workers, load, 1, "workers", unit, reason
    )  # fmt: skip
    return nothing_to_judge(made, required == 0, "nothing_required")


def judge_community_size(rule: CommunitySize, asked: Question) -> Judged:
    """Return whether each community is within its band of households."""
    households = asked.facts.households[asked.basis]
    low, high = rule.min_households, rule.max_households
    above = households > high
    state = np.where(
        households == MISSING, UNKNOWN, np.where((households < low) | above, SHORT, COMPLIANT)
    ).astype(np.int8)
    outside = np.where(above, households - high, np.maximum(low - households, 0))
    return Judged(
        "households", 1, np.where(above, high, low).astype(np.int64), households, households,
        np.ones(len(households), dtype=np.int64), 1, "households", "communities",
        unknown_where(households, "no_households"),
        {row: {"direction": "above" if above[row] else "below"} for row in np.flatnonzero(state == SHORT).tolist()},
        state, outside.astype(np.int64), adds_up=False,
    )  # fmt: skip
