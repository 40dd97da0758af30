"""Who may come in: accounts with their area, what proves them, and what they hold while inside."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import String

from layers.models.base import Base

ROLES = (
    "planner",
    "reviewer",
    "analyst",
    "grid_worker",
    "system_administrator",
    "security_administrator",
    "auditor",
)
"""An account has exactly one: nobody administers, grants rights and audits at once (三员分立)."""


def _moment() -> Mapped[datetime]:
    return mapped_column(DateTime(timezone=True), server_default=func.now())


def _later() -> Mapped[datetime | None]:
    return mapped_column(DateTime(timezone=True))


class Account(Base):
    """Somebody who signs in; never deleted, so that the audit keeps its names."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(f"role IN {ROLES}", name="role"),
        CheckConstraint("name ~ '^[a-z0-9][a-z0-9._-]{1,39}$'", name="name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str | None]
    role: Mapped[str]
    everywhere: Mapped[bool] = mapped_column(server_default="false")
    """Belongs to the whole store, also to what lies in no division."""
    disabled: Mapped[bool] = mapped_column(server_default="false")
    demo: Mapped[bool] = mapped_column(server_default="false")
    """Of the sample county: entered without a password, in demo mode only."""
    worker_id: Mapped[int | None] = mapped_column(
        ForeignKey("worker.id", ondelete="SET NULL"), unique=True
    )
    """The grid worker this account is: whose posts say which grids are its own."""
    created_at: Mapped[datetime] = _moment()
    last_login_at: Mapped[datetime | None] = _later()
    last_login_address: Mapped[str | None]


class AccountDivision(Base):
    """A division an account belongs to, with all below it."""

    __tablename__ = "account_division"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    division_id: Mapped[int] = mapped_column(ForeignKey("division.id"), primary_key=True)


class Credential(Base):
    """What proves an account; without a password it can only be entered by a one-time link."""

    __tablename__ = "credential"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    password_hash: Mapped[str | None]
    password_set_at: Mapped[datetime | None] = _later()
    former_hashes: Mapped[list[str]] = mapped_column(ARRAY(String), server_default="{}")
    """Newest first; a new password is none of them."""
    totp_secret: Mapped[str | None]
    totp_pending: Mapped[str | None]
    """Shown, not yet confirmed by a code."""
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    """Time step of the last code taken: a code is good once."""


class SignInAttempt(Base):
    """Wrong passwords by the name that was typed, whether or not there is such an account."""

    __tablename__ = "sign_in_attempt"

    name: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(server_default="0")
    """Since the last success."""
    failed_at: Mapped[datetime | None] = _later()
    locked_until: Mapped[datetime | None] = _later()


class LoginSession(Base):
    """A signed-in browser. The cookie is kept as its SHA-256: a copy of this table opens nothing."""

    __tablename__ = "login_session"

    hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    csrf: Mapped[str]
    created_at: Mapped[datetime] = _moment()
    seen_at: Mapped[datetime] = _moment()
    address: Mapped[str | None]
    previous_login_at: Mapped[datetime | None] = _later()
    previous_login_address: Mapped[str | None]
    failed_since: Mapped[int] = mapped_column(server_default="0")


class Token(Base):
    """A script's way in, with the account's rights, until a date."""

    __tablename__ = "token"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = _moment()
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = _later()


class Link(Base):
    """A one-time link: to choose a password, or to let a phone in."""

    __tablename__ = "link"
    __table_args__ = (CheckConstraint("purpose IN ('password', 'phone')", name="purpose"),)

    hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = _moment()
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    purpose: Mapped[str] = mapped_column(server_default="password")
