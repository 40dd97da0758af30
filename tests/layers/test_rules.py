"""Rule sets as files: those that come with the product, and every fault of one that is wrong."""

from __future__ import annotations

import copy

import pytest

from gis.errors import NotFoundError, RefusedInputError
from layers.rules import (
    band_of,
    built_in,
    built_in_names,
    community_rule,
    grid_rule,
    read_rule_file,
    read_rule_set,
)

HEAD = {
    "id": "somewhere", "place_zh": "某地", "place_en": "somewhere", "source_zh": "来源", "source_en": "source",
    "summary_zh": "摘要", "summary_en": "summary", "marks": ["brief"],
}  # fmt: skip
ABOVE = {"from_persons": 5000, "minimum_m2": 8}
ROOM = {"type_zh": "室", "count": 1}
PREMISES = {
    "kind": "premises", "id": "premises", "marks": ["brief"], "rate_m2_per_100_households": 30,
    "classes": [
        {"to_persons": 5000, "minimum_m2": 600},
        {"from_persons": 5000, "minimum_m2": 800},
    ],
}  # fmt: skip


def faults(*rules, **head):
    with pytest.raises(RefusedInputError) as caught:
        read_rule_set({"set": {**HEAD, **head}, "rule": list(rules)}, "r.toml")
    assert caught.value.code == "invalid_rules"
    return [(fault.row, fault.field, fault.reason) for fault in caught.value.faults]


def of(kind, **fields):
    return {"kind": kind, "id": "a", "marks": ["brief"], **fields}


def upto(persons, minimum=6):
    return {"to_persons": persons, "minimum_m2": minimum}


def changed(**changes):
    return copy.deepcopy(PREMISES) | changes


@pytest.mark.parametrize("name", built_in_names())
def test_every_set_that_comes_along_is_valid_and_named_as_its_file(name):
    rules = built_in(name)
    assert rules.set.id == name
    again = read_rule_set(rules.document())
    assert again.document() == rules.document(), "stored as JSON and read again it is the same"


def test_the_sets_of_the_domain_are_there():
    assert {
        "yizheng-2013", "kaili", "cixi-2009", "shaanxi-2017", "shaanxi-city-grid-band", "gb-50180-2018",
        "national-14th-plan", "national-15th-plan",
    } <= set(built_in_names())  # fmt: skip
    assert built_in("national-15th-plan").rule == ()
    assert [rule.marks for rule in built_in("kaili").rule][1] == ("brief", "check")
    assert all(rule.marks == ("check",) for rule in built_in("national-14th-plan").rule)


def test_only_what_is_known_word_for_word_is_quoted():
    quoted = {name: built_in(name).set.quotation_zh for name in built_in_names()}
    assert {name for name, words in quoted.items() if words} == {
        "rooms-8-1-1-2", "rooms-1-3-3-1", "rooms-3-3-2-1-1",
    }  # fmt: skip
    for words in filter(None, quoted.values()):
        assert words in {"八室、一站、一厅、两场所", "一部三室三站一场", "三室三站两中心一校一场所"}


def test_a_valid_set_is_read_and_the_limit_has_a_default():
    rules = read_rule_set({"set": HEAD, "rule": [PREMISES]})
    assert rules.rule[0].limit == "above"
    assert rules.rule[0].minima_cm2() == ([5000], [6_000_000, 8_000_000])


@pytest.mark.parametrize(
    ("classes", "field", "word"),
    [
        ([upto(5001), ABOVE], "classes.2.from_persons", "overlap"),
        ([{"minimum_m2": 6}, ABOVE], "classes.2.from_persons", "overlap"),
        ([upto(4000), ABOVE], "classes.2.from_persons", "gap"),
        ([{"from_persons": 10, "minimum_m2": 6}], "classes.1.from_persons", "nothing is said"),
        ([upto(10)], "classes.1.to_persons", "open above"),
        ([upto(0)], "classes.1.to_persons", "begins at 0"),
        ([{"minimum_m2": -6}], "classes.1.minimum_m2", "greater than 0"),
    ],
)  # fmt: skip
def test_classes_that_overlap_or_leave_a_gap_are_refused(classes, field, word):
    found = faults(changed(classes=classes))
    assert any(row == 1 and name == field and word in reason for row, name, reason in found), found


