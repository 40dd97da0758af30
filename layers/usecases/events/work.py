"""Small things stay in the grid: what its worker does with an event of it.

Who, which event and which step is the database's to say (`work_on_event`): a worker changes nothing else of an event.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError
from layers.audit import record
from layers.db import actor_of
from layers.rights import Right, RightsError
from layers.usecases.events.asked import Asked, due_after, having, step_of
from layers.usecases.events.flow import BY_ACTION
from layers.usecases.events.reading import find_event, may_work
from layers.usecases.events.routing import Handler
from layers.usecases.events.rules import rules_at


def take_work_step(
    session: Session, event: UUID, asked: Asked, written: datetime | None, now: datetime
) -> None:
    """Take a step as a worker of the grid; the database looks at event, post and step once more.

    What is returned goes to the community; everything else stays with the grid.

    Raises
    ------
    NotFoundError
        `unknown_event`.
    RightsError
        `no_right` for a step of a desk, `not_handler`.
    ConflictError
        `bad_event_step`, `stale`.
    RefusedInputError
        `note_needed`, `bad_parameter`.
    """
    if not BY_ACTION[asked.action].worker:
        actor_of(session).require(Right.HANDLE)
    row = find_event(session, event)
    if not may_work(actor_of(session), row):
        raise RightsError(
            "not_handler",
            f"this event lies with the {row.level}; a worker deals with events of the own grid alone",
        )
    if asked.state is not None and row.state != asked.state:
        raise ConflictError("stale", f"this event is {row.state} by now, no more {asked.state}")
    step = step_of(row, asked)
    held = rules_at(session, row.division_id)
    goes = Handler("community", row.handler_division, None) if step.action == "return" else None
    until = due_after(step, row, asked, goes or having(row), held, now)
    fresh = session.execute(
        text("SELECT work_on_event(:event, :id, :action, :note, :due, :written, :photos)"),
        {
            "event": event,
            "id": asked.id,
            "action": asked.action,
            "note": asked.note,
            "due": None if until == row.due_at else until,
            "written": written,
            "photos": asked.photos,
        },
    ).scalar_one()
    if fresh:
        after = {"action": asked.action, "state": step.end}
        before = {"state": row.state, "level": row.level}
        record(session, "event.step", str(event), before=before, after=after)
