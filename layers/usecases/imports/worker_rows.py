"""What the rows of a ledger of workers ask for: days by person, grid and post; all that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import Fault, RefusedInputError
from layers.areas import reaches, require_area
from layers.db import actor_of
from layers.io.parse import Rows
from layers.usecases.imports.skeleton import pairs, refuse
from layers.usecases.postings.people import is_telephone
from layers.usecases.postings.posts import PostBook

DEFAULT_POST = "网格员"
KNOWN = """
    SELECT w.name, coalesce(w.work_phone, '') AS phone, p.grid_id, p.post, p.valid_from, p.valid_to
    FROM posting p JOIN worker w ON w.id = p.worker_id
    WHERE p.substitute_for IS NULL AND p.grid_id = ANY(:grids)
"""
Key = tuple[str, str, int, str]
"""Name and telephone of a person, grid, post."""


@dataclass(frozen=True)
class Span:
    """Days on which somebody holds a post, and the row of the file that says so."""

    begin: date
    end: date | None
    row: int | None = None

    def meets(self, other: Span) -> bool:
        """Say whether both hold on some day."""
        return (other.end is None or self.begin < other.end) and (
            self.end is None or other.begin < self.end
        )


def spans_of(
    session: Session, rows: Rows, refusal: RefusedInputError | None, today: date
) -> tuple[dict[Key, list[Span]], list[int | None]]:
    """Return the days of every person, grid and post of the file, and the community of every row.

    Parameters
    ----------
    refusal
        What reading the file found wrong: told together with what is found here.

    Raises
    ------
    RefusedInputError
        `refusal`; `invalid_rows` with every fault of every row, in their order.
    RightsError
        `outside_area` when that is all that is wrong.
    """
    found = _Found(rows, refusal)
    grids = pairs(session, "SELECT code, grid_id FROM grid_version WHERE valid_to IS NULL")
    community = pairs(session, "SELECT id, community_id FROM grid")
    own = [grids.get(code) for code in rows.values["grid"]]
    divisions = [None if grid is None else community[grid] for grid in own]
    for i, code in enumerate(rows.values["grid"]):
        if code is not None and own[i] is None:
            found.add(i, "grid", f"there is no grid {code} in force; import grids first")
        phone = rows.values["work_phone"][i]
        if phone and not is_telephone(phone):
            found.add(i, "work_phone", f"{phone} is no telephone number")
        begin, end = rows.values["valid_from"][i], rows.values["valid_to"][i]
        if begin and end and end <= begin:
            found.add(i, "valid_to", f"{end} is not after valid_from {begin}")
    actor = actor_of(session)
    # What is held in a grid of somebody else's is not told: nothing more is looked for in such a row.
    beyond = [i for i, grid in enumerate(own) if grid and not reaches(actor, divisions[i])]
    plain = [i for i in range(len(rows)) if i not in found.rows and i not in set(beyond)]
    wanted = _wanted(session, rows, _Placed(own, divisions, plain), today, found)
    if found.faults:
        found.faults.extend(
            Fault(rows.file, int(rows.numbers[i]), None, "it lies outside the area of this account")
            for i in beyond
        )
        raise found.refusal()
    require_area(actor, rows.file, rows.numbers, divisions)
    return wanted, divisions


@dataclass(frozen=True)
class _Placed:
    """The grid and the community of every row, and the rows whose days can be looked at."""

    grids: Sequence[Any]
    divisions: Sequence[int | None]
    rows: Sequence[int]


class _Found:
    """What is wrong so far, beginning with what reading the file found."""

    def __init__(self, rows: Rows, refusal: RefusedInputError | None) -> None:
        self._file = rows
        self._refusal = refusal
        self.faults: list[Fault] = list(refusal.faults) if refusal else []
        place = {int(number): i for i, number in enumerate(rows.numbers)}
        self.rows = {place[f.row] for f in self.faults if f.row in place}
        """Rows with something wrong in them, from 0."""

    def add(self, i: int, name: str, reason: str) -> None:
        """Note what is wrong with a field of a row, by its column as the file calls it."""
        self.rows.add(i)
        column = self._file.columns.get(name, name)
        self.faults.append(Fault(self._file.file, int(self._file.numbers[i]), column, reason))

    def refusal(self) -> RefusedInputError:
        """Return the refusal: what was read off the file keeps its code while nothing joins it."""
        if self._refusal is not None and len(self.faults) == len(self._refusal.faults):
            return self._refusal
        order = {item.name: n for n, item in enumerate(self._file.kind.fields)}
        order |= {column: order[name] for name, column in self._file.columns.items()}
        every = sorted(self.faults, key=lambda f: (f.row or 0, order.get(f.field or "", -1)))
        first = every[0]
        return refuse("invalid_rows", f"{first.file}: row {first.row}: {first.reason}", every)


def _wanted(
    session: Session, rows: Rows, placed: _Placed, today: date, found: _Found
) -> dict[Key, list[Span]]:
    """Return the days of every person, grid and post, and tell the rows that clash with others."""
    held_by_key: dict[Key, list[Span]] = {}
    for row in session.execute(
        text(KNOWN), {"grids": sorted({placed.grids[i] for i in placed.rows})}
    ):
        key = row.name, row.phone, int(row.grid_id), row.post
        held_by_key.setdefault(key, []).append(Span(row.valid_from, row.valid_to))
    book = PostBook(session)
    wanted: dict[Key, list[Span]] = {}
    for i in placed.rows:
        post = book.name_of(placed.divisions[i], rows.values["post"][i] or DEFAULT_POST)
        key = rows.values["name"][i], rows.values["work_phone"][i] or "", placed.grids[i], post
        held = held_by_key.get(key, [])
        begin, end = rows.values["valid_from"][i], rows.values["valid_to"][i]
        begin = begin or _continued(held, today) or today
        if end is not None and end <= begin:
            found.add(i, "valid_to", f"{end} is not after valid_from {begin}")
            continue
        span = Span(begin, end, int(rows.numbers[i]))
        before = [item for item in wanted.get(key, []) if item.begin != begin]
        clash = next((item for item in before if span.meets(item)), None)
        if clash is not None:
            reason = f"row {clash.row} says that this person holds the post there already"
            found.add(i, "valid_from", reason)
        clash = next((item for item in held if item.begin != begin and span.meets(item)), None)
        if clash is not None and not _told_again(rows, i, clash):
            until = clash.end or "further on"
            reason = f"this person holds that post there from {clash.begin} to {until} already"
            found.add(i, "valid_from", reason)
        wanted[key] = [*before, span]
    return wanted


def _continued(held: Sequence[Span], today: date) -> date | None:
    """Return when what somebody holds today, or will hold next, began."""
    found = sorted(
        (item for item in held if item.end is None or item.end > today), key=attrgetter("begin")
    )
    return found[0].begin if found else None


def _told_again(rows: Rows, row: int, clash: Span) -> bool:
    """Say whether another row of the file gives a stored span new days, in which it may not clash."""
    names = ("name", "work_phone", "grid", "post")
    this = [rows.values[name][row] for name in names]
    return any(
        rows.values["valid_from"][i] == clash.begin
        and [rows.values[name][i] for name in names] == this
        for i in range(len(rows))
        if i != row
    )
