"""In which grid a position lies: inside, on a border, outside, always by the same rule."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from shapely.geometry import MultiPolygon, Polygon, box

from gis.crs import geodesic_mm
from gis.locate import box_around, land_left, locate, plane_at

LON, LAT = 117.31, 28.6
EAST, NORTH = plane_at(LAT)
STEP_M = 100.0


def at(x: float, y: float) -> tuple[float, float]:
    """Return the lon/lat of metres east and north of the corner of the town."""
    return LON + x / EAST, LAT + y / NORTH


def square(x: float, y: float, size: float = STEP_M) -> Polygon:
    return Polygon([at(x, y), at(x + size, y), at(x + size, y + size), at(x, y + size)])


TOWN = [square(x, y) for y in (0, STEP_M) for x in (0, STEP_M, 2 * STEP_M)]
"""Two rows of three squares: 0 1 2 below 3 4 5."""


def found(x: float, y: float, accuracy: float | None):
    return locate(*at(x, y), accuracy, TOWN)


@pytest.mark.parametrize("accuracy", [None, 0, 5, 49.9])
def test_a_circle_that_lies_in_one_grid_is_inside(accuracy):
    answer = found(150, 50, accuracy)
    assert (answer.status, answer.grid, answer.border_m) == ("inside", 1, 50.0)
    assert [(item.index, item.share) for item in answer.candidates] == [(1, 1.0)]
    assert answer.bearing_deg is None


CORNERS = {
    (x, y): shapely.get_coordinates(square(x, y))[0] for x in (0, 100, 200) for y in (0, 100)
}
MIDDLE = at(100, 0)[0], (at(100, 0)[1] + at(100, 100)[1]) / 2
"""Of the edge between 0 and 1, on it to the last digit: the edge runs due north."""


@pytest.mark.parametrize(
    ("place", "grids"),
    [
        (CORNERS[0, 0], (0,)),
        (CORNERS[100, 0], (0, 1)),
        (CORNERS[100, 100], (0, 1, 3, 4)),
        (CORNERS[200, 100], (1, 2, 4, 5)),
        (MIDDLE, (0, 1)),
    ],
)
def test_on_a_border_or_vertex_the_first_has_it(place, grids):
    answer = locate(*place, None, TOWN)
    assert (answer.status, answer.grid, answer.border_m) == ("inside", min(grids), 0)
    # The order in which the grids come decides.
    assert len(TOWN) - 1 - locate(*place, None, TOWN[::-1]).grid == max(grids)


@pytest.mark.parametrize(
    ("x", "y", "accuracy", "grids"),
    [(95, 50, 10, {0, 1}), (100, 97, 10, {0, 1, 3, 4}), (150, 95, 10, {1, 4}), (5, 50, 10, {0})],
)
def test_a_circle_over_a_border_names_everyone_it_touches(x, y, accuracy, grids):
    answer = found(x, y, accuracy)
    assert answer.status == "border"
    assert {item.index for item in answer.candidates} == grids
    assert answer.grid == (0 if x <= 100 else 1)
    shares = [item.share for item in answer.candidates]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) + answer.outside_share == pytest.approx(1, abs=2e-4)


def test_shares_are_those_of_the_circle():
    answer = found(95, 50, 10)
    # A circle cut 5 m from its centre: segment of the half angle 60°.
    beyond = (math.pi / 3 - math.sin(2 * math.pi / 3) / 2) / math.pi
    assert [item.share for item in answer.candidates] == [
        pytest.approx(1 - beyond, abs=1e-4),
        pytest.approx(beyond, abs=1e-4),
    ]
    assert [item.border_m for item in answer.candidates] == [5.0, 5.0]


def test_with_an_edge_through_the_middle_each_has_half():
    answer = locate(*MIDDLE, 20, TOWN)
    assert [(item.index, item.share) for item in answer.candidates] == [(0, 0.5), (1, 0.5)]
    corner = shapely.get_coordinates(TOWN[0])[2]
    quarters = locate(*corner, 20, TOWN)
    assert [(item.index, item.share) for item in quarters.candidates] == [
        (0, 0.25), (1, 0.25), (3, 0.25), (4, 0.25)
    ]  # fmt: skip


def test_a_circle_larger_than_everything_leaves_a_share_outside():
    answer = found(150, 100, 500)
    assert answer.status == "border"
    assert len(answer.candidates) == 6
    town = 6 * STEP_M**2 / (math.pi * 500**2)
    assert answer.outside_share == pytest.approx(1 - town, abs=2e-4)


def test_a_circle_that_ends_at_the_border_is_inside():
    inside = found(150, 50, 50 - 1e-3)
    assert inside.status == "inside"
    assert found(150, 50, 50 + 1e-3).status == "border"


def test_outside_says_how_far_and_where_to():
    answer = found(-120, 50, 5)
    assert (answer.status, answer.grid) == ("outside", 0)
    assert answer.border_m == pytest.approx(120, abs=0.1)
    assert answer.bearing_deg == pytest.approx(90, abs=0.2)
    north = found(150, 320, None)
    assert (north.status, north.grid) == ("outside", 4)
    assert (north.border_m, north.bearing_deg) == (
        pytest.approx(120, abs=0.1),
        pytest.approx(180, abs=0.2),
    )
    assert (north.candidates, north.outside_share) == ((), 1.0)


def test_far_outside_the_way_is_that_of_the_ellipsoid():
    for lon, lat in ((-117.0, 28.6), (117.3, -33.0), (10.0, 50.0)):
        answer = locate(lon, lat, 10, TOWN)
        truth = geodesic_mm(np.array([[lon, lat]]), np.array([at(150, 100)]))[0] / 1000
        assert answer.status == "outside"
        assert answer.border_m == pytest.approx(truth, abs=300)
        assert answer.border_m < 20_005_000
    south = locate(117.3, -33.0, None, TOWN)
    assert south.bearing_deg == pytest.approx(0, abs=0.1)


def test_outside_but_touching_is_a_border_without_a_grid_of_its_own():
    answer = found(-5, 50, 10)
    assert (answer.status, answer.grid, answer.border_m) == ("border", None, None)
    assert [item.index for item in answer.candidates] == [0]
    assert answer.outside_share > 0.5


def test_without_any_grid_it_is_outside_of_nothing():
    answer = locate(LON, LAT, 10, [])
    assert (answer.status, answer.grid, answer.border_m, answer.bearing_deg) == (
        "outside",
        None,
        None,
        None,
    )


def test_holes_and_parts_count_as_they_are():
    around = Polygon(
        [at(0, 0), at(300, 0), at(300, 300), at(0, 300)],
        [[at(100, 100), at(200, 100), at(200, 200), at(100, 200)]],
    )
    island = MultiPolygon([square(100, 100), square(400, 0)])
    grids = [around, island]
    answer = locate(*at(150, 150), 20, grids)
    assert (answer.status, answer.grid, answer.border_m) == ("inside", 1, 50.0)
    over = locate(*at(105, 150), 10, grids)
    assert [(item.index, item.share > 0.5) for item in over.candidates] == [(1, True), (0, False)]
    assert sum(item.share for item in over.candidates) == pytest.approx(1, abs=2e-4)


def drawn_shares(lon: float, lat: float, radius: float, grids: list):
    """Return each grid's share of a circle that is drawn with 2,048 corners."""
    circle = shapely.Point(0, 0).buffer(radius, quad_segs=512)
    scale = plane_at(lat)
    flat = shapely.transform(np.array(grids, dtype=object), lambda xy: (xy - (lon, lat)) * scale)
    return shapely.area(shapely.intersection(flat, circle)) / circle.area


