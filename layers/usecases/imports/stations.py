"""Stations: where a service is given, its premises, capacity, and which communities share it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from gis.errors import Fault
from layers.categories import STATION_CATEGORIES
from layers.io.cells import CellError, as_list, as_rooms
from layers.io.fields import STATIONS
from layers.io.parse import Rows
from layers.io.progress import Progress
from layers.usecases.imports.places import (
    codes_of,
    communities_by_word,
    community_codes,
    divisions_of,
    outcome_of,
    store_rows,
    unknown_categories,
)
from layers.usecases.imports.shift import shift_notes
from layers.usecases.imports.skeleton import (
    ImportOptions,
    Outcome,
    as_points,
    ewkb,
    refuse,
    rows_of,
)

DEFAULT_CATEGORY = "service_station"
T = TypeVar("T")


def import_stations(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store stations by code; what the file does not say about a known station stays."""
    rows = rows_of(path, STATIONS, options)
    progress(50, f"{len(rows):,} stations read")
    notes = list(rows.notes)
    dataset = options.dataset_of(path)
    if "category" not in rows.given:
        notes.append(f"there is no column of categories: all are {DEFAULT_CATEGORY}")
    notes += unknown_categories(rows, STATION_CATEGORIES, "station")
    _require_order(rows, "opened_on", "closed_on")
    communities = community_codes(session, rows.values["community"])
    notes += shift_notes(session, rows.geometry, communities)
    values: dict[str, list[Any]] = {
        "code": codes_of(rows, dataset, notes),
        "category": [value or DEFAULT_CATEGORY for value in rows.values["category"]],
        "status": [value or "open" for value in rows.values["status"]],
        "dataset": [dataset] * len(rows),
        "geom": ewkb(as_points(rows.geometry)),
        "division_id": divisions_of(session, rows),
    }
    for name in ("name", "opened_on", "closed_on", "premises_area_m2", "capacity", "lease_years"):
        if name in rows.given:
            values[name] = rows.values[name]
    if "serves" in rows.given:
        values["serves"] = _sharers(session, rows)
    if "rooms" in rows.given:
        values["rooms"] = [
            None if found is None else json.dumps(found, ensure_ascii=False)
            for found in _listed(rows, "rooms", as_rooms)
        ]
    where = "t.dataset = :dataset" if options.replace else None
    counts = store_rows(session, "station", values, where, {"dataset": dataset})
    return outcome_of(rows, counts, notes, "stations")


def _listed(rows: Rows, name: str, read: Callable[[Any], T]) -> list[T | None]:
    """Return the lists in the cells of a column, and refuse the rows whose cell is none."""
    found: list[T | None] = []
    faults = []
    for number, cell in zip(rows.numbers, rows.values[name], strict=True):
        try:
            found.append(None if cell is None else read(cell))
        except CellError as error:
            faults.append(Fault(rows.file, int(number), name, str(error)))
    if faults:
        first = f"{rows.file}: row {faults[0].row}: {faults[0].reason}"
        raise refuse("invalid_rows", first, faults)
    return found


def _sharers(session: Session, rows: Rows) -> list[list[str] | None]:
    """Return the codes of the communities that share each station's premises."""
    known = communities_by_word(session)

    def codes(cell: Any) -> list[str]:
        words = as_list(cell)
        unknown = [word for word in words if word not in known]
        if unknown:
            raise CellError(f"no community {', '.join(unknown)} is known")
        return sorted({known[word] for word in words})

    return _listed(rows, "serves", codes)


def _require_order(rows: Rows, earlier: str, later: str) -> None:
    """Refuse rows whose second date is not after the first."""
    faults = [
        Fault(rows.file, int(number), later, f"{last} is not after {earlier} {start}")
        for number, start, last in zip(
            rows.numbers, rows.values[earlier], rows.values[later], strict=True
        )
        if start and last and last <= start
    ]
    if faults:
        first = f"{rows.file}: row {faults[0].row}: {faults[0].reason}"
        raise refuse("invalid_rows", first, faults)
