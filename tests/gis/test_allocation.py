"""Places in stations: three classes that add up, the most households served, the same every time."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from gis.allocation import UNLIMITED, Changed, allocate, reallocate
from gis.errors import RefusedInputError
from gis.pairs import rank_pairs
from gis.reach import Reaches

EXAMPLES = settings(max_examples=300, deadline=None, derandomize=True)
CHANGES = 1500 if os.environ.get("TEST_LONG") else 300


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


@st.composite
def changes(draw):
    """Return walks, homes, capacities and communities of a county, and what becomes of its stations.

    Walks of 31 are out of reach of every limit, so that a county falls into pieces; those within are few,
    so that many are equal.
    """
    stations, buildings = draw(st.integers(0, 8)), draw(st.integers(1, 14))
    far = draw(st.sampled_from((2, 6, 31)))

    def numbers(low, high, size):
        return draw(st.lists(st.integers(low, high), min_size=size, max_size=size))

    def row():
        hits = numbers(0, far, buildings)
        return [n if hit < 2 else 31 for n, hit in zip(numbers(0, 4, buildings), hits, strict=True)]

    walks = [row() for _ in range(stations)]
    homes = np.array(numbers(0, 9, buildings), dtype=np.int64)
    capacity = numbers(-1, 25, stations)
    member = np.array(numbers(-1, 2, buildings))
    community = numbers(-1, 2, stations)
    now = []
    for n in range(stations):
        what = draw(st.sampled_from(("stays", "stays", "stays", "closes", "moves", "holds")))
        if what == "moves":
            now.append((-1, row(), capacity[n], draw(st.integers(-1, 2))))
        elif what != "closes":
            places = draw(st.integers(-1, 25)) if what == "holds" else capacity[n]
            now.append((n, walks[n], places, community[n]))
    for _ in range(draw(st.integers(0, 2))):
        put = (-1, row(), draw(st.integers(-1, 25)), draw(st.integers(-1, 2)))
        now.insert(draw(st.integers(0, len(now))), put)
    return walks, homes, capacity, member, community, now


@settings(max_examples=CHANGES, deadline=None, derandomize=True)
@given(case=changes(), own=st.booleans())
def test_what_a_change_brings_is_what_allocating_all_anew_finds(case, own):
    walks, homes, capacity, member, community, now = case

    def there(rows, communities):
        """Return the reaches of stations, and which pairs may be used."""
        table = np.array(rows, dtype=np.int64).reshape(-1, len(homes))
        reaches = reaches_of(table, 30)
        same = np.array(communities, dtype=np.int64)[reaches.station] == member[reaches.point]
        return reaches, same & (member[reaches.point] >= 0) if own else None

    reaches, allowed = there(walks, community)
    capacities = np.array(capacity, dtype=np.int64)
    before = allocate(reaches, homes, capacities, allowed)
    after, allowed_then = there([row for _, row, _, _ in now], [at for _, _, _, at in now])
    source = np.array([n for n, _, _, _ in now], dtype=np.int64)
    places = np.array([n for _, _, n, _ in now], dtype=np.int64)
    new = source[after.station] < 0
    if allowed_then is not None:
        new &= allowed_then
    fresh = (after.point[new], after.station[new], after.walk_mm[new])
    found = reallocate(
        before,
        rank_pairs(reaches, len(homes), allowed),
        homes,
        capacities,
        Changed(source, places, fresh),
    )
    anew = allocate(after, homes, places, allowed_then)
    for name in ("served", "over_capacity", "out_of_reach", "load"):
        assert getattr(found, name).tolist() == getattr(anew, name).tolist()


def test_far_from_a_change_nothing_moves():
    """Two towns; in the first somebody moves on, in the second a station closes.

    ::

        B --2-- 0 --1-- A --4-- 1          C --1-- 2
    """
    reaches = reaches_of(np.array([[1, 2, 99], [4, 99, 99], [99, 99, 1]]), 10)
    homes, capacity = np.array([7, 7, 5]), np.array([7, 7, 3])
    before = allocate(reaches, homes, capacity)
    assert before.served.tolist() == [7, 7, 3]
    pairs = rank_pairs(reaches, 3)
    assert pairs.piece.tolist() == [0, 0, 2]
    assert pairs.classes.kind.tolist() == [0, 1, 2]
    nothing = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64))
    # Numbers that could not come about show what is taken over and what is counted again.
    marked = replace(before, served=np.array([70, 71, 72]), load=np.array([5, 6, 7]))
    closed = Changed(np.array([0, 1]), np.array([7, 7]), nothing)
    found = reallocate(marked, pairs, homes, capacity, closed)
    assert found.served.tolist() == [70, 71, 0]
    assert found.load.tolist() == [5, 6]
    assert found.out_of_reach.tolist() == [0, 0, 5]
