"""A vector tile of 5,000 polygons: ours out of the store, and mapbox-vector-tile from memory."""

from __future__ import annotations

import json
import math
import tempfile
from importlib.metadata import version
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import shapely

from layers.features import TILE_EXTENT, tile
from layers.registry import layer
from layers.usecases.imports import ImportOptions, import_file
from layers.version import VERSION
from tests.bench.place import SEEDS, Place
from tests.bench.store import Store
from tests.bench.timing import Row, Tool, compare

POLYGONS, ZOOM = 5_000, 14
WORK = f"vector tile of {POLYGONS:,} polygons"
EARTH_M = 40_075_016.685578488


def compare_tiles(place: Place, store: Store, runs: int) -> list[Row]:
    """Fill one tile in the middle of the town with cells and make it."""
    lon, lat = np.median(place.lonlat, axis=0)
    column, line = _address(float(lon), float(lat))
    west, south, east, north = _bounds(column, line)
    rng = np.random.default_rng(SEEDS[0])
    seeds = shapely.multipoints(rng.uniform((west, south), (east, north), size=(POLYGONS, 2)))
    box = shapely.box(west, south, east, north)
    cells = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(seeds)), box)
    _store_grids(store, cells)
    with store.database.session("server") as session:

        def ours() -> bytes:
            return tile(session, layer("grids"), ZOOM, column, line)

        metres = shapely.transform(cells, _to_mercator)
        low, high = _to_mercator(np.array([(west, south), (east, north)]))
        features = [
            {"geometry": shape, "properties": {"code": f"G{n:05}", "kind": "general"}}
            for n, shape in enumerate(metres)
        ]

        def peer() -> bytes:
            made = {"name": "grids", "features": features}
            options = {"quantize_bounds": (*low, *high), "extents": TILE_EXTENT}
            return bytes(mapbox_vector_tile.encode([made], default_options=options))

        rows, answers = compare(
            WORK,
            [
                Tool("wangge", VERSION, ours, "ST_AsMVT out of the store, all fields"),
                Tool(
                    "mapbox-vector-tile",
                    version("mapbox-vector-tile"),
                    peer,
                    "from memory, projected before, two fields",
                ),
            ],
            runs,
        )
    for row in rows:
        content = mapbox_vector_tile.decode(answers[row.tool])
        row.note += f"; {len(content['grids']['features']):,} features"
    return rows


def _store_grids(store: Store, cells: np.ndarray) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"code": f"G{n:05}", "name": f"Grid {n}"},
            "geometry": json.loads(shapely.to_geojson(cell)),
        }
        for n, cell in enumerate(cells)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "grids.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        with store.database.session("server") as session:
            import_file(session, "grids", path, ImportOptions(allow_outside_china=True))


def _address(lon: float, lat: float) -> tuple[int, int]:
    x, y = _to_mercator(np.array([(lon, lat)]))[0]
    return (int((x / EARTH_M + 0.5) * 2**ZOOM), int((0.5 - y / EARTH_M) * 2**ZOOM))


def _bounds(column: int, line: int) -> tuple[float, float, float, float]:
    def lat(row: int) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / 2**ZOOM))))

    size = 360 / 2**ZOOM
    return column * size - 180, lat(line + 1), (column + 1) * size - 180, lat(line)


def _to_mercator(lonlat: np.ndarray) -> np.ndarray:
    """Project to the plane of web map tiles; nothing is measured there."""
    x = lonlat[:, 0] / 360 * EARTH_M
    y = np.log(np.tan(np.pi / 4 + np.radians(lonlat[:, 1]) / 2)) / (2 * np.pi) * EARTH_M
    return np.column_stack((x, y))
