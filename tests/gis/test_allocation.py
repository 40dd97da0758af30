"""Places in stations: three classes that add up, the most households served, the same every time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from gis.allocation import UNLIMITED, allocate
from gis.errors import RefusedInputError
from gis.reach import Reaches

EXAMPLES = settings(max_examples=300, deadline=None, derandomize=True)


def reaches_of(walks: np.ndarray, limit: int) -> Reaches:
    """Return the pairs of a table (stations, buildings) of walks within a limit."""
    station, point = np.nonzero(walks <= limit)
    start = np.zeros(len(walks) + 1, dtype=np.int64)
    np.cumsum(np.bincount(station, minlength=len(walks)), out=start[1:])
    return Reaches(start, point.astype(np.int32), walks[station, point].astype(np.int64))


@st.composite
def cases(draw):
    stations, buildings = draw(st.integers(1, 5)), draw(st.integers(1, 9))
    walks = np.array(
        draw(
            st.lists(
                st.lists(st.integers(0, 30), min_size=buildings, max_size=buildings),
                min_size=stations,
                max_size=stations,
            )
        )
    )
    homes = np.array(draw(st.lists(st.integers(0, 12), min_size=buildings, max_size=buildings)))
    capacity = np.array(
        draw(st.lists(st.integers(-1, 25), min_size=stations, max_size=stations)), dtype=np.int64
    )
    return walks, homes.astype(np.int64), capacity


def most(walks, homes, capacity, limit) -> int:
    """Return the largest number of households that can be served, by maximum flow."""
    stations, buildings = walks.shape
    room = np.where(capacity == UNLIMITED, homes.sum() + 1, capacity)
    size = stations + buildings + 2
    graph = np.zeros((size, size), dtype=np.int32)
    graph[0, 2 : 2 + buildings] = homes
    graph[2 : 2 + buildings, 2 + buildings :] = np.where(limit >= walks.T, homes.sum() + 1, 0)
    graph[2 + buildings :, 1] = room
    return int(maximum_flow(csr_array(graph), 0, 1).flow_value)


@EXAMPLES
@given(case=cases(), limit=st.integers(0, 30))
def test_nobody_could_serve_more_and_every_household_is_in_one_class(case, limit):
    walks, homes, capacity = case
    reaches = reaches_of(walks, limit)
    found = allocate(reaches, homes, capacity)
    assert (found.served + found.over_capacity + found.out_of_reach == homes).all()
    assert found.served.sum() == most(walks, homes, capacity, limit) == found.load.sum()
    limited = capacity != UNLIMITED
    assert (found.load[limited] <= capacity[limited]).all()
    assert (found.households > 0).all()
    reached = (walks <= limit).any(axis=0)
    assert (found.out_of_reach == np.where(reached, 0, homes)).all()


@EXAMPLES
@given(case=cases(), limit=st.integers(0, 30), more=st.integers(0, 10), row=st.integers(0, 30))
def test_more_stations_places_minutes_or_shorter_ways_never_serve_fewer(case, limit, more, row):
    walks, homes, capacity = case
    before = allocate(reaches_of(walks, limit), homes, capacity).served.sum()
    another = np.vstack((walks, np.full((1, walks.shape[1]), row)))
    grown = np.append(capacity, 3)
    assert allocate(reaches_of(another, limit), homes, grown).served.sum() >= before
    wider = np.where(capacity == UNLIMITED, UNLIMITED, capacity + more)
    assert allocate(reaches_of(walks, limit), homes, wider).served.sum() >= before
    assert allocate(reaches_of(walks, limit + more), homes, capacity).served.sum() >= before
    shorter = walks.copy()
    shorter[:, row % walks.shape[1]] = np.maximum(0, shorter[:, row % walks.shape[1]] - more)
    assert allocate(reaches_of(shorter, limit), homes, capacity).served.sum() >= before


def test_the_nearest_have_the_places_where_nobody_can_move():
    """One station of 10 places, three buildings of 5 households at 1, 2 and 3 minutes."""
    found = allocate(reaches_of(np.array([[3, 1, 2]]), 5), np.array([5, 5, 5]), np.array([10]))
    assert found.served.tolist() == [0, 5, 5]
    assert found.over_capacity.tolist() == [5, 0, 0]


def test_somebody_moves_on_where_that_serves_one_more():
    """B reaches only station 0; A is nearer to it, but has station 1 as well.

    ::

        B --2-- 0 --1-- A --4-- 1
    """
    walks = np.array([[1, 2], [4, 99]])
    found = allocate(reaches_of(walks, 10), np.array([7, 7]), np.array([7, 7]))
    assert found.served.tolist() == [7, 7]
    assert found.load.tolist() == [7, 7]


def test_a_chain_of_moves_reaches_a_place_three_stations_away():
    walks = np.array([[1, 1, 99, 99], [99, 2, 1, 99], [99, 99, 2, 1]])
    found = allocate(reaches_of(walks, 10), np.array([4, 4, 4, 0]), np.array([4, 4, 4]))
    assert found.served.tolist() == [4, 4, 4, 0]


def test_ones_own_station_only():
    walks = np.array([[1, 1], [2, 2]])
    reaches = reaches_of(walks, 10)
    own = np.array([True, False, False, True])
    found = allocate(reaches, np.array([3, 5]), np.array([UNLIMITED, 4]), own)
    assert found.served.tolist() == [3, 4]
    assert found.over_capacity.tolist() == [0, 1]
    nobody = allocate(reaches, np.array([3, 5]), np.array([9, 9]), np.zeros(4, dtype=bool))
    assert nobody.out_of_reach.tolist() == [3, 5]


@pytest.mark.parametrize(
    ("homes", "capacity", "code"), [([3], [-2], "bad_capacity"), ([-3], [2], "bad_households")]
)
def test_less_than_nothing_is_refused(homes, capacity, code):
    with pytest.raises(RefusedInputError) as refused:
        allocate(reaches_of(np.array([[1]]), 5), np.array(homes), np.array(capacity))
    assert refused.value.code == code


def test_all_households_zero_and_no_station_are_answers():
    assert allocate(
        reaches_of(np.array([[1, 2]]), 5), np.zeros(2, np.int64), np.array([0])
    ).load.tolist() == [0]
    none = allocate(
        reaches_of(np.empty((0, 2), np.int64), 5), np.array([2, 3]), np.empty(0, np.int64)
    )
    assert none.out_of_reach.tolist() == [2, 3]
