"""One model for each kind of rule, and the faults a rule has in itself."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field, field_validator

from layers.rules.premises import Premises
from layers.rules.rule import (
    Amount,
    Category,
    Count,
    Faults,
    Figure,
    GridKind,
    Hundred,
    Level,
    Line,
    Rule,
    Strict,
)


class GridBand(Rule):
    """How many households a grid may have; without numbers no band applies."""

    kind: Literal["grid_band"]
    grid_kinds: tuple[GridKind, ...] = Field(("general",), min_length=1)
    min_households: Count | None = None
    max_households: Count | None = None
    whole_estate: bool = False
    """One whole estate above the band passes, shown as an exception."""
    level_of_fault: ClassVar[str] = "warning"

    def faults(self) -> Faults:
        """Yield half a band, and a band upside down."""
        low, high = self.min_households, self.max_households
        if (low is None) != (high is None):
            yield (
                "min_households",
                "a band needs both min_households and max_households, or neither",
            )
        elif low is not None and high is not None and low > high:
            yield "min_households", f"{low} is above max_households {high}"


class Staff(Rule):
    """Full-time community workers (another role than the grid worker)."""

    kind: Literal["staff"]
    households_per_worker: Annotated[int, Field(ge=1, le=100_000)] | None = None
    workers_per_10000_residents: Annotated[int, Field(ge=1, le=10_000)] | None = None
    posts: tuple[Line, ...] = ("社区专职工作者",)
    """Posts that count, where workers are known by their postings."""

    def faults(self) -> Faults:
        """Yield a rule with no measure, or with two."""
        if (self.households_per_worker is None) == (self.workers_per_10000_residents is None):
            reason = "a staff rule needs households_per_worker or workers_per_10000_residents, one of them"
            yield "households_per_worker", reason


class GridWorkers(Rule):
    """How many workers every grid has at least (每格定人)."""

    kind: Literal["grid_workers"]
    workers_per_grid: Annotated[int, Field(ge=1, le=1000)]


class CommunitySize(Rule):
    """How many households a community should have: a warning, never an error."""

    kind: Literal["community_size"]
    min_households: Count
    max_households: Count
    level_of_fault: ClassVar[str] = "warning"

    def faults(self) -> Faults:
        """Yield a band upside down."""
        if self.min_households > self.max_households:
            yield "min_households", f"{self.min_households} is above {self.max_households}"


class Reach(Rule):
    """Households in reach of a service: urban communities by minutes, rural ones by radius."""

    kind: Literal["reach"]
    category: Category = "service_station"
    level: Level | None = None
    minutes: Annotated[float, Field(gt=0, le=240, allow_inf_nan=False)] | None = None
    speed_kmh: Annotated[float, Field(gt=0, le=30, allow_inf_nan=False)] | None = None
    radius_m: Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)] | None = None
    target_percent: Hundred | None = None
    """Share of a community's households; without one the share is shown and not judged."""
    circle_m: Amount | None = None
    from_persons: Count | None = None
    to_persons: Count | None = None
    """How large a circle is and whom it serves, as a standard says; for the reader."""

    @property
    def column(self) -> str:
        """The category and the level."""
        return f"reach:{self.category}" + (f":{self.level}" if self.level else "")

    def faults(self) -> Faults:
        """Yield a rule without a measure or with two, and half a walk."""
        if (self.minutes is None) == (self.radius_m is None):
            yield "minutes", "a reach rule needs minutes (urban) or radius_m (rural), one of them"
        if self.minutes is not None and self.speed_kmh is None:
            yield "speed_kmh", "minutes need the speed they are walked at"
        if self.minutes is None and self.speed_kmh is not None:
            yield "speed_kmh", "a speed without minutes says nothing"


class Stations(Rule):
    """Categories of stations a community has to have; a level's do not replace another's."""

    kind: Literal["stations"]
    level: Level | None = None
    categories: tuple[Category, ...] = Field(min_length=1)

    @property
    def column(self) -> str:
        """The level."""
        return f"stations:{self.level}" if self.level else "stations"

    def faults(self) -> Faults:
        """Yield a category named twice."""
        for item in sorted(set(self.categories)):
            if self.categories.count(item) > 1:
                yield "categories", f"{item} stands there twice"


class RoomCount(Strict):
    """So many rooms of a type, told by the end of their names (室, 站, 厅, 场所)."""

    type_zh: Annotated[str, Field(min_length=1, max_length=10)]
    count: Annotated[int, Field(ge=1, le=100)]


class Rooms(Rule):
    """A checklist of rooms."""

    kind: Literal["rooms"]
    rooms: tuple[RoomCount, ...] = Field(min_length=1)

    @field_validator("rooms", mode="before")
    @classmethod
    def _rooms(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    def faults(self) -> Faults:
        """Yield a type named twice."""
        types = [item.type_zh for item in self.rooms]
        for item in sorted(set(types)):
            if types.count(item) > 1:
                yield "rooms", f"{item} stands there twice"


class Lease(Rule):
    """How long rented premises have to be rented for."""

    kind: Literal["lease"]
    min_years: Hundred


class Coverage(Rule):
    """A target for one of the figures that are all called 覆盖率; judged for the whole area."""

    kind: Literal["coverage"]
    figure: Figure
    category: Category = "service_station"
    target_percent: Hundred

    @property
    def column(self) -> str:
        """The figure, and of facilities the category."""
        own = f":{self.category}" if self.figure == "facility" else ""
        return f"coverage:{self.figure}{own}"


AnyRule = Annotated[
    GridBand
    | Premises
    | Staff
    | GridWorkers
    | CommunitySize
    | Reach
    | Stations
    | Rooms
    | Lease
    | Coverage,
    Field(discriminator="kind"),
]


RULE_KINDS: tuple[type[Rule], ...] = get_args(get_args(AnyRule)[0])
"""Every kind of rule."""
