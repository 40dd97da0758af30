"""Who holds which post in which grid."""

from __future__ import annotations

import base64
import binascii
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from api.deps import SessionDep
from api.files import send_file
from api.schemas import postings as schemas
from gis.errors import RefusedInputError
from layers.usecases.error_workbook import Mark
from layers.usecases.postings import changes, ledger, listing, people, posts, who

router = APIRouter(tags=["postings"])
Posting = Annotated[int, Path(ge=1, le=2**31 - 1)]
Divisions = Annotated[str | None, Query(pattern=r"^[0-9,]+$", min_length=2, max_length=4000)]
SetName = Annotated[str | None, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]


def _person(given: schemas.Whom) -> people.Person:
    return people.Person(given.worker, given.name, given.work_phone)


@router.get("/api/posts")
def all_posts(session: SessionDep) -> schemas.Posts:
    """Return the catalogue of posts in the order of lists."""
    return schemas.Posts(**posts.list_posts(session))


@router.post("/api/posts", status_code=201)
def put_post(given: schemas.NewPost, session: SessionDep) -> schemas.Post:
    """Add a post, or say how a known one is shown and whether its holder answers for the grid."""
    return schemas.Post(**posts.set_post(session, posts.PostDraft(**given.model_dump())))


@router.get("/api/workers")
def workers(
    session: SessionDep,
    q: Annotated[str, Query(max_length=60)] = "",
    division: Divisions = None,
) -> schemas.Workers:
    """Return the workers one sees, by name or number."""
    return schemas.Workers(**people.list_workers(session, q, division))


@router.post("/api/workers", status_code=201)
def add_worker(given: schemas.NewWorker, session: SessionDep) -> schemas.Worker:
    """Put a person on the list of a division."""
    return schemas.Worker(
        **people.add_worker(session, given.name, given.work_phone, given.division)
    )


@router.patch("/api/workers/{worker}")
def change_worker(
    worker: Posting, given: schemas.WorkerChange, session: SessionDep
) -> schemas.Worker:
    """Correct a person's name and work phone."""
    return schemas.Worker(**people.change_worker(session, worker, given.name, given.work_phone))


@router.get("/api/postings")
def who_answered(
    session: SessionDep,
    grid: Annotated[str, Query(pattern=r"^[0-9A-Za-z-]{1,40}$")],
    on: date | None = None,
) -> schemas.WhoAnswered:
    """Return who was responsible for a grid on a day: holders, substitutes, and all postings ever."""
    return schemas.WhoAnswered(**who.who_answered(session, grid, on))


@router.get("/api/postings/area")
def people_of_area(
    session: SessionDep,
    division: Divisions = None,
    on: date | None = None,
    basis: Literal["resident", "registered", "planned"] = "resident",
    rules: SetName = None,
    many: Annotated[int, Query(ge=1, le=1000)] = listing.MANY_GRIDS,
) -> schemas.PeopleOfArea:
    """Return the grids of an area on a day with their people, the figures and the warnings."""
    return schemas.PeopleOfArea(**listing.list_postings(session, division, on, basis, rules, many))


@router.post("/api/postings", status_code=201)
def assign(given: schemas.Assignment, session: SessionDep) -> schemas.Assigned:
    """Give a person a post in one or many grids: all or none."""
    return schemas.Assigned(
        **changes.assign(
            session, _person(given), given.grids, given.post, given.valid_from, given.valid_to,
            replace=given.replace,
        )
    )  # fmt: skip


@router.post("/api/postings/ledger")
def read_ledger(given: schemas.Ledger, session: SessionDep) -> schemas.LedgerSummary:
    """Look at a ledger, or store it; a refused row refuses all of it, with the reason for each."""
    content = _content(given.content)
    found = ledger.read_ledger(session, given.file, content, dry_run=given.dry_run)
    return schemas.LedgerSummary(**{**found, "file": given.file})


@router.post("/api/postings/ledger/marked", response_class=Response)
def mark_ledger(given: schemas.MarkedLedger) -> Response:
    """Return a refused ledger as a workbook with what is wrong marked in it; nothing is stored."""
    marks = [Mark(mark.row, mark.field, mark.reason) for mark in given.marks]
    marked = ledger.mark_ledger(given.file, _content(given.content), marks, given.title)
    return send_file("refused.xlsx", lambda target: target.write_bytes(marked))


def _content(given: str) -> bytes:
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RefusedInputError("bad_ledger", "the content is no base64") from error


@router.post("/api/postings/{posting}/end")
def end(posting: Posting, given: schemas.Ending, session: SessionDep) -> schemas.Ended:
    """End a posting on a day; one that has not begun is taken off."""
    return schemas.Ended(**changes.end_posting(session, posting, given.on))


@router.post("/api/postings/{posting}/hand-over", status_code=201)
def hand_over(posting: Posting, given: schemas.HandOver, session: SessionDep) -> schemas.HandedOver:
    """Let another person hold the post from a day on, without a gap."""
    return schemas.HandedOver(**changes.hand_over(session, posting, _person(given), given.on))


@router.post("/api/postings/{posting}/substitutes", status_code=201)
def substitute(
    posting: Posting, given: schemas.Substitution, session: SessionDep
) -> schemas.Substituted:
    """Let another person answer in the holder's place for some days."""
    return schemas.Substituted(
        **changes.put_substitute(session, posting, _person(given), given.valid_from, given.valid_to)
    )
