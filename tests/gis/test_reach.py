"""Reach of every station alone: the same walks as the nearest-station search finds."""

from __future__ import annotations

import numpy as np
import pytest

from gis.reach import ReachSearch
from gis.travel import nearest_station
from tests.gis.test_real_networks import MALTA, NANJING, place
from tests.toy import Street, Town, cross_town


def test_walks_are_those_of_the_nearest_station_search_station_by_station():
    town = Town(
        [
            Street([(0, 0), (400, 0), (800, 0)], name="甲"),
            Street([(400, 0), (400, 300)], direction=1),
            Street([(800, 0), (800, 300), (400, 300)], direction=-1),
        ],
        barriers=[[(100, -50), (300, -50)]],
    )
    homes = [(x, y) for x in range(-40, 900, 60) for y in (-80, -20, 10, 140, 310)]
    network, snaps = town.snap((50, 5), (420, 290), (2000, 2000), *homes)
    stations, points = snaps.take(slice(0, 3)), snaps.take(slice(3, None))
    for limit in (0, 10_000, 250_000, 700_000, 5_000_000):
        found = ReachSearch(network, points).run_each(stations, limit)
        for s in range(3):
            alone = nearest_station(network, stations.take(slice(s, s + 1)), points).walk_mm
            within = np.flatnonzero((alone >= 0) & (alone <= limit))
            assert (found.of(s)[0] == within).all()
            assert (found.of(s)[1] == alone[within]).all()
    assert len(found.of(2)[0]) == 0, "nobody walks to a station without a street"


def test_the_nearest_of_all_is_the_nearest_station():
    network, snaps = cross_town().snap(
        (-400, 5), (300, -5), (5, 420), *[(x, 30) for x in range(-450, 460, 30)]
    )
    stations, points = snaps.take(slice(0, 3)), snaps.take(slice(3, None))
    walk, who = ReachSearch(network, points).run_each(stations, 600_000).nearest(len(points))
    expected = nearest_station(network, stations, points)
    near = expected.walk_mm <= 600_000
    assert (walk[near] == expected.walk_mm[near]).all()
    assert (who[near] == expected.station[near]).all()
    assert (walk[~near] == -1).all()


def test_exactly_the_limit_is_in_reach():
    network, snaps = cross_town().snap((-400, 0), (400, 0))
    search = ReachSearch(network, snaps.take(slice(1, 2)))
    walk = int(
        nearest_station(network, snaps.take(slice(0, 1)), snaps.take(slice(1, 2))).walk_mm[0]
    )
    assert len(search.run(snaps.take(slice(0, 1)), walk)[0]) == 1
    assert len(search.run(snaps.take(slice(0, 1)), walk - 1)[0]) == 0


@pytest.mark.parametrize("name", [NANJING, MALTA])
def test_of_a_real_town_too(name):
    town = place(name)
    limit, stations = 1_125_000, town.stations(1, 12)
    found = ReachSearch(town.network, town.snaps).run_each(stations, limit)
    walk, _ = found.nearest(len(town.snaps))
    expected = nearest_station(town.network, stations, town.snaps).walk_mm
    within = (expected >= 0) & (expected <= limit)
    assert within.any()
    assert (walk == np.where(within, expected, -1)).all()
