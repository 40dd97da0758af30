"""The standards board of the store: the same figures as coverage and grids, whoever asks."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from gis.errors import NotFoundError, RefusedInputError
from layers.inputs import InputCache
from layers.question import Question
from layers.rights import RightsError
from layers.rules import built_in
from layers.usecases.coverage import run_coverage
from layers.usecases.imports import import_file
from layers.usecases.rule_sets import add_rule_set
from layers.usecases.standards import standards_board
from tests.accounts import actor
from tests.conftest import fresh_copy

COUNTY, TOWN, VILLAGES = "990101", "990101001", "990101102"


@pytest.fixture(scope="module")
def store(sample_template):
    """Return a county of its own: tests add stations, runs and rule sets."""
    with fresh_copy(sample_template, "wangge_test_standards") as copy:
        with copy.engine("owner").begin() as owner:  # other tests' runs are none of these tests'
            owner.execute(text("DELETE FROM coverage_run"))
        yield copy


@pytest.fixture(scope="module")
def runs(store, tmp_path_factory):
    """Return the ids of coverage runs of the whole county: 15 and 10 minutes."""
    cache = InputCache(tmp_path_factory.mktemp("standards"))
    return [run_coverage(store, cache, Question(minutes=minutes))["run"] for minutes in (15, 10)]


def rows(board):
    return {row["code"]: row for row in board["communities"]}


def column(board, name):
    return next(item for item in board["columns"] if item["column"] == name)


def test_households_are_those_of_the_counts_and_carry_their_days(store):
    board = standards_board(store, "cixi-2009")
    with store.session() as session:
        counted = dict(
            session.execute(
                text(
                    "SELECT v.code, sum(c.resident)::int FROM household_count c "
                    "JOIN division_version v ON v.division_id = c.division_id GROUP BY 1"
                )
            ).all()
        )
    assert {code: row["households"] for code, row in rows(board).items()} == counted
    assert all(row["counted_to"] for row in board["communities"])
    assert board["source"] == "store"


def test_a_townships_figures_are_those_it_has_in_the_county(store):
    whole = rows(standards_board(store, "kaili", COUNTY))
    part = standards_board(store, "kaili", VILLAGES)
    assert [row["code"][:9] for row in part["communities"]] == [VILLAGES] * 6
    assert all(whole[code] == row for code, row in rows(part).items())
    own = store.acting(actor(store, "analyst", [VILLAGES]))
    seen = standards_board(own, "kaili")
    for board in (
        seen,
        part,
    ):  # reach is read from runs, and those of the whole store are not theirs
        board["figures"].pop("households")
    assert seen == {**part, "division": [VILLAGES]}
    with pytest.raises(RightsError):
        standards_board(own, "kaili", TOWN)


def test_groups_are_the_townships_and_add_up(store):
    board = standards_board(store, "cixi-2009", COUNTY)
    assert [group["code"] for group in board["groups"]] == [TOWN, VILLAGES]
    total = column(board, "premises")["total"]
    parts = [group["totals"]["premises"] for group in board["groups"]]
    assert sum(part["numerator"] for part in parts) == pytest.approx(total["numerator"])
    assert sum(part["short"] for part in parts) == total["short"]


def test_without_a_run_households_in_reach_are_said_to_be_absent(store):
    own = store.acting(actor(store, "analyst", [VILLAGES]))
    figure = standards_board(own, "general")["figures"]["households"]
    assert (figure["percent"], figure["run"]) == (None, None)
    assert figure["absent"]["zh"] == "没有覆盖计算结果"


def test_households_in_reach_are_the_runs(store, runs):
    board = standards_board(store, "general", COUNTY, run=runs[0])
    with store.session() as session:
        found = session.execute(
            text("SELECT result->'communities' FROM coverage_run WHERE id = :run"), {"run": runs[0]}
        ).scalar_one()
    reached = sum(
        row["within_radius" if row["kind"] == "rural" else "within_walk"] for row in found
    )
    figure = board["figures"]["households"]
    assert (figure["run"], figure["numerator"]) == (runs[0], reached)
    assert figure["denominator"] == sum(row["households"] for row in found)
    assert figure["parameters"]["minutes"] == 15
    assert column(board, "reach:service_station")["total"]["numerator"] == reached


def test_each_rule_of_reach_takes_the_run_that_asked_what_it_asks(store, runs):
    board = standards_board(store, "gb-50180-2018", COUNTY)
    verdicts = rows(board)["990101001004"]["verdicts"]
    fifteen, ten = (verdicts[f"reach:service_station:{level}"] for level in (15, 10))
    assert [fifteen["details"]["run"], ten["details"]["run"]] == runs
    assert ten["numerator"] < fifteen["numerator"]
    assert fifteen["reason"] == "no_target"


def test_a_run_that_is_not_there_or_about_something_else_is_refused(store, runs, tmp_path):
    with pytest.raises(NotFoundError):
        standards_board(store, "general", COUNTY, run="0" * 20)
    part = run_coverage(store, InputCache(tmp_path), Question(division=VILLAGES))["run"]
    with pytest.raises(NotFoundError):
        standards_board(store, "general", COUNTY, run=part)
    assert (
        standards_board(store, "general", VILLAGES, run=part)["figures"]["households"]["run"]
        == part
    )


def test_grids_are_judged_as_coverage_judges_them(store, runs):
    """But for whole estates: the board lets them pass and names them."""
    board = standards_board(store, "shaanxi-city-grid-band", COUNTY)
    with store.session() as session:
        grids = session.execute(
            text("SELECT result->'grids' FROM coverage_run WHERE id = :run"), {"run": runs[0]}
        ).scalar_one()
    outside = {
        grid["code"]
        for grid in grids
        if grid["rule"] and grid["rule"]["verdict"] in {"above", "below"}
    }
    named = {
        item["grid"]: item["verdict"]
        for row in board["communities"]
        for item in row["verdicts"]["grid_band"]["details"].get("grids", [])
    }
    assert set(named) == outside
    total = column(board, "grid_band")["total"]
    wrong = sum(verdict != "whole_estate" for verdict in named.values())
    assert (total["shortfall"], total["denominator"] - total["numerator"]) == (wrong, wrong)
    rural = rows(board)["990101102202"]["verdicts"]["grid_band"]
    assert (rural["state"], rural["reason"]) == ("not_applicable", "no_band")


def test_a_grid_without_anybody_is_named(store):
    with store.session() as session:
        code, grid = session.execute(
            text(
                "SELECT v.code, v.grid_id FROM grid_version v WHERE v.code LIKE '990101001001%' LIMIT 1"
            )
        ).one()
        kept = session.execute(
            text("DELETE FROM posting WHERE grid_id = :grid RETURNING *"), {"grid": grid}
        ).all()
    verdict = rows(standards_board(store, "general", COUNTY))["990101001001"]["verdicts"][
        "grid_workers"
    ]
    assert (verdict["state"], verdict["shortfall"]) == ("short", 1)
    assert verdict["details"]["grids_without"] == [code]
    with store.session() as session:
        for row in kept:
            session.execute(
                text(
                    "INSERT INTO posting (worker_id, grid_id, post, valid_from) VALUES (:w, :g, :p, :f)"
                ),
                {"w": row.worker_id, "g": row.grid_id, "p": row.post, "f": row.valid_from},
            )


def test_premises_shared_over_a_townships_border_are_apportioned_alike_for_both(store, tmp_path):
    """One station serves a community of each township: each gets its share, whoever asks."""
    ledger = tmp_path / "stations.csv"
    ledger.write_text(
        "code,name,category,premises_area_m2,serves,rooms,lease_years,lon,lat\n"
        "SHARED,共用站,社区服务站,1000,文昌社区、990101102204,警务室、会议室2间、服务站,6,117.3128,28.6056\n",
        encoding="utf-8",
    )
    with store.session() as session:
        import_file(session, "stations", ledger)
    whole = rows(standards_board(store, "cixi-2009", COUNTY))
    town, village = whole["990101001004"], whole["990101102204"]
    assert town["premises_area_m2"] + village["premises_area_m2"] == 1000
    share = 1000 * town["households"] / (town["households"] + village["households"])
    assert town["premises_area_m2"] == pytest.approx(share, abs=0.01)
    assert town["premises_shared_with"] == ["990101102204"]
    own = store.acting(actor(store, "analyst", [VILLAGES]))
    assert rows(standards_board(own, "cixi-2009"))["990101102204"] == village
    # It lies in another community, whose rooms it is.
    rooms = rows(standards_board(store, "rooms-8-1-1-2", COUNTY))["990101001001"]["verdicts"][
        "rooms"
    ]
    assert rooms["actual"] == 4
    lease = rows(standards_board(store, "lease", COUNTY))["990101001001"]["verdicts"]["lease"]
    assert (lease["state"], lease["actual"]) == ("compliant", 6)


@pytest.mark.parametrize(
    ("column_name", "cell", "word"),
    [
        ("serves", "不存在社区", "no community"),
        ("rooms", "123", "names no room"),
        ("lease_years", "-1", "negative"),
    ],
)
def test_stations_with_unusable_cells_are_refused_by_row(store, tmp_path, column_name, cell, word):
    ledger = tmp_path / "stations.csv"
    ledger.write_text(
        f"code,name,{column_name},lon,lat\nX1,甲,{cell},117.3128,28.6056\n", encoding="utf-8"
    )
    with pytest.raises(RefusedInputError) as caught, store.session() as session:
        import_file(session, "stations", ledger)
    assert [fault.row for fault in caught.value.faults] == [2]
    assert word in caught.value.faults[0].reason


def test_each_community_is_judged_by_the_version_that_holds_for_it(store):
    content = built_in("cixi-2009").document()
    content["rule"][0]["rate_m2_per_100_households"] = 10
    with store.session() as session:
        add_rule_set(session, VILLAGES, content)
    board = standards_board(store, "cixi-2009", COUNTY)
    assert [item["origin"] for item in board["sets"]] == ["built_in", "division"]
    for code, row in rows(board).items():
        verdict = row["verdicts"]["premises"]
        rate, version = (10, 1) if code.startswith(VILLAGES) else (40, None)
        assert verdict["version"] == version
        assert verdict["required"] == pytest.approx(row["households"] * rate / 100)


def test_a_set_that_holds_in_one_township_judges_nobody_else(store):
    content = built_in("lease").document()
    content["set"]["id"] = "township-only"
    with store.session() as session:
        add_rule_set(session, VILLAGES, content)
    for code, row in rows(standards_board(store, "township-only", COUNTY)).items():
        state, reason = row["verdicts"]["lease"]["state"], row["verdicts"]["lease"]["reason"]
        expected = (
            ("unknown", "no_lease")
            if code.startswith(VILLAGES)
            else ("not_applicable", "no_rules_here")
        )
        assert (state, reason) == expected


def test_unknown_things_are_refused(store):
    with pytest.raises(RefusedInputError):
        standards_board(store, "kaili", basis="guessed")
    with pytest.raises(NotFoundError):
        standards_board(store, "nowhere")
    with pytest.raises(NotFoundError):
        standards_board(store, "kaili", "110000")


def test_an_empty_store_has_an_empty_board(empty_store):
    board = standards_board(empty_store, "kaili")
    assert board["communities"] == []
    assert all(figure["percent"] is None for figure in board["figures"].values())
