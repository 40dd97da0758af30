"""Workers by name and work phone, and who is posted to which grid from when to when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.db import copy_rows
from layers.io.fields import WORKERS
from layers.io.parse import Rows, collect_rows
from layers.io.progress import Progress
from layers.usecases.imports.skeleton import ImportOptions, Outcome, effective_today
from layers.usecases.imports.upsert import Counts, merge_staged, staged
from layers.usecases.imports.worker_rows import spans_of

COLUMNS = ("worker_id", "grid_id", "post", "valid_from", "valid_to", "substitute_for")


def import_workers(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store workers by name and work phone, and their postings to grids in force.

    A row without a first day continues what that person holds there already, or begins today. With
    `replace`, what the ledger no longer has ends today; who held it before stays known.
    """
    rows, refusal = collect_rows(path, WORKERS, options.reading, options.fields, options.constants)
    progress(50, f"{len(rows):,} postings read")
    today = effective_today(session)
    wanted, divisions = spans_of(session, rows, refusal, today)
    notes = [*rows.notes, *_notes(session, rows, [post for _, _, _, post in wanted])]
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
        notes=notes,
        layers=("workers",),
    )


def _notes(session: Session, rows: Rows, posts: Sequence[str]) -> Iterator[str]:
    """Say what a look at the ledger has to show before it is taken: what was not read, what is new."""
    if rows.ignored:
        yield f"columns that were not read: {'、'.join(rows.ignored)}"
    if "valid_from" not in rows.given:
        yield "there is no column of first days: who is new begins today"
    known = {row.name for row in session.execute(text("SELECT name FROM post"))}
    for post, number in sorted(Counter(post for post in posts if post not in known).items()):
        yield f"no list of posts has {post} ({number} rows): its holders answer for their grids"


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
