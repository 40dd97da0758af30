"""From records to canonical fields: every fault is collected, and raised once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.errors import Fault, RefusedInputError
from layers.io import cells
from layers.io.cells import CellError, header_key
from layers.io.coordinates import source_crs, to_lonlat
from layers.io.fields import Field, Kind
from layers.io.records import (
    IntArray,
    Misplaced,
    ObjectArray,
    ReadOptions,
    Records,
    misplaced_refusal,
)
from layers.io.sniff import TABLE_CONTENTS, require_content
from layers.io.table import read_table
from layers.io.vector import collect_vector

SHAPE_FAMILY = {
    "Point": "point",
    "MultiPoint": "point",
    "Polygon": "polygon",
    "MultiPolygon": "polygon",
    "LineString": "line",
    "MultiLineString": "line",
}
SPREADSHEET_ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"})
VALUES_NAMED = 5


@dataclass(frozen=True)
class Rows:
    """n rows of one kind, every value of its field's type or None."""

    kind: Kind
    file: str
    numbers: IntArray
    """(n,) row numbers as the user counts them."""
    values: Mapping[str, list[Any]]
    """Canonical field -> n values, for every field of the kind."""
    given: frozenset[str]
    """The fields the file (or the user) has at all."""
    geometry: ObjectArray
    """(n,) shapely geometries in EPSG:4326, None where a row has no place."""
    notes: list[str] = field(default_factory=list)
    columns: Mapping[str, str] = field(default_factory=dict)
    """Canonical field -> the column it was read from."""
    ignored: list[str] = field(default_factory=list)
    """Columns of the file that are no field of the kind."""

    def __len__(self) -> int:
        return len(self.numbers)


def read_rows(
    path: Path,
    kind: Kind,
    options: ReadOptions | None = None,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
) -> Rows:
    """Return the rows of a file as canonical fields; see `collect_rows`.

    Raises
    ------
    RefusedInputError
        What `collect_rows` raises or returns.
    """
    rows, refusal = collect_rows(path, kind, options, columns, constants)
    if refusal is not None:
        raise refusal
    return rows


def collect_rows(
    path: Path,
    kind: Kind,
    options: ReadOptions | None = None,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
) -> tuple[Rows, RefusedInputError | None]:
    """Return the rows of a file as canonical fields, and what refuses them, None where nothing does.

    For whoever finds more wrong with them than can be read off a file: a cell at fault is None.

    Parameters
    ----------
    columns
        Canonical field -> column of the file, as the user says (`--field`).
    constants
        Canonical field -> one value for every row (`--set`).

    Raises
    ------
    RefusedInputError
        Whatever the readers refuse, `missing_field`, `unknown_field`. Returned are `wrong_crs`,
        `invalid_geometry` and `outside_china` with all other faults of the file; `invalid_rows`,
        `duplicate_code` when that is all that is wrong.
    """
    options = options or ReadOptions()
    columns, constants = dict(columns or {}), dict(constants or {})
    _require_fields(kind, [*columns, *constants])
    if require_content(path) in TABLE_CONTENTS:
        records = read_table(path, options, [*columns.values(), *kind.words])
    else:
        records = collect_vector(path, options)
    chosen = _match(records, kind, columns, constants)
    faults: list[Fault] = []
    notes = list(records.notes)
    values: dict[str, list[Any]] = {}
    for item in kind.fields:
        if item.name in constants:
            source: Any = [constants[item.name]] * len(records)
        elif item.name in chosen:
            source = records.columns[chosen[item.name]]
        else:
            values[item.name] = [None] * len(records)
            continue
        name = chosen.get(item.name, item.name)
        values[item.name] = _column(records, item, name, source, faults, notes)
    misplaced = list(records.misplaced)
    told = {chosen.get(name, name) for name in ("lon", "lat")}
    silenced = {fault.row for fault in faults if fault.field in told}
    geometry = _places(records, kind, values, options, _Found(faults, misplaced, silenced))
    duplicates = _duplicates(records, kind, values)
    refusal: RefusedInputError | None = None
    if misplaced:
        refusal = misplaced_refusal(records.file, misplaced, [*faults, *duplicates])
    elif faults or duplicates:
        refusal = _refusal(records.file, faults, duplicates)
    given = frozenset(chosen) | frozenset(constants)
    taken = set(chosen.values())
    ignored = [name for name in records.columns if name not in taken]
    rows = Rows(
        kind, records.file, records.rows, values, given, geometry, notes, chosen, ignored
    )  # fmt: skip
    return rows, refusal


