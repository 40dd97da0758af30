"""Where a position lies."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.schemas.accounts import Strict
from layers.usecases.locate import MAX_ACCURACY_M


class LocateAsked(Strict):
    """A position; a name that is none of these is refused: `accuracy` for `accuracy_m` would pass as exact."""

    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    lat: Annotated[float, Field(gt=-90, lt=90, allow_inf_nan=False)]
    accuracy_m: Annotated[float | None, Field(ge=0, le=MAX_ACCURACY_M, allow_inf_nan=False)] = None
    as_of: date | None = None
    crs: Literal["wgs84", "gcj02", "bd09"] = "wgs84"


class Responsible(BaseModel):
    """Who answers for a post of a grid; name and work phone are all that is kept."""

    name: str
    work_phone: str | None
    post: str
    role: Literal["grid_worker", "grid_leader", "other"]
    """Whoever works in the grid, who leads it, and whose post does not answer for it."""
    substitute_for: str | None = None
    """Whom a substitute stands in for."""
    until: str | None = None
    """The day from which the holder answers again; open when null."""


class CommunityName(BaseModel):
    """A community by code and name."""

    code: str
    name: str


class LocatedGrid(BaseModel):
    """A grid, its community and who is responsible, as far as the asker may see."""

    code: str
    name: str | None
    kind: str
    level: str | None
    community: CommunityName | None
    workers: list[Responsible]


class Candidate(LocatedGrid):
    """A grid that the circle of error touches."""

    share: float
    """Of the circle."""
    border_m: float


class Located(BaseModel):
    """`inside`: the whole circle lies in one grid; `border`: it does not; `outside`: it touches none."""

    status: Literal["inside", "border", "outside"]
    lon: float
    lat: float
    accuracy_m: float | None
    as_of: str
    grid: LocatedGrid | None
    """That has the position; outside the nearest."""
    border_m: float | None
    """To the border of that grid."""
    bearing_deg: float | None
    """Outside: clockwise from north, towards that grid."""
    candidates: list[Candidate]
    outside_share: float
