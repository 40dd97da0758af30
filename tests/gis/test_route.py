"""The walk as legs and a line: every figure can be counted on the sketch."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest

from gis.crs import geodesic_mm, to_lonlat
from gis.network import BACKWARD, FORWARD
from gis.route import WalksFrom, cut_edge, walk_to
from gis.snap import SegmentIndex
from gis.travel import NO_ROUTE, nearest_station
from tests.bench.place import Place, load_place
from tests.conftest import shared
from tests.toy import Street, Town, cross_town, lonlat, metres

KM = 1_000_000


def walked(town: Town, home, station, limit: int = 10 * KM, *, first: bool = False):
    """Return the walk from a home to a station; `first` leaves both only their nearest street."""
    network, snaps = town.snap(home, station)
    if first:  # or legs over open land would cut every corner of a small town
        snaps.edge[:, 1:] = -1
    start, end = lonlat([home, station])
    return WalksFrom(network, snaps.take([0]), limit).route(snaps.take([1]), start, end)


def told(route) -> list[tuple[str, int, str]]:
    return [(leg.kind, leg.mm, leg.name) for leg in route.legs]


def line_mm(line) -> int:
    return int(geodesic_mm(line[:-1], line[1:]).sum())


def test_a_walk_has_an_access_leg_streets_and_the_stations_leg():
    route = walked(cross_town(), (-300, 20), (30, 400))
    assert told(route) == [
        ("access", 20_000, "东西街"),
        ("street", 300_000, "东西街"),
        ("street", 400_000, "南北街"),
        ("station", 30_000, "南北街"),
    ]
    assert route.walk_mm == 750_000
    expected = [(-300, 20), (-300, 0), (0, 0), (0, 400), (30, 400)]
    assert np.allclose(route.lonlat, lonlat(expected), atol=1e-9)


def test_a_station_on_the_same_edge_is_walked_to_without_a_node():
    route = walked(cross_town(), (-400, 10), (-150, -5))
    assert told(route) == [
        ("access", 10_000, "东西街"),
        ("street", 250_000, "东西街"),
        ("station", 5_000, "东西街"),
    ]
    assert np.allclose(
        route.lonlat, lonlat([(-400, 10), (-400, 0), (-150, 0), (-150, -5)]), atol=1e-9
    )


def test_a_way_round_is_taken_where_the_own_edge_is_longer():
    """A crooked street between two places that another street joins directly.

    ::

        (0,0) --- direct --- (100,0)
          |                     |
          +---- crooked, 300 ---+
    """
    crooked = Street([(0, 0), (0, -100), (100, -100), (100, 0)], name="弯街")
    route = walked(
        Town([Street([(0, 0), (100, 0)], name="直街"), crooked]), (0, -80), (100, -80), first=True
    )
    assert [leg.name for leg in route.legs] == ["弯街", "弯街", "弯街"]
    assert route.walk_mm == 140_000
    route = walked(
        Town([Street([(0, 0), (100, 0)], name="直街"), crooked]), (0, -30), (100, -30), first=True
    )
    assert told(route)[1:-1] == [
        ("street", 30_000, "弯街"),
        ("street", 100_000, "直街"),
        ("street", 30_000, "弯街"),
    ]


def test_edges_of_one_name_are_one_leg_and_nameless_ones_are_joined_by_class():
    town = Town(
        [
            Street([(0, 0), (100, 0)], "primary", "长街"),
            Street([(100, 0), (300, 0)], "secondary", "长街"),
            Street([(300, 0), (310, 0)], "footway"),
            Street([(310, 0), (330, 0)], "footway"),
            Street([(330, 0), (400, 0)], "steps"),
        ]
    )
    route = walked(town, (0, 0), (400, 0), first=True)
    assert [(leg.mm, leg.name, leg.street_class) for leg in route.legs if leg.mm] == [
        (300_000, "长街", "secondary"),
        (30_000, "", "footway"),
        (70_000, "", "steps"),
    ]


def test_of_parallel_edges_the_shorter_one_is_drawn():
    town = Town(
        [
            Street([(0, 0), (100, 0)], name="短"),
            Street([(0, 0), (50, 80), (100, 0)], name="长"),
            Street([(-100, 0), (0, 0)], name="西"),
            Street([(100, 0), (200, 0)], name="东"),
        ]
    )
    assert [leg.name for leg in walked(town, (-50, 0), (150, 0), first=True).legs] == [
        "西", "西", "短", "东", "东",
    ]  # fmt: skip


@pytest.mark.parametrize(("direction", "there"), [(FORWARD, True), (BACKWARD, False)])
def test_one_way_streets_are_walked_in_their_direction_only(direction, there):
    town = Town([Street([(0, 0), (300, 0)], direction=direction)])
    assert (walked(town, (100, 0), (200, 0)) is not None) is there
    assert (walked(town, (200, 0), (100, 0)) is not None) is not there


def test_a_one_way_ring_is_walked_round():
    ring = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
    town = Town([Street(pair, direction=FORWARD) for pair in pairwise(ring)])
    route = walked(town, (80, 0), (20, 0), first=True)
    assert route.walk_mm == 340_000
    assert line_mm(route.lonlat) == 340_000


def test_the_limit_is_inclusive():
    town = Town([Street([(0, 0), (2000, 0)])])
    assert walked(town, (1125, 0), (0, 0), 1_125_000).walk_mm == 1_125_000
    assert walked(town, (1125, 0), (0, 0), 1_124_999) is None


def test_a_search_goes_on_until_the_station_is_found():
    town = Town([Street([(0, 0), (9000, 0)]), Street([(0, 100), (50, 100)])])
    network, snaps = town.snap((0, 0), (9000, 0), (25, 100))
    home = snaps.take([0])
    assert walk_to(network, home, snaps.take([1]), 1000)[1] == pytest.approx(9_000_000, abs=5)
    piece = snaps.take([2])
    piece.edge[0, 1:] = -1  # the station knows its own piece of street only
    home.edge[0, 1:] = -1
    assert walk_to(network, home, piece, 1000)[1] == NO_ROUTE


def test_a_stretch_of_an_edge_runs_either_way():
    network = Town([Street([(0, 0), (100, 0), (100, 100)])]).network()
    forward = cut_edge(network, 0, 50_000, 150_000)
    assert np.allclose(forward, lonlat([(50, 0), (100, 0), (100, 50)]), atol=1e-9)
    assert np.array_equal(cut_edge(network, 0, 150_000, 50_000), forward[::-1])
    assert len(cut_edge(network, 0, 70_000, 70_000)) == 2


def test_the_nearest_street_is_told_whatever_stands_between():
    town = Town([Street([(0, 0), (1000, 0)])], barriers=[[(0, 100), (1000, 100)]])
    network = town.network()
    index = town.index(network)
    found = index.nearest_street(metres([(400, 300)])[0])
    assert found is not None
    assert found.mm == 300_000
    assert np.allclose(found.xy, metres([(400, 0)])[0])
    assert index.nearest_street(metres([(400, 500)])[0]).mm == 500_000
    assert index.nearest_street(metres([(400, 501)])[0]) is None
    assert SegmentIndex(network, np.empty((0, 2, 2))).nearest_street(metres([(0, 0)])[0]).mm == 0


def compare(place: Place, seed: int, count: int) -> list[int]:
    """Compare routes of random buildings with the one search over all; return their lengths."""
    network, stations = place.network, place.stations(seed, 30)
    stations_lonlat = network.node_lonlat[place.station_nodes(seed, 30)]
    nearest = nearest_station(network, stations, place.snaps)
    rng = np.random.default_rng(seed)
    chosen = rng.choice(np.flatnonzero(nearest.walk_mm >= 0), count, replace=False)
    for home in chosen.tolist():
        walk, station = int(nearest.walk_mm[home]), int(nearest.station[home])
        search = WalksFrom(network, place.snaps.take([home]), walk)
        assert search.walk_mm(stations).max() == walk  # nothing nearer, nothing farther
        route = search.route(stations.take([station]), place.lonlat[home], stations_lonlat[station])
        assert route.walk_mm == walk
        # The drawn line is as long as it says, but for rounding of each vertex.
        assert abs(line_mm(route.lonlat) - walk) <= 2 * len(route.lonlat) + 30
    return nearest.walk_mm[chosen].tolist()


@pytest.mark.parametrize(
    ("name", "count"), [("osm-cn/nanjing-center.osm.gz", 150), ("osm-world/malta-2016.osm.pbf", 60)]
)
def test_routes_on_real_streets_are_as_long_as_the_search_says(name, count):
    assert len(compare(load_place(shared(name)), 1, count)) == count


@pytest.mark.long
def test_a_route_in_a_large_network_takes_milliseconds():
    """Porto: the search is bounded by the walk, so the size of the network hardly matters."""
    place = load_place(shared("osm-world/porto_portugal.osm.pbf"))
    network, stations = place.network, place.stations(1, 30)
    walk = nearest_station(network, stations, place.snaps)
    near = np.flatnonzero((walk.walk_mm > 500_000) & (walk.walk_mm < 3_000_000))[:20]
    taken = []
    for home in near.tolist():
        began = time.perf_counter()
        search = WalksFrom(network, place.snaps.take([home]), int(walk.walk_mm[home]))
        at = int(walk.station[home])
        end = to_lonlat(place.xy[[home]], network.metric_crs)[0]
        assert search.route(stations.take([at]), end, end).walk_mm == walk.walk_mm[home]
        taken.append(time.perf_counter() - began)
    assert np.median(taken) < 0.1