def test_shares_equal_those_of_drawn_circles():
    draw = np.random.default_rng(7)
    places = shapely.MultiPoint([at(*xy) for xy in draw.uniform(0, 600, (40, 2))])
    triangles = list(shapely.get_parts(shapely.delaunay_triangles(places)))
    for x, y, radius in zip(*draw.uniform(0, 600, (2, 60)), draw.uniform(1, 400, 60), strict=True):
        lon, lat = at(x, y)
        answer = locate(lon, lat, radius, triangles)
        shares = drawn_shares(lon, lat, radius, triangles)
        for item in answer.candidates:
            assert item.share == pytest.approx(shares[item.index], abs=2e-4)
        total = sum(item.share for item in answer.candidates)
        assert total == pytest.approx(shares.sum(), abs=1e-3)


def test_metres_are_those_of_the_ellipsoid():
    for lat in (18.0, 28.6, 45.0, 53.5):
        east, north = plane_at(lat)
        for dx, dy in ((300, 0), (0, 300), (200, -200)):
            end = (LON + dx / east, lat + dy / north)
            truth = geodesic_mm(np.array([[LON, lat]]), np.array([end]))[0] / 1000
            assert math.hypot(dx, dy) == pytest.approx(truth, rel=1e-4)


def test_the_box_holds_the_circle():
    west, south, east, north = box_around(LON, LAT, 50)
    circle = [at(50 * math.cos(a), 50 * math.sin(a)) for a in np.linspace(0, 2 * math.pi, 90)]
    assert all(box(west, south, east, north).covers(shapely.Point(place)) for place in circle)


def test_of_a_larger_grid_the_land_is_left_that_nothing_nested_covers():
    whole = shapely.union_all(TOWN)
    assert land_left(whole, TOWN) is None
    left = land_left(whole, TOWN[:5])
    assert shapely.equals(left, TOWN[5])
    # In the middle of what is left the larger grid answers; over the nested ones' border both.
    answer = locate(*at(250, 150), 20, [*TOWN[:5], left])
    assert (answer.status, answer.grid, answer.border_m) == ("inside", 5, 50.0)
    over = locate(*at(205, 150), 10, [*TOWN[:5], left])
    assert [(item.index, item.share > 0.5) for item in over.candidates] == [(5, True), (4, False)]
    assert locate(*CORNERS[200, 100], None, [*TOWN[:5], left]).grid == 1


@pytest.mark.parametrize(("apart", "left"), [(0.05, False), (0.5, True)])
def test_strips_between_outlines_that_were_drawn_apart_are_no_land(apart, left):
    smaller = [
        square(0, 0, STEP_M - apart),
        square(STEP_M, 0),
        square(0, STEP_M),
        square(STEP_M, STEP_M),
    ]
    assert (land_left(square(0, 0, 2 * STEP_M), smaller) is not None) == left
