"""Postings over HTTP and at the command line."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from contextlib import nullcontext
from datetime import timedelta

import openpyxl
import pytest
from fastapi.testclient import TestClient

from api import cli
from api.app import create_app
from api.settings import Settings
from tests.accounts import bearer
from tests.api.conftest import BASE
from tests.conftest import fresh_copy
from tests.layers.plans import in_days

GRID = "990101001001001"


@pytest.fixture(scope="module")
def store(sample_template):
    with fresh_copy(sample_template, "wangge_test_postings_api") as copy:
        yield copy


@pytest.fixture(scope="module")
def desk(store, tmp_path_factory):
    """Return a planner of the township."""
    app = create_app(Settings(home=tmp_path_factory.mktemp("served")), store)
    headers = bearer(store, "planner", ["990101001"])
    with TestClient(app, base_url=BASE, headers=headers) as opened:
        yield opened


def holder(desk, grid: str = GRID, on: str | None = None) -> dict:
    found = desk.get("/api/postings", params={"grid": grid, **({"on": on} if on else {})})
    assert found.status_code == 200, found.text
    return found.json()["holders"][0]


def test_a_change_shows_at_once_where_a_position_is_located_and_on_the_public_page(desk, store):
    day = in_days(store, 0)
    held = holder(desk)
    body = {
        "name": "代班甲", "work_phone": "000-7", "valid_from": day.isoformat(),
        "valid_to": (day + timedelta(days=2)).isoformat(),
    }  # fmt: skip
    made = desk.post(f"/api/postings/{held['posting']}/substitutes", json=body)
    assert made.status_code == 201, made.text
    area = desk.get("/api/postings/area").json()
    grid = next(item for item in area["grids"] if item["code"] == GRID)
    assert grid["state"] == "substitute"
    lon, lat = (sum(grid["box"][i::2]) / 2 for i in (0, 1))
    located = desk.get("/api/locate", params={"lon": lon, "lat": lat}).json()["grid"]
    assert located["code"] == GRID
    first = located["workers"][0]
    assert (first["name"], first["substitute_for"]) == ("代班甲", held["name"])
    assert first["until"] == body["valid_to"]
    public = desk.get("/api/public/communities/990101001001", headers={"Authorization": ""}).json()
    shown = next(item for item in public["grids"] if item["code"] == GRID)["workers"][0]
    assert (shown["name"], shown["phone"]) == ("代班甲", "000-7")
    assert holder(desk, on=body["valid_to"])["substitute"] is None
    again = desk.post(f"/api/postings/{held['posting']}/substitutes", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "overlaps")
    gone = desk.post(f"/api/postings/{made.json()['posting']}/end", json={})
    assert gone.json()["removed"]
    assert holder(desk)["substitute"] is None


def test_refused_grids_come_back_one_by_one(desk):
    body = {"name": "乙", "grids": [GRID, "990101001001999"], "post": "网格员"}
    answer = desk.post("/api/postings", json=body)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["faults"]] == ["990101001001999"]
    assert "乙" not in desk.get("/api/workers").text


def test_a_ledger_is_looked_at_then_stored(desk):
    rows = "姓名,工作电话,岗位,网格编码\n丙,000-8,楼栋长,{grid}\n"

    def send(grid: str, **more):
        content = b64encode(rows.format(grid=grid).encode()).decode()
        return desk.post(
            "/api/postings/ledger", json={"file": "台账.csv", "content": content, **more}
        )

    refused = send("990101001001999")
    assert refused.status_code == 422
    assert [(fault["row"], fault["field"]) for fault in refused.json()["faults"]] == [
        (2, "网格编码")
    ]
    assert send(GRID).json()["added"] == 1
    assert "丙" not in desk.get("/api/workers").text
    assert send(GRID, dry_run=False).json()["added"] == 1
    found = desk.get("/api/workers", params={"q": "000-8"}).json()["workers"]
    assert [(item["name"], item["grids"]) for item in found] == [("丙", [GRID])]
    bad = desk.post("/api/postings/ledger", json={"file": "a.csv", "content": "%%%"})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_ledger")


def test_everything_wrong_with_a_ledger_is_marked_at_once(
    desk, store, tmp_path, monkeypatch, capsys
):
    path, marked = tmp_path / "台账.csv", tmp_path / "退回.xlsx"
    path.write_text(
        "姓名,工作电话,岗位,网格编码,开始日期,结束日期\n"
        "丁,1,楼栋长,990101001001999,2026-05-03,2026-05-01\n"
        f",2,楼栋长,{GRID},不知道,\n"
        f"戊,3,楼栋长,{GRID},2026-05-03,2026-05-03\n"
    )
    wrong = ["D2", "F2", "A3", "E3", "F4"]
    monkeypatch.setattr(cli, "open_database", lambda *_: nullcontext(store))
    assert cli.main(["import", "workers", str(path), "--marked", str(marked), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["error"]["faults"]
    assert cells(marked.read_bytes()) == wrong
    given = {"file": path.name, "content": b64encode(path.read_bytes()).decode()}
    refused = desk.post("/api/postings/ledger", json=given).json()["faults"]
    assert [(f["row"], f["field"], f["reason"]) for f in refused] == [
        (f["row"], f["field"], f["reason"]) for f in told
    ]
    marks = [{"row": f["row"], "field": f["field"], "reason": f["reason"]} for f in refused]
    answer = desk.post(
        "/api/postings/ledger/marked", json={**given, "title": "原因", "marks": marks}
    )
    assert cells(answer.content) == wrong


def cells(content: bytes) -> list[str]:
    """Return the marked cells of a workbook, row by row."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment]


