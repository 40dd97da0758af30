"""Drawn areas agree with the walks of buildings."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.rings import assemble
from gis.service_area import ServiceAreas, build_lattice, dissolve
from gis.travel import nearest_station
from tests.gis.test_travel import random_town
from tests.toy import Street, Town, cross_town, metres


def drawn(town: Town, stations, points, limit_mm):
    network = town.network()
    index = town.index(network)
    xy = metres(points)
    snaps = index.snap(xy)
    at = index.snap(metres(stations))
    areas = ServiceAreas(network, build_lattice(index, xy, snaps))
    return areas.draw(at, limit_mm), nearest_station(network, at, snaps).walk_mm, xy


@pytest.mark.parametrize("seed", range(6))
def test_every_building_is_on_the_side_its_walk_puts_it(seed):
    rng = np.random.default_rng(seed)
    points = [tuple(point) for point in rng.uniform(-850, 850, size=(600, 2))]
    area, walk, xy = drawn(random_town(seed), [(0, 0), (400, 300)], points, 600_000)
    assert area.is_valid
    inside = shapely.contains_xy(area, xy[:, 0], xy[:, 1])
    assert (inside == ((walk >= 0) & (walk <= 600_000))).all()


def test_an_area_reaches_as_far_as_the_walk_along_the_street():
    area, _, _ = drawn(cross_town(), [(0, 0)], [(10, 10)], 400_000)
    west, south, east, north = area.bounds - np.tile(metres([(0, 0)])[0], 2)
    assert np.allclose([west, south, east, north], [-400, -400, 400, 400], atol=3)


def test_away_from_the_street_the_leg_is_counted():
    """On one long street the area is a diamond: along plus across makes the limit."""
    area, _, _ = drawn(Town([Street([(-900, 0), (900, 0)])]), [(0, 0)], [(0, 5)], 200_000)
    assert area.area == pytest.approx(2 * 200 * 200, rel=0.01)


def test_an_unreachable_pocket_inside_is_a_hole():
    """::

    +--------+   a ring of street, and a yard in it whose own path is cut off by a wall
    |  [--]  |
    +--------+
    """
    ring = [(-300, -300), (300, -300), (300, 300), (-300, 300), (-300, -300)]
    wall = [(-80, -80), (80, -80), (80, 80), (-80, 80), (-80, -80)]
    town = Town([Street(ring), Street([(-50, 0), (50, 0)])], barriers=[wall])
    area, walk, _ = drawn(town, [(-300, -300)], [(0, 10), (-250, -250)], 3_000_000)
    assert walk[0] == -1
    assert len(area.geoms) == 1
    assert len(area.geoms[0].interiors) == 1
    assert not area.contains(shapely.Point(metres([(0, 10)])[0]))


def test_a_station_off_the_network_has_no_area():
    area, _, _ = drawn(cross_town(), [(5000, 5000)], [(0, 0)], 400_000)
    assert area.is_empty


def test_the_area_of_several_stations_contains_each_alone():
    town = random_town(3)
    network = town.network()
    index = town.index(network)
    snaps = index.snap(metres([(0, 0), (500, 400), (-600, 100)]))
    areas = ServiceAreas(
        network, build_lattice(index, np.empty((0, 2)), index.snap(np.empty((0, 2))))
    )
    together = areas.draw(snaps, 500_000)
    single = dissolve([areas.draw(snaps.take([k]), 500_000) for k in range(3)])
    assert single.difference(together).area < 0.01 * together.area
    assert together.difference(single).area < 0.01 * together.area


def test_more_minutes_never_shrink_the_area():
    town = random_town(5)
    sizes = [
        drawn(town, [(0, 0)], [(0, 0)], limit)[0].area for limit in (1, 200_000, 400_000, 800_000)
    ]
    assert sizes == sorted(sizes)


def test_rings_become_polygons_with_their_own_holes():
    outer = np.array(shapely.geometry.polygon.orient(shapely.box(0, 0, 10, 10)).exterior.coords)
    island = np.array(shapely.geometry.polygon.orient(shapely.box(4, 4, 6, 6)).exterior.coords)
    hole = np.array(shapely.geometry.polygon.orient(shapely.box(2, 2, 8, 8)).exterior.coords)[::-1]
    rings = np.concatenate((outer, hole, island))
    offsets = np.array([0, 5, 10, 15])
    made = assemble(rings, offsets)
    assert made.is_valid
    assert made.area == pytest.approx(100 - 36 + 4)
