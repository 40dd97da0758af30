"""Rule sets, verdicts and the standards board."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.coverage import Bilingual

State = Literal["compliant", "short", "unknown", "not_applicable"]
Number = int | float


class NewRuleSet(BaseModel):
    """A version to add; the content is checked by the use case, which names every fault."""

    model_config = ConfigDict(extra="forbid")

    division: str = Field(pattern=r"^\d{2,12}$")
    valid_from: dt.date | None = None
    content: dict[str, Any]


class RuleSetHead(BaseModel):
    """Which version of which set, and where it comes from."""

    set: str
    origin: Literal["built_in", "division"]
    division: str | None
    version: int | None
    valid_from: dt.date | None
    place: Bilingual
    year: int | None
    source: Bilingual
    quotation: str | None
    summary: Bilingual
    marks: list[str]
    rules: int


class RuleSetVersion(RuleSetHead):
    """A stored version."""

    holds: bool
    """Today."""
    made_at: str
    made_by: str


class RuleSets(BaseModel):
    """All rule sets."""

    built_in: list[RuleSetHead]
    versions: list[RuleSetVersion]


class RuleSetContent(RuleSetHead):
    """A set with its rules, as its TOML file has them."""

    content: dict[str, Any]


class Verdict(BaseModel):
    """How one community stands to one rule, with all a number needs to be believed."""

    state: State
    level: Literal["error", "warning"] | None
    rule: str | None
    set: str | None
    version: int | None
    place: Bilingual | None
    year: int | None
    source: Bilingual | None
    quotation: str | None
    marks: list[str]
    basis: str | None
    counted_from: str | None
    counted_to: str | None
    numerator: Number | None
    numerator_unit: str | None
    denominator: Number | None
    denominator_unit: str | None
    required: Number | None
    actual: Number | None
    shortfall: Number | None
    unit: str | None
    reason: str | None
    text: Bilingual
    note: Bilingual | None
    details: dict[str, Any]


class Total(BaseModel):
    """Verdicts of one column added up; `share_percent` is of those that could be judged."""

    compliant: int
    short: int
    unknown: int
    not_applicable: int
    judged: int
    share_percent: float | None
    share_at_least_percent: float | None
    share_at_most_percent: float | None
    text: Bilingual
    unit: str | None
    required: Number | None
    actual: Number | None
    shortfall: Number | None
    numerator: Number | None
    denominator: Number | None
    target_percent: float | None
    area_percent: float | None
    target_met: bool | None


class Column(BaseModel):
    """What is judged by at most one rule for each community."""

    column: str
    label: Bilingual
    rules: list[dict[str, Any]]
    total: Total


class CommunityVerdicts(BaseModel):
    """A community with its counts and verdicts by column."""

    code: str | None
    name: str | None
    kind: str
    kind_assumed: bool
    parent: str | None
    parent_name: str | None
    households: int | None
    households_by_basis: dict[str, int | None]
    counted_from: str | None
    counted_to: str | None
    sources: list[str]
    population: int | None
    premises_area_m2: Number | None
    premises_shared_with: list[str | None]
    premises_m2_per_100_households: float | None
    states: dict[State, int]
    verdicts: dict[str, Verdict]


class Group(BaseModel):
    """The totals of a township."""

    code: str | None
    name: str | None
    communities: int
    totals: dict[str, Total]


class CoverageFigure(BaseModel):
    """One of the figures called 覆盖率, of the communities for which it is known."""

    label: Bilingual
    unit: str
    numerator: int | None
    denominator: int | None
    percent: float | None
    communities: int
    unknown: int
    absent: Bilingual | None


class ReachFigure(CoverageFigure):
    """Households in reach, from a stored run."""

    run: str | None
    run_created_at: str | None
    parameters: dict[str, Any] | None


class Figures(BaseModel):
    """设施覆盖率, 网格覆盖率 by land and by households, 户覆盖率."""

    facility: CoverageFigure
    grid_land: CoverageFigure
    grid_households: CoverageFigure
    households: ReachFigure


class SizeClass(BaseModel):
    """Communities with premises of some size."""

    from_m2: Number
    to_m2: Number | None
    communities: int


class PremisesClasses(BaseModel):
    """How many communities have premises of what size."""

    communities: int
    none: int
    unknown: int
    with_premises: int
    with_premises_percent: float | None
    area_m2: Number
    classes: list[SizeClass]


class Board(BaseModel):
    """Communities × rules."""

    division: list[str] | None
    rules: str
    basis: str
    basis_label: Bilingual
    as_of: str | None
    source: str
    sets: list[RuleSetHead]
    columns: list[Column]
    communities: list[CommunityVerdicts]
    groups: list[Group]
    figures: Figures
    premises: PremisesClasses
    notes: list[str]
