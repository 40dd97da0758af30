"""What must hold for every town, not only for the ones somebody thought of."""

from __future__ import annotations

import os
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.coverage import STATUSES, Limits, counts, empty_field, fill_field, nearest_straight, tally
from gis.network import Network
from gis.route import WalksFrom
from gis.service_area import ServiceAreas, build_lattice
from gis.snap import Snaps
from gis.travel import NO_ROUTE, nearest_station
from tests.toy import Street, Town, lonlat, metres

SAMPLE = settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
FULL = settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
EXAMPLES = FULL if os.environ.get("TEST_LONG") else SAMPLE

spot = st.tuples(st.integers(-40, 40), st.integers(-40, 40)).map(
    lambda p: (p[0] * 20.0, p[1] * 20.0)
)
street = st.builds(
    Street,
    points=st.lists(spot, min_size=2, max_size=4, unique=True),
    direction=st.sampled_from([0, 0, 0, 1, -1]),
)
towns = st.builds(
    Town,
    streets=st.lists(street, min_size=1, max_size=14),
    barriers=st.lists(st.lists(spot, min_size=2, max_size=3, unique=True), max_size=3),
)
places = st.lists(st.tuples(st.floats(-850, 850), st.floats(-850, 850)), min_size=1, max_size=25)


def snapped(town: Town, stations, homes) -> tuple[Network, Snaps, Snaps]:
    network, snaps = town.snap(*stations, *homes)
    return network, snaps.take(slice(0, len(stations))), snaps.take(slice(len(stations), None))


def field_of(town: Town, stations, homes):
    network, at, points = snapped(town, stations, homes)
    field = empty_field(len(homes))
    fill_field(field, np.arange(len(homes)), network, at, points)
    field.straight_mm[:], field.straight_station[:] = nearest_straight(
        metres(stations), metres(homes)
    )
    return field


@EXAMPLES
@given(town=towns, stations=places, homes=places, limit=st.integers(0, 3_000_000))
def test_every_household_is_counted_once(town, stations, homes, limit):
    field = field_of(town, stations, homes)
    households = np.arange(1, len(homes) + 1) * 7
    group = (np.arange(len(homes)) % 4 - 1).astype(np.int32)
    sums = tally(counts(field, Limits(limit, limit, Fraction("1.4"))), households, group, 3)
    assert (sum(sums[name] for name in STATUSES) == sums["households"]).all()
    assert sums["households"].sum() == households.sum()
    assert sums["buildings_total"].sum() == len(homes)


@EXAMPLES
@given(town=towns, stations=places, homes=places)
def test_a_walk_is_never_shorter_than_the_straight_line(town, stations, homes):
    field = field_of(town, stations, homes)
    routed = field.walk_mm >= 0
    # Each of leg, way and leg is rounded to a millimetre, and each segment of the way.
    assert (field.walk_mm[routed] >= field.straight_mm[routed] - 60).all()


@EXAMPLES
@given(town=towns, stations=places, homes=places, more=places)
def test_more_stations_never_lengthen_a_walk(town, stations, homes, more):
    network, at, points = snapped(town, [*stations, *more], homes)
    few = nearest_station(network, at.take(slice(0, len(stations))), points).walk_mm
    many = nearest_station(network, at, points).walk_mm
    assert ((many >= 0) | (few < 0)).all()
    both = few >= 0
    assert (many[both] <= few[both]).all()


