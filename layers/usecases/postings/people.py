"""Persons who can be posted: a name and a work phone, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, Fault, NotFoundError, RefusedInputError
from layers.areas import below, ids_of, reaches, roots_of
from layers.audit import record
from layers.db import actor_of, touch
from layers.registry import effective
from layers.rights import Right, RightsError

MOST_FOUND = 500
MOST_CHARACTERS = 60
WORKERS = f"""
    SELECT w.id AS worker, w.name, w.work_phone, d.code AS division, d.name AS division_name,
           coalesce(array_agg(DISTINCT v.code ORDER BY v.code) FILTER (WHERE v.code IS NOT NULL), '{{{{}}}}') AS grids
    FROM worker w
    LEFT JOIN division_version d ON d.division_id = w.division_id AND {effective("d")}
    LEFT JOIN posting p ON p.worker_id = w.id AND {effective("p")}
    LEFT JOIN grid_version v ON v.grid_id = p.grid_id AND {effective("v")}
    WHERE {{where}}
    GROUP BY w.id, d.code, d.name ORDER BY w.name COLLATE "C", w.id LIMIT :most
"""


@dataclass(frozen=True)
class Person:
    """Somebody to be posted: a known worker by number, or a name that is looked up or added."""

    worker: int | None = None
    name: str | None = None
    work_phone: str | None = None


def list_workers(session: Session, q: str = "", division: str | None = None) -> dict[str, Any]:
    """Return the workers one sees, by name, with the grids they hold a post in today.

    Parameters
    ----------
    q
        Part of a name or of a telephone number.
    division
        Codes separated by commas; on whose list they are, or in whose grids they hold a post.

    Raises
    ------
    NotFoundError
        `unknown_division`.
    RightsError
        `outside_area`.
    """
    where = ["true"]
    given: dict[str, Any] = {"most": MOST_FOUND}
    if q.strip():
        where.append(
            "(strpos(lower(w.name), lower(:q)) > 0 OR strpos(coalesce(w.work_phone, ''), :q) > 0)"
        )
        given["q"] = q.strip()
    roots = roots_of(session, actor_of(session), division)
    if roots is not None:
        where.append(
            "(w.division_id = ANY(:ids) OR EXISTS (SELECT FROM posting x JOIN grid g ON g.id = x.grid_id "
            "WHERE x.worker_id = w.id AND g.community_id = ANY(:ids)))"
        )
        given["ids"] = sorted(below(session, roots))
    rows = session.execute(text(WORKERS.format(where=" AND ".join(where))), given).mappings()
    return {"workers": [dict(row) for row in rows]}


def person_of(session: Session, person: Person, division: int | None) -> int:
    """Return the number of a person, one that was not known yet put on the list of a division.

    Raises
    ------
    RefusedInputError
        `bad_worker`.
    NotFoundError
        `unknown_worker`, also for one the actor does not see.
    """
    if person.worker is not None:
        return int(_visible(session, person.worker).id)
    name, phone = _checked(person.name, person.work_phone)
    known = _same(session, name, phone)
    return known if known is not None else _add(session, name, phone, division)


def add_worker(
    session: Session, name: str, work_phone: str | None, division: str
) -> dict[str, Any]:
    """Put somebody on the list of a division and return who that is.

    Raises
    ------
    RefusedInputError
        `bad_worker`.
    NotFoundError
        `unknown_division`.
    RightsError
        `no_right`, `outside_area`.
    ConflictError
        `taken` where that name and telephone are known.
    """
    actor = actor_of(session)
    actor.require(Right.POSTINGS)
    given_name, phone = _checked(name, work_phone)
    number = ids_of(session, [division])[division]
    if not reaches(actor, number):
        raise RightsError("outside_area", f"outside the area of this account: {division}")
    if _same(session, given_name, phone) is not None:
        raise ConflictError("taken", f"{given_name} with that telephone is on a list already")
    return _document(session, _add(session, given_name, phone, number))


def change_worker(
    session: Session, worker: int, name: str, work_phone: str | None
) -> dict[str, Any]:
    """Correct the name and telephone of a worker; everything that names them changes at once.

    Raises
    ------
    RefusedInputError
        `bad_worker`.
    NotFoundError
        `unknown_worker`.
    RightsError
        `no_right`, `outside_area`.
    ConflictError
        `taken`.
    """
    actor = actor_of(session)
    actor.require(Right.POSTINGS)
    known = _visible(session, worker)
    given_name, phone = _checked(name, work_phone)
    if _same(session, given_name, phone) not in (None, worker):
        raise ConflictError("taken", f"{given_name} with that telephone is on a list already")
    if not reaches(actor, known.division_id):
        raise RightsError(
            "outside_area", "that person is on a list outside the area of this account"
        )
    session.execute(
        text("UPDATE worker SET name = :name, work_phone = :phone WHERE id = :id"),
        {"id": worker, "name": given_name, "phone": phone},
    )
    before = {"name": known.name, "work_phone": known.work_phone}
    after = {"name": given_name, "work_phone": phone}
    record(session, "worker.change", str(worker), before=before, after=after)
    touch(session, "workers")
    return _document(session, worker)


def _checked(name: str | None, phone: str | None) -> tuple[str, str | None]:
    given, number = (name or "").strip(), (phone or "").strip()
    faults = list(_faults(given, number))
    if faults:
        raise RefusedInputError("bad_worker", f"{faults[0].field}: {faults[0].reason}", faults)
    return given, number or None


def is_telephone(written: str) -> bool:
    """Say whether somebody could be called there: not by what a spreadsheet makes of a long number."""
    return re.search(r"\d", written) is not None and not re.fullmatch(
        r"[\d.]+[eE][+-]?\d+", written
    )


def _faults(name: str, phone: str) -> Iterable[Fault]:
    if not 0 < len(name) <= MOST_CHARACTERS or not name.isprintable():
        yield Fault(field="name", reason=f"1 to {MOST_CHARACTERS} printable characters")
    if len(phone) > MOST_CHARACTERS or not phone.isprintable():
        yield Fault(field="work_phone", reason=f"at most {MOST_CHARACTERS} printable characters")
    elif phone and not is_telephone(phone):
        yield Fault(field="work_phone", reason=f"{phone} is no telephone number")


def _same(session: Session, name: str, phone: str | None) -> int | None:
    found: int | None = session.execute(
        text(
            "SELECT min(id) FROM worker WHERE name = :name AND coalesce(work_phone, '') = coalesce(:phone, '')"
        ),
        {"name": name, "phone": phone},
    ).scalar_one()
    return found


def _add(session: Session, name: str, phone: str | None, division: int | None) -> int:
    number: int = session.execute(
        text(
            "INSERT INTO worker (name, work_phone, division_id) VALUES (:name, :phone, :division) RETURNING id"
        ),
        {"name": name, "phone": phone, "division": division},
    ).scalar_one()
    after = {"name": name, "work_phone": phone, "division": division}
    record(session, "worker.add", str(number), after=after)
    touch(session, "workers")
    return number


def _visible(session: Session, worker: int) -> Any:
    row = session.execute(
        text("SELECT id, name, work_phone, division_id FROM worker WHERE id = :id"), {"id": worker}
    ).one_or_none()
    if row is None:
        raise NotFoundError("unknown_worker", f"there is no worker {worker}")
    return row


def _document(session: Session, worker: int) -> dict[str, Any]:
    rows = session.execute(text(WORKERS.format(where="w.id = :id")), {"id": worker, "most": 1})
    return dict(rows.mappings().one())
