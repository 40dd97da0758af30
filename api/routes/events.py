"""Events: what phones report, what desks do with it. Off by default (`WANGGE_EVENTS`)."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import FileResponse

from api.deps import EventsOnDep, RawBodyDep, SameAccountDep, ServicesDep, SessionDep, StoreDep
from api.files import send_file
from api.schemas.events import (
    Categories,
    EventAnswer,
    EventCard,
    EventPoints,
    EventReport,
    Events,
    Merge,
    Move,
    PhotoAnswer,
    Step,
)
from layers.usecases.events import photos, reading, steps
from layers.usecases.events.asked import Asked as AskedStep
from layers.usecases.events.export import export_events
from layers.usecases.events.filter import EventFilter
from layers.usecases.events.reporting import Report, take_report
from layers.usecases.events.rules import rules_for_actor

router = APIRouter(tags=["events"], dependencies=[EventsOnDep])
Number = Annotated[int, Path(ge=0, le=5)]
Word = Annotated[str | None, Query(max_length=100)]
PICTURE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@dataclass
class Asked:
    """The filter as query parameters."""

    state: Word = None
    category: Word = None
    level: Literal["grid", "community", "township", "county"] | None = None
    overdue: bool = False
    border: bool = False
    division: Word = None
    grid: Word = None
    q: Word = None
    from_: Annotated[date | None, Query(alias="from")] = None
    to: date | None = None
    mine: bool = False
    own_grids: bool = False

    def filter(self) -> EventFilter:
        """Return the filter of the use case."""
        return EventFilter(**self.__dict__)


AskedDep = Annotated[Asked, Depends()]


@router.get("/api/event-categories")
def categories(session: SessionDep) -> Categories:
    """Return what can be reported: a group, then a category."""
    return Categories.model_validate({"categories": rules_for_actor(session).rules.rows()})


@router.post("/api/events", dependencies=[SameAccountDep], status_code=201)
def report(given: EventReport, session: SessionDep, response: Response) -> EventAnswer:
    """Take a report: 201, and 200 with what is stored when it is sent again."""
    found, fresh = take_report(session, Report(**given.model_dump()))
    response.status_code = 201 if fresh else 200
    return EventAnswer(**found)


@router.get("/api/events")
def events(
    asked: AskedDep,
    session: SessionDep,
    limit: Annotated[int, Query(ge=1, le=reading.MOST_ROWS)] = 100,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> Events:
    """Return events of one's area, one's own (`mine`) or those of one's own grids (`own_grids`), the newest first."""
    return Events(**reading.list_events(session, asked.filter(), limit, offset))


@router.get("/api/events/points")
def points(asked: AskedDep, session: SessionDep) -> EventPoints:
    """Return the places of what a filter finds."""
    return EventPoints(**reading.event_points(session, asked.filter()))


@router.get("/api/events/export.xlsx", response_class=Response)
def export(asked: AskedDep, store: StoreDep) -> Response:
    """Return what a filter finds as a workbook; that is recorded."""
    return send_file("events.xlsx", lambda target: export_events(store, asked.filter(), target))


@router.get("/api/events/{event}")
def card(event: UUID, session: SessionDep) -> EventCard:
    """Return an event with its history, its photos and what one may do with it."""
    return EventCard(**reading.event_card(session, event))


@router.post("/api/events/{event}/steps", dependencies=[SameAccountDep])
def step(event: UUID, given: Step, session: SessionDep) -> EventCard:
    """Take an event a step on: its desk any, a worker of its grid some; once, where the step has an id."""
    return EventCard(**steps.take_step(session, event, AskedStep(**given.model_dump())))


@router.post("/api/events/{event}/move", dependencies=[SameAccountDep])
def move(event: UUID, given: Move, session: SessionDep) -> EventCard:
    """Put the pin somewhere else; the event is routed again."""
    return EventCard(**steps.move_pin(session, event, given.lon, given.lat, given.note))


@router.post("/api/events/{event}/merge", dependencies=[SameAccountDep])
def merge(event: UUID, given: Merge, session: SessionDep) -> EventCard:
    """Say that it is the same as another event, and return that one."""
    return EventCard(**steps.merge(session, event, given.into, given.note))


@router.put(
    "/api/events/{event}/photos/{n}",
    dependencies=[SameAccountDep],
    status_code=201,
    openapi_extra=PICTURE,
)
def put_photo(
    event: UUID,
    n: Number,
    content: RawBodyDep,
    session: SessionDep,
    parts: ServicesDep,
    response: Response,
) -> PhotoAnswer:
    """Take the bytes of a photo: 201, and 200 when the same bytes are sent again."""
    fresh, missing = photos.keep_photo(session, parts.settings.photo_folder, event, n, content)
    response.status_code = 201 if fresh else 200
    return PhotoAnswer(n=n, photos_missing=missing)


@router.get("/api/events/{event}/photos/{n}", response_class=Response)
def get_photo(event: UUID, n: Number, session: SessionDep, parts: ServicesDep) -> Response:
    """Return a photo of an event one may see."""
    return _picture(*photos.find_photo(session, parts.settings.photo_folder, event, n))


@router.put(
    "/api/events/{event}/steps/{step}/photos/{n}",
    dependencies=[SameAccountDep],
    status_code=201,
    openapi_extra=PICTURE,
)
def put_step_photo(
    event: UUID,
    step: UUID,
    n: Number,
    content: RawBodyDep,
    session: SessionDep,
    parts: ServicesDep,
    response: Response,
) -> PhotoAnswer:
    """Take the bytes of a photo of a step one took: 201, and 200 when the same bytes are sent again."""
    folder = parts.settings.photo_folder
    fresh, missing = photos.keep_step_photo(session, folder, event, step, n, content)
    response.status_code = 201 if fresh else 200
    return PhotoAnswer(n=n, photos_missing=missing)


@router.get("/api/events/{event}/steps/{step}/photos/{n}", response_class=Response)
def get_step_photo(
    event: UUID, step: UUID, n: Number, session: SessionDep, parts: ServicesDep
) -> Response:
    """Return a photo of a step of an event one may see."""
    return _picture(*photos.find_step_photo(session, parts.settings.photo_folder, event, step, n))


def _picture(path: pathlib.Path, name: str) -> Response:
    headers = {"Cache-Control": "private, no-cache", "ETag": f'"{name}"'}
    return FileResponse(path, media_type="image/jpeg", headers=headers)
