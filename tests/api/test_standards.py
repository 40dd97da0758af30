"""Rule sets and the standards board over HTTP and at the command line."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import cli
from api.app import create_app
from api.commands import standards
from api.settings import VARIABLES, Settings
from layers.models import BASES
from layers.rules import built_in, built_in_names
from layers.rules.files import FOLDER
from tests.accounts import bearer
from tests.api.conftest import BASE
from tests.conftest import fresh_copy
from tests.layers.ledgers import ledger

COUNTY, TOWN = "990101", "990101001"


@pytest.fixture(scope="module")
def store(sample_template: Any) -> Any:
    """Return a county of its own: tests add rule sets."""
    with fresh_copy(sample_template, "wangge_test_rules_api") as copy:
        yield copy


@pytest.fixture(scope="module")
def client(store: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    settings = Settings(home=tmp_path_factory.mktemp("rules"), requests_per_second=1e5)
    with TestClient(
        create_app(settings, store), base_url=BASE, raise_server_exceptions=False
    ) as opened:
        yield opened


@pytest.fixture(scope="module")
def analyst(store: Any) -> dict[str, str]:
    return bearer(store, "analyst", [COUNTY])


@pytest.fixture(scope="module")
def administrator(store: Any) -> dict[str, str]:
    return bearer(store, "system_administrator", [COUNTY])


@pytest.fixture
def wangge(store: Any, monkeypatch: pytest.MonkeyPatch, capfd: Any, tmp_path: Any) -> Any:
    """Return the command in this process, over the county; what it printed is text."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WANGGE_HOME", str(tmp_path))
    monkeypatch.setattr(cli, "open_database", lambda *_: nullcontext(store))

    def run(*arguments: object) -> tuple[int, str]:
        capfd.readouterr()
        try:
            status = cli.main([*map(str, arguments)])
        except SystemExit as stopped:
            status = int(stopped.code or 0)
        return status, capfd.readouterr().out

    return run


def content(rate: float = 40, name: str = "cixi-2009") -> dict[str, Any]:
    found: Any = built_in("cixi-2009").document()
    found["set"]["id"] = name
    found["rule"][0]["rate_m2_per_100_households"] = rate
    return dict(found)


# HTTP


def test_the_board_over_http(client, analyst):
    answer = client.get(f"/api/standards?rules=kaili&division={COUNTY}", headers=analyst)
    assert answer.status_code == 200
    board = answer.json()
    assert board["division"] == [COUNTY]
    assert len(board["communities"]) == 14
    cell = board["communities"][0]["verdicts"]["premises"]
    assert cell["text"]["en"] == "needs 800 m², has 420, 380 short"
    assert {"source", "marks", "basis", "counted_to", "numerator", "denominator"} <= cell.keys()
    assert set(board["figures"]) == {"facility", "grid_land", "grid_households", "households"}


def test_the_basis_changes_the_figures(client, analyst):
    path = f"/api/standards?rules=cixi-2009&division={TOWN}"
    households = [
        client.get(f"{path}&basis={basis}", headers=analyst).json()["communities"][0]["households"]
        for basis in BASES
    ]
    assert len(set(households)) > 1


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("rules=nowhere", 404, "unknown_rules"),
        ("rules=kaili&basis=guessed", 422, "bad_parameter"),
        ("rules=kaili&division=110000", 404, "unknown_division"),
        ("rules=kaili&division=x", 422, "bad_parameter"),
        ("rules=kaili&run=00000000", 404, "unknown_run"),
        ("rules=../../etc/passwd.toml", 422, "bad_parameter"),
        ("", 422, "bad_parameter"),
    ],
)
def test_what_cannot_be_answered_is_said_with_a_code(client, analyst, query, status, code):
    answer = client.get(f"/api/standards?{query}", headers=analyst)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_rule_sets_are_listed_with_place_year_and_source(client, analyst):
    listed = client.get("/api/rules", headers=analyst).json()["built_in"]
    assert [item["set"] for item in listed] == built_in_names()
    assert all(item["source"]["zh"] and item["place"]["en"] and item["marks"] for item in listed)
    shown = client.get("/api/rules/kaili", headers=analyst).json()
    assert shown["content"] == json.loads(json.dumps(built_in("kaili").document()))
    missing = client.get("/api/rules/nowhere", headers=analyst)
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_rules")


def test_an_administrator_adds_versions_and_each_stays(client, administrator, analyst):
    for number, rate in enumerate((31, 32), start=1):
        body = {
            "division": TOWN,
            "content": content(rate, "ours"),
            "valid_from": f"202{number}-01-01",
        }
        made = client.post("/api/rules", json=body, headers=administrator)
        assert (made.status_code, made.json()["version"]) == (201, number)
    found = {
        day: client.get(f"/api/rules/ours?division={TOWN}&on={day}", headers=analyst).json()
        for day in ("2021-06-01", "2026-06-01")
    }
    assert [
        item["content"]["rule"][0]["rate_m2_per_100_households"] for item in found.values()
    ] == [31, 32]
    versions = client.get(f"/api/rules?division={TOWN}", headers=analyst).json()["versions"]
    assert [(item["version"], item["holds"]) for item in versions if item["set"] == "ours"] == [
        (1, False),
        (2, True),
    ]
    late = {"division": TOWN, "content": content(33, "ours"), "valid_from": "2020-01-01"}
    answer = client.post("/api/rules", json=late, headers=administrator)
    assert (answer.status_code, answer.json()["code"]) == (409, "earlier_than_last")
    board = client.get(f"/api/standards?rules=ours&division={COUNTY}", headers=analyst).json()
    assert board["sets"][0]["version"] == 2


