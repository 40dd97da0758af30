"""Grids as dated versions of identities, and who is posted where."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base, geometry
from layers.models.divisions import no_overlap


class Grid(Base):
    """A grid as an identity; it belongs to exactly one community (by division identity)."""

    __tablename__ = "grid"

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("division.id"))


class GridVersion(Base):
    """A grid from `valid_from` up to, not including, `valid_to` (open when null)."""

    __tablename__ = "grid_version"
    __table_args__ = (
        no_overlap("grid_id"),
        CheckConstraint("kind IN ('general', 'dedicated')", name="kind"),
        CheckConstraint("level IS NULL OR level IN ('large', 'medium', 'micro')", name="level"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="dates"),
        Index("ix_grid_version_code", "code"),
        Index(
            "uq_grid_version_code_open",
            "code",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    code: Mapped[str]
    name: Mapped[str | None]
    kind: Mapped[str] = mapped_column(server_default="general")
    level: Mapped[str | None]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    """The larger grid it is nested in."""
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    buildings: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    """Ids of the buildings that were in it when it was published."""
    geom: Mapped[Any] = mapped_column(geometry("MULTIPOLYGON"), nullable=False)


class Worker(Base):
    """A grid worker: only name and work phone are kept."""

    __tablename__ = "worker"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    work_phone: Mapped[str | None]
    division_id: Mapped[int | None]
    """Community of the grid the worker was first posted to: whose list the person is on."""


class Posting(Base):
    """Who holds which post in which grid, from when to when."""

    __tablename__ = "posting"
    __table_args__ = (CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="dates"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id", ondelete="CASCADE"), index=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"), index=True)
    post: Mapped[str]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
