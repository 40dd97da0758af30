"""What is done with an event: a step on, by a desk or a worker of its grid; the pin moved; merged with the same."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, RefusedInputError
from layers.areas import reaches
from layers.audit import record
from layers.db import actor_of
from layers.rights import Right, RightsError
from layers.usecases.events.asked import (
    Asked,
    details_of,
    due_after,
    having,
    is_taken,
    step_of,
    written_at,
)
from layers.usecases.events.flow import CLOSED, LEVELS, TAKEN_BY_HAND
from layers.usecases.events.history import keep_step
from layers.usecases.events.reading import event_card, find_event, may_handle
from layers.usecases.events.routing import (
    GridFound,
    Handler,
    divisions_above,
    grid_by_code,
    handler_at,
    route,
)
from layers.usecases.events.rules import HeldEventRules, rules_at
from layers.usecases.events.work import take_work_step


def take_step(session: Session, event: UUID, asked: Asked) -> dict[str, Any]:
    """Take an event a step on and return its card; a step that is there already by its id is found, not taken again.

    Raises
    ------
    NotFoundError
        `unknown_event`.
    RightsError
        `no_right`, `not_handler`.
    ConflictError
        `bad_event_step` where the action does not follow from the state; `stale` when it is in another state now;
        `id_taken` for the id of another step.
    RefusedInputError
        `unknown_step`, `note_needed`, `unknown_grid`, `bad_parameter`.
    """
    actor = actor_of(session)
    actor.require(Right.REPORT)
    if is_taken(session, event, asked):
        return event_card(session, event)
    if asked.action not in TAKEN_BY_HAND:
        raise RefusedInputError("unknown_step", f"steps are {', '.join(TAKEN_BY_HAND)}")
    now = _now(session)
    written = written_at(asked, now)
    if not actor.may(Right.HANDLE):
        take_work_step(session, event, asked, written, now)
        return event_card(session, event)
    row = _held(session, event, asked.state)
    step = step_of(row, asked)
    held = rules_at(session, row.division_id)
    grid = _grid(session, asked) if asked.action == "dispatch" else None
    division = _division(session, row, grid)
    handler = _handler(session, row, asked, grid, division, held)
    changed: dict[str, Any] = {
        "state": step.end,
        "level": handler.level,
        "handler": handler.division,
        "office": handler.office,
        "due": due_after(step, row, asked, handler, held, now),
        "grid": row.grid_id if grid is None else grid.grid,
        "version": None if grid is None else grid.version,
        "decided": row.grid_decided or grid is not None,
        # Who may not reach the community of the grid hands the event over and leaves it to be found where it was.
        "division": division if reaches(actor, division) else row.division_id,
    }
    session.execute(
        text(
            "UPDATE event SET state = :state, level = :level, division_id = :division, handler_division = :handler, "
            "handler_office = :office, due_at = :due, grid_id = :grid, "
            "routed_version_id = coalesce(:version, routed_version_id), grid_decided = :decided, "
            "border = border AND NOT :decided, updated_at = now() WHERE id = :id"
        ),
        {**changed, "id": event},
    )
    keep_step(
        session,
        event,
        asked.action,
        from_state=row.state,
        to_state=step.end,
        from_level=row.level,
        to_level=handler.level,
        from_grid=row.grid_code if grid else None,
        to_grid=grid.code if grid else None,
        note=asked.note,
        details=details_of(asked, written),
        client_id=asked.id,
        photos=asked.photos,
    )
    record(
        session,
        "event.step",
        str(event),
        before={"state": row.state, "level": row.level},
        after={"action": asked.action, "state": step.end, "level": handler.level},
    )
    return event_card(session, event)


def move_pin(
    session: Session, event: UUID, lon: float, lat: float, note: str | None = None
) -> dict[str, Any]:
    """Put an open event somewhere else: it is routed again, and where it was stays in its history.

    Raises
    ------
    NotFoundError, RightsError
        See `take_step`; `outside_area` where the new place is another office's.
    ConflictError
        `closed_event`.
    RefusedInputError
        `outside_divisions`, `bad_position`.
    """
    row = _held(session, event, None)
    _require_open(row)
    now = _now(session)
    found = route(session, lon, lat, None, row.category, now)
    handler, due_at = found.handler, found.due_at
    if row.state != "reported" or row.escalations:
        # It is on somebody's desk already: the level stays, at the new place.
        above = divisions_above(session, found.place.division)
        handler, due_at = handler_at(above, row.level, row.handler_office), row.due_at
    session.execute(
        text(
            "UPDATE event SET geom = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), accuracy_m = NULL, "
            "placed = 'tap', grid_id = :grid, routed_version_id = :version, grid_decided = false, "
            "border = false, division_id = :division, level = :level, handler_division = :handler, "
            "handler_office = :office, due_at = :due, updated_at = now() WHERE id = :id"
        ),
        {
            "lon": lon,
            "lat": lat,
            "grid": found.grid.grid if found.grid else None,
            "version": found.grid.version if found.grid else None,
            "division": found.place.division,
            "level": handler.level,
            "handler": handler.division,
            "office": handler.office,
            "due": due_at,
            "id": event,
        },
    )
    keep_step(
        session,
        event,
        "move",
        from_state=row.state,
        to_state=row.state,
        from_level=row.level,
        to_level=handler.level,
        from_grid=row.grid_code,
        to_grid=found.grid.code if found.grid else None,
        note=note,
        details={"from": [round(row.lon, 7), round(row.lat, 7)], "to": [round(lon, 7), round(lat, 7)]},
    )  # fmt: skip
    record(session, "event.move", str(event), after={"grid": found.grid and found.grid.code})
    return event_card(session, event)


def merge(session: Session, event: UUID, into: UUID, note: str | None = None) -> dict[str, Any]:
    """Say that an event is the same thing as another one, which goes on; nothing is deleted.

    Raises
    ------
    NotFoundError
        `unknown_event`.
    RightsError
        `no_right`, `not_handler`.
    ConflictError
        `closed_event`, `same_event`, `merged_target`.
    """
    if event == into:
        raise ConflictError("same_event", "an event is not merged with itself")
    # In one order, so that two desks merging each other's do not wait for ever.
    rows = {each: _held(session, each, None) for each in sorted((event, into))}
    row, target = rows[event], rows[into]
    _require_open(row)
    if target.state == "merged":
        raise ConflictError(
            "merged_target", f"{target.number} was itself merged into another event"
        )
    session.execute(
        text(
            "UPDATE event SET state = 'merged', duplicate_of = :into, due_at = NULL, border = false, "
            "updated_at = now() WHERE id = :id"
        ),
        {"id": event, "into": into},
    )
    # Whatever had been merged into it follows, so that there is one event to look at.
    session.execute(
        text("UPDATE event SET duplicate_of = :into WHERE duplicate_of = :id"),
        {"id": event, "into": into},
    )
    keep_step(
        session,
        event,
        "merge",
        from_state=row.state,
        to_state="merged",
        from_level=row.level,
        to_level=row.level,
        note=note,
        details={"into": str(into), "number": target.number},
    )
    keep_step(
        session,
        into,
        "absorb",
        from_state=target.state,
        to_state=target.state,
        from_level=target.level,
        to_level=target.level,
        details={"event": str(event), "number": row.number},
    )
    record(session, "event.merge", str(event), after={"into": str(into)})
    return event_card(session, into)


def _held(session: Session, event: UUID, state: str | None) -> Any:
    """Return an event that the actor handles, locked until the end of the transaction."""
    actor = actor_of(session)
    actor.require(Right.HANDLE)
    row = find_event(session, event)
    if not may_handle(actor, row):
        raise RightsError(
            "not_handler", f"this event lies with the {row.level}; it is handled there"
        )
    session.execute(text("SELECT id FROM event WHERE id = :id FOR UPDATE"), {"id": event})
    row = find_event(session, event)
    if state is not None and row.state != state:
        raise ConflictError("stale", f"this event is {row.state} by now, no more {state}")
    return row


def _require_open(row: Any) -> None:
    if row.state in CLOSED:
        raise ConflictError("closed_event", f"this event is {row.state}")


def _grid(session: Session, asked: Asked) -> GridFound | None:
    if asked.grid is None:
        return None
    found = grid_by_code(session, asked.grid)
    if found is None:
        raise RefusedInputError("unknown_grid", f"there is no grid {asked.grid!r} today")
    return found


def _division(session: Session, row: Any, grid: GridFound | None) -> int | None:
    """Return whose an event is: the community of the grid that somebody decided on, else where it lies."""
    if grid is not None and grid.community is not None:
        return grid.community
    if row.grid_decided and row.grid_id is not None:
        found: int | None = session.execute(
            text("SELECT community_id FROM grid WHERE id = :grid"), {"grid": row.grid_id}
        ).scalar_one_or_none()
        if found is not None:
            return found
    kept: int | None = row.division_id
    return kept


def _handler(
    session: Session,
    row: Any,
    asked: Asked,
    grid: GridFound | None,
    division: int | None,
    held: HeldEventRules,
) -> Handler:
    """Return who has the event after a step: as before, unless it is dispatched."""
    if asked.action != "dispatch":
        return having(row)
    level = asked.level or ("grid" if grid is not None else row.level)
    if level not in LEVELS:
        raise RefusedInputError("bad_parameter", f"levels are {', '.join(LEVELS)}")
    if level == "grid" and grid is None and row.grid_id is None:
        raise RefusedInputError("unknown_grid", "this event lies in no grid; name one, or a level")
    category = held.rules.find(row.category)
    first = category is not None and category.level == level
    return handler_at(
        divisions_above(session, division) if division is not None else {},
        level,
        category.office if first and category else None,
        category.hours if first and category else None,
    )


def _now(session: Session) -> datetime:
    found: datetime = session.execute(text("SELECT now()")).scalar_one()
    return found
