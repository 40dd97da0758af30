"""Estates, villager groups, stations and addresses."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import Fault
from layers.areas import AreaIndex, require_area
from layers.categories import STATION_CATEGORIES
from layers.db import actor_of
from layers.io.cells import CellError, as_list, as_rooms
from layers.io.fields import ADDRESSES, ESTATES, STATIONS, VILLAGER_GROUPS
from layers.io.parse import Rows
from layers.io.progress import Progress
from layers.usecases.imports.shift import shift_notes
from layers.usecases.imports.skeleton import (
    ImportOptions,
    Outcome,
    as_multipolygons,
    as_points,
    bounds_of,
    ewkb,
    refuse,
    rows_of,
)
from layers.usecases.imports.upsert import Counts, upsert

DEFAULT_CATEGORY = "service_station"
T = TypeVar("T")


def codes_of(rows: Rows, dataset: str, notes: list[str]) -> list[str]:
    """Return a code per row: the file's, else the name where it names one thing, else a number.

    Raises
    ------
    RefusedInputError
        `invalid_rows` where a column of codes has gaps.
    """
    codes = rows.values["code"]
    if "code" in rows.given:
        faults = [
            Fault(rows.file, int(number), "code", "the code is empty")
            for number, code in zip(rows.numbers, codes, strict=True)
            if code is None
        ]
        if faults:
            raise refuse("invalid_rows", f"{rows.file}: row {faults[0].row}: no code", faults)
        return list(codes)
    names = rows.values.get("name", [])
    if rows.kind.code_from_name and all(names) and len(set(names)) == len(names):
        notes.append("there is no column of codes: the name serves as the code")
        return [str(name) for name in names]
    notes.append(f"there is no column of codes: rows are numbered as {dataset}:1, {dataset}:2 …")
    return [f"{dataset}:{number}" for number in rows.numbers]


def divisions_of(session: Session, rows: Rows, places: Any = None) -> list[int | None]:
    """Return the deepest division of each row (or of its place), and refuse rows outside one's area."""
    found = AreaIndex(session).of(as_points(rows.geometry if places is None else places))
    require_area(actor_of(session), rows.file, rows.numbers, found)
    return found


def communities_by_word(session: Session) -> dict[str, str]:
    """Return code -> code and unambiguous name -> code of the communities in force or to come."""
    found: dict[str, str] = {}
    ambiguous: set[str] = set()
    for code, name in session.execute(
        text(
            "SELECT v.code, v.name FROM division_version v JOIN division d ON d.id = v.division_id "
            "WHERE d.level = 'community' AND v.valid_to IS NULL ORDER BY v.code"
        )
    ):
        if name in found:
            ambiguous.add(name)
        found[name] = code
        found[code] = code
    return {word: code for word, code in found.items() if word not in ambiguous}


def community_codes(session: Session, words: list[Any]) -> list[str | None]:
    """Return community codes for codes or names as ledgers give them; unknown words stay."""
    known = communities_by_word(session) if any(words) else {}
    return [None if word is None else known.get(word, word) for word in words]


