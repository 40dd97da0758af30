"""What if over HTTP and at the command line."""

from __future__ import annotations

import json
from contextlib import nullcontext

import pytest

from api import cli
from tests.api.conftest import finished


def test_a_closed_station_is_answered_with_who_loses_a_place(client):
    body = {"changes": [{"op": "close", "station": "S001"}], "question": {"division": "990101001"}}
    answer = client.post("/api/whatif", json=body).json()
    assert answer["no_longer_served"] > 0
    assert answer["after"]["served"] < answer["before"]["served"]
    assert len(answer["buildings"]) == min(answer["buildings_changed"], 5000) > 0
    lost = sum(row["served_before"] - row["served_after"] for row in answer["buildings"])
    assert lost == answer["no_longer_served"] - answer["newly_served"]


def test_faults_of_all_changes_come_together(client):
    body = {"changes": [{"op": "put", "lon": 117.3}, {"op": "path", "line": [[117, 28]]}]}
    answer = client.post("/api/whatif", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_changes"
    assert [fault["row"] for fault in answer.json()["faults"]] == [1, 2]


def test_a_scenario_is_kept_read_and_dropped(client):
    body = {
        "name": "新建一处",
        "changes": [{"op": "put", "lon": 117.31, "lat": 28.6, "capacity": 500}],
    }
    made = client.post("/api/scenarios", json=body)
    assert made.status_code == 201
    number = made.json()["scenario"]
    assert client.get(f"/api/scenarios/{number}").json() == made.json()
    assert number in [row["scenario"] for row in client.get("/api/scenarios").json()["scenarios"]]
    path = f"/api/scenarios/{number}/decision"
    assert client.post(path, json={"state": "dropped"}).json()["state"] == "dropped"
    assert client.post(path, json={"state": "adopted"}).status_code == 409
    assert client.get("/api/scenarios/999999").status_code == 404


def test_sites_are_chosen_by_a_job_that_keeps_a_scenario(client):
    asked = {"name": "再建一处", "add": 1, "most": 10, "question": {"division": "990101001"}}
    job = finished(client, client.post("/api/siting", json=asked))
    assert job["state"] == "done", job
    found = client.get(f"/api/scenarios/{job['run']}").json()
    assert found["result"]["siting"]["chosen"][0]["code"].startswith("corner:")
    refused = finished(client, client.post("/api/siting", json={**asked, "add": 11}))
    assert (refused["state"], refused["error"]["code"]) == ("failed", "infeasible")


@pytest.fixture
def wangge(sample_store, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WANGGE_HOME", str(tmp_path))
    monkeypatch.setattr(cli, "open_database", lambda *_: nullcontext(sample_store))

    def call(*words: str) -> tuple[int, dict]:
        capsys.readouterr()
        status = cli.main([*words, "--json"])
        return status, json.loads(capsys.readouterr().out)

    return call


def test_the_command_takes_changes_as_words_and_as_a_file(wangge, tmp_path):
    words = ("--close", "S001", "--put", "117.3140,28.6050,900", "--capacity", "S006,100")
    status, said = wangge("whatif", *words)
    assert status == 0
    changes = [
        {"op": "put", "lon": 117.314, "lat": 28.605, "capacity": 900},
        {"op": "close", "station": "S001"},
        {"op": "capacity", "station": "S006", "capacity": 100},
    ]
    assert said["parameters"]["changes"] == changes
    file = tmp_path / "changes.json"
    file.write_text(json.dumps(changes), encoding="utf-8")
    again = wangge("whatif", "--changes", str(file))[1]
    assert {**again, "seconds": 0} == {**said, "seconds": 0}


def test_the_site_command_answers_from_the_store(wangge):
    status, said = wangge("site", "--add", "1", "--most", "12", "--objective", "max-coverage")
    assert status == 0
    assert len(said["siting"]["chosen"]) == 1
    assert said["newly_served"] > 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--put", "117.3"), "bad_parameter"),
        (("--put", "117.3,28.6,-4"), "bad_changes"),
        (("--close", "S999"), "unknown_station"),
        (("--changes", "/nowhere/changes.json"), "no_such_file"),
        (("--path", "117.3,28.6;117.3,28.6"), "way_too_short"),
        (("--gate", "100,30"), "gate_joins_nothing"),
        (("--to-minutes", "0"), "bad_parameter"),
    ],
)
def test_mistakes_at_the_command_line_are_said(wangge, words, code):
    status, said = wangge("whatif", *words)
    assert (status, said["error"]["code"]) == (1, code)
