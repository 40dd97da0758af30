"""A ledger of postings that came with a request: looked at, or stored."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from gis.errors import RefusedInputError
from layers.db import actor_of
from layers.io.progress import Progress, silent
from layers.rights import Right
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
    plain = Path(name).name
    if Path(plain).suffix.lower() not in ENDINGS:
        raise RefusedInputError("bad_ledger", "a ledger is a table: .xlsx or .csv")
    with tempfile.TemporaryDirectory(prefix="wangge-ledger-") as folder:
        path = Path(folder) / f"ledger{Path(plain).suffix.lower()}"
        path.write_bytes(content)
        options = ImportOptions(dry_run=dry_run, replace=replace, dataset=Path(plain).stem)
        return import_file(session, "workers", path, options, progress)
