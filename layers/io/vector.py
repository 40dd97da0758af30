"""Geographic files (GeoJSON, TopoJSON, GeoPackage, Shapefile also zipped) as records."""

from __future__ import annotations

import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

from gis.errors import Fault, RefusedInputError
from layers.io.coordinates import invalid_faults, source_crs, to_lonlat
from layers.io.dbf import damaged, read_table, table_columns, table_encoding
from layers.io.encoding import decode_text, encoding_note
from layers.io.records import (
    Misplaced,
    ObjectArray,
    ReadOptions,
    Records,
    misplaced_refusal,
    objects,
)
from layers.io.sniff import VECTOR_CONTENTS, require_content, several_layers

SHAPEFILE_PARTS = (".shp", ".shx", ".dbf")
SHAPEFILE_HEADER_BYTES = 100
JSON_CRS = "EPSG:4326"
REPAIRS_LISTED = 20


@dataclass(frozen=True)
class _Source:
    """What GDAL is to open."""

    data: str | bytes
    attributes: Callable[[Any], dict[str, ObjectArray]] | None = None
    """Reads the columns of the given record numbers where GDAL should not."""
    encoding: tuple[str, str] | None = None
    """Encoding and how it is known."""


def read_vector(path: Path, options: ReadOptions | None = None) -> Records:
    """Return the features of a geographic file in EPSG:4326.

    Features count from 1. Geometries come without Z, polygons valid. As `collect_vector`, but
    misplaced features are refused here.

    Raises
    ------
    RefusedInputError
        What `collect_vector` refuses; `wrong_crs`, `outside_china`, `invalid_geometry`.
    """
    records = collect_vector(path, options)
    if records.misplaced:
        raise misplaced_refusal(records.file, records.misplaced)
    return records


def collect_vector(path: Path, options: ReadOptions | None = None) -> Records:
    """Return the features of a geographic file, those that cannot be used named in `misplaced`.

    Raises
    ------
    RefusedInputError
        `wrong_file_type`, `empty_file`, `unreadable_file`, `missing_file_part`, `several_layers`,
        `unknown_layer`, `unknown_encoding`, `missing_crs`, `unknown_crs`, and
        `invalid_geometry` for rings that cannot be read at all.
    """
    options = options or ReadOptions()
    content = require_content(path)
    if content not in VECTOR_CONTENTS:
        reason = (
            "OpenStreetMap files bring streets and buildings; other kinds need a layer of a map"
        )
        raise RefusedInputError(
            "wrong_file_type", f"{path.name}: {reason}", [Fault(path.name, reason=reason)]
        )
    if content == "zipped_shapefile":
        with tempfile.TemporaryDirectory() as folder:
            shapefile = _unzip(path, Path(folder), options.layer)
            return _records(path.name, "shapefile", _shapefile(shapefile, options), options)
    if content == "shapefile":
        return _records(path.name, content, _shapefile(path, options), options)
    if content in {"geojson", "topojson"}:
        return _records(path.name, content, _json(path, options), options)
    return _records(path.name, content, _Source(str(path)), options)


def _records(file: str, content: str, source: _Source, options: ReadOptions) -> Records:
    wanted = options.layer if content in {"geopackage", "topojson"} else None
    layer = _layer(file, source, wanted)
    meta, numbers, geometry, values = _read(file, source, layer)
    count = len(geometry)
    if count == 0:
        raise RefusedInputError(
            "empty_file", f"{file} holds no feature", [Fault(file=file, reason="no feature")]
        )
    rows = np.arange(1, count + 1, dtype=np.int64)
    if source.attributes:
        columns = source.attributes(numbers)
    else:
        named = zip(meta["fields"], values, strict=True)
        columns = {str(name): objects(column, count) for name, column in named}
    notes = []
    if source.encoding:
        texts = (text for column in columns.values() for text in column if isinstance(text, str))
        notes.append(encoding_note(*source.encoding, texts))
    found = meta["crs"] or (JSON_CRS if content == "topojson" else None)
    if found and "undefined" in str(found).lower():  # GeoPackage's srs_id -1 and 0
        found = None
    crs = source_crs(options.crs, found, file)
    notes += [note for note in (crs.note,) if note]
    shapes = _shapes(file, geometry, rows)
    shapes, misplaced = to_lonlat(
        shapes, crs, allow_outside_china=options.allow_outside_china, file=file, rows=rows
    )
    shapes, repairs, invalid = _valid(file, shapes, rows, repair=options.repair)
    return Records(file, columns, rows, shapes, notes + repairs, misplaced + invalid)


def _layer(file: str, source: _Source, wanted: str | None) -> str | None:
    """Return the layer to read; several are a question only the user can answer."""
    listed = _gdal(file, lambda: pyogrio.list_layers(source.data))
    names = [str(name) for name, kind in listed if kind is not None]
    if wanted is not None:
        if wanted not in names:
            reason = f"there is no layer {wanted!r}; the file has {', '.join(names)}"
            raise RefusedInputError(
                "unknown_layer", f"{file}: {reason}", [Fault(file, reason=reason)]
            )
        return wanted
    if len(names) > 1:
        raise several_layers(file, "layers", names)
    return None


def _read(
    file: str, source: _Source, layer: str | None
) -> tuple[dict[str, Any], Any, Any, list[Any]]:
    """Return GDAL's metadata, feature numbers, geometries as WKB, and columns."""
    meta, numbers, geometry, values = _gdal(
        file,
        lambda: pyogrio.raw.read(
            source.data,
            layer=layer,
            columns=[] if source.attributes else None,
            return_fids=True,
            force_2d=True,
            datetime_as_string=True,
        ),
    )
    if geometry is None:
        raise RefusedInputError(
            "invalid_geometry", f"{file} has no geometry", [Fault(file, reason="no geometry")]
        )
    return meta, numbers, geometry, values


