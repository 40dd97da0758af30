"""Communities as imported: gaps, overlaps, broken outlines, and borders that many share."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.cells import make_cells
from gis.errors import RefusedInputError
from tests.cell_towns import SHIFT, area, box, check, ground, house, made_of

LEFT, RIGHT = box(0, 0, 100, 100), box(100, 0, 200, 120)


def refused(communities) -> list:
    with pytest.raises(RefusedInputError) as caught:
        make_cells(ground(communities))
    assert caught.value.code == "division_gaps"
    return list(caught.value.faults)


def repaired(communities):
    town = ground(communities)
    made = make_cells(town, accept_repair=True)
    check(town, made, made.community_polygons)
    return made


def test_a_gap_between_communities_is_refused_with_its_place_and_size():
    """
    ┌────┐ ┌────┐
    │    │3│    │   open at both ends, so no hole shows it
    └────┘m└────┘
    """
    fault = refused([LEFT, box(103, 0, 200, 120)])[0]
    assert (fault.field, fault.communities) == ("gap", (0, 1))
    assert fault.area_m2 == pytest.approx(300, abs=3)
    assert (fault.x - SHIFT[0], fault.y - SHIFT[1]) == pytest.approx((101.5, 50), abs=5)


def test_an_accepted_gap_goes_to_the_neighbour_with_the_longest_border():
    made = repaired([LEFT, box(103, 0, 200, 120)])
    assert [note.code for note in made.notes] == ["gap_repaired"]
    assert shapely.area(made.community_polygons).sum() == pytest.approx(21_940, abs=3)
    inner = [box(0, 0, 100, 100).difference(box(90, 40, 100, 42)), RIGHT]  # closed all around
    hole = repaired(inner)
    assert shapely.area(hole.community_polygons).tolist() == pytest.approx(
        [10_000, 12_000], abs=0.1
    )


def test_an_overlap_is_refused_and_goes_to_the_first_when_accepted():
    fault = refused([LEFT, box(98, 0, 200, 120)])[0]
    assert (fault.field, fault.area_m2, fault.communities) == ("overlap", 200.0, (0, 1))
    made = repaired([LEFT, box(98, 0, 200, 120)])
    assert shapely.area(made.community_polygons).tolist() == pytest.approx(
        [10_000, 12_040], abs=0.1
    )


def test_borders_a_few_millimetres_apart_are_one_border():
    made = made_of(ground([LEFT, box(100.004, 0, 200, 120)]))
    assert made.notes == ()
    assert made.pairs.tolist() == [[0, 1]]


def test_wide_land_without_a_community_is_left_alone_and_noted():
    holed = box(0, 0, 300, 300).difference(box(100, 100, 200, 200))
    made = made_of(ground([holed]))
    assert [note.code for note in made.notes] == ["land_without_community"]
    assert area(made, 0) == 80_000.0


@pytest.mark.parametrize(
    "communities",
    [
        [LEFT, RIGHT],  # an inner corner where the two differ in height
        [box(0, 0, 100, 100), shapely.Polygon([(100, 0), (200, 0), (200, 40), (100, 100)])],
        # The tip of a neighbour's land between the two, 9 m wide over 60 m.
        [
            shapely.Polygon([(0, 0), (100, 0), (100, 40), (95, 100), (0, 100)]),
            shapely.Polygon([(100, 0), (200, 0), (200, 100), (105, 100), (100, 40)]),
        ],
        # A street of somebody else's, 20 m wide.
        [box(0, 0, 100, 100), box(120, 0, 200, 100)],
    ],
)  # fmt: skip
def test_corners_and_neighbours_of_a_county_are_no_gaps(communities):
    assert made_of(ground(communities)).notes == ()


def test_a_broken_outline_is_refused_or_mended_with_a_note():
    bow_tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    assert [fault.field for fault in refused([bow_tie, RIGHT])] == ["invalid"]
    made = repaired([bow_tie, RIGHT])
    assert [note.code for note in made.notes] == ["invalid_repaired"]
    assert made.community.tolist() == [0, 0, 1]


def test_a_community_of_two_pieces_has_cells_in_both():
    two = shapely.MultiPolygon([box(0, 0, 100, 100), box(300, 0, 320, 20)])
    made = made_of(ground([two, box(100, 0, 300, 100)]))
    assert made.community.tolist() == [0, 0, 1]


def test_neighbours_take_the_vertices_where_a_street_ends_on_their_border():
    made = made_of(
        ground([LEFT, box(100, 0, 200, 100)], [("residential", [(0, 33.333), (100, 33.333)])])
    )
    assert len(made.polygons) == 3
    corners = [set(map(tuple, shapely.get_coordinates(item).tolist())) for item in made.polygons]
    meeting = corners[0] & corners[1] & corners[2]
    assert len(meeting) == 1
    assert np.ptp([made.community]) == 1


def test_slanted_borders_move_by_less_than_a_centimetre_however_many_lines_meet_them():
    """Both ends of every line are off the grid; a grid of 1 cm would move the border by 1.1 cm."""
    rng = np.random.default_rng(4)
    lean = shapely.Polygon(
        [(0.0031, 0.0017), (311.1234, 47.4321), (290.3317, 401.7718), (-20.0019, 333.0123)]
    )
    town = ground([lean], [("service", list(rng.uniform(-50, 400, (2, 2)))) for _ in range(120)])
    made = made_of(town)  # compares the borders
    assert len(made.polygons) > 20


def test_a_building_beside_its_footprint_follows_the_footprint():
    town = ground([LEFT], [("residential", [(0, 50), (100, 50)])], [(house(50, 60), 5)])
    town.points[0] = SHIFT + np.array([50, 49])
    made = make_cells(town)
    own = made.polygons[made.cell_of_building[0]]
    assert shapely.covers(shapely.buffer(own, 0.02), town.footprints[0])


@pytest.mark.parametrize("over", [0.0156, 0.012, 0.03])
def test_an_estate_or_line_drawn_a_little_over_the_border_moves_it_by_no_more_than_rounding(over):
    community = box(0, 0, 400, 400)
    estate = ground([community], estates=[box(0, -over, 20, 189)])
    check(estate, make_cells(estate))
    line = ground([community], [("railway", [(0, 0), (-1, 10), (60, 10), (-1, 0)])])
    check(line, make_cells(line))
