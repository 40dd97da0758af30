"""Holding communities against a rule: which judge answers for which kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from layers.rules.kinds import (
    CommunitySize,
    Coverage,
    GridBand,
    GridWorkers,
    Lease,
    Reach,
    Rooms,
    Staff,
    Stations,
)
from layers.rules.premises import Premises
from layers.rules.rule import Rule
from layers.usecases.standards.judge_grids import judge_grid_band, judge_grid_workers
from layers.usecases.standards.judge_reach import judge_coverage, judge_reach
from layers.usecases.standards.judge_rooms import judge_lease, judge_rooms, judge_stations
from layers.usecases.standards.judge_size import judge_community_size, judge_premises, judge_staff
from layers.usecases.standards.judged import Judged, Question

_JUDGES: dict[type[Rule], Callable[..., Judged]] = {
    Premises: judge_premises,
    Staff: judge_staff,
    GridWorkers: judge_grid_workers,
    GridBand: judge_grid_band,
    CommunitySize: judge_community_size,
    Reach: judge_reach,
    Stations: judge_stations,
    Rooms: judge_rooms,
    Lease: judge_lease,
    Coverage: judge_coverage,
}


def judge_rules(rules: list[Any], asked: Question) -> Judged:
    """Return the verdicts of the rules of one column on all communities, whether they apply or not.

    More than one rule of a column are bands of different kinds of grids.
    """
    first, *others = rules
    return _JUDGES[type(first)](first, asked, *others)
