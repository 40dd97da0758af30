"""The standards board of a ledger alone: counts in a table, no geometry, no store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gis.crs import IntArray
from gis.errors import Fault, RefusedInputError
from gis.standards import CM2_PER_M2, MISSING
from layers.categories import STATION_CATEGORIES
from layers.io.cells import CellError, as_rooms
from layers.io.fields import COMMUNITY_LEDGER
from layers.io.parse import Rows, read_rows
from layers.models import BASES
from layers.rules import built_in, read_rule_file
from layers.usecases.rule_sets import HeldRules
from layers.usecases.standards.board import everywhere, make_board, require_basis
from layers.usecases.standards.facts import Facts, Premises, missing


def board_of_ledger(ledger: Path, rules: str, basis: str = "resident") -> dict[str, Any]:
    """Return the standards board of a ledger of communities.

    Parameters
    ----------
    ledger
        .csv or .xlsx; `layers.io.fields.COMMUNITY_LEDGER` says how its columns may be called.
    rules
        A set that comes with the product, or a TOML file.

    Raises
    ------
    RefusedInputError
        `bad_parameter`, `missing_field`, `invalid_rows` with every fault, `invalid_rules`.
    NotFoundError
        `unknown_rules`.
    """
    require_basis(basis)
    held = rules_by_word(rules)
    rows = read_rows(ledger, COMMUNITY_LEDGER)
    facts = _facts(rows)
    days = [day for day in facts.counted_to if day]
    board = make_board(facts, everywhere(held, len(facts)), basis, max(days, default=None))
    return {
        **board,
        "ledger": {
            "file": rows.file,
            "columns": {column: name for name, column in rows.columns.items()},
            "unknown_columns": rows.ignored,
        },
        "notes": [*rows.notes, *board["notes"], *_ignored(rows.ignored)],
    }


def rules_by_word(rules: str) -> HeldRules:
    """Return the set of a name, or of a file whose name ends with .toml."""
    if rules.lower().endswith(".toml"):
        return HeldRules(read_rule_file(Path(rules)))
    return HeldRules(built_in(rules))


def _ignored(columns: list[str]) -> list[str]:
    return [f"columns nothing is read from: {', '.join(columns)}"] if columns else []


def _facts(rows: Rows) -> Facts:
    values, size = rows.values, len(rows)
    faults = [*_unnamed(rows), *_twice(rows)]
    rooms = [_read(rows, row, "rooms", as_rooms, faults) for row in range(size)]
    premises, known = _premises(rows, faults)
    if faults:
        raise _refusal(rows.file, faults)
    days = [None if day is None else day.isoformat() for day in values["counted_on"]]
    area = np.where(known, 0, MISSING)
    for item in premises:
        area[list(item.sharers)] = item.area_cm2
    stations = {
        name: np.array([_yes(value) for value in values[name]], dtype=np.int64)
        for name in STATION_CATEGORIES
        if name in rows.given
    }
    if "service_station" not in stations:  # premises are the station's
        stations["service_station"] = np.where(area == MISSING, MISSING, area > 0).astype(np.int64)
        for row in range(size):
            if values["has_premises"][row]:
                stations["service_station"][row] = 1
    owned = [None if word is None else word == "owned" for word in values["tenure"]]
    nothing = missing(size)
    gridded = _numbers(values["gridded"])
    return Facts(
        source=rows.file, code=list(values["code"]), name=list(values["name"]),
        kind=list(values["kind"]), parent=[None] * size, parent_name=list(values["parent"]),
        shown=np.ones(size, dtype=np.bool_),
        households={basis: _numbers(values[basis]) for basis in BASES},
        counted_from=days, counted_to=days,
        sources=[[] if word is None else [word] for word in values["source"]],
        population=_numbers(values["population"]), premises=premises, premises_known=known,
        staff={"": _numbers(values["staff"])}, stations=stations, rooms=rooms,
        lease_years=list(values["lease_years"]), owned=owned, grids=None,
        grid_count=_numbers(values["grids"]), grid_workers=_numbers(values["grid_workers"]),
        gridded={basis: gridded if basis == _gridded_basis(rows) else nothing for basis in BASES},
        land_m2=nothing, gridded_m2=nothing,
    )  # fmt: skip


def _gridded_basis(rows: Rows) -> str:
    """Return the basis households inside grids are of: the only one the ledger counts, else resident."""
    counted = [basis for basis in BASES if basis in rows.given]
    return counted[0] if len(counted) == 1 else "resident"


def _numbers(values: list[Any]) -> IntArray:
    return np.array([MISSING if value is None else int(value) for value in values], dtype=np.int64)


def _yes(value: bool | None) -> int:
    return MISSING if value is None else int(value)


def _premises(rows: Rows, faults: list[Fault]) -> tuple[list[Premises], Any]:
    """Return premises with those who share them by name, and where anything is known at all.

    The area of shared premises is that of the whole, written once or alike in every row.
    """
    areas, names, has = (
        rows.values[name] for name in ("premises_area_m2", "premises", "has_premises")
    )
    shared: dict[str, list[int]] = {}
    found: list[Premises] = []
    known = np.zeros(len(rows), dtype=np.bool_)
    for row, area in enumerate(areas):
        known[row] = area is not None or has[row] is False
        if has[row] is False and area:
            reason = f"the row says there are no premises and gives {area:g} m²"
            faults.append(Fault(rows.file, int(rows.numbers[row]), "premises_area_m2", reason))
        if names[row] is not None:
            shared.setdefault(names[row], []).append(row)
        elif area:
            found.append(Premises(None, round(area * CM2_PER_M2), (row,)))
    for name, own in shared.items():
        said = {areas[row] for row in own} - {None}
        if len(said) > 1:
            listed = ", ".join(f"{area:g}" for area in sorted(said))
            reason = f"premises {name} are shared and have one area, not {listed}"
            faults += [
                Fault(rows.file, int(rows.numbers[row]), "premises_area_m2", reason) for row in own
            ]
        known[own] = True
        area = MISSING if not said else round(said.pop() * CM2_PER_M2)
        found.append(Premises(name, area, tuple(own)))
    return found, known


def _read(
    rows: Rows, row: int, name: str, read: Callable[[Any], Mapping[str, int]], faults: list[Fault]
) -> Mapping[str, int] | None:
    cell = rows.values[name][row]
    if cell is None:
        return None
    try:
        return read(cell)
    except CellError as error:
        faults.append(Fault(rows.file, int(rows.numbers[row]), name, str(error)))
        return None


def _unnamed(rows: Rows) -> list[Fault]:
    return [
        Fault(rows.file, int(number), "name", "the community has neither a name nor a code")
        for number, name, code in zip(
            rows.numbers, rows.values["name"], rows.values["code"], strict=True
        )
        if name is None and code is None
    ]


def _twice(rows: Rows) -> list[Fault]:
    """Return a fault for a community without a code that stands there twice in one township."""
    seen: dict[tuple[Any, Any], int] = {}
    faults = []
    for row, number in enumerate(rows.numbers.tolist()):
        name, code = rows.values["name"][row], rows.values["code"][row]
        if name is None or code is not None:
            continue
        first = seen.setdefault((rows.values["parent"][row], name), number)
        if first != number:
            faults.append(Fault(rows.file, number, "name", f"{name} stands in row {first} already"))
    return faults


def _refusal(file: str, faults: list[Fault]) -> RefusedInputError:
    every = sorted(faults, key=lambda item: (item.row or 0, item.field or "", item.reason))
    first = every[0]
    more = f" and {len(every) - 1} more" if len(every) > 1 else ""
    message = f"{file}: row {first.row}, {first.field}: {first.reason}{more}"
    return RefusedInputError("invalid_rows", message, every)
