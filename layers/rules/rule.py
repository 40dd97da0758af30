"""What every rule says about itself, and the values rules are written with.

A rule is data with a mark: `brief` (as a paper gives it), `std` (a standard or regulation), `check`
(could not be confirmed). A *column* is what is judged by at most one rule for each community.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

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
