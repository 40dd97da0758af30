"""What must hold for the cells of every town, not only for those somebody thought of."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gis.arcs import arcs_of
from gis.cells import Cut, Ground, cut_cells, make_cells, take_vertices
from gis.errors import RefusedInputError
from gis.repair import repair_polygons
from gis.segments import segments_of
from gis.tiling import union_parts
from tests.cell_towns import SHIFT, box, check, ground, house, shapes

SAMPLE = settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
FULL = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
EXAMPLES = FULL if os.environ.get("TEST_LONG") else SAMPLE

REFUSALS = {"line_misses", "line_too_short", "line_crosses_itself", "cuts_building"}

metre = st.one_of(
    st.integers(0, 40).map(lambda n: n * 10.0),  # on one another, end to end, along borders
    st.floats(-20, 420, allow_nan=False, width=32),
)
spot = st.tuples(metre, metre)
street = st.tuples(
    st.sampled_from(["railway", "primary", "tertiary", "residential", "service", "footway"]),
    st.lists(spot, min_size=2, max_size=4, unique=True),
)
place = st.tuples(st.floats(2, 398, width=32), st.floats(2, 398, width=32))
size = st.floats(4, 60, width=32)
home = st.tuples(
    st.one_of(
        place.map(shapely.Point),
        spot.map(shapely.Point),
        st.builds(lambda xy, wide, high: house(*xy, wide, high), place, size, size),
    ),
    st.integers(0, 120),
)
area = st.builds(
    lambda xy, wide, high: house(*xy, wide, high), place, st.floats(20, 200), st.floats(20, 200)
)
WEST = shapely.Polygon([(0, 0), (170.123, 0), (251.37, 400), (0, 400)])
EAST = shapely.Polygon([(170.123, 0), (400, 0), (400, 400), (251.37, 400)])
ENCLAVE = box(100, 100, 300, 300)
LAYOUTS = (
    [box(0, 0, 400, 400)],
    [box(0, 0, 200, 400), box(200, 0, 400, 400)],
    [WEST, EAST],
    [box(0, 0, 400, 400).difference(ENCLAVE), ENCLAVE],
)


@st.composite
def towns(draw) -> Ground:
    """Return ground of one or two communities with anything in it."""
    homes = draw(st.lists(home, max_size=14))
    groups = draw(st.lists(place.map(shapely.Point), max_size=3))
    return ground(
        draw(st.sampled_from(LAYOUTS)),
        draw(st.lists(street, max_size=9)),
        homes,
        kind=draw(st.sampled_from([None, None, "rural"])),
        water=draw(st.lists(area, max_size=1)),
        green=draw(st.lists(area, max_size=1)),
        estates=draw(st.lists(area, max_size=2)),
        groups=groups,
    )


most = st.sampled_from([1, 60, 10_000])


@EXAMPLES
@given(town=towns(), most=most)
def test_cells_tile_their_communities_and_part_no_building(town, most):
    made = make_cells(town, most=most)
    check(town, made)
    inside = shapely.intersects(shapely.union_all(town.communities), shapely.points(town.points))
    assert (made.cell_of_building[inside] >= 0).all()
    full = np.bincount(
        made.cell_of_building[made.cell_of_building >= 0], minlength=len(made.polygons)
    )
    assert (full[made.land_use == "homes"] > 0).all()


@EXAMPLES
@given(town=towns(), most=most, random=st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(town, most, random):
    order = list(range(len(town.lines)))
    random.shuffle(order)
    names = [town.line_class[row] for row in order]
    other = replace(town, lines=shapely.reverse(town.lines[order]), line_class=names)
    one, two = make_cells(town, most=most), make_cells(other, most=most)
    assert shapely.to_wkb(one.polygons).tolist() == shapely.to_wkb(two.polygons).tolist()
    assert one.cell_of_building.tolist() == two.cell_of_building.tolist()
    assert one.barrier.tolist() == two.barrier.tolist()


def cut_or_none(cells, line, footprints) -> Cut | None:
    """Return the cut, None where a line is refused for a reason that is documented."""
    try:
        return cut_cells(cells, line, footprints=footprints)
    except RefusedInputError as error:
        if error.code in REFUSALS:
            return None
        raise


@EXAMPLES
@given(town=towns(), line=st.lists(spot, min_size=2, max_size=4, unique=True))
def test_cutting_and_putting_together_gives_the_same_cell(town, line):
    cells = make_cells(town, most=60).polygons
    footprints = shapes(item for item in town.footprints if item is not None)
    made = cut_or_none(cells, shapely.LineString(np.array(line) + SHIFT), footprints)
    if made is None:
        return
    taken = take_vertices(cells, made.inserted)
    for row, pieces in made.pieces.items():
        assert len(pieces) > 1
        whole = shapely.coverage_union_all(pieces)
        assert shapely.equals_exact(whole.normalize(), taken[row].normalize())
    rest = np.delete(taken, sorted(made.pieces))
    after = np.concatenate([rest, *made.pieces.values()])
    assert shapely.coverage_is_valid(after)
    assert shapely.is_valid(after).all()


@EXAMPLES
@given(town=towns(), parts=st.integers(1, 4), seed=st.integers(0, 99))
def test_parts_of_a_plan_are_a_coverage_and_arcs_draw_each_border_once(town, parts, seed):
    made = make_cells(town, most=60)
    label = np.random.default_rng(seed).integers(0, parts, len(made.polygons))
    united = union_parts(made.polygons, label, parts)
    assert shapely.coverage_is_valid(united)
    assert shapely.area(united).sum() == pytest.approx(shapely.area(made.polygons).sum())
    arcs = arcs_of(made.polygons)
    steps = np.hypot(*np.diff(arcs.points, axis=0).T)
    steps[arcs.start[1:-1] - 1] = 0
    double = shapely.length(made.polygons).sum() + shapely.length(
        shapely.coverage_union_all(made.polygons)
    )
    assert steps.sum() == pytest.approx(double / 2)


@EXAMPLES
@given(drawn=st.lists(st.lists(spot, min_size=3, max_size=6, unique=True), min_size=1, max_size=5))
def test_whatever_is_drawn_becomes_a_tiling_and_every_metre_is_accounted_for(drawn):
    polygons = shapes(shapely.Polygon(points) for points in drawn)
    assume((shapely.area(shapely.convex_hull(polygons)) > 1).all())
    community = box(0, 0, 400, 400)
    made = repair_polygons(polygons, community, tolerance_m=3.0)
    held = made.polygons[~shapely.is_empty(made.polygons)]
    # Not by `coverage_is_valid`: GEOS 3.14 refuses polygons that touch the outside in a shared point.
    sides = segments_of(shapely.get_parts(held))
    alone = sides.length[sides.right < 0].sum()
    assert alone == pytest.approx(shapely.length(shapely.union_all(held)))
    assert shapely.union_all(held).area == pytest.approx(shapely.area(held).sum())
    assert shapely.is_valid(held).all()
    gaps = sum(item.values["area_m2"] for item in made.findings if item.code == "gap")
    assert shapely.area(held).sum() + gaps == pytest.approx(community.area, abs=6)
