"""Workers by name and work phone, and who is posted to which grid from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import Fault
from layers.areas import require_area
from layers.db import actor_of, copy_rows
from layers.io.fields import WORKERS
from layers.io.parse import Rows
from layers.io.progress import Progress
from layers.usecases.imports.skeleton import (
    ImportOptions,
    Outcome,
    effective_today,
    pairs,
    refuse,
    rows_of,
)
from layers.usecases.imports.upsert import Counts, merge_staged, staged
from layers.usecases.postings.posts import PostBook

DEFAULT_POST = "网格员"
COLUMNS = ("worker_id", "grid_id", "post", "valid_from", "valid_to", "substitute_for")
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


def import_workers(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store workers by name and work phone, and their postings to grids in force.

    A row without a first day continues what that person holds there already, or begins today. With
    `replace`, what the ledger no longer has ends today; who held it before stays known.
    """
    rows = rows_of(path, WORKERS, options)
    progress(50, f"{len(rows):,} postings read")
    today = effective_today(session)
    grids = pairs(session, "SELECT code, grid_id FROM grid_version WHERE valid_to IS NULL")
    faults = _worker_faults(rows, grids)
    if faults:
        raise _refusal(rows, faults)
    community = pairs(session, "SELECT id, community_id FROM grid")
    divisions = [community[grids[code]] for code in rows.values["grid"]]
    require_area(actor_of(session), rows.file, rows.numbers, divisions)
    wanted, faults = _spans(session, rows, grids, divisions, today)
    if faults:
        raise _refusal(rows, faults)
    _store_people(session, rows, divisions)
    number = {
        (name, phone or ""): worker
        for worker, name, phone in session.execute(text("SELECT id, name, work_phone FROM worker"))
    }
    postings = [
        (number[name, phone], grid, post, span.begin, span.end, None)
        for (name, phone, grid, post), spans in wanted.items()
        for span in spans
    ]
    counts = _store(session, postings, today, replace=options.replace)
    return Outcome(
        read=len(rows),
        added=counts.added,
        updated=counts.updated,
        unchanged=counts.unchanged,
        removed=counts.removed,
        notes=list(rows.notes),
        layers=("workers",),
    )


def _refusal(rows: Rows, faults: Sequence[Fault]) -> Exception:
    first = f"{rows.file}: row {faults[0].row}: {faults[0].reason}"
    return refuse("invalid_rows", first, sorted(faults, key=lambda fault: fault.row or 0))


def _spans(
    session: Session,
    rows: Rows,
    grids: dict[str, int],
    divisions: Sequence[int | None],
    today: date,
) -> tuple[dict[Key, list[Span]], list[Fault]]:
    """Return the days of every person, grid and post of the file, and the rows that clash with others."""
    own = sorted({grids[code] for code in rows.values["grid"]})
    known: dict[Key, list[Span]] = {}
    for row in session.execute(text(KNOWN), {"grids": own}):
        key = row.name, row.phone, int(row.grid_id), row.post
        known.setdefault(key, []).append(Span(row.valid_from, row.valid_to))
    book = PostBook(session)
    wanted: dict[Key, list[Span]] = {}
    faults: list[Fault] = []
    for i, line in enumerate(rows.numbers):
        post = book.name_of(divisions[i], rows.values["post"][i] or DEFAULT_POST)
        phone = rows.values["work_phone"][i] or ""
        key = rows.values["name"][i], phone, grids[rows.values["grid"][i]], post
        held = known.get(key, [])
        begin, end = rows.values["valid_from"][i], rows.values["valid_to"][i]
        begin = begin or _continued(held, today) or today
        if end is not None and end <= begin:
            faults.append(
                Fault(rows.file, int(line), "valid_to", f"{end} is not after valid_from {begin}")
            )
            continue
        span = Span(begin, end, int(line))
        before = [item for item in wanted.get(key, []) if item.begin != begin]
        clash = next((item for item in before if span.meets(item)), None)
        if clash is not None:
            reason = f"row {clash.row} says that this person holds the post there already"
            faults.append(Fault(rows.file, int(line), "valid_from", reason))
        clash = next((item for item in held if item.begin != begin and span.meets(item)), None)
        if clash is not None and not _told_again(rows, i, clash):
            until = clash.end or "further on"
            reason = f"this person holds that post there from {clash.begin} to {until} already"
            faults.append(Fault(rows.file, int(line), "valid_from", reason))
        wanted[key] = [*before, span]
    return wanted, faults


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


def _store(
    session: Session, postings: Sequence[Sequence[Any]], today: date, *, replace: bool
) -> Counts:
    """Merge postings; substitutes are never among them, and stay as long as their holders."""
    with staged(session, "posting", COLUMNS, postings) as count:
        removed = _end_others(session, today) if replace else 0
        found = merge_staged(
            session,
            "posting",
            ("worker_id", "grid_id", "post", "valid_from", "substitute_for"),
            COLUMNS,
            count,
            nullable=("substitute_for",),
        )
    return Counts(found.added, found.updated, found.unchanged, removed)


def _end_others(session: Session, today: date) -> int:
    """End today what is not staged; return how many postings. What has not begun goes."""
    others = (
        "t.substitute_for IS NULL AND (t.valid_to IS NULL OR t.valid_to > :today) AND NOT EXISTS (SELECT FROM "
        "incoming i WHERE (i.worker_id, i.grid_id, i.post, i.valid_from) "
        "= (t.worker_id, t.grid_id, t.post, t.valid_from))"
    )
    given = {"today": today}
    gone: Any = session.execute(
        text(f"DELETE FROM posting t WHERE t.valid_from >= :today AND {others}"), given
    )
    ended = list(
        session.execute(
            text(f"UPDATE posting t SET valid_to = :today WHERE {others} RETURNING t.id"), given
        ).scalars()
    )
    cut = {**given, "ids": ended}
    session.execute(
        text("DELETE FROM posting WHERE substitute_for = ANY(:ids) AND valid_from >= :today"),
        cut,
    )
    session.execute(
        text(
            "UPDATE posting SET valid_to = :today WHERE substitute_for = ANY(:ids) AND valid_to > :today"
        ),
        cut,
    )
    return int(gone.rowcount) + len(ended)


def _store_people(session: Session, rows: Rows, divisions: Sequence[int | None]) -> None:
    """Store workers never seen before; each is on the list of the community of the first grid."""
    people: dict[tuple[str, str], int | None] = {}
    named = zip(rows.values["name"], rows.values["work_phone"], divisions, strict=True)
    for name, phone, division in named:
        people.setdefault((name, phone or ""), division)
    known = {
        (name, phone or "")
        for name, phone in session.execute(text("SELECT name, work_phone FROM worker"))
    }
    copy_rows(
        session,
        "worker",
        ("name", "work_phone", "division_id"),
        (
            (name, phone or None, division)
            for (name, phone), division in sorted(people.items(), key=itemgetter(0))
            if (name, phone) not in known
        ),
    )


def _worker_faults(rows: Rows, grids: dict[str, int]) -> list[Fault]:
    faults = []
    for i, number in enumerate(rows.numbers):
        code = rows.values["grid"][i]
        if code not in grids:
            reason = f"there is no grid {code} in force; import grids first"
            faults.append(Fault(rows.file, int(number), "grid", reason))
        begin, end = rows.values["valid_from"][i], rows.values["valid_to"][i]
        if begin and end and end <= begin:
            reason = f"{end} is not after valid_from {begin}"
            faults.append(Fault(rows.file, int(number), "valid_to", reason))
    return faults
