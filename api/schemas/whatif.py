"""What-ifs: what would change, the answer, and scenarios that are kept."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.coverage import CurvePoint, Question

Lon = Field(None, ge=-180, le=180, allow_inf_nan=False)
Lat = Field(None, ge=-90, le=90, allow_inf_nan=False)


class Strict(BaseModel):
    """What a page or script sends: nothing unknown is taken silently."""

    model_config = ConfigDict(extra="forbid")


class Change(Strict):
    """One change; what each kind needs is checked by the use case, all faults at once."""

    op: Literal["put", "move", "close", "open", "capacity", "path", "gate"]
    station: str | None = Field(None, max_length=80)
    lon: float | None = Lon
    lat: float | None = Lat
    capacity: int | None = Field(None, ge=0, le=1_000_000)
    line: list[tuple[float, float]] | None = Field(None, max_length=500)
    name: str | None = Field(None, max_length=80)


class WhatIf(Strict):
    """A question, what would change, and how places are counted."""

    question: Question = Field(default_factory=Question)
    changes: list[Change] = Field(default_factory=list, max_length=200)
    minutes: float | None = Field(None, gt=0, le=240, allow_inf_nan=False)
    speed_kmh: float | None = Field(None, gt=0, le=30, allow_inf_nan=False)
    capacities: bool = True
    own_community: bool = False


class KeepScenario(WhatIf):
    """A scenario to keep."""

    name: str = Field(min_length=1, max_length=100)
    note: str | None = Field(None, max_length=2000)


class Decision(Strict):
    """What becomes of a kept scenario."""

    state: Literal["draft", "adopted", "dropped"]
    note: str | None = Field(None, max_length=2000)


class ClassTotals(BaseModel):
    """Households by class: served + over_capacity + out_of_reach = households."""

    households: int
    served: int
    over_capacity: int
    out_of_reach: int
    unreachable: int
    no_network: int
    unplaced: int
    rate_served: float | None


class Twice(BaseModel):
    """A figure before and after."""

    before: int
    after: int


class AreaClasses(BaseModel):
    """Households of a community or grid by class."""

    code: str
    name: str | None
    served: Twice
    over_capacity: Twice
    out_of_reach: Twice


class ChangedBuilding(BaseModel):
    """A building whose households gain or lose a place."""

    code: str
    lon: float
    lat: float
    households: int
    served_before: int
    served_after: int


class StationLoad(BaseModel):
    """Households a station serves, and can serve."""

    code: str
    name: str | None
    lon: float
    lat: float
    load_before: int | None
    load_after: int | None
    capacity_before: int | None
    capacity_after: int | None


class Candidate(Strict):
    """A place a station could stand at."""

    code: str = Field(min_length=1, max_length=80)
    name: str | None = Field(None, max_length=80)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)
    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    capacity: int | None = Field(None, ge=0, le=1_000_000)


class SitingRequest(Strict):
    """Where next: what is looked for, and among which places."""

    name: str = Field(min_length=1, max_length=100)
    question: Question = Field(default_factory=Question)
    objective: Literal["max-coverage", "min-stations", "p-median"] = "max-coverage"
    add: int | None = Field(None, ge=1, le=500)
    target: float | None = Field(None, gt=0, le=1, allow_inf_nan=False)
    """Share of households, for the fewest stations."""
    candidates: list[Literal["corners", "premises", "places"]] = Field(
        default_factory=list, max_length=3
    )
    """Where they come from, several at will; left out: the places given, else corners."""
    places: list[Candidate] = Field(default_factory=list, max_length=2000)
    area: list[tuple[float, float]] = Field(default_factory=list, max_length=500)
    most: int = Field(300, ge=1, le=2000)
    must: list[str] = Field(default_factory=list, max_length=500)
    forbidden: list[str] = Field(default_factory=list, max_length=500)
    capacities: bool = True
    capacity: int | None = Field(None, ge=0, le=1_000_000)
    seed: int = Field(0, ge=0, le=2**31 - 1)
    own_community: bool = False


class ChosenSite(BaseModel):
    """A site that was chosen, and the households it serves there; premises have their station's code and name."""

    kind: Literal["corners", "premises", "places"] | None = None
    """Null in scenarios kept before kinds were told."""
    code: str
    name: str | None
    lon: float
    lat: float
    households: int


class CurveStep(BaseModel):
    """What one more site gains, in the order in which each gains most."""

    place: str | None
    value: int | None
    gain: int | None


class SitingSummary(BaseModel):
    """How sites were chosen, and how good the choice is at worst."""

    objective_kind: str
    objective: int
    objective_unit: Literal["households", "stations", "household_metres"] | None = None
    """Of objective, bound and curve; null in older scenarios, whose p-median counted millimetres."""
    bound: int | None
    gap: float | None
    proved: bool
    reproducible: bool
    served: int
    households: int
    left_out: int
    candidates: int
    existing: int
    chosen: list[ChosenSite]
    curve: list[CurveStep]


class BeforeAfter(BaseModel):
    """Households with a station within minutes, up to each limit; capacities are not counted."""

    before: list[CurvePoint]
    after: list[CurvePoint]


class Answer(BaseModel):
    """What a scenario changes."""

    before: ClassTotals
    after: ClassTotals
    newly_served: int
    no_longer_served: int
    buildings_changed: int
    buildings: list[ChangedBuilding] = Field(default_factory=list)
    communities: list[AreaClasses]
    grids: list[AreaClasses]
    stations: list[StationLoad]
    curve: BeforeAfter | None = None
    """None of scenarios kept before there was one."""
    parameters: dict[str, Any]
    inputs: dict[str, Any]
    reproducible: bool
    seconds: float | None = None
    siting: SitingSummary | None = None
    """Of scenarios whose stations were chosen by siting."""


class ScenarioQuestion(BaseModel):
    """What a kept scenario was asked about: scenarios of one question can be compared."""

    category: str
    basis: str
    minutes: float
    speed_kmh: float
    minutes_after: float
    speed_after_kmh: float
    capacities: bool
    own_community: bool


class ScenarioRow(BaseModel):
    """A kept scenario as a list shows it."""

    scenario: int
    name: str
    state: str
    note: str | None
    division: str | None
    created_by: str
    created_at: str
    decided_by: str | None
    decided_at: str | None
    changes: int
    asked: ScenarioQuestion
    before: ClassTotals
    after: ClassTotals
    newly_served: int
    no_longer_served: int


class ScenarioDocument(ScenarioRow):
    """A kept scenario with what was asked and answered."""

    request: dict[str, Any]
    result: Answer


class Scenarios(BaseModel):
    """Kept scenarios, the newest first."""

    scenarios: list[ScenarioRow]