def _gdal(file: str, action: Callable[[], Any]) -> Any:
    """Run a GDAL call, its exceptions as refusals; its warnings are not for users."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return action()
    except MemoryError:
        raise
    except Exception as error:  # whatever the damage happens to hit
        cause = " ".join(str(error).split())[:300].replace("/vsimem/", "")
        raise damaged(file, f"the file is damaged or cut off ({cause})") from error


def _shapes(file: str, wkb: Any, rows: Any) -> ObjectArray:
    """Return shapely geometries; rings too short or open are refused by row."""
    shapes = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    lost = [i for i, blob in enumerate(wkb) if blob is not None and shapes[i] is None]
    if lost:
        reason = "a ring is open or has fewer than four points"
        faults = [Fault(file, int(rows[i]), "geometry", reason) for i in lost]
        raise RefusedInputError("invalid_geometry", f"{file}: {reason}", faults)
    shapes[shapely.is_empty(shapes)] = None
    return shapes


def _valid(
    file: str, shapes: ObjectArray, rows: Any, *, repair: bool
) -> tuple[ObjectArray, list[str], list[Misplaced]]:
    """Return valid geometries, mended with a note where the user asked for it, else the faults."""
    faults = invalid_faults(shapes, file, rows)
    if not faults:
        return shapes, [], []
    if not repair:
        hint = "mend the file or use --repair"
        return shapes, [], [Misplaced("invalid_geometry", faults, len(faults), hint)]
    mended = shapes.copy()
    where = [int(fault.row or 0) - 1 for fault in faults]
    mended[where] = [_polygons_only(shapely.make_valid(shapes[i])) for i in where]
    listed = [f"feature {fault.row}: {fault.reason}" for fault in faults[:REPAIRS_LISTED]]
    return mended, [f"{len(faults)} geometries were mended: {'; '.join(listed)}"], []


def _polygons_only(shape: Any) -> Any:
    """Drop the lines and points that mending leaves where a ring had folded onto itself."""
    if shape.geom_type != "GeometryCollection":
        return shape
    parts = [part for part in shape.geoms if part.geom_type in {"Polygon", "MultiPolygon"}]
    return shapely.union_all(parts)


def _json(path: Path, options: ReadOptions) -> _Source:
    """Return JSON to open; what is not UTF-8 is recoded in memory."""
    raw = path.read_bytes()
    text, encoding = decode_text(raw, options.encoding, path.name)
    if encoding == "utf-8":
        return _Source(raw.removeprefix(b"\xef\xbb\xbf") if raw[:1] == b"\xef" else str(path))
    return _Source(text.encode(), encoding=(encoding, "JSON should be UTF-8"))


def _shapefile(path: Path, options: ReadOptions) -> _Source:
    """Return a Shapefile to open, its parts present, complete, and its encoding known."""
    parts = {
        part.suffix.lower(): part
        for part in path.parent.iterdir()
        if part.stem == path.stem and part.is_file()
    }
    lacking = [ending for ending in SHAPEFILE_PARTS if ending not in parts]
    if lacking:
        reason = f"the Shapefile lacks its {' and '.join(lacking)} file"
        raise RefusedInputError(
            "missing_file_part", f"{path.name}: {reason}", [Fault(path.name, reason=reason)]
        )
    for ending in (".shp", ".shx"):
        with parts[ending].open("rb") as file:
            header = file.read(SHAPEFILE_HEADER_BYTES)
        says = int.from_bytes(header[24:28], "big") * 2
        if len(header) < SHAPEFILE_HEADER_BYTES or parts[ending].stat().st_size < says:
            raise damaged(path.name, f"the {ending} file is cut off")
    table = read_table(parts[".dbf"])
    known = table_encoding(table, parts.get(".cpg"), options.encoding, path.name)
    return _Source(
        str(path), lambda records: table_columns(table, known[0], records), encoding=known
    )


def _unzip(path: Path, folder: Path, wanted: str | None) -> Path:
    """Unpack one Shapefile of a zip archive and return its .shp."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [item for item in archive.infolist() if not item.is_dir()]
            stems = sorted(
                item.filename[:-4]
                for item in members
                if item.filename.lower().endswith(".shp") and "__MACOSX" not in item.filename
            )
            names = [stem.rsplit("/", 1)[-1] for stem in stems]
            if wanted is not None and wanted not in names:
                reason = f"there is no Shapefile {wanted!r}; the archive has {', '.join(names)}"
                raise RefusedInputError("unknown_layer", f"{path.name}: {reason}")
            if wanted is None and len(stems) > 1:
                raise several_layers(path.name, "Shapefiles", names)
            stem = stems[names.index(wanted) if wanted is not None else 0]
            for item in members:
                if item.filename[:-4] == stem:
                    # Only the ending is taken from the archive: no path in it is ever followed.
                    target = folder / f"layer{item.filename[-4:].lower()}"
                    target.write_bytes(archive.read(item))
    except (
        *(zipfile.BadZipFile, zlib.error, EOFError),
        *(OSError, NotImplementedError, RuntimeError, UnicodeError, ValueError),
    ) as error:
        raise damaged(path.name, f"the archive is damaged or locked ({error})") from error
    return folder / "layer.shp"
