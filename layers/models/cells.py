"""Cells: the smallest pieces a boundary may separate, made per county in generations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base, geometry

LAND_USES = ("homes", "water", "green", "other")


class CellSet(Base):
    """One generation of a county's cells; older ones stay for the plans that are pinned to them."""

    __tablename__ = "cell_set"
    __table_args__ = (
        Index(
            "uq_cell_set_county_current",
            "county_id",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    county_id: Mapped[int] = mapped_column(ForeignKey("division.id"))
    generation: Mapped[int]
    metric_crs: Mapped[str]
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Revision of each layer it was made from: `streets`, `buildings`, `divisions`, `estates`."""
    content_hash: Mapped[str]
    cuts: Mapped[int] = mapped_column(server_default="0")
    """How often cells of it were cut since: part of the version the page compares."""
    notes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    made_by: Mapped[str]
    superseded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Cell(Base):
    """A piece of a community. A cell that was cut stays, as the parent of its pieces."""

    __tablename__ = "cell"
    __table_args__ = (
        CheckConstraint(f"land_use IN {LAND_USES}", name="land_use"),
        Index("ix_cell_set_id_division_id", "set_id", "division_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("cell_set.id", ondelete="CASCADE"))
    division_id: Mapped[int] = mapped_column(ForeignKey("division.id"))
    """The community it lies in."""
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("cell.id"))
    cut_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    land_use: Mapped[str]
    estate_id: Mapped[int | None]
    villager_group_id: Mapped[int | None]
    area_m2: Mapped[float]
    perimeter_m: Mapped[float]
    geom: Mapped[Any] = mapped_column(geometry("POLYGON"), nullable=False)


class CellBuilding(Base):
    """The one cell of a set that a building stands in."""

    __tablename__ = "cell_building"

    set_id: Mapped[int] = mapped_column(
        ForeignKey("cell_set.id", ondelete="CASCADE"), primary_key=True
    )
    building_id: Mapped[int] = mapped_column(
        ForeignKey("building.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    cell_id: Mapped[int] = mapped_column(ForeignKey("cell.id", ondelete="CASCADE"), index=True)
    division_id: Mapped[int]


class CellBorder(Base):
    """A border between two neighbouring cells, `a` < `b`, with the strongest barrier along it."""

    __tablename__ = "cell_border"

    a: Mapped[int] = mapped_column(ForeignKey("cell.id", ondelete="CASCADE"), primary_key=True)
    b: Mapped[int] = mapped_column(
        ForeignKey("cell.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    set_id: Mapped[int] = mapped_column(ForeignKey("cell_set.id", ondelete="CASCADE"), index=True)
    division_id: Mapped[int]
    """Community of `a`."""
    shared_m: Mapped[float]
    barrier: Mapped[str | None]


class DivisionLineage(Base):
    """What became of a community: which one follows it, by which plan."""

    __tablename__ = "division_lineage"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    from_division: Mapped[int] = mapped_column(ForeignKey("division.id"))
    to_division: Mapped[int] = mapped_column(ForeignKey("division.id"))
    plan_id: Mapped[int | None]
    kind: Mapped[str]
    households: Mapped[int]
    effective_on: Mapped[date] = mapped_column(Date)
