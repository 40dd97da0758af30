"""What grid workers do from their phones: the phones that were let in, and the households they counted."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, Index, Uuid, func
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base

CHECK_STATES = ("proposed", "accepted", "returned")


class Device(Base):
    """A phone that a one-time link let in; what it shows at the door is kept as its SHA-256."""

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    hash: Mapped[str] = mapped_column(unique=True)
    csrf: Mapped[str | None]
    """None for a phone page within another platform, which sends a token by itself and keeps no cookie."""
    name: Mapped[str]
    """What the phone calls itself, so that a lost one is found in the list."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class EndedDevice(Base):
    """A phone that was shut out: what it shows at the door is known no more, and it is told so."""

    __tablename__ = "ended_device"

    hash: Mapped[str] = mapped_column(primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class HouseholdCheck(Base):
    """Households of a building as its grid worker counted them (核实户数): no names, until decided a proposal."""

    __tablename__ = "household_check"
    __table_args__ = (
        CheckConstraint(f"state IN {CHECK_STATES}", name="state"),
        CheckConstraint("least(registered, resident, vacant, planned) >= 0", name="not_negative"),
        Index("ix_household_check_division_id_state", "division_id", "state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    """Made by the phone: what is sent twice is stored once."""
    building_id: Mapped[int] = mapped_column(
        ForeignKey("building.id", ondelete="CASCADE"), index=True
    )
    building: Mapped[str]
    """Its code: whoever counted it still reads it here when the building has left the own grids."""
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("grid.id"))
    """Grid the building lay in when the count arrived."""
    division_id: Mapped[int]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    counted_on: Mapped[date] = mapped_column(Date)
    registered: Mapped[int | None]
    resident: Mapped[int | None]
    vacant: Mapped[int | None]
    planned: Mapped[int | None]
    """Not handed over yet (未交付)."""
    note: Mapped[str | None]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When the worker wrote it, the phone's clock set right."""
    received_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    state: Mapped[str] = mapped_column(server_default="proposed")
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    reason: Mapped[str | None]
