"""What-ifs that are kept: what was asked, what it would change, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base

SCENARIO_STATES = ("draft", "adopted", "dropped")


class KeptScenario(Base):
    """A named scenario with its answer as it was when kept; asking again is another answer."""

    __tablename__ = "scenario"
    __table_args__ = (CheckConstraint("state IN ('draft', 'adopted', 'dropped')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    division_id: Mapped[int | None]
    """The division it is about, the one above all of them; null for the whole store."""
    request: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """As it was asked: question, changes, limits, switches."""
    result: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The answer without its list of buildings."""
    state: Mapped[str] = mapped_column(server_default="draft")
    note: Mapped[str | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
