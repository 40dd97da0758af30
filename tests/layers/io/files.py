"""Small input files that tests write themselves."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl

WEST, SOUTH = 117.30, 28.60
STEP = 0.001


def at(x: float, y: float) -> list[float]:
    """Return a position on the toy map: one step is about 100 m."""
    return [round(WEST + x * STEP, 7), round(SOUTH + y * STEP, 7)]


def square(x: float, y: float, size: float = 1) -> list[list[list[float]]]:
    corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)]
    return [[at(*corner) for corner in corners]]


def feature(geometry: dict[str, Any] | None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(x: float, y: float, size: float = 1, **properties: Any) -> dict[str, Any]:
    return feature({"type": "Polygon", "coordinates": square(x, y, size)}, **properties)


def point(x: float, y: float, **properties: Any) -> dict[str, Any]:
    return feature({"type": "Point", "coordinates": at(x, y)}, **properties)


def line(*stops: tuple[float, float], **properties: Any) -> dict[str, Any]:
    coordinates = [at(*stop) for stop in stops]
    return feature({"type": "LineString", "coordinates": coordinates}, **properties)


def geojson(path: Path, *features: dict[str, Any]) -> Path:
    collection = {"type": "FeatureCollection", "features": list(features)}
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
    return path


def table(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def workbook(
    path: Path, rows: Sequence[Sequence[Any]], merged: Sequence[str] = (), title: str = "台账"
) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for area in merged:
        sheet.merge_cells(area)
    book.save(path)
    return path


def shapefile(
    path: Path, features: Sequence[dict[str, Any]], crs: str | None = "EPSG:4490"
) -> Path:
    frame = gpd.GeoDataFrame.from_features(list(features), crs="EPSG:4326")
    if crs:
        frame = frame.to_crs(crs)
    frame.to_file(path, encoding="UTF-8")
    path.with_suffix(".cpg").unlink()
    if crs is None:
        path.with_suffix(".prj").unlink()
    return path


def dbf(
    path: Path, fields: Sequence[tuple[bytes, str, int]], rows: Sequence[Sequence[bytes]]
) -> Path:
    """Write a dBASE table byte by byte: the writers at hand are too careful to be wrong."""
    header = 32 + 32 * len(fields) + 1
    width = 1 + sum(size for *_, size in fields)
    out = struct.pack("<4BIHH20x", 3, 125, 1, 1, len(rows), header, width)
    for name, kind, size in fields:
        out += struct.pack("<11sc4xBB14x", name, kind.encode(), size, 0)
    out += b"\r"
    for row in rows:
        out += b" " + b"".join(
            value.ljust(size) for value, (*_, size) in zip(row, fields, strict=True)
        )
    path.write_bytes(out + b"\x1a")
    return path


class Osm:
    """An OpenStreetMap XML file under construction."""

    def __init__(self) -> None:
        self.nodes: dict[int, tuple[float, float, Mapping[str, str]]] = {}
        self.others: list[str] = []

    def node(self, number: int, x: float, y: float, **tags: str) -> Osm:
        self.nodes[number] = (x, y, tags)
        return self

    def way(self, number: int, refs: Sequence[int], **tags: str) -> Osm:
        inner = "".join(f'<nd ref="{ref}"/>' for ref in refs) + _tags(tags)
        self.others.append(f'<way id="{number}" version="1">{inner}</way>')
        return self

    def box(self, number: int, x: float, y: float, size: float = 0.2, **tags: str) -> Osm:
        """Add a closed square way with nodes of its own."""
        first = number * 10
        corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
        for i, corner in enumerate(corners):
            self.node(first + i, *corner)
        return self.way(number, [first, first + 1, first + 2, first + 3, first], **tags)

    def relation(self, number: int, members: Mapping[int, str], **tags: str) -> Osm:
        inner = "".join(
            f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members.items()
        )
        body = inner + _tags({"type": "multipolygon", **tags})
        self.others.append(f'<relation id="{number}" version="1">{body}</relation>')
        return self

    def text(self) -> str:
        nodes = "".join(
            f'<node id="{number}" version="1" lon="{at(x, y)[0]}" lat="{at(x, y)[1]}">'
            f"{_tags(tags)}</node>"
            for number, (x, y, tags) in sorted(self.nodes.items())
        )
        return f"<?xml version='1.0'?><osm version='0.6'>{nodes}{''.join(self.others)}</osm>"

    def write(self, path: Path) -> Path:
        raw = self.text().encode()
        path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
        return path


def _tags(tags: Mapping[str, str]) -> str:
    return "".join(
        f'<tag k="{key.replace("__", ":")}" v="{value}"/>' for key, value in tags.items()
    )


def town() -> Osm:
    """Return two streets that cross in node 2, a gated lane, a river, a wall, two houses.

        4
        |
    1 - 2 - 3 -(gate 5)- 6
    """
    osm = Osm()
    for number, (x, y) in {1: (0, 0), 2: (1, 0), 3: (2, 0), 4: (1, 1), 6: (4, 0)}.items():
        osm.node(number, x, y)
    osm.node(5, 3, 0, barrier="gate", locked="yes")
    osm.node(7, 0, 2).node(8, 4, 2)
    osm.way(1, [1, 2, 3], highway="residential", name="人民路")
    osm.way(2, [2, 4], highway="footway")
    osm.way(3, [3, 5, 6], highway="service", access="private")
    osm.way(4, [7, 8], waterway="river", name="青溪")
    osm.way(5, [1, 4], highway="motorway")
    osm.box(101, 0.5, 0.3, building="apartments", building__levels="6", name="一号楼")
    osm.box(102, 1.5, 0.3, building="retail")
    osm.box(103, 2.5, 0.3, natural="water")
    osm.box(104, 3.5, 0.3, leisure="park")
    return osm
