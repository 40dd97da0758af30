"""Arithmetic of standards by hand, and what must hold whatever the numbers are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.standards import (
    COMPLIANT,
    MISSING,
    NOT_APPLICABLE,
    SHORT,
    UNKNOWN,
    apportion,
    judge,
    percent,
    population_class,
    required_premises,
    shortfalls,
    state_counts,
)


def ints(*values):
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(("limit", "at_the_limit"), [("above", 1), ("below", 0)])
def test_exactly_5000_persons_are_where_the_convention_puts_them(limit, at_the_limit):
    found = population_class(ints(0, 4999, 5000, 5001, MISSING), [5000], limit)
    assert found.tolist() == [0, 0, at_the_limit, 1, MISSING]


def test_the_larger_of_rate_and_minimum_is_required():
    found = required_premises(ints(2300, 100, 0, MISSING), 3000, [6_000_000], ints(0, 0, 0, 0))
    assert found.tolist() == [6_900_000, 6_000_000, 6_000_000, MISSING]


def test_a_flat_area_needs_no_households():
    assert (
        required_premises(ints(MISSING, 5000), 0, [2_000_000], ints(0, 0)).tolist()
        == [2_000_000] * 2
    )


def test_without_its_population_a_community_is_unknown_unless_the_rate_asks_for_more_anyway():
    found = required_premises(
        ints(100, 100_000), 3000, [6_000_000, 8_000_000], ints(MISSING, MISSING)
    )
    assert found.tolist() == [MISSING, 300_000_000]


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (10, [1, 1, 1], [4, 3, 3]),
        (10, [0, 0], [5, 5]),
        (7, [0, 3], [0, 7]),
        (0, [2, 3], [0, 0]),
        (100, [1, 2, 1], [25, 50, 25]),
    ],
)
def test_shares_by_hand(total, weights, shares):
    assert apportion(total, weights).tolist() == shares


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, []), (1, [2, -1])])
def test_what_nobody_can_share_is_refused(total, weights):
    with pytest.raises(ValueError, match="not negative"):
        apportion(total, weights)


@given(st.integers(0, 10**11), st.lists(st.integers(0, 10**5), min_size=1, max_size=12))
def test_shares_add_up_are_within_one_of_exact_and_follow_the_weights(total, weights):
    found = apportion(total, weights).tolist()
    assert sum(found) == total
    whole = sum(weights) or len(weights)
    fair = weights if sum(weights) else [1] * len(weights)
    assert all(
        abs(share * whole - total * weight) < whole
        for share, weight in zip(found, fair, strict=True)
    )
    by_weight = sorted(zip(fair, found, strict=True))
    assert all(low[1] <= high[1] + 1 for low, high in pairwise(by_weight))


def test_states_by_hand():
    state = judge(
        ints(5, 5, 5, MISSING, 5, 0),
        ints(5, 4, MISSING, 9, 9, 0),
        np.array([1, 1, 1, 1, 0, 1], dtype=bool),
    )
    assert state.tolist() == [COMPLIANT, SHORT, UNKNOWN, UNKNOWN, NOT_APPLICABLE, COMPLIANT]
    assert shortfalls(ints(5, 5, 5, 5, 5, 5), ints(5, 4, 0, 0, 0, 0), state).tolist() == [
        0,
        1,
        0,
        0,
        0,
        0,
    ]


amounts = st.lists(
    st.tuples(st.integers(-1, 50), st.integers(-1, 50), st.booleans(), st.integers(0, 3)),
    min_size=1, max_size=40,
)  # fmt: skip


@given(amounts)
def test_groups_add_up_to_the_whole_and_nothing_unknown_complies(rows):
    required, actual, applies, group = (np.array(column) for column in zip(*rows, strict=True))
    state = judge(required.astype(np.int64), actual.astype(np.int64), applies.astype(bool))
    counts = state_counts(state, group, 4)
    assert counts.sum() == len(rows)
    assert counts.sum(axis=0).tolist() == state_counts(state, np.zeros(len(rows)), 1)[0].tolist()
    unknown = (required == MISSING) | (actual == MISSING)
    assert not (state[unknown] == COMPLIANT).any()


@given(amounts, st.integers(0, 20))
def test_more_never_complies_less(rows, more):
    required, actual, _, _ = (
        np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)
    )
    everywhere = np.ones(len(rows), dtype=bool)
    before = judge(required, actual, everywhere)
    after = judge(required, np.where(actual == MISSING, MISSING, actual + more), everywhere)
    assert (after[before == COMPLIANT] == COMPLIANT).all()


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [
        (15, 18, 83.33), (2621, 3237, 80.97), (1, 3, 33.33), (2, 3, 66.67), (1, 800, 0.13),
        (0, 5, 0.0), (5, 5, 100.0), (0, 0, None),
    ],
)  # fmt: skip
def test_shares_are_rounded_halves_up(part, whole, share):
    assert percent(part, whole) == share
