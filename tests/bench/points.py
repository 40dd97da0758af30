"""Points in polygons, one look-up, and a radius: the work behind cards, counts and straight lines."""

from __future__ import annotations

import time
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gis.coverage import locate, nearest_straight
from layers.version import VERSION
from tests.bench.place import SEEDS, Place
from tests.bench.store import Store
from tests.bench.timing import Row, Tool, compare

POINTS, POLYGONS, LOOKUPS, RADIUS_M = 200_000, 500, 2_000, 3_000
COUNT = f"{POINTS:,} points counted in {POLYGONS} polygons"
LOOK_UP = "point to polygon, one look-up"
RADIUS = "3 km radius around 100 stations, all buildings"


def compare_points(place: Place, store: Store, runs: int) -> list[Row]:
    """Time counting, looking up and the straight radius."""
    rng = np.random.default_rng(SEEDS[0])
    low, high = place.network.node_xy.min(axis=0), place.network.node_xy.max(axis=0)
    points = rng.uniform(low, high, size=(POINTS, 2))
    seeds = shapely.multipoints(rng.uniform(low, high, size=(POLYGONS, 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=shapely.box(*low, *high)))
    store.connection.execute(b"CREATE TABLE bench.point (geom geometry(Point))")
    store.connection.execute(b"CREATE TABLE bench.cell (id integer, geom geometry(Polygon))")
    store.copy("point", ((item,) for item in shapely.to_wkb(shapely.points(points), hex=True)))
    store.copy("cell", enumerate(shapely.to_wkb(cells, hex=True)))
    store.connection.execute(
        b"CREATE INDEX ON bench.point USING gist (geom);"
        b"CREATE INDEX ON bench.cell USING gist (geom); ANALYZE"
    )
    rows, answers = compare(COUNT, _counters(points, cells, store), runs)
    _agree(answers)
    rows += _look_ups(points[:LOOKUPS], cells, store)
    stations = place.station_nodes(SEEDS[0])
    store.set_stations(place, stations)
    made, answers = compare(RADIUS, _radii(place, stations, store), runs)
    _agree(answers, most_apart=3)
    return rows + made


def _agree(answers: dict[str, Any], most_apart: int = 0) -> None:
    """Stop when tools counted differently: then they did not do the same work."""
    first = answers["wangge"]
    for name, answer in answers.items():
        apart = int(np.abs(np.asarray(answer, dtype=np.int64) - first).sum())
        if apart > most_apart:
            raise AssertionError(f"{name} counts otherwise, by {apart}")


def _counters(points: np.ndarray, cells: np.ndarray, store: Store) -> list[Tool]:
    wkb = shapely.to_wkb(cells)

    def ours() -> np.ndarray:
        fresh = shapely.from_wkb(wkb)  # a polygon prepared before would not count its preparation
        member = locate(points, fresh)
        return np.bincount(member[member >= 0], minlength=len(cells))

    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*points.T))
    areas = gpd.GeoDataFrame({"cell": np.arange(len(cells))}, geometry=cells)

    def joined() -> np.ndarray:
        found = gpd.sjoin(frame, areas, predicate="intersects")
        return np.bincount(found["cell"], minlength=len(cells))

    query = (
        "SELECT c.id, count(p.geom) FROM bench.cell c LEFT JOIN bench.point p "
        "ON ST_Covers(c.geom, p.geom) GROUP BY c.id ORDER BY c.id"
    )
    return [
        Tool("wangge", VERSION, ours, "points sorted and polygons prepared anew"),
        Tool("geopandas sjoin", gpd.__version__, joined),
        Tool("PostGIS", store.version, lambda: [row[1] for row in store.ask(query)], "index kept"),
    ]


def _look_ups(points: np.ndarray, cells: np.ndarray, store: Store) -> list[Row]:
    """Time single look-ups one by one: the median and, in the note, the 99th percentile."""
    tree = shapely.STRtree(cells)
    shapely.prepare(cells)
    shapes = shapely.points(points)
    wkb = shapely.to_wkb(shapes)
    query = b"SELECT id FROM bench.cell WHERE ST_Covers(geom, ST_GeomFromWKB(%s))"

    def ask(place: bytes) -> Any:
        return store.connection.execute(query, (place,), prepare=True).fetchall()

    rows = []
    for name, version, work, items in (
        ("wangge", VERSION, lambda shape: tree.query(shape, predicate="intersects"), shapes),
        ("PostGIS", store.version, ask, wkb),
    ):
        for item in items[:100]:
            work(item)
        times = np.empty(len(items))
        for number, item in enumerate(items):
            started = time.perf_counter()
            work(item)
            times[number] = time.perf_counter() - started
        note = f"p99 {np.percentile(times, 99) * 1e6:.0f} µs; {len(items):,} look-ups"
        rows.append(
            Row(LOOK_UP, name, version, float(np.median(times)), len(items), note=note)
        )  # fmt: skip
    return rows


def _radii(place: Place, nodes: np.ndarray, store: Store) -> list[Tool]:
    stations = place.network.node_xy[nodes]

    def ours() -> int:
        straight_mm, _ = nearest_straight(stations, place.xy)
        return int((straight_mm <= RADIUS_M * 1000).sum())

    query = (
        "SELECT count(*) FROM bench.building b WHERE EXISTS (SELECT FROM bench.station s "
        f"WHERE ST_DWithin(b.geom, s.geom, {RADIUS_M}))"
    )
    return [
        Tool("wangge", VERSION, ours, "ground distances, and which station is nearest"),
        Tool("PostGIS ST_DWithin", store.version, lambda: store.ask(query)[0][0], "yes or no only"),
    ]
