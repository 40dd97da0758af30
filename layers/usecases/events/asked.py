"""A step as it is asked for: whether it follows, whether it is there already, when it is due then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, RefusedInputError
from layers.db import actor_of
from layers.usecases.events.clock import correct
from layers.usecases.events.flow import CLOSED, Step, find_step, steps_from
from layers.usecases.events.routing import Handler, due, due_of_level, end_of_day
from layers.usecases.events.rules import HeldEventRules

MAX_NOTE = 1000


@dataclass(frozen=True)
class Asked:
    """A step as it is asked for."""

    action: str
    note: str | None = None
    level: str | None = None
    """To whom it is dispatched; as it is when left out."""
    grid: str | None = None
    """Which grid it is, when dispatched: decides a border case."""
    until: date | None = None
    """To when it is deferred."""
    state: str | None = None
    """The state it was in when this was asked, to refuse what somebody else has done meanwhile."""
    id: UUID | None = None
    """Made where the step was taken, so that it is one however often it is sent."""
    at: datetime | None = None
    """When it was written down, by the clock of `phone_now`."""
    phone_now: datetime | None = None
    photos: int = 0
    """How many follow; a step without an id has none."""


def is_taken(session: Session, event: UUID, asked: Asked) -> bool:
    """Say whether a step is there already by its id, after whoever is just taking it.

    A phone may send from its page and its service worker at once: the later one must find the step, not be refused
    because of it.

    Raises
    ------
    ConflictError
        `id_taken` where the id belongs to another step.
    RefusedInputError
        `bad_parameter` for photos of a step without an id.
    """
    if asked.id is None:
        if asked.photos:
            raise RefusedInputError("bad_parameter", "photos follow a step by its `id`")
        return False
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))"), {"id": str(asked.id)}
    )
    row = session.execute(
        text(
            "SELECT event_id, action, note, photos, account_id FROM event_step WHERE client_id = :id"
        ),
        {"id": asked.id},
    ).one_or_none()
    if row is None:
        return False
    if tuple(row) != (event, asked.action, asked.note, asked.photos, actor_of(session).account):
        raise ConflictError("id_taken", "this id belongs to another step; nothing was stored")
    return True


def step_of(row: Any, asked: Asked) -> Step:
    """Return the step that is asked for, where it follows from the state and says why."""
    step = find_step(row.state, asked.action)
    if step is None:
        possible = ", ".join(steps_from(row.state)) or "none"
        raise ConflictError(
            "bad_event_step",
            f"{asked.action} does not follow {row.state}; possible are: {possible}",
        )
    _require_note(step, asked.note)
    return step


def written_at(asked: Asked, now: datetime) -> datetime | None:
    """Return when a step was written down, where that is told."""
    if asked.at is None or asked.phone_now is None:
        return None
    return correct(asked.at, asked.phone_now, now).at


def details_of(asked: Asked, written: datetime | None) -> dict[str, Any] | None:
    """Return what the history keeps of a step beside its words."""
    found = {
        "until": asked.until and asked.until.isoformat(),
        "written_at": written and written.isoformat(timespec="seconds"),
    }
    return {name: value for name, value in found.items() if value} or None


def _require_note(step: Step, note: str | None) -> None:
    if step.note and not (note or "").strip():
        raise RefusedInputError("note_needed", f"{step.action} needs a sentence why")
    if note is not None and len(note) > MAX_NOTE:
        raise RefusedInputError("bad_parameter", f"a note has at most {MAX_NOTE} characters")


def having(row: Any) -> Handler:
    """Return who has an event now."""
    return Handler(row.level, row.handler_division, row.handler_office)


def due_after(
    step: Step, row: Any, asked: Asked, handler: Handler, held: HeldEventRules, now: datetime
) -> datetime | None:
    """Return when the state after a step is due."""
    if step.end in CLOSED:
        return None
    if step.action == "defer":
        if asked.until is None or asked.until < now.date():
            raise RefusedInputError(
                "bad_parameter", "a deferral names the day until which, from today"
            )
        return end_of_day(held.calendar, asked.until)
    if step.action == "feedback":
        return due_of_level(held, "verify", now)
    if step.action in {"dispatch", "fail", "return"} or row.state == "deferred":
        return due(held, handler, now)
    found: datetime = row.due_at
    return found
