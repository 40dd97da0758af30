"""Versions of rule sets: which held where on which day, and that none is ever changed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from gis.errors import ConflictError, NotFoundError, RefusedInputError
from layers.rules import built_in
from layers.usecases.rule_sets import RuleBook, add_rule_set, list_rule_sets, show_rule_set

COUNTY, TOWNSHIP, OTHER, COMMUNITY = "990301", "990301001", "990301002", "990301001001"
TREE = (
    (1, "county", None, COUNTY),
    (2, "township", 1, TOWNSHIP),
    (3, "township", 1, OTHER),
    (4, "community", 2, COMMUNITY),
)
DAY = date(2020, 1, 1)


@pytest.fixture
def store(session):
    """Return a session over a county with two townships and a community."""
    for number, level, parent, code in TREE:
        session.execute(
            text("INSERT INTO division VALUES (:id, :level)"), {"id": number, "level": level}
        )
        session.execute(
            text(
                "INSERT INTO division_version (division_id, parent_id, code, name, valid_from, geom) VALUES "
                "(:id, :parent, :code, :code, '2019-01-01', ST_Multi(ST_MakeEnvelope(117, 28, 118, 29, 4326)))"
            ),
            {"id": number, "parent": parent, "code": code},
        )
    return session


def premises(rate):
    content = built_in("cixi-2009").document()
    content["rule"][0]["rate_m2_per_100_households"] = rate
    return content


def rate(held):
    return None if held is None else held.rules.rule[0].rate_m2_per_100_households


def test_a_new_version_leaves_the_old_one_and_holds_from_its_day(store):
    for number, (value, day) in enumerate(((41, DAY), (42, DAY + timedelta(365))), start=1):
        made = add_rule_set(store, COUNTY, premises(value), day)
        assert (made["version"], made["origin"]) == (number, "division")
    held = {
        day: rate(RuleBook(store, "cixi-2009", day).at(1))
        for day in (
            DAY - timedelta(1),
            DAY,
            DAY + timedelta(364),
            DAY + timedelta(365),
            date(2030, 1, 1),
        )
    }
    assert list(held.values()) == [40, 41, 41, 42, 42]
    versions = list_rule_sets(store, COUNTY)["versions"]
    assert [(item["version"], item["holds"]) for item in versions] == [(1, False), (2, True)]
    assert show_rule_set(store, "cixi-2009", COUNTY, DAY)["content"] == premises(41)


def test_two_versions_of_one_day_leave_the_later_one_holding(store):
    add_rule_set(store, COUNTY, premises(41), DAY)
    add_rule_set(store, COUNTY, premises(43), DAY)
    assert rate(RuleBook(store, "cixi-2009", DAY).at(1)) == 43


def test_a_version_that_would_begin_before_the_last_is_refused(store):
    add_rule_set(store, COUNTY, premises(41), DAY)
    with pytest.raises(ConflictError) as caught:
        add_rule_set(store, COUNTY, premises(42), DAY - timedelta(1))
    assert caught.value.code == "earlier_than_last"
    assert rate(RuleBook(store, "cixi-2009", DAY).at(1)) == 41


def test_a_version_of_tomorrow_does_not_hold_today(store):
    tomorrow = store.execute(text("SELECT current_date + 1")).scalar_one()
    add_rule_set(store, COUNTY, premises(41), tomorrow)
    assert rate(RuleBook(store, "cixi-2009").at(1)) == 40
    assert [item["holds"] for item in list_rule_sets(store)["versions"]] == [False]


def test_the_nearest_division_above_has_the_say(store):
    add_rule_set(store, COUNTY, premises(41), DAY)
    add_rule_set(store, TOWNSHIP, premises(42), DAY)
    book = RuleBook(store, "cixi-2009")
    assert [rate(book.at(division)) for division in (1, 2, 3, 4, None)] == [41, 42, 41, 42, 40]


def test_a_set_of_ones_own_holds_in_its_division_only(store):
    content = premises(33)
    content["set"]["id"] = "our-own"
    add_rule_set(store, TOWNSHIP, content, DAY)
    book = RuleBook(store, "our-own")
    assert [rate(book.at(division)) for division in (1, 2, 3, 4)] == [None, 33, None, 33]
    with pytest.raises(NotFoundError, match="holds there"):
        show_rule_set(store, "our-own", OTHER)
    with pytest.raises(NotFoundError, match="our-own"):
        RuleBook(store, "nowhere")


def test_a_set_with_faults_stores_nothing(store):
    content = premises(-1)
    with pytest.raises(RefusedInputError):
        add_rule_set(store, COUNTY, content, DAY)
    assert list_rule_sets(store)["versions"] == []
    with pytest.raises(NotFoundError):
        add_rule_set(store, "110000", premises(41), DAY)


def test_numbers_and_days_are_the_databases_own(store):
    """Whatever is written beside the use case: the version is the next, and no day is taken back."""
    insert = text(
        "INSERT INTO rule_set (division_id, name, valid_from, content, made_by) VALUES "
        "(1, 'x', :day, '{}', current_setting('wangge.actor')) RETURNING version"
    )
    assert [store.execute(insert, {"day": DAY}).scalar_one() for _ in range(2)] == [1, 2]
    with pytest.raises(Exception, match="no earlier"):
        store.execute(insert, {"day": DAY - timedelta(1)})
