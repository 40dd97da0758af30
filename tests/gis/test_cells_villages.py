"""Cells of villages: the land nearest to each villager group, with or without any street."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.barriers import NUMBER
from tests.cell_towns import area, at, box, ground, house, made_of

VILLAGE = box(0, 0, 1000, 600)
WEST = [(house(150 + 40 * n, 300), 9) for n in range(4)]
EAST = [(house(750 + 40 * n, 300), 8) for n in range(4)]
GROUPS = [shapely.Point(200, 280), shapely.Point(800, 280)]


def test_groups_part_a_village_without_any_street():
    """
    ┌─────────┬─────────┐
    │ ▫▫▫▫    ┊    ▫▫▫▫ │   halfway between the nearest houses, x = 510
    └─────────┴─────────┘
    """
    made = made_of(ground([VILLAGE], (), WEST + EAST, kind="rural", groups=GROUPS))
    assert sorted(made.group.tolist()) == [0, 1]
    assert area(made, at(made, 100, 100)) == pytest.approx(510 * 600, abs=300)
    assert made.group[made.cell_of_building].tolist() == [0] * 4 + [1] * 4


def test_what_a_ledger_says_beats_the_nearest_group():
    said = [1, -1, -1, -1, -1, -1, -1, 0]
    made = made_of(ground([VILLAGE], (), WEST + EAST, kind="rural", groups=GROUPS, of_group=said))
    assert made.cell_of_building[0] != made.cell_of_building[1]
    assert made.group[made.cell_of_building].tolist() == [1, 0, 0, 0, 1, 1, 1, 0]


def test_lanes_do_not_cut_villages_and_main_roads_only_between_houses():
    lane, road = [(500, 0), (500, 600)], [(0, 200), (1000, 200)]
    made = made_of(
        ground([VILLAGE], [("residential", lane)], WEST, kind="rural", groups=GROUPS[:1])
    )
    assert len(made.polygons) == 1
    # Nobody lives south of the road.
    made = made_of(ground([VILLAGE], [("primary", road)], WEST + EAST, kind="rural", groups=GROUPS))
    assert len(made.polygons) == 2
    south = [(house(200, 100), 3)]
    town = ground([VILLAGE], [("primary", road)], WEST + EAST + south, kind="rural", groups=GROUPS)
    made = made_of(town)
    assert len(made.polygons) == 3
    assert made.group[at(made, 200, 100)] == 0
    assert NUMBER["primary"] in made.barrier.tolist()


def test_without_any_group_each_settlement_has_its_land():
    made = made_of(ground([VILLAGE], (), WEST + EAST, kind="rural"))
    assert len(made.polygons) == 2
    assert made.group.tolist() == [-1, -1]


def test_a_village_of_several_groups_with_one_settlement_only_is_not_cut_by_size():
    made = made_of(
        ground([VILLAGE], (), [(item, 500) for item, _ in WEST], kind="rural", groups=GROUPS[:1])
    )
    assert len(made.polygons) == 1


def test_groups_may_be_areas_and_those_of_other_villages_do_not_count():
    areas = [box(100, 200, 400, 400), box(1000, 200, 1300, 400)]
    communities, homes = [VILLAGE, box(1000, 0, 2000, 600)], [*EAST, (house(1100, 300), 2)]
    town = ground(communities, (), homes, kind="rural", groups=areas)
    made = made_of(town)
    assert made.group[made.cell_of_building].tolist() == [0] * 4 + [1]


def test_water_is_cut_out_of_villages_fields_and_woods_are_not():
    pond, field = box(400, 100, 500, 200), box(600, 100, 900, 200)
    more = {"kind": "rural", "groups": GROUPS, "water": [pond], "green": [field]}
    made = made_of(ground([VILLAGE], (), WEST + EAST, **more))
    assert made.land_use[at(made, 450, 150)] == "water"
    assert made.land_use[at(made, 750, 150)] == "homes"
    assert len(made.polygons) == 3


def test_land_of_a_group_that_falls_off_goes_to_a_neighbour():
    """The village bends around a lake of nobody's: each corner is nearest to somebody."""
    horseshoe = VILLAGE.difference(box(300, 200, 700, 600))
    made = made_of(ground([horseshoe], (), WEST[:2] + EAST[-2:], kind="rural", groups=GROUPS))
    assert len(made.polygons) == len(np.unique(made.cell_of_building))
