"""Cutting cells along a line: pieces, neighbours, buildings, refusals; crosswalks between generations."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.cells import crosswalk, cut_cells, make_cells, on_grid, take_vertices, transform_once
from gis.crs import to_lonlat
from gis.errors import RefusedInputError
from tests.cell_towns import SHIFT, box, ground, house, shapes
from tests.toy import ZONE

SQUARES = shapes(box(x, y, x + 100, y + 100) for y in (0, 100) for x in (0, 100))
"""
2 3
0 1
"""


def cut(polygons, *points, footprints=()):
    return cut_cells(polygons, shapely.LineString(points), footprints=shapes(footprints))


def after(polygons, made):
    """Return the whole coverage after a cut, neighbours with the new vertices."""
    rest = take_vertices(np.delete(polygons, sorted(made.pieces)), made.inserted)
    return np.concatenate([rest, *(made.pieces[row] for row in sorted(made.pieces))])


def refused(code, polygons, *points, footprints=()):
    with pytest.raises(RefusedInputError) as caught:
        cut(polygons, *points, footprints=footprints)
    assert caught.value.code == code
    return caught.value.faults


def test_a_line_cuts_every_cell_it_crosses():
    made = cut(SQUARES, (-10, 30), (210, 50))
    assert sorted(made.pieces) == [0, 1]
    for row in (0, 1):
        assert shapely.area(made.pieces[row]).sum() == pytest.approx(10_000)
        assert shapely.union_all(made.pieces[row]).symmetric_difference(SQUARES[row]).area < 1
    assert shapely.coverage_is_valid(after(SQUARES, made))


def test_the_neighbour_takes_the_vertex_or_the_coverage_breaks():
    """The line stops at the border of the two lower squares: a T-junction."""
    made = cut(SQUARES, (-10, 33), (100, 40.003))
    assert sorted(made.pieces) == [0]
    assert made.inserted.shape == (2, 2)
    raw = np.concatenate([SQUARES[1:], made.pieces[0]])
    assert not shapely.coverage_is_valid(raw)
    assert shapely.coverage_is_valid(after(SQUARES, made))


def test_two_splits_through_one_shared_edge_leave_no_sliver():
    first = after(SQUARES, cut(SQUARES, (-5, 33), (100, 41.237)))
    second = after(first, cut(first, (100, 41.237), (205, 77)))
    third = after(second, cut(second, (50, -5), (61.7, 205)))
    assert shapely.coverage_is_valid(third)
    assert shapely.union_all(third).area == pytest.approx(40_000)
    assert shapely.area(third).min() > 500
    lonlat = transform_once(third, lambda xy: to_lonlat(xy + SHIFT, ZONE))
    assert shapely.coverage_is_valid(lonlat)


def test_pieces_put_together_are_the_cell_again():
    town = ground([box(0, 0, 313, 277)], [("service", [(0, 100.37), (313, 171.91)])])
    cells = make_cells(town).polygons
    line = shapely.LineString(np.array([(-5, 20), (320, 260)]) + SHIFT)
    made = cut_cells(cells, line)
    for row, pieces in made.pieces.items():
        whole = shapely.coverage_union_all(pieces)
        taken = take_vertices(cells[row : row + 1], made.inserted)[0]
        assert shapely.equals_exact(whole.normalize(), taken.normalize())
        edges = shapely.boundary(whole), shapely.boundary(cells[row])
        assert shapely.hausdorff_distance(*edges) <= 0.005
        xy = shapely.get_coordinates(pieces)
        assert (on_grid(xy) == xy).all()


@pytest.mark.parametrize("end", [98.5, 100, 101.5])
def test_a_line_that_nearly_reaches_the_border_is_drawn_on_to_it(end):
    assert sorted(cut(SQUARES, (1.5, 50), (end, 50)).pieces) == [0]


def test_a_line_that_stops_short_in_a_cell_cuts_only_those_it_passed():
    assert sorted(cut(SQUARES, (-1, 50), (150, 50)).pieces) == [0]
    refused("line_misses", SQUARES, (20, 50), (80, 50))


def test_lines_that_part_nothing_are_refused():
    refused("line_misses", SQUARES, (300, 0), (300, 200))
    refused("line_misses", SQUARES, (100, -10), (100, 210))  # along the border
    refused("line_misses", SQUARES, (0.2, -10), (0.2, 210))  # only slivers on its one side
    refused("line_too_short", SQUARES, (10, 0), (10.5, 0))
    refused("line_too_short", SQUARES, (10, 10), (10, 10))
    refused("line_crosses_itself", SQUARES, (-10, 50), (60, 50), (60, 20), (30, 20), (30, 80))


def test_a_closed_line_cuts_out_what_it_surrounds():
    made = cut(SQUARES, (20, 20), (60, 20), (60, 60), (20, 60), (20, 20))
    assert sorted(shapely.area(made.pieces[0])) == [1_600, 8_400]
    assert len(made.inserted) == 0


def test_a_line_through_a_building_is_refused_by_name():
    homes = [house(50, 80), house(50, 50), None, house(150, 52)]
    faults = refused("cuts_building", SQUARES, (-5, 50), (205, 50), footprints=homes)
    assert [fault.row for fault in faults] == [1, 3]


def test_a_line_walks_around_the_corner_of_a_building():
    """It would take 0.7 m off the house."""
    home = house(50, 54.3)
    made = cut(SQUARES, (-5, 50), (205, 50), footprints=[home])
    assert [note.code for note in made.notes] == ["around_building"]
    holding = shapely.area(shapely.intersection(made.pieces[0], home))
    assert sorted(holding.round(6)) == [0, 100]
    assert len(made.pieces[0]) == 2
    assert shapely.coverage_is_valid(after(SQUARES, made))


def test_a_line_along_a_wall_changes_nothing_of_it():
    made = cut(SQUARES, (-5, 50), (205, 50), footprints=[house(50, 55), house(50, 45)])
    assert made.notes == ()
    assert shapely.area(made.pieces[0]).tolist() == [5_000, 5_000]


def test_crumbs_go_back_to_what_they_were_cut_from():
    """The line enters the square three times along its lower edge, 0.3 m deep."""
    zigzag = [(0, 50), (10, -1), (20, 0.3), (30, -1), (40, 0.3), (50, -1), (60, 100)]
    made = cut(SQUARES[:1], (-3, 60), *zigzag)
    assert len(made.pieces[0]) == 3
    assert shapely.area(made.pieces[0]).min() > 4


def test_points_are_taken_by_the_edge_they_lie_on_and_only_once():
    """A point between the two arms of a narrow bay is no vertex of both."""
    bay = shapely.Polygon(
        [(0, 0), (10, 0), (10, 5), (2, 5), (2, 5.02), (10, 5.02), (10, 10), (0, 10)]
    )
    points = np.array([(5, 5.002), (10, 2), (0, 0), (7, 7), (3, 0.014), (6, -0.016)])
    taken = take_vertices(shapes([bay, shapely.MultiPolygon([bay])]), points)
    assert shapely.is_valid(taken).all()
    assert shapely.get_num_coordinates(taken).tolist() == [12, 12]
    assert shapely.get_type_id(taken).tolist() == [3, 6]
    fresh = set(map(tuple, shapely.get_coordinates(taken[0]).tolist())) - set(bay.exterior.coords)
    assert fresh == {(5, 5.002), (10, 2), (3, 0.014)}


def test_published_grids_in_degrees_take_vertices_too():
    lonlat = transform_once(SQUARES, lambda xy: to_lonlat(xy + SHIFT, ZONE))
    made = cut(SQUARES, (-10, 33), (100, 40.003))
    points = to_lonlat(made.inserted + SHIFT, ZONE)
    taken = take_vertices(lonlat, points, within=1.5e-7)
    assert shapely.get_num_coordinates(taken).tolist() == [7, 6, 5, 5]


def test_a_vertex_of_two_polygons_stays_one_vertex():
    seen = []

    def turn(xy):
        seen.append(len(xy))
        return xy * 1.1 + np.arange(len(xy))[:, None] * 1e-9

    turned = transform_once(SQUARES, turn)
    assert seen == [9]
    assert shapely.coverage_is_valid(turned)
    assert shapely.coverage_is_valid(SQUARES)  # what came in is left as it was


def test_a_crosswalk_follows_households_then_area():
    """Two old cells; three new ones: a whole, a mixed one, and one without homes across both."""
    old = shapes([box(0, 0, 100, 100), box(100, 0, 200, 100)])
    new = shapes(
        [box(0, 0, 50, 100), box(50, 50, 200, 100), box(50, 0, 200, 50), box(300, 0, 400, 9)]
    )
    was = np.array([0, 0, 1, 1, -1])
    now = np.array([0, 1, 1, 1, 1])
    walk = crosswalk(old, was, new, now, np.array([9, 2, 5, 3, 99]))
    assert walk.origin.tolist() == [0, 1, 1, -1]
    assert walk.share.tolist() == pytest.approx([1, 0.8, 2 / 3, 0])
    assert walk.ambiguous.tolist() == [1, 2]
    assert walk.options == ((0,), (1, 0), (1, 0), ())
