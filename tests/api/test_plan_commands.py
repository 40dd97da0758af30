"""Division at the command line: cells, divide, check, step, publish, take back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api import cli
from api.commands import division
from api.settings import VARIABLES
from layers.usecases.plans import steps
from tests.layers.plans import in_days

COMMUNITY = "990101001006"


@pytest.fixture
def wangge(planned_store: Any, monkeypatch: pytest.MonkeyPatch, capfd: Any, tmp_path: Any) -> Any:
    """Return the command in this process, over the planned county."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WANGGE_HOME", str(tmp_path))

    class Opened:
        def __enter__(self) -> Any:
            return planned_store

        def __exit__(self, *_: object) -> None:
            return None

    monkeypatch.setattr(cli, "open_database", lambda *_: Opened())

    def run(*arguments: object) -> tuple[int, Any]:
        capfd.readouterr()
        try:
            status = cli.main([*map(str, arguments), "--json"])
        except SystemExit as stopped:
            status = int(stopped.code or 0)
        shown = capfd.readouterr().out
        return status, json.loads(shown) if shown else None

    return run


def test_divide_prints_the_plan_it_made_and_check_its_findings(wangge):
    status, made = wangge("divide", COMMUNITY, "--min", 500, "--max", 800, "--basis", "resident")
    assert status == 0
    assert made["outcome"] == "ok"
    assert made["out_of_band"] == 0
    assert {"no", "households", "area_m2", "polsby_popper", "parts"} <= made["grids"][0].keys()
    assert all(500 <= grid["households"] <= 800 and grid["parts"] == 1 for grid in made["grids"])
    assert 0 <= made["border_on_barrier_share"] <= 1
    status, found = wangge("plan", "check", made["plan"])
    assert status == 0
    assert found["errors"] == 0
    assert {"rule", "level", "grid", "reason", "households", "lon", "lat"} <= found["findings"][
        0
    ].keys()


def test_equal_seeds_divide_equally(wangge):
    first = wangge("divide", COMMUNITY, "--seed", 4)[1]
    second = wangge("divide", COMMUNITY, "--seed", 4)[1]
    assert [g["households"] for g in first["grids"]] == [g["households"] for g in second["grids"]]


def test_a_band_that_cannot_be_met_says_why_and_exits_well(wangge):
    status, made = wangge("divide", COMMUNITY, "--min", 100_000, "--max", 200_000)
    assert status == 0
    assert made["outcome"] == "proved_impossible"
    assert made["reasons"]


def test_errors_of_a_check_exit_with_one(wangge, planned_store):
    from tests.layers.plans import empty

    status, found = wangge("plan", "check", empty(planned_store, COMMUNITY))
    assert status == 1
    assert found["errors"] >= 1
    assert {item["rule"] for item in found["findings"] if item["level"] == "error"} == {"R4"}


def test_the_way_of_a_plan_at_the_command_line(wangge, planned_store):
    from tests.layers.plans import give_leads

    plan = wangge("divide", COMMUNITY)[1]["plan"]
    give_leads(planned_store, plan)
    assert wangge("plan", "step", plan, "review")[1]["state"] == "review"
    assert wangge("plan", "publish", plan, "--effective", in_days(planned_store, 30))[0] == 1
    approved = wangge("plan", "review", plan, "approved", "--number", "青民〔2026〕9号")[1]
    assert approved["state"] == "approved"
    status, done = wangge("plan", "publish", plan, "--effective", in_days(planned_store, 30))
    assert status == 0
    assert all(code.startswith(COMMUNITY) and len(code) == 15 for code in done["codes"].values())
    assert wangge("plan", "take-back", plan)[1]["state"] == "approved"
    assert wangge("plan", "list", "--division", COMMUNITY)[1]["plans"][0]["plan"] == plan


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("divide", "990101999999"), "unknown_division"),
        (("divide",), "bad_option"),
        (("divide", "990101"), "bad_level"),
        (("divide", COMMUNITY, "--min", 9, "--max", 3), "bad_band"),
        (("plan", "check", 999_999), "unknown_plan"),
        (("plan", "publish", 999_999, "--effective", "2030-01-01"), "unknown_plan"),
        (("cells", "make", "110000"), "unknown_division"),
    ],
)
def test_what_cannot_be_done_is_said_with_a_code(wangge, arguments, code):
    status, answer = wangge(*arguments)
    assert (status, answer["error"]["code"]) == (1, code)


def test_the_command_knows_the_steps_of_the_use_case():
    assert (division.PLANNED_STEPS, division.REVIEW_STEPS) == (
        steps.PLANNED_STEPS,
        steps.REVIEW_STEPS,
    )


def test_a_day_that_is_none_is_wrong_usage(wangge):
    assert wangge("plan", "publish", 1, "--effective", "morgen")[0] == 2


def test_cells_are_not_made_again_without_a_change(wangge):
    assert wangge("cells", "make", COMMUNITY)[1]["added"] is False
