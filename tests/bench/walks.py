"""Walking time of every building to its nearest station."""

from __future__ import annotations

import time
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import scipy
import shapely
from scipy.sparse.csgraph import dijkstra

from gis.travel import nearest_station
from layers.version import VERSION
from tests.bench.place import LIMIT_M, SEEDS, STATIONS, Place, wrong_shares
from tests.bench.store import Store
from tests.bench.timing import Row, Tool, compare, left_out

STORED = "walk of every building to the nearest of 100 stations, snaps stored"
FROM_POINTS = "the same with the snap of every building"


def pandana_network(place: Place) -> Any:
    """Return pandana's network of the same edges, both ways."""
    import pandana

    network = place.network
    xy = network.node_xy
    return pandana.Network(
        pd.Series(xy[:, 0]), pd.Series(xy[:, 1]),
        pd.Series(network.edge_from.astype(np.int64)), pd.Series(network.edge_to.astype(np.int64)),
        pd.DataFrame({"length": network.edge_length_mm / 1000}), twoway=True,
    )  # fmt: skip


def compare_walks(place: Place, store: Store, runs: int) -> list[Row]:
    """Time the nearest station of every building, with stored snaps and with snapping."""
    seed = SEEDS[0]
    stations, nodes = place.stations(seed), place.station_nodes(seed)
    truth_m = _metres(nearest_station(place.network, stations, place.snaps).walk_mm)
    # Tools that want a bound get the smallest that leaves no building out.
    farthest_m = 1000 * float(np.ceil(truth_m[np.isfinite(truth_m)].max() / 1000 + 1))
    stored: list[Tool] = []
    snapping: list[Tool] = []

    def ours(snaps: Any) -> np.ndarray:
        return _metres(nearest_station(place.network, stations, snaps).walk_mm)

    stored.append(Tool("wangge", VERSION, lambda: ours(place.snaps), "3 snaps, legs, barriers"))
    snapping.append(
        Tool("wangge", VERSION, lambda: ours(place.index.snap(place.xy)), "3 snaps, legs, barriers")
    )
    for short, maker in (("pandana", _pandana), ("scipy", _scipy)):
        started = time.perf_counter()
        walk, snap, known, tool_version, note = maker(place, nodes, farthest_m)
        prepared = time.perf_counter() - started
        stored.append(Tool(short, tool_version, _bind(walk, known), note, prepared))
        snapping.append(Tool(short, tool_version, _chain(walk, snap), note, prepared))
    snapping.append(_edge_snap(place, nodes))
    routing = store.routing()
    if routing:
        store.set_stations(place, nodes)
        stored.append(_pgrouting(place, store, routing, farthest_m))
    knn = (
        "SELECT b.id, e.id, e.d FROM bench.building b CROSS JOIN LATERAL (SELECT id, geom <-> b.geom "
        "AS d FROM bench.edge ORDER BY geom <-> b.geom LIMIT 1) e ORDER BY b.id"
    )
    only_snap = "only the snap to the nearest edge, no walk"
    snapping.append(Tool("PostGIS KNN", store.version, lambda: len(store.ask(knn)), only_snap))
    rows = []
    for work, tools in ((STORED, stored), (FROM_POINTS, snapping)):
        made, answers = compare(work, tools, runs)
        for row in made:
            found = answers.get(row.tool)
            if isinstance(found, np.ndarray):
                _judge(row, found, truth_m)
        rows += made
    if not routing:
        rows.append(left_out(STORED, "pgRouting", "its package is not to be had here"))
    return rows


def _metres(walk_mm: np.ndarray) -> np.ndarray:
    return np.where(walk_mm >= 0, walk_mm / 1000, np.inf)


def _judge(row: Row, found: np.ndarray, truth: np.ndarray) -> None:
    row.false_covered, row.false_uncovered = wrong_shares(found <= LIMIT_M, truth <= LIMIT_M)
    both = np.isfinite(found) & np.isfinite(truth)
    apart = np.percentile(np.abs(found[both] - truth[both]), 95)
    row.note = f"error p95 {apart:.0f} m; {row.note}"


def _bind(walk: Any, known: Any) -> Any:
    return lambda: walk(known)


def _chain(walk: Any, snap: Any) -> Any:
    return lambda: walk(snap())


def _pandana(place: Place, nodes: np.ndarray, farthest_m: float) -> tuple[Any, Any, Any, str, str]:
    network = pandana_network(place)
    xy = place.network.node_xy[nodes]

    def snap() -> Any:
        return network.get_node_ids(place.xy[:, 0], place.xy[:, 1])

    def walk(known: Any) -> np.ndarray:
        network.set_pois("station", farthest_m, 1, xy[:, 0], xy[:, 1])
        found = network.nearest_pois(farthest_m, "station", num_pois=1)
        metres = found[1].reindex(known).to_numpy()
        return np.where(metres >= farthest_m, np.inf, metres)

    return walk, snap, snap(), version("pandana"), "nearest node, no leg"


def _scipy(place: Place, nodes: np.ndarray, _farthest_m: float) -> tuple[Any, Any, Any, str, str]:
    graph, tree = place.network.graph, place.node_tree

    def snap() -> np.ndarray:
        return np.asarray(tree.query(place.xy)[1])

    def walk(known: np.ndarray) -> np.ndarray:
        return np.asarray(dijkstra(graph, indices=nodes, min_only=True)[known] / 1000)

    return walk, snap, snap(), scipy.__version__, "nearest node, no leg"


def _edge_snap(place: Place, nodes: np.ndarray) -> Tool:
    """Return the plain recipe with the nearest edge: STRtree, then scipy, then both ends."""
    network = place.network
    started = time.perf_counter()
    lines = shapely.linestrings(
        network.vertex_xy,
        indices=np.repeat(np.arange(network.edges), np.diff(network.vertex_offsets)),
    )
    tree = shapely.STRtree(lines)
    graph = network.graph
    prepared = time.perf_counter() - started

    def work() -> np.ndarray:
        points = shapely.points(place.xy)
        edge = tree.nearest(points)
        along = shapely.line_locate_point(lines[edge], points)
        leg = shapely.distance(lines[edge], points)
        metres = dijkstra(graph, indices=nodes, min_only=True) / 1000
        rest = network.edge_length_mm[edge] / 1000 - along
        ends = metres[network.edge_from[edge]] + along, metres[network.edge_to[edge]] + rest
        return np.asarray(leg + np.minimum(*ends))

    name = f"{shapely.__version__} + {scipy.__version__}"
    return Tool("shapely STRtree + scipy", name, work, "nearest edge, no barriers", prepared)


def _pgrouting(place: Place, store: Store, routing: str, farthest_m: float) -> Tool:
    """One driving distance from a node of its own that leads to every station."""
    hub = place.network.nodes
    query = f"""
        SELECT b.id, d.agg_cost + b.access FROM bench.building b LEFT JOIN pgr_drivingDistance(
            'SELECT id, source, target, cost FROM bench.edge UNION ALL
             SELECT {place.network.edges} + id, {hub}, node, 0 FROM bench.station',
            {hub}, {farthest_m}, directed => false) d ON d.node = b.node ORDER BY b.id
    """
    count = len(place.xy)

    def work() -> np.ndarray:
        metres = np.full(count, np.inf)
        for number, cost in store.ask(query):
            metres[number] = np.inf if cost is None else cost
        return metres

    assert len(store.ask("SELECT id FROM bench.station")) == STATIONS
    return Tool("pgRouting", routing, work, "nearest node and straight leg")
