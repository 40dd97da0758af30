"""Ledgers (.csv, .xlsx) as records: title rows, merged cells, totals and all."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from gis.errors import Fault, RefusedInputError
from layers.io.cells import header_key, is_empty, plain
from layers.io.dbf import damaged
from layers.io.encoding import decode_text, encoding_note
from layers.io.records import ReadOptions, Records, objects
from layers.io.sniff import TABLE_CONTENTS, require_content, several_layers

HEADER_SEARCH_ROWS = 20
DELIMITERS = (",", "\t", ";")
TOTAL_WORDS = ("合计", "小计", "总计", "共计", "total", "subtotal")
FOOTER_WORDS = ("填表", "制表", "审核", "备注", "说明", "注:", "注：", "单位:", "统计人", "日期:")
ROWS_NAMED = 10

Grid = list[list[Any]]


@dataclass(frozen=True)
class Sheet:
    """All cells of a ledger as they stand, and where its header is."""

    file: str
    grid: Grid
    name: str | None
    """Of the sheet in a workbook."""
    header: int | None
    """The first row of the header, from 0; None where there is none."""
    height: int = 1
    """How many rows the header has."""
    notes: list[str] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """Return one unique name per column, empty where it has none."""
        if self.header is None:
            return []
        return _header_names(self.grid[self.header : self.header + self.height])


def read_table(
    path: Path, options: ReadOptions | None = None, words: Sequence[str] = ()
) -> Records:
    """Return the rows of a ledger under the header that knows most of the `words`.

    `words` are the column names that may be expected. Rows keep the numbers a spreadsheet shows.
    Rows of totals, blank rows and signatures below the table are left out with a note.

    Raises
    ------
    RefusedInputError
        As `read_sheet`.
    """
    return _records(read_sheet(path, options, words))


def read_sheet(path: Path, options: ReadOptions | None = None, words: Sequence[str] = ()) -> Sheet:
    """Return the cells of the sheet whose header knows most of the `words`.

    Raises
    ------
    RefusedInputError
        `wrong_file_type`, `empty_file`, `unreadable_file`, `unknown_encoding`, `unknown_layer`,
        `several_layers`, `invalid_rows` for formulas whose value was never stored.
    """
    options = options or ReadOptions()
    content = require_content(path)
    if content not in TABLE_CONTENTS:
        raise RefusedInputError("wrong_file_type", f"{path.name} is no table")
    known = frozenset(header_key(word) for word in words)
    if content == "xlsx":
        return _read_xlsx(path, options.layer, known)
    text, encoding = decode_text(path.read_bytes(), options.encoding, path.name)
    grid = _parse_csv(path.name, text)
    how = "as you said" if options.encoding else "found out from the text"
    texts = (str(cell) for row in grid[:200] for cell in row)
    notes = [] if text.isascii() else [encoding_note(encoding, how, texts)]
    return Sheet(path.name, grid, None, _header_row(grid, known), 1, notes)


def _records(sheet: Sheet) -> Records:
    """Cut the header off, drop what is no row, and turn rows into columns."""
    file, grid, at, header_rows = sheet.file, sheet.grid, sheet.header, sheet.height
    notes = sheet.notes
    if at is None:
        raise RefusedInputError(
            "empty_file", f"{file} holds no table", [Fault(file, reason="no header row found")]
        )
    names = sheet.columns
    numbers: list[int] = []
    totals: list[int] = []
    for number, row in enumerate(grid[at + header_rows :], start=at + header_rows + 1):
        said = [cell for cell in row if not is_empty(cell)]
        if not said or _is_footer(said):
            continue
        if _is_total(said):
            totals.append(number)
        else:
            numbers.append(number)
    if not numbers:
        raise RefusedInputError(
            "empty_file", f"{file} holds no row below its header", [Fault(file, reason="no row")]
        )
    if totals:
        listed = ", ".join(str(number) for number in totals[:ROWS_NAMED])
        notes = [*notes, f"{len(totals)} rows of totals were left out (row {listed})"]
    columns = {
        name: objects(
            [row[i] if i < len(row) else None for row in (grid[number - 1] for number in numbers)],
            len(numbers),
        )
        for i, name in enumerate(names)
        if name
    }
    return Records(file, columns, np.array(numbers, dtype=np.int64), None, notes, is_table=True)


def _header_row(grid: Grid, known: frozenset[str]) -> int | None:
    """Return the row that names most known columns, else the first with several texts."""
    best, score = None, 0
    for i, row in enumerate(grid[:HEADER_SEARCH_ROWS]):
        hits = len({header_key(cell) for cell in row if cell is not None} & known)
        if hits > score:
            best, score = i, hits
    if best is not None:
        return best
    for i, row in enumerate(grid[:HEADER_SEARCH_ROWS]):
        texts = [cell for cell in row if isinstance(cell, str) and cell.strip()]
        if len(texts) > 1 or (texts and len(row) == 1):
            return i
    return None


def _header_names(rows: Grid) -> list[str]:
    """Return one unique name per column; of two header rows the lower says more."""
    names: list[str] = []
    for i in range(max(len(row) for row in rows)):
        parts = [plain(row[i]) for row in rows if i < len(row) and row[i] is not None]
        name = plain_name = next((part for part in reversed(parts) if part), "")
        copies = 0
        while name and name in names:
            copies += 1
            name = f"{plain_name}_{copies}"
        names.append(name)
    return names


def _is_total(said: list[Any]) -> bool:
    firsts = ["".join(plain(cell).lower().split()) for cell in said[:3] if isinstance(cell, str)]
    return any(first.startswith(TOTAL_WORDS) for first in firsts)


def _is_footer(said: list[Any]) -> bool:
    return len(said) <= 2 and "".join(plain(said[0]).split()).startswith(FOOTER_WORDS)


def _parse_csv(file: str, text: str) -> Grid:
    lines = text.splitlines()[:HEADER_SEARCH_ROWS]
    delimiter = max(DELIMITERS, key=lambda mark: sum(line.count(mark) for line in lines))
    if "\0" in text:
        raise damaged(file, "the text holds zero bytes")
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as error:
        raise damaged(file, f"the table cannot be split into cells ({error})") from error


def _read_xlsx(path: Path, wanted: str | None, known: frozenset[str]) -> Sheet:
    """Return the cells of the sheet with the table."""
    try:
        raw = path.read_bytes()  # openpyxl leaves a damaged file open
        book = openpyxl.load_workbook(io.BytesIO(raw), data_only=True)
        has_formulas = _has_formulas(io.BytesIO(raw))
        formulas = openpyxl.load_workbook(io.BytesIO(raw)) if has_formulas else None
    except MemoryError:
        raise
    except Exception as error:  # whatever the damage happens to hit
        raise damaged(path.name, f"the workbook is damaged or locked ({error})") from error
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if not sheets:
        raise damaged(path.name, "the workbook has no sheet")
    if wanted is not None and wanted not in sheets:
        reason = f"there is no sheet {wanted!r}; the workbook has {', '.join(sheets)}"
        raise RefusedInputError("unknown_layer", f"{path.name}: {reason}")
    grids = {name: _cells(sheet) for name, sheet in sheets.items() if wanted in {None, name}}
    name = wanted or _choose_sheet(path.name, grids, known)
    grid = grids[name]
    if formulas is not None:
        _require_values(path.name, formulas[name], grid)
    header = _header_row(grid, known)
    height = 1 if header is None else _header_height(sheets[name], header + 1)
    return Sheet(path.name, grid, name, header, height)


def _choose_sheet(file: str, grids: dict[str, Grid], known: frozenset[str]) -> str:
    """Return the only sheet with a table; several are a question only the user can answer."""
    scores = {
        name: max(
            (len({header_key(c) for c in row if c is not None} & known) for row in grid[:20]),
            default=0,
        )
        for name, grid in grids.items()
    }
    tables = [name for name, score in scores.items() if score > 1]
    if len(tables) > 1:
        raise several_layers(file, "sheets with a table", tables)
    return tables[0] if tables else max(scores, key=lambda name: (scores[name], len(grids[name])))


def _cells(sheet: Worksheet) -> Grid:
    """Return all cells; a text merged over several cells stands in each of them.

    A merged number stays in its first cell only: written in three rows it would count three times.
    """
    grid = [[_value(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    first_row, first_column = sheet.min_row, sheet.min_column
    grid = [[None] * (first_column - 1) + row for row in grid]
    grid = [[] for _ in range(first_row - 1)] + grid
    for area in sheet.merged_cells.ranges:
        value = grid[area.min_row - 1][area.min_col - 1]
        if isinstance(value, str) and area.max_row > area.min_row:
            for row in range(area.min_row - 1, min(area.max_row, len(grid))):
                for column in range(area.min_col - 1, area.max_col):
                    grid[row][column] = value
    return grid


def _value(cell: Any) -> Any:
    """Return a cell as the records hold it; times of day mean nothing here."""
    return cell if cell is None or isinstance(cell, (str, int, float, datetime)) else str(cell)


def _header_height(sheet: Worksheet, row: int) -> int:
    """Return 2 when cells of the header row are merged over columns above named sub-columns."""
    areas = [area for area in sheet.merged_cells.ranges if area.min_row == row]
    wide = any(area.max_col > area.min_col and area.max_row == row for area in areas)
    tall = any(area.max_row == row + 1 and area.max_col == area.min_col for area in areas)
    return 2 if wide and tall else 1


def _has_formulas(workbook: io.BytesIO) -> bool:
    with zipfile.ZipFile(workbook) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(b"<f>" in (raw := archive.read(name)) or b"<f " in raw for name in sheets)


def _require_values(file: str, sheet: Worksheet, grid: Grid) -> None:
    """Refuse formulas that were saved without their value: nobody here computes them."""
    faults = [
        Fault(file, cell.row, cell.column_letter, f"the formula {cell.value} has no stored value")
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f" and grid[cell.row - 1][cell.column - 1] is None
    ]
    if faults:
        raise RefusedInputError(
            "invalid_rows",
            f"{file}: {len(faults)} formulas have no stored value; open and save it in Excel",
            faults,
        )
