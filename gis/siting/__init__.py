"""Where to put stations: maximal coverage, the fewest stations for a target, the p-median."""

from gis.siting.answer import Assignment, Siting, Step
from gis.siting.costs import Reach
from gis.siting.program import Effort
from gis.siting.question import LARGEST_SUM, OBJECTIVES, Objective, Question, Reason
from gis.siting.siting import choose_sites

__all__ = [
    "LARGEST_SUM", "OBJECTIVES", "Assignment", "Effort", "Objective", "Question", "Reach", "Reason", "Siting",
    "Step", "choose_sites",
]  # fmt: skip
