"""Walking distance in whole millimetres."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from gis.errors import RefusedInputError
from gis.network import BACKWARD, FORWARD
from gis.travel import BoundedSearch, nearest_station, walk_limit_mm, walk_seconds
from tests.toy import Street, Town, cross_town


def walk(town: Town, stations, points):
    network, snaps = town.snap(*stations, *points)
    count = len(stations)
    return nearest_station(network, snaps.take(slice(0, count)), snaps.take(slice(count, None)))


def test_a_walk_counts_both_legs_and_the_way_between():
    found = walk(cross_town(), [(300, 10)], [(0, 400)])
    assert found.walk_mm.tolist() == [710_000]


def test_a_walk_on_one_edge_visits_no_node():
    found = walk(cross_town(), [(-300, 10)], [(-200, -20)])
    assert found.walk_mm.tolist() == [130_000]


def test_the_nearest_of_several_stations_is_named():
    found = walk(cross_town(), [(450, 0), (-450, 0), (0, 450)], [(0, 300), (-300, 0), (200, 0)])
    assert found.station.tolist() == [2, 1, 0]


def test_minutes_and_speed_give_exact_millimetres():
    assert walk_limit_mm(15, 4.5) == 1_125_000
    assert walk_limit_mm(15, "3.6") == 900_000
    assert walk_limit_mm(10, 5) == 833_333


@pytest.mark.parametrize(("minutes", "speed"), [(0, 4.5), (-1, 4.5), (15, 0), ("x", 4), ("nan", 4)])
def test_limits_that_mean_nothing_are_refused(minutes, speed):
    with pytest.raises(RefusedInputError, match=r"minutes|speed"):
        walk_limit_mm(minutes, speed)


def test_a_building_at_exactly_15_minutes_is_within():
    town = Town([Street([(0, 0), (2000, 0)])])
    found = walk(town, [(0, 0)], [(1125, 0), (1125.001, 0)])
    assert found.walk_mm.tolist() == [1_125_000, 1_125_001]
    assert walk_seconds(found.walk_mm, 4.5)[0] == 900.0


def test_another_piece_of_street_has_no_route():
    town = Town([Street([(0, 0), (100, 0)]), Street([(0, 400), (100, 400)])])
    found = walk(town, [(50, 0)], [(50, 400)])
    assert found.walk_mm.tolist() == [-1]
    assert found.station.tolist() == [-1]


def test_a_river_with_one_bridge_is_a_detour():
    """::

    (0,200) ---- (1000,200)     north bank
                    |  bridge
    (0,0) ------ (1000,0)       south bank
    """
    town = Town(
        [
            Street([(0, 0), (1000, 0)]),
            Street([(0, 200), (1000, 200)]),
            Street([(1000, 0), (1000, 200)], level=1),
        ],
        barriers=[[(-100, 100), (990, 100)]],
    )
    found = walk(town, [(0, 0)], [(0, 200), (0, 90), (0, 110)])
    assert found.walk_mm.tolist() == [2_200_000, 90_000, 2_290_000]


def test_a_gated_estate_open_and_closed():
    """A yard behind a wall with a gate to the street in the west and one far in the east."""
    streets = [
        Street([(0, 0), (500, 0), (1000, 0)]),
        Street([(500, 0), (500, 20), (500, 100)], private=True),
        Street([(500, 100), (1000, 100), (1000, 0)], private=True),
    ]
    wall = [[(400, 20), (500, 20), (1100, 20)]]
    station, home = (0, 0), (505, 100)
    opened = walk(Town(streets, wall), [station], [home])
    closed = walk(Town(streets, wall, closed=[(500, 20)]), [station], [home])
    shut = walk(Town(streets, wall, closed=[(500, 20), (1000, 0)]), [station], [home])
    assert opened.walk_mm.tolist() == [605_000]
    assert closed.walk_mm.tolist() == [1_595_000]
    assert shut.walk_mm.tolist() == [-1]


def test_one_way_streets_for_pedestrians_are_walked_forward_only():
    there = Town([Street([(0, 0), (300, 0)], direction=FORWARD)])
    back = Town([Street([(0, 0), (300, 0)], direction=BACKWARD)])
    assert walk(there, [(200, 0)], [(100, 0), (250, 0)]).walk_mm.tolist() == [100_000, -1]
    assert walk(back, [(200, 0)], [(100, 0), (250, 0)]).walk_mm.tolist() == [-1, 50_000]


def random_town(seed: int, streets: int = 120) -> Town:
    """Crooked streets over random junctions, some of them parallel, some loops."""
    rng = np.random.default_rng(seed)
    spots = rng.integers(-800, 800, size=(60, 2))
    made = []
    for _ in range(streets):
        a, b = rng.integers(0, len(spots), 2)
        middle = tuple((spots[a] + spots[b]) / 2 + rng.integers(-40, 40, 2))
        made.append(Street([tuple(map(float, spots[a])), middle, tuple(map(float, spots[b]))]))
    return Town(made)


def reference(network, stations, points):
    """Walk with networkx over a multigraph in which every snap is a node of its own."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(network.nodes))
    cuts: dict[int, list[tuple[int, object]]] = {}
    for kind, snaps in (("s", stations), ("p", points)):
        for row in range(len(snaps)):
            for slot in range(3):
                edge = int(snaps.edge[row, slot])
                if edge >= 0:
                    spot = (kind, row, slot)
                    cuts.setdefault(edge, []).append((int(snaps.along_mm[row, slot]), spot))
                    # Out of a building, into a station: nobody takes a short cut through either.
                    ends = ((kind, row), spot) if kind == "p" else (spot, (kind, row))
                    graph.add_edge(*ends, weight=int(snaps.access_mm[row, slot]))
    for edge in range(network.edges):
        stops = [(0, int(network.edge_from[edge])), *sorted(cuts.get(edge, []), key=lambda c: c[0])]
        stops.append((int(network.edge_length_mm[edge]), int(network.edge_to[edge])))
        for (at, a), (then, b) in pairwise(stops):
            if network.edge_direction[edge] != BACKWARD:
                graph.add_edge(a, b, weight=then - at)
            if network.edge_direction[edge] != FORWARD:
                graph.add_edge(b, a, weight=then - at)
    sources = [("s", row) for row in range(len(stations)) if stations.edge[row, 0] >= 0]
    lengths = nx.multi_source_dijkstra_path_length(graph.reverse(), sources)
    return [lengths.get(("p", row), -1) for row in range(len(points))]