def _require_fields(kind: Kind, names: list[str]) -> None:
    known = [item.name for item in kind.fields]
    unknown = [name for name in names if name not in known]
    if unknown:
        reason = f"{kind.name} have no field {', '.join(unknown)}; fields: {', '.join(known)}"
        raise RefusedInputError("unknown_field", reason, [Fault(field=unknown[0], reason=reason)])


def _match(
    records: Records, kind: Kind, columns: Mapping[str, str], constants: Mapping[str, str]
) -> dict[str, str]:
    """Return canonical field -> column name; what the user says wins over what is found."""
    by_key: dict[str, str] = {}
    for name in records.columns:
        by_key.setdefault(header_key(name), name)
    chosen: dict[str, str] = {}
    faults: list[Fault] = []
    for canonical, column in columns.items():
        found = column if column in records.columns else by_key.get(header_key(column))
        if found is None:
            have = ", ".join(records.columns)
            reason = f"there is no column {column}; the file has {have}"
            faults.append(Fault(records.file, None, column, reason))
        else:
            chosen[canonical] = found
    taken = set(chosen.values())
    for exact in (True, False):  # a column called like a field is not another field's synonym
        for item in kind.fields:
            if item.name in chosen or item.name in constants:
                continue
            names = (item.name,) if exact else item.synonyms
            for word in names:
                found = by_key.get(header_key(word))
                if found is not None and found not in taken:
                    chosen[item.name] = found
                    taken.add(found)
                    break
    for item in kind.fields:
        if item.required and item.name not in chosen and item.name not in constants:
            names_text = ", ".join((item.name, *item.synonyms[:6]))
            have = ", ".join(records.columns) or "no column"
            reason = (
                f"no column for {item.name} (known as {names_text}); the file has {have}: "
                f"use --field {item.name}=COLUMN"
            )
            faults.append(Fault(records.file, None, item.name, reason))
    if faults:
        raise RefusedInputError("missing_field", f"{records.file}: {faults[0].reason}", faults)
    return chosen


def _column(
    records: Records, item: Field, column: str, source: Any, faults: list[Fault], notes: list[str]
) -> list[Any]:
    """Convert one column; equal cells are converted once."""
    convert = _converter(item, is_table=records.is_table)
    known: dict[Any, Any] = {}
    unknown_words: dict[str, int] = {}
    out: list[Any] = []
    rows = records.rows
    for i, cell in enumerate(source):
        if isinstance(cell, np.ndarray):  # GDAL's lists
            cell = ", ".join(str(part) for part in cell)  # noqa: PLW2901
        key = (type(cell), cell)
        if key not in known:
            known[key] = _convert(item, convert, cell)
        value = known[key]
        if isinstance(value, CellError):
            faults.append(Fault(records.file, int(rows[i]), column, str(value)))
            value = None
        elif isinstance(value, _Unknown):
            unknown_words[value.word] = unknown_words.get(value.word, 0) + 1
            value = item.fallback
        elif value is None and item.required:
            faults.append(Fault(records.file, int(rows[i]), column, f"{item.name} is empty"))
        out.append(value)
    if unknown_words:
        listed = ", ".join(list(unknown_words)[:VALUES_NAMED])
        count = sum(unknown_words.values())
        notes.append(f"{count} unknown values of {column} became {item.fallback}: {listed}")
    return out


@dataclass(frozen=True)
class _Unknown:
    """A word outside a vocabulary that has a fallback."""

    word: str


def _convert(item: Field, convert: Callable[[Any], Any], cell: Any) -> Any:
    """Return the value, None, an unknown word, or the error instead of raising it."""
    if isinstance(cell, str) and cell.strip() in SPREADSHEET_ERRORS:
        return CellError(f"the spreadsheet says {cell.strip()}")
    if cells.is_empty(cell) and not (item.type == "boolean" and cell == "无"):
        return None
    try:
        value = convert(cell)
    except CellError as error:
        return error
    if item.minimum is not None and value < item.minimum:
        negative = item.minimum == 0
        limit = "may not be negative" if negative else f"is below {item.minimum:g}"
        return CellError(f"{cells.shown(cell)} {limit}")
    if item.maximum is not None and value > item.maximum:
        return CellError(f"{cells.shown(cell)} is above {item.maximum:g}")
    return value


