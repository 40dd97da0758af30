"""A coverage question: its parameters, checked once, and what they imply."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from gis.coverage import Limits
from gis.errors import RefusedInputError
from gis.snap import NO_NETWORK_M, SNAP_LIMIT_M
from gis.travel import walk_limit_mm
from layers.models import BASES

MAX_MINUTES, MAX_SPEED_KMH, MAX_RADIUS_M = 240, 30, 100_000


@dataclass(frozen=True)
class Question:
    """The parameters of a run; checked when made.

    Raises
    ------
    RefusedInputError
        `bad_parameter` for anything out of range, all faults in one sentence.
    """

    minutes: float = 15
    speed_kmh: float = 4.5
    radius_m: float = 3000
    category: str = "service_station"
    basis: str = "resident"
    detour_factor: float = 1.4
    division: str | None = None
    """Codes separated by commas; None for all the asker belongs to."""

    def __post_init__(self) -> None:
        wrong = [
            f"{name} must be more than 0 and at most {most}"
            for name, value, most in (
                ("minutes", self.minutes, MAX_MINUTES),
                ("speed_kmh", self.speed_kmh, MAX_SPEED_KMH),
                ("radius_m", self.radius_m, MAX_RADIUS_M),
            )
            if not 0 < value <= most  # also refuses nan
        ]
        if not wrong and self.limits.walk_mm < 1000:
            wrong.append("minutes and speed must make at least a metre")
        if not 1 <= self.detour_factor <= 5:
            wrong.append("detour_factor must be between 1 and 5")
        if not self.category.isprintable():
            wrong.append("category must be printable text")
        if self.basis not in BASES:
            wrong.append(f"basis must be one of {', '.join(BASES)}")
        if wrong:
            raise RefusedInputError("bad_parameter", "; ".join(wrong))

    @property
    def limits(self) -> Limits:
        """The thresholds in whole millimetres."""
        return Limits(
            walk_limit_mm(self.minutes, self.speed_kmh),
            int(Fraction(str(self.radius_m)) * 1000),
            Fraction(str(self.detour_factor)),
        )

    def canonical(self) -> dict[str, Any]:
        """Return the parameters as they are stored and hashed, with the metres they imply."""
        numbers = {
            name: int(value) if isinstance(value, float) and value == int(value) else value
            for name, value in asdict(self).items()
        }
        return {
            **numbers,
            "walk_m": self.limits.walk_mm / 1000,
            "snap_limit_m": SNAP_LIMIT_M,
            "no_network_m": NO_NETWORK_M,
        }
