"""Counting: statuses, sums, density, curve."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import shapely

from gis.coverage import (
    STATUSES,
    Field,
    Limits,
    classify,
    counts,
    cumulative_curve,
    empty_field,
    fill_field,
    locate,
    nearest_straight,
    tally,
)
from gis.density import area_km2, class_breaks, per_km2
from gis.errors import RefusedInputError
from tests.toy import Street, Town, lonlat, metres


def toy_field() -> tuple[Field, np.ndarray, np.ndarray]:
    """A street of 3 km with a station at its west end.

    ::

        S====A=====B=========C===== street        D (300 m off)              E (2 km off)
    """
    town = Town([Street([(0, 0), (3000, 0)]), Street([(0, 2000), (100, 2000)])])
    homes = [(500, 0), (1125, 0), (2000, 0), (1000, 300), (1000, 1000), (50, 2000)]
    network, snaps = town.snap((0, 0), *homes)
    field = empty_field(len(homes))
    fill_field(field, np.arange(len(homes)), network, snaps.take([0]), snaps.take(slice(1, None)))
    straight, station = nearest_straight(metres([(0, 0)]), metres(homes))
    field.straight_mm[:], field.straight_station[:] = straight, station
    return field, np.array([10, 20, 30, 40, 50, 60]), np.array([0, 0, 1, 1, -1, 1], dtype=np.int32)


LIMITS = Limits(1_125_000, 3_000_000, Fraction("1.4"))


def test_each_building_has_one_status_and_15_minutes_are_inclusive():
    field, _, _ = toy_field()
    assert [STATUSES[s] for s in classify(field, LIMITS.walk_mm)] == [
        "within_walk", "within_walk", "out_of_reach", "unreachable", "no_network", "unreachable",
    ]  # fmt: skip


def test_households_always_add_up_in_every_group_and_in_total():
    field, households, group = toy_field()
    sums = tally(counts(field, LIMITS), households, group, 2)
    assert sums["households"].tolist() == [30, 130, 50]
    assert sum(sums[name] for name in STATUSES).tolist() == [30, 130, 50]
    assert sum(sums[f"buildings_{name}"] for name in STATUSES).tolist() == [2, 3, 1]


def test_straight_and_network_radius_are_different_questions():
    field, households, group = toy_field()
    sums = tally(counts(field, Limits(1, 1_100_000, Fraction(1))), households, group, 2)
    assert sums["within_radius"].sum() == 10 + 40  # (1000,1000) is 1,414 m away
    assert sums["within_network_radius"].sum() == 10


def test_without_streets_a_stated_detour_is_offered_as_an_estimate():
    field, households, group = toy_field()
    inside = tally(counts(field, Limits(1_990_000, 1, Fraction("1.4"))), households, group, 2)
    outside = tally(counts(field, Limits(1_970_000, 1, Fraction("1.4"))), households, group, 2)
    assert inside["estimated_within_walk"].sum() == 50  # 1,414 m × 1.4 = 1,980 m
    assert outside["estimated_within_walk"].sum() == 0
    assert inside["within_walk"].sum() == outside["within_walk"].sum()


def test_the_curve_is_cumulative_and_inclusive():
    field, households, _ = toy_field()
    curve = cumulative_curve(field.walk_mm, households, Fraction("4.5"))
    assert curve[6] == 0
    assert curve[7] == 10  # 500 m are 6 min 40 s
    assert curve[14] == 10
    assert curve[15] == 30
    assert curve[60] == 60
    assert (np.diff(curve) >= 0).all()


def test_density_equals_a_hand_computation():
    """A block of 400 m × 250 m is 0.1 km²; 62 households on it are 620 per km²."""
    block = shapely.Polygon(lonlat([(0, 0), (400, 0), (400, 250), (0, 250)]))
    area = area_km2([block], "EPSG:4548")
    assert area[0] == pytest.approx(0.1, rel=1e-9)
    assert per_km2(np.array([62]), area)[0] == pytest.approx(620)
    mercator = area_km2([block], "EPSG:3857")
    assert mercator[0] > 0.13  # what measuring in Web Mercator would have said


def test_no_land_has_no_density():
    assert np.isnan(per_km2(np.array([5]), np.array([0.0]))[0])


@pytest.mark.parametrize("scheme", ["natural", "equal", "quantile"])
def test_every_value_falls_into_a_class(scheme):
    values = np.array([1, 2, 3, 50, 51, 52, 900, np.nan, 4, 5])
    breaks = class_breaks(values, scheme, 5)
    assert len(breaks) <= 5
    assert breaks[-1] == 900
    assert (np.diff(breaks) > 0).all()


def test_natural_breaks_find_the_groups():
    breaks = class_breaks(np.array([1.0, 2, 3, 50, 51, 52, 900]), "natural", 3)
    assert breaks.tolist() == [3, 52, 900]


def test_few_values_make_few_classes_and_bad_schemes_are_refused():
    assert class_breaks(np.array([7.0, 7.0]), "natural", 5).tolist() == [7]
    with pytest.raises(RefusedInputError):
        class_breaks(np.array([1.0]), "pretty", 5)


def test_straight_lines_are_geodesic_across_a_zone():
    from gis.crs import geodesic_mm, to_metric

    rng = np.random.default_rng(1)
    stations = np.column_stack((rng.uniform(115.6, 118.4, 20), rng.uniform(28, 31, 20)))
    points = np.column_stack((rng.uniform(115.6, 118.4, 500), rng.uniform(28, 31, 500)))
    found, station = nearest_straight(
        to_metric(stations, "EPSG:4548"), to_metric(points, "EPSG:4548")
    )
    truth = geodesic_mm(points, stations[station])
    assert np.abs(found - truth).max() <= np.maximum(20, truth * 2e-6).max()


def test_a_point_on_a_shared_border_lies_in_the_first_polygon():
    """::

    +---+---+
    | 0 | 1 |   (1, 0.5) is on both, (3, 3) in none
    +---+---+
    """
    polygons = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], dtype=object)
    points = np.array([(0.5, 0.5), (1, 0.5), (1.5, 0.5), (3, 3)])
    assert locate(points, polygons).tolist() == [0, 0, 1, -1]
    assert locate(points, polygons[:0]).tolist() == [-1] * 4
