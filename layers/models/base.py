"""The declarative base: constraint names, and geometry columns that always carry EPSG:4326."""

from __future__ import annotations

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

SRID = 4326
"""Every stored geometry is lon/lat; EPSG:4490 counts as the same (docs/decisions/0003)."""


class Base(DeclarativeBase):
    """All tables of the store, with predictable constraint names for migrations."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def geometry(kind: str) -> Any:
    """Return a geometry column type of one kind in EPSG:4326 with a spatial index."""
    return Geometry(geometry_type=kind, srid=SRID, spatial_index=True)
