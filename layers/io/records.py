"""Rows as they stand in a user's file, before anybody has judged their meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

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
