"""Covering a few units exactly: what is found is a division, and "none" is a proof."""

from __future__ import annotations

import numpy as np
import pytest

from gis.divide import Band
from gis.divide.cover import FOUND, MOST_COVERED, NONE, SPENT, cover, evenest, mend
from gis.divide.start import grow, settle
from gis.divide.units import draw_units
from tests.division_maps import Enumerated, graph, in_pieces, lattice, planar_pairs, planted_map

PLENTY = 10_000_000


def held(cells, label):
    return np.bincount(label, weights=cells.households).astype(int).tolist()


def test_a_board_is_covered_by_parts_within_the_band():
    # 3 × 3 cells of 100: three parts of 300
    cells = graph([100] * 9, lattice(3, 3))
    answer, label, _ = cover(draw_units(cells), Band(300, 300), budget=PLENTY)
    assert answer == FOUND
    assert held(cells, label) == [300, 300, 300]
    assert in_pieces(cells, label) == []


def test_a_star_whose_points_are_too_light_is_proved_impossible():
    r"""Four points of 100 around a centre of 100: no two parts of 200 to 300 exist.

        1
        |
    2 - 0 - 3
        |
        4
    """
    cells = graph([100] * 5, [(0, 1), (0, 2), (0, 3), (0, 4)])
    answer, _, _ = cover(draw_units(cells), Band(200, 300), budget=PLENTY)
    assert answer == NONE


def test_a_search_that_is_cut_short_proves_nothing():
    cells = graph([7] * 49, lattice(7, 7))
    answer, _, steps = cover(draw_units(cells), Band(48, 50), budget=5)
    assert (answer, steps) == (SPENT, 6)


def test_more_units_than_bits_are_not_searched():
    cells = graph([1] * (MOST_COVERED + 1), lattice(1, MOST_COVERED + 1))
    assert cover(draw_units(cells), Band(1, 99), budget=PLENTY)[0] == SPENT


def test_the_number_of_parts_can_be_asked_for():
    cells = graph([100] * 6, lattice(1, 6))
    units = draw_units(cells)
    for parts in range(1, 7):
        answer, label, _ = cover(units, Band(100, 300), least=parts, most=parts, budget=PLENTY)
        assert (answer == FOUND) == (2 <= parts <= 6)
        if answer == FOUND:
            assert len(set(label.tolist())) == parts


@pytest.mark.parametrize("seed", range(60))
def test_found_and_none_agree_with_plain_enumeration(seed):
    draw = np.random.default_rng(seed)
    n = int(draw.integers(2, 11))
    households = draw.integers(0, 40, n)
    cells = graph(households, planar_pairs(draw, n, 0.2))
    middle = households.sum() / draw.integers(1, 5)
    band = Band(int(middle * draw.uniform(0.6, 1)), int(middle * draw.uniform(1, 1.4)))
    counts = Enumerated(cells, band).counts()
    for parts in range(1, n + 1):
        answer, label, _ = cover(draw_units(cells), band, least=parts, most=parts, budget=PLENTY)
        assert answer == (FOUND if parts in counts else NONE)
        if answer == FOUND:
            assert in_pieces(cells, label) == []
            assert all(band.low <= part <= band.high for part in held(cells, label))


def least_deviation(cells, parts):
    """Return the least possible largest deviation from equal size, by enumeration."""
    total = int(cells.households.sum())
    apart = sorted({abs(parts * size - total) for size in range(total + 1)})
    for level in apart:
        sizes = [size for size in range(total + 1) if abs(parts * size - total) <= level]
        if parts in Enumerated(cells, Band(sizes[0], sizes[-1])).counts():
            return level
    raise AssertionError("one part always exists")


@pytest.mark.parametrize("seed", range(8))
def test_the_evenest_division_is_as_even_as_the_best_of_all(seed):
    draw = np.random.default_rng(seed)
    cells = graph(draw.integers(1, 9, 8), lattice(2, 4))
    total = int(cells.households.sum())
    band = Band(1, total)
    units = draw_units(cells)
    _, start, _ = cover(units, band, least=3, most=3, budget=PLENTY)
    label, proved, _ = evenest(units, band, 3, start, budget=PLENTY)
    assert proved
    assert max(abs(3 * part - total) for part in held(cells, label)) == least_deviation(cells, 3)


def test_a_part_that_misses_the_band_is_mended_with_its_neighbours():
    # 100-100-100 | 100 | 100-100: the middle part takes one from either side
    cells = graph([100] * 6, lattice(1, 6))
    units = draw_units(cells)
    start = np.array([0, 0, 0, 1, 2, 2], dtype=np.int32)
    missed, label, _ = mend(units, start, 3, Band(200, 200), tries=200, budget=1000, seed=0)
    assert missed == 0
    assert held(cells, label) == [200, 200, 200]
    assert in_pieces(cells, label) == []


def test_mending_never_makes_the_miss_larger_and_repeats_itself():
    cells, band, _ = planted_map(3, 120, size=5)
    units = draw_units(cells)
    parts = 24
    label = settle(units, grow(units, parts, 1), parts)
    before = int(band.violation(np.bincount(label, weights=units.weight)).sum())
    first, second = (
        mend(units, label, parts, band, tries=500, budget=300, seed=9) for _ in range(2)
    )
    assert first[0] <= before
    assert first[1].tobytes() == second[1].tobytes()
    assert in_pieces(cells, first[1]) == []