def test_the_catalogue_says_who_answers(desk):
    posts = {item["code"]: item for item in desk.get("/api/posts").json()["posts"]}
    assert posts["grid_leader"]["responsible"]
    assert not posts["building_leader"]["responsible"]
    assert [item["ordinal"] for item in posts.values()] == sorted(
        item["ordinal"] for item in posts.values()
    )


def run(store, monkeypatch, capsys, *words: str) -> tuple[int, dict]:
    monkeypatch.setattr(cli, "open_database", lambda *_: nullcontext(store))
    status = cli.main(["posting", *words, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_the_command_gives_hands_over_and_tells_who_it_was(store, monkeypatch, capsys):
    tell = lambda *words: run(store, monkeypatch, capsys, *words)  # noqa: E731
    grid = "990101001002001"
    status, found = tell("who", grid, "--on", "2026-05-03")
    assert status == 0
    held = found["holders"][0]
    assert found["on"] == "2026-05-03"
    tomorrow = in_days(store, 1).isoformat()
    status, made = tell("hand-over", str(held["posting"]), "--name", "接班", "--on", tomorrow)
    assert (status, made["ended"]) == (0, held["posting"])
    assert tell("who", grid)[1]["answers"][0]["name"] == held["name"]
    assert tell("who", grid, "--on", tomorrow)[1]["answers"][0]["name"] == "接班"
    status, refused = tell(
        "hand-over", str(held["posting"]), "--name", "又一", "--on", "2000-01-01"
    )
    assert (status, refused["error"]["code"]) == (1, "bad_days")
    status, made = tell("assign", grid, "--name", "新人", "--post", "grid_worker")
    assert (status, made["postings"][0]["post"]) == (0, "网格员")
    number = str(made["postings"][0]["posting"])
    assert tell("end", number)[1]["removed"]
    assert tell("end", number)[1]["error"]["code"] == "unknown_posting"
    status, found = tell("list", "--division", "990101001", "--on", "2026-05-03")
    assert (status, found["figures"]["grids"]) == (0, len(found["grids"]))
    assert {item["name"] for item in tell("posts")[1]["posts"]} >= {"网格长", "楼栋长"}


def test_a_day_that_is_none_is_wrong_usage(store, monkeypatch, capsys):
    with pytest.raises(SystemExit) as left:
        run(store, monkeypatch, capsys, "who", GRID, "--on", "3 May")
    assert left.value.code == 2
