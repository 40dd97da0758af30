"""Why over HTTP: the answer as typed, and refusals with their codes."""

from __future__ import annotations

import json

import pytest

from api import cli

HOME = "990101001003B0030"


def test_the_answer_is_complete_and_typed(client, run_id):
    answer = client.get(f"/api/coverage/runs/{run_id}/why/{HOME}")
    assert answer.status_code == 200
    found = answer.json()
    assert found["building"]["code"] == HOME
    assert found["reasons"][0]["code"] == "none_in_reach"
    whole = sum(round(leg["walk_m"] * 1000) for leg in found["legs"])
    assert whole == round(found["walk_m"] * 1000)
    assert {line["properties"]["kind"] for line in found["route"]["features"]} == {
        "access", "street", "station", "straight",
    }  # fmt: skip
    card = client.get(f"/api/buildings/{HOME}?run={run_id}").json()["coverage"]
    assert round(found["walk_m"], 1) == card["walk_m"]
    assert found["station"]["code"] == card["station"]


@pytest.mark.parametrize(
    ("run", "building", "status", "code"),
    [
        (None, "NOPE", 404, "unknown_building"),
        ("0" * 20, HOME, 404, "unknown_run"),
        ("xyz", HOME, 422, "bad_parameter"),
        (None, "%00", 422, "bad_value"),
    ],
)
def test_refusals_have_their_codes(client, run_id, run, building, status, code):
    answer = client.get(f"/api/coverage/runs/{run or run_id}/why/{building}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_command_takes_a_run_or_a_question_and_not_both(
    client, sample_store, run_id, monkeypatch, capsys, tmp_path
):
    from contextlib import nullcontext

    monkeypatch.setenv("WANGGE_HOME", str(tmp_path))
    monkeypatch.setattr(cli, "open_database", lambda *_: nullcontext(sample_store))
    for words in (["--run", run_id], ["--minutes", "15"]):
        assert cli.main(["why", HOME, *words, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["run"] == run_id
    assert cli.main(["why", HOME, "--run", run_id, "--minutes", "9"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bad_option"
