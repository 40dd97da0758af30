"""Buildings with their dated household counts, addresses and stations."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base, geometry

BASES = ("resident", "registered", "planned")


class Building(Base):
    """A building: the unit every household figure is summed from."""

    __tablename__ = "building"
    __table_args__ = (Index("ix_building_estate_building_no", "estate", "building_no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    kind: Mapped[str] = mapped_column(server_default="other")
    floors: Mapped[int | None]
    estate: Mapped[str | None]
    """Code (or, where the ledger has none, name) of the estate."""
    building_no: Mapped[str | None]
    villager_group: Mapped[str | None]
    dataset: Mapped[str]
    """The import it came from: importing the same dataset again replaces its rows."""
    geom: Mapped[Any] = mapped_column(geometry("POINT"), nullable=False)
    """A point on the building (of a footprint: its representative point); walks start here."""
    footprint: Mapped[Any | None] = mapped_column(geometry("MULTIPOLYGON"))
    division_id: Mapped[int | None]
    """Deepest division the thing lies in today: who may see it. Kept by `layers/areas.py`, without a
    foreign key (looked up a million times) because division identities are never removed."""


class HouseholdCount(Base):
    """Households of a building on a day by a source; without a building the row is unplaced."""

    __tablename__ = "household_count"
    __table_args__ = (
        CheckConstraint(
            "coalesce(registered, 0) >= 0 AND coalesce(resident, 0) >= 0 "
            "AND coalesce(planned, 0) >= 0 AND coalesce(vacant, 0) >= 0",
            name="not_negative",
        ),
        Index(
            "uq_household_count_building_day_source",
            "building_id",
            "counted_on",
            "source",
            unique=True,
            postgresql_where=text("building_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    building_id: Mapped[int | None] = mapped_column(ForeignKey("building.id", ondelete="CASCADE"))
    community: Mapped[str | None]
    """Code of the community, given by the ledger; needed for unplaced rows only."""
    place: Mapped[str | None]
    """What the ledger said about the place, for the person who places it by hand."""
    counted_on: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(server_default="")
    registered: Mapped[int | None]
    resident: Mapped[int | None]
    planned: Mapped[int | None]
    vacant: Mapped[int | None]
    dataset: Mapped[str]
    division_id: Mapped[int | None]
    """That of its building, of an unplaced row its community."""


class Address(Base):
    """An address text with its point."""

    __tablename__ = "address"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    building: Mapped[str | None]
    """Code of the building."""
    dataset: Mapped[str]
    geom: Mapped[Any] = mapped_column(geometry("POINT"), nullable=False)
    division_id: Mapped[int | None]
    """Deepest division it lies in today; see `Building`."""


class Station(Base):
    """A service station of some category (社区服务站, 卫生站 …)."""

    __tablename__ = "station"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'planned', 'closed', 'vacant')", name="status"),
        CheckConstraint("coalesce(capacity, 0) >= 0", name="capacity"),
        CheckConstraint("coalesce(premises_area_m2, 0) >= 0", name="premises"),
        CheckConstraint("coalesce(lease_years, 0) >= 0", name="lease"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    category: Mapped[str] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(server_default="open")
    """`vacant`: rooms that stand empty and could become a station."""
    opened_on: Mapped[date | None] = mapped_column(Date)
    closed_on: Mapped[date | None] = mapped_column(Date)
    premises_area_m2: Mapped[float | None]
    capacity: Mapped[int | None]
    rooms: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Name of a room -> how many."""
    serves: Mapped[list[str] | None] = mapped_column(ARRAY(String))
    """Codes of the communities that share its premises; null for the one it lies in."""
    lease_years: Mapped[float | None]
    """How long rented premises are rented for; null where they are not, or where it is not known."""
    dataset: Mapped[str]
    geom: Mapped[Any] = mapped_column(geometry("POINT"), nullable=False)
    division_id: Mapped[int | None]
    """Deepest division it lies in today; see `Building`."""
