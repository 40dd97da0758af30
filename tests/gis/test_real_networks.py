"""Walks and areas on real streets, against an independent computation."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from gis.network import BACKWARD, FORWARD
from gis.service_area import ServiceAreas
from gis.travel import nearest_station, walk_seconds
from tests.bench.place import (
    LIMIT_MM,
    SEEDS,
    SPEED_KMH,
    Place,
    inside_any,
    load_place,
    wrong_shares,
)
from tests.conftest import shared

MALTA, NANJING = "osm-world/malta-2016.osm.pbf", "osm-cn/nanjing-center.osm.gz"
MOST_SECONDS_APART = 0.5
MOST_WRONG = 0.008


@cache
def place(name: str) -> Place:
    return load_place(shared(name))


def walks_by_networkx(network, stations, points) -> np.ndarray:
    """Return every point's walk (mm, nan without a route) by Dijkstra over a graph of spots.

    The edges are cut at every snap, the stations' and the points'; arcs lead backwards, away from
    the stations, so that the length found is that of the walk towards one.
    """
    arcs: dict[tuple[object, object], int] = {}

    def arc(a, b, length) -> None:
        arcs[b, a] = min(length, arcs.get((b, a), length))

    cuts: dict[int, list[tuple[int, object]]] = {}
    for kind, snaps in (("s", stations), ("p", points)):
        for row, slot in zip(*np.nonzero(snaps.edge >= 0), strict=True):
            edge, along = int(snaps.edge[row, slot]), int(snaps.along_mm[row, slot])
            spot = (edge, along)
            cuts.setdefault(edge, []).append((along, spot))
            ends = ((kind, row), spot) if kind == "p" else (spot, (kind, row))
            arc(*ends, int(snaps.access_mm[row, slot]))
    for edge in range(network.edges):
        stops = [(0, int(network.edge_from[edge])), *sorted(set(cuts.get(edge, [])))]
        stops.append((int(network.edge_length_mm[edge]), int(network.edge_to[edge])))
        for (at, a), (then, b) in pairwise(stops):
            if network.edge_direction[edge] != BACKWARD:
                arc(a, b, then - at)
            if network.edge_direction[edge] != FORWARD:
                arc(b, a, then - at)
    graph = nx.DiGraph()
    graph.add_weighted_edges_from((a, b, length) for (a, b), length in arcs.items())
    sources = [("s", row) for row in range(len(stations)) if stations.edge[row, 0] >= 0]
    found = nx.multi_source_dijkstra_path_length(graph, sources)
    return np.array([found.get(("p", row), np.nan) for row in range(len(points))])


def test_spots_say_the_same_as_the_reference_of_the_toy_towns():
    from tests.gis.test_travel import random_town, reference

    rng = np.random.default_rng(11)
    network, snaps = random_town(11).snap(*map(tuple, rng.uniform(-900, 900, size=(90, 2))))
    stations, points = snaps.take(slice(0, 5)), snaps.take(slice(5, None))
    spots = walks_by_networkx(network, stations, points)
    assert np.nan_to_num(spots, nan=-1).tolist() == reference(network, stations, points)


@pytest.mark.parametrize(("name", "count"), [(MALTA, 100), (NANJING, 5)])
def test_walking_times_of_every_building_equal_networkx(name, count):
    town = place(name)
    stations = town.stations(SEEDS[0], count)
    walk = nearest_station(town.network, stations, town.snaps).walk_mm
    truth = walks_by_networkx(town.network, stations, town.snaps)
    assert ((walk >= 0) == ~np.isnan(truth)).all()
    assert (walk >= 0).mean() > 0.8
    apart = np.abs(walk_seconds(walk, SPEED_KMH) - truth * 0.0036 / SPEED_KMH)
    assert np.nanmax(apart) <= MOST_SECONDS_APART


@pytest.mark.parametrize("seed", SEEDS)
def test_drawn_areas_put_hardly_any_building_on_the_wrong_side(seed):
    town = place(MALTA)
    areas = ServiceAreas(town.network, town.lattice)
    stations = town.stations(seed)
    drawn = np.array([areas.draw(stations.take([k]), LIMIT_MM) for k in range(len(stations))])
    falsely_in, falsely_out = wrong_shares(inside_any(drawn, town.xy), town.truth(seed))
    assert falsely_in + falsely_out <= MOST_WRONG


def test_drawn_areas_are_nearly_as_right_where_no_building_is_known():
    town = place(MALTA)
    areas = ServiceAreas(town.network, town.lattice)
    stations = town.stations(SEEDS[0])
    drawn = np.array([areas.draw(stations.take([k]), LIMIT_MM) for k in range(len(stations))])
    points, within = town.controls(SEEDS[0])
    falsely_in, falsely_out = wrong_shares(inside_any(drawn, points), within)
    assert falsely_in + falsely_out <= 2 * MOST_WRONG
