"""What was computed: fields of walking distance, runs over them, and jobs under way."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Integer, Uuid, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base


class CoverageField(Base):
    """The nearest station of every building for one set of inputs; no threshold is in it.

    Minutes, speed, radius and basis only re-read a field, so moving a slider stores a few
    hundred sums and not a row per building.
    """

    __tablename__ = "coverage_field"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Hash of network, buildings, stations and code version."""
    buildings: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class CoverageBuilding(Base):
    """One building's distances in a field, integer millimetres; null where there is no route."""

    __tablename__ = "coverage_building"

    field_id: Mapped[str] = mapped_column(primary_key=True)
    """No foreign key: checking a million rows, which are written with their field in one transaction
    and never alone, takes twice as long as storing them. Whoever removes a field removes its rows."""
    building_id: Mapped[int] = mapped_column(primary_key=True)
    walk_mm: Mapped[int | None] = mapped_column(BigInteger)
    straight_mm: Mapped[int | None] = mapped_column(BigInteger)
    access_mm: Mapped[int | None]
    station: Mapped[str | None]
    no_network: Mapped[bool]
    registered: Mapped[int]
    resident: Mapped[int]
    planned: Mapped[int]
    """Households the field was computed with; later counts do not change an old run."""
    division_id: Mapped[int | None]
    """Of the building when the field was computed."""


class CoverageRun(Base):
    """A stored question with its answer; asked again, it is this row."""

    __tablename__ = "coverage_run"

    id: Mapped[str] = mapped_column(primary_key=True)
    field_id: Mapped[str] = mapped_column(ForeignKey("coverage_field.id"))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB)
    result: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """totals, communities, grids, ungridded, stations, curve, warnings."""
    divisions: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    """Divisions it is about; null for the whole store."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Job(Base):
    """Long work with its progress, seen by every process."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default="queued")
    percent: Mapped[int] = mapped_column(server_default="0")
    step: Mapped[str] = mapped_column(server_default="")
    run_id: Mapped[str | None]
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    cancel_asked: Mapped[bool] = mapped_column(server_default="false")
    account_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(server_default="")
    """Who asked; the rights are looked at again when the work begins."""
    divisions: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    heartbeat_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )


class Store(Base):
    """The single row that says what this store is."""

    __tablename__ = "store"
    __table_args__ = (CheckConstraint("single", name="one_row"),)

    single: Mapped[bool] = mapped_column(primary_key=True, server_default="true")
    id: Mapped[uuid.UUID] = mapped_column(Uuid, server_default=func.gen_random_uuid())
    sample: Mapped[bool] = mapped_column(server_default="false")
    """True while the synthetic sample county is loaded; the page says so."""
    areas_on: Mapped[date | None]
    """Day for which every `division_id` was last made true."""


class LayerRevision(Base):
    """Counts the changes of a layer: caches and entity tags are keyed by it."""

    __tablename__ = "layer_revision"

    layer: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger, server_default="0")
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
