"""A refused ledger goes back as a workbook: every wrong cell marked, the reasons of a row beside it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from gis.errors import RefusedInputError
from layers.io.cells import header_key
from layers.io.fields import KINDS
from layers.io.records import ReadOptions
from layers.io.table import Sheet, read_sheet
from layers.usecases.reports.parts import TEXT
from layers.usecases.reports.workbook import put, save

WRONG, HEAD = PatternFill("solid", fgColor="F8D7DA"), PatternFill("solid", fgColor="B3261E")
WHITE = "FFFFFF"
WIDTH = 60
AUTHOR = "网格"
TITLE = "退回原因 reason"


@dataclass(frozen=True)
class Mark:
    """Why a row of a ledger is refused, as it is to be read."""

    row: int
    """As a spreadsheet numbers it."""
    field: str | None
    """A canonical field, or the column as the file calls it."""
    reason: str


def error_workbook(
    path: Path,
    kind: str,
    marks: Sequence[Mark],
    options: ReadOptions | None = None,
    title: str = TITLE,
) -> bytes:
    """Return a ledger as XLSX with what is wrong in it; the same ledger gives the same bytes.

    A workbook keeps its sheets and looks; a text becomes one sheet. Read again it is the same ledger: the column of
    reasons is no field of any kind.

    Raises
    ------
    RefusedInputError
        `no_marks` without any; what `layers.io.table.read_sheet` refuses.
    """
    if not marks:
        raise RefusedInputError("no_marks", "no row of the ledger was refused")
    of_kind = KINDS[kind]
    sheet = read_sheet(path, options, of_kind.words)
    book, page = _opened(path, sheet)
    places = _places(sheet, kind)
    last = 1 + max((len(row) for row in sheet.grid), default=0)
    if sheet.header is not None:
        head = page.cell(sheet.header + sheet.height, last)
        put(head, title, TEXT)
        head.font, head.fill = Font(bold=True, color=WHITE), HEAD
    by_row: dict[int, list[Mark]] = {}
    for mark in marks:
        by_row.setdefault(mark.row, []).append(mark)
    for row, found in by_row.items():
        beside = page.cell(row, last)
        put(beside, "\n".join(_told(mark, sheet, places) for mark in found), TEXT)
        beside.fill, beside.alignment = WRONG, Alignment(wrap_text=True, vertical="top")
        reasons: dict[int, list[str]] = {}
        for mark in found:
            column = places.get(header_key(mark.field or ""))
            if column is not None:
                reasons.setdefault(column, []).append(mark.reason)
        for column, words in reasons.items():
            cell = page.cell(row, column)
            cell.fill = WRONG
            if not isinstance(cell, MergedCell):
                cell.comment = Comment("\n".join(words), AUTHOR)
    page.column_dimensions[get_column_letter(last)].width = WIDTH
    return save(book, None, None)


def _opened(path: Path, sheet: Sheet) -> tuple[Any, Any]:
    """Return the workbook and the sheet of the table in it; of a text a new one."""
    if sheet.name is not None:
        book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
        return book, book[sheet.name]
    book = openpyxl.Workbook()
    page = book.active
    for n, row in enumerate(sheet.grid, start=1):
        for i, value in enumerate(row, start=1):
            put(page.cell(n, i), value, TEXT)
    return book, page


def _places(sheet: Sheet, kind: str) -> dict[str, int]:
    """Return the column, from 1, of every name it goes by: as the file calls it, and of its field."""
    found: dict[str, int] = {}
    for i, name in enumerate(sheet.columns, start=1):
        if header_key(name):
            found.setdefault(header_key(name), i)
    named = dict(found)
    for item in KINDS[kind].fields:
        for word in (item.name, *item.synonyms):
            if header_key(word) in named:
                found.setdefault(header_key(item.name), named[header_key(word)])
                break
    return found


def _told(mark: Mark, sheet: Sheet, places: dict[str, int]) -> str:
    """Return a reason with the column that it is about, as the ledger calls it."""
    column = places.get(header_key(mark.field or ""))
    name = mark.field if column is None else sheet.columns[column - 1]
    return f"{name}：{mark.reason}" if name else mark.reason
