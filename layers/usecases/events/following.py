"""What happens to events by itself: open ones follow the grids of a new division, overdue ones go a level up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import RefusedInputError
from layers.db import Database
from layers.registry import effective
from layers.rights import Actor
from layers.usecases.events.flow import level_above
from layers.usecases.events.history import keep_step
from layers.usecases.events.routing import (
    GridFound,
    divisions_above,
    due_of_level,
    handler_at,
    route,
)
from layers.usecases.events.rules import rules_at

HOUSEKEEPER = Actor("wangge:housekeeper", "local", area=None, roots=None)
"""No account is called so: the sign : is in no name."""
LOCK = 0x77617565
BATCH = 500
log = structlog.get_logger()


def follow_events(database: Database, now: datetime | None = None) -> dict[str, int]:
    """Let open events follow the grids in force and escalate those that are overdue; return how many.

    Parameters
    ----------
    now
        The moment deadlines are held against; the database's when left out.
    """
    with database.acting(HOUSEKEEPER).session() as session:
        mine = session.execute(
            text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}
        ).scalar_one()
        if not mine:
            return {"followed": 0, "escalated": 0}
        return {"followed": follow_grids(session), "escalated": escalate(session, now)}


def follow_grids(session: Session) -> int:
    """Move open events whose grid is in force no more to its successor; return how many changed grids.

    The grid at the place of the event follows; one that somebody decided on stays while it exists.
    """
    rows = session.execute(
        text(
            f"""
            SELECT e.id, e.category, ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat, e.accuracy_m, e.state, e.level,
                e.handler_office, e.grid_id, e.grid_decided, e.reported_at, was.code AS code,
                kept.id AS kept, kept.code AS kept_code
            FROM event e LEFT JOIN grid_version was ON was.id = e.routed_version_id
            LEFT JOIN grid_version kept ON e.grid_decided AND kept.grid_id = e.grid_id AND {effective("kept")}
            WHERE e.due_at IS NOT NULL AND NOT EXISTS (
                SELECT FROM grid_version v WHERE v.id = e.routed_version_id AND {effective("v")})
              AND (e.routed_version_id IS NOT NULL OR e.grid_id IS NOT NULL OR EXISTS (
                SELECT FROM grid_version v WHERE v.geom && e.geom AND ST_Intersects(v.geom, e.geom)
                AND {effective("v")}))
            ORDER BY e.number LIMIT {BATCH}
            FOR UPDATE OF e SKIP LOCKED
            """
        )
    ).all()
    return sum(_follow(session, row) for row in rows)


def _follow(session: Session, row: Any) -> bool:
    if row.kept is not None:
        _set(session, row, row.grid_id, row.kept)
        return False
    try:
        found = route(session, row.lon, row.lat, row.accuracy_m, row.category, row.reported_at)
    except RefusedInputError as error:  # in no division any more, or of a category that is gone
        log.warning("an event cannot follow its grid", event=str(row.id), reason=error.message)
        return False
    grid: GridFound | None = found.grid
    number, version = (grid.grid, grid.version) if grid else (None, None)
    if (number, version) == (None, None) and row.grid_id is None:
        return False
    handler = handler_at(
        divisions_above(session, found.place.division), row.level, row.handler_office
    )
    session.execute(
        text(
            "UPDATE event SET division_id = :division, handler_division = :handler, level = :level, "
            "border = :border, grid_decided = false WHERE id = :id"
        ),
        {
            "division": found.place.division,
            "handler": handler.division,
            "level": handler.level,
            "border": bool(found.place.candidates),
            "id": row.id,
        },
    )
    _set(session, row, number, version)
    if number == row.grid_id:
        return False
    keep_step(
        session,
        row.id,
        "follow",
        from_state=row.state,
        to_state=row.state,
        from_level=row.level,
        to_level=handler.level,
        from_grid=row.code,
        to_grid=grid.code if grid else None,
    )
    return True


def _set(session: Session, row: Any, grid: int | None, version: int | None) -> None:
    session.execute(
        text(
            "UPDATE event SET grid_id = :grid, routed_version_id = :version, updated_at = now() WHERE id = :id"
        ),
        {"grid": grid, "version": version, "id": row.id},
    )


def escalate(session: Session, now: datetime | None = None) -> int:
    """Hand every overdue event to the next level, with that level's time; return how many went.

    At the county there is no higher level: it stays overdue, and is listed as such.
    """
    moment: datetime = now or session.execute(text("SELECT now()")).scalar_one()
    rows = session.execute(
        text(
            "SELECT id, state, level, division_id, due_at FROM event WHERE due_at < :now "
            f"AND level <> 'county' ORDER BY number LIMIT {BATCH} FOR UPDATE SKIP LOCKED"
        ),
        {"now": moment},
    ).all()
    gone = 0
    for row in rows:
        above = level_above(row.level)
        if above is None:
            continue
        held = rules_at(session, row.division_id)
        handler = handler_at(
            divisions_above(session, row.division_id) if row.division_id else {}, above, None
        )
        until = due_of_level(held, "verify" if row.state == "feedback" else handler.level, moment)
        session.execute(
            text(
                "UPDATE event SET level = :level, handler_division = :handler, handler_office = NULL, "
                "due_at = :due, escalations = escalations + 1, updated_at = now() WHERE id = :id"
            ),
            {
                "level": handler.level,
                "handler": handler.division,
                "due": until,
                "id": row.id,
            },
        )
        keep_step(
            session,
            row.id,
            "escalate",
            from_state=row.state,
            to_state=row.state,
            from_level=row.level,
            to_level=handler.level,
            details={"due_at": row.due_at.isoformat(timespec="seconds")},
        )
        gone += 1
    return gone
