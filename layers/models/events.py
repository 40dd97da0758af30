"""Events, light: what was reported where, what became of it, and lists to be walked through grid by grid."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from layers.models.base import Base, geometry

EVENT_STATES = (
    "reported", "registered", "dispatched", "handling", "feedback", "verified", "evaluated",
    "returned", "deferred", "rejected", "merged",
)  # fmt: skip
EVENT_LEVELS = ("grid", "community", "township", "county")
PLACED = ("gps", "tap", "building", "qr")
MAX_PHOTOS = 6


def _moment() -> Mapped[datetime]:
    return mapped_column(DateTime(timezone=True), server_default=func.now())


class EventRulesVersion(Base):
    """A division's own categories or calendar; never changed, the newest holds."""

    __tablename__ = "event_rules"
    __table_args__ = (CheckConstraint("kind IN ('categories', 'calendar')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    division_id: Mapped[int] = mapped_column(ForeignKey("division.id"), index=True)
    kind: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = _moment()
    made_by: Mapped[str]


class Event(Base):
    """Something reported at a place; its id is made there, so that it is one however often it is sent."""

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint(f"state IN {EVENT_STATES}", name="state"),
        CheckConstraint(f"level IN {EVENT_LEVELS}", name="level"),
        CheckConstraint(f"placed IN {PLACED}", name="placed"),
        CheckConstraint(f"photos BETWEEN 0 AND {MAX_PHOTOS}", name="photos"),
        CheckConstraint("char_length(text) <= 1000", name="text"),
        CheckConstraint("duplicate_of <> id", name="duplicate"),
        CheckConstraint(
            "(due_at IS NULL) = (state IN ('verified', 'evaluated', 'rejected', 'merged'))",
            name="due",
        ),
        Index("ix_event_division_state", "division_id", "state"),
        Index("ix_event_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    category: Mapped[str]
    geom: Mapped[Any] = mapped_column(geometry("POINT"), nullable=False)
    accuracy_m: Mapped[float | None]
    placed: Mapped[str]
    building: Mapped[str | None]
    text: Mapped[str | None]
    photos: Mapped[int] = mapped_column(server_default="0")
    """Announced; which have come is in `event_photo`."""
    content_hash: Mapped[str]
    """Of what was reported: the same id with other content is another report."""
    reporter_account: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    reporter: Mapped[str]
    reported_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """By the phone's clock, set right by `clock_error_s`."""
    received_at: Mapped[datetime] = _moment()
    clock_error_s: Mapped[int] = mapped_column(server_default="0")
    """How far the phone's clock was ahead when it sent."""
    queue_no: Mapped[int | None]
    state: Mapped[str] = mapped_column(server_default="reported")
    level: Mapped[str]
    handler_division: Mapped[int | None]
    """The division that handles it at its level."""
    handler_office: Mapped[str | None]
    reported_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("grid_version.id", ondelete="SET NULL")
    )
    """The grid as it was at the position on the day of the report; kept for ever."""
    reported_grid: Mapped[str | None]
    """Its code."""
    grid_id: Mapped[int | None] = mapped_column(
        ForeignKey("grid.id", ondelete="SET NULL"), index=True
    )
    """The grid that has it now."""
    routed_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("grid_version.id", ondelete="SET NULL"), index=True
    )
    """That grid as it was when the event came to it: where it is no more in force, the event follows."""
    grid_decided: Mapped[bool] = mapped_column(server_default="false")
    """Somebody said which grid it is."""
    border: Mapped[bool] = mapped_column(server_default="false")
    """Its circle touches other grids too, and nobody has decided yet."""
    division_id: Mapped[int | None]
    """Deepest division it lies in today, usually its community; see `Building`."""
    due_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    escalations: Mapped[int] = mapped_column(server_default="0")
    duplicate_of: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("event.id"), index=True)
    updated_at: Mapped[datetime] = _moment()


