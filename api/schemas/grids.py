"""The card of a grid."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from api.schemas.locate import CommunityName, Responsible


class CardGrid(BaseModel):
    """The grid as it is on the day."""

    code: str
    name: str | None
    kind: str
    level: str | None
    valid_from: str
    community: CommunityName | None


class CardCount(BaseModel):
    """Households on one basis: the newest count of every building, with how many buildings it speaks for."""

    basis: str
    households: int | None
    buildings: int
    buildings_counted: int
    counted_from: str | None
    counted_to: str | None
    sources: list[str]


class CardWorker(Responsible):
    """Who answers for a post of the grid on the day."""

    post_en: str
    since: str


class CardPeople(BaseModel):
    """人: households, and who is in post; no person who lives there."""

    households: list[CardCount]
    population: int | None
    population_reason: str | None
    workers: list[CardWorker]


class CardPlace(BaseModel):
    """An estate or villager group."""

    code: str
    name: str | None


class CardThings(BaseModel):
    """Points in the grid, with their number by category (of buildings by kind)."""

    number: int
    by: list[dict[str, Any]]
    items: list[dict[str, Any]]
    not_listed: int


class CardLand(BaseModel):
    """地: measured in the plane land is registered in."""

    area_m2: int
    perimeter_m: int
    bounds: dict[str, str | None]
    """The named street along most of each side."""
    estates: list[CardPlace]
    villager_groups: list[CardPlace]
    buildings: CardThings


class GridCard(BaseModel):
    """人、地、物、事、组织 of a grid on a day."""

    grid: CardGrid
    as_of: str
    undated: list[str]
    """What is kept as it is today, whatever the day."""
    people: CardPeople
    land: CardLand
    things: CardThings
    events: CardThings
    organisations: CardThings
    stations: CardThings
