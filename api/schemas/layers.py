"""Layers, overview, search."""

from __future__ import annotations

from pydantic import BaseModel, Field


class StoreFacts(BaseModel):
    """What kind of store this is."""

    sample: bool
    empty: bool


class Health(BaseModel):
    """Whether everything answers."""

    status: str
    version: str
    database: str
    store: StoreFacts


class DivisionItem(BaseModel):
    """A division in the breadcrumb."""

    code: str
    name: str
    level: str
    parent: str | None
    kind: str | None
    bbox: list[float]


class CategoryItem(BaseModel):
    """A station category with how many open stations it has."""

    code: str
    zh: str
    en: str
    stations: int


class BasisItem(BaseModel):
    """A household basis with its total and dates."""

    code: str
    zh: str
    en: str
    households: int
    from_: str | None = Field(alias="from")
    to: str | None


class StreetDataset(BaseModel):
    """One imported street dataset."""

    name: str
    imported_on: str
    length_km: float
    bbox: list[float]


class NetworkItem(BaseModel):
    """The walk networks in force, summed."""

    edges: int
    nodes: int
    length_km: float
    hash: str
    datasets: list[StreetDataset]


class Defaults(BaseModel):
    """What the controls start with."""

    minutes: float
    speed_kmh: float
    radius_m: float
    category: str
    basis: str


class Features(BaseModel):
    """What is switched on here."""

    events: bool
    campaigns: bool
    phone: bool


class Overview(BaseModel):
    """Everything the page needs to start."""

    title: str
    sample: bool
    empty: bool
    extent: list[float] | None
    counts: dict[str, int]
    divisions: list[DivisionItem]
    categories: list[CategoryItem]
    bases: list[BasisItem]
    network: NetworkItem | None
    defaults: Defaults
    map_review_number: str | None
    base_map: str | None
    """Address of tiles to draw under the map, with {z}, {x}, {y}."""
    attribution: list[str]
    features: Features


class LayerInfo(BaseModel):
    """A registry row."""

    name: str
    zh: str
    en: str
    geometry: str
    fields: list[str]
    min_zoom: int
    count: int


class SearchResult(BaseModel):
    """One thing found."""

    kind: str
    code: str
    name: str
    detail: str
    lon: float
    lat: float
    bbox: list[float]


class SearchAnswer(BaseModel):
    """What a search found, best first."""

    query: str
    results: list[SearchResult]
