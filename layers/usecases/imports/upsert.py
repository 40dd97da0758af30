"""Rows into tables by key: staged with COPY, then compared in the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.db import copy_rows
from layers.io.progress import Progress, silent

SLICED_FROM = 100_000
SLICES = 20
TOLD_EVERY = 50_000


@dataclass(frozen=True)
class Counts:
    """How many rows were new, changed, the same, and taken away."""

    added: int
    updated: int
    unchanged: int
    removed: int


def told(rows: Iterable[Sequence[Any]], count: int, progress: Progress) -> Iterator[Sequence[Any]]:
    """Yield the rows and tell now and then how many have gone by."""
    for number, row in enumerate(rows):
        if number and number % TOLD_EVERY == 0:
            progress(100 * number // count, f"sent {number:,} of {count:,}")
        yield row


@contextmanager
def staged(
    session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Iterator[int]:
    """Yield the number of rows that now lie in the temporary table `incoming`.

    It has the columns of `table`, unindexed; it is dropped at the end, after a failure with the
    savepoint it was made in.
    """
    names = ", ".join(columns)
    session.execute(text(f"CREATE TEMP TABLE incoming AS SELECT {names} FROM {table} WITH NO DATA"))
    count = copy_rows(session, "incoming", columns, rows)
    session.execute(text("ANALYZE incoming"))
    yield count
    session.execute(text("DROP TABLE IF EXISTS incoming"))


def upsert(
    session: Session,
    table: str,
    key: Sequence[str],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    remove_where: str | None = None,
    parameters: dict[str, Any] | None = None,
) -> Counts:
    """Make `table` hold the rows: new keys inserted, changed ones updated, equal ones left alone.

    Parameters
    ----------
    key, columns
        Columns that identify a row, and all columns of `rows` in their order (key included).
    remove_where
        SQL condition on `t`: rows that fulfil it and are not in `rows` are deleted.
    """
    with staged(session, table, columns, rows) as count:
        return merge_staged(
            session, table, key, columns, count, remove_where=remove_where, parameters=parameters
        )


def merge_staged(
    session: Session,
    table: str,
    key: Sequence[str],
    columns: Sequence[str],
    count: int,
    *,
    remove_where: str | None = None,
    parameters: dict[str, Any] | None = None,
    nullable: Sequence[str] = (),
    progress: Progress = silent,
) -> Counts:
    """Merge the staged rows into `table`; see `upsert`. `nullable` names keys that may be null.

    Very many rows with a place are inserted a region at a time, so that `progress` moves; the
    staged rows are used up then.
    """
    # Plain equality wherever it will do: the null-safe comparison knows no index and no hash.
    same_key = " AND ".join(
        f"t.{name} {'IS NOT DISTINCT FROM' if name in nullable else '='} i.{name}" for name in key
    )
    others = [name for name in columns if name not in key]
    removed = 0
    if remove_where:
        removed = _count(
            session,
            f"DELETE FROM {table} t WHERE ({remove_where}) "
            f"AND NOT EXISTS (SELECT FROM incoming i WHERE {same_key})",
            parameters,
        )
    updated = 0
    if others:
        sets = ", ".join(f"{name} = i.{name}" for name in others)
        theirs = ", ".join(f"t.{name}" for name in others)
        ours = ", ".join(f"i.{name}" for name in others)
        updated = _count(
            session,
            f"UPDATE {table} t SET {sets} FROM incoming i "
            f"WHERE {same_key} AND ROW({theirs}) IS DISTINCT FROM ROW({ours})",
        )
    if "geom" in columns and count >= SLICED_FROM:
        added = _insert_by_region(session, table, columns, same_key, progress)
        return Counts(added, updated, count - added - updated, removed)
    names = ", ".join(columns)
    added = _count(
        session,
        f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming i "
        f"WHERE NOT EXISTS (SELECT FROM {table} t WHERE {same_key})"
        # Neighbours on the map become neighbours on disk: tiles read fewer pages.
        + (" ORDER BY i.geom" if "geom" in columns else ""),
    )
    return Counts(added, updated, count - added - updated, removed)


def _insert_by_region(
    session: Session, table: str, columns: Sequence[str], same_key: str, progress: Progress
) -> int:
    """Insert the staged rows whose key is new, in the order of the map, in about equal slices."""
    session.execute(text(f"DELETE FROM incoming i USING {table} t WHERE {same_key}"))
    total: int = session.execute(text("SELECT count(*) FROM incoming")).scalar_one()
    ends = session.execute(
        text(
            "SELECT CAST(unnest(percentile_disc(CAST(:parts AS float8[])) WITHIN GROUP "
            "(ORDER BY geom)) AS text) FROM incoming TABLESAMPLE SYSTEM (2) WHERE geom IS NOT NULL"
        ),
        {"parts": [part / SLICES for part in range(1, SLICES)]},
    ).scalars()
    bounds = [None, *dict.fromkeys(ends), None]
    names = ", ".join(columns)
    added = 0
    for low, high in pairwise(bounds):
        within = [
            *(["geom >= CAST(:low AS geometry)"] if low else []),
            *(["geom < CAST(:high AS geometry)"] if high else []),
        ]
        where = " AND ".join(within) or "true"
        result: Any = session.execute(
            text(
                f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming WHERE {where}"
                + (" OR geom IS NULL" if high is None else "")
                + " ORDER BY geom"
            ),
            {key: value for key, value in (("low", low), ("high", high)) if value},
        )
        added += int(result.rowcount)
        progress(100 * added // max(total, 1), f"stored {added:,} of {total:,}")
    return added


def _count(session: Session, sql: str, parameters: dict[str, Any] | None = None) -> int:
    result: Any = session.execute(text(sql), parameters or {})
    return int(result.rowcount)
