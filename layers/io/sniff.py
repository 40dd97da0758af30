"""What a file really holds, whatever its name says."""

from __future__ import annotations

import bz2
import gzip
import re
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from gis.errors import Fault, RefusedInputError

HEAD_BYTES = 65_536

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"SQLite format 3\0", "geopackage"),
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "seven_zip"),
    (b"PAR1", "parquet"),
    (b"AC10", "dwg"),
)

CONTENT_NAMES = {
    "bzip2": "a bzip2 archive",
    "binary": "binary data of an unknown kind",
    "docx": "a Word document (.docx)",
    "dwg": "an AutoCAD drawing (.dwg)",
    "geojson": "GeoJSON",
    "geopackage": "a GeoPackage or SQLite database",
    "gzip": "a gzip archive of something other than OpenStreetMap XML",
    "html": "a web page (HTML)",
    "image": "an image",
    "json": "JSON that is neither GeoJSON nor TopoJSON",
    "kml": "KML",
    "kmz": "KMZ",
    "osm_xml": "OpenStreetMap XML",
    "osm_xml_bz2": "OpenStreetMap XML packed with bzip2",
    "osm_xml_gz": "OpenStreetMap XML packed with gzip",
    "parquet": "Parquet",
    "pbf": "OpenStreetMap PBF",
    "pdf": "a PDF document",
    "rar": "a RAR archive",
    "seven_zip": "a 7z archive",
    "shapefile": "a Shapefile",
    "text": "plain text",
    "topojson": "TopoJSON",
    "xls": "an old Excel or Word file (.xls, .doc)",
    "xlsx": "an Excel workbook (.xlsx)",
    "xml": "XML of another kind",
    "zip": "a zip archive without a Shapefile",
    "zipped_shapefile": "a zip archive with a Shapefile",
}

ENDINGS: dict[str, tuple[str, ...]] = {
    ".osm.pbf": ("pbf",),
    ".pbf": ("pbf",),
    ".osm.gz": ("osm_xml_gz",),
    ".osm.bz2": ("osm_xml_bz2",),
    ".osm": ("osm_xml",),
    ".geojson": ("geojson",),
    ".topojson": ("topojson",),
    ".json": ("geojson", "topojson"),
    ".gpkg": ("geopackage",),
    ".shp": ("shapefile",),
    ".zip": ("zipped_shapefile",),
    ".csv": ("text",),
    ".tsv": ("text",),
    ".txt": ("text",),
    ".xlsx": ("xlsx",),
}
"""What each known ending may hold; longer endings first."""

OSM_CONTENTS = ("pbf", "osm_xml", "osm_xml_gz", "osm_xml_bz2")
VECTOR_CONTENTS = ("geojson", "topojson", "geopackage", "shapefile", "zipped_shapefile")
TABLE_CONTENTS = ("text", "xlsx")


def several_layers(file: str, holds: str, names: Sequence[str]) -> RefusedInputError:
    """Return the question which of several layers is meant, with an answer as an example."""
    example = f'"{names[0]}"' if " " in names[0] else names[0]
    reason = (
        f"it holds {len(names)} {holds}: {', '.join(names)}; name the one to read, "
        f"for example --layer {example}"
    )
    return RefusedInputError("several_layers", f"{file}: {reason}", [Fault(file, reason=reason)])


def content_of(path: Path) -> str:
    """Return the content kind of a readable, non-empty file: a key of `CONTENT_NAMES`."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return kind
    if head[4:15] == b"\x0a\x09OSMHeader":
        return "pbf"
    if head.startswith((b"\x1f\x8b", b"BZh")):
        return _packed(path, head)
    if head.startswith(b"PK"):
        return _zipped(path)
    return _written(path, head)


def require_content(path: Path) -> str:
    """Return the content kind of an input file, or refuse it.

    Raises
    ------
    RefusedInputError
        `file_not_found`, `empty_file`, `unknown_file_type` (an ending nobody reads here) or
        `wrong_file_type` (another kind of file under a known ending).
    """
    name = path.name
    if not path.is_file():
        raise RefusedInputError("file_not_found", f"{name}: there is no such file")
    if path.stat().st_size == 0:
        fault = Fault(file=name, reason="the file is empty (0 bytes)")
        raise RefusedInputError("empty_file", f"{name} is empty", [fault])
    try:
        content = content_of(path)
    except OSError as error:
        reason = f"the file cannot be read ({error.strerror})"
        raise RefusedInputError(
            "unreadable_file", f"{name}: {reason}", [Fault(file=name, reason=reason)]
        ) from error
    ending = next((known for known in ENDINGS if name.lower().endswith(known)), None)
    if ending is None:
        known = ", ".join(ENDINGS)
        reason = f"it holds {CONTENT_NAMES[content]}; readable endings are {known}"
        raise RefusedInputError(
            "unknown_file_type",
            f"{name}: files of this ending are not read; {reason}",
            [Fault(file=name, reason=reason)],
        )
    if content not in ENDINGS[ending]:
        expected = " or ".join(CONTENT_NAMES[kind] for kind in ENDINGS[ending])
        reason = f"the ending {ending} promises {expected}, the file holds {CONTENT_NAMES[content]}"
        raise RefusedInputError(
            "wrong_file_type", f"{name}: {reason}", [Fault(file=name, reason=reason)]
        )
    return content


def _packed(path: Path, head: bytes) -> str:
    """Look inside gzip or bzip2; a damaged stream still counts as what it claims to be."""
    is_gzip = head.startswith(b"\x1f\x8b")
    opener = gzip.open if is_gzip else bz2.open
    try:
        with opener(path, "rb") as stream:
            inner = stream.read(4096)
    except (OSError, EOFError, ValueError, zlib.error):
        inner = b"<osm"
    if b"<osm" in inner:
        return "osm_xml_gz" if is_gzip else "osm_xml_bz2"
    return "gzip" if is_gzip else "bzip2"


def _zipped(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        # The directory stands at the end of a zip: a truncated one is judged by its ending.
        return "xlsx" if path.name.lower().endswith(".xlsx") else "zipped_shapefile"
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "word/document.xml" in names:
        return "docx"
    if any(name.endswith(".kml") for name in names):
        return "kmz"
    if any(name.endswith(".shp") for name in names):
        return "zipped_shapefile"
    return "zip"


def _written(path: Path, head: bytes) -> str:
    """Judge text: markup, JSON or anything a table could be."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    lower = text[:1024].lower()
    if lower.startswith((b"<!doctype html", b"<html")):
        return "html"
    if text.startswith(b"<"):
        if b"<osm" in lower:
            return "osm_xml"
        if b"<kml" in lower:
            return "kml"
        return "html" if b"<html" in lower else "xml"
    if text.startswith((b"{", b"[")):
        return _json(path, text)
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "binary"
    return "text"


def _json(path: Path, head: bytes) -> str:
    """Tell TopoJSON from GeoJSON; writers may put the top-level type first or last."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - HEAD_BYTES))
        ends = head + file.read()
    if re.search(rb'"type"\s*:\s*"Topology"', ends):
        return "topojson"
    types = rb"FeatureCollection|Feature|GeometryCollection|(?:Multi)?(?:Point|LineString|Polygon)"
    return "geojson" if re.search(rb'"type"\s*:\s*"(?:' + types + rb')"', ends) else "json"
