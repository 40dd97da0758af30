"""Cells in a file of one's own: read with all that is wrong named by row, written with their grid.

The file keeps its coordinates and attributes; only for measuring are the cells brought to metres.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from gis.adjacency import Int32Array
from gis.crs import FloatArray, IntArray, metric_zone, to_metric
from gis.errors import Fault, RefusedInputError
from layers.io.coordinates import SourceCrs, convert, invalid_faults, likely_cause, source_crs
from layers.io.dbf import damaged, read_table, table_encoding
from layers.io.records import ObjectArray
from layers.io.sniff import ENDINGS, VECTOR_CONTENTS, require_content, several_layers

GRID_FIELD = "grid"
SLIVER_M = 0.01
"""Overlaps narrower than this come from rounding and are let pass."""
MOST_HOUSEHOLDS = 10**9
FAULTS_LISTED = 1000
GEOJSON_ENDINGS = (".geojson", ".json")


@dataclass(frozen=True)
class CellFile:
    """n cells as they stand in a file."""

    file: str
    frame: gpd.GeoDataFrame
    source: SourceCrs
    shapes: ObjectArray
    """(n,) polygons in metres."""
    households: IntArray
    unit: Int32Array
    """(n,) number of the group that stays together, -1 for none."""
    notes: list[str] = field(default_factory=list)


def read_cell_file(
    path: Path,
    count_field: str,
    *,
    together: str | None = None,
    layer: str | None = None,
    crs: str | None = None,
) -> CellFile:
    """Return the cells of a polygon file with their counts.

    Parameters
    ----------
    count_field
        Field with whole numbers from 0.
    together
        Field whose equal values name cells that stay in one grid; empty values name nothing.
    layer, crs
        What the file does not say about itself.

    Raises
    ------
    RefusedInputError
        `file_not_found`, `empty_file`, `unreadable_file`, `wrong_file_type`, `several_layers`,
        `unknown_layer`, `missing_crs`, `unknown_crs`, `unknown_field`, `bad_cells` (geometries and
        counts, each row named), `overlapping_cells`.
    """
    frame, notes = _read(path, layer)
    file = path.name
    source = source_crs(crs, frame.crs, file)
    _require_fields(file, frame, [count_field, *([together] if together else [])])
    rows = np.arange(1, len(frame) + 1)
    geometry = np.asarray(frame.geometry.to_numpy(), dtype=object)
    households, faults = _counts(file, count_field, frame[count_field], rows)
    faults += _shape_faults(file, geometry, rows)
    if faults:
        raise RefusedInputError(
            "bad_cells", f"{file}: {len(faults)} cells cannot be used", faults[:FAULTS_LISTED]
        )
    shapes = _in_metres(file, geometry, source)
    _require_no_overlap(file, shapes, rows)
    unit = _groups(frame[together]) if together else np.full(len(frame), -1, dtype=np.int32)
    return CellFile(file, frame, source, shapes, households, unit, notes)


def write_cell_file(cells: CellFile, grid: IntArray, target: Path) -> list[str]:
    """Write the cells with their grid numbers, (n,), and return notes about what the format changed.

    The target appears whole or not at all.

    Raises
    ------
    RefusedInputError
        `cannot_write`.
    """
    driver = output_driver(target)
    frame = cells.frame.copy()
    notes = []
    taken = [name for name in frame.columns if str(name).lower() == GRID_FIELD]
    if taken:
        notes.append(f"the field {taken[0]} of the input is replaced")
        frame = frame.drop(columns=taken)
    frame.insert(len(frame.columns) - 1, GRID_FIELD, grid.astype(np.int32))
    if driver == "GeoJSON":
        frame = _as_lonlat(frame, cells.source)
    options: dict[str, Any] = {"driver": driver, "layer": target.stem}
    if driver == "ESRI Shapefile":
        options["encoding"] = "UTF-8"
    with tempfile.TemporaryDirectory(dir=target.absolute().parent, prefix=".divide-") as folder:
        made = Path(folder) / target.name
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                pyogrio.write_dataframe(frame, made, **options)
            except Exception as error:
                cause = " ".join(str(error).split())[:300]
                raise RefusedInputError("cannot_write", f"{target.name}: {cause}") from error
        notes += sorted({" ".join(str(item.message).split()) for item in said})
        for part in sorted(Path(folder).iterdir()):
            shutil.move(part, target.absolute().parent / part.name)
    return notes


def output_driver(target: Path) -> str:
    """Return the format that an output's name asks for.

    Raises
    ------
    RefusedInputError
        `cannot_write`.
    """
    try:
        driver = str(pyogrio.detect_write_driver(target.name))
    except ValueError as error:
        raise RefusedInputError(
            "cannot_write",
            f"{target.name}: its ending names no vector format; use .gpkg, .geojson or .shp",
        ) from error
    return "GeoJSON" if target.suffix.lower() in GEOJSON_ENDINGS else driver


def _read(path: Path, layer: str | None) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return the features of a file as they are, and notes about how they were read."""
    file = path.name
    options: dict[str, Any] = {}
    notes = []
    if any(file.lower().endswith(ending) for ending in ENDINGS) or not path.is_file():
        content = require_content(path)
        if content not in VECTOR_CONTENTS:
            reason = "this is no file of polygons"
            raise RefusedInputError(
                "wrong_file_type", f"{file}: {reason}", [Fault(file, reason=reason)]
            )
        if content == "shapefile":
            encoding, known = _shapefile_encoding(path)
            options["encoding"] = encoding
            notes.append(f"text read as {encoding} ({known})")
    names = [str(name) for name, _ in _gdal(file, lambda: pyogrio.list_layers(path))]
    if layer is not None and layer not in names:
        reason = f"there is no layer {layer!r}; the file has {', '.join(names)}"
        raise RefusedInputError("unknown_layer", f"{file}: {reason}", [Fault(file, reason=reason)])
    if layer is None and len(names) > 1:
        raise several_layers(file, "layers", names)
    frame = _gdal(file, lambda: pyogrio.read_dataframe(path, layer=layer, force_2d=True, **options))
    if len(frame) == 0 or not isinstance(frame, gpd.GeoDataFrame):
        reason = "no feature" if len(frame) == 0 else "no geometry"
        raise RefusedInputError(
            "empty_file", f"{file} holds {reason}", [Fault(file, reason=reason)]
        )
    return frame, notes


