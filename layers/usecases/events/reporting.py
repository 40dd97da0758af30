"""Taking a report: exactly once by the id its phone gave it, routed to the grid of its place today."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, RefusedInputError
from layers.audit import record
from layers.db import actor_of
from layers.models import MAX_PHOTOS
from layers.rights import Right
from layers.usecases.events.clock import correct
from layers.usecases.events.history import keep_step
from layers.usecases.events.reading import report_document
from layers.usecases.events.routing import grid_on, route
from layers.usecases.events.working_time import ZONE

MAX_TEXT = 1000
PLACED = ("gps", "tap", "building", "qr")


@dataclass(frozen=True)
class Report:
    """What a phone sends."""

    id: UUID
    category: str
    lon: float | None
    lat: float | None
    placed: str
    reported_at: datetime
    phone_now: datetime
    accuracy_m: float | None = None
    building: str | None = None
    text: str | None = None
    photos: int = 0
    queue_no: int | None = None

    def content_hash(self) -> str:
        """Return what tells this report from another one of the same id; how it travelled is no part of it."""
        said = asdict(self)
        for name in ("phone_now", "queue_no"):
            del said[name]
        said["reported_at"] = self.reported_at.timestamp()
        return hashlib.sha256(
            json.dumps(said, sort_keys=True, ensure_ascii=True, default=str).encode()
        ).hexdigest()


def take_report(session: Session, given: Report) -> tuple[dict[str, Any], bool]:
    """Store a report, or find it stored already, and return its document and whether it is new.

    Raises
    ------
    RightsError
        `no_right`.
    RefusedInputError
        `no_position`, `unknown_building`, `unknown_category`, `outside_divisions`, `bad_position`,
        `bad_accuracy`, `bad_time`, `bad_text`.
    ConflictError
        `id_taken`: the id belongs to another report.
    """
    actor = actor_of(session)
    actor.require(Right.REPORT)
    now: datetime = session.execute(text("SELECT now()")).scalar_one()
    if (known := _stored(session, given)) is not None:
        return known, False
    if given.placed not in PLACED or not 0 <= given.photos <= MAX_PHOTOS:
        raise RefusedInputError("bad_value", "placed or photos is not one of the values there are")
    if given.text is not None and len(given.text) > MAX_TEXT:
        raise RefusedInputError("bad_text", f"a text has at most {MAX_TEXT} characters")
    lon, lat, accuracy = _position(session, given)
    clock = correct(given.reported_at, given.phone_now, now)
    found = route(session, lon, lat, accuracy, given.category, now)
    then = grid_on(session, lon, lat, clock.at.astimezone(ZONE).date())
    stored = session.execute(
        text(
            """
            INSERT INTO event (id, category, geom, accuracy_m, placed, building, text, photos, content_hash,
                reporter_account, reporter, reported_at, clock_error_s, queue_no, state, level,
                handler_division, handler_office, reported_version_id, reported_grid, grid_id,
                routed_version_id, border, division_id, due_at)
            VALUES (:id, :category, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :accuracy, :placed, :building,
                :text, :photos, :hash, :account, :reporter, :reported_at, :clock_error, :queue_no, 'reported',
                :level, :handler, :office, :then, :then_code, :grid, :version, :border, :division, :due)
            ON CONFLICT (id) DO NOTHING RETURNING id
            """
        ),
        {
            "id": given.id,
            "category": given.category,
            "lon": lon,
            "lat": lat,
            "accuracy": accuracy,
            "placed": given.placed,
            "building": given.building,
            "text": given.text,
            "photos": given.photos,
            "hash": given.content_hash(),
            "account": actor.account,
            "reporter": actor.name,
            "reported_at": clock.at,
            "clock_error": clock.error_s,
            "queue_no": given.queue_no,
            "level": found.handler.level,
            "handler": found.handler.division,
            "office": found.handler.office,
            "then": then.version if then else None,
            "then_code": then.code if then else None,
            "grid": found.grid.grid if found.grid else None,
            "version": found.grid.version if found.grid else None,
            "border": bool(found.place.candidates),
            "division": found.place.division,
            "due": found.due_at,
        },
    ).scalar_one_or_none()
    if stored is None:
        # Somebody else's, or sent a moment ago beside this one: what is seen now decides.
        known = _stored(session, given)
        if known is None:
            raise _taken()
        return known, False
    keep_step(
        session,
        given.id,
        "report",
        to_state="reported",
        to_level=found.handler.level,
        from_grid=then.code if then else None,
        to_grid=found.grid.code if found.grid else None,
        details={"clock_error_s": clock.error_s} if clock.error_s else None,
    )
    record(session, "event.report", str(given.id), after={"category": given.category})
    return report_document(session, given.id), True


def _stored(session: Session, given: Report) -> dict[str, Any] | None:
    row = session.execute(
        text("SELECT content_hash, reporter_account FROM event WHERE id = :id"), {"id": given.id}
    ).one_or_none()
    if row is None:
        return None
    if (row.content_hash, row.reporter_account) != (
        given.content_hash(),
        actor_of(session).account,
    ):
        raise _taken()
    return report_document(session, given.id)


def _taken() -> ConflictError:
    return ConflictError("id_taken", "this id belongs to another report; nothing was stored")


def _position(session: Session, given: Report) -> tuple[float, float, float | None]:
    if (given.lon is None) != (given.lat is None):
        raise RefusedInputError("bad_position", "a position is degrees east and north")
    if given.lon is not None and given.lat is not None:
        return given.lon, given.lat, given.accuracy_m
    if given.building is None:
        raise RefusedInputError(
            "no_position", "a report needs a position, or the code of a building"
        )
    row = session.execute(
        text("SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM building WHERE code = :code"),
        {"code": given.building},
    ).one_or_none()
    if row is None:
        raise RefusedInputError("unknown_building", f"there is no building {given.building!r}")
    return row.lon, row.lat, None
