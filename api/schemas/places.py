"""Who of a run has a place, and the figures of its pictures."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from api.schemas.coverage import CurvePoint
from api.schemas.whatif import ClassTotals


class CommunityPlaces(ClassTotals):
    """Households of a community by class."""

    code: str
    name: str | None
    kind: str | None
    parent: str | None


class GridPlaces(ClassTotals):
    """Households of a grid by class."""

    code: str
    name: str | None
    kind: str | None
    community: str | None


class StationPlaces(BaseModel):
    """Households a station serves, and can serve (null: any number)."""

    code: str
    name: str | None
    lon: float
    lat: float
    load: int
    capacity: int | None


class RunPlaces(BaseModel):
    """The three classes of a run; communities and grids with what lies outside them add up to the totals."""

    run: str
    parameters: dict[str, Any]
    inputs: dict[str, Any]
    totals: ClassTotals
    communities: list[CommunityPlaces]
    outside_communities: ClassTotals
    grids: list[GridPlaces]
    ungridded: ClassTotals
    stations: list[StationPlaces]
    stations_with_capacity: int
    reproducible: bool


class DistanceClasses(BaseModel):
    """Households by walking distance; with those that have none they add up to all."""

    step_m: int
    households: list[int]
    """Of more than n and at most n + 1 steps, up to the longest walk; the first holds 0 m too."""
    beyond: int
    """Farther than 500 steps."""
    unreachable: int
    no_network: int
    unplaced: int


class DensityClasses(BaseModel):
    """How many communities or grids have so many households per square kilometre."""

    width: float
    """Households per km² of one class; class n is from n to below n + 1 widths."""
    counts: list[int]
    unknown: int
    """Without land."""
    breaks: list[float]
    """Upper bounds of the natural classes that colour the map."""
    break_counts: list[int]


class StationReach(BaseModel):
    """A station's walked service area, and its share of the circle."""

    code: str
    name: str | None
    reached_km2: float
    ratio: float


class ReachFigures(BaseModel):
    """Reached area beside the circle of the same radius; stations far from any street have none."""

    radius_m: float
    circle_km2: float
    stations: list[StationReach]
    """The best reached first."""
    reached_km2: float
    """All together, overlaps counted once."""
    circles_km2: float
    """All circles together, overlaps counted once."""
    ratio: float | None
    stations_off_network: int


class DensityFigures(BaseModel):
    """Density of communities and of grids."""

    communities: DensityClasses
    grids: DensityClasses


class RunCurves(BaseModel):
    """The figures of a run's pictures."""

    run: str
    parameters: dict[str, Any]
    curve: list[CurvePoint]
    distances: DistanceClasses
    density: DensityFigures
    reach: ReachFigures
