"""Three figures that are all called 覆盖率, each by its name, with what it is a share of."""

from __future__ import annotations

from typing import Any

import numpy as np

from gis.crs import IntArray
from gis.standards import MISSING, BoolArray, percent
from layers.usecases.standards.facts import Facts, missing
from layers.usecases.standards.judge_reach import RURAL
from layers.usecases.standards.words import FIGURES, REASONS, bilingual

FACILITY = "service_station"


def figures_of(facts: Facts, basis: str) -> dict[str, Any]:
    """Return 设施覆盖率, 网格覆盖率 (land and households) and 户覆盖率 of the communities shown.

    A figure is of the communities for which it is known; how many are not stands beside it.
    """
    shown = facts.shown
    count = facts.stations.get(FACILITY, missing(len(facts)))
    has = np.where(count == MISSING, MISSING, np.minimum(count, 1)).astype(np.int64)
    ones = np.ones(len(facts), dtype=np.int64)
    found = {
        "facility": _figure("facility", "communities", has, ones, shown, "no_stations"),
        "grid_land": _figure("grid_land", "m2", facts.gridded_m2, facts.land_m2, shown, "no_grid_land"),
        "grid_households": _figure(
            "grid_households", "households", facts.gridded[basis], facts.households[basis], shown,
            "no_gridded_households",
        ),
    }  # fmt: skip
    return found | {"households": _households(facts, basis)}


def _figure(
    name: str, unit: str, part: IntArray, whole: IntArray, shown: BoolArray, reason: str
) -> dict[str, Any]:
    known = shown & (part != MISSING) & (whole != MISSING)
    numerator, denominator = int(part[known].sum()), int(whole[known].sum())
    there = bool(known.any())
    return {
        "label": bilingual(FIGURES[name]),
        "unit": unit,
        "numerator": numerator if there else None,
        "denominator": denominator if there else None,
        "percent": percent(numerator, denominator) if there else None,
        "communities": int(known.sum()),
        "unknown": int((shown & ~known).sum()),
        "absent": None if there else bilingual(REASONS[reason]),
    }


def _households(facts: Facts, basis: str) -> dict[str, Any]:
    """Return households in reach: by minutes in towns and by radius in villages, from one stored run."""
    run = facts.reach
    if run is None or run.parameters["basis"] != basis:
        nothing = missing(len(facts))
        empty = _figure("households", "households", nothing, nothing, facts.shown, "no_run")
        return empty | {"run": None, "run_created_at": None, "parameters": None}
    rural = np.array([kind == RURAL for kind in facts.kind], dtype=np.bool_)
    within = np.where(rural, run.within_radius, run.within_walk)
    found = _figure("households", "households", within, run.households, facts.shown, "no_run")
    asked = ("category", "minutes", "speed_kmh", "walk_m", "radius_m", "basis")
    return found | {
        "run": run.run,
        "run_created_at": run.created_at,
        "parameters": {name: run.parameters[name] for name in asked},
    }
