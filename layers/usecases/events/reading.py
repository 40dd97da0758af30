"""Events as they are shown: one's own, a list with filters, points of a map, one with its history.

A grid that came into force this morning has its events this morning, whether or not the housekeeper has written that
down: while the version an event was routed to is not in force, its grid is looked up by its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import NotFoundError, RefusedInputError
from layers.areas import reaches
from layers.db import actor_of
from layers.registry import effective
from layers.rights import Actor, Right
from layers.usecases.events.filter import CURRENT, GRID_CODE, HAS, NUMBER, EventFilter
from layers.usecases.events.flow import CLOSED, NEXT, STATES, steps_from, work_from
from layers.usecases.events.routing import find_place
from layers.usecases.events.rules import EventRules, HeldEventRules, rules_at, rules_for_actor
from layers.usecases.events.working_time import Calendar

NEAR_M, NEAR_DAYS, MOST_NEAR = 50, 7, 10
"""What counts as the same thing reported twice."""
MOST_ROWS, MOST_POINTS = 500, 20_000
SELECT = f"""
    SELECT e.id, {NUMBER} AS number, e.category, ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat, e.accuracy_m,
        e.placed, e.building, e.text, e.photos, e.reporter, e.reporter_account, e.reported_at, e.received_at,
        e.clock_error_s, e.state, e.level, e.handler_division, e.handler_office, e.reported_grid,
        e.grid_id, e.grid_decided, e.border, e.division_id, e.due_at, e.escalations, e.duplicate_of,
        e.updated_at, coalesce(e.due_at < now(), false) AS overdue,
        {GRID_CODE} AS grid_code, {HAS} AS in_own_grid,
        coalesce(rv.name, nv.name, CASE WHEN e.due_at IS NULL THEN was.name END) AS grid_name,
        c.code AS community_code, c.name AS community_name, h.name AS handler_name, h.code AS handler_code,
        (SELECT {NUMBER.replace("e.", "m.")} FROM event m WHERE m.id = e.duplicate_of) AS duplicate_number,
        ARRAY(SELECT p.n FROM event_photo p WHERE p.event_id = e.id ORDER BY p.n) AS photos_kept
    FROM event e {CURRENT}
    LEFT JOIN division_version c ON c.division_id = e.division_id AND {effective("c")}
    LEFT JOIN division_version h ON h.division_id = e.handler_division AND {effective("h")}
