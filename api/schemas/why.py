"""Why a building is or is not within reach."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class WhyBuilding(BaseModel):
    """The building asked about."""

    code: str
    name: str | None
    lon: float
    lat: float


class WhyParameters(BaseModel):
    """What the run asked, and the thresholds of the reasons."""

    minutes: float
    speed_kmh: float
    walk_m: float
    category: str
    snap_limit_m: float
    no_network_m: float
    barrier_detour: float
    """Walk over straight line from which a barrier counts as the reason."""


class WhyInputs(BaseModel):
    """What the answer was read from."""

    hash: str
    code_version: str
    network: str | None


class WhyStation(BaseModel):
    """A station as seen from the building; `walk_m` is null where no way leads there."""

    code: str
    name: str | None
    category: str
    state: Literal["open", "planned", "closed"]
    opened_on: str | None
    closed_on: str | None
    lon: float
    lat: float
    walk_m: float | None
    walk_s: float | None
    straight_m: float


class WhyLeg(BaseModel):
    """A part of the walk; legs add up to the whole to the millimetre."""

    kind: Literal["access", "street", "station"]
    name: str | None
    street_class: str
    walk_m: float
    walk_s: float


class WhyBarrier(BaseModel):
    """A line nobody walks across."""

    barrier_class: str
    name: str | None


class WhyGate(BaseModel):
    """A closed gate."""

    name: str | None
    lon: float
    lat: float


class WhyReason(BaseModel):
    """One reason; what does not belong to it is null."""

    code: Literal[
        "within",
        "capacity_used",
        "no_network",
        "walled_in",
        "no_street_within_250m",
        "different_network",
        "barrier_between",
        "not_open_yet",
        "closed",
        "none_in_reach",
        "wrong_category",
    ]
    station: WhyStation | None
    more_stations: int
    """How many other stations it is true of."""
    over_m: float | None
    """How much farther than the limit; of `within` how much is left."""
    over_s: float | None
    street_m: float | None
    """To the nearest street; of `different_network` the length of the connected streets."""
    barrier: WhyBarrier | None
    detour: float | None
    gate: WhyGate | None


class WhyPlace(BaseModel):
    """A station in reach, and how full it is."""

    code: str
    name: str | None
    walk_m: float
    walk_s: float
    capacity: int | None
    """Households it can serve; null for any number."""
    load: int
    """Households it serves, of all buildings."""
    households: int
    """Those of this building among them."""


class WhyPlaces(BaseModel):
    """Who of the building's households has a place: served + over_capacity = households."""

    basis: str
    households: int
    served: int
    over_capacity: int
    stations: list[WhyPlace]
    """Every open station of the category in reach, by walk."""


class WhyLineProperties(BaseModel):
    """Of a leg its kind; of a straight line the station it leads to."""

    kind: Literal["access", "street", "station", "straight"]
    name: str | None = None
    street_class: str | None = None
    walk_m: float | None = None
    walk_s: float | None = None
    station: str | None = None
    straight_m: float | None = None


class WhyGeometry(BaseModel):
    """A line in degrees."""

    type: Literal["LineString"]
    coordinates: list[tuple[float, float]] = Field(min_length=2)


class WhyLine(BaseModel):
    """A line to draw."""

    type: Literal["Feature"]
    properties: WhyLineProperties
    geometry: WhyGeometry


class WhyLines(BaseModel):
    """The legs in order, then straight lines, as GeoJSON."""

    type: Literal["FeatureCollection"]
    features: list[WhyLine]


class Why(BaseModel):
    """The walk of a building with its reasons, the most telling first."""

    run: str
    building: WhyBuilding
    parameters: WhyParameters
    inputs: WhyInputs
    status: Literal["within_walk", "out_of_reach", "unreachable", "no_network"]
    station: WhyStation | None
    straight_station: WhyStation | None
    walk_m: float | None
    walk_s: float | None
    straight_m: float | None
    detour: float | None
    legs: list[WhyLeg]
    reasons: list[WhyReason]
    places: WhyPlaces | None
    """Of a building in reach, where a station of the category has a capacity."""
    route: WhyLines
