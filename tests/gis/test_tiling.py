"""Rules R1 to R11 on plans one can draw; every rule has a plan that breaks it and one that does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from gis.adjacency import adjacency
from gis.barriers import BARRIERS, NUMBER
from gis.tiling import PlanState, check_plan, measure, union_parts
from tests.cell_towns import box, shapes

CELLS = shapes(box(x, y, x + 100, y + 100) for y in (0, 100) for x in (0, 100, 200))
"""
3 4 5
0 1 2
"""


def plan(label, **changes) -> PlanState:
    """Return a plan of the six squares, faultless unless changed: parts 1 and 2 of 600 households."""
    near = adjacency(CELLS)
    parts = sorted({number for number in label if number})
    state = PlanState(
        label=np.array(label),
        households=np.full(6, 200),
        buildings=np.full(6, 4),
        area_m2=shapely.area(CELLS),
        perimeter_m=shapely.length(CELLS),
        pairs=near.pairs,
        shared_m=near.shared_m,
        barrier=np.zeros(len(near.pairs), dtype=np.int32),
        estate=np.full(6, -1),
        xy=shapely.get_coordinates(shapely.centroid(CELLS)),
        bounds=shapely.bounds(CELLS),
        parts=parts,
        band=dict.fromkeys(parts, (500, 800)),
        led=dict.fromkeys(parts, True),
        codes={part: f"990101001001{part:03d}" for part in parts},
        prefix="990101001001",
        lonlat=False,
    )
    return replace(state, **changes)


def rules(state, **options):
    return [(item.rule, item.level, item.part, item.code) for item in check_plan(state, **options)]


def test_a_good_plan_has_no_findings():
    assert rules(plan([1, 1, 1, 2, 2, 2]), publishing=True) == []


def test_r1_cells_that_touch_in_a_corner_are_two_pieces():
    """
    2 1 2
    1 2 2
    """
    found = check_plan(
        plan([1, 2, 2, 2, 1, 2], households=np.array([300, 150, 150, 150, 300, 150]))
    )
    assert [(item.rule, item.level, item.part) for item in found] == [
        ("R1", "error", 1),
        ("R1", "error", 2),
    ]
    assert found[0].cells.tolist() == [4]
    assert (found[0].households, found[0].bounds) == (300, (100, 100, 200, 200))
    assert (found[0].x, found[0].y) == (150, 150)
    assert found[0].values["pieces"] == 2


def test_r1_an_edge_of_five_centimetres_joins_nothing():
    """The corner cell of part 1 touches the rest of it along 5 cm only."""
    squares = CELLS.copy()
    squares[4] = box(99.95, 100, 200, 200)
    squares[3] = box(0, 100, 99.95, 200)
    near = adjacency(squares)
    label = [1, 2, 2, 2, 1, 2]
    state = plan(
        label,
        pairs=near.pairs,
        shared_m=near.shared_m,
        barrier=np.zeros(len(near.pairs), dtype=np.int32),
    )
    assert ("R1", "error", 1, "several_pieces") in rules(state)


def test_r1_a_stated_reason_makes_it_advice():
    state = plan([1, 2, 1, 2, 2, 2], reasons={1: "两处家属院"}, band={1: None, 2: None})
    assert rules(state) == [("R1", "advice", 1, "several_pieces_stated")]


def test_r1_a_part_without_cells_is_an_error():
    state = plan(
        [1, 1, 1, 1, 1, 1], parts=[1, 3], band={1: None, 3: (500, 800)}, led={1: True, 3: True}
    )
    assert rules(state) == [("R1", "error", 3, "no_land")]


def test_r4_names_the_households_of_every_gap_also_where_there_are_none():
    """
    . 1 .
    1 1 1
    """
    homes = np.array([200, 200, 200, 170, 0, 0])
    found = check_plan(plan([1, 1, 1, 0, 1, 0], households=homes))
    assert [(item.rule, item.level, item.part) for item in found] == [("R4", "error", 0)] * 2
    assert [item.households for item in found] == [170, 0]
    assert [item.cells.tolist() for item in found] == [[3], [5]]
    assert found[0].values == {"area_m2": 10_000.0, "buildings": 4}
    assert "170 households" in found[0].text


@pytest.mark.parametrize(
    ("homes", "code"), [(499, "below_band"), (500, None), (800, None), (801, "above_band")]
)
def test_r5_both_ends_of_the_band_are_inside(homes, code):
    state = plan([1] * 6, households=np.array([homes, 0, 0, 0, 0, 0]))
    assert rules(state) == ([("R5", "warning", 1, code)] if code else [])


def test_r5_does_not_ask_rural_and_dedicated_parts():
    assert rules(plan([1] * 6, band={1: None})) == []


def test_r5_one_whole_estate_passes_as_an_exception():
    homes = np.array([620, 620, 0, 500, 0, 0])
    estate = np.array([7, 7, -1, -1, -1, -1])
    whole = plan([1, 1, 1, 2, 2, 2], households=homes, estate=estate)
    found = check_plan(whole)
    assert [(item.level, item.code) for item in found if item.rule == "R5"] == [
        ("advice", "whole_estate")
    ]
    assert found[0].values["estate"] == 7
    # Half of it, or a neighbour's household beside it, is no whole estate.
    torn = replace(whole, estate=np.array([7, 7, -1, 7, -1, -1]))
    assert ("R5", "warning", 1, "above_band") in rules(torn)
    mixed = replace(whole, households=np.array([620, 620, 1, 500, 0, 0]))
    assert ("R5", "warning", 1, "above_band") in rules(mixed)


def test_r5_a_stated_reason_makes_it_advice():
    state = plan([1] * 6, reasons={1: "一个小区"})
    assert rules(state) == [("R5", "advice", 1, "above_band_stated")]


def test_r7_says_which_main_barrier_runs_inside_and_how_far():
    near = adjacency(CELLS)
    barrier = np.zeros(len(near.pairs), dtype=np.int32)
    place = {tuple(pair): row for row, pair in enumerate(near.pairs.tolist())}
    barrier[place[0, 1]] = barrier[place[3, 4]] = NUMBER["railway"]
    barrier[place[1, 2]] = NUMBER["residential"]
    barrier[place[0, 3]] = NUMBER["primary"]  # lies between the parts
    state = plan([1, 1, 1, 2, 2, 2], barrier=barrier)
    found = check_plan(state)
    assert [(item.rule, item.level, item.part) for item in found] == [
        ("R7", "warning", 1),
        ("R7", "warning", 2),
    ]
    assert found[0].values == {"barrier": "railway", "length_m": 100.0}
    assert found[0].cells.tolist() == [0, 1]
    assert rules(replace(state, confirmed={1: True, 2: True})) == []
    assert not BARRIERS[NUMBER["community"] - 1].main


def test_r8_nobody_responsible_is_a_warning_and_an_error_when_publishing():
    state = plan([1, 1, 1, 2, 2, 2], led={1: True, 2: False})
    assert rules(state) == [("R8", "warning", 2, "no_lead")]
    assert rules(state, publishing=True) == [("R8", "error", 2, "no_lead")]


def test_r9_codes_are_unique_begin_with_the_community_and_were_never_used():
    codes = {1: "990101001001001", 2: "990101001001001"}
    assert rules(plan([1, 1, 1, 2, 2, 2], codes=codes)) == [("R9", "error", 2, "code_twice")]
    codes = {1: "990101001002001", 2: None}
    assert rules(plan([1, 1, 1, 2, 2, 2], codes=codes)) == [("R9", "error", 1, "code_prefix")]
    used = frozenset({"990101001001002"})
    assert rules(plan([1, 1, 1, 2, 2, 2], used=used)) == [("R9", "error", 2, "code_used")]


def test_r10_says_when_the_largest_is_more_than_twice_the_smallest():
    homes = np.array([500, 0, 0, 500, 500, 1])
    state = plan([1, 1, 1, 2, 2, 2], households=homes, band={1: (1, 2000), 2: (1, 2000)})
    found = check_plan(state)
    assert [(item.rule, item.level, item.part, item.code) for item in found] == [
        ("R10", "advice", 2, "unbalanced")
    ]
    assert found[0].values == {"largest": 1001, "smallest": 500, "smallest_part": 1, "ratio": 2.0}
    homes[5] = 0
    assert rules(replace(state, households=homes)) == []


def test_r11_says_when_a_part_is_ragged_or_long():
    strip = shapes(box(2_000 * n, 0, 2_000 * (n + 1), 50) for n in range(2))
    near = adjacency(strip)
    state = PlanState(
        label=np.array([1, 2]), households=np.array([600, 600]), buildings=np.ones(2, dtype=int),
        area_m2=shapely.area(strip), perimeter_m=shapely.length(strip),
        pairs=near.pairs, shared_m=near.shared_m, barrier=np.zeros(1, dtype=np.int32),
        estate=np.array([-1, -1]), xy=np.zeros((2, 2)), bounds=shapely.bounds(strip),
        parts=[1, 2], band={1: (500, 800), 2: None}, led={1: True, 2: True}, lonlat=False,
    )  # fmt: skip
    found = [(item.part, item.code) for item in check_plan(state)]
    assert found == [(1, "ragged"), (1, "long_round"), (2, "ragged")]
    # In degrees the same box is as long.
    degrees = replace(
        state,
        bounds=np.array([(117, 28.6, 117.0204, 28.6005), (117.0204, 28.6, 117.0408, 28.6005)]),
        lonlat=True,
    )
    long = next(item for item in check_plan(degrees) if item.code == "long_round")
    assert long.values["extent_m"] == pytest.approx(1_994, abs=10)


def test_parts_are_unions_that_keep_every_vertex():
    label = np.array([0, 0, 1, 1, 0, -1])
    parts = union_parts(CELLS, label, 3)
    assert [item.geom_type for item in parts] == ["MultiPolygon"] * 3
    assert shapely.get_num_geometries(parts).tolist() == [1, 2, 0]
    corners = set(map(tuple, shapely.get_coordinates(parts[0]).tolist()))
    assert {
        (100, 0),
        (0, 100),
        (200, 100),
    } <= corners  # straight on, and the neighbour's corner too
    assert shapely.coverage_is_valid(shapes([*parts[:2], CELLS[5]]))


def test_polsby_popper_is_1_for_a_circle():
    found = measure(
        shapes([shapely.Point(0, 0).buffer(10, quad_segs=500), box(0, 0, 1, 1), shapely.Polygon()])
    )
    assert found.polsby_popper == pytest.approx([1, np.pi / 4, 0], abs=1e-4)
    assert found.area[1] == 1
    assert found.perimeter[1] == 4
