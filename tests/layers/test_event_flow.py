"""The table of steps: every state can be left for an end, nothing leaves the end, words exist for all."""

from __future__ import annotations

import pytest

from layers import categories
from layers.models import EVENT_LEVELS, EVENT_STATES
from layers.rights import Right
from layers.usecases.events import flow
from layers.usecases.events.export import LEVELS


def test_the_table_and_the_database_know_the_same_states_and_levels():
    assert flow.STATES == EVENT_STATES
    assert flow.LEVELS == EVENT_LEVELS
    assert set(categories.EVENT_STATES) == set(flow.STATES)
    assert set(LEVELS) == set(flow.LEVELS)
    for step in flow.FLOW:
        assert {*step.begin, step.end} <= set(flow.STATES)


def test_an_event_that_nobody_objects_to_goes_the_straight_way():
    state = "reported"
    for action in ("register", "dispatch", "handle", "feedback", "verify", "evaluate"):
        assert flow.NEXT[state] == action
        step = flow.find_step(state, action)
        assert step is not None
        state = step.end
    assert state == "evaluated"
    assert state not in flow.NEXT
    assert flow.steps_from(state) == ()


def test_a_failed_verification_goes_back_to_dispatch():
    step = flow.find_step("feedback", "fail")
    assert step is not None
    assert (step.end, step.note) == ("dispatched", True)


@pytest.mark.parametrize(
    ("state", "action"),
    [
        ("reported", "verify"),
        ("reported", "feedback"),
        ("handling", "verify"),
        ("verified", "dispatch"),
        ("evaluated", "handle"),
        ("rejected", "register"),
        ("merged", "dispatch"),
        ("feedback", "reject"),
        ("deferred", "verify"),
        ("reported", "report"),
        ("reported", "unknown"),
    ],
)
def test_what_the_table_does_not_say_is_no_step(state, action):
    assert flow.find_step(state, action) is None


def test_from_every_open_state_an_end_is_reached():
    for begin in flow.OPEN:
        seen, queue = set(), [begin]
        while queue:
            state = queue.pop()
            seen.add(state)
            queue += [s.end for s in flow.FLOW if state in s.begin and s.end not in seen]
        assert seen & {"evaluated", "rejected"}, begin


def test_whoever_only_reports_takes_no_other_step():
    assert [s.action for s in flow.FLOW if s.right is Right.REPORT] == ["report"]
    assert {s.right for s in flow.FLOW} == {Right.REPORT, Right.HANDLE}


def test_a_worker_takes_and_ends_what_is_the_grid_s_and_verifies_nothing():
    assert [s.action for s in flow.FLOW if s.worker] == ["handle", "feedback", "return"]
    assert flow.work_from("dispatched") == ("handle", "feedback", "return")
    for state in ("feedback", "verified", "evaluated", "returned", "rejected", "merged"):
        assert flow.work_from(state) == (), state


def test_levels_go_up_to_the_county_and_no_further():
    level, way = "grid", []
    while level is not None:
        way.append(level)
        level = flow.level_above(level)
    assert way == ["grid", "community", "township", "county"]
