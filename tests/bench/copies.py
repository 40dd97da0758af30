"""Sixteen towns side by side as files: streets as .osm.pbf, a million buildings, grids, stations.

The streets are those of the real town, shifted in longitude and latitude; buildings are generated
beside them, since no open extract has a million.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import shapely

from layers.io.osm import read_osm
from layers.io.osm_content import Lines
from layers.io.osm_tags import WATERWAY_BARRIERS
from tests.bench.place import SEEDS, Place

COPIES, SIDE, GAP_DEG = 16, 4, 0.05
BUILDINGS = 1_000_000
GRIDS_PER_SIDE = 20
STATIONS_PER_COPY = 100
BUILDING_DEG = 0.000_06
"""Half of a building's width: about 12 m across."""
BESIDE_DEG = (0.000_1, 0.000_35)
"""How far off its street a building stands: about 10 to 35 m."""
CAPACITIES = (2_500, 10_000, 40_000)
"""Households a station can serve, in turn: some are full, and chains of moves lead to those that are not."""
CATEGORIES = ("service_station", "clinic")


def write_copies(place: Place, folder: Path) -> dict[str, Path]:
    """Write the files and return them by kind, in the order to import them."""
    osm = read_osm(place.path, ("streets", "barriers"))
    low, high = place.network.node_lonlat.min(axis=0), place.network.node_lonlat.max(axis=0)
    step = high - low + GAP_DEG
    shifts = np.array([(column, line) for line in range(SIDE) for column in range(SIDE)]) * step
    paths = {
        "streets": folder / "streets.osm.pbf",
        "divisions": folder / "divisions.geojson",
        "buildings": folder / "buildings.gpkg",
        "stations": folder / "stations.geojson",
        "grids": folder / "grids.geojson",
    }
    _write_streets(paths["streets"], osm.streets, osm.barriers, shifts)
    lonlat = _write_buildings(paths["buildings"], place, shifts)
    _write_divisions(paths["divisions"], low, high, shifts)
    _write_grids(paths["grids"], low, high, shifts)
    _write_stations(paths["stations"], lonlat)
    return paths


def _write_streets(path: Path, streets: Lines, barriers: Lines, shifts: np.ndarray) -> None:
    """Write nodes, then ways: ids of a copy begin where those of the one before end."""
    both = (streets, barriers)
    identity = np.concatenate([lines.node_id for lines in both])
    known, first, inverse = np.unique(identity, return_index=True, return_inverse=True)
    at = np.column_stack([
        np.concatenate([lines.lon for lines in both])[first],
        np.concatenate([lines.lat for lines in both])[first],
    ])  # fmt: skip
    ways = []
    start = 0
    for lines in both:
        for way in range(len(lines)):
            size = int(lines.first[way + 1] - lines.first[way])
            tags = dict(lines.tags[way])
            ways.append((start, start + size, _as_osm(tags)))
            start += size
    writer = osmium.SimpleWriter(str(path), overwrite=True)
    make = osmium.osm.mutable
    for copy, shift in enumerate(shifts):
        for number, (lon, lat) in enumerate((at + shift).tolist()):
            writer.add_node(make.Node(id=copy * len(known) + number + 1, location=(lon, lat)))
    for copy in range(len(shifts)):
        refs = (inverse.ravel() + copy * len(known) + 1).tolist()
        for number, (begin, end, tags) in enumerate(ways):
            way = make.Way(id=copy * len(ways) + number + 1, nodes=refs[begin:end], tags=tags)
            writer.add_way(way)
    writer.close()


def _as_osm(tags: dict[str, str]) -> dict[str, str]:
    """Turn a barrier's class back into the tag it came from."""
    kind = tags.pop("class", None)
    if kind is None:
        return tags
    if kind == "railway":
        return {**tags, "railway": "rail"}
    return {**tags, "waterway" if kind in WATERWAY_BARRIERS else "barrier": kind}


