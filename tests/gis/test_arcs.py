"""Borders drawn once each, with the polygon on either side."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.arcs import Arcs, arcs_of
from gis.cells import make_cells
from tests.cell_towns import box, ground, house, shapes


def outline(arcs: Arcs, refs: list[int]) -> np.ndarray:
    """Return the closed line of a ring."""
    parts = []
    for ref in refs:
        number = ref if ref >= 0 else ~ref
        line = arcs.points[arcs.start[number] : arcs.start[number + 1]]
        parts.append(line if ref >= 0 else line[::-1])
    for one, two in zip(parts, parts[1:] + parts[:1], strict=True):
        assert (one[-1] == two[0]).all()
    return np.concatenate([part[:-1] for part in parts] + [parts[0][:1]])


def drawn(arcs: Arcs, number: int) -> shapely.Polygon:
    outer, *holes = (outline(arcs, refs) for refs in arcs.rings[number])
    return shapely.Polygon(outer, holes)


def check(polygons: np.ndarray) -> Arcs:
    """Fail unless arcs give back the polygons, every segment once and on the right hand."""
    arcs = arcs_of(polygons)
    for number, polygon in enumerate(polygons):
        again = drawn(arcs, number)
        assert shapely.equals_exact(again.normalize(), polygon.normalize())
        assert again.exterior.is_ccw
        assert not any(ring.is_ccw for ring in again.interiors)
    within = np.ones(len(arcs.points) - 1, dtype=bool)
    within[arcs.start[1:-1] - 1] = False
    ends = np.column_stack((arcs.points[:-1], arcs.points[1:]))[within]
    turned = np.where((ends[:, :2] > ends[:, 2:])[:, :1], ends[:, [2, 3, 0, 1]], ends)
    assert (
        len(np.unique(np.sort(ends.reshape(-1, 2, 2), axis=1), axis=0)) == len(ends) == len(turned)
    )
    used = np.bincount([ref if ref >= 0 else ~ref for cell in arcs.rings for ring in cell for ref in ring])  # fmt: skip
    assert used.tolist() == (1 + (arcs.right >= 0)).tolist()
    for number in range(len(arcs.left)):
        a, b = arcs.points[arcs.start[number] : arcs.start[number] + 2]
        aside = np.array([a[1] - b[1], b[0] - a[0]]) * 1e-4
        assert shapely.contains_xy(polygons[arcs.left[number]], *((a + b) / 2 + aside))
        if arcs.right[number] >= 0:
            assert shapely.contains_xy(polygons[arcs.right[number]], *((a + b) / 2 - aside))
    return arcs


def test_four_squares_have_twelve_borders():
    """
    ┌─┬─┐   inside 4 borders with two sides; outside one arc for each square,
    ├─┼─┤   since the corners of the whole lie between segments of the same square
    └─┴─┘
    """
    squares = shapes(box(x, y, x + 1, y + 1) for x in (0, 1) for y in (0, 1))
    arcs = check(squares)
    assert (arcs.right >= 0).sum() == 4
    assert len(arcs.left) == 8


def test_a_lone_ring_and_an_enclave_are_one_closed_arc_each():
    island = box(4, 4, 6, 6)
    arcs = check(shapes([box(0, 0, 10, 10).difference(island), island]))
    assert len(arcs.left) == 2
    assert arcs.rings == [[[0], [1]], [[~1]]]
    assert arcs.right.tolist() == [-1, 1]


def test_two_enclaves_that_touch_in_a_point_stay_two():
    one, two = box(3, 3, 5, 5), box(5, 5, 7, 7)
    around = shapely.Polygon(box(0, 0, 10, 10).exterior, [one.exterior, two.exterior])
    arcs = check(shapes([around, one, two]))
    assert len(arcs.rings[0]) == 3


def test_a_hole_that_touches_the_outer_ring_stays_a_hole():
    hole = shapely.Polygon([(5, 0), (7, 3), (3, 3)])
    around = shapely.Polygon([(0, 0), (5, 0), (10, 0), (10, 10), (0, 10)], [hole.exterior])
    arcs = check(shapes([around, hole]))
    assert [len(ring) for ring in arcs.rings[0]] == [1, 1]


def test_no_polygons_have_no_arcs():
    arcs = arcs_of(np.empty(0, dtype=object))
    assert (len(arcs.points), arcs.start.tolist(), arcs.rings) == (0, [0], [])


def test_the_way_rings_turn_does_not_matter():
    squares = [box(0, 0, 1, 1), box(1, 0, 2, 1)]
    arcs = arcs_of(shapes(squares))
    turned = arcs_of(shapes([shapely.reverse(squares[0]), squares[1]]))
    assert len(turned.left) == len(arcs.left) == 3
    assert turned.right.tolist() == arcs.right.tolist()


@pytest.mark.parametrize("seed", range(4))
def test_cells_of_a_town_come_back_from_their_arcs(seed):
    rng = np.random.default_rng(seed)
    lines = [("service", list(rng.uniform(-20, 420, (2, 2)))) for _ in range(12)]
    homes = [(house(*rng.uniform(20, 380, 2)), 20) for _ in range(40)]
    made = make_cells(ground([box(0, 0, 400, 400), box(400, 0, 500, 300)], lines, homes), most=60)
    check(made.polygons)
    # The whole outline of the county has nobody on its right hand.
    arcs = arcs_of(made.polygons)
    stops = zip(arcs.start[:-1], arcs.start[1:], strict=True)
    length = np.array([shapely.LineString(arcs.points[a:b]).length for a, b in stops])
    whole = shapely.length(shapely.boundary(shapely.union_all(made.polygons)))
    assert length[arcs.right < 0].sum() == pytest.approx(whole)
