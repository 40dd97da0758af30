"""Rows as they stand in a user's file, before anybody has judged their meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from gis.errors import Fault, RefusedInputError

ObjectArray: TypeAlias = npt.NDArray[np.object_]
IntArray: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ReadOptions:
    """What the user says about a file; everything left out is found out or refused."""

    crs: str | None = None
    """`EPSG:4490`, `gcj02`, `bd09` …; wins over what the file says about itself."""
    encoding: str | None = None
    layer: str | None = None
    allow_outside_china: bool = False
    repair: bool = False
    """Mend self-crossing rings and list them instead of refusing the file."""


@dataclass(frozen=True)
class Misplaced:
    """Rows whose coordinates or shapes cannot be used, for one cause."""

    code: str
    """Of the refusal when nothing graver is wrong."""
    faults: list[Fault]
    """One per row; of very many the first."""
    count: int
    """Of all the rows."""
    hint: str = ""
    """What may be behind it, when the faults do not say so themselves."""


@dataclass(frozen=True)
class Records:
    """n rows of one file or layer."""

    file: str
    columns: Mapping[str, ObjectArray]
    """Column name as in the file -> n values; missing values are None."""
    rows: IntArray
    """(n,) row numbers as the user counts them (see `gis.errors.Fault`)."""
    geometry: ObjectArray | None = None
    """(n,) shapely geometries in EPSG:4326 without Z, None where a row has none."""
    notes: list[str] = field(default_factory=list)
    misplaced: list[Misplaced] = field(default_factory=list)
    """Gravest first; not raised at once, so that faults in other columns are told with them."""
    is_table: bool = False
    """True when the rows come from CSV or XLSX: coordinates are then in columns."""

    def __len__(self) -> int:
        return len(self.rows)


def objects(values: Any, length: int) -> ObjectArray:
    """Return any sequence as an object array whose missing values are all None."""
    out = np.empty(length, dtype=object)
    array = np.asarray(values) if not isinstance(values, list) else None
    if array is not None and array.dtype.kind == "f":
        missing = np.isnan(array)
        out[:] = array.tolist()
        out[missing] = None
        return out
    out[:] = array.tolist() if array is not None else values
    return out


def misplaced_refusal(
    file: str, misplaced: Sequence[Misplaced], others: Sequence[Fault] = ()
) -> RefusedInputError:
    """Return one refusal with every fault in the order of rows; the gravest gives its code."""
    first = misplaced[0]
    fault = first.faults[0]
    every = sorted(
        [*others, *(fault for item in misplaced for fault in item.faults)],
        key=lambda item: (item.row or 0, item.field or "", item.reason),
    )
    left = sum(item.count for item in misplaced) + len(others) - 1
    more = f" (and {left} more)" if left else ""
    hint = f"; {first.hint}" if first.hint and first.hint not in fault.reason else ""
    message = f"{file}: row {fault.row}: {fault.reason}{more}{hint}"
    return RefusedInputError(first.code, message, every)