def _shapefile_encoding(path: Path) -> tuple[str, str]:
    parts = {
        part.suffix.lower(): part
        for part in path.parent.iterdir()
        if part.stem == path.stem and part.is_file()
    }
    if ".dbf" not in parts or ".shx" not in parts:
        reason = "the Shapefile lacks its .dbf or .shx file"
        raise RefusedInputError(
            "missing_file_part", f"{path.name}: {reason}", [Fault(path.name, reason=reason)]
        )
    return table_encoding(read_table(parts[".dbf"]), parts.get(".cpg"), None, path.name)


def _gdal(file: str, action: Callable[[], Any]) -> Any:
    """Run a GDAL call, its exceptions as refusals; its warnings are not for users."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return action()
    except MemoryError:
        raise
    except Exception as error:
        cause = " ".join(str(error).split())[:300]
        raise damaged(file, f"the file is damaged or cut off ({cause})") from error


def _require_fields(file: str, frame: gpd.GeoDataFrame, wanted: list[str]) -> None:
    known = [str(name) for name in frame.columns if name != frame.geometry.name]
    lacking = [name for name in wanted if name not in known]
    if lacking:
        listed = ", ".join(known) or "none"
        faults = [
            Fault(file, None, name, f"there is no such field; the file has {listed}")
            for name in lacking
        ]
        raise RefusedInputError(
            "unknown_field", f"{file} has no field {lacking[0]!r}; it has {listed}", faults
        )


def _counts(file: str, name: str, values: Any, rows: IntArray) -> tuple[IntArray, list[Fault]]:
    """Return whole counts, 0 where faulty, and the faults."""
    counts = np.zeros(len(rows), dtype=np.int64)
    faults = []
    for place, value in enumerate(values.tolist()):
        reason = _count_fault(value)
        if reason is None:
            counts[place] = int(value)
        else:
            faults.append(Fault(file, int(rows[place]), name, reason))
    return counts, faults


def _count_fault(value: object) -> str | None:
    if value is None or value != value:  # noqa: PLR0124 NaN is the value that differs from itself
        return "the count is missing"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"{str(value)[:40]!r} is no number"
    if value < 0:
        return f"{value:g} is negative"
    if value > MOST_HOUSEHOLDS:
        return f"{value:g} is more than {MOST_HOUSEHOLDS:,}"
    return None if float(value).is_integer() else f"{value:g} is not a whole number"


def _shape_faults(file: str, geometry: ObjectArray, rows: IntArray) -> list[Fault]:
    kind = shapely.get_type_id(geometry)
    empty = (kind == -1) | shapely.is_empty(geometry)
    other = ~empty & ~np.isin(kind, (3, 6))
    finite = np.ones(len(geometry), dtype=bool)
    xy, owner = shapely.get_coordinates(geometry, return_index=True)
    finite[owner[~np.isfinite(xy).all(axis=1)]] = False
    faults = [
        Fault(file, int(rows[at]), "geometry", reason)
        for mask, reason in (
            (empty, "there is no polygon"),
            (other, "this is no polygon"),
            (~finite & ~empty, "a coordinate is no number"),
        )
        for at in np.flatnonzero(mask)
    ]
    usable = ~empty & ~other & finite
    return faults + invalid_faults(geometry[usable], file, rows[usable])


def _in_metres(file: str, geometry: ObjectArray, source: SourceCrs) -> ObjectArray:
    """Return the cells in a CRS one can measure in."""
    if _is_metric(source):
        return geometry
    xy = shapely.get_coordinates(geometry)
    lonlat: FloatArray = np.column_stack(convert(xy[:, 0], xy[:, 1], source))
    wrong = ~np.isfinite(lonlat).all(axis=1) | (np.abs(lonlat) > (180, 90)).any(axis=1)
    if wrong.any():
        hint = likely_cause(xy[wrong], None)
        reason = f"coordinates do not fit {source.name}" + (f"; {hint}" if hint else "")
        raise RefusedInputError("wrong_crs", f"{file}: {reason}", [Fault(file, reason=reason)])
    west, east = lonlat[:, 0].min(), lonlat[:, 0].max()
    metres = to_metric(lonlat, metric_zone(float(west + east) / 2))
    return np.asarray(shapely.set_coordinates(geometry.copy(), metres), dtype=object)


def _is_metric(source: SourceCrs) -> bool:
    """Say whether areas can be taken from the coordinates as they are: Gauss-Krüger or UTM metres."""
    crs = source.crs
    if crs is None or not crs.is_projected or crs.coordinate_operation is None:
        return False
    metres = all(axis.unit_conversion_factor == 1 for axis in crs.axis_info)
    return metres and crs.coordinate_operation.method_name == "Transverse Mercator"


def _as_lonlat(frame: gpd.GeoDataFrame, source: SourceCrs) -> gpd.GeoDataFrame:
    """Return the frame in EPSG:4326; equal coordinates stay equal."""
    geometry = np.asarray(frame.geometry.to_numpy(), dtype=object)
    xy = shapely.get_coordinates(geometry)
    lonlat = np.column_stack(convert(xy[:, 0], xy[:, 1], source))
    moved = shapely.set_coordinates(geometry.copy(), lonlat)
    return frame.set_geometry(gpd.GeoSeries(moved, index=frame.index, crs=None)).set_crs(
        "EPSG:4326", allow_override=True
    )


def _require_no_overlap(file: str, shapes: ObjectArray, rows: IntArray) -> None:
    if bool(shapely.coverage_is_valid(shapes)):
        return
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    common = shapely.intersection(shapes[first], shapes[second])
    area, length = shapely.area(common), shapely.length(common)
    bad = (area > SLIVER_M) & (2 * area > SLIVER_M * length)
    faults = [
        Fault(
            file, int(rows[a]), "geometry",
            f"it overlaps the cell of row {int(rows[b])} by {size:.1f} m²",
        )
        for a, b, size in zip(first[bad], second[bad], area[bad], strict=True)
    ]  # fmt: skip
    if faults:
        raise RefusedInputError(
            "overlapping_cells",
            f"{file}: {len(faults)} pairs of cells overlap; cells must lie side by side",
            faults[:FAULTS_LISTED],
        )


def _groups(values: Any) -> Int32Array:
    """Return the number of the group of every value, in order of appearance; -1 for none."""
    numbers: dict[object, int] = {}
    found: NDArray[np.int32] = np.full(len(values), -1, dtype=np.int32)
    for place, value in enumerate(values.tolist()):
        if value is None or value != value or str(value).strip() == "":  # noqa: PLR0124 NaN
            continue
        found[place] = numbers.setdefault(value, len(numbers))
    return found
