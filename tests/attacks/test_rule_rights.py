"""Attacks on rule sets: only administrators of an area add versions there, and nobody changes one."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from gis.errors import WanggeError
from layers.models import ROLES
from layers.rights import NOBODY, RightsError
from layers.rules import built_in
from layers.usecases.rule_sets import add_rule_set, list_rule_sets
from tests.accounts import actor
from tests.attacks.conftest import COUNTY, OURS, THEIRS

INSERT = (
    "INSERT INTO rule_set (division_id, name, valid_from, content, made_by) VALUES "
    "((SELECT division_id FROM division_version WHERE code = :code AND valid_to IS NULL), 'attack', "
    "'2020-01-01', '{}', coalesce(:name, current_setting('wangge.actor')))"
)


def content():
    return built_in("cixi-2009").document()


def administrator(target, codes=None):
    return target.store.acting(actor(target.store, "system_administrator", codes))


def stored(target):
    return target.value("SELECT count(*) FROM rule_set")


@pytest.mark.parametrize("role", ROLES)
def test_only_system_administrators_add_and_only_in_their_area(target, role):
    someone = target.store.acting(actor(target.store, role, [OURS]))
    before = stored(target)
    for code in (OURS, THEIRS, COUNTY):
        if role == "system_administrator" and code == OURS:
            with someone.session() as session:
                add_rule_set(session, code, content())
            before += 1
            continue
        with pytest.raises(RightsError) as caught, someone.session() as session:
            add_rule_set(session, code, content())
        assert caught.value.code == (
            "outside_area" if role == "system_administrator" else "no_right"
        )
    assert stored(target) == before


@pytest.mark.parametrize("role", ROLES)
def test_the_database_refuses_the_same_without_the_use_case(target, role):
    someone = target.store.acting(actor(target.store, role, [OURS]))
    before = stored(target)
    for code in (OURS, THEIRS, COUNTY):
        if role == "system_administrator" and code == OURS:
            continue
        with pytest.raises(RightsError), someone.session() as session:
            session.execute(text(INSERT), {"code": code, "name": None})
    assert stored(target) == before


def test_everybody_signed_in_reads_and_nobody_else(target):
    with administrator(target, [THEIRS]).session() as session:
        add_rule_set(session, THEIRS, content())
    for role in ROLES:
        with target.store.acting(actor(target.store, role, [OURS])).session() as session:
            assert THEIRS in {item["division"] for item in list_rule_sets(session)["versions"]}
    count = text("SELECT count(*) FROM rule_set")
    with target.store.acting(NOBODY).session() as session:
        assert session.execute(count).scalar_one() > 0, "the door has a role, and rules are public"
    with pytest.raises(RightsError), target.store.session("reader") as session:
        session.execute(count)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rule_set SET content = '{}'",
        "UPDATE rule_set SET valid_from = '2000-01-01'",
        "DELETE FROM rule_set",
        "TRUNCATE rule_set",
        (
            "INSERT INTO rule_set (division_id, name, version, valid_from, content, made_by) "
            "SELECT 1, 'x', 99, current_date, '{}', current_setting('wangge.actor')"
        ),
        (
            "INSERT INTO rule_set (division_id, name, valid_from, content, made_by, made_at) "
            "SELECT 1, 'x', current_date, '{}', current_setting('wangge.actor'), '2000-01-01'"
        ),
    ],
)
def test_no_administrator_changes_removes_or_renumbers_a_version(target, statement):
    someone = administrator(target)
    with someone.session() as session:
        add_rule_set(session, COUNTY, content())
    before = target.sql("SELECT * FROM rule_set ORDER BY id")
    with pytest.raises(RightsError), someone.session() as session:
        session.execute(text(statement))
    assert target.sql("SELECT * FROM rule_set ORDER BY id") == before


def test_nobody_adds_in_anothers_name(target):
    with pytest.raises(RightsError), administrator(target).session() as session:
        session.execute(text(INSERT), {"code": COUNTY, "name": "somebody"})


def test_adding_is_in_the_audit_with_what_was_before(target):
    someone = administrator(target)
    own = content()
    own["set"]["id"] = "audited"
    for day in (date(2026, 1, 1), date(2026, 2, 1)):
        with someone.session() as session:
            add_rule_set(session, COUNTY, own, day)
    rows = target.sql(
        "SELECT object, before, after FROM audit WHERE action = 'rules.add' AND actor = :who ORDER BY id",
        who=someone.actor.name,
    )
    assert [row.object for row in rows] == [f"{COUNTY}/audited"] * 2
    assert [row.before for row in rows] == [None, {"version": 1}]
    assert rows[1].after == {"version": 2, "valid_from": "2026-02-01", "rules": 2}


def test_a_refused_version_leaves_no_trace(target):
    before = stored(target)
    with pytest.raises(WanggeError), administrator(target).session() as session:
        add_rule_set(session, COUNTY, content() | {"nonsense": 1})
    assert stored(target) == before
