"""Drawn polygons made a tiling: nothing is mended in silence."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.planar import polygonal
from gis.repair import repair_polygons
from tests.cell_towns import box, house, shapes
from tests.conftest import shared

COMMUNITY = box(0, 0, 300, 200)
FEET_M = 0.3048006096


def repair(polygons, community=COMMUNITY, tolerance_m=3.0, **more):
    made = repair_polygons(shapes(polygons), community, tolerance_m=tolerance_m, **more)
    held = made.polygons[~shapely.is_empty(made.polygons)]
    assert shapely.is_valid(held).all()
    assert shapely.coverage_is_valid(held)
    assert shapely.area(shapely.difference(held, shapely.buffer(community, 0.01))).sum() < 1e-6
    return made


def codes(made):
    return [(item.rule, item.level, item.part, item.code) for item in made.findings]


def test_a_faultless_tiling_is_left_as_it_is():
    drawn = [box(0, 0, 150, 200), box(150, 0, 300, 200)]
    made = repair(drawn)
    assert made.findings == ()
    assert shapely.equals(made.polygons, shapes(drawn)).all()


def test_a_bow_tie_is_mended_with_a_finding():
    bow_tie = shapely.Polygon([(0, 0), (100, 200), (100, 0), (0, 200)])
    made = repair([bow_tie, box(100, 0, 300, 200)])
    first = made.findings[0]
    assert (first.rule, first.part, first.code, first.values["repaired"]) == (
        "R1",
        1,
        "broken_outline",
        True,
    )
    assert (first.x, first.y) == (50, 100)
    assert ("R1", "error", 1, "several_pieces") in codes(made)
    assert ("R4", "error", 0, "gap") in codes(made)


def test_what_lies_outside_is_cut_off():
    made = repair([box(-20, 0, 150, 200), box(150, 0, 300, 200)])
    assert codes(made) == [("R2", "warning", 1, "outside")]
    assert made.findings[0].values["area_m2"] == 4_000
    assert shapely.area(made.polygons).tolist() == [30_000, 30_000]


def test_an_overlap_goes_to_the_first_and_says_how_many_live_there():
    points, homes = np.array([(155.0, 100.0), (20.0, 20.0)]), np.array([7, 30])
    made = repair([box(0, 0, 160, 200), box(150, 0, 300, 200)], points=points, households=homes)
    assert codes(made) == [("R3", "warning", 1, "overlap")]
    assert (made.findings[0].values["area_m2"], made.findings[0].values["others"]) == (2_000, [2])
    assert made.findings[0].households == 7
    assert shapely.area(made.polygons).tolist() == [32_000, 28_000]


@pytest.mark.parametrize(("wide", "code"), [(2.9, "gap_closed"), (3.1, "gap")])
def test_gaps_up_to_the_tolerance_are_closed_wider_ones_stay_with_their_households(wide, code):
    points, homes = np.array([(151.0, 100.0)]), np.array([11])
    made = repair(
        [box(0, 0, 150, 200), box(150 + wide, 0, 300, 200)], points=points, households=homes
    )
    assert [item.code for item in made.findings] == [code]
    assert made.findings[0].households == 11
    assert made.findings[0].values["area_m2"] == pytest.approx(200 * wide)
    assert 150 <= made.findings[0].x <= 150 + wide
    assert made.findings[0].level == ("error" if code == "gap" else "warning")


def test_the_narrow_arm_of_a_wide_gap_is_closed_too():
    """
    ┌─────────────┐
    │   nobody    │
    ├─────┐ ┌─────┤   1 m
    │  1  │ │  2  │
    """
    made = repair([box(0, 0, 150, 100), box(151, 0, 300, 100)])
    assert [(item.code, item.values["area_m2"]) for item in made.findings] == [
        ("gap", 30_000),
        ("gap_closed", 100),
    ]


def test_borders_drawn_a_hair_apart_are_one_without_a_word():
    made = repair([box(0, 0, 150.004, 200), box(150, 0, 300, 200)])
    assert made.findings == ()
    made = repair([box(0, 0, 150, 200), box(150.006, 0, 300, 200)])
    assert made.findings == ()
    assert shapely.area(made.polygons).sum() == pytest.approx(60_000)


def test_a_building_in_two_polygons_is_found():
    homes = [house(150, 50), house(50, 50), None, house(155, 100)]
    made = repair([box(0, 0, 150, 200), box(150, 0, 300, 200)], footprints=shapes(homes))
    assert codes(made) == [("R6", "warning", 1, "building_cut")]
    assert made.findings[0].values["building"] == 0
    assert made.findings[0].values["parts"] == [1, 2]


def test_a_crumb_that_was_cut_off_goes_to_its_neighbour():
    """Polygon 1 has a speck of 2 m² inside polygon 2."""
    speck = box(200, 100, 201, 102)
    drawn = [
        shapely.MultiPolygon([box(0, 0, 150, 200), speck]),
        box(150, 0, 300, 200).difference(speck),
    ]
    made = repair(drawn)
    assert codes(made) == [("R1", "warning", 1, "crumb")]
    assert shapely.get_num_geometries(made.polygons).tolist() == [1, 1]


def test_a_polygon_of_which_nothing_is_left_is_empty_and_found():
    made = repair([box(0, 0, 300, 200), box(400, 0, 500, 100)])
    assert shapely.is_empty(made.polygons).tolist() == [False, True]
    assert ("R1", "error", 2, "no_land") in codes(made)


@pytest.mark.parametrize(
    "name",
    [
        "ex10_bowtie",
        "ex5_three_precincts",
        "ex22_three_ia_precincts",
        "ex9_FranklinTwoPrecinctsDetail",
    ],
)
def test_dirty_files_become_valid_tilings(name):
    frame = gpd.read_file(shared(f"dirty/mapshaper/features/clean/{name}.json"))
    drawn = shapes(frame.geometry)
    size = np.ptp(shapely.total_bounds(drawn).reshape(2, 2), axis=0).max()
    drawn = shapely.transform(
        drawn, lambda xy: xy * (3_000 / size)
    )  # about the size of a community
    hull = shapely.convex_hull(shapely.union_all(polygonal(drawn)))
    made = repair(drawn, hull)
    if not shapely.is_valid(drawn).all():
        assert "broken_outline" in {item.code for item in made.findings}


def test_denvers_precincts_are_mended_with_a_report():
    frame = gpd.read_file(shared("dirty/denver/DenverCo_precincts2020_orig.shp"))
    drawn = shapely.transform(shapes(frame.geometry), lambda xy: xy * FEET_M)
    assert not shapely.coverage_is_valid(drawn)
    outer = shapely.get_exterior_ring(shapely.get_parts(shapely.union_all(polygonal(drawn))))
    community = shapely.union_all(shapely.polygons(outer))
    made = repair(drawn, community, tolerance_m=5.0)
    found = [item.code for item in made.findings]
    assert found.count("overlap") >= 3
    assert "gap_closed" in found
    assert "gap" in found  # an airport is no fault of drawing
    land = shapely.area(made.polygons).sum()
    rest = sum(item.values["area_m2"] for item in made.findings if item.code == "gap")
    assert land + rest == pytest.approx(community.area, rel=1e-6)
