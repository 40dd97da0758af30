"""The private cluster: started by the first user, stopped by the last, wherever the home is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gis.errors import UnavailableError
from layers import embedded
from layers.embedded import MAX_SOCKET_DIR, Cluster
from tests.conftest import REPOSITORY


@pytest.fixture
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="wg-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def answers(cluster: Cluster) -> bool:
    try:
        psycopg.connect(host=str(cluster.socket_dir), user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_last_user_stops_the_cluster_and_data_survive(place):
    first, second = Cluster(place / "home"), Cluster(place / "home")
    with first:
        with (
            second,
            psycopg.connect(
                host=str(first.socket_dir), user="postgres", dbname="postgres"
            ) as connection,
        ):
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        assert answers(first)
    assert not answers(first)
    with (
        Cluster(place / "home") as again,
        psycopg.connect(
            host=str(again.socket_dir), user="postgres", dbname="postgres"
        ) as connection,
    ):
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_a_killed_user_leaves_a_cluster_that_the_next_one_adopts(place):
    home = place / "home"
    code = (
        "import sys, time; from pathlib import Path; from layers.embedded import Cluster\n"
        f"with Cluster(Path({str(home)!r})): print('up', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    cluster = Cluster(home)
    assert answers(cluster)
    begin = time.monotonic()
    with cluster:
        assert time.monotonic() - begin < 5
    assert not answers(cluster)


def test_a_home_with_a_very_long_path_has_a_short_socket(place):
    cluster = Cluster(place / ("很长的目录" * 8) / "home")
    with cluster:
        assert len(str(cluster.socket_dir).encode()) <= MAX_SOCKET_DIR
        assert answers(cluster)
    shutil.rmtree(cluster.socket_dir, ignore_errors=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_root_runs_the_server_as_an_unprivileged_user(place):
    with Cluster(place / "home") as cluster:
        pid = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
        assert Path(f"/proc/{pid}").stat().st_uid != 0
        assert cluster.data.stat().st_mode & 0o077 == 0


def test_nobody_needs_a_password_and_nobody_else_gets_in(place):
    with Cluster(place / "home") as cluster:
        rules = (cluster.data / "pg_hba.conf").read_text()
        assert rules == "local all all peer map=wangge\n"
        assert "trust" not in rules


def test_a_machine_without_postgresql_is_told_the_one_command(place, monkeypatch):
    monkeypatch.setattr(embedded, "find_binaries", lambda: None)
    with (
        pytest.raises(UnavailableError, match="apt-get install -y postgresql"),
        Cluster(place / "home"),
    ):
        pass
