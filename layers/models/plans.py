"""Plans: an assignment of cells to parts, its edits, and its way from draft to being in force."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base

PART_LEVELS = ("grid", "community")
STATES = ("draft", "consultation", "notice", "review", "approved", "filed", "withdrawn")
"""As stored. A filed plan is *effective* from its day on, *withdrawn* once another follows it."""
LINEAGE_KINDS = ("continue", "adjust", "split", "merge", "recode")


class Plan(Base):
    """How a community is divided into grids, or a township into communities; pinned to a cell set."""

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint(f"part_level IN {PART_LEVELS}", name="part_level"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_plan_division_id", "division_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    division_id: Mapped[int] = mapped_column(ForeignKey("division.id"))
    set_id: Mapped[int] = mapped_column(ForeignKey("cell_set.id"))
    part_level: Mapped[str]
    name: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="draft")
    revision: Mapped[int] = mapped_column(server_default="0")
    base_revision: Mapped[int] = mapped_column(server_default="0")
    """Undo does not reach behind it: the plan was moved to another cell set there."""
    last_no: Mapped[int] = mapped_column(server_default="0")
    """Highest number a part ever had: numbers are not used twice, so that undo finds its parts."""
    branch_of: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    notice_from: Mapped[date | None] = mapped_column(Date)
    notice_to: Mapped[date | None] = mapped_column(Date)
    approval_number: Mapped[str | None]
    approved_on: Mapped[date | None] = mapped_column(Date)
    filed_on: Mapped[date | None] = mapped_column(Date)
    effective_on: Mapped[date | None] = mapped_column(Date)
    withdrawn_on: Mapped[date | None] = mapped_column(Date)
    publication: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Row numbers of what publishing wrote and closed, so that it can be taken back."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    created_by: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_by: Mapped[str]


class PlanGrid(Base):
    """A part of a plan: a grid to be, or a community to be."""

    __tablename__ = "plan_grid"
    __table_args__ = (
        CheckConstraint("kind IN ('general', 'dedicated')", name="kind"),
        CheckConstraint("level IS NULL OR level IN ('large', 'medium', 'micro')", name="level"),
        CheckConstraint("parent_no IS DISTINCT FROM no", name="parent"),
    )

    plan_id: Mapped[int] = mapped_column(
        ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True
    )
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str | None]
    kind: Mapped[str] = mapped_column(server_default="general")
    level: Mapped[str | None]
    parent_no: Mapped[int | None]
    locked: Mapped[bool] = mapped_column(server_default="false")
    note: Mapped[str | None]
    lead: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Proposed lead: `worker` (id) or `name` and `work_phone`, and `post`."""
    reason: Mapped[str | None]
    """Why it is right as it is: several parts, outside the band."""
    confirmed: Mapped[bool] = mapped_column(server_default="false")
    """A main road, railway or river inside is meant."""
    origin_id: Mapped[int | None]
    """Grid (or community) in force that it was begun from."""
    code: Mapped[str | None]
    """Given at publishing."""


class PlanCell(Base):
    """The part a cell belongs to; a cell without a row is unassigned."""

    __tablename__ = "plan_cell"
    __table_args__ = (Index("ix_plan_cell_cell_id", "cell_id"),)

    plan_id: Mapped[int] = mapped_column(
        ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True
    )
    cell_id: Mapped[int] = mapped_column(
        ForeignKey("cell.id"), primary_key=True, autoincrement=False
    )
    part_no: Mapped[int]


class PlanEdit(Base):
    """One change of a plan, from which the one before can be had back."""

    __tablename__ = "plan_edit"
    __table_args__ = (CheckConstraint("turn IN ('do', 'undo', 'redo')", name="turn"),)

    plan_id: Mapped[int] = mapped_column(
        ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    actor: Mapped[str]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    label: Mapped[str]
    cells: Mapped[list[list[int]]] = mapped_column(JSONB, server_default="[]")
    """Rows of cell, part before, part after; 0 is unassigned."""
    grids: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    """Rows of `no`, `before`, `after`; null where the part did not exist."""
    turn: Mapped[str] = mapped_column(server_default="do")
    """`do`, `undo` or `redo`."""
    undoes: Mapped[int | None]
    """Revision of the edit this one takes back (a redo takes back an undo)."""
    undone_by: Mapped[int | None]


class PlanStep(Base):
    """A step of a plan's life cycle, as it was taken."""

    __tablename__ = "plan_step"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), index=True)
    state: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    on_date: Mapped[date | None] = mapped_column(Date)
    number: Mapped[str | None]
    note: Mapped[str | None]
    notice_from: Mapped[date | None] = mapped_column(Date)
    notice_to: Mapped[date | None] = mapped_column(Date)
    revision: Mapped[int]


class PlanPaper(Base):
    """A document about a plan, or an objection raised while it lay open, without anybody's name."""

    __tablename__ = "plan_paper"
    __table_args__ = (CheckConstraint("kind IN ('document', 'objection')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    number: Mapped[str | None]
    title: Mapped[str | None]
    on_date: Mapped[date | None] = mapped_column(Date)
    text: Mapped[str | None]
    answer: Mapped[str | None]


class GridLineage(Base):
    """What became of a grid: which one follows it, by which plan, with how many households."""

    __tablename__ = "grid_lineage"
    __table_args__ = (
        CheckConstraint(f"kind IN {LINEAGE_KINDS}", name="kind"),
        UniqueConstraint("from_grid", "to_grid", "effective_on"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    from_grid: Mapped[int] = mapped_column(ForeignKey("grid.id", ondelete="CASCADE"))
    to_grid: Mapped[int] = mapped_column(ForeignKey("grid.id", ondelete="CASCADE"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    kind: Mapped[str]
    households: Mapped[int]
    effective_on: Mapped[date] = mapped_column(Date)
