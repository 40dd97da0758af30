"""What import tests ask of the store."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

TABLES = (
    "address",
    "asset",
    "barrier",
    "building",
    "division",
    "division_version",
    "estate",
    "gate",
    "grid",
    "grid_version",
    "household_count",
    "land_cover",
    "layer_revision",
    "network",
    "office_area",
    "organisation",
    "posting",
    "station",
    "street_edge",
    "villager_group",
    "worker",
)


def table_counts(session: Session) -> dict[str, int]:
    return {
        name: session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in TABLES
    }


def rows(session: Session, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.execute(text(query), parameters)]
