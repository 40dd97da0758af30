"""A ledger of postings that came with a request: looked at, or stored."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from gis.errors import RefusedInputError
from layers.db import actor_of
from layers.io.progress import Progress, silent
from layers.rights import Right
from layers.usecases.error_workbook import Mark, error_workbook
from layers.usecases.imports import ImportOptions, import_file

ENDINGS = (".csv", ".xlsx")


def read_ledger(
    session: Session,
    name: str,
    content: bytes,
    *,
    dry_run: bool = True,
    replace: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Import a ledger of workers from its bytes; a refused row refuses all of it.

    Parameters
    ----------
    name
        Of the file; its ending says how it is read.
    replace
        End what the ledger no longer has: postings of the asker's area are removed.

    Raises
    ------
    RefusedInputError
        `bad_ledger`, and what importing workers refuses, with a fault for each row.
    RightsError
        `no_right`, `outside_area`.
    """
    actor_of(session).require(Right.POSTINGS)
    with _kept(name, content) as path:
        options = ImportOptions(dry_run=dry_run, replace=replace, dataset=Path(name).stem)
        return import_file(session, "workers", path, options, progress)


def mark_ledger(name: str, content: bytes, marks: Sequence[Mark], title: str) -> bytes:
    """Return a ledger of workers as a workbook with what is wrong in it, in the words it was told in.

    Raises
    ------
    RefusedInputError
        `bad_ledger`, and what `layers.usecases.error_workbook` refuses.
    """
    with _kept(name, content) as path:
        return error_workbook(path, "workers", marks, title=title)


@contextmanager
def _kept(name: str, content: bytes) -> Iterator[Path]:
    """Yield a ledger as a file for a while."""
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise RefusedInputError("bad_ledger", "a ledger is a table: .xlsx or .csv")
    with tempfile.TemporaryDirectory(prefix="wangge-ledger-") as folder:
        path = Path(folder) / f"ledger{ending}"
        path.write_bytes(content)
        yield path
