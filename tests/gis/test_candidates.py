"""Street corners as places for stations: near homes, apart, the same every time."""

from __future__ import annotations

import numpy as np

from gis.candidates import street_corners
from tests.toy import Street, Town, metres


def grid_town() -> Town:
    """Five by five streets of 200 m: corners inside and T-junctions at the edge."""
    lines = [[(0, y), *((x, y) for x in range(200, 801, 200))] for y in range(0, 801, 200)]
    return Town(
        [*(Street(line) for line in lines), *(Street([(y, x) for x, y in line]) for line in lines)]
    )


def test_corners_lie_where_streets_meet_and_homes_are_near():
    network = grid_town().network()
    homes = metres([(0, 0), (30, 10)])
    found = street_corners(network, homes, np.array([5, 5]), 100)
    spots = network.node_xy[found] - metres([(0, 0)])
    assert len(found)
    assert (np.hypot(*spots.T) <= 331).all()
    assert not any((abs(x) < 1 and abs(y) < 1) for x, y in spots), "a bend is no corner"


def test_the_corner_near_most_households_comes_first_and_all_are_apart():
    network = grid_town().network()
    homes = metres([(x, y) for x in range(0, 801, 100) for y in range(0, 801, 100)])
    weight = np.ones(len(homes), dtype=np.int64)
    weight[-1] = 500
    found = street_corners(network, homes, weight, 6)
    assert len(found) == 6
    assert np.hypot(*(network.node_xy[found[0]] - metres([(800, 800)])[0])) <= 300
    apart = network.node_xy[found][:, None] - network.node_xy[found][None]
    distance = np.hypot(apart[..., 0], apart[..., 1]) + np.eye(6) * 1e9
    assert distance.min() > 190
    assert (found == street_corners(network, homes, weight, 6)).all()


def test_nothing_where_nobody_lives_or_nothing_may_stand():
    network = grid_town().network()
    homes = metres([(400, 400)])
    assert len(street_corners(network, homes, np.array([0]), 5)) == 0
    nowhere = np.zeros(network.nodes, dtype=bool)
    assert len(street_corners(network, homes, np.array([9]), 5, nowhere)) == 0
