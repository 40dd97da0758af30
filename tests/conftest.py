"""One migrated database per test run, copied per worker; a rolled-back session per test."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy.orm import Session

from layers import passwords
from layers.db import Database, enter, open_database
from layers.embedded import find_binaries
from layers.rights import local_administrator
from layers.usecases.reports import charts, picture_map
from tests.folder import roomy
from tests.slow import answering

REPOSITORY = Path(__file__).parent.parent
SHARED = REPOSITORY.parent / "shared" / "data"
"""Optional real data beside the checkout; never part of it."""


def shared(relative: str) -> Path:
    """Return a file of the optional data folder, or skip with the reason."""
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"the optional data file {relative} is not beside this checkout")
    return path


REAL_HASHES = passwords._hasher, passwords._nobodys


LARGE_PICTURES = {
    (module, name): getattr(module, name)
    for module, names in (
        (charts, ("SMOOTH",)),
        (picture_map, ("SMOOTH", "WIDTH", "LEAST_HEIGHT", "MOST_HEIGHT")),
    )
    for name in names
}
"""How documents' pictures are drawn; a quarter as wide and high and without smoothing in most tests."""


def pytest_configure() -> None:
    """Make quick what many tests do and few look at.

    Hundreds of accounts are made, and each hash of a password is slow on purpose; drawing a document's
    maps takes longer than all else about it.
    """
    for (module, name), value in LARGE_PICTURES.items():
        setattr(module, name, 1 if name == "SMOOTH" else value // 4)
    passwords._hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
    passwords._nobodys = passwords.hash_password("no account has this one")


LONGEST = ("contract", "api", "attacks", "web")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders whose files take longest: processes in parallel then end together."""

    def rank(item: pytest.Item) -> int:
        folder = item.path.relative_to(REPOSITORY / "tests").parts[0]
        return LONGEST.index(folder) if folder in LONGEST else len(LONGEST)

    items.sort(key=rank)


@pytest.fixture
def real_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as the product does, for tests about how that is done."""
    monkeypatch.setattr(passwords, "_hasher", REAL_HASHES[0])
    monkeypatch.setattr(passwords, "_nobodys", REAL_HASHES[1])


@pytest.fixture(scope="module")
def large_pictures() -> Iterator[None]:
    """Draw as the product does, for tests about pictures."""
    with pytest.MonkeyPatch.context() as patched:
        for (module, name), value in LARGE_PICTURES.items():
            patched.setattr(module, name, value)
        yield


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """Return the home of the run: in the one `make test` made, else one of its own.

    Each process of a run in parallel has a home, and so a private cluster, of its own.
    """
    given = os.environ.get("WANGGE_HOME")
    if given:
        own = Path(given) / os.environ.get("PYTEST_XDIST_WORKER", "")
        own.mkdir(parents=True, exist_ok=True)
        if own != Path(given):
            # Where the server's own user cannot pass, a cluster would lie elsewhere, and outlive the run.
            own.parent.chmod(own.parent.stat().st_mode | 0o011)
        yield own
        return
    made = Path(tempfile.mkdtemp(prefix="wangge-test-", dir=roomy()))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster(home: Path) -> Iterator[Database]:
    """Return the migrated store of the run's private cluster, never written to by tests."""
    if find_binaries() is None:
        pytest.fail("PostgreSQL with PostGIS is missing; run: make setup")
    with open_database(home) as database:
        # Nothing of it has to outlive a power cut.
        with administrating(database) as server:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                server.execute(f"ALTER SYSTEM SET {setting} = off".encode())
            server.execute("ALTER SYSTEM SET max_wal_size = '1GB'")
            server.execute("SELECT pg_reload_conf()")
        yield database


@contextmanager
def administrating(cluster: Database) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection of the cluster's superuser beside all stores."""
    host = str(cluster.url.query["host"])
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as server:
        yield server


@contextmanager
def fresh_copy(cluster: Database, name: str) -> Iterator[Database]:
    """Yield a copy of a store for the local administrator, dropped afterwards; it takes a tenth of a second."""
    admin = cluster.url_for("owner").set(username="postgres")
    cluster.dispose()  # a template must have no connections
    with administrating(cluster) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        # A service of another test may still serve the template: whatever it holds, it makes anew.
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            (admin.database,),
        )
        # Files as they are cost a fraction of what writing every page of them to the log costs.
        server.execute(
            f'CREATE DATABASE "{name}" TEMPLATE "{admin.database}" STRATEGY FILE_COPY'.encode()
        )
    copy = replace(cluster, url=cluster.url.set(database=name), actor=local_administrator())
    try:
        yield copy
    finally:
        copy.dispose()
        with administrating(cluster) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


@pytest.fixture(scope="session")
def database(cluster: Database) -> Iterator[Database]:
    """Return an empty store for tests that roll back."""
    with fresh_copy(cluster, "wangge_test_main") as copy:
        yield copy


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Return a session of the server's role for the local administrator, undone after the test."""
    with database.engine("server").connect() as connection:
        outer = connection.begin()
        opened = Session(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        enter(opened, local_administrator())
        yield opened
        opened.close()
        outer.rollback()


@pytest.fixture
def empty_store(cluster: Database, request: pytest.FixtureRequest) -> Iterator[Database]:
    """Return a store of its own for tests that commit."""
    name = f"wangge_test_{abs(hash(request.node.nodeid)) % 10**10}"
    with fresh_copy(cluster, name) as copy:
        yield copy


@pytest.fixture(scope="session")
def sample_template(cluster: Database) -> Iterator[Database]:
    """Return a store with the sample county as it was loaded, to be copied and never written to."""
    from layers.usecases.sample import load_sample

    with fresh_copy(cluster, "wangge_test_template") as copy:
        load_sample(copy)
        yield copy


@pytest.fixture(scope="session")
def sample_store(sample_template: Database) -> Iterator[Database]:
    """Return a store with the sample county, read only by agreement of its tests."""
    with fresh_copy(sample_template, "wangge_test_sample") as copy:
        yield copy


@pytest.fixture(scope="session")
def planned_store(sample_template: Database) -> Iterator[Database]:
    """Return a store with the sample county and its cells; every test draws plans of its own."""
    from layers.usecases.cells import make_cell_set

    with fresh_copy(sample_template, "wangge_test_planned") as copy:
        make_cell_set(copy, "990101")
        yield copy


@contextmanager
def serving(database: Database, home: Path, **settings: Any) -> Iterator[str]:
    """Yield the address of the service on a free port, served by a thread of this process."""
    import socket
    import threading
    import time

    import uvicorn

    from api.app import create_app
    from api.settings import Settings

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        answering(create_app(Settings(home=home, **settings), database)),
        log_level="error",
        lifespan="on",
        proxy_headers=False,  # as `wangge serve` runs it
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()


@pytest.fixture(scope="session")
def served(sample_store: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a service over the sample county."""
    with serving(sample_store, tmp_path_factory.mktemp("served")) as address:
        yield address