def _write_buildings(
    path: Path,
    place: Place,
    shifts: np.ndarray,
    per_copy: int = BUILDINGS // COPIES,
    prefix: str = "B",
    seed: int = SEEDS[0],
) -> np.ndarray:
    """Put buildings beside random places of the streets, with households; return their places."""
    rng = np.random.default_rng(seed)
    network = place.network
    edges = np.flatnonzero(~network.edge_tunnel)
    edge = rng.choice(
        edges, per_copy, p=network.edge_length_mm[edges] / network.edge_length_mm[edges].sum()
    )
    lines = shapely.linestrings(
        network.vertex_lonlat,
        indices=np.repeat(np.arange(network.edges), np.diff(network.vertex_offsets)),
    )
    on_street = shapely.line_interpolate_point(lines[edge], rng.uniform(0, 1, per_copy), True)
    angle = rng.uniform(0, 2 * np.pi, per_copy)
    beside = rng.uniform(*BESIDE_DEG, per_copy)
    one = shapely.get_coordinates(on_street)
    one += np.column_stack((beside * np.cos(angle), beside * np.sin(angle)))
    lonlat = np.concatenate([one + shift for shift in shifts])
    registered = rng.integers(1, 60, len(lonlat))
    half = BUILDING_DEG
    frame = gpd.GeoDataFrame(
        {
            "code": [f"{prefix}{number:07}" for number in range(len(lonlat))],
            "kind": "residential",
            "registered": registered,
            "resident": registered - rng.integers(0, 2, len(lonlat)),
            "counted_on": "2026-06-30",
        },
        geometry=shapely.box(
            lonlat[:, 0] - half, lonlat[:, 1] - half, lonlat[:, 0] + half, lonlat[:, 1] + half
        ),
        crs="EPSG:4326",
    )
    frame.to_file(path, engine="pyogrio", layer="buildings", SPATIAL_INDEX="NO")
    return lonlat


def _code(copy: int) -> str:
    return f"990101{copy + 1:03}001"


def _write_divisions(path: Path, low: np.ndarray, high: np.ndarray, shifts: np.ndarray) -> None:
    whole = shapely.box(*(low + shifts[0] - GAP_DEG / 2), *(high + shifts[-1] + GAP_DEG / 2))
    items = [({"code": "990101", "name": "Bench county"}, whole)]
    for copy, shift in enumerate(shifts):
        box = shapely.box(*(low + shift), *(high + shift))
        items.append(({"code": _code(copy)[:9], "name": f"Township {copy + 1}"}, box))
        items.append(({"code": _code(copy), "name": f"Community {copy + 1}", "kind": "urban"}, box))
    _write_features(path, items)


def _write_grids(path: Path, low: np.ndarray, high: np.ndarray, shifts: np.ndarray) -> None:
    size = (high - low) / GRIDS_PER_SIDE
    items = []
    for copy, shift in enumerate(shifts):
        for cell in range(GRIDS_PER_SIDE**2):
            corner = low + shift + size * (cell % GRIDS_PER_SIDE, cell // GRIDS_PER_SIDE)
            code = f"{_code(copy)}{cell + 1:03}"
            items.append(
                ({"code": code, "name": f"Grid {code}"}, shapely.box(*corner, *(corner + size)))
            )
    _write_features(path, items)


def _write_stations(path: Path, lonlat: np.ndarray) -> None:
    rng = np.random.default_rng(SEEDS[1])
    items = []
    for category in CATEGORIES:
        for copy in range(COPIES):
            first = copy * (len(lonlat) // COPIES)
            chosen = first + rng.choice(len(lonlat) // COPIES, STATIONS_PER_COPY, replace=False)
            for number, row in enumerate(chosen):
                code = f"{category}-{copy + 1}-{number + 1}"
                items.append(
                    ({"code": code, "name": code, "category": category, "status": "open",
                      "capacity": CAPACITIES[number % len(CAPACITIES)]},
                     shapely.Point(lonlat[row]))
                )  # fmt: skip
    _write_features(path, items)


def _write_features(path: Path, items: list[tuple[dict[str, Any], shapely.Geometry]]) -> None:
    features = [
        {"type": "Feature", "properties": properties,
         "geometry": json.loads(shapely.to_geojson(shape))}
        for properties, shape in items
    ]  # fmt: skip
    content = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(content), encoding="utf-8")
