"""A store to be attacked: the sample county of its own, accounts of two townships, the service over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.app import create_app
from api.logs import configure_logs
from api.settings import Settings
from layers.db import Database
from layers.inputs import InputCache
from layers.jobs import JobRunner
from layers.question import Question
from layers.rights import Actor, Right
from layers.usecases.coverage import run_coverage
from tests.accounts import actor, bearer
from tests.conftest import fresh_copy

BASE = "http://127.0.0.1"
OURS, THEIRS, COUNTY = "990101001", "990101102", "990101"
"""Two townships of the sample county: the attacker's own, and the one looked for."""


@dataclass(frozen=True)
class Target:
    """The store, and what belongs to the other township."""

    store: Database
    home: Path
    runs: dict[str, str]
    jobs: dict[str, str]
    actors: dict[str, Actor]

    def sql(self, statement: str, **values: Any) -> list[Any]:
        """Run a statement as the owner of the tables, whom no policy holds, and return its rows."""
        with self.store.session("owner") as session:
            found: Any = session.execute(text(statement), values)
            return list(found) if found.returns_rows else []

    def value(self, statement: str, **values: Any) -> Any:
        """Return the one value of a statement run as the owner."""
        return self.sql(statement, **values)[0][0]


@pytest.fixture(scope="session")
def target(sample_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Return the sample county with a run and a job of each township."""
    with fresh_copy(sample_template, "wangge_test_attacked") as store:
        home = tmp_path_factory.mktemp("attacked")
        cache, runner = InputCache(home), JobRunner()
        actors = {code: actor(store, "planner", [code]) for code in (OURS, THEIRS)}
        runs, jobs = {}, {}
        for code, who in actors.items():
            own = store.acting(who)
            runs[code] = run_coverage(own, cache, Question())["run"]
            job = runner.submit(own, "coverage", {}, Right.COMPUTE, lambda *_, r=runs[code]: r)
            jobs[code] = job["id"]
        runner.close()
        yield Target(store, home, runs, jobs, actors)


@pytest.fixture(scope="session")
def service(target: Target) -> Iterator[TestClient]:
    """Return the service with floods allowed: what is tried here is tried often."""
    configure_logs()  # as the command does; unconfigured, a traceback takes seconds to draw
    settings = Settings(
        home=target.home,
        requests_per_second=1e5,
        sign_ins_per_minute=1e5,
        events=True,
        campaigns=True,
    )
    app = create_app(settings, target.store)
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        yield client
    structlog.reset_defaults()


@pytest.fixture
def browser(service: TestClient) -> Callable[..., TestClient]:
    """Return a maker of browsers with cookies of their own before the same service."""

    def open_browser(base: str = BASE) -> TestClient:
        return TestClient(service.app, base_url=base, raise_server_exceptions=False)

    return open_browser


@pytest.fixture(scope="session")
def scripts(target: Target) -> dict[str, dict[str, str]]:
    """Return token headers of one account of the own township for each role that is needed."""
    roles = ("planner", "security_administrator", "auditor")
    return {role: bearer(target.store, role, [OURS]) for role in roles}
