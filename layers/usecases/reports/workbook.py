"""The report as XLSX: a sheet for each table; numbers are numbers, codes are text."""

from __future__ import annotations

import io
import math
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from layers.usecases.reports.archive import plain, repack
from layers.usecases.reports.compose import compose
from layers.usecases.reports.content import Content
from layers.usecases.reports.parts import (
    CODE,
    COUNT,
    NUMBER,
    SHARE,
    TEXT,
    Column,
    Report,
    Table,
    shown,
)

FORMATS = {COUNT: "#,##0", SHARE: "0.0%", NUMBER: "#,##0.00", CODE: "@", TEXT: "General"}
HEAD, LINE = PatternFill("solid", fgColor="EEF1F4"), Side(style="thin", color="C8D0D8")
MAX_WIDTH = 40
LINE_POINTS = 15


def xlsx_report(content: Content, lang: str) -> bytes:
    """Return the report as XLSX; equal contents give equal bytes."""
    report = compose(content, lang)
    book = Workbook()
    book.remove(book.active)
    for table in report.tables():
        _sheet(book, report, table)
    return save(book, report.title, content.date)


def save(book: Any, title: str | None, day: str | None) -> bytes:
    """Return a workbook's bytes with nothing of the hour or of whoever made it."""
    if title is not None:
        book.properties.title, book.properties.creator = plain(title), ""
    buffer = io.BytesIO()
    book.save(buffer)
    return repack(buffer.getvalue(), day)


def _sheet(book: Any, report: Report, table: Table) -> None:
    sheet = book.create_sheet(report.words[f"sheet_{table.key}"])
    put(sheet.cell(1, 1), report.title, TEXT)
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    put(sheet.cell(2, 1), f"{table.title} · {report.subtitle}", TEXT)
    sheet.cell(2, 1).font = Font(color="5C6B78")
    first = 4
    for n, column in enumerate(table.columns, start=1):
        cell = sheet.cell(first, n)
        put(cell, column.label, TEXT)
        cell.font, cell.fill = Font(bold=True), HEAD
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        cell.border = Border(bottom=LINE)
    for number, row in enumerate(table.rows, start=first + 1):
        for n, (column, value) in enumerate(zip(table.columns, row, strict=True), start=1):
            cell = sheet.cell(number, n)
            put(cell, value, column.kind)
            if column.kind == TEXT:
                cell.alignment = Alignment(horizontal="left", vertical="top", wrap_text=True)
            else:
                cell.alignment = Alignment(vertical="top")
    last = first + len(table.rows) + 1
    for n, words in enumerate((table.note, report.notice, *report.closing), start=1):
        put(sheet.cell(last + n, 1), words or None, TEXT)
        sheet.cell(last + n, 1).font = Font(color="5C6B78")
    widths = [_width(table, n, column) for n, column in enumerate(table.columns)]
    for n, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(n)].width = width
    for number, row in enumerate(table.rows, start=first + 1):
        # Office programs fit a row to its wrapped text only when somebody edits it.
        cells = zip(row, table.columns, widths, strict=True)
        lines = max(
            math.ceil(_letters(shown(value, column.kind)) / (width - 2))
            for value, column, width in cells
        )
        if lines > 1:
            sheet.row_dimensions[number].height = LINE_POINTS * lines
    sheet.freeze_panes = sheet.cell(first + 1, 3 if table.columns[0].kind == CODE else 2)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{first}:{first}"


def _width(table: Table, n: int, column: Column) -> float:
    texts = [column.label, *(shown(row[n], column.kind) for row in table.rows)]
    return float(min(max(max(map(_letters, texts)) + 3, 9), MAX_WIDTH))


def _letters(words: str) -> int:
    """Return how wide a text is in Latin letters: Chinese ones are two."""
    return sum(2 if letter > "\u2e7f" else 1 for letter in words)


def put(cell: Cell, value: Any, kind: str) -> None:
    """Write a value: text stays text, whatever it begins with, and codes are never numbers."""
    if value is None or value == "":
        cell.value = None
    elif kind == CODE or isinstance(value, str):
        cell.value = plain(str(value))
        cell.data_type = "s"  # a name that begins with = is no formula
    else:
        cell.value = value
    if kind != TEXT:
        cell.number_format = FORMATS[kind]
