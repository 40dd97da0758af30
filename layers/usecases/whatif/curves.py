"""How many households have a station within minutes, before a change and after it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from gis.coverage import cumulative_curve
from layers.question import Question
from layers.reach import Grounds
from layers.usecases.whatif.figures import Today
from layers.usecases.whatif.states import State


def curve_of(
    question: Question, grounds: Grounds, today: Today, state: State
) -> list[dict[str, Any]]:
    """Return the households with a station within 0, 1, … minutes, up to the question's limit.

    Farther walks are not known: only what is in reach is searched. Capacities are not counted.
    """
    rows = np.flatnonzero(today.chosen)
    households = grounds.inputs.buildings.households[question.basis][rows].astype(np.int64)
    total = int(households.sum()) + today.unplaced
    minutes = int(question.minutes)
    counted = cumulative_curve(
        state.nearest_mm[rows], households, Fraction(str(question.speed_kmh)), minutes
    )
    return [
        {"minutes": n, "households": count, "share": round(count / total, 6) if total else None}
        for n, count in enumerate(counted.tolist())
    ]
