"""Points onto edges: legs, limits, barriers."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.snap import BLOCKED, NO_NETWORK, REACHABLE, TOO_FAR
from tests.toy import Street, Town, cross_town, metres

LONG_STREET = [Street([(-1000, 0), (1000, 0)])]


def test_a_point_beside_a_street_knows_edge_position_and_leg():
    _, snaps = cross_town().snap((-200, 30))
    assert snaps.state[0] == REACHABLE
    assert snaps.along_mm[0, 0] == 300_000
    assert snaps.access_mm[0, 0] == 30_000


def test_the_next_snaps_are_other_edges():
    _, snaps = cross_town().snap((-20, 30))
    assert len(set(snaps.edge[0])) == 3
    assert snaps.access_mm[0, :2].tolist() == [20_000, 30_000]


@pytest.mark.parametrize(
    ("distance", "state"),
    [(250, REACHABLE), (250.01, TOO_FAR), (300, TOO_FAR), (500, TOO_FAR), (501, NO_NETWORK)],
)
def test_legs_end_at_250_metres_and_street_data_at_500(distance, state):
    _, snaps = Town(LONG_STREET).snap((0, distance))
    assert snaps.state[0] == state


@pytest.mark.parametrize("line", [[(-500, 20), (500, 20)], [(-500, 20), (0, 20), (500, 20)]])
def test_no_leg_crosses_a_river_railway_or_wall(line):
    """The second line has a vertex exactly on the leg."""
    _, snaps = Town(LONG_STREET, barriers=[line]).snap((0, 40), (0, 10))
    assert snaps.state.tolist() == [BLOCKED, REACHABLE]


def test_behind_a_wall_the_street_on_the_own_side_is_taken_though_farther():
    town = Town(
        [Street([(-500, 0), (500, 0)]), Street([(-500, 100), (500, 100)])],
        barriers=[[(-500, 20), (500, 20)]],
    )
    _, snaps = town.snap((0, 40))
    assert snaps.access_mm[0, 0] == 60_000
    assert snaps.edge[0].tolist() == [1, -1, -1]


def test_an_isolated_piece_of_street_does_not_trap_a_building():
    """The piece is nearest, three edges of the town are next: one of them is among the snaps."""
    pieces = [
        Street([(0, 10), (20, 10)]),
        Street([(20, 10), (40, 10)]),
        Street([(40, 10), (60, 10)]),
    ]
    town = Town([*LONG_STREET, *pieces])
    network, snaps = town.snap((30, 12))
    assert 0 in network.component[network.edge_from[snaps.edge[0]]]


def test_nobody_steps_into_a_tunnel_from_above():
    town = Town([Street([(-100, 0), (100, 0)], tunnel=True), Street([(-100, 90), (100, 90)])])
    _, snaps = town.snap((0, 5))
    assert snaps.access_mm[0, 0] == 85_000


def test_snaps_equal_a_search_over_all_edges():
    rng = np.random.default_rng(7)
    ends = rng.integers(-1500, 1500, size=(300, 2))
    streets = [Street([tuple(end), tuple(end + rng.integers(-200, 200, 2) + 1)]) for end in ends]
    town = Town(streets)
    network = town.network()
    points = rng.uniform(-1600, 1600, size=(400, 2))
    snaps = town.index(network).snap(metres(points))
    lines = shapely.linestrings(network.vertex_xy.reshape(-1, 2, 2))
    apart = shapely.distance(shapely.points(metres(points))[:, None], lines[None, :])
    nearest = apart.min(axis=1)
    found = snaps.state == REACHABLE
    assert (found == (np.rint(nearest * 1000) <= 250_000)).all()
    assert np.abs(snaps.access_mm[found, 0] - nearest[found] * 1000).max() <= 1


def test_the_order_of_streets_does_not_change_who_is_reachable():
    town = cross_town()
    turned = Town(list(reversed(town.streets)))
    points = [(x, y) for x in range(-600, 601, 75) for y in range(-600, 601, 75)]
    assert (town.snap(*points)[1].state == turned.snap(*points)[1].state).all()


def test_many_paths_behind_a_wall_do_not_hide_the_open_street():
    """Forty short paths close by, all behind a wall, and a street 200 m away on the own side."""
    paths = [Street([(x, 30.0 + x / 100), (x + 8.0, 30.0 + x / 100)]) for x in range(-200, 200, 10)]
    town = Town([*paths, Street([(-500, -200), (500, -200)])], barriers=[[(-600, 20), (600, 20)]])
    _, snaps = town.snap((0, 0))
    assert snaps.state[0] == REACHABLE
    assert snaps.access_mm[0, 0] == 200_000


def test_three_snaps_are_found_past_a_bundle_of_walled_paths():
    paths = [Street([(x, 30.0 + x / 100), (x + 8.0, 30.0 + x / 100)]) for x in range(-200, 200, 10)]
    own_side = [Street([(-500, -y), (500, -y)]) for y in (10, 150, 200)]
    town = Town([*paths, *own_side], barriers=[[(-600, 20), (600, 20)]])
    _, snaps = town.snap((0, 0))
    assert snaps.access_mm[0].tolist() == [10_000, 150_000, 200_000]
