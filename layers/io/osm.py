"""Reads OpenStreetMap files (.osm, .osm.gz, .osm.bz2, .osm.pbf) in one go, filtered in C++."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from math import exp
from pathlib import Path
from typing import Any

import osmium
from osmium.filter import KeyFilter

from gis.errors import Fault, RefusedInputError
from layers.io.osm_collect import Collector
from layers.io.osm_content import OsmContent
from layers.io.progress import Progress, silent
from layers.io.sniff import OSM_CONTENTS, require_content

__all__ = ["PARTS", "OsmContent", "generator_of", "read_osm"]

PARTS = ("streets", "barriers", "buildings", "water", "green")
FORMATS = {"pbf": "pbf", "osm_xml": "osm", "osm_xml_gz": "osm.gz", "osm_xml_bz2": "osm.bz2"}
# Objects a file yields per byte, only to draw a progress bar that never runs backwards.
OBJECTS_PER_BYTE = {"pbf": 1 / 30, "osm": 1 / 1500, "osm.gz": 1 / 120, "osm.bz2": 1 / 90}
OUT_OF_ORDER = "out of order"
REPORT_EVERY = 20_000
DAMAGE = (RuntimeError, ValueError, OverflowError, osmium.InvalidLocationError)
"""What libosmium raises for damaged input."""


def read_osm(path: Path, parts: Sequence[str] = PARTS, progress: Progress = silent) -> OsmContent:
    """Return the streets of an OSM file and the `parts` asked for beside them.

    Raises
    ------
    RefusedInputError
        `unreadable_file` for truncated or damaged files, `wrong_file_type`, `empty_file`,
        `no_streets` when no way is a street.
    """
    content = require_content(path)
    if content not in OSM_CONTENTS:
        raise RefusedInputError("wrong_file_type", f"{path.name} is no OpenStreetMap file")
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        reason = f"there is no part {', '.join(unknown)}; parts are {', '.join(PARTS)}"
        raise RefusedInputError("unknown_part", reason, [Fault(path.name, reason=reason)])
    progress(0, "reading the file")
    try:
        try:
            result = _collect(path, FORMATS[content], frozenset(parts), progress)
            if (
                len(result.streets) == 0 and "streets" in parts and result.notes
            ):  # nodes may stand behind their ways
                result = _collect_sorted(path, frozenset(parts), progress)
        except RuntimeError as error:
            if OUT_OF_ORDER not in str(error):
                raise
            result = _collect_sorted(path, frozenset(parts), progress)
    except DAMAGE as error:
        reason = f"the file is damaged or cut off ({error})"
        raise RefusedInputError(
            "unreadable_file", f"{path.name}: {reason}", [Fault(file=path.name, reason=reason)]
        ) from error
    if len(result.streets) == 0 and "streets" in parts:
        reason = "there is no street in the file (no way with a highway tag and two known nodes)"
        raise RefusedInputError(
            "no_streets", f"{path.name}: {reason}", [Fault(file=path.name, reason=reason)]
        )
    progress(100, "file read")
    return result


def generator_of(path: Path) -> str:
    """Return the program that says it wrote an OSM file, empty where the file does not say."""
    try:
        source = osmium.io.File(str(path), FORMATS[require_content(path)])
        with osmium.io.Reader(source, osmium.osm.NOTHING) as reader:
            return str(reader.header().get("generator"))
    except DAMAGE:
        return ""


def _collect(path: Path, file_format: str, parts: frozenset[str], progress: Progress) -> OsmContent:
    collector = Collector(parts)
    per_object = OBJECTS_PER_BYTE[file_format] * path.stat().st_size
    for count, item in enumerate(_objects(path, file_format, parts)):
        collector.take(item)
        if count % REPORT_EVERY == 0 and count:
            progress(int(95 * (1 - exp(-count / per_object))), f"reading: {count:,} objects")
    return collector.result()


def _collect_sorted(path: Path, parts: frozenset[str], progress: Progress) -> OsmContent:
    """Read a file whose objects are out of order, as some download pages write them."""
    progress(0, "putting the file in order")
    with tempfile.TemporaryDirectory() as folder:
        ordered = Path(folder) / "ordered.osm.pbf"
        source = osmium.MergeInputReader()
        source.add_file(str(path))
        writer = osmium.SimpleWriter(str(ordered))
        source.apply(writer)
        writer.close()
        return _collect(ordered, "pbf", parts, progress)


def _objects(path: Path, file_format: str, parts: frozenset[str]) -> Iterator[Any]:
    """Yield the objects of interest; everything else is filtered before it reaches Python."""
    line_keys = (["highway"] if "streets" in parts else []) + (
        ["waterway", "railway", "barrier"] if "barriers" in parts else []
    )
    area_keys = (["building"] if "buildings" in parts else []) + (
        ["natural", "waterway", "landuse", "leisure"] if parts & {"water", "green"} else []
    )
    processor = osmium.FileProcessor(osmium.io.File(str(path), file_format)).with_locations()
    processor.with_filter(_only(osmium.osm.NODE, ["barrier"]))
    processor.with_filter(_only(osmium.osm.WAY, line_keys or ["no key at all"]))
    if area_keys:
        processor.with_areas(KeyFilter(*area_keys))
        processor.with_filter(_only(osmium.osm.AREA | osmium.osm.RELATION, area_keys))
    yield from processor


def _only(entities: osmium.osm.osm_entity_bits, keys: list[str]) -> KeyFilter:
    """Return a filter that keeps objects of these entities only with one of the keys."""
    chosen = KeyFilter(*keys)
    chosen.enable_for(entities)
    return chosen
