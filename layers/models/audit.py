"""Who did what, when, to which object; written once and never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, Index, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Integer

from layers.models.base import Base


class Audit(Base):
    """One act. The database refuses to change it, and to remove it before its time."""

    __tablename__ = "audit"
    __table_args__ = (
        CheckConstraint("outcome IN ('done', 'refused')", name="outcome"),
        Index("ix_audit_at", "at"),
        Index("ix_audit_actor_at", "actor", "at"),
        Index("ix_audit_action_at", "action", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.clock_timestamp()
    )
    actor: Mapped[str]
    """Name of the account, `os:USER` of the machine, empty before anybody signed in."""
    account_id: Mapped[int | None]
    role: Mapped[str | None]
    address: Mapped[str | None]
    action: Mapped[str]
    object: Mapped[str | None]
    outcome: Mapped[str] = mapped_column(server_default="done")
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    divisions: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    """What the actor belonged to; null for the whole store and for nobody."""


class Export(Base):
    """A file that left the store."""

    __tablename__ = "export"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    actor: Mapped[str]
    account_id: Mapped[int | None]
    object: Mapped[str]
    """Layer or run."""
    format: Mapped[str]
    rows: Mapped[int | None]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    divisions: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))


class AuditForward(Base):
    """Up to where everything that there is of the audit has been sent to the syslog server."""

    __tablename__ = "audit_forward"
    __table_args__ = (CheckConstraint("single", name="one_row"),)

    single: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    sent_id: Mapped[int] = mapped_column(BigInteger, server_default="0")


class AuditSent(Base):
    """A row above `AuditForward.sent_id` that was sent: a long transaction may still bring lower ones."""

    __tablename__ = "audit_sent"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
