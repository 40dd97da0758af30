"""The `wangge` command as scripts use it: one JSON object, exit status, nothing else on stdout."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import openpyxl
import pytest

from api import cli
from api.commands import accounts, coverage, data
from api.schemas.accounts import Role
from api.settings import VARIABLES, read_settings
from gis.errors import RefusedInputError
from layers.db import open_database
from layers.embedded import Cluster
from layers.io.osm import PARTS
from layers.models import ROLES
from layers.question import Question
from layers.registry import LAYERS
from layers.usecases.imports import IMPORTERS
from tests.conftest import REPOSITORY
from tests.folder import roomy

WANGGE = Path(sys.executable).with_name("wangge")


@pytest.fixture(scope="module")
def own_home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="wg-cli-", dir=roomy()))
    with open_database(folder):  # kept running, so that twenty commands need not start it
        yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def wangge(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Any:
    """Return a function that runs the command in this process: status, JSON of stdout, stderr."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WANGGE_HOME", str(own_home))
    monkeypatch.chdir(own_home)

    def run(*arguments: object) -> tuple[int, Any, str]:
        capfd.readouterr()
        try:
            status = cli.main([*map(str, arguments)])
        except SystemExit as stopped:
            status = int(stopped.code or 0)
        shown = capfd.readouterr()
        return status, json.loads(shown.out) if shown.out.strip() else None, shown.err

    return run


def test_the_whole_way_from_an_empty_store_to_files(own_home, wangge):
    """Import, compute, export, draw, report; the private cluster starts and stops each time."""
    code, answer, _ = wangge("coverage", "run", "--json")
    assert (code, answer["error"]["code"]) == (1, "no_buildings")
    code, answer, said = wangge("sample")
    assert (code, answer["loaded"]) == (0, True), said
    assert "100 % sample county loaded" in said
    code, run, _ = wangge("coverage", "run", "--minutes", 15, "--category", "service_station")
    assert code == 0
    assert run["totals"]["households"] > 20_000
    code, again, _ = wangge("coverage", "run", "--minutes", "15.0")
    assert (code, again["run"], again["created_at"]) == (0, run["run"], run["created_at"])
    for arguments, name in (
        (("coverage", "buildings", "--run", run["run"]), "b.csv"),
        (("coverage", "area", "--run", run["run"]), "a.geojson"),
        (("export", "streets"), "s.geojson"),
        (("export", "streets"), "s.gpkg"),
        (("export", "stations"), "t.csv"),
    ):
        code, answer, said = wangge(*arguments, "--out", own_home / name, "--json")
        assert code == 0, said
        assert (own_home / name).stat().st_size > 500
    streets = json.loads((own_home / "s.geojson").read_text(encoding="utf-8"))["features"]
    assert len(streets) == run["inputs"]["network"]["edges"]
    assert {"length_mm", "class", "direction"} <= set(streets[0]["properties"])
    code, layers, _ = wangge("layers")
    assert [item["name"] for item in layers["layers"]] == [layer.name for layer in LAYERS]


def test_a_report_leaves_in_every_form_and_a_bad_template_is_refused(own_home, wangge):
    """Runs after the sample is loaded."""
    _, run, _ = wangge("coverage", "run", "--division", "990101001001")
    for name in ("r.docx", "r.xlsx", "r.HTML"):
        out = own_home / name
        code, answer, said = wangge(
            "report", "--run", run["run"], "--out", out, "--rules", "general", "--lang", "en"
        )
        assert code == 0, said
        assert out.stat().st_size == answer["bytes"]
    for arguments, error in (
        (("--out", own_home / "r.pdf"), "unknown_format"),
        (("--out", own_home / "t.xlsx", "--template", own_home / "r.docx"), "bad_template"),
        (("--out", own_home / "t.xlsx", "--template", own_home / "r.xlsx"), "bad_template"),
        (("--out", own_home / "t.docx", "--template", own_home / "r.xlsx"), "unknown_format"),
    ):
        code, answer, _ = wangge("report", "--run", run["run"], *arguments)
        assert (code, answer["error"]["code"]) == (1, error)
    assert not (own_home / "t.xlsx").exists()