def _converter(item: Field, *, is_table: bool) -> Callable[[Any], Any]:
    if item.type == "code":
        return lambda cell: cells.as_code(cell, from_spreadsheet=is_table)
    if item.type == "choice":
        words = {header_key(word): stored for word, stored in item.words.items()}
        words |= {header_key(choice): choice for choice in item.choices}

        def choose(cell: Any) -> Any:
            text = cells.as_text(cell)
            stored = words.get(header_key(text))
            if stored is not None:
                return stored
            if item.fallback is not None:
                return _Unknown(text)
            if item.choices:
                raise CellError(f"{cells.shown(cell)} is none of {', '.join(item.choices)}")
            return text

        return choose
    return {
        "text": cells.as_text,
        "integer": cells.as_integer,
        "number": cells.as_number,
        "date": cells.as_date,
        "boolean": cells.as_boolean,
    }[item.type]


@dataclass(frozen=True)
class _Found:
    """What is wrong so far; a row whose coordinates were found fault with hears it only once."""

    faults: list[Fault]
    misplaced: list[Misplaced]
    told: set[int | None]

    def add(self, records: Records, i: int, name: str, reason: str) -> None:
        row = int(records.rows[i])
        if row not in self.told:
            self.told.add(row)
            self.faults.append(Fault(records.file, row, name, reason))


def _places(
    records: Records,
    kind: Kind,
    values: dict[str, list[Any]],
    options: ReadOptions,
    found: _Found,
) -> ObjectArray:
    """Return the geometry of every row, from the file or from its coordinate columns."""
    places = records.geometry
    if places is None:
        places = _points(records, kind, values, options, found)
    if not kind.shapes:
        return places
    wanted = " or ".join(kind.shapes)
    for i, place in enumerate(places):
        if place is None:
            if kind.place_required:
                reason = "no coordinates" if records.is_table else "no geometry"
                found.add(records, i, "geometry", reason)
        elif SHAPE_FAMILY.get(place.geom_type) not in kind.shapes:
            reason = f"a {place.geom_type} where a {wanted} is needed"
            found.add(records, i, "geometry", reason)
    return places


def _points(
    records: Records,
    kind: Kind,
    values: dict[str, list[Any]],
    options: ReadOptions,
    found: _Found,
) -> ObjectArray:
    """Return points from the columns lon and lat; they count as WGS 84 unless --crs says else."""
    out = np.full(len(records), None, dtype=object)
    if "lon" not in values:
        if kind.shapes and kind.place_required:
            reason = f"a table cannot hold the {kind.shapes[0]}s of {kind.name}: use a map file"
            raise RefusedInputError(
                "missing_field", f"{records.file}: {reason}", [Fault(records.file, reason=reason)]
            )
        return out
    lon = np.array([np.nan if v is None else v for v in values["lon"]], dtype=np.float64)
    lat = np.array([np.nan if v is None else v for v in values["lat"]], dtype=np.float64)
    has = ~np.isnan(lon) & ~np.isnan(lat)
    for i in np.flatnonzero(np.isnan(lon) != np.isnan(lat)):
        reason = "only one of the two coordinates is given"
        found.add(records, int(i), "lon, lat", reason)
    if has.any():
        points = np.asarray(shapely.points(lon[has], lat[has]), dtype=object)
        crs = source_crs(options.crs, "EPSG:4326", records.file)
        out[has], misplaced = to_lonlat(
            points,
            crs,
            allow_outside_china=options.allow_outside_china,
            file=records.file,
            rows=records.rows[has],
            field="lon, lat",
        )
        found.misplaced.extend(misplaced)
    return out


def _duplicates(records: Records, kind: Kind, values: dict[str, list[Any]]) -> list[Fault]:
    """Return a fault for every row whose key occurred before in the file."""
    if not kind.key:
        return []
    seen: dict[tuple[Any, ...], int] = {}
    faults = []
    for number, *parts in zip(records.rows, *(values[name] for name in kind.key), strict=True):
        key = tuple(parts)
        if None in key:
            continue
        first = seen.setdefault(key, int(number))
        if first != number:
            label = " and ".join(kind.key)
            reason = f"{label} {', '.join(str(part) for part in key)} stands in row {first} already"
            faults.append(Fault(records.file, int(number), label, reason))
    return faults


def _refusal(file: str, faults: list[Fault], duplicates: list[Fault]) -> RefusedInputError:
    every = sorted(
        [*faults, *duplicates], key=lambda item: (item.row or 0, item.field or "", item.reason)
    )
    first = every[0]
    more = f" and {len(every) - 1} more" if len(every) > 1 else ""
    message = f"{file}: row {first.row}, {first.field}: {first.reason}{more}"
    return RefusedInputError("invalid_rows" if faults else "duplicate_code", message, every)
