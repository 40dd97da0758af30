"""An office's own workbook, filled by the names of its cells.

A single figure goes where a name such as `wangge_total_households` points. A table begins where its name
points: a single cell takes the headings and all columns; a row of cells says with its texts which columns
it wants, and takes the first line of figures itself, whose looks the lines below take over.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell import MergedCell
from openpyxl.utils.exceptions import InvalidFileException

from gis.errors import Fault, NotFoundError, RefusedInputError
from layers.usecases.reports.compose import compose
from layers.usecases.reports.content import Content
from layers.usecases.reports.parts import COUNT, NUMBER, SHARE, TEXT, Report, Table
from layers.usecases.reports.workbook import put, save

PREFIX = "wangge_"
MAX_BYTES = 20_000_000
TABLES = (
    "totals",
    "classes",
    "communities",
    "grids",
    "stations",
    "standards",
    "verdicts",
    "parameters",
)
TOTALS = (
    ("households", COUNT), ("within_walk", COUNT), ("out_of_reach", COUNT), ("unreachable", COUNT),
    ("no_network", COUNT), ("unplaced", COUNT), ("within_radius", COUNT), ("rate_walk", SHARE),
    ("rate_radius", SHARE), ("area_km2", NUMBER), ("households_per_km2", NUMBER),
)  # fmt: skip
CLASSES = (("served", COUNT), ("over_capacity", COUNT), ("out_of_reach", COUNT), ("rate_served", SHARE))  # fmt: skip
PARAMETER_NAMES = (
    "run", "area", "division", "households_from", "households_to", "basis", "sources", "minutes", "speed_kmh",
    "walk_m", "radius_m", "category", "rules", "network", "hash", "credits",
)  # fmt: skip
SINGLE = (
    "title", "subtitle", *(f"total_{name}" for name, _ in TOTALS), *(f"class_{name}" for name, _ in CLASSES),
    "communities_count", "grids_count", "stations_count", *PARAMETER_NAMES,
)  # fmt: skip
"""Names of single figures, without the prefix."""


def filled_template(content: Content, lang: str, template: Path) -> bytes:
    """Return a workbook with every named cell filled in; equal contents and templates give equal bytes.

    Raises
    ------
    NotFoundError
        `no_such_file`.
    RefusedInputError
        `bad_template` with every name that cannot be filled and why.
    """
    book = _open(template)
    report = compose(content, lang)
    singles = _singles(content, report)
    tables = {table.key: table for table in report.tables()}
    faults: list[Fault] = []
    places = _places(book, template.name, faults)
    for name, (sheet, cells) in places.items():
        try:
            _fill(sheet, cells, name.removeprefix(PREFIX), singles, tables)
        except ValueError as error:
            faults.append(Fault(template.name, field=name, reason=str(error)))
    if not places and not faults:
        reason = f"no cell has a name that begins with {PREFIX}"
        faults.append(Fault(template.name, reason=reason))
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise RefusedInputError(
            "bad_template",
            f"{template.name}: {faults[0].field or 'template'}: {faults[0].reason}{more}",
            faults,
        )
    return save(book, None, content.date)


def _fill(
    sheet: Any,
    cells: str,
    key: str,
    singles: Mapping[str, tuple[Any, str]],
    tables: Mapping[str, Table],
) -> None:
    """Write what a name asks for; ValueError says why it cannot be written."""
    if key in singles:
        _write_single(sheet[cells.split(":", maxsplit=1)[0]], *singles[key])
    elif key in tables:
        _write_table(sheet, cells, tables[key])
    elif key in TABLES:  # the standards without a rule set
        raise ValueError(f"this report has no table {key}")
    else:
        known = ", ".join(PREFIX + item for item in (*SINGLE, *TABLES))
        raise ValueError(f"there is no such name; known names: {known}")


def _open(template: Path) -> Any:
    if not template.is_file():
        raise NotFoundError("no_such_file", f"there is no file {template}")
    reason = None
    if template.suffix.lower() != ".xlsx":
        reason = "a template is an .xlsx file, without macros"
    elif template.stat().st_size > MAX_BYTES:
        reason = f"a template has at most {MAX_BYTES // 1_000_000} MB"
    if reason is None:
        try:
            return load_workbook(template)
        except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, SyntaxError):  # fmt: skip
            reason = "it is no workbook that can be read"
    fault = Fault(template.name, reason=reason)
    raise RefusedInputError("bad_template", f"{template.name}: {reason}", [fault])


def _places(book: Any, file: str, faults: list[Fault]) -> dict[str, tuple[Any, str]]:
    """Return name -> sheet and cells, of the workbook and of its sheets."""
    found: dict[str, tuple[Any, str]] = {}
    named = [*book.defined_names.items()]
    named += [item for sheet in book.worksheets for item in sheet.defined_names.items()]
    for name, defined in sorted(named, key=lambda item: str(item[0])):
        if not name.lower().startswith(PREFIX):
            continue
        try:
            places = list(defined.destinations)
        except (ValueError, AttributeError, TypeError):
            places = []
        if len(places) != 1 or places[0][0] not in book.sheetnames:
            reason = "the name must point to cells of one sheet"
            faults.append(Fault(file, field=name, reason=reason))
            continue
        found[name.lower()] = (book[places[0][0]], places[0][1].replace("$", ""))
    return found


def _singles(content: Content, report: Report) -> dict[str, tuple[Any, str]]:
    run = content.run
    parameters: Mapping[str, Any] = run["parameters"]
    inputs: Mapping[str, Any] = run["inputs"]
    words, stop = report.words, report.words["stop"]
    served = (content.served or {}).get("totals", {})
    values: dict[str, tuple[Any, str]] = {
        "title": (report.title, TEXT),
        "subtitle": (report.subtitle, TEXT),
        **{f"total_{name}": (run["totals"][name], kind) for name, kind in TOTALS},
        **{f"class_{name}": (served.get(name), kind) for name, kind in CLASSES},
        "communities_count": (len(run["communities"]), COUNT),
        "grids_count": (len(run["grids"]), COUNT),
        "stations_count": (len(run["stations"]), COUNT),
        "run": (run["run"], TEXT),
        "area": (stop.join(content.areas) or words["everything"], TEXT),
        "households_from": (inputs["households_from"], TEXT),
        "households_to": (inputs["households_to"], TEXT),
        "basis": (words[parameters["basis"]], TEXT),
        "sources": (stop.join(inputs["households_source"]), TEXT),
        "rules": (content.board["rules"] if content.board else None, TEXT),
        "network": ((inputs["network"] or {}).get("name"), TEXT),
        "hash": (inputs["hash"], TEXT),
        "credits": (" · ".join(content.credits), TEXT),
    }
    for name in ("division", "minutes", "speed_kmh", "walk_m", "radius_m", "category"):
        values[name] = (parameters[name], TEXT)
    return values


def _write_single(cell: Any, value: Any, kind: str) -> None:
    if isinstance(cell, MergedCell):
        raise ValueError("the cell is covered by a merged one; name the first cell of the merge")  # noqa: TRY004 collected as a fault
    own = cell.number_format
    put(cell, value, kind)
    if own != "General":
        cell.number_format = own


def _write_table(sheet: Any, cells: str, table: Table) -> None:
    """Write a table downwards from its named cells.

    Raises
    ------
    ValueError
        Unknown column, several rows, or cells below that hold something.
    """
    area = sheet[cells]
    if not isinstance(area, tuple):
        top, left = area.row, area.column
        chosen = list(range(len(table.columns)))
        for n in chosen:
            _require_free(sheet.cell(top, left + n), first=n == 0)
        for n, column in enumerate(table.columns):
            put(sheet.cell(top, left + n), column.label, TEXT)
        pattern = None
        top += 1
    else:
        if len(area) != 1:
            raise ValueError("name one cell, or the cells of one row")
        pattern = list(area[0])
        top, left = pattern[0].row, pattern[0].column
        chosen = [_column(table, cell.value) for cell in pattern]
    for number in range(len(table.rows)):
        for n in range(len(chosen)):
            if pattern is None or number > 0:
                _require_free(sheet.cell(top + number, left + n), first=False)
    looks = [copy(cell._style) for cell in pattern] if pattern else []  # noqa: SLF001 openpyxl copies looks so
    for number, row in enumerate(table.rows):
        for n, place in enumerate(chosen):
            cell = sheet.cell(top + number, left + n)
            kind = table.columns[place].kind
            if looks:
                cell._style = copy(looks[n])  # noqa: SLF001
            own = cell.number_format
            put(cell, row[place], kind)
            if own != "General":
                cell.number_format = own


def _column(table: Table, wanted: Any) -> int:
    words = str(wanted or "").strip().strip("{}").strip()
    for n, column in enumerate(table.columns):
        if words in {column.key, column.label}:
            return n
    known = ", ".join(column.key for column in table.columns)
    raise ValueError(f"{words!r} is no column of {table.key}; columns: {known}")


def _require_free(cell: Any, *, first: bool) -> None:
    if isinstance(cell, MergedCell) or (cell.value not in {None, ""} and not first):
        raise ValueError(f"the table needs the cell {cell.coordinate}, which is taken")