def test_every_fault_of_a_set_comes_back_with_rule_and_field(client, administrator):
    wrong = content(-1, "wrong")
    wrong["rule"].append(
        {
            "kind": "coverage",
            "id": "c",
            "marks": ["brief"],
            "figure": "facility",
            "target_percent": 101,
        }
    )
    wrong["rule"].append(
        {"kind": "stations", "id": "s", "marks": ["brief"], "categories": ["swimming"]}
    )
    answer = client.post(
        "/api/rules", json={"division": TOWN, "content": wrong}, headers=administrator
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_rules")
    assert [(item["row"], item["field"]) for item in answer.json()["faults"]] == [
        (1, "rate_m2_per_100_households"), (3, "target_percent"), (4, "categories"),
    ]  # fmt: skip
    assert client.get("/api/rules/wrong", headers=administrator).status_code == 404


# The command


def test_standards_print_one_object_with_json_and_a_table_without(wangge):
    status, text = wangge("standards", "--rules", "cixi-2009", "--division", COUNTY, "--json")
    assert status == 0
    board = json.loads(text)
    assert len(board["communities"]) == 14
    status, text = wangge("standards", "--rules", "cixi-2009", "--division", COUNTY, "--lang", "en")
    assert status == 0
    assert "鼓楼社区" in text
    total = board["columns"][0]["total"]
    assert total["text"]["en"] in text


def test_a_ledger_needs_no_store(wangge, monkeypatch, tmp_path):
    def fail(*_: object) -> None:
        raise AssertionError("the store was opened")

    monkeypatch.setattr(cli, "open_database", fail)
    path = ledger(
        tmp_path / "t.xlsx", ("社区", "户数", "常住人口", "用房面积"), [["甲", 2300, 4000, 450]]
    )
    status, text = wangge("standards", "--rules", "kaili", "--ledger", path, "--json")
    assert status == 0
    verdict = json.loads(text)["communities"][0]["verdicts"]["premises"]
    assert (verdict["required"], verdict["actual"], verdict["shortfall"]) == (690, 450, 240)
    assert "缺 240" in wangge("standards", "--rules", "kaili", "--ledger", path)[1]
    status, text = wangge("rules", "check", FOLDER / "kaili.toml")
    assert (status, json.loads(text)["set"]) == (0, "kaili")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("standards", "--rules", "nowhere", "--json"), "unknown_rules"),
        (("standards", "--rules", "kaili", "--division", "110000"), "unknown_division"),
        (("standards", "--rules", "kaili", "--ledger", "missing.csv"), None),
        (
            ("standards", "--rules", "kaili", "--ledger", "x.csv", "--division", COUNTY),
            "bad_option",
        ),
        (("rules", "check", "missing.toml"), "unreadable_file"),
        (("rules", "show", "nowhere"), "unknown_rules"),
        (("rules", "import", "missing.toml", "--division", COUNTY), "unreadable_file"),
    ],
)
def test_refusals_print_an_error_and_exit_with_one(wangge, arguments, code):
    status, text = wangge(*arguments)
    assert status == 1
    error = json.loads(text)["error"]
    assert code in {None, error["code"]}


def test_wrong_usage_exits_with_two(wangge):
    assert wangge("standards")[0] == 2
    assert wangge("standards", "--rules", "kaili", "--basis", "guessed")[0] == 2
    assert wangge("rules", "import", "x.toml", "--division", COUNTY, "--from", "morgen")[0] == 2


def test_rules_of_a_file_are_checked_imported_shown_and_listed(wangge, tmp_path):
    path = tmp_path / "lease.toml"
    path.write_text(
        (FOLDER / "lease.toml").read_text("utf-8").replace("min_years = 5", "min_years = 8"),
        "utf-8",
    )
    status, text = wangge("rules", "import", path, "--division", COUNTY, "--from", "2026-01-01")
    assert status == 0
    assert json.loads(text)["version"] == 1
    shown = json.loads(wangge("rules", "show", "lease", "--division", TOWN)[1])
    assert (shown["division"], shown["content"]["rule"][0]["min_years"]) == (COUNTY, 8)
    before = json.loads(
        wangge("rules", "show", "lease", "--division", TOWN, "--date", "2025-12-31")[1]
    )
    assert before["content"]["rule"][0]["min_years"] == 5
    listed = json.loads(wangge("rules", "list", "--division", COUNTY)[1])["versions"]
    assert [item["set"] for item in listed] == ["lease"]


def test_a_file_with_faults_names_them_by_file_rule_and_field(wangge, tmp_path):
    path = tmp_path / "wrong.toml"
    path.write_text(
        (FOLDER / "lease.toml").read_text("utf-8").replace("min_years = 5", "min_years = -5"),
        "utf-8",
    )
    for command in (("check", path), ("import", path, "--division", COUNTY)):
        status, text = wangge("rules", *command)
        fault = json.loads(text)["error"]["faults"][0]
        assert (status, fault["file"], fault["row"], fault["field"]) == (
            1,
            "wrong.toml",
            1,
            "min_years",
        )


def test_the_command_knows_the_bases():
    assert set(standards.BASES) == set(BASES)