@pytest.mark.parametrize(
    ("rule", "field", "word"),
    [
        (changed(rate_m2_per_100_households=-1), "rate_m2_per_100_households", "greater than 0"),
        (changed(rate_m2_per_100_households=float("nan")), "rate_m2_per_100_households", "finite"),
        (changed(rate_m2_per_100_households="30"), "rate_m2_per_100_households", "valid number"),
        (changed(rate_m2_per_100_households=30.001), "rate_m2_per_100_households", "two decimals"),
        (changed(minimum_m2=600), "minimum_m2", "two"),
        (changed(misspelt=1), "misspelt", "not permitted"),
        (changed(community_kinds=["urban", "town"]), "community_kinds.2", "'urban'"),
        (changed(community_kinds=[]), "community_kinds", "at least 1"),
        (changed(marks=["sure"]), "marks.1", "'brief'"),
        (changed(kind="premise"), "kind", "premise"),
        (of("premises"), "rate_m2_per_100_households", "needs a rate"),
        (of("staff"), "households_per_worker", "one of them"),
        (of("staff", households_per_worker=0), "households_per_worker", "greater"),
        (of("grid_band", min_households=5), "min_households", "both"),
        (of("grid_band", min_households=9, max_households=5), "min_households", "above"),
        (of("stations", categories=["swimming"]), "categories", "unknown category swimming"),
        (of("stations", categories=[]), "categories", "at least 1"),
        (of("stations", level=7, categories=["clinic"]), "level", "5, 10 or 15"),
        (of("coverage", figure="facility", target_percent=101), "target_percent", "equal to 100"),
        (of("reach", minutes=15), "speed_kmh", "speed"),
        (of("reach", minutes=15, speed_kmh=4.5, radius_m=3000), "minutes", "one of them"),
        (of("lease", min_years=-5), "min_years", "greater than 0"),
        (of("rooms", rooms=[ROOM] * 2), "rooms", "twice"),
        (of("community_size", min_households=3, max_households=2), "min_households", "above"),
    ],
)
def test_a_rule_that_says_what_cannot_be_is_refused_by_its_field(rule, field, word):
    found = faults(rule)
    assert any(row == 1 and name == field and word in reason for row, name, reason in found), found


def test_all_faults_of_a_file_are_told_at_once():
    found = faults(
        changed(rate_m2_per_100_households=-1),
        {"kind": "lease", "id": "lease", "marks": ["brief"], "min_years": 0},
        {"kind": "nothing", "id": "x", "marks": ["brief"]},
        id="NOT an id", place_zh="",
    )  # fmt: skip
    assert {(row, field) for row, field, _ in found} == {
        (None, "set.id"), (None, "set.place_zh"), (1, "rate_m2_per_100_households"), (2, "min_years"), (3, "kind"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"set": None},
        {"set": HEAD, "rule": {}},
        {"set": HEAD, "rule": "x"},
        {"set": HEAD, "rule": [1, None, []]},
        {"set": HEAD, "category": [1]},
        {"set": {**HEAD, "²": 1}},
        {"set": HEAD, "rule": [{**PREMISES, "²": 1}]},
        {"set": HEAD, "rules": []},
    ],
)
def test_whatever_is_sent_is_refused_and_nothing_breaks(document):
    with pytest.raises(RefusedInputError) as caught:
        read_rule_set(document)
    assert caught.value.faults


def test_two_rules_for_one_thing_are_refused_and_for_two_kinds_of_community_are_not():
    other = changed(id="other", community_kinds=["rural"])
    both = faults(PREMISES, other)
    assert both[0][:2] == (2, "community_kinds")
    assert "overlap" in both[0][2]
    read_rule_set({"set": HEAD, "rule": [changed(community_kinds=["urban"]), other]})
    assert faults(changed(community_kinds=["urban"]), changed(community_kinds=["rural"]))[0][
        :2
    ] == (2, "id")


def test_a_category_stands_at_one_level_only():
    at = {"kind": "stations", "marks": ["std"], "categories": ["clinic"]}
    found = faults(at | {"id": "five", "level": 5}, at | {"id": "fifteen", "level": 15})
    assert found[0][:2] == (2, "categories")
    assert "do not replace each other" in found[0][2]


def test_a_place_may_name_categories_of_its_own():
    rule = of("stations", categories=["library"])
    own = [{"id": "library", "zh": "图书室", "en": "library"}]
    rules = read_rule_set({"set": HEAD, "category": own, "rule": [rule]})
    assert read_rule_set(rules.document()).document() == rules.document()


@pytest.mark.parametrize("content", ["[set", "\xff", None])
def test_a_file_that_is_no_toml_is_refused(tmp_path, content):
    path = tmp_path / "r.toml"
    if content is not None:
        path.write_bytes(content.encode("latin-1"))
    with pytest.raises(RefusedInputError) as caught:
        read_rule_file(path)
    assert caught.value.code == "unreadable_file"


def test_an_unknown_set_is_told_the_known_ones():
    with pytest.raises(NotFoundError, match="cixi-2009"):
        built_in("nowhere")
    with pytest.raises(NotFoundError):
        built_in("../grid")


def test_the_band_of_a_grid_comes_from_the_rule_set():
    assert band_of("urban", "general") == (500, 800)
    assert band_of("rural", "general") is None
    assert band_of("urban", "dedicated") is None
    assert grid_rule("urban", "general", 1240)["verdict"] == "above"
    assert grid_rule("rural", "general", 10)["verdict"] == "no_band"
    community = community_rule("urban")
    assert (community["min"], community["max"]) == (2000, 3000)
    assert community["source"]["zh"]
