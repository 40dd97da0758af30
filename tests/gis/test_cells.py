"""Cells of towns one can draw: blocks, slivers, estates, full blocks, water and green."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from gis.barriers import BARRIERS, CUTS_AS, NUMBER, barrier_number
from gis.cells import make_cells
from gis.network import STREET_CLASSES
from tests.cell_towns import area, at, box, check, ground, house, made_of

SQUARE = box(0, 0, 200, 200)
CROSS = [("residential", [(0, 100), (200, 100)]), ("tertiary", [(100, 0), (100, 200)])]


def test_streets_cut_a_community_into_blocks_and_know_their_class():
    """
    ┌───┬───┐
    │   │   │   residential ──, tertiary │
    ├───┼───┤
    │   │   │
    └───┴───┘
    """
    made = made_of(ground([SQUARE], CROSS))
    assert len(made.polygons) == 4
    assert {area(made, cell) for cell in range(4)} == {10_000.0}
    kinds = {
        tuple(pair): BARRIERS[number - 1].name
        for pair, number in zip(made.pairs.tolist(), made.barrier.tolist(), strict=True)
    }
    low, right = (
        sorted((at(made, 50, 50), at(made, 150, 50))),
        sorted((at(made, 50, 50), at(made, 50, 150))),
    )
    assert kinds[tuple(low)] == "tertiary"
    assert kinds[tuple(right)] == "residential"
    assert len(made.pairs) == 4  # the corner in the middle joins nobody
    assert made.shared_m == pytest.approx([100] * 4)
    assert made.outer_m == pytest.approx([200] * 4)


def test_footways_dead_ends_and_unknown_lines_cut_nothing():
    lines = [
        ("footway", [(0, 100), (200, 100)]),
        ("steps", [(0, 50), (200, 50)]),
        ("nonsense", [(0, 20), (200, 20)]),
        ("primary", [(100, 0), (100, 150)]),
    ]
    assert len(made_of(ground([SQUARE], lines)).polygons) == 1


def test_every_street_class_of_the_network_is_known_to_cut_or_not_to():
    on_foot = {"footway", "corridor", "path", "steps", "cycleway", "track", "bridleway", "platform"}
    not_there = {"raceway", "construction", "proposed"}
    for item in STREET_CLASSES:
        assert (barrier_number(item.name) == 0) == (item.name in on_foot | not_there), item.name
    assert {"canal", "fence", "city_wall", "retaining_wall", "railway"} <= set(CUTS_AS)


def test_of_two_lines_along_one_border_the_stronger_counts():
    lines = [("residential", [(0, 100), (200, 100)]), ("railway", [(-10, 100), (150, 100)])]
    made = made_of(ground([SQUARE], lines))
    assert made.barrier.tolist() == [NUMBER["railway"]]
    lines[1] = ("railway", [(-10, 100), (90, 100)])  # less than half of the border
    assert made_of(ground([SQUARE], lines)).barrier.tolist() == [NUMBER["residential"]]


def test_a_community_without_streets_or_buildings_is_one_cell():
    made = made_of(ground([SQUARE, box(200, 0, 300, 200)]))
    assert made.community.tolist() == [0, 1]
    assert made.land_use.tolist() == ["other", "other"]
    assert made.barrier.tolist() == [NUMBER["community"]]


def test_the_median_of_a_dual_carriageway_and_a_roundabout_are_no_cells():
    """
    ┌─────────────┐
    │             │
    ├─────────────┤   two carriageways 14 m apart,
    ├──────(o)────┤   an island of 12 m radius beside them
    │             │
    └─────────────┘
    """
    ring = shapely.Point(100, 60).buffer(12).exterior.coords
    lines = [
        ("trunk", [(0, 100), (200, 100)]),
        ("trunk", [(0, 114), (200, 114)]),
        ("residential", list(ring)),
        ("residential", [(0, 60), (88, 60)]),
        ("residential", [(112, 60), (200, 60)]),
    ]
    made = made_of(ground([SQUARE], lines))
    assert len(made.polygons) == 3
    assert area(made, at(made, 100, 107)) > 8_000


def test_a_sliver_stays_in_its_own_community():
    """The street runs 5 m beside the border of the two communities."""
    made = made_of(ground([SQUARE, box(200, 0, 400, 200)], [("primary", [(195, 0), (195, 200)])]))
    assert len(made.polygons) == 2
    assert {area(made, 0), area(made, 1)} == {40_000.0}


def test_a_strip_with_a_building_is_a_cell():
    lines = [("residential", [(0, 100), (200, 100)]), ("residential", [(0, 111), (200, 111)])]
    assert len(made_of(ground([SQUARE], lines)).polygons) == 2
    lived = made_of(ground([SQUARE], lines, [(house(100, 105.5, 8, 8), 3)]))
    assert len(lived.polygons) == 3


def test_an_estate_is_one_cell_that_reaches_to_the_street_and_holds_nobody_else():
    """
    ┌──────┬──────┐
    │ ┌────────┐  │   the estate lies across the lane;
    │ │ E  ┊   │  │   land between its wall and the street is too narrow for a cell
    │ └────────┘  │
    ├══════╧══════┤   street, 6 m below the wall
    │             │
    """
    estate = box(40, 106, 160, 180)
    homes = [(house(60, 150), 20), (house(140, 150), 30), (house(20, 150), 5), (house(180, 150), 7)]
    made = made_of(ground([SQUARE], CROSS, homes, estates=[estate], of_estate=[0, 0, -1, -1]))
    own = np.flatnonzero(made.estate == 0)
    assert made.cell_of_building[:2].tolist() == [own[0]] * 2
    assert len(own) == 1
    assert not set(made.cell_of_building[2:].tolist()) & set(own.tolist())
    assert shapely.area(made.polygons[own[0]]) >= estate.area - 0.5


def test_an_estate_with_more_households_than_a_cell_may_hold_is_cut_inside_only():
    estate = box(40, 110, 160, 180)
    homes = [(house(60 + 20 * place, 150), 40) for place in range(5)]
    made = made_of(ground([SQUARE], CROSS, homes, estates=[estate]), most=60)
    cells = set(made.cell_of_building.tolist())
    assert len(cells) == 5
    assert {int(made.estate[cell]) for cell in cells} == {0}


def test_an_estate_known_by_name_only_has_the_cells_it_has_for_itself():
    homes = [(house(50, 50), 3), (house(150, 50), 4), (house(150, 60), 4)]
    town = ground([SQUARE], CROSS, homes, estates=[None], of_estate=[0, 0, -1])
    made = made_of(town)
    assert made.estate[made.cell_of_building[0]] == 0
    assert made.estate[made.cell_of_building[1]] == -1


def test_a_full_block_is_cut_between_its_buildings():
    homes = [(house(30 + 35 * (n % 4), 30 + 45 * (n // 4)), 25) for n in range(12)]
    town = ground([SQUARE], (), homes)
    assert len(made_of(town, most=300).polygons) == 1
    made = made_of(town, most=299)
    assert len(made.polygons) == 12
    assert len(set(made.cell_of_building.tolist())) == 12
    # Halfway between two houses lies the border.
    one, two = made.cell_of_building[:2]
    shared = shapely.intersection(made.polygons[one], made.polygons[two])
    assert shapely.centroid(shared).x - 500_000 == pytest.approx(47.5, abs=0.4)


def test_a_block_with_one_building_stays_whole_however_many_live_there():
    assert len(made_of(ground([SQUARE], (), [(house(100, 100), 5_000)])).polygons) == 1


def test_where_only_points_are_known_they_are_parted_too():
    homes = [
        (shapely.Point(50, 50), 100),
        (shapely.Point(150, 50), 100),
        (shapely.Point(100, 150), 0),
    ]
    made = made_of(ground([SQUARE], (), homes))
    assert len(made.polygons) == 3
    assert made.land_use[made.cell_of_building].tolist() == ["homes", "homes", "other"]


def test_buildings_on_one_point_cannot_be_parted():
    homes = [
        (shapely.Point(50, 50), 100),
        (shapely.Point(50, 50), 100),
        (shapely.Point(150, 50), 9),
    ]
    made = made_of(ground([SQUARE], (), homes))
    assert len(made.polygons) == 2
    assert made.cell_of_building[0] == made.cell_of_building[1]


def test_houses_wall_to_wall_are_parted_along_their_wall():
    homes = [(house(50 + 12 * n, 100, 12, 9), 60) for n in range(5)]
    made = made_of(ground([SQUARE], (), homes), most=100)
    assert len(made.polygons) == 5
    wall = shapely.LineString([(500_056, 3_320_095.5), (500_056, 3_320_104.5)])
    shared = shapely.intersection(*made.polygons[made.cell_of_building[:2]])
    assert shapely.length(shapely.intersection(shared, shapely.buffer(wall, 0.02))) > 8.9


def test_no_border_cuts_a_building_that_stands_across_a_street():
    """
    ├────┬▆▆┬───┤   a passage under the house: it belongs whole to the block of its middle
    """
    homes = [(house(100, 104, 30, 20), 12), (house(100, 50), 1), (house(100, 150), 1)]
    made = made_of(ground([SQUARE], [("residential", [(0, 100), (200, 100)])], homes))
    assert made.cell_of_building[0] == made.cell_of_building[2] != made.cell_of_building[1]


def test_what_a_building_cuts_off_goes_to_a_neighbour():
    """
    │      N      │
    ├───▟▙────────┤   the house of the northern block fills the strip
    │ w ▜▛   e ▫  │   and cuts its western end off
    ├─────────────┤
    """
    lines = [("residential", [(0, 100), (200, 100)]), ("residential", [(0, 120), (200, 120)])]
    homes = [(house(40, 125, 20, 60), 12), (house(150, 110, 8, 8), 3)]
    made = made_of(ground([SQUARE], lines, homes))
    assert len(made.polygons) == 3
    assert made.cell_of_building[0] == at(made, 100, 160)
    assert made.cell_of_building[1] == at(made, 100, 110) != at(made, 10, 110)


def test_a_building_on_the_border_of_communities_belongs_to_one_and_is_noted():
    homes = [(house(198, 100, 20, 20), 9), (house(100, 100), 1), (house(300, 100), 1)]
    made = made_of(ground([SQUARE, box(200, 0, 400, 200)], (), homes))
    assert made.community[made.cell_of_building].tolist() == [0, 0, 1]
    note = next(note for note in made.notes if note.code == "building_on_border")
    assert note.values["buildings"] == [0]


@pytest.mark.parametrize("x", [200, 200.004, 199.996])
def test_a_building_exactly_on_a_border_is_in_exactly_one_cell(x):
    homes = [(shapely.Point(x, 60), 3), (shapely.Point(50, 100), 4)]
    town = ground([SQUARE, box(200, 0, 400, 200)], CROSS, homes)
    made = made_of(town)
    assert (made.cell_of_building >= 0).all()
    assert make_cells(town).cell_of_building.tolist() == made.cell_of_building.tolist()


def test_a_building_outside_all_communities_is_in_no_cell_and_noted():
    made = made_of(ground([SQUARE], (), [(house(300, 300), 3), (house(100, 100), 4)]))
    assert made.cell_of_building.tolist() == [-1, 0]
    assert [note.code for note in made.notes] == ["building_outside"]


def test_overlapping_footprints_stay_together():
    homes = [(house(96, 100, 20, 20), 90), (house(110, 100, 20, 20), 90), (house(40, 40), 90)]
    made = made_of(ground([SQUARE], [("residential", [(103, 0), (103, 200)])], homes), most=100)
    assert made.cell_of_building[0] == made.cell_of_building[1] != made.cell_of_building[2]


def test_a_building_in_a_courtyard_is_not_parted_from_the_house_around_it():
    yard = shapely.Polygon(house(100, 100, 60, 60).exterior, [house(100, 100, 30, 30).exterior])
    homes = [(yard, 100), (house(100, 100, 8, 8), 100), (house(20, 20), 5)]
    made = made_of(ground([SQUARE], (), homes), most=100)
    assert made.cell_of_building[0] == made.cell_of_building[1] != made.cell_of_building[2]


def test_water_and_green_areas_without_buildings_are_cells_of_their_class():
    pond, park = box(20, 20, 80, 80), box(120, 20, 180, 80)
    garden, small = box(120, 120, 180, 180), box(20, 140, 50, 160)
    homes = [(house(150, 150), 4)]
    made = made_of(ground([SQUARE], (), homes, water=[pond], green=[park, garden, small]))
    assert made.land_use[at(made, 50, 50)] == "water"
    assert made.land_use[at(made, 150, 50)] == "green"
    assert made.land_use[at(made, 150, 150)] == "homes"
    assert area(made, at(made, 50, 50)) == 3_600.0
    assert len(made.polygons) == 3


def test_a_boat_on_the_river_takes_no_water_from_it():
    river = box(0, 80, 200, 120)
    lines = [("river", [(0, 100), (200, 100)]), ("primary", [(100, 0), (100, 200)])]
    made = made_of(ground([SQUARE], lines, [(house(50, 110, 6, 3), 1)], water=[river]))
    assert made.land_use[at(made, 50, 110)] == "homes"
    assert [made.land_use[at(made, *spot)] for spot in ((50, 90), (150, 90), (150, 110))] == [
        "water"
    ] * 3


def test_the_order_and_direction_of_lines_do_not_matter():
    homes = [(house(30 + 35 * (n % 4), 30 + 45 * (n // 4)), 25) for n in range(12)]
    lines = [*CROSS, ("service", [(0, 0), (200, 170)]), ("primary", [(33, 0), (170.5, 200)])]
    one = make_cells(ground([SQUARE], lines, homes))
    turned = [(name, points[::-1]) for name, points in reversed(lines)]
    two = make_cells(ground([SQUARE], turned, homes))
    assert shapely.to_wkb(one.polygons).tolist() == shapely.to_wkb(two.polygons).tolist()
    assert one.cell_of_building.tolist() == two.cell_of_building.tolist()
    assert one.barrier.tolist() == two.barrier.tolist()


def test_progress_never_falls_and_ends_at_100():
    seen: list[int] = []
    make_cells(ground([SQUARE], CROSS), progress=lambda percent, _step: seen.append(percent))
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 100)


def test_a_valid_coverage_with_a_hole_is_not_enough():
    """Leaving a cell out keeps `coverage_is_valid`; the union with the community finds it."""
    town = ground([SQUARE], CROSS)
    made = make_cells(town)
    rows = np.arange(3)
    holed = replace(made, polygons=made.polygons[rows], community=made.community[rows])
    assert shapely.coverage_is_valid(holed.polygons)
    with pytest.raises(AssertionError):
        check(town, holed)


def test_a_block_that_touches_the_edge_of_the_county_in_one_point_is_no_cell_of_its_own():
    """
    │   ╱▔╲
    │ ╱    ▏   a loop from a point of the outer border, where a street ends too
    │▂▂▂╱
    """
    loop = [(0, 60), (60, 150), (120, 90), (0, 60)]
    lines = [("residential", loop), ("residential", [(0, 60), (200, 0)])]
    made = made_of(ground([SQUARE], lines, [(house(70, 110), 5), (house(150, 150), 5)]))
    assert made.cell_of_building[0] == made.cell_of_building[1]
