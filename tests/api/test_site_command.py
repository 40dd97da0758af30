"""wangge site by tables: three objectives on a sketch, and every mistake named where it stands."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import get_args

import pytest

from api import cli
from api.commands.site import KINDS as CANDIDATES
from api.commands.site import OBJECTIVES
from api.schemas.whatif import SitingRequest
from gis.siting import OBJECTIVES as KNOWN
from layers.usecases.siting import KINDS

MATRIX = "demand,A,B,C\nd1,0,5,9\nd2,5,0,4\nd3,9,4,0\nd4,20,12,8\n"
WEIGHTS = "demand,weight\nd1,10\nd2,20\nd3,30\nd4,40\n"


@pytest.fixture
def site(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("WANGGE_HOME", str(tmp_path / "none"))

    def call(*words, matrix=MATRIX, weights=WEIGHTS, encoding="utf-8", **files):
        for name, text in {"matrix": matrix, "weights": weights, **files}.items():
            (tmp_path / f"{name}.csv").write_bytes(text.encode(encoding))
        capsys.readouterr()
        given = [f"--matrix={tmp_path}/matrix.csv", f"--weights={tmp_path}/weights.csv"]
        extra = [word.format(folder=tmp_path) for word in words]
        status = cli.main(["site", *given, *extra, "--json"])
        said = capsys.readouterr()
        return status, json.loads(said.out)

    return call


def test_the_words_of_the_command_are_those_of_the_core():
    assert OBJECTIVES == KNOWN


def test_kinds_of_candidates_are_those_of_the_use_case():
    assert CANDIDATES == KINDS
    assert get_args(get_args(SitingRequest.model_fields["candidates"].annotation)[0]) == KINDS


def test_the_command_asks_for_kinds_an_area_and_ones_own_community(
    sample_store, monkeypatch, capsys, tmp_path
):
    monkeypatch.setenv("WANGGE_HOME", str(tmp_path))
    monkeypatch.setattr(cli, "open_database", lambda *_: nullcontext(sample_store))
    ring = "117.305,28.595;117.325,28.595;117.325,28.612;117.305,28.612"
    words = ["site", "--add", "1", "--most", "9", "--json"]
    more = ["--candidates", "corners", "premises", "--area", ring, "--own-community"]
    assert cli.main([*words, *more]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["parameters"]["own_community"]
    (site,) = said["siting"]["chosen"]
    assert site["kind"] == "corners"
    assert 117.305 <= site["lon"] <= 117.325
    assert 28.595 <= site["lat"] <= 28.612
    assert cli.main([*words, "--area", "117.3,28.6;117.4"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bad_parameter"


def test_maximal_coverage_takes_the_site_that_reaches_most(site):
    status, said = site("--choose", "1", "--objective", "max-coverage", "--limit", "5")
    assert status == 0
    assert (said["chosen"], said["objective"], said["bound"], said["gap"]) == (["B"], 60, 60, 0)
    assert (said["numerator"], said["denominator"], said["share"]) == (60, 100, 0.6)
    assert said["unserved"] == [{"demand": "d4", "households": 40}]
    assert said["reproducible"]
    assert said["seconds"] >= 0


def test_the_fewest_stations_for_a_share(site):
    said = site("--objective", "min-stations", "--limit", "8", "--target", "90%")[1]
    assert (said["chosen"], said["objective"]) == (["C"], 1)


def test_the_p_median_with_one_station_that_exists(site):
    said = site("--choose", "1", "--objective", "p-median", "--existing", "A")[1]
    # A is open: C costs 4x20 + 8x40 = 400, B costs 4x30 + 12x40 = 600.
    assert (said["chosen"], said["objective"]) == (["C"], 400)


def test_capacities_share_households_out(site):
    capacity = "site,capacity\nA,50\nB,30\nC,40\n"
    words = ("--choose", "2", "--objective", "max-coverage", "--limit", "5")
    said = site(*words, "--capacity", "{folder}/capacity.csv", capacity=capacity)[1]
    assert said["objective"] == 60
    assert all(row["served"] <= row["capacity"] for row in said["sites"])


def test_a_table_of_the_office_in_gb18030_is_read(site):
    matrix = MATRIX.replace("d1", "一号楼").replace("A", "东站")
    weights = WEIGHTS.replace("demand,weight", "需求点,户数").replace("d1", "一号楼")
    words = ("--choose", "1", "--objective", "max-coverage", "--limit", "5", "--must", "东站")
    status, said = site(*words, matrix=matrix, weights=weights, encoding="gb18030")
    assert status == 0
    assert said["chosen"] == ["东站"]


@pytest.mark.parametrize(
    ("words", "tables", "field", "reason"),
    [
        (("--choose", "9"), {}, "choose", "9 sites"),
        (("--choose", "0"), {}, "choose", "0 sites"),
        ((), {}, "choose", "needs a number"),
        (("--objective", "min-stations", "--target", "101%"), {}, "target", "101%"),
        (("--choose", "1", "--must", "A", "--forbid", "A"), {}, "must", ""),
        (("--choose", "1", "--must", "Z"), {}, "must", "Z"),
        (("--choose", "1"), {"weights": WEIGHTS.replace("10", "-10")}, "weight", "negative"),
        (("--choose", "1"), {"weights": WEIGHTS.replace("d4,40\n", "")}, "demand", "d4"),
        (("--choose", "1"), {"weights": WEIGHTS + "d9,3\n"}, "demand", "d9"),
        (("--choose", "1"), {"matrix": MATRIX.replace("d2,5", "d1,5")}, "demand", "twice"),
        (("--choose", "1"), {"matrix": MATRIX.replace(",12,", ",x,")}, "B", "no number"),
        (("--choose", "1"), {"matrix": MATRIX.replace(",12,", ",,")}, "B", "empty"),
        (
            ("--choose", "1", "--capacity", "{folder}/capacity.csv"),
            {"capacity": "site,capacity\nA,-1\nB,3\nC,3\n"}, "capacity", "negative",
        ),
    ],
)  # fmt: skip
def test_mistakes_are_named_where_they_stand(site, words, tables, field, reason):
    status, said = site(*words, "--limit", "5", **tables)
    assert status == 1
    faults = said["error"]["faults"]
    assert any(fault["field"] == field and reason in fault["reason"] for fault in faults), faults


def test_what_cannot_be_is_infeasible_with_what_would_help(site):
    status, said = site("--objective", "min-stations", "--limit", "3", "--target", "95%")
    assert (status, said["error"]["code"]) == (1, "infeasible")
    assert "60" in said["error"]["message"]


def test_a_matrix_without_weights_is_said(tmp_path, capsys):
    (tmp_path / "m.csv").write_text(MATRIX, encoding="utf-8")
    assert cli.main(["site", "--matrix", str(tmp_path / "m.csv"), "--choose", "1", "--json"]) == 1
    assert "--weights" in json.loads(capsys.readouterr().out)["error"]["message"]