@pytest.mark.parametrize("seed", range(8))
def test_walks_equal_networkx_over_the_same_snaps(seed):
    town = random_town(seed)
    rng = np.random.default_rng(seed)
    network, snaps = town.snap(*map(tuple, rng.uniform(-900, 900, size=(160, 2))))
    stations, points = snaps.take(slice(0, 6)), snaps.take(slice(6, None))
    found = nearest_station(network, stations, points)
    assert found.walk_mm.tolist() == reference(network, stations, points)


@pytest.mark.parametrize("seed", range(4))
def test_the_bounded_search_equals_the_full_one_within_its_limit(seed):
    network, snaps = random_town(seed).snap((0, 0), (300, 300))
    limit = 700_000
    search = BoundedSearch(network)
    for station in (0, 1, 0):  # again: the scratch must have been cleaned
        reach = search.run(snaps.take([station]), limit)
        graph = nx.MultiGraph()
        graph.add_nodes_from(range(network.nodes))
        for edge in range(network.edges):
            graph.add_edge(
                int(network.edge_from[edge]), int(network.edge_to[edge]),
                weight=int(network.edge_length_mm[edge]),
            )  # fmt: skip
        for slot in range(3):
            edge = snaps.edge[station, slot]
            if edge < 0:
                continue
            leg, along = int(snaps.access_mm[station, slot]), int(snaps.along_mm[station, slot])
            graph.add_edge("s", int(network.edge_from[edge]), weight=leg + along)
            rest = int(network.edge_length_mm[edge]) - along
            graph.add_edge("s", int(network.edge_to[edge]), weight=leg + rest)
        truth = {
            node: length
            for node, length in nx.single_source_dijkstra_path_length(graph, "s").items()
            if node != "s" and length <= limit
        }
        assert dict(zip(reach.node.tolist(), reach.distance_mm.tolist(), strict=True)) == truth
