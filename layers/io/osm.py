"""OpenStreetMap files (.osm, .osm.gz, .osm.bz2, .osm.pbf) as plain arrays and lists.

Longitudes and latitudes are EPSG:4326 degrees with 7 decimals, as the format stores them.
Geometries of areas stay hexadecimal WKB: a million buildings fit in a third of a gigabyte so.
"""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import exp
from pathlib import Path
from sys import intern
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium
from osmium.filter import KeyFilter
from osmium.geom import WKBFactory, use_nodes

from gis.errors import Fault, RefusedInputError
from layers.io import osm_tags
from layers.io.progress import Progress, silent
from layers.io.sniff import OSM_CONTENTS, require_content

PARTS = ("streets", "barriers", "buildings", "water", "green")
FORMATS = {"pbf": "pbf", "osm_xml": "osm", "osm_xml_gz": "osm.gz", "osm_xml_bz2": "osm.bz2"}
# Objects a file yields per byte, only to draw a progress bar that never runs backwards.
OBJECTS_PER_BYTE = {"pbf": 1 / 30, "osm": 1 / 1500, "osm.gz": 1 / 120, "osm.bz2": 1 / 90}
OUT_OF_ORDER = "out of order"
REPORT_EVERY = 20_000
NOTES_LISTED = 20
WKB_LINE_HEADER_BYTES = 9
FEWEST_NODES = 2


@dataclass(frozen=True)
class Lines:
    """Ways as flat arrays: way `i` has the vertices `first[i]:first[i + 1]`."""

    way_id: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    node_id: npt.NDArray[np.int64]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    tags: list[dict[str, str]]
    """Of streets the tags in `osm_tags.STREET_KEYS`; of barriers `class` and `name`."""

    def __len__(self) -> int:
        return len(self.way_id)


@dataclass(frozen=True)
class Gates:
    """Barriers that are nodes: gates, bollards, stiles."""

    node_id: npt.NDArray[np.int64]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    tags: list[dict[str, str]]

    def __len__(self) -> int:
        return len(self.node_id)


@dataclass(frozen=True)
class Areas:
    """Buildings or land cover; `ref` is the way's number, or minus the relation's."""

    ref: array[int] = field(default_factory=lambda: array("q"))
    wkb: list[str] = field(default_factory=list)
    """Hexadecimal WKB multipolygons without an SRID, EPSG:4326."""
    label: list[str] = field(default_factory=list)
    """Value of the `building` tag, or `water` and `green`."""
    name: list[str | None] = field(default_factory=list)
    floors: list[int | None] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ref)

    def add(
        self, ref: int, wkb: str, label: str, name: str | None, floors: int | None = None
    ) -> None:
        """Append one area."""
        self.ref.append(ref)
        self.wkb.append(wkb)
        self.label.append(intern(label))
        self.name.append(name)
        self.floors.append(floors)

    def without(self, refs: set[int]) -> Areas:
        """Return the areas whose `ref` is not in `refs`."""
        keep = [i for i, ref in enumerate(self.ref) if ref not in refs]
        if len(keep) == len(self):
            return self
        return Areas(
            array("q", (self.ref[i] for i in keep)),
            [self.wkb[i] for i in keep],
            [self.label[i] for i in keep],
            [self.name[i] for i in keep],
            [self.floors[i] for i in keep],
        )


@dataclass(frozen=True)
class OsmContent:
    """Everything one file brings."""

    streets: Lines
    barriers: Lines
    gates: Gates
    buildings: Areas
    land_cover: Areas
    notes: list[str]
    """What was left out and why, one sentence each."""


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
    except RuntimeError as error:  # libosmium's only exception for damaged input
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


def _collect(path: Path, file_format: str, parts: frozenset[str], progress: Progress) -> OsmContent:
    collector = _Collector(parts)
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


