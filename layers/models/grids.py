"""Grids as dated versions of identities, and who is posted where."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
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
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"), index=True)
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


class Post(Base):
    """What a posting may be called, and whether its holder answers for the grid.

    Rows without a division come with the product and hold everywhere; a county's own row of the same
    name goes before it. A posting whose post is in no row stays what it is, and answers.
    """

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("division_id", "name", postgresql_nulls_not_distinct=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    division_id: Mapped[int | None] = mapped_column(ForeignKey("division.id"))
    """The county it is of."""
    name: Mapped[str]
    """As postings, ledgers and rule sets have it; never changed."""
    code: Mapped[str | None]
    """Its name in code, of those that come with the product."""
    zh: Mapped[str]
    en: Mapped[str]
    """The words that are shown."""
    responsible: Mapped[bool]
    ordinal: Mapped[int]
    """Its place in lists, ascending."""


DAYS = func.daterange(text("valid_from"), text("valid_to"))


class Posting(Base):
    """Who holds which post in which grid, or stands in for whom, from when to when."""

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="dates"),
        UniqueConstraint("id", "grid_id", name="uq_posting_id_grid_id"),
        ForeignKeyConstraint(
            ["substitute_for", "grid_id"], ["posting.id", "posting.grid_id"], ondelete="CASCADE"
        ),
        ExcludeConstraint(
            ("worker_id", "="),
            ("grid_id", "="),
            ("post", "="),
            (func.coalesce(text("substitute_for"), text("0")), "="),
            (DAYS, "&&"),
            name="posting_once_a_day",
            using="gist",
        ),
        ExcludeConstraint(
            ("substitute_for", "="),
            (DAYS, "&&"),
            name="posting_one_substitute_a_day",
            using="gist",
            where=text("substitute_for IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id", ondelete="CASCADE"), index=True)
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"), index=True)
    post: Mapped[str]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    substitute_for: Mapped[int | None] = mapped_column(index=True)
    """The posting this one stands in for, of the same grid and post."""
