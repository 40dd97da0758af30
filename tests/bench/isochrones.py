"""100 polygons of 15 minutes, and how many buildings each tool's polygons call wrong."""

from __future__ import annotations

import time
from importlib.metadata import version
from typing import Any

import networkx as nx
import numpy as np
import scipy
import shapely
from scipy.sparse.csgraph import dijkstra

from gis.crs import to_metric
from gis.service_area import ServiceAreas
from layers.version import VERSION
from tests.bench.place import LIMIT_M, LIMIT_MM, SEEDS, Place, inside_any, wrong_shares
from tests.bench.store import Store
from tests.bench.timing import Row, Tool, compare, left_out
from tests.bench.valhalla import Valhalla

WORK = "100 isochrone polygons of 15 min (1,250 m)"
HULL_RATIO = 0.3
"""Of `concave_hull`: lower ratios follow the streets closer and miss more buildings."""
EDGE_BUFFER_M, NODE_BUFFER_M = 25, 50
"""As in OSMnx's isochrone example."""


def compare_isochrones(
    place: Place, store: Store, valhalla: Valhalla | str, runs: int
) -> list[Row]:
    """Time every tool on the first seed and judge all seeds."""
    drawers = _drawers(place, store)
    tools = []
    for name, (tool_version, prepare, note) in drawers.items():
        started = time.perf_counter()
        draw = prepare()
        prepared = time.perf_counter() - started
        tools.append((Tool(name, tool_version, draw, note, prepared), draw))
    if isinstance(valhalla, Valhalla):
        network = place.network

        def ask(seed: int = SEEDS[0]) -> np.ndarray:
            return valhalla.isochrones(network.node_lonlat[place.station_nodes(seed)])

        def metric(seed: int) -> Any:
            return shapely.transform(ask(seed), lambda c: to_metric(c, network.metric_crs))

        tools.append(
            (Tool("Valhalla", valhalla.version, ask, valhalla.note, valhalla.seconds), metric)
        )
    rows, _ = compare(WORK, [tool for tool, _ in tools], runs)
    for row, (_, draw) in zip(rows, tools, strict=True):
        if row.median_s is not None:
            row.false_covered, row.false_uncovered, controls = judge(place, draw)
            row.note = f"near buildings {controls}; {row.note}"
    if isinstance(valhalla, str):
        rows.append(left_out(WORK, "Valhalla", valhalla))
    if not any("pgRouting" in name for name in drawers):
        rows.append(left_out(WORK, "pgRouting", "its package is not to be had here"))
    return rows


def judge(place: Place, draw: Any) -> tuple[float, float, str]:
    """Return the mean shares over all seeds, of buildings and (as text) of points near them."""
    seeds, controls = [], []
    for seed in SEEDS:
        polygons = np.asarray(draw(seed), dtype=object)
        seeds.append(wrong_shares(inside_any(polygons, place.xy), place.truth(seed)))
        points, within = place.controls(seed)
        controls.append(wrong_shares(inside_any(polygons, points), within))
    inside, outside = np.mean(seeds, axis=0)
    near_in, near_out = np.mean(controls, axis=0)
    return float(inside), float(outside), f"{near_in:.2%} {near_out:.2%}"


def _drawers(place: Place, store: Store) -> dict[str, tuple[str, Any, str]]:
    """Return name -> version, preparation (which returns the drawing function), note."""
    network = place.network

    def ours() -> Any:
        place.__dict__.pop("lattice", None)
        areas = ServiceAreas(network, place.lattice)

        def draw(seed: int = SEEDS[0]) -> np.ndarray:
            stations = place.stations(seed)
            return np.array(
                [areas.draw(stations.take([k]), LIMIT_MM) for k in range(len(stations))]
            )

        return draw

    def hull() -> Any:
        vertices = vertices_of_nodes(place)

        def draw(seed: int = SEEDS[0]) -> np.ndarray:
            found = dijkstra(network.graph, indices=place.station_nodes(seed), limit=LIMIT_MM)
            return np.array([
                shapely.concave_hull(shapely.multipoints(vertices(row)), ratio=HULL_RATIO)
                for row in found
            ])  # fmt: skip

        return draw

    drawers: dict[str, tuple[str, Any, str]] = {
        "wangge": (VERSION, ours, ""),
        "scipy + concave hull": (
            f"{scipy.__version__} + {shapely.__version__}",
            hull,
            f"of street vertices, ratio {HULL_RATIO}",
        ),
        "pandana + concave hull": (version("pandana"), lambda: _pandana(place), "of nodes"),
        "OSMnx ego graph, convex hull": (
            version("osmnx"),
            lambda: _ego(place, buffered=False),
            "its example's recipe on the same network",
        ),
        "OSMnx ego graph, buffers": (
            version("osmnx"),
            lambda: _ego(place, buffered=True),
            f"its example's recipe, {EDGE_BUFFER_M} m",
        ),
    }
    routing = store.routing()
    if routing:
        drawers["pgRouting + ST_ConcaveHull"] = (
            routing,
            lambda: _driving_distance(place, store),
            f"of nodes, ratio {HULL_RATIO}",
        )
    return drawers