@EXAMPLES
@given(town=towns, stations=places, homes=places, extra=st.lists(st.tuples(spot, spot), max_size=3))
def test_more_streets_between_junctions_never_lengthen_a_walk(town, stations, homes, extra):
    """With the same snaps: a street laid between two existing junctions is a new chance, no more."""
    network, at, points = snapped(town, stations, homes)
    if network.nodes < 2:
        return
    before = nearest_station(network, at, points).walk_mm
    rng = np.random.default_rng(len(extra))
    pairs = rng.integers(0, network.nodes, size=(max(len(extra), 1), 2))
    lengths = np.full(len(pairs), 50_000, dtype=np.int64)
    ends = network.node_lonlat[pairs].reshape(-1, 2)
    richer = Network(
        **{
            **{name: getattr(network, name) for name in Network.__dataclass_fields__},
            "edge_from": np.append(network.edge_from, pairs[:, 0]).astype(np.int32),
            "edge_to": np.append(network.edge_to, pairs[:, 1]).astype(np.int32),
            "edge_length_mm": np.append(network.edge_length_mm, lengths),
            "edge_class": np.append(network.edge_class, ["footway"] * len(pairs)),
            "edge_name": np.append(network.edge_name, [""] * len(pairs)),
            "edge_direction": np.append(network.edge_direction, np.zeros(len(pairs))).astype(
                np.int8
            ),
            "edge_private": np.append(network.edge_private, [False] * len(pairs)),
            "edge_bridge": np.append(network.edge_bridge, [False] * len(pairs)),
            "edge_tunnel": np.append(network.edge_tunnel, [False] * len(pairs)),
            "edge_ref": np.append(network.edge_ref, np.zeros(len(pairs))).astype(np.int64),
            "vertex_offsets": np.append(
                network.vertex_offsets,
                network.vertex_offsets[-1] + 2 * np.arange(1, len(pairs) + 1),
            ),
            "vertex_lonlat": np.concatenate((network.vertex_lonlat, ends)),
            "vertex_along_mm": np.append(network.vertex_along_mm, np.tile([0, 50_000], len(pairs))),
        }
    )
    after = nearest_station(richer, at, points).walk_mm
    assert ((after >= 0) | (before < 0)).all()
    both = before >= 0
    assert (after[both] <= before[both]).all()


@EXAMPLES
@given(town=towns, stations=places, homes=places, limit=st.integers(1_000, 1_500_000))
def test_the_drawn_area_has_every_building_on_its_side(town, stations, homes, limit):
    network = town.network()
    index = town.index(network)
    xy = metres(homes)
    points, at = index.snap(xy), index.snap(metres(stations))
    area = ServiceAreas(network, build_lattice(index, xy, points)).draw(at, limit)
    walk = nearest_station(network, at, points).walk_mm
    inside = shapely.contains_xy(area, xy[:, 0], xy[:, 1])
    expected = (walk >= 0) & (walk <= limit)
    # On the line itself (within a millimetre of the limit) the last bit of a coordinate decides.
    clear = np.abs(walk - limit) > 1
    near = (
        shapely.distance(area.boundary, shapely.points(xy))
        if not area.is_empty
        else np.full(len(xy), 9.0)
    )
    assert (inside == expected)[clear & (near > 1e-6)].all()


@pytest.mark.parametrize("seed", range(3))
def test_moving_the_whole_town_changes_no_walk(seed):
    """Within the zone's middle a shifted town has the same lengths to the millimetre per leg."""
    rng = np.random.default_rng(seed)
    homes = [tuple(map(float, p)) for p in rng.integers(-400, 400, (30, 2))]
    streets = [
        [tuple(map(float, p)) for p in rng.integers(-20, 20, (3, 2)) * 20] for _ in range(12)
    ]

    def walks(dx: float) -> np.ndarray:
        moved = Town([Street([(x + dx, y) for x, y in line]) for line in streets])
        network, at, points = snapped(moved, [(dx, 0.0)], [(x + dx, y) for x, y in homes])
        return nearest_station(network, at, points).walk_mm

    here, there = walks(0.0), walks(400.0)
    assert ((here >= 0) == (there >= 0)).all()
    assert np.abs(here - there).max() <= 40


@EXAMPLES
@given(town=towns, stations=places, homes=places)
def test_every_route_is_exactly_as_long_as_the_search_says(town, stations, homes):
    network, at, points = snapped(town, stations, homes)
    found = nearest_station(network, at, points)
    ends, starts = lonlat(stations), lonlat(homes)
    for home, (walk, station) in enumerate(
        zip(found.walk_mm.tolist(), found.station.tolist(), strict=True)
    ):
        search = WalksFrom(network, points.take([home]), max(walk, 1))
        if walk < 0:
            assert (search.walk_mm(at) == NO_ROUTE).all()
            continue
        reached = search.walk_mm(at)
        assert reached[reached >= 0].min() == reached[station] == walk
        route = search.route(at.take([station]), starts[home], ends[station])
        assert route.walk_mm == walk
        assert all(leg.mm > 0 for leg in route.legs[1:-1])
        for before, after in pairwise(route.legs):
            assert np.array_equal(before.lonlat[-1], after.lonlat[0])
        assert np.array_equal(route.legs[0].lonlat[0], starts[home])
        assert np.array_equal(route.legs[-1].lonlat[-1], ends[station])
