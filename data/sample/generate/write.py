"""The files: OSM XML, GeoJSON and CSV, written so that the same county gives the same bytes."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import shapely
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from .curves import polygons_of
from .frame import lonlat, to_lonlat

NOTE = "SYNTHETIC sample data, no real place; CC0-1.0"


def feature_collection(
    path: Path, name: str, rows: Sequence[tuple[BaseGeometry, dict[str, object]]]
) -> None:
    """Write one GeoJSON file; geometries are given in local metres."""
    head = {"type": "FeatureCollection", "name": name, "synthetic": True, "license": "CC0-1.0"}
    lines = []
    for geometry, properties in rows:
        shape = json.loads(shapely.to_geojson(shapely.orient_polygons(to_lonlat(geometry))))
        feature = {"type": "Feature", "properties": properties, "geometry": shape}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    start = json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1]
    path.write_text(start + ',"features":[\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


def table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write one CSV file, UTF-8, Unix line ends; None becomes an empty cell."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(header)
    out.writerows([["" if v is None else v for v in row] for row in rows])
    path.write_text(text.getvalue(), encoding="utf-8")


def without_holes(polygon: Polygon) -> list[Polygon]:
    """Return parts of the polygon, cut through its holes, so that none has a hole."""
    if not polygon.interiors:
        return [polygon]
    x = polygon.interiors[0].centroid.x
    left, bottom, right, top = polygon.bounds
    halves = [
        polygon.intersection(box(*b)) for b in ((left, bottom, x, top), (x, bottom, right, top))
    ]
    return [q for h in halves for p in polygons_of(h, 5) for q in without_holes(p)]


class OsmFile:
    """An OSM file in the making: nodes are shared by position, ids count up from one."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[float, float], int] = {}
        self._tags: dict[int, dict[str, str]] = {}
        self._ways: list[tuple[list[int], dict[str, str]]] = []

    def node(self, lon: float, lat: float) -> int:
        return self._nodes.setdefault((lon, lat), len(self._nodes) + 1)

    def tag(self, point: BaseGeometry, tags: dict[str, str]) -> None:
        """Tag the node at the point (local metres)."""
        lon, lat = lonlat(shapely.get_coordinates(point))[0].tolist()
        self._tags.setdefault(self.node(lon, lat), {}).update(tags)

    def way(self, line: BaseGeometry, tags: dict[str, str]) -> None:
        """Add a way along the line (local metres); repeated vertices are left out."""
        refs: list[int] = []
        for lon, lat in lonlat(shapely.get_coordinates(line)).tolist():
            ref = self.node(lon, lat)
            if not refs or refs[-1] != ref:
                refs.append(ref)
        if len(refs) > 1:
            self._ways.append((refs, tags))

    def area(self, polygon: Polygon, tags: dict[str, str]) -> None:
        """Add a closed way; an area with holes becomes several that touch, not a relation."""
        for part in without_holes(polygon):
            self.way(part.exterior, tags)

    def write(self, path: Path) -> None:
        xy = np.array(list(self._nodes))
        (w, s), (e, n) = xy.min(axis=0), xy.max(axis=0)
        out = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<osm version="0.6" generator="data.sample.generate (synthetic)">',
            f"  <note>{NOTE}</note>",
            f'  <bounds minlat="{s:.7f}" minlon="{w:.7f}" maxlat="{n:.7f}" maxlon="{e:.7f}"/>',
        ]
        for (lon, lat), ref in self._nodes.items():
            head = f'  <node id="{ref}" version="1" lat="{lat:.7f}" lon="{lon:.7f}"'
            tags = self._tags.get(ref)
            out.append(f"{head}/>" if not tags else f"{head}>{_xml(tags)}</node>")
        for i, (refs, tags) in enumerate(self._ways, 1):
            nds = "".join(f'<nd ref="{r}"/>' for r in refs)
            out.append(f'  <way id="{i}" version="1">{nds}{_xml(tags)}</way>')
        out.append("</osm>\n")
        with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
            packed.write("\n".join(out).encode())


def _xml(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in sorted(tags.items()))
