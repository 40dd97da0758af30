"""Ways that do not exist yet: a bridge, a path, a gate; nothing is lost, and walks are exact."""

from __future__ import annotations

import numpy as np
import pytest

from gis.errors import RefusedInputError
from gis.extension import gate_ways, snaps_on_ways, window, with_ways
from gis.reach import ReachSearch
from gis.snap import SegmentIndex
from gis.travel import nearest_station
from tests.gis.test_real_networks import NANJING, place
from tests.toy import Street, Town, lonlat, metres

RIVER = [(-700, 100), (700, 100)]


def two_banks() -> Town:
    """A street on either bank of a river without a bridge.

    ::

        (-500,200) ----------- (500,200)
        ~~~~~~~~~~ the river ~~~~~~~~~~~
        (-500,0) ------------- (500,0)
    """
    return Town([Street([(-500, 0), (500, 0)]), Street([(-500, 200), (500, 200)])], [RIVER])


def walk_of(network, stations, points):
    return nearest_station(network, stations, points).walk_mm.tolist()


def test_a_bridge_is_walked_over_and_measured_to_the_millimetre():
    town = two_banks()
    network, snaps = town.snap((-300, 0), (100, 200), (-300, 200), (-250, 0))
    station, homes = snaps.take(slice(0, 1)), snaps.take(slice(1, None))
    assert walk_of(network, station, homes)[:2] == [-1, -1]
    bridge = with_ways(network, [lonlat([(0, 0), (0, 200)])])
    walks = walk_of(bridge.network, bridge.moved(station), bridge.moved(homes))
    assert np.allclose(walks, [600_000, 800_000, 50_000], atol=3)
    assert bridge.network.edges == network.edges + 3
    assert bridge.network.edge_length_mm[: bridge.first].sum() == network.edge_length_mm.sum()


def test_ends_join_the_nearest_street_and_not_one_too_far_away():
    network = two_banks().network()
    joined = with_ways(network, [lonlat([(0, 30), (0, 170)])])
    assert joined.network.edge_length_mm[-1] == pytest.approx(200_000, abs=3)
    with pytest.raises(RefusedInputError) as refused:
        with_ways(network, [lonlat([(0, 0), (0, 100)])])
    assert refused.value.code == "way_joins_nothing"
    with pytest.raises(RefusedInputError) as refused:
        with_ways(network, [lonlat([(0, 0), (0, 0)])])
    assert refused.value.code == "way_too_short"


def test_a_gate_opens_a_walled_estate():
    """A lane inside walls, 40 m from the street.

    ::

        +---------------+
        | lane ------   |
        +------ G ------+
        street ----------
    """
    wall = [(-100, 20), (100, 20), (100, 200), (-100, 200), (-100, 20)]
    town = Town([Street([(-400, 0), (400, 0)]), Street([(-50, 40), (50, 40)])], [wall])
    network, snaps = town.snap((-300, 0), (40, 60))
    station, home = snaps.take(slice(0, 1)), snaps.take(slice(1, 2))
    assert walk_of(network, station, home) == [-1]
    opened = with_ways(network, gate_ways(network, lonlat([(0, 20)])[0]))
    walk = walk_of(opened.network, opened.moved(station), opened.moved(home))
    assert walk == [pytest.approx(300_000 + 40_000 + 40_000 + 20_000, abs=9)]
    with pytest.raises(RefusedInputError) as refused:
        gate_ways(network, lonlat([(3000, 0)])[0])
    assert refused.value.code == "gate_joins_nothing"


def test_homes_beside_a_new_path_step_onto_it_and_no_walk_gets_longer():
    town = Town([Street([(-500, 0), (500, 0)]), Street([(-500, 400), (500, 400)])])
    spots = [(0, 270), (-10, 252), (300, 30), (-200, 390)]
    network, snaps = town.snap((0, 0), *spots)
    station, homes = snaps.take(slice(0, 1)), snaps.take(slice(1, None))
    before = nearest_station(network, station, homes).walk_mm
    path = with_ways(network, [lonlat([(10, 0), (10, 400)])])
    grown = snaps_on_ways(path, np.empty((0, 2, 2)), metres(spots), path.moved(homes))
    after = nearest_station(path.network, path.moved(station), grown).walk_mm
    assert before[:2].tolist() == [-1, -1], "more than 250 m from the only street that leads there"
    assert after[0] == pytest.approx(10_000 + 270_000 + 10_000, abs=9)
    assert after[1] == pytest.approx(20_000 + 252_000 + 10_000, abs=9)
    assert ((after <= before) | (before < 0)).all()


def test_streets_cut_out_around_a_way_are_enough():
    """Within the limit, walks over the new way are the same in the window as in the whole town."""
    town = place(NANJING)
    station = town.stations(1, 40)
    # From a node in the middle of the main piece to one 400 m away.
    nodes = town.main_nodes[np.argsort(town.network.node_xy[town.main_nodes, 0])]
    begin = nodes[len(nodes) // 2]
    apart = np.hypot(*(town.network.node_xy[nodes] - town.network.node_xy[begin]).T)
    ends = [begin, int(nodes[np.argmin(np.abs(apart - 400))])]
    xy, way = town.network.node_xy[ends], town.network.node_lonlat[ends]
    limit = 1_125_000
    whole = with_ways(town.network, [way])
    grown = snaps_on_ways(
        whole, town.index.barriers.reshape(-1, 2, 2), town.xy, whole.moved(town.snaps)
    )
    expected, _ = (
        ReachSearch(whole.network, grown)
        .run_each(whole.moved(station), limit)
        .nearest(len(town.xy))
    )
    cut = window(town.network, xy, limit / 1000)
    who, points = cut.take(town.snaps)
    near, stations = cut.take(station)
    part = with_ways(cut.network, [way])
    points = snaps_on_ways(
        part, town.index.barriers.reshape(-1, 2, 2), town.xy[who], part.moved(points)
    )
    walk, _ = (
        ReachSearch(part.network, points).run_each(part.moved(stations), limit).nearest(len(who))
    )
    old, _ = ReachSearch(town.network, town.snaps).run_each(station, limit).nearest(len(town.xy))
    shorter = np.where(old < 0, np.iinfo(np.int64).max, old)
    shorter[who] = np.minimum(shorter[who], np.where(walk < 0, np.iinfo(np.int64).max, walk))
    found = np.where(shorter == np.iinfo(np.int64).max, -1, shorter)
    assert (found == expected).all()
    assert (found != old).any(), "the way changes something"
    assert len(near)


def test_a_segment_index_of_the_extended_network_finds_the_same_streets():
    network = two_banks().network()
    bridge = with_ways(network, [lonlat([(0, 0), (0, 200)])]).network
    snaps = SegmentIndex(bridge, np.empty((0, 2, 2))).snap(metres([(20, 90)]))
    assert snaps.edge[0, 0] == bridge.edges - 1
    assert bridge.vertex_offsets[-1] == len(bridge.vertex_lonlat) == len(bridge.vertex_along_mm)
