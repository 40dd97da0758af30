"""Neighbours share more than a metre of border; corners and slips of an edge join nothing.

+---+---+---+
| 0 | 1 | 2 |      each cell 10 m × 10 m
+---+---+---+
    | 3 |
    +---+
"""

import numpy as np
import pytest
import shapely

from gis.adjacency import adjacency


def boxes(*bounds):
    return np.array([shapely.box(*b) for b in bounds], dtype=object)


def test_cells_with_a_common_edge_are_neighbours_and_corners_are_not():
    cells = boxes((0, 10, 10, 20), (10, 10, 20, 20), (20, 10, 30, 20), (10, 0, 20, 10))
    found = adjacency(cells)
    assert found.pairs.tolist() == [[0, 1], [1, 2], [1, 3]]
    assert found.shared_m.tolist() == [10, 10, 10]
    assert found.outer_m.tolist() == [30, 10, 30, 30]
    assert found.pairs.dtype == np.int32


def test_an_edge_of_five_centimetres_joins_nothing_and_stays_in_the_perimeter():
    found = adjacency(boxes((0, 0, 10, 10), (10, 9.95, 20, 20)))
    assert len(found.pairs) == 0
    assert found.outer_m == pytest.approx([40, 40.1])


def test_an_edge_of_exactly_a_metre_joins_nothing_and_a_longer_one_does():
    assert len(adjacency(boxes((0, 0, 10, 10), (10, 9, 20, 20))).pairs) == 0
    assert len(adjacency(boxes((0, 0, 10, 10), (10, 8.9, 20, 20))).pairs) == 1


def test_t_junctions_are_noded():
    r"""+------+
    |  2   |     one long edge above, two short ones below
    +--+---+
    | 0| 1 |
    +--+---+
    """
    found = adjacency(boxes((0, 0, 4, 5), (4, 0, 10, 5), (0, 5, 10, 9)))
    assert found.pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert found.shared_m == pytest.approx([5, 4, 6])


def test_borders_half_a_centimetre_apart_count_as_one_and_five_centimetres_do_not():
    assert adjacency(boxes((0, 0, 10, 10), (10.005, 0, 20, 10))).shared_m == pytest.approx([10])
    assert len(adjacency(boxes((0, 0, 10, 10), (10.05, 0, 20, 10))).pairs) == 0


def test_a_hole_filled_by_another_cell_is_a_shared_border():
    ring = shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 20))
    found = adjacency(np.array([ring, shapely.box(10, 10, 20, 20)], dtype=object))
    assert found.shared_m.tolist() == [40]
    assert found.outer_m.tolist() == [120, 0]


def test_parts_of_one_cell_that_touch_each_other_are_no_pair():
    two = shapely.MultiPolygon([shapely.box(0, 0, 10, 10), shapely.box(10, 10, 20, 20)])
    found = adjacency(np.array([two, shapely.box(10, 0, 20, 10)], dtype=object))
    assert found.pairs.tolist() == [[0, 1]]
    assert found.shared_m.tolist() == [20]


def test_perimeters_are_kept_whatever_the_noding():
    rng = np.random.default_rng(4)
    points = shapely.MultiPoint(rng.uniform(0, 1000, (200, 2)))
    cells = np.array(shapely.get_parts(shapely.voronoi_polygons(points)), dtype=object)
    found = adjacency(cells)
    shared = np.bincount(
        found.pairs.ravel(), weights=np.repeat(found.shared_m, 2), minlength=len(cells)
    )
    assert shared + found.outer_m == pytest.approx(shapely.length(cells))
    touching = shapely.STRtree(cells).query(cells, predicate="touches")
    meant = {
        (int(a), int(b))
        for a, b in touching.T
        if a < b and shapely.length(shapely.intersection(cells[a], cells[b])) > 1
    }
    assert set(map(tuple, found.pairs.tolist())) == meant


def test_no_cells_and_one_cell_have_no_neighbours():
    assert adjacency(np.empty(0, dtype=object)).pairs.shape == (0, 2)
    one = adjacency(boxes((0, 0, 1, 1)))
    assert one.pairs.shape == (0, 2)
    assert one.outer_m.tolist() == [4]