def test_a_region_is_computed_on_processes_of_its_own(own_home, wangge):
    """Runs after the sample is loaded: the county's run is the one anybody would get."""
    code, answer, said = wangge("coverage", "run", "--region", "all", "--workers", 1, "--json")
    assert code == 0, said
    assert "1 of 1 counties" in said or "100 % done" in said
    (county,) = answer["counties"]
    assert (county["code"], county["state"]) == ("990101", "done")
    code, alone, _ = wangge("coverage", "run", "--division", "990101")
    assert (alone["run"], alone["totals"]) == (county["run"], answer["totals"])


def test_a_cluster_for_trying_prints_its_address_and_ends_when_interrupted(tmp_path):
    pytest.importorskip("distributed", reason="Dask is not installed (group cluster)")
    with subprocess.Popen(
        # As a shell starts what runs in its background: with interrupts ignored.
        ["/bin/sh", "-c", "trap '' INT; exec \"$0\" -m api.cli cluster local -n 1", sys.executable],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            made = json.loads(process.stdout.readline())
            assert made["scheduler"].startswith("tcp://127.0.0.1:")
            assert made["workers"] == 1
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0
            assert process.stdout.read() == ""
        finally:
            process.kill()


def test_refusals_leave_with_status_1_and_faults(own_home, wangge):
    ledger = own_home / "bad.csv"
    ledger.write_text("code,name,lon,lat\nS1,甲,abc,30\nS2,乙,117,95\n", encoding="utf-8")
    code, answer, said = wangge("import", "stations", ledger, "--json")
    assert code == 1
    assert answer["error"]["faults"][0]["file"] == "bad.csv"
    assert {"file", "row", "field", "reason"} == set(answer["error"]["faults"][0])
    assert said.startswith("wangge: ") or "\nwangge: " in said


def test_a_refused_table_is_written_again_with_its_faults(own_home, wangge):
    ledger, marked = own_home / "bad.csv", own_home / "marked.xlsx"
    ledger.write_text("编码,名称,经度,纬度\nS1,甲,abc,30\nS2,乙,117,28\n", encoding="gb18030")
    code, answer, said = wangge("import", "stations", ledger, "--marked", marked)
    assert code == 1
    assert "marked.xlsx" in answer["error"]["message"]
    assert "marked.xlsx" in said
    sheet = openpyxl.load_workbook(marked).active
    assert answer["error"]["faults"][0]["reason"] in sheet["C2"].comment.text
    assert sheet["E2"].value.startswith("经度：")
    assert sheet["E3"].value is None
    marked.unlink()
    shapes = own_home / "bad.geojson"
    shapes.write_text('{"type":"FeatureCollection","features":[]}', encoding="utf-8")
    assert wangge("import", "stations", shapes, "--marked", marked)[0] == 1
    assert not marked.exists()
    code, answer, _ = wangge("import", "stations", ledger, "--marked", "marked.csv")
    assert (code, answer["error"]["code"]) == (1, "bad_parameter")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((), 2),
        (("dance",), 2),
        (("import", "dragons", "x.csv"), 2),
        (("coverage", "run", "--minutes", "soon"), 2),
        (("import", "stations", "nowhere.csv"), 1),
        (("coverage", "run", "--minutes", "0"), 1),
        (("export", "streets", "--out", "/nowhere/x.geojson"), 1),
        (("export", "streets", "--out", "x.docx"), 1),
        (("export", "streets", "--out", "/tmp"), 1),
        (("export", "streets", "--out", "/proc/x.geojson"), 1),
        (("coverage", "buildings", "--run", "beef", "--out", "/tmp"), 1),
        (("coverage", "area", "--run", "beef", "--out", "x.geojson"), 1),
        (("import", "stations", "x.csv", "--field", "name"), 1),
        (("coverage", "run", "--workers", "2"), 1),
        (("coverage", "run", "--region", "all", "--division", "990101"), 1),
        (("coverage", "run", "--region", "all", "--workers", "0"), 1),
        (
            (
                "coverage",
                "run",
                "--region",
                "all",
                "--workers",
                "1",
                "--scheduler",
                "tcp://[::1]:9",
            ),
            1,
        ),
        (("coverage", "run", "--region", "000000"), 1),
        (("cluster", "local", "-n", "0"), 1),
    ],
)
def test_wrong_usage_is_2_and_refusal_is_1(own_home, wangge, arguments, status):
    (own_home / "x.csv").write_text("code,lon,lat\nA,117,30\n", encoding="utf-8")
    code, answer, _ = wangge(*arguments)
    assert code == status
    assert (answer is None) == (status == 2)


