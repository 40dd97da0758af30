"""Reading the audit: found, taken out, and let go when its time is over."""

from __future__ import annotations

import csv
import json
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import RefusedInputError
from layers.audit import ACTIONS, record
from layers.db import Database
from layers.usecases.reports.archive import plain

COLUMNS = ("id", "at", "actor", "role", "address", "action", "object", "outcome", "before", "after")
EXCEL_ROWS = 1_000_000
CELL_CHARACTERS = 32_000


@dataclass(frozen=True)
class AuditFilter:
    """Which rows are asked for; days are whole days in Asia/Shanghai."""

    from_: date | None = None
    to: date | None = None
    """Inclusive."""
    actor: str | None = None
    action: str | None = None
    q: str | None = None
    """Found in object, address, before or after."""

    def sql(self) -> tuple[str, dict[str, Any]]:
        """Return the condition and its parameters.

        Raises
        ------
        RefusedInputError
            `bad_parameter` when the days are in the wrong order.
        """
        if self.from_ and self.to and self.to < self.from_:
            raise RefusedInputError("bad_parameter", "the last day is before the first")
        parts = ["true"]
        values: dict[str, Any] = {}
        if self.from_:
            parts.append("at >= CAST(:from AS date)")
            values["from"] = self.from_
        if self.to:
            parts.append("at < CAST(:to AS date) + 1")
            values["to"] = self.to
        for name in ("actor", "action"):
            if getattr(self, name):
                parts.append(f"{name} = :{name}")
                values[name] = getattr(self, name)
        if self.q:
            # strpos, not LIKE: whatever is typed is looked for as it is.
            parts.append(
                "strpos(lower(concat_ws(' ', object, address, actor, before::text, after::text)), "
                "lower(:q)) > 0"
            )
            values["q"] = self.q
        return " AND ".join(parts), values

    def noted(self) -> dict[str, Any]:
        """Return what the audit keeps of an export of itself."""
        names = {
            "from": self.from_,
            "to": self.to,
            "actor": self.actor,
            "action": self.action,
            "q": self.q,
        }
        return {name: str(value) for name, value in names.items() if value}


def search_audit(
    database: Database, wanted: AuditFilter, before: int | None = None, limit: int = 100
) -> dict[str, Any]:
    """Return rows newest first, and the id to go on below; `actions` are all there can be."""
    condition, values = wanted.sql()
    if before is not None:
        condition += " AND id < :below"
        values["below"] = before
    with database.session() as session:
        rows = [
            dict(row)
            for row in session.execute(
                text(
                    f"SELECT {', '.join(COLUMNS)} FROM audit WHERE {condition} "
                    "ORDER BY id DESC LIMIT :limit"
                ),
                {**values, "limit": limit},
            ).mappings()
        ]
    more = rows[-1]["id"] if len(rows) == limit else None
    return {"rows": rows, "next": more, "actions": list(ACTIONS)}


def write_audit(database: Database, wanted: AuditFilter, target: Path) -> int:
    """Write the rows found, oldest first, as CSV or XLSX by the target's ending; return how many.

    The export is itself recorded.
    """
    writer = _write_xlsx if target.suffix == ".xlsx" else _write_csv
    with database.session() as session:
        with closing(_rows(session, wanted)) as rows:
            count = writer(rows, target)
        record(
            session,
            "export.audit",
            target.suffix.removeprefix("."),
            after={**wanted.noted(), "rows": count},
        )
    return count


def _rows(session: Session, wanted: AuditFilter) -> Generator[list[str], None, None]:
    condition, values = wanted.sql()
    found = session.execute(
        text(f"SELECT {', '.join(COLUMNS)} FROM audit WHERE {condition} ORDER BY id"),
        values,
        execution_options={"yield_per": 5000},
    )
    with found:  # a writer may break off
        for row in found:
            yield [_cell(value) for value in row]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if hasattr(value, "isoformat"):
        return str(value.isoformat(timespec="milliseconds"))
    return str(value)


def _harmless(value: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: what people type ends up in audits."""
    return "'" + value if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _write_csv(rows: Iterator[list[str]], target: Path) -> int:
    count = 0
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([_harmless(value) for value in row])
            count += 1
    return count


def _require_room(count: int) -> None:
    if count == EXCEL_ROWS:
        raise RefusedInputError(
            "too_many_rows", "a sheet holds a million rows: choose fewer days, or CSV"
        )


def _write_xlsx(rows: Iterator[list[str]], target: Path) -> int:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("audit")
    sheet.append(list(COLUMNS))
    count = 0
    try:
        for row in rows:
            _require_room(count)
            cells = []
            for value in row:
                cell = WriteOnlyCell(sheet, plain(value[:CELL_CHARACTERS]))
                cell.data_type = "s"  # never a formula
                cells.append(cell)
            sheet.append(cells)
            count += 1
    except BaseException:
        sheet.close()  # else its streams end in any order, which their writer takes ill
        raise
    book.save(target)
    return count


def prune_audit(database: Database, until: date) -> int:
    """Let go of rows from before a day and return how many; the last six months always stay."""
    with database.session() as session:
        count: int = session.execute(
            text("SELECT prune_audit(:until)"), {"until": until}
        ).scalar_one()
        record(session, "audit.prune", after={"until": str(until), "rows": count})
    return count
