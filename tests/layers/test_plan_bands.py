"""The band of the division desk is that of the rule set in force where the plan is."""

from __future__ import annotations

from typing import Any

import pytest

from layers.rules import built_in
from layers.usecases.plans.checks import check
from layers.usecases.rule_sets import add_rule_set
from tests.conftest import fresh_copy
from tests.layers.plans import COMMUNITY, TOWNSHIP, all_cells, document, edit, empty

OTHER_TOWNSHIP = "990101102001"


@pytest.fixture(scope="module")
def store(planned_store: Any) -> Any:
    planned_store.dispose()
    with fresh_copy(planned_store, "wangge_test_bands") as copy:
        yield copy


def add(store, division, set_name, kind, low, high):
    content = built_in(set_name).document()
    for rule in content["rule"]:
        if rule["kind"] == kind and "min_households" in rule:
            rule["min_households"], rule["max_households"] = low, high
    with store.session() as session:
        add_rule_set(session, division, content)


def whole(store, code):
    """Return a draft whose one part is the whole community."""
    plan = empty(store, code)
    edit(store, plan, 0, grids=[{"no": -1, "name": "甲"}], cells={-1: all_cells(store, code)})
    return plan


def test_a_township_with_a_band_of_its_own_is_judged_by_it_and_others_are_not(store):
    plan, other = whole(store, COMMUNITY), empty(store, OTHER_TOWNSHIP)
    assert (document(store, plan)["band"]["min"], document(store, plan)["band"]["max"]) == (
        500,
        800,
    )
    with store.session() as session:
        assert "above_band" in {item["reason"]["code"] for item in check(session, plan)["findings"]}
    add(store, TOWNSHIP, "shaanxi-city-grid-band", "grid_band", 1, 100_000)
    assert (document(store, plan)["band"]["min"], document(store, plan)["band"]["max"]) == (
        1,
        100_000,
    )
    assert document(store, other)["band"]["min"] == 500
    with store.session() as session:
        assert "above_band" not in {
            item["reason"]["code"] for item in check(session, plan)["findings"]
        }


def test_a_townships_communities_have_the_size_its_rules_say(store):
    plan = empty(store, TOWNSHIP)
    assert document(store, plan)["band"]["min"] == 2000
    add(store, TOWNSHIP, "general", "community_size", 100, 700)
    band = document(store, plan)["band"]
    assert (band["min"], band["max"], band["rule"]) == (100, 700, "community-households")
