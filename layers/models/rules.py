"""Rule sets of divisions, version after version."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base


class RuleSetVersion(Base):
    """A version of a division's rule set; it holds from its day until that of the next one.

    Rows are added and never changed: what was judged by a version can be judged by it again.
    """

    __tablename__ = "rule_set"
    __table_args__ = (
        UniqueConstraint("division_id", "name", "version"),
        CheckConstraint("version > 0", name="version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    division_id: Mapped[int] = mapped_column(ForeignKey("division.id"))
    name: Mapped[str]
    version: Mapped[int]
    """Given by the database: one more than the last."""
    valid_from: Mapped[date] = mapped_column(Date)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    made_by: Mapped[str]
