"""The rule of premises: how much floor area a community needs, and by which class of population."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Literal

from pydantic import field_validator

from gis.standards import CM2_PER_M2
from layers.rules.rule import Count, Faults, Rule, Square, Strict


class PopulationClass(Strict):
    """A minimum for communities of some population; the rule's `limit` says whose the limit is."""

    from_persons: Count = 0
    to_persons: Count | None = None
    minimum_m2: Square


class Premises(Rule):
    """Floor area of the community's premises: max(rate × households / 100, minimum)."""

    kind: Literal["premises"]
    rate_m2_per_100_households: Square | None = None
    minimum_m2: Square | None = None
    """Alone it is a flat area, whatever the households."""
    classes: tuple[PopulationClass, ...] = ()
    limit: Literal["above", "below"] = "above"
    """Exactly at the limit between two classes: `above` reads `< 5,000` and `≥ 5,000`, `below`
    reads `≤ 5,000` and `> 5,000`. Sources leave it open; the rule set states what it takes."""

    @field_validator("classes", mode="before")
    @classmethod
    def _classes(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    def faults(self) -> Faults:
        """Yield a rule that asks for nothing, and classes that overlap or leave a gap."""
        if self.rate_m2_per_100_households is None and self.minimum_m2 is None and not self.classes:
            yield "rate_m2_per_100_households", "a premises rule needs a rate, a minimum or classes"
        if self.minimum_m2 is not None and self.classes:
            yield "minimum_m2", "the classes give the minimum; one beside them would be two"
        yield from self._class_faults()

    def _class_faults(self) -> Faults:
        for number, item in enumerate(self.classes, start=1):
            if item.to_persons is not None and item.to_persons <= item.from_persons:
                reason = f"the class ends at {item.to_persons} and begins at {item.from_persons}"
                yield f"classes.{number}.to_persons", reason
        ordered = sorted(enumerate(self.classes, start=1), key=lambda pair: pair[1].from_persons)
        if not ordered:
            return
        if ordered[0][1].from_persons:
            reason = f"nothing is said of populations below {ordered[0][1].from_persons}"
            yield f"classes.{ordered[0][0]}.from_persons", reason
        for (_, before), (number, after) in pairwise(ordered):
            start = after.from_persons
            if before.to_persons is None or before.to_persons > start:
                end = "has no end" if before.to_persons is None else f"ends at {before.to_persons}"
                reason = f"overlap: begins at {start}, the class before it {end}"
                yield f"classes.{number}.from_persons", reason
            elif before.to_persons < start:
                reason = f"gap: nothing is said of populations from {before.to_persons} to {start}"
                yield f"classes.{number}.from_persons", reason
        if all(item.to_persons is not None for item in self.classes):
            yield f"classes.{ordered[-1][0]}.to_persons", "the last class has to be open above"

    @property
    def rate_cm2_per_household(self) -> int:
        """The rate in whole square centimetres for one household; 0 without one."""
        return int(Decimal(str(self.rate_m2_per_100_households or 0)) * CM2_PER_M2 / 100)

    def minima_cm2(self) -> tuple[list[int], list[int]]:
        """Return the (k-1) limits between the classes and their k minima in square centimetres."""
        if not self.classes:
            return [], [int(Decimal(str(self.minimum_m2 or 0)) * CM2_PER_M2)]
        ordered = sorted(self.classes, key=lambda item: item.from_persons)
        minima = [int(Decimal(str(item.minimum_m2)) * CM2_PER_M2) for item in ordered]
        return [item.from_persons for item in ordered[1:]], minima