def test_a_taken_port_is_said(wangge, served):
    port = served.rsplit(":", 1)[1]
    code, answer, _ = wangge("serve", "--port", port)
    assert (code, answer["error"]["code"]) == (1, "port_taken")


def test_the_server_leaves_its_cluster_stopped_when_terminated(tmp_path):
    environment = {**os.environ, "WANGGE_HOME": str(tmp_path)}
    cluster = Cluster(tmp_path)
    with subprocess.Popen(
        [WANGGE, "serve", "--port", "18734"],
        stderr=subprocess.PIPE, text=True, env=environment, cwd=tmp_path,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        assert "http://127.0.0.1:18734" in process.stderr.readline()
        assert (cluster.data / "postmaster.pid").exists()
        time.sleep(1)
        process.terminate()
        process.wait(timeout=60)
    assert not (cluster.data / "postmaster.pid").exists()


def test_what_the_command_says_again_equals_what_it_says_it_of():
    assert tuple(IMPORTERS) == data.KINDS
    assert tuple(PARTS) == data.OSM_PARTS
    assert accounts.ROLES == ROLES == get_args(Role)
    fields = {field.name: field.default for field in dataclasses.fields(Question)}
    assert set(coverage.QUESTION) == set(fields)
    for name, (_, text) in coverage.QUESTION.items():
        if fields[name] is not None:
            shown = fields[name]
            assert f"({shown:g})" in text if isinstance(shown, float) else f"({shown})" in text


def test_settings_are_checked_and_unknown_ones_refused():
    assert read_settings({}).port == 8000
    assert read_settings({"WANGGE_PORT": "81"}).port == 81
    for wrong in ({"WANGGE_PORT": "0"}, {"WANGGE_PORT": "x"}, {"WANGGE_PROT": "1"}):
        with pytest.raises(RefusedInputError, match="WANGGE_"):
            read_settings(wrong)
    assert set(VARIABLES) >= {"WANGGE_HOME", "WANGGE_DATABASE_URL", "WANGGE_PORT"}


def test_the_command_runs_from_any_folder():
    done = subprocess.run([WANGGE, "--help"], capture_output=True, text=True, check=True, cwd="/")
    for word in ("import", "export", "coverage", "report", "serve", "sample", "setup"):
        assert word in done.stdout
    assert (REPOSITORY / "Makefile").exists()


def test_a_home_that_is_a_file_is_said_and_no_traceback_is_shown(tmp_path, monkeypatch, capfd):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("WANGGE_HOME", str(tmp_path / "file"))
    assert cli.main(["layers"]) == 1
    shown = capfd.readouterr()
    assert json.loads(shown.out)["error"]["code"] == "file_error"
    assert "Traceback" not in shown.err


def test_a_geopackage_written_twice_is_the_same_file(own_home, wangge):
    for name in ("a.gpkg", "b.gpkg"):
        assert wangge("export", "stations", "--out", own_home / name)[0] == 0
    assert (own_home / "a.gpkg").read_bytes() == (own_home / "b.gpkg").read_bytes()