class _Collector:
    """Gathers objects in the order of the file."""

    def __init__(self, parts: frozenset[str]) -> None:
        self.parts = parts
        self.streets = _LineList()
        self.barriers = _LineList()
        self.gate_nodes: list[tuple[int, float, float, dict[str, str]]] = []
        self.buildings = Areas()
        self.land_cover = Areas()
        self.expected_relations: dict[int, str] = {}
        self.built: set[int] = set()
        self.outer_ways: dict[int, list[int]] = {}
        self.broken_areas: list[str] = []
        self._wkb = WKBFactory()

    def take(self, item: Any) -> None:
        """Sort one object of the file into its list."""
        if item.is_area():
            self._take_area(item)
        elif item.is_way():
            self._take_way(item)
        elif item.is_node():
            if item.location.valid():
                tags = osm_tags.gate_tags(dict(item.tags))
                self.gate_nodes.append((item.id, item.location.lon, item.location.lat, tags))
        elif item.is_relation() and item.tags.get("type") == "multipolygon":
            self._take_relation(item)

    def _take_way(self, way: Any) -> None:
        tags = dict(way.tags)
        if "highway" in tags:
            self.streets.add(way, osm_tags.street_tags(tags))
        elif "barriers" in self.parts:
            barrier = osm_tags.barrier_class(tags)
            if barrier:
                kept = {"class": barrier} | ({"name": tags["name"]} if "name" in tags else {})
                self.barriers.add(way, kept)

    def _take_relation(self, relation: Any) -> None:
        tags = dict(relation.tags)
        label = self._area_label(tags)
        if label is None:
            return
        self.expected_relations[relation.id] = label
        if "building" in tags:
            # Its outline is often tagged as a building too and must not count twice.
            self.outer_ways[relation.id] = [
                member.ref
                for member in relation.members
                if member.type == "w" and member.role in {"outer", ""}
            ]

    def _take_area(self, area: Any) -> None:
        tags = area.tags  # not copied: few of a building's tags are ever asked for
        label = self._area_label(tags)
        if label is None:
            return
        ref = area.orig_id() if area.from_way() else -area.orig_id()
        try:
            wkb = self._wkb.create_multipolygon(area)
        except RuntimeError:  # rings that cross or do not close
            if area.from_way():
                self.broken_areas.append(f"{label} way {ref}")
            return
        if ref < 0:
            self.built.add(ref)
        if label == "building":
            floors = osm_tags.floors_of(tags.get("building:levels"))
            self.buildings.add(ref, wkb, tags.get("building"), tags.get("name"), floors)
        else:
            self.land_cover.add(ref, wkb, label, tags.get("name"))

    def _area_label(self, tags: osm_tags.Tags) -> str | None:
        if "buildings" in self.parts and osm_tags.is_building(tags):
            return "building"
        cover = osm_tags.land_cover_class(tags)
        return cover if cover in self.parts else None

    def result(self) -> OsmContent:
        """Return what was gathered."""
        broken = self.broken_areas + [
            f"{label} relation {ref}"
            for ref, label in sorted(self.expected_relations.items())
            if -ref not in self.built
        ]
        notes = [
            *_counted(broken, "areas with open or crossing rings were left out"),
            *_counted(self.streets.clipped, "streets lack some of their nodes and were cut there"),
        ]
        ids, lons, lats, tags = zip(*self.gate_nodes, strict=True) if self.gate_nodes else [()] * 4
        gates = Gates(
            np.asarray(ids, dtype=np.int64),
            np.asarray(lons, dtype=np.float64),
            np.asarray(lats, dtype=np.float64),
            list(tags),
        )
        outlines = {
            way for ref, ways in self.outer_ways.items() if -ref in self.built for way in ways
        }
        return OsmContent(
            self.streets.lines(),
            self.barriers.lines(),
            gates,
            self.buildings.without(outlines),
            self.land_cover,
            notes,
        )


class _LineList:
    """Ways under construction."""

    def __init__(self) -> None:
        self.way_id: list[int] = []
        self.node_id: list[npt.NDArray[np.int64]] = []
        self.lon_lat: list[npt.NDArray[np.float64]] = []
        self.tags: list[dict[str, str]] = []
        self.clipped: list[str] = []
        self._wkb = WKBFactory()

    def add(self, way: Any, tags: dict[str, str]) -> None:
        """Append a way; where an extract has lost nodes, the runs between them."""
        if len(way.nodes) < FEWEST_NODES:
            return
        try:
            # The detour over WKB reads all coordinates at once: 3 times faster than per node.
            blob = bytes.fromhex(self._wkb.create_linestring(way, use_nodes.ALL))
        except (RuntimeError, osmium.InvalidLocationError):
            self._add_runs(way, tags)
            return
        points = np.frombuffer(blob, dtype="<f8", offset=WKB_LINE_HEADER_BYTES).reshape(-1, 2)
        self._append(way.id, [node.ref for node in way.nodes], points, tags)

    def _add_runs(self, way: Any, tags: dict[str, str]) -> None:
        self.clipped.append(str(way.id))
        run: list[tuple[int, float, float]] = []
        for node in [*way.nodes, None]:
            if node is not None and node.location.valid():
                run.append((node.ref, node.location.lon, node.location.lat))
                continue
            if len(run) >= FEWEST_NODES:
                points = np.array([(lon, lat) for _, lon, lat in run])
                self._append(way.id, [ref for ref, _, _ in run], points, tags)
            run = []

    def _append(
        self,
        way_id: int,
        refs: list[int],
        points: npt.NDArray[np.float64],
        tags: dict[str, str],
    ) -> None:
        self.way_id.append(way_id)
        self.node_id.append(np.array(refs, dtype=np.int64))
        self.lon_lat.append(points)
        self.tags.append(tags)

    def lines(self) -> Lines:
        """Return the ways as flat arrays."""
        first = np.zeros(len(self.way_id) + 1, dtype=np.int64)
        np.cumsum([len(refs) for refs in self.node_id], out=first[1:])
        points = np.concatenate(self.lon_lat) if self.lon_lat else np.empty((0, 2))
        return Lines(
            np.array(self.way_id, dtype=np.int64),
            first,
            np.concatenate(self.node_id) if self.node_id else np.empty(0, dtype=np.int64),
            np.ascontiguousarray(points[:, 0]),
            np.ascontiguousarray(points[:, 1]),
            self.tags,
        )


def _counted(items: list[str], sentence: str) -> list[str]:
    """Return one note that counts the items and names the first of them."""
    if not items:
        return []
    more = f" and {len(items) - NOTES_LISTED} more" if len(items) > NOTES_LISTED else ""
    return [f"{len(items)} {sentence}: {', '.join(items[:NOTES_LISTED])}{more}"]
