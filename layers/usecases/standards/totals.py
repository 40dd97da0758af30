"""Adding verdicts up: how many comply, what is required, what is missing; exact, and conserved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from gis.standards import (
    CM2_PER_M2,
    COMPLIANT,
    MISSING,
    NOT_APPLICABLE,
    SHORT,
    STATES,
    percent,
    state_counts,
)
from layers.rules.kinds import Coverage, Reach
from layers.rules.premises import Premises
from layers.rules.rule import Rule
from layers.usecases.rule_sets import HeldRules
from layers.usecases.standards.judged import Judged, Question, plain
from layers.usecases.standards.words import REASONS, bilingual, total_text


@dataclass(frozen=True)
class Cell:
    """A verdict as a document, and as the whole numbers it is added up from."""

    document: dict[str, Any]
    state: int
    judged: Judged | None = None
    row: int = 0
    short: int = 0
    rule: Rule | None = None

    @classmethod
    def absent(cls, reason: str) -> Cell:
        """Return the cell of a community that no rule of the column is for."""
        document: dict[str, Any] = {
            "state": STATES[NOT_APPLICABLE], "level": None, "rule": None, "set": None, "version": None,
            "place": None, "year": None, "source": None, "quotation": None, "marks": [], "basis": None,
            "counted_from": None, "counted_to": None, "numerator": None, "numerator_unit": None,
            "denominator": None, "denominator_unit": None, "required": None, "actual": None,
            "shortfall": None, "unit": None, "reason": reason, "text": bilingual(REASONS[reason]),
            "note": None, "details": {},
        }  # fmt: skip
        return cls(document, NOT_APPLICABLE)


def total_of(cells: Sequence[Cell]) -> dict[str, Any]:
    """Return the total of some verdicts of one column.

    `share_percent` is compliant ÷ (compliant + short); what is unknown stands beside it, and
    `share_at_least_percent` and `share_at_most_percent` say what the share would be if all of it
    failed or passed. Sums are over the communities that could be judged; what one has too much
    fills nobody else's shortfall.
    """
    states = np.array([cell.state for cell in cells], dtype=np.int8)
    counts = state_counts(states, np.zeros(len(states)), 1)[0].tolist()
    compliant, short, unknown, _ = counts
    judged, applicable = compliant + short, compliant + short + unknown
    share = percent(compliant, judged)
    own = [
        cell
        for cell in cells
        if cell.judged is not None
        and (cell.state in (COMPLIANT, SHORT) or cell.document["reason"] == "no_target")
    ]
    adds_up = all(cell.judged.adds_up for cell in own if cell.judged is not None)
    units = sorted({cell.judged.unit for cell in own if cell.judged is not None})
    found: dict[str, Any] = {
        **dict(zip(STATES, counts, strict=True)),
        "judged": judged,
        "share_percent": share,
        "share_at_least_percent": percent(compliant, applicable),
        "share_at_most_percent": percent(compliant + unknown, applicable),
        "text": total_text(compliant, judged, share, unknown),
        "unit": units[0] if len(units) == 1 else None,
    }
    for name in ("required", "actual", "shortfall"):
        found[name] = _sum(own, name) if len(units) == 1 and adds_up else None
    for name in ("numerator", "denominator"):
        found[name] = _sum(own, name) if adds_up else None
    return found | _target(own, unknown)


def _sum(cells: Sequence[Cell], name: str) -> float | int | None:
    """Return the exact sum of a number of some cells, None where one of them has none."""
    total = Fraction(0)
    for cell in cells:
        made = cell.judged
        if made is None:
            continue
        value = cell.short if name == "shortfall" else int(getattr(made, name)[cell.row])
        if value == MISSING:
            return None
        scale = {"numerator": made.numerator_scale, "denominator": 1}.get(name, made.scale)
        total += Fraction(value, scale)
    return plain(total.numerator, total.denominator)


def _target(cells: Sequence[Cell], unknown: int) -> dict[str, Any]:
    """Return whether the whole area meets a target: the share of its sums, not of its communities."""
    own = [cell for cell in cells if isinstance(cell.rule, Coverage | Reach)]
    targets = {
        rule.target_percent for cell in own if isinstance(rule := cell.rule, Coverage | Reach)
    }
    if len(targets) != 1:
        return {"target_percent": None, "area_percent": None, "target_met": None}
    target = targets.pop()
    part = sum(int(cell.judged.numerator[cell.row]) for cell in own if cell.judged is not None)
    whole = sum(int(cell.judged.denominator[cell.row]) for cell in own if cell.judged is not None)
    # Nothing is said of a target while a part of the area is unknown.
    open_ = target is None or unknown or not whole
    return {
        "target_percent": target,
        "area_percent": percent(part, whole),
        "target_met": None if open_ else part * 100 >= Fraction(str(target)) * whole,
    }


def premises_classes(
    asked: Question, rows: Sequence[int], sets: Sequence[HeldRules]
) -> dict[str, Any]:
    """Return how many communities have premises of what size, between the areas the rules name.

    `none` have no premises, `unknown` are not known; the classes are from an area inclusive to the
    next one exclusive. All together are all the communities.
    """
    named = {
        minimum
        for item in sets
        for rule in item.rules.rule
        if isinstance(rule, Premises)
        for minimum in rule.minima_cm2()[1]
        if minimum
    }
    limits = sorted(named)
    area = asked.floor.area_cm2[list(rows)]
    held = area[area > 0]
    member = np.searchsorted(np.array(limits, dtype=np.int64), held, side="right")
    counts = np.bincount(member, minlength=len(limits) + 1).tolist()
    edges = [0, *limits, None]
    return {
        "communities": len(rows),
        "none": int((area == 0).sum()),
        "unknown": int((area == MISSING).sum()),
        "with_premises": len(held),
        "with_premises_percent": percent(len(held), int((area != MISSING).sum())),
        "area_m2": plain(int(held.sum()), CM2_PER_M2),
        "classes": [
            {
                "from_m2": plain(edges[n] or 0, CM2_PER_M2),
                "to_m2": None if edges[n + 1] is None else plain(edges[n + 1] or 0, CM2_PER_M2),
                "communities": counts[n],
            }
            for n in range(len(limits) + 1)
        ],
    }