def vertices_of_nodes(place: Place) -> Any:
    """Return a function from distances of nodes to the vertices of streets within the limit."""
    network = place.network
    xy, along = network.vertex_xy, network.vertex_along_mm
    sizes = np.diff(network.vertex_offsets)
    start, end = np.repeat(network.edge_from, sizes), np.repeat(network.edge_to, sizes)
    rest = np.repeat(network.edge_length_mm, sizes) - along

    def vertices(distance: np.ndarray) -> np.ndarray:
        return xy[np.minimum(distance[start] + along, distance[end] + rest) <= LIMIT_MM]

    return vertices


def _ego(place: Place, *, buffered: bool) -> Any:
    network = place.network
    lines = shapely.linestrings(
        network.vertex_xy,
        indices=np.repeat(np.arange(network.edges), np.diff(network.vertex_offsets)),
    )
    graph = nx.MultiDiGraph()
    lengths = (network.edge_length_mm / 1000).tolist()
    for edge, (a, b) in enumerate(
        zip(network.edge_from.tolist(), network.edge_to.tolist(), strict=True)
    ):
        graph.add_edge(a, b, length=lengths[edge], geometry=lines[edge])
        graph.add_edge(b, a, length=lengths[edge], geometry=lines[edge])
    xy = network.node_xy

    def one(node: int) -> Any:
        reached = nx.ego_graph(graph, node, radius=LIMIT_M, distance="length")
        points = shapely.points(xy[list(reached.nodes)])
        if not buffered:
            return shapely.convex_hull(shapely.multipoints(points))
        streets = np.array([shape for *_, shape in reached.edges(data="geometry")], dtype=object)
        discs = shapely.buffer(points, NODE_BUFFER_M)
        union = shapely.union_all(np.concatenate((shapely.buffer(streets, EDGE_BUFFER_M), discs)))
        return shapely.multipolygons(
            [shapely.Polygon(part.exterior) for part in shapely.get_parts(union)]
        )

    def draw(seed: int = SEEDS[0]) -> np.ndarray:
        return np.array([one(int(node)) for node in place.station_nodes(seed)], dtype=object)

    return draw


def _pandana(place: Place) -> Any:
    from tests.bench.walks import pandana_network

    network = pandana_network(place)
    xy = place.network.node_xy

    def draw(seed: int = SEEDS[0]) -> np.ndarray:
        found = network.nodes_in_range(place.station_nodes(seed).tolist(), LIMIT_M)
        return np.array([
            shapely.concave_hull(shapely.multipoints(xy[group]), ratio=HULL_RATIO)
            for group in (
                part["destination"].to_numpy() for _, part in found.groupby("source", sort=False)
            )
        ])  # fmt: skip

    return draw


def _driving_distance(place: Place, store: Store) -> Any:
    query = f"""
        SELECT ST_AsBinary(ST_ConcaveHull(ST_Collect(n.geom), {HULL_RATIO}))
        FROM pgr_drivingDistance('SELECT id, source, target, cost FROM bench.edge',
             %s::integer[], {LIMIT_M}, directed => false) d
        JOIN bench.node n ON n.id = d.node GROUP BY d.from_v
    """

    def draw(seed: int = SEEDS[0]) -> np.ndarray:
        rows = store.ask(query, place.station_nodes(seed).tolist())
        return np.asarray(shapely.from_wkb([bytes(row[0]) for row in rows]))

    return draw
