"""Estates, villager groups, areas of other offices and addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import Fault
from layers.areas import AreaIndex, require_area
from layers.categories import AREA_CATEGORIES
from layers.db import actor_of
from layers.io.fields import ADDRESSES, ESTATES, OFFICE_AREAS, VILLAGER_GROUPS
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


def codes_of(rows: Rows, dataset: str, notes: list[str], *, gaps: bool = False) -> list[str]:
    """Return a code per row: the file's, else the name where it names one thing, else a number.

    Parameters
    ----------
    gaps
        Rows without a code are numbered where others have one: not every shop has been given one.

    Raises
    ------
    RefusedInputError
        `invalid_rows` where a column of codes has gaps.
    """
    codes = rows.values["code"]
    if "code" in rows.given and gaps:
        lacking = sum(code is None for code in codes)
        if lacking:
            notes.append(
                f"{lacking} rows without a code are numbered as {dataset}:1, {dataset}:2 …"
            )
        return [
            code or f"{dataset}:{number}" for code, number in zip(codes, rows.numbers, strict=True)
        ]
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
    counts = store_rows(session, "estate", values, "true" if options.replace else None)
    return outcome_of(rows, counts, notes, "estates")


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
    counts = store_rows(session, "villager_group", values, "true" if options.replace else None)
    return outcome_of(rows, counts, notes, "villager_groups")


def import_office_areas(
    session: Session, path: Path, options: ImportOptions, progress: Progress
) -> Outcome:
    """Store areas of other offices by code; they may overlap and leave gaps, nothing is mended."""
    rows = rows_of(path, OFFICE_AREAS, options)
    progress(50, f"{len(rows):,} areas read")
    notes = list(rows.notes)
    dataset = options.dataset_of(path)
    notes += unknown_categories(rows, AREA_CATEGORIES, "area")
    notes += shift_notes(session, rows.geometry, [None] * len(rows))
    values = {
        "code": codes_of(rows, dataset, notes),
        "name": rows.values["name"],
        "category": rows.values["category"],
        "office": rows.values["office"],
        "dataset": [dataset] * len(rows),
        "geom": ewkb(as_multipolygons(rows.geometry)),
        "division_id": divisions_of(session, rows),
    }
    where = "t.dataset = :dataset" if options.replace else None
    counts = store_rows(session, "office_area", values, where, {"dataset": dataset})
    return outcome_of(rows, counts, notes, "office_areas")


def unknown_categories(rows: Rows, known: Collection[str], thing: str) -> list[str]:
    """Return a note per category of no known name: a new one, or a known one misspelt."""
    counts = Counter(value for value in rows.values["category"] if value)
    names = ", ".join(known)
    return [
        f"category '{word}' is not one of {names}; kept as its own "
        f"({count} {thing}{'s' if count != 1 else ''})"
        for word, count in counts.items()
        if word not in known
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
    counts = store_rows(
        session, "address", values, where, {"dataset": dataset}, key=("text", "dataset")
    )
    return outcome_of(rows, counts, notes, "addresses", places)


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


def store_rows(
    session: Session,
    table: str,
    values: dict[str, list[Any]],
    remove_where: str | None,
    parameters: dict[str, Any] | None = None,
    key: tuple[str, ...] = ("code",),
) -> Counts:
    """Write columns of values as rows of a table, and count what is new, changed and removed."""
    return upsert(
        session,
        table,
        key,
        list(values),
        zip(*values.values(), strict=True),
        remove_where=remove_where,
        parameters=parameters if remove_where else None,
    )


def outcome_of(
    rows: Rows, counts: Counts, notes: list[str], layer: str, places: Any = None
) -> Outcome:
    """Return what an import of rows did."""
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
