"""Tables of a siting question: distances of demands to sites, households, capacities.

Faults are collected over all tables, so a user mends everything at once.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gis.crs import FloatArray, IntArray
from gis.errors import Fault, RefusedInputError
from layers.io.cells import CellError, as_code, as_integer, header_key, is_empty, plain, shown
from layers.io.dbf import damaged
from layers.io.encoding import decode_text, encoding_note
from layers.io.records import ReadOptions
from layers.io.sniff import require_content
from layers.io.table import DELIMITERS, read_table

MOST = 10**9
"""Households of a demand, or capacity of a site."""
FAULTS_LISTED = 1000
NO_ROUTE_WORDS = frozenset({"inf", "+inf", "infinity", "∞", "不通", "不可达"})
DEMAND_NAMES = ("demand", "需求点", "id")
WEIGHT_NAMES = ("weight", "households", "户数", "权重")
SITE_NAMES = ("site", "候选点", "站点", "id")
CAPACITY_NAMES = ("capacity", "容量", "服务能力")


@dataclass(frozen=True)
class Matrix:
    """Distances of n demands to s sites as they stand in a file."""

    file: str
    demands: list[str]
    sites: list[str]
    cells: FloatArray
    """(n, s); inf where there is no route."""
    rows: list[int]
    """Row of every demand, as a spreadsheet counts."""
    notes: list[str] = field(default_factory=list)


def read_matrix(path: Path, encoding: str | None = None) -> tuple[Matrix, list[Fault]]:
    """Return a matrix, header row and demand ids in the first column, and what is wrong in it.

    Cells are numbers from 0, or `inf` where there is no route.

    Raises
    ------
    RefusedInputError
        `file_not_found`, `empty_file`, `unknown_file_type`, `wrong_file_type`, `unreadable_file`,
        `unknown_encoding`: nothing of the file can be used.
    """
    file = path.name
    if require_content(path) != "text":
        reason = "a matrix is read from CSV text"
        raise RefusedInputError(
            "wrong_file_type", f"{file}: {reason}", [Fault(file, reason=reason)]
        )
    text, used = decode_text(path.read_bytes(), encoding, file)
    lines = _lines(file, text)
    if len(lines) < 2 or len(lines[0][1]) < 2:
        reason = "there is no row below the header" if len(lines) < 2 else "there is no site"
        raise RefusedInputError("empty_file", f"{file}: {reason}", [Fault(file, reason=reason)])
    number, header = lines[0]
    faults: list[Fault] = []
    sites = _names(file, [(number, None, cell) for cell in header[1:]], "site", faults)
    demands = _names(file, [(n, header[0], row[0]) for n, row in lines[1:]], "demand", faults)
    cells = np.full((len(demands), len(sites)), np.inf)
    for place, (n, row) in enumerate(lines[1:]):
        values = row[1:]
        if len(values) != len(sites):
            reason = f"the row has {len(row)} cells, the header {len(header)}"
            faults.append(Fault(file, n, None, reason))
        else:
            cells[place] = _numbers(file, n, sites, values, faults)
    how = "as you said" if encoding else "found out from the text"
    notes = [] if text.isascii() else [encoding_note(used, how, [*sites, *demands])]
    return Matrix(file, demands, sites, cells, [n for n, _ in lines[1:]], notes), faults


def _lines(file: str, text: str) -> list[tuple[int, list[str]]]:
    """Return rows that say something, with their numbers."""
    if "\0" in text:
        raise damaged(file, "the text holds zero bytes")
    head = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=head.count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise damaged(file, f"the table cannot be split into cells ({error})") from error
    return [(n, row) for n, row in enumerate(table, 1) if any(cell.strip() for cell in row)]


def _names(
    file: str, cells: Sequence[tuple[int, str | None, str]], what: str, faults: list[Fault]
) -> list[str]:
    """Return ids as text; missing ones and those that come twice are faults."""
    first: dict[str, int] = {}
    names = []
    for place, (row, column, cell) in enumerate(cells):
        try:
            name = "" if is_empty(cell) else as_code(cell)
        except CellError as error:
            name = plain(cell)
            faults.append(Fault(file, row, column, str(error)))
        where = column if what == "demand" else f"column {place + 2}"
        if not name:
            faults.append(Fault(file, row, where, f"the {what} has no id"))
        elif name in first:
            faults.append(Fault(file, row, where, f"the {what} {name} comes twice"))
        first.setdefault(name, row)
        names.append(name)
    return names


def _numbers(
    file: str, row: int, sites: list[str], values: list[str], faults: list[Fault]
) -> FloatArray:
    """Return the numbers of a row; whole rows at once where nothing is wrong with them."""
    try:
        numbers = np.array(values, dtype=np.float64)
        if (numbers >= 0).all() and not any("_" in value for value in values):
            return numbers
    except ValueError:
        pass
    numbers = np.full(len(values), np.inf)
    for place, value in enumerate(values):
        word = plain(value).lower()
        if word in NO_ROUTE_WORDS:
            continue
        try:
            number = float("nan") if "_" in word else float(word)
        except ValueError:
            number = float("nan")
        reason = None
        if not word:
            reason = "the cell is empty; write inf where there is no route"
        elif number < 0:
            reason = f"{shown(value)} is negative"
        elif np.isnan(number):
            reason = f"{shown(value)} is no number"
        if reason is None:
            numbers[place] = number
        else:
            faults.append(Fault(file, row, sites[place], reason))
    return numbers


def read_numbers(
    path: Path,
    keys: tuple[str, ...],
    names: tuple[str, ...],
    wanted: Sequence[str],
    matrix: str,
    encoding: str | None = None,
) -> tuple[IntArray, list[Fault], list[str]]:
    """Return whole numbers from 0 for all `wanted` ids, 0 where faulty, the faults, and notes.

    Parameters
    ----------
    keys, names
        Column names of ids and of numbers, the usual one first.
    wanted
        Ids of the matrix, whose file name is `matrix`.

    Raises
    ------
    RefusedInputError
        What `layers.io.table.read_table` refuses, and `unknown_field`.
    """
    records = read_table(path, ReadOptions(encoding=encoding), (*keys, *names))
    file, what = records.file, keys[0]
    columns = {header_key(name): name for name in reversed(list(records.columns))}
    found = [next((columns[header_key(k)] for k in few if header_key(k) in columns), None)
             for few in (keys, names)]  # fmt: skip
    key, name = found
    if key is None or name is None:
        listed = ", ".join(records.columns)
        faults = [
            Fault(file, None, few[0], f"there is no such column; the file has {listed}")
            for few, column in zip((keys, names), found, strict=True)
            if column is None
        ]
        raise RefusedInputError("unknown_field", f"{file} lacks a column: {listed}", faults)
    faults = []
    rows = records.rows.tolist()
    ids = _names(
        file, [(n, key, cell or "") for n, cell in zip(rows, records.columns[key], strict=True)],
        "demand" if what == "demand" else "site", faults,
    )  # fmt: skip
    place = {one: i for i, one in enumerate(wanted)}
    values = np.zeros(len(wanted), dtype=np.int64)
    for n, one, cell in zip(rows, ids, records.columns[name], strict=True):
        number, reason = _whole(cell)
        if reason is not None:
            faults.append(Fault(file, n, name, reason))
        if one and one not in place:
            faults.append(Fault(file, n, key, f"the {what} {one} is not in {matrix}"))
        elif one:
            values[place[one]] = number
    known = set(ids)
    faults += [
        Fault(file, None, key, f"the {what} {one} of {matrix} has no {names[0]}")
        for one in wanted
        if one and one not in known
    ]
    return values, faults, records.notes


def _whole(cell: object) -> tuple[int, str | None]:
    """Return a number, or 0 and what is wrong with it."""
    if is_empty(cell):
        return 0, "the number is missing"
    try:
        number = as_integer(cell)
    except CellError as error:
        return 0, str(error)
    if number < 0:
        return 0, f"{number} is negative"
    return (number, None) if number <= MOST else (0, f"{number} is more than {MOST:,}")