def import_estates(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store estates by code."""
    rows = rows_of(path, ESTATES, options)
    progress(50, f"{len(rows):,} estates read")
    notes = list(rows.notes)
    communities = community_codes(session, rows.values["community"])
    notes += shift_notes(session, rows.geometry, communities)
    values = {
        "code": codes_of(rows, options.dataset_of(path), notes),
        "name": rows.values["name"],
        "community": communities,
        "gated": [bool(value) for value in rows.values["gated"]],
        "geom": ewkb(as_multipolygons(rows.geometry)),
        "division_id": divisions_of(session, rows),
    }
    counts = _store(session, "estate", values, "true" if options.replace else None)
    return _outcome(rows, counts, notes, "estates")


def import_villager_groups(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store villager groups by code."""
    rows = rows_of(path, VILLAGER_GROUPS, options)
    progress(50, f"{len(rows):,} villager groups read")
    notes = list(rows.notes)
    communities = community_codes(session, rows.values["community"])
    notes += shift_notes(session, rows.geometry, communities)
    values = {
        "code": codes_of(rows, options.dataset_of(path), notes),
        "name": rows.values["name"],
        "community": communities,
        "geom": ewkb(rows.geometry),
        "division_id": divisions_of(session, rows),
    }
    counts = _store(session, "villager_group", values, "true" if options.replace else None)
    return _outcome(rows, counts, notes, "villager_groups")


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
    notes += _unknown_categories(rows)
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
    counts = _store(session, "station", values, where, {"dataset": dataset})
    return _outcome(rows, counts, notes, "stations")


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


def _unknown_categories(rows: Rows) -> list[str]:
    """Return a note per category of no known name: a new one, or a known one misspelt."""
    counts = Counter(value for value in rows.values["category"] if value)
    known = ", ".join(STATION_CATEGORIES)
    return [
        f"category '{word}' is not one of {known}; kept as its own "
        f"({count} station{'s' if count != 1 else ''})"
        for word, count in counts.items()
        if word not in STATION_CATEGORIES
    ]


def import_addresses(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store addresses by their text; without coordinates they lie on their building."""
    rows = rows_of(path, ADDRESSES, options)
    progress(50, f"{len(rows):,} addresses read")
    notes = list(rows.notes)
    dataset = options.dataset_of(path)
    places = _on_buildings(session, rows)
    first: dict[str, int] = {}
    for i, name in enumerate(rows.values["text"]):
        first.setdefault(name, i)
    if len(first) < len(rows):
        notes.append(f"{len(rows) - len(first)} repeated addresses were left out")
    keep = sorted(first.values())
    divisions = divisions_of(session, rows, places)
    points = ewkb(as_points(places))
    values: dict[str, list[Any]] = {
        "text": [rows.values["text"][i] for i in keep],
        "dataset": [dataset] * len(keep),
        "building": [rows.values["building"][i] for i in keep],
        "geom": [points[i] for i in keep],
        "division_id": [divisions[i] for i in keep],
    }
    where = "t.dataset = :dataset" if options.replace else None
    counts = _store(
        session, "address", values, where, {"dataset": dataset}, key=("text", "dataset")
    )
    return _outcome(rows, counts, notes, "addresses", places)


def _on_buildings(session: Session, rows: Rows) -> Any:
    """Return a place for every address, from its building where it has none."""
    places = rows.geometry.copy()
    lacking = [i for i, place in enumerate(places) if place is None]
    codes = sorted({rows.values["building"][i] for i in lacking} - {None})
    found = {
        code: shapely.from_wkb(bytes(wkb))
        for code, wkb in session.execute(
            text("SELECT code, ST_AsBinary(geom) FROM building WHERE code = ANY(:codes)"),
            {"codes": codes},
        )
    }
    faults = []
    for i in lacking:
        code = rows.values["building"][i]
        places[i] = found.get(code)
        if places[i] is None:
            said = f"no building {code} is known" if code else "neither coordinates nor a building"
            faults.append(Fault(rows.file, int(rows.numbers[i]), "building", said))
    if faults:
        first = f"{rows.file}: row {faults[0].row}: {faults[0].reason}"
        raise refuse("invalid_rows", first, faults)
    return places


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


def _store(
    session: Session,
    table: str,
    values: dict[str, list[Any]],
    remove_where: str | None,
    parameters: dict[str, Any] | None = None,
    key: tuple[str, ...] = ("code",),
) -> Counts:
    return upsert(
        session,
        table,
        key,
        list(values),
        zip(*values.values(), strict=True),
        remove_where=remove_where,
        parameters=parameters if remove_where else None,
    )


def _outcome(
    rows: Rows, counts: Counts, notes: list[str], layer: str, places: Any = None
) -> Outcome:
    return Outcome(
        read=len(rows),
        added=counts.added,
        updated=counts.updated,
        unchanged=counts.unchanged,
        removed=counts.removed,
        notes=notes,
        bounds=bounds_of(rows.geometry if places is None else np.asarray(places)),
        layers=(layer,),
    )
