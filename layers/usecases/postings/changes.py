"""Changing who holds which post: give, end, hand over, put a substitute.

Days run from, inclusive, to, exclusive: whoever hands over on a day answers until the day before, the
next person from that day on. All or nothing; every change is audited and shows at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, Fault, NotFoundError, RefusedInputError
from layers.areas import reaches
from layers.audit import record
from layers.db import actor_of, touch
from layers.rights import Right, RightsError
from layers.usecases.postings.people import Person, person_of
from layers.usecases.postings.posts import MOST_CHARACTERS, PostBook

MOST_GRIDS = 1000
OVERLAPPING = (
    "daterange(p.valid_from, p.valid_to) && daterange(CAST(:start AS date), CAST(:end AS date))"
)
TODAY = text("SELECT current_date")


def assign(
    session: Session,
    person: Person,
    grids: Sequence[str],
    post: str,
    valid_from: date | None = None,
    valid_to: date | None = None,
    *,
    replace: bool = False,
) -> dict[str, Any]:
    """Give a person a post in one or many grids.

    Parameters
    ----------
    grids
        Codes in force on the first day.
    post
        Its name, code or shown word; one no list names is taken as it is.
    valid_from
        First day; today when left out.
    valid_to
        The day from which it holds no longer.
    replace
        End the others' postings of this post in these grids on that day.

    Raises
    ------
    RefusedInputError
        `bad_days`, `bad_posting`; `refused_grids` with a fault for each grid.
    NotFoundError
        `unknown_worker`.
    RightsError
        `no_right`, `outside_area`.
    """
    actor_of(session).require(Right.POSTINGS)
    today = session.execute(TODAY).scalar_one()
    start = valid_from or today
    _require_days(start, valid_to)
    found = _grids(session, grids, start)
    first = found[0]
    worker = person_of(session, person, first.community_id)
    book = PostBook(session)
    names = {row.grid_id: _post_name(book, row.community_id, post) for row in found}
    faults, ended, removed = [], [], []
    for row in found:
        given = {"grid": row.grid_id, "post": names[row.grid_id], "start": start, "end": valid_to}
        held = _held(session, given)
        if any(item.worker_id == worker for item in held):
            faults.append(Fault(field=row.code, reason="this person holds that post there already"))
            continue
        if replace:
            # Whoever began today, by a slip for instance, is taken off; what is planned is not undone in passing.
            slips = [item for item in held if item.valid_from == start == today]
            late = [item for item in held if item.valid_from >= start and item not in slips]
            faults += [
                Fault(field=row.code, reason=f"{item.name} begins there on {item.valid_from}")
                for item in late
            ]
            ended += [item for item in held if item.valid_from < start]
            removed += slips
    if faults:
        raise _refused(faults)
    for item in ended:
        _cut(session, item.id, start)
    _remove(session, [item.id for item in removed])
    postings = [
        {
            "posting": _insert(session, worker, row.grid_id, names[row.grid_id], start, valid_to),
            "grid": row.code,
            "post": names[row.grid_id],
            "valid_from": start,
            "valid_to": valid_to,
        }
        for row in found
    ]
    gone = [item.id for item in (*ended, *removed)]
    after = {
        "worker": worker, "grids": [row.code for row in found], "post": post, "valid_from": start,
        "valid_to": valid_to, "postings": [item["posting"] for item in postings], "ended": gone,
    }  # fmt: skip
    record(session, "posting.assign", str(worker), after=after)
    touch(session, "workers")
    return {"worker": worker, "postings": postings, "ended": gone}


def end_posting(session: Session, posting: int, on: date | None = None) -> dict[str, Any]:
    """End a posting on a day; one that has not begun yet is taken off.

    Substitutes end with it. `removed` says that it never held.

    Raises
    ------
    RefusedInputError
        `bad_days`.
    NotFoundError
        `unknown_posting`, also outside one's area.
    RightsError
        `no_right`.
    """
    row = _posting(session, posting)
    today = session.execute(TODAY).scalar_one()
    day = on or today
    # What begins today has not held for a whole day either.
    removed = (today < row.valid_from and day <= row.valid_from) or day == today == row.valid_from
    if not removed and not row.valid_from < day:
        raise RefusedInputError("bad_days", f"it began on {row.valid_from}; it ends on a later day")
    if not removed and row.valid_to is not None and row.valid_to < day:
        raise RefusedInputError("bad_days", f"it ended on {row.valid_to} already")
    if removed:
        _remove(session, [posting])
        substitutes = []
    else:
        substitutes = _cut(session, posting, day)
    after = {"valid_to": None if removed else day, "removed": removed, "substitutes": substitutes}
    record(session, "posting.end", str(posting), before=_noted(row), after=after)
    touch(session, "workers")
    return {"posting": posting, "grid": row.code, "valid_to": after["valid_to"], "removed": removed}


def _remove(session: Session, postings: Sequence[int]) -> None:
    """Take off what never held; its substitutes go with it."""
    session.execute(text("DELETE FROM posting WHERE id = ANY(:ids)"), {"ids": list(postings)})


def hand_over(
    session: Session, posting: int, person: Person, on: date | None = None
) -> dict[str, Any]:
    """Let another person hold a post from a day on: the one ends and the other begins, without a gap.

    The successor holds it as long as the holder would have.

    Raises
    ------
    RefusedInputError
        `bad_days`, `same_person`, `is_substitute`, `refused_grids`.
    NotFoundError
        `unknown_posting`, `unknown_worker`.
    RightsError
        `no_right`.
    """
    row = _posting(session, posting)
    day = on or session.execute(TODAY).scalar_one()
    _require_holder(row)
    if not row.valid_from < day or (row.valid_to is not None and row.valid_to < day):
        last = row.valid_to or "further on"
        raise RefusedInputError("bad_days", f"it is held from {row.valid_from} to {last}")
    worker = person_of(session, person, row.community_id)
    if worker == row.worker_id:
        raise RefusedInputError("same_person", "that is who holds it already")
    end = row.valid_to if row.valid_to is not None and row.valid_to > day else None
    given = {"grid": row.grid_id, "post": row.post, "start": day, "end": end}
    if any(item.worker_id == worker for item in _held(session, given)):
        reason = "this person holds that post there already"
        raise _refused([Fault(field=row.code, reason=reason)])
    substitutes = _cut(session, posting, day)
    number = _insert(session, worker, row.grid_id, row.post, day, end)
    after = {
        "posting": number, "worker": worker, "valid_from": day, "valid_to": end, "substitutes": substitutes,
    }  # fmt: skip
    record(session, "posting.hand_over", str(posting), before=_noted(row), after=after)
    touch(session, "workers")
    return {
        "ended": posting, "posting": number, "worker": worker, "grid": row.code, "post": row.post,
        "valid_from": day, "valid_to": end,
    }  # fmt: skip


def put_substitute(
    session: Session, posting: int, person: Person, valid_from: date, valid_to: date
) -> dict[str, Any]:
    """Let another person answer in the holder's place from a day until, exclusive, another.

    Raises
    ------
    RefusedInputError
        `bad_days` outside the holder's days, `same_person`, `is_substitute`.
    ConflictError
        `overlaps` where somebody stands in on one of those days.
    NotFoundError
        `unknown_posting`, `unknown_worker`.
    RightsError
        `no_right`.
    """
    row = _posting(session, posting)
    _require_days(valid_from, valid_to)
    _require_holder(row)
    if valid_from < row.valid_from or (row.valid_to is not None and row.valid_to < valid_to):
        last = row.valid_to or "further on"
        raise RefusedInputError("bad_days", f"the holder's days are {row.valid_from} to {last}")
    others = session.execute(
        text(
            "SELECT w.name, p.valid_from, p.valid_to FROM posting p JOIN worker w ON w.id = p.worker_id "
            f"WHERE p.substitute_for = :holder AND {OVERLAPPING} ORDER BY p.valid_from"
        ),
        {"holder": posting, "start": valid_from, "end": valid_to},
    ).all()
    if others:
        name, start, end = others[0]
        raise ConflictError("overlaps", f"{name} stands in from {start} to {end} already")
    worker = person_of(session, person, row.community_id)
    if worker == row.worker_id:
        raise RefusedInputError("same_person", "nobody stands in for themselves")
    number = _insert(session, worker, row.grid_id, row.post, valid_from, valid_to, posting)
    after = {
        "posting": number, "worker": worker, "valid_from": valid_from, "valid_to": valid_to,
    }  # fmt: skip
    record(session, "posting.substitute", str(posting), after=after)
    touch(session, "workers")
    return {
        "posting": number, "substitute_for": posting, "worker": worker, "grid": row.code,
        "valid_from": valid_from, "valid_to": valid_to,
    }  # fmt: skip


def _require_days(start: date, end: date | None) -> None:
    if end is not None and end <= start:
        raise RefusedInputError("bad_days", f"{end} is not after {start}")


def _require_holder(row: Any) -> None:
    if row.substitute_for is not None:
        raise RefusedInputError(
            "is_substitute", "that is a substitute's; name the holder's posting"
        )


def _refused(faults: Sequence[Fault]) -> RefusedInputError:
    more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
    return RefusedInputError(
        "refused_grids", f"{faults[0].field}: {faults[0].reason}{more}; nothing was changed", faults
    )


def _post_name(book: PostBook, community: int | None, post: str) -> str:
    word = post.strip()
    if not 0 < len(word) <= MOST_CHARACTERS or not word.isprintable():
        raise RefusedInputError("bad_posting", f"a post has 1 to {MOST_CHARACTERS} characters")
    return book.name_of(community, word)


def _grids(session: Session, codes: Sequence[str], day: date) -> list[Any]:
    """Return the grids of codes in force on a day, in the order given, each once."""
    wanted = list(dict.fromkeys(code.strip() for code in codes))
    if not 0 < len(wanted) <= MOST_GRIDS:
        raise RefusedInputError("bad_posting", f"a posting is given to 1 to {MOST_GRIDS} grids")
    rows = session.execute(
        text(
            "SELECT v.code, v.grid_id, g.community_id FROM grid_version v JOIN grid g ON g.id = v.grid_id "
            "WHERE v.code = ANY(:codes) AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)"
        ),
        {"codes": wanted, "day": day},
    ).all()
    found = {row.code: row for row in rows}
    lacking = [code for code in wanted if code not in found]
    if lacking:
        raise _refused([Fault(field=code, reason=f"no grid in force on {day}") for code in lacking])
    actor = actor_of(session)
    outside = [code for code in wanted if not reaches(actor, found[code].community_id)]
    if outside:
        raise RightsError("outside_area", f"outside the area of this account: {', '.join(outside)}")
    return [found[code] for code in wanted]


def _held(session: Session, given: dict[str, Any]) -> list[Any]:
    """Return who holds a post in a grid on any of some days."""
    return list(
        session.execute(
            text(
                "SELECT p.id, p.worker_id, w.name, p.valid_from FROM posting p JOIN worker w ON w.id = p.worker_id "
                "WHERE p.grid_id = :grid AND p.post = :post AND p.substitute_for IS NULL "
                f"AND {OVERLAPPING} ORDER BY p.valid_from, p.id"
            ),
            given,
        )
    )


def _posting(session: Session, posting: int) -> Any:
    """Return a posting, locked, with its grid's newest code.

    Raises
    ------
    NotFoundError
        `unknown_posting`.
    RightsError
        `no_right`.
    """
    actor_of(session).require(Right.POSTINGS)
    session.execute(text("SELECT 1 FROM posting WHERE id = :id FOR UPDATE"), {"id": posting})
    row = session.execute(
        text(
            "SELECT p.*, g.community_id, (SELECT v.code FROM grid_version v WHERE v.grid_id = p.grid_id "
            "ORDER BY v.valid_from DESC LIMIT 1) AS code FROM posting p JOIN grid g ON g.id = p.grid_id "
            "WHERE p.id = :id"
        ),
        {"id": posting},
    ).one_or_none()
    if row is None:
        raise NotFoundError("unknown_posting", f"there is no posting {posting}")
    return row


def _insert(
    session: Session,
    worker: int,
    grid: int,
    post: str,
    start: date,
    end: date | None,
    holder: int | None = None,
) -> int:
    number: int = session.execute(
        text(
            "INSERT INTO posting (worker_id, grid_id, post, valid_from, valid_to, substitute_for) "
            "VALUES (:worker, :grid, :post, :start, :end, :holder) RETURNING id"
        ),
        {
            "worker": worker,
            "grid": grid,
            "post": post,
            "start": start,
            "end": end,
            "holder": holder,
        },
    ).scalar_one()
    return number


def _cut(session: Session, posting: int, day: date) -> list[int]:
    """End a posting on a day with those who stand in for it; return the substitutes that changed."""
    gone = session.execute(
        text("DELETE FROM posting WHERE substitute_for = :id AND valid_from >= :day RETURNING id"),
        {"id": posting, "day": day},
    ).scalars()
    changed = list(gone)
    shorter = session.execute(
        text(
            "UPDATE posting SET valid_to = :day WHERE substitute_for = :id AND valid_to > :day RETURNING id"
        ),
        {"id": posting, "day": day},
    ).scalars()
    changed += list(shorter)
    session.execute(
        text("UPDATE posting SET valid_to = :day WHERE id = :id"), {"id": posting, "day": day}
    )
    return sorted(changed)


def _noted(row: Any) -> dict[str, Any]:
    return {
        "worker": row.worker_id, "grid": row.code, "post": row.post, "valid_from": row.valid_from,
        "valid_to": row.valid_to, "substitute_for": row.substitute_for,
    }  # fmt: skip
