"""A private store for import tests: own cluster, every test in a transaction that is rolled back."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.db import Database, open_database

SHARED_DATA = Path(__file__).parents[2].parent / "shared" / "data"
TABLES = (
    "address",
    "barrier",
    "building",
    "division",
    "division_version",
    "estate",
    "gate",
    "grid",
    "grid_version",
    "household_count",
    "land_cover",
    "layer_revision",
    "network",
    "posting",
    "station",
    "street_edge",
    "villager_group",
    "worker",
)


def shared(name: str) -> Path:
    """Return a real data file, or skip the test where it is absent."""
    path = SHARED_DATA / name
    if not path.exists():
        pytest.skip(f"no real data here: {name}")
    return path


@cache
def database() -> Database:
    stack = ExitStack()
    home = Path(tempfile.mkdtemp(prefix="wangge-imports-"))
    home.chmod(0o755)  # as root the server runs as somebody else
    stack.callback(shutil.rmtree, home, ignore_errors=True)
    opened = stack.enter_context(open_database(home))
    atexit.register(stack.close)
    return opened


@pytest.fixture
def session() -> Iterator[Session]:
    with Session(database().engine("server"), expire_on_commit=False) as opened:
        try:
            yield opened
        finally:
            opened.rollback()


def table_counts(session: Session) -> dict[str, int]:
    return {
        name: session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in TABLES
    }


def rows(session: Session, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.execute(text(query), parameters)]
