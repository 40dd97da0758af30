"""Coverage questions, jobs and runs."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Question(BaseModel):
    """What to compute; checked again, with the store's knowledge, by the use case."""

    model_config = ConfigDict(extra="forbid")

    minutes: float = Field(15, gt=0, le=240, allow_inf_nan=False)
    speed_kmh: float = Field(4.5, gt=0, le=30, allow_inf_nan=False)
    radius_m: float = Field(3000, gt=0, le=100_000, allow_inf_nan=False)
    category: str = Field("service_station", min_length=1, max_length=80)
    basis: Literal["resident", "registered", "planned"] = "resident"
    detour_factor: float = Field(1.4, ge=1, le=5, allow_inf_nan=False)
    division: str | None = Field(None, pattern=r"^\d{2,12}$")


class ErrorBody(BaseModel):
    """An error as jobs and the command line print it."""

    code: str
    message: str
    faults: list[dict[str, Any]]


class Job(BaseModel):
    """Work under way."""

    id: str
    kind: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    percent: int
    step: str
    run: str | None
    error: ErrorBody | None


class Row(BaseModel):
    """Figures of an area; households unless prefixed `buildings_`."""

    households: int
    buildings_total: int
    within_walk: int
    within_radius: int
    within_network_radius: int
    out_of_reach: int
    unreachable: int
    no_network: int
    unplaced: int
    estimated_within_walk: int
    buildings_within_walk: int
    buildings_within_radius: int
    buildings_within_network_radius: int
    buildings_out_of_reach: int
    buildings_unreachable: int
    buildings_no_network: int
    buildings_estimated_within_walk: int
    rate_walk: float | None
    rate_radius: float | None
    rate_network_radius: float | None
    area_km2: float | None
    households_per_km2: float | None


class Completeness(BaseModel):
    """How complete a community's data are."""

    buildings: int
    buildings_with_households: int
    buildings_near_street: int
    street_km: float
    counted_from: str | None
    counted_to: str | None
    no_network: bool


class CommunityRow(Row):
    """Figures of a community."""

    code: str
    name: str | None
    kind: str | None
    level: str
    parent: str | None
    completeness: Completeness


class Bilingual(BaseModel):
    """A text in both languages of the page."""

    zh: str
    en: str


class Rule(BaseModel):
    """The rule a grid's size is judged by, with its source."""

    id: str
    min: int | None
    max: int | None
    verdict: Literal["in_band", "below", "above", "no_band"]
    place: Bilingual
    year: int | None
    source: Bilingual
    summary: Bilingual
    note: Bilingual


class GridRow(Row):
    """Figures of a grid."""

    code: str
    name: str | None
    community: str | None
    kind: str | None
    rule: Rule | None


class StationRow(BaseModel):
    """A station of the question."""

    code: str
    name: str | None
    lon: float
    lat: float
    status: Literal["ok", "off_network"]
    households_nearest: int


class CurvePoint(BaseModel):
    """Households within some minutes."""

    minutes: int
    households: int
    share: float | None


class Notice(BaseModel):
    """Something the reader of the figures should know."""

    code: str
    message: str
    items: list[str]


class NetworkFacts(BaseModel):
    """The walk network of a run."""

    hash: str
    name: str
    edges: int
    nodes: int
    imported_at: str


class RunInputs(BaseModel):
    """What a run was computed from."""

    hash: str
    code_version: str
    network: NetworkFacts | None
    networks: list[dict[str, Any]]
    buildings: int
    households_from: str | None
    households_to: str | None
    households_source: list[str]
    stations: int
    grids: int
    divisions: int


class Run(BaseModel):
    """A stored answer."""

    run: str
    created_at: str
    parameters: dict[str, Any]
    inputs: RunInputs
    totals: Row
    communities: list[CommunityRow]
    outside_communities: Row
    grids: list[GridRow]
    ungridded: Row
    stations: list[StationRow]
    curve: list[CurvePoint]
    warnings: list[Notice]


class Classes(BaseModel):
    """Class breaks of a choropleth."""

    scope: str
    figure: str
    scheme: str
    breaks: list[float]
    counts: list[int]
    minimum: float | None
    unit: str