class EventStep(Base):
    """What happened to an event; only ever added."""

    __tablename__ = "event_step"
    __table_args__ = (
        CheckConstraint(
            f"photos BETWEEN 0 AND {MAX_PHOTOS} AND (photos = 0 OR client_id IS NOT NULL)",
            name="photos",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"), index=True)
    client_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, unique=True)
    """Made where the step was taken, so that it is one however often it is sent."""
    at: Mapped[datetime] = _moment()
    actor: Mapped[str]
    account_id: Mapped[int | None]
    action: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    from_level: Mapped[str | None]
    to_level: Mapped[str]
    from_grid: Mapped[str | None]
    to_grid: Mapped[str | None]
    note: Mapped[str | None]
    details: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    photos: Mapped[int] = mapped_column(server_default="0")
    """Announced; which have come is in `event_step_photo`."""


class Photo:
    """A picture: re-encoded, without anything but what is to be seen."""

    received_sha256: Mapped[str]
    """Of the bytes as they came: sent again they are known."""
    sha256: Mapped[str]
    """Of the file that is kept, and its name."""
    bytes: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    at: Mapped[datetime] = _moment()


class EventPhoto(Photo, Base):
    """A picture of a report."""

    __tablename__ = "event_photo"
    __table_args__ = (CheckConstraint(f"n BETWEEN 0 AND {MAX_PHOTOS - 1}", name="n"),)

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)


class EventStepPhoto(Photo, Base):
    """A picture of a step: what was found, or what it looks like when it is done."""

    __tablename__ = "event_step_photo"
    __table_args__ = (CheckConstraint(f"n BETWEEN 0 AND {MAX_PHOTOS - 1}", name="n"),)

    step: Mapped[uuid.UUID] = mapped_column(ForeignKey("event_step.client_id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)


class Campaign(Base):
    """An inspection: a list of items that every grid concerned goes through by a day."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("cardinality(divisions) > 0", name="divisions"),
        CheckConstraint("closed_as IN ('done', 'cancelled')", name="closed_as"),
        CheckConstraint("(closed_as IS NULL) = (closed_at IS NULL)", name="closed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    owner: Mapped[str]
    """Who answers for it."""
    deadline: Mapped[date] = mapped_column(Date)
    divisions: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """The communities concerned."""
    grids: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    """These grids of them only; null for all there are."""
    note: Mapped[str | None]
    revision: Mapped[int] = mapped_column(server_default="0")
    """How often it was changed: whoever edits says what was seen."""
    closed_as: Mapped[str | None]
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_by: Mapped[str | None]
    closed_reason: Mapped[str | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = _moment()


class CampaignItem(Base):
    """One line of the list."""

    __tablename__ = "campaign_item"
    __table_args__ = (
        UniqueConstraint("campaign_id", "position", deferrable=True, initially="DEFERRED"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    position: Mapped[int]
    text: Mapped[str]
    withdrawn_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Taken off the list; what was marked stays."""


class CampaignChange(Base):
    """What was changed about a campaign, by whom and why; only ever added."""

    __tablename__ = "campaign_change"
    __table_args__ = (CheckConstraint("action IN ('edit', 'close', 'reopen')", name="action"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    at: Mapped[datetime] = _moment()
    actor: Mapped[str]
    account_id: Mapped[int | None]
    action: Mapped[str]
    reason: Mapped[str | None]
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Field -> before and after."""


class CampaignMark(Base):
    """An item ticked, or taken back, in a grid; the latest by its own time holds."""

    __tablename__ = "campaign_mark"
    __table_args__ = (Index("ix_campaign_mark_item_grid", "item_id", "grid_id"),)

    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("campaign_item.id"))
    grid_id: Mapped[int] = mapped_column(ForeignKey("grid.id"))
    marked_grid: Mapped[str]
    """Code of the grid it was made for; where that is no more, `grid_id` is its successor."""
    division_id: Mapped[int | None]
    """Community of the grid."""
    done: Mapped[bool]
    note: Mapped[str | None]
    content_hash: Mapped[str]
    account_id: Mapped[int | None]
    actor: Mapped[str]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    received_at: Mapped[datetime] = _moment()
    clock_error_s: Mapped[int] = mapped_column(server_default="0")
