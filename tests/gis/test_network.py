"""How ways become nodes and edges."""

from __future__ import annotations

import numpy as np
import pytest

from gis.crs import geodesic_mm, metric_zone, scale_factor, to_lonlat, to_metric
from tests.toy import Street, Town, cross_town, lonlat


def test_streets_that_share_a_vertex_are_split_there():
    network = cross_town().network()
    assert (network.nodes, network.edges) == (5, 4)
    assert network.edge_length_mm.tolist() == [500_000] * 4


def test_a_bridge_joins_nothing_in_its_middle():
    town = Town(
        [
            Street([(-500, 0), (0, 0), (500, 0)]),
            Street([(0, -500), (0, 0), (0, 500)], level=1),
        ]
    )
    network = town.network()
    assert (network.nodes, network.edges) == (4, 2)
    assert network.component.max() == 1


def test_parallel_edges_between_the_same_nodes_stay_two_edges():
    town = Town([Street([(0, 0), (100, 0)]), Street([(0, 0), (50, 80), (100, 0)])])
    network = town.network()
    assert network.edges == 2
    assert network.graph.nnz == 2  # the search needs the shorter one only, in both directions
    assert network.graph.data.tolist() == [100_000.0, 100_000.0]


def test_a_closed_gate_cuts_the_street_and_an_open_one_does_not():
    streets = [Street([(0, 0), (100, 0), (200, 0)])]
    assert Town(streets).network().component.max() == 0
    closed = Town(streets, closed=[(100, 0)]).network()
    assert closed.component.max() == 1
    assert closed.edges == 2


def test_a_loop_without_other_junctions_is_kept():
    network = Town([Street([(0, 0), (100, 0), (100, 100), (0, 0)])]).network()
    assert network.edges == 1
    assert network.edge_from[0] == network.edge_to[0]
    assert network.graph.nnz == 0


def test_repeated_vertices_leave_no_edge_without_length_and_cut_nothing():
    town = Town(
        [Street([(0, 0), (100, 0)]), Street([(100, 0), (100, 0)]), Street([(100, 0), (200, 0)])]
    )
    network = town.network()
    assert (network.edge_length_mm > 0).all()
    assert network.component[network.edge_from].max() == 0


def test_equal_input_gives_equal_bytes_and_other_input_another_hash():
    town = cross_town()
    assert town.network().content_hash() == town.network().content_hash()
    other = Town([*town.streets[:1], Street([(0, -500), (0, 0), (0, 501)], name="南北街")])
    assert other.network().content_hash() != town.network().content_hash()


def test_a_network_just_made_is_like_one_from_a_file_and_compiles_nothing_of_its_own():
    network = cross_town().network()
    assert not network.edge_from.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        network.edge_length_mm[0] = 1


@pytest.mark.parametrize(
    ("lon", "zone"),
    [(117.3, "EPSG:4548"), (118.6, "EPSG:4549"), (75.0, "EPSG:4534"), (135.2, "EPSG:4554")],
)
def test_inside_china_the_zone_is_a_cgcs2000_3_degree_zone(lon, zone):
    assert metric_zone(lon) == zone


def test_outside_china_the_zone_is_a_transverse_mercator_and_never_web_mercator():
    assert "+proj=tmerc" in metric_zone(14.4)
    assert "lon_0=15" in metric_zone(14.4)


def test_lengths_are_geodesic_not_those_of_web_mercator():
    """At 30° N Web Mercator is 15 % too long; here a kilometre is a kilometre."""
    ends = lonlat([(0, 0), (1000, 0)])
    assert geodesic_mm(ends[:1], ends[1:])[0] == 1_000_000
    mercator = to_metric(ends, "EPSG:3857")
    assert np.hypot(*(mercator[1] - mercator[0])) > 1_150


def test_the_scale_at_the_edge_of_a_zone_matches_the_ellipsoid():
    place = np.array([[118.45, 30.0], [117.0, 30.0], [115.6, 45.0]])
    xy = to_metric(place, "EPSG:4548")
    step = to_lonlat(xy + np.array([150, 200]), "EPSG:4548")
    ground = 250 / scale_factor(xy + np.array([75, 100])) * 1000
    assert np.abs(ground - geodesic_mm(place, step)).max() <= 0.5 + 1e-3
