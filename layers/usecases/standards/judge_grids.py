"""Judging grids: their workers, and their band of households."""

from __future__ import annotations

from typing import Any

import numpy as np

from gis.standards import MISSING
from layers.rules.bands import band_verdict
from layers.rules.kinds import GridBand, GridWorkers
from layers.usecases.standards.facts import missing
from layers.usecases.standards.judged import (
    Judged,
    Question,
    count_by,
    nothing_to_judge,
    scaled,
    unknown_where,
)


def judge_grid_workers(rule: GridWorkers, asked: Question) -> Judged:
    """Return whether every grid has its workers; without postings, whether there are enough of them."""
    facts, grids = asked.facts, asked.facts.grids
    count = facts.grid_count
    required = scaled(count, rule.workers_per_grid)
    details: dict[int, dict[str, Any]] = {}
    if grids is None:
        actual, staffed = facts.grid_workers, missing(len(facts))
    else:
        lacking = np.where(grids.workers == MISSING, 0, rule.workers_per_grid - grids.workers).clip(
            min=0
        )
        known = grids.community >= 0
        short = np.zeros(len(facts), dtype=np.int64)
        np.add.at(short, grids.community[known], lacking[known])
        unknown = np.zeros(len(facts), dtype=np.bool_)
        unknown[grids.community[known & (grids.workers == MISSING)]] = True
        actual = np.where(unknown | (required == MISSING), MISSING, required - short)
        staffed = np.where(
            actual == MISSING, MISSING, count - count_by(grids.community, lacking > 0, len(facts))
        )
        for row in np.flatnonzero(short > 0).tolist():
            where = (grids.community == row) & (lacking > 0)
            details[row] = {"grids_without": [grids.code[g] for g in np.flatnonzero(where)]}
    reason = unknown_where(actual, "no_grid_workers") | unknown_where(count, "no_grids")
    found = Judged(
        "workers", 1, required, actual, actual if grids is None else staffed, count, 1,
        "workers" if grids is None else "grids", "grids", reason, details,
    )  # fmt: skip
    return nothing_to_judge(found, count == 0, "no_grids")


def judge_grid_band(rule: GridBand, asked: Question, *others: GridBand) -> Judged:
    """Return how many grids of each community are within their band, whole estates passing."""
    facts, grids = asked.facts, asked.facts.grids
    size = len(facts)
    if grids is None:
        nothing = missing(size)
        reason = dict.fromkeys(range(size), "no_grids_one_by_one")
        return Judged("grids", 1, nothing, nothing, nothing, nothing, 1, "grids", "grids", reason)
    bands = (rule, *others)
    total, inside = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    details: dict[int, dict[str, Any]] = {}
    for g in range(len(grids.code)):
        row, count = int(grids.community[g]), int(grids.households[asked.basis][g])
        band = next((item for item in bands if grids.kind[g] in item.grid_kinds), None)
        if row < 0 or band is None or band.min_households is None:
            continue
        verdict = band_verdict(band, count)
        if verdict == "above" and band.whole_estate and grids.whole_estate[g]:
            verdict = "whole_estate"
        total[row] += 1
        inside[row] += verdict in {"in_band", "whole_estate"}
        if verdict != "in_band":
            found = {
                "grid": grids.code[g],
                "name": grids.name[g],
                "households": count,
                "verdict": verdict,
            }
            details.setdefault(row, {"grids": []})["grids"].append(found)
    made = Judged("grids", 1, total, inside, inside, total, 1, "grids", "grids", {}, details)
    no_households = facts.households[asked.basis] == MISSING
    made.required = np.where(no_households & (total > 0), MISSING, total)
    made.reason = unknown_where(made.required, "no_households")
    made = nothing_to_judge(made, total == 0, "no_band")
    made.reason |= dict.fromkeys(np.flatnonzero(facts.grid_count == 0).tolist(), "no_grids")
    return made
