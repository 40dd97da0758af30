"""Judging what is there: stations by category, rooms of a list, how long premises are rented for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gis.standards import MISSING
from layers.rules.kinds import Lease, Rooms, Stations
from layers.usecases.standards.facts import missing
from layers.usecases.standards.judged import Judged, Question, nothing_to_judge, unknown_where


def judge_stations(rule: Stations, asked: Question) -> Judged:
    """Return how many of the required categories each community has."""
    facts = asked.facts
    size = len(facts)
    counts = [facts.stations.get(item, missing(size)) for item in rule.categories]
    table = np.array(counts)
    # One that is certainly absent settles it, whatever is unknown of the others.
    unknown = (table == MISSING).any(axis=0) & ~(table == 0).any(axis=0)
    actual = np.where(unknown, MISSING, (table > 0).sum(axis=0)).astype(np.int64)
    required = np.full(size, len(rule.categories), dtype=np.int64)
    details = {
        row: {
            "missing": [c for c, n in zip(rule.categories, table[:, row], strict=True) if n == 0],
            "unknown": [
                c for c, n in zip(rule.categories, table[:, row], strict=True) if n == MISSING
            ],
        }
        for row in range(size)
    }
    return Judged(
        "categories", 1, required, actual, actual, required, 1, "categories", "categories",
        unknown_where(actual, "no_stations"), details,
    )  # fmt: skip


def judge_rooms(rule: Rooms, asked: Question) -> Judged:
    """Return how many rooms of a checklist each community has."""
    facts = asked.facts
    size = len(facts)
    actual = missing(size)
    details: dict[int, dict[str, Any]] = {}
    for row, rooms in enumerate(facts.rooms):
        if rooms is None:
            continue
        have = rooms_by_type(rooms, [item.type_zh for item in rule.rooms])
        items = [
            {"type": item.type_zh, "required": item.count, "actual": have[item.type_zh],
             "shortfall": max(0, item.count - have[item.type_zh])}
            for item in rule.rooms
        ]  # fmt: skip
        actual[row] = sum(min(item.count, have[item.type_zh]) for item in rule.rooms)
        details[row] = {"checklist": items, "others": have[""]}
    required = np.full(size, sum(item.count for item in rule.rooms), dtype=np.int64)
    return Judged(
        "rooms", 1, required, actual, actual, required, 1, "rooms", "rooms",
        unknown_where(actual, "no_rooms"), details,
    )  # fmt: skip


def rooms_by_type(rooms: Mapping[str, int], types: list[str]) -> dict[str, int]:
    """Return how many rooms end with each type, the longest ending first; those of none under `""`."""
    found = dict.fromkeys([*types, ""], 0)
    by_length = sorted(types, key=len, reverse=True)
    for name, count in rooms.items():
        kind = next((item for item in by_length if name.endswith(item)), "")
        found[kind] += count
    return found


def judge_lease(rule: Lease, asked: Question) -> Judged:
    """Return how long premises are rented for; owned ones are not judged."""
    facts = asked.facts
    years = np.array(
        [MISSING if item is None else round(item * 100) for item in facts.lease_years],
        dtype=np.int64,
    )
    required = np.full(len(facts), round(rule.min_years * 100), dtype=np.int64)
    made = Judged(
        "years", 100, required, years, years, np.ones(len(facts), dtype=np.int64), 100, "years",
        "leases", unknown_where(years, "no_lease"),
    )  # fmt: skip
    return nothing_to_judge(made, np.array([item is True for item in facts.owned]), "owned")
