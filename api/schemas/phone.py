"""What phones ask and are told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.accounts import Strict
from api.schemas.locate import LocatedGrid

Households = Annotated[int, Field(ge=0, le=100_000)]


class PhoneWorker(BaseModel):
    """Whom a phone belongs to."""

    name: str
    work_phone: str | None


class PhoneHome(BaseModel):
    """Who is signed in on a phone, and the own grids of today."""

    account: str
    worker: PhoneWorker | None
    as_of: str
    grids: list[LocatedGrid]
    attribution: list[str]
    """Sources that the map has to name."""
    map_review_number: str | None
    sample: bool
    """The store holds made-up data."""


class BuildingPlace(BaseModel):
    """Where a building stands."""

    lon: float
    lat: float


class CheckAsked(Strict):
    """Households of a building as a worker counted them; what is left out was not counted."""

    id: UUID
    building: Annotated[str, Field(max_length=200)]
    counted_on: date
    registered: Households | None = None
    resident: Households | None = None
    vacant: Households | None = None
    planned: Households | None = None
    """Not handed over yet."""
    note: Annotated[str | None, Field(max_length=500)] = None
    made_at: datetime | None = None
    phone_now: datetime | None = None
    """What the phone's clock says as it sends: `made_at` and the day that was counted are set right by it."""
    certain: bool = False
    """The day was chosen by hand, or by a clock that was compared with the server's: it is kept as it is."""


class Check(BaseModel):
    """A count that was proposed."""

    id: UUID
    building: str
    building_name: str | None
    estate: str | None
    lon: float | None
    lat: float | None
    grid: str | None
    grid_name: str | None
    counted_on: date
    registered: int | None
    resident: int | None
    vacant: int | None
    planned: int | None
    note: str | None
    made_at: datetime
    received_at: datetime
    state: Literal["proposed", "accepted", "returned"]
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    before: dict[str, Any] | None = None
    """The count in force, with its date and source."""


class CheckGrid(BaseModel):
    """What accepting the open proposals would do to a grid."""

    grid: str
    name: str | None
    community: str | None
    basis: str
    proposals: int
    buildings: int
    households: int
    households_after: int
    rule: dict[str, Any] | None
    verdict_after: str | None
    leaves_band: bool


class Checks(BaseModel):
    """Counts one may see."""

    checks: list[Check]
    total: int
    grids: list[CheckGrid]


class CheckDecision(Strict):
    """Accepted, or returned with a reason."""

    accept: bool
    reason: Annotated[str | None, Field(max_length=500)] = None
