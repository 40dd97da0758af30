"""Sorts the objects of an OpenStreetMap file into streets, barriers, gates and areas."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import osmium
from osmium.geom import WKBFactory, use_nodes

from layers.io import osm_tags
from layers.io.osm_content import Areas, Gates, Lines, OsmContent

NOTES_LISTED = 20
WKB_LINE_HEADER_BYTES = 9
FEWEST_NODES = 2


class Collector:
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
