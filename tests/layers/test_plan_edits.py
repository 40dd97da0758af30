"""Edits: change sets that merge, undo and redo, locks, and what two planners do at once."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import text

from gis.errors import ConflictError, NotFoundError, RefusedInputError
from layers.rights import RightsError
from layers.usecases.plans.documents import branch_plan, create_plan
from layers.usecases.plans.edits import StaleError, edits_since, redo, undo
from tests.accounts import actor
from tests.layers.plans import COMMUNITY, OTHER, all_cells, cells_of, document, edit, empty


@pytest.fixture
def plan(planned_store):
    """Return an empty draft."""
    return empty(planned_store)


@pytest.fixture
def cells(planned_store):
    return all_cells(planned_store)


def assignment(store, plan):
    now = document(store, plan)["assignment"]
    return dict(zip(now["cell"], now["part"], strict=True))


def test_a_new_part_gets_a_number_and_keeps_its_cells(planned_store, plan, cells):
    done = edit(
        planned_store, plan, 0, "new", cells={-1: cells[:5]}, grids=[{"no": -1, "name": "一"}]
    )
    no = done["numbers"]["-1"]
    assert done["revision"] == 1
    assert assignment(planned_store, plan) == dict.fromkeys(cells[:5], no)
    assert document(planned_store, plan)["grids"][0]["name"] == "一"


def test_every_cell_is_in_one_part_whatever_is_painted_over(planned_store, plan, cells):
    edit(planned_store, plan, 0, cells={-1: cells[:9], -2: cells[9:20]})
    edit(planned_store, plan, 1, cells={2: cells[:4]})
    assert len(assignment(planned_store, plan)) == 20
    assert sorted(assignment(planned_store, plan).values()).count(2) == 15


def test_undo_of_everything_is_the_start_and_redo_of_everything_the_end(planned_store, cells):
    plan = empty(planned_store)
    chance = random.Random(7)
    states = [assignment(planned_store, plan)]
    for revision in range(12):
        some = chance.sample(cells, chance.randint(1, 20))
        parts = [part["no"] for part in document(planned_store, plan)["grids"]]
        target = chance.choice([0, -1, *parts])
        edit(planned_store, plan, document(planned_store, plan)["revision"], cells={target: some})
        states.append(assignment(planned_store, plan))
        del revision
    distinct = [a for a, b in zip(states, [None, *states], strict=False) if a != b]
    for expected in reversed(distinct[:-1]):
        with planned_store.session() as session:
            undo(session, plan, document_revision(session, plan))
        assert assignment(planned_store, plan) == expected
    assert document(planned_store, plan)["grids"] == []
    for expected in distinct[1:]:
        with planned_store.session() as session:
            redo(session, plan, document_revision(session, plan))
        assert assignment(planned_store, plan) == expected


def document_revision(session, plan):
    return session.execute(
        text("SELECT revision FROM plan WHERE id = :plan"), {"plan": plan}
    ).scalar_one()


def test_undo_lasts_over_sessions_and_ends_with_a_new_change(planned_store, plan, cells):
    edit(planned_store, plan, 0, cells={-1: cells[:3]})
    edit(planned_store, plan, 1, cells={-1: cells[3:6]})
    with planned_store.session() as session:
        undo(session, plan, 2)
    edit(planned_store, plan, 3, cells={-1: cells[6:8]})
    with planned_store.session() as session, pytest.raises(ConflictError) as error:
        redo(session, plan, 4)
    assert error.value.code == "nothing_to_redo"


def test_split_and_merge_give_back_the_same_plan(planned_store, plan, cells):
    edit(planned_store, plan, 0, cells={-1: cells[:10]}, grids=[{"no": -1, "name": "甲"}])
    before = assignment(planned_store, plan), document(planned_store, plan)["grids"]
    split = edit(planned_store, plan, 1, "split", cells={-1: cells[:4]})
    new = split["numbers"]["-1"]
    edit(planned_store, plan, 2, "merge", cells={1: cells[:4]}, removed=[new])
    assert (assignment(planned_store, plan), document(planned_store, plan)["grids"]) == before


def two_planners(store):
    return [store.acting(actor(store, "planner", [COMMUNITY[:9]])) for _ in range(2)]


def test_edits_of_different_cells_merge(planned_store, cells):
    one, two = two_planners(planned_store)
    plan = empty(one)
    edit(one, plan, 0, cells={-1: cells[:10], -2: cells[10:20]})
    edit(one, plan, 1, cells={2: cells[:2]})
    done = edit(two, plan, 1, cells={1: cells[15:17]})
    assert done["revision"] == 3
    with two.session() as session:
        missed = edits_since(session, plan, 1)
    assert [item["actor"] for item in missed] == [one.actor.name, two.actor.name]
    assert assignment(one, plan)[cells[0]] == 2
    assert assignment(one, plan)[cells[16]] == 1


def test_an_edit_of_the_same_cell_is_refused_with_the_difference(planned_store, cells):
    one, two = two_planners(planned_store)
    plan = empty(one)
    edit(one, plan, 0, cells={-1: cells[:10], -2: cells[10:20], -3: cells[20:30]})
    edit(one, plan, 1, cells={2: cells[:2]})
    with pytest.raises(StaleError) as error:
        edit(two, plan, 1, cells={3: [cells[0], cells[9]]})
    assert [(item["cell"], item["mine"], item["theirs"]) for item in error.value.difference] == [
        (cells[0], 3, 2)
    ]
    assert error.value.difference[0]["actor"] == one.actor.name
    assert assignment(one, plan)[cells[9]] == 1
    assert edit(two, plan, 2, cells={3: [cells[0], cells[9]]})["revision"] == 3


def test_undo_does_not_take_back_what_another_planner_built_on(planned_store, cells):
    one, two = two_planners(planned_store)
    plan = empty(one)
    edit(one, plan, 0, cells={-1: cells[:10]})
    edit(two, plan, 1, cells={-1: cells[:2]})
    with one.session() as session, pytest.raises(StaleError):
        undo(session, plan, 2)
    with two.session() as session:
        undo(session, plan, 2)
    with one.session() as session:
        undo(session, plan, 3)
    assert assignment(one, plan) == {}


def test_a_part_that_somebody_painted_into_is_not_removed_from_under_them(planned_store, cells):
    one, two = two_planners(planned_store)
    plan = empty(one)
    edit(one, plan, 0, cells={-1: cells[:5], -2: cells[5:10]})
    edit(one, plan, 1, cells={2: cells[10:12]})
    with pytest.raises(StaleError):
        edit(two, plan, 1, "merge", cells={1: cells[5:10]}, removed=[2])


def test_a_locked_part_keeps_its_cells_until_it_is_unlocked(planned_store, plan, cells):
    edit(planned_store, plan, 0, cells={-1: cells[:5], -2: cells[5:10]})
    edit(planned_store, plan, 1, "lock", grids=[{"no": 1, "locked": True}])
    for change in ({2: cells[:1]}, {1: cells[5:6]}, {0: cells[:1]}):
        with pytest.raises(ConflictError) as error:
            edit(planned_store, plan, 2, cells=change)
        assert error.value.code == "locked"
    edit(planned_store, plan, 2, "rename", grids=[{"no": 1, "name": "锁着也能改名"}])
    edit(planned_store, plan, 3, "lock", grids=[{"no": 1, "locked": False}])
    edit(planned_store, plan, 4, cells={2: cells[:1]})


def test_cells_of_another_community_are_refused(planned_store, plan):
    with pytest.raises(RefusedInputError) as error:
        edit(planned_store, plan, 0, cells={-1: all_cells(planned_store, OTHER)[:2]})
    assert error.value.code == "unknown_cell"


def test_a_planner_of_another_township_neither_sees_nor_draws(planned_store, plan, cells):
    other = planned_store.acting(actor(planned_store, "planner", ["990101102"]))
    with pytest.raises(NotFoundError):
        edit(other, plan, 0, cells={-1: cells[:1]})
    with other.session() as session, pytest.raises(RightsError):
        create_plan(session, COMMUNITY, None)
    with other.session() as session:
        assert session.execute(text("SELECT count(*) FROM plan_cell")).scalar_one() == 0


def test_a_plan_before_the_reviewer_is_not_changed(planned_store, plan, cells):
    from layers.usecases.plans.steps import take_step

    with planned_store.session() as session:
        take_step(session, plan, "review")
    with pytest.raises(ConflictError) as error:
        edit(planned_store, plan, 0, cells={-1: cells[:1]})
    assert error.value.code == "not_editable"


def test_a_branch_goes_its_own_way(planned_store, plan, cells):
    edit(planned_store, plan, 0, cells={-1: cells[:5]})
    with planned_store.session() as session:
        twin = branch_plan(session, plan, "二稿")
    edit(planned_store, twin, 0, cells={0: cells[:2]})
    assert len(assignment(planned_store, plan)) == 5
    assert len(assignment(planned_store, twin)) == 3


def test_what_is_in_force_is_where_a_plan_can_begin(planned_store):
    with planned_store.session() as session:
        plan = create_plan(session, COMMUNITY, None, "published")
    begun = document(planned_store, plan)
    assert {part["origin"] for part in begun["grids"]} == {
        f"{COMMUNITY}{number:03d}" for number in range(1, len(begun["grids"]) + 1)
    }
    assert len(begun["assignment"]["cell"]) == len(all_cells(planned_store))
    assert cells_of(begun, 1)


def test_parts_nest_but_never_in_a_circle(planned_store, plan, cells):
    grids = [{"no": -1, "level": "large"}, {"no": -2, "level": "micro", "parent": -1}]
    edit(planned_store, plan, 0, cells={-2: cells[:2]}, grids=grids)
    assert [part["parent"] for part in document(planned_store, plan)["grids"]] == [None, 1]
    with pytest.raises(RefusedInputError):
        edit(planned_store, plan, 1, grids=[{"no": 1, "parent": 2}])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"cells": {-1: [2**31 - 1]}}, "unknown_cell"),
        ({"grids": [{"no": 99, "name": "x"}], "removed": [98]}, "unknown_part"),
        ({"cells": {}, "removed": [99]}, "unknown_part"),
        ({"grids": [{"no": 99, "name": "x"}]}, "unknown_part"),
        ({"grids": [{"no": -1, "note": "x" * 5000}]}, "bad_part"),
    ],
)
def test_nonsense_is_refused_in_words(planned_store, plan, change, code):
    with pytest.raises(RefusedInputError) as error:
        edit(planned_store, plan, 0, **change)
    assert error.value.code == code


def test_a_revision_that_never_was_is_refused(planned_store, plan, cells):
    with pytest.raises(RefusedInputError) as error:
        edit(planned_store, plan, 5, cells={-1: cells[:1]})
    assert error.value.code == "bad_revision"
