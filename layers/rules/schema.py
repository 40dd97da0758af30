"""What a rule set may say: one model for each kind of rule, and the faults a rule has in itself.

A rule is data with a mark: `brief` (as a paper gives it), `std` (a standard or regulation), `check`
(could not be confirmed). A *column* is what is judged by at most one rule for each community.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from gis.standards import CM2_PER_M2

CommunityKind = Literal["urban", "market_town", "resettlement", "large_resettlement", "rural"]
GridKind = Literal["general", "dedicated"]
Mark = Literal["brief", "std", "check"]
Figure = Literal["facility", "grid_households", "grid_land", "households"]
Level = Literal[5, 10, 15]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
Text = Annotated[str, Field(max_length=2000)]
Line = Annotated[str, Field(min_length=1, max_length=400)]


def _two_decimals(value: float) -> float:
    if Decimal(str(value)) * 100 % 1:
        raise ValueError("at most two decimals")
    return value


Amount = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]
Square = Annotated[Amount, AfterValidator(_two_decimals)]
Hundred = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False), AfterValidator(_two_decimals)]
Count = Annotated[int, Field(ge=0, le=100_000_000)]
Category = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Faults = Iterator[tuple[str, str]]
"""Field and reason."""


class Strict(BaseModel):
    """Nothing unknown is taken silently: a misspelt field is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Rule(Strict):
    """What every rule says about itself."""

    kind: str
    id: Id
    community_kinds: tuple[CommunityKind, ...] = Field(get_args(CommunityKind), min_length=1)
    marks: tuple[Mark, ...] = Field(min_length=1)
    summary_zh: Text = ""
    summary_en: Text = ""
    """In a sentence; where it is empty the set's stands for it."""
    note_zh: Text = ""
    note_en: Text = ""
    level_of_fault: ClassVar[str] = "error"
    """`warning` where a rule is a guide: what is outside it is shown, and is nothing wrong."""

    @field_validator(
        "community_kinds",
        "marks",
        "categories",
        "posts",
        "grid_kinds",
        mode="before",
        check_fields=False,
    )
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @property
    def column(self) -> str:
        """What it judges."""
        return self.kind

    def faults(self) -> Faults:
        """Yield what is wrong in the rule by itself."""
        yield from ()


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


class OwnCategory(Strict):
    """A category of stations that only this place has."""

    id: Category
    zh: Line
    en: Line


class Head(Strict):
    """Place, year and source: what a number needs to be believed."""

    id: Id
    place_zh: Line
    place_en: Line
    year: Annotated[int, Field(ge=1949, le=2100)] | None = None
    """Missing where the source does not state it."""
    source_zh: Line
    source_en: Line
    quotation_zh: Text = ""
    """The source's own words; empty where only the source is known."""
    summary_zh: Line
    summary_en: Line
    marks: tuple[Mark, ...] = Field(min_length=1)

    @field_validator("marks", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class RuleSet(Strict):
    """A rule set: its head, categories of its own, its rules."""

    set: Head
    category: tuple[OwnCategory, ...] = ()
    rule: tuple[AnyRule, ...] = ()

    def for_kind(self, column: str, community_kind: str) -> Rule | None:
        """Return the one rule of a column for a kind of community, None where none applies."""
        for rule in self.rule:
            if rule.column == column and community_kind in rule.community_kinds:
                return rule
        return None

    @property
    def columns(self) -> list[str]:
        """What it judges, in the order of its rules."""
        return list(dict.fromkeys(rule.column for rule in self.rule))

    def document(self) -> dict[str, object]:
        """Return the set as it is written and stored; what is left out stays left out."""
        found: dict[str, object] = self.model_dump(mode="json", exclude_unset=True)
        return found
