"""A running service over the sample county."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import cli
from api.app import create_app
from api.settings import Settings
from tests.accounts import bearer

BASE = "http://127.0.0.1"
"""By another name the server answers nobody."""


@pytest.fixture(scope="session", autouse=True)
def parser() -> Iterator[None]:
    """Describe the command's words once for all commands of this process."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cli, "build_parser", functools.cache(cli.build_parser))
        yield


@pytest.fixture(scope="session")
def client(sample_store: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Return a planner of the whole sample county; the home is empty."""
    settings = Settings(
        home=tmp_path_factory.mktemp("served"),
        map_review_number="GS(2025)0000号",
        attribution=("样例",),
    )
    app = create_app(settings, sample_store)
    headers = bearer(sample_store, "planner")
    with TestClient(app, base_url=BASE, headers=headers, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture(scope="session")
def operator(sample_store: Any) -> dict[str, str]:
    """Return the header of whoever operates the server."""
    return bearer(sample_store, "system_administrator")


@pytest.fixture(scope="session")
def run_id(client: TestClient) -> str:
    """Return the run of the default question."""
    return finished(client, client.post("/api/coverage/runs", json={}))["run"]


def finished(
    client: TestClient, answer: Any, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """Follow a job to its end."""
    job: dict[str, Any] = answer.json()
    deadline = time.monotonic() + 120
    while job["state"] in {"queued", "running"} and time.monotonic() < deadline:
        time.sleep(0.05)
        job = client.get(f"/api/jobs/{job['id']}", headers=headers).json()
    return job