"""
ORDER = "ORDER BY e.received_at DESC, e.number DESC"


def list_events(
    session: Session, wanted: EventFilter, limit: int = 100, offset: int = 0
) -> dict[str, Any]:
    """Return rows, the newest first, with how many there are by state.

    Raises
    ------
    RefusedInputError, NotFoundError
        See `EventFilter.sql`.
    """
    held = rules_for_actor(session)
    condition, values = wanted.sql(session, held.rules)
    rows = session.execute(
        text(f"{SELECT} WHERE {condition} {ORDER} LIMIT :limit OFFSET :offset"),
        {**values, "limit": min(limit, MOST_ROWS), "offset": offset},
    ).all()
    counted = session.execute(
        text(
            "SELECT e.state, count(*) AS n, count(*) FILTER (WHERE e.due_at < now()) AS overdue "
            f"FROM event e {CURRENT} WHERE {condition} GROUP BY e.state"
        ),
        values,
    ).all()
    by_state = {row.state: int(row.n) for row in counted}
    return {
        "total": sum(by_state.values()),
        "open": sum(n for state, n in by_state.items() if state not in CLOSED),
        "overdue": sum(int(row.overdue) for row in counted),
        "by_state": {state: by_state[state] for state in STATES if state in by_state},
        "events": [_row(actor_of(session), row, held) for row in rows],
    }


def event_points(session: Session, wanted: EventFilter) -> dict[str, Any]:
    """Return the places of what a filter finds, in columns, and how many were left out (none as a rule)."""
    rules = rules_for_actor(session).rules
    condition, values = wanted.sql(session, rules)
    rows = session.execute(
        text(
            f"SELECT e.id, {NUMBER} AS number, ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat, e.state, e.category, "
            f"coalesce(e.due_at < now(), false) AS overdue, count(*) OVER () AS total FROM event e {CURRENT} "
            f"WHERE {condition} {ORDER} LIMIT {MOST_POINTS}"
        ),
        values,
    ).all()
    total = int(rows[0].total) if rows else 0
    return {
        "total": total,
        "left_out": total - len(rows),
        "id": [str(row.id) for row in rows],
        "number": [row.number for row in rows],
        "lon": [round(row.lon, 7) for row in rows],
        "lat": [round(row.lat, 7) for row in rows],
        "state": [row.state for row in rows],
        "overdue": [row.overdue for row in rows],
    }


def stream_events(session: Session, wanted: EventFilter) -> tuple[HeldEventRules, Any]:
    """Return what holds and all rows a filter finds, oldest first."""
    held = rules_for_actor(session)
    condition, values = wanted.sql(session, held.rules)
    rows = session.execute(
        text(f"{SELECT} WHERE {condition} ORDER BY e.number"),
        values,
        execution_options={"yield_per": 1000},
    )
    return held, rows


def find_event(session: Session, event: UUID) -> Any:
    """Return the row of an event one may see.

    Raises
    ------
    NotFoundError
        `unknown_event`.
    """
    row = session.execute(text(f"{SELECT} WHERE e.id = :id"), {"id": event}).one_or_none()
    if row is None:
        raise NotFoundError("unknown_event", "there is no such event, or not for this account")
    return row


def find_id(session: Session, given: str) -> UUID:
    """Return the id of an event by its id or its number.

    Raises
    ------
    NotFoundError
        `unknown_event`.
    """
    try:
        return UUID(given)
    except ValueError:
        found = session.execute(
            text(f"SELECT e.id FROM event e WHERE {NUMBER} = :number"), {"number": given}
        ).scalar_one_or_none()
    if found is None:
        raise NotFoundError("unknown_event", f"there is no event {given!r}")
    return UUID(str(found))


def report_document(session: Session, event: UUID) -> dict[str, Any]:
    """Return an event as its reporter is answered: where it went, what lies nearby, which photos are missing."""
    row = find_event(session, event)
    held = rules_at(session, row.division_id)
    return {
        **_row(actor_of(session), row, held),
        "candidates": _candidates(session, row),
        "handler": {**_handler(row), "workers": _workers(session, row.grid_code)},
        "duplicates": nearby(session, row, held.rules),
    }


def event_card(session: Session, event: UUID) -> dict[str, Any]:
    """Return an event with its history, its photos and what the asker may do.

    Raises
    ------
    NotFoundError
        `unknown_event`.
    """
    row = find_event(session, event)
    steps = session.execute(
        text(
            "SELECT s.client_id AS id, s.at, s.actor, s.action, s.from_state, s.to_state, s.from_level, s.to_level, "
            "s.from_grid, s.to_grid, s.note, s.details, s.photos FROM event_step s WHERE s.event_id = :id "
            "ORDER BY s.id"
        ),
        {"id": event},
    ).mappings()
    of_steps = session.execute(
        text(
            "SELECT p.step, p.n, p.width, p.height, p.bytes FROM event_step_photo p "
            "JOIN event_step s ON s.client_id = p.step WHERE s.event_id = :id ORDER BY p.step, p.n"
        ),
        {"id": event},
    ).all()
    pictures = session.execute(
        text("SELECT n, width, height, bytes FROM event_photo WHERE event_id = :id ORDER BY n"),
        {"id": event},
    ).mappings()
    merged = session.execute(
        text(f"SELECT e.id, {NUMBER} AS number FROM event e WHERE e.duplicate_of = :id ORDER BY e.number"),
        {"id": event},
    )  # fmt: skip
    may = may_handle(actor_of(session), row)
    return {
        **report_document(session, event),
        "reporter": row.reporter,
        "reported_grid": row.reported_grid,
        "grid_decided": row.grid_decided,
        "history": [
            {
                **step,
                "pictures": [
                    {"n": one.n, "width": one.width, "height": one.height, "bytes": one.bytes}
                    for one in of_steps
                    if one.step == step["id"]
                ],
            }
            for step in steps
        ],
        "pictures": [dict(picture) for picture in pictures],
        "merged": [{"id": str(item.id), "number": item.number} for item in merged],
        "actions": _actions(actor_of(session), row, may),
        "handled_above": not may and actor_of(session).may(Right.HANDLE),
    }


def may_handle(actor: Actor, row: Any) -> bool:
    """Say whether an account handles an event: the division that has it now is in its area."""
    having = row.division_id if row.handler_division is None else row.handler_division
    return actor.may(Right.HANDLE) and reaches(actor, having)


def may_work(actor: Actor, row: Any) -> bool:
    """Say whether an account deals with an event as a worker of the grid that has it."""
    return bool(
        actor.role == "grid_worker"
        and row.in_own_grid
        and row.level == "grid"
        and row.due_at is not None
    )


def nearby(session: Session, row: Any, rules: EventRules) -> list[dict[str, Any]]:
    """Return open events of the same group close by: perhaps the same thing."""
    category = rules.find(row.category)
    keys = [row.category] if category is None else rules.keys_of_group(category.group)
    if row.duplicate_of is not None:
        return []
    found = session.execute(
        text(
            f"""
            SELECT e.id, {NUMBER} AS number, e.category, e.state, e.text, e.reported_at,
                ST_Distance(e.geom::geography, p.g::geography) AS metres
            FROM event e, (SELECT ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS g) p
            WHERE e.id <> :id AND e.due_at IS NOT NULL AND e.category = ANY(:keys)
              AND e.geom && ST_Expand(p.g, 0.002) AND ST_DWithin(e.geom::geography, p.g::geography, {NEAR_M})
              AND e.reported_at BETWEEN CAST(:at AS timestamptz) - interval '{NEAR_DAYS} days'
                  AND CAST(:at AS timestamptz) + interval '{NEAR_DAYS} days'
            ORDER BY metres, e.number LIMIT {MOST_NEAR}
            """
        ),
        {"lon": row.lon, "lat": row.lat, "id": row.id, "keys": keys, "at": row.reported_at},
    )
    return [
        {
            "id": str(item.id),
            "number": item.number,
            "category": item.category,
            "state": item.state,
            "text": item.text,
            "reported_at": item.reported_at.isoformat(timespec="seconds"),
            "metres": round(item.metres, 1),
        }
        for item in found
    ]


def deadline_of(row: Any, calendar: Calendar) -> dict[str, Any] | None:
    """Return whether the holidays of all years that a deadline may count are known; None where nothing is due."""
    if row.due_at is None:
        return None
    years = calendar.unknown_years(row.received_at, row.due_at)
    return {"calendar": "no_entry" if years else "complete", "years": years}


def _row(actor: Actor, row: Any, held: HeldEventRules) -> dict[str, Any]:
    rules = held.rules
    category = rules.find(row.category)
    group = None if category is None else rules.group_of(category)
    return {
        "id": str(row.id),
        "number": row.number,
        "category": row.category,
        "category_name": category.name if category else row.category,
        "category_name_en": category.name_en if category else row.category,
        "group": group and group.key,
        "lon": round(row.lon, 7),
        "lat": round(row.lat, 7),
        "accuracy_m": row.accuracy_m,
        "placed": row.placed,
        "building": row.building,
        "text": row.text,
        "state": row.state,
        "next_step": NEXT.get(row.state),
        "level": row.level,
        "grid": row.grid_code and {"code": row.grid_code, "name": row.grid_name},
        "community": row.community_code and {"code": row.community_code, "name": row.community_name},
        "handler": _handler(row),
        "border": row.border,
        "reported_at": _moment(row.reported_at),
        "received_at": _moment(row.received_at),
        "clock_error_s": row.clock_error_s,
        "due_at": _moment(row.due_at),
        "deadline": deadline_of(row, held.calendar),
        "overdue": row.overdue,
        "work": list(work_from(row.state)) if may_work(actor, row) else [],
        "escalations": row.escalations,
        "duplicate_of": row.duplicate_of and {"id": str(row.duplicate_of), "number": row.duplicate_number},
        "photos": row.photos,
        "photos_missing": [n for n in range(row.photos) if n not in set(row.photos_kept)],
    }  # fmt: skip


def _handler(row: Any) -> dict[str, Any]:
    name = row.handler_name
    if row.level == "grid":
        name = row.grid_name or row.grid_code
    return {"level": row.level, "name": name, "office": row.handler_office}


def _actions(actor: Actor, row: Any, handles: bool) -> list[str]:
    if handles:
        return [*steps_from(row.state), *(() if row.state in CLOSED else ("move", "merge"))]
    return list(work_from(row.state)) if may_work(actor, row) else []


def _candidates(session: Session, row: Any) -> list[Mapping[str, Any]]:
    if not row.border or row.state in CLOSED:
        return []
    try:
        return list(find_place(session, row.lon, row.lat, row.accuracy_m).candidates)
    except RefusedInputError:  # its divisions have gone since
        return []


def _workers(session: Session, grid: str | None) -> list[dict[str, Any]]:
    rows = session.execute(
        text(
            "SELECT w.name, w.work_phone, w.post FROM published.workers w WHERE w.grid = :grid ORDER BY 3, 1"
        ),
        {"grid": grid},
    ).mappings()
    return [dict(row) for row in rows]


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat(timespec="seconds")
