"""An older store becomes a newer one with its data, and can go back."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from layers.db import MIGRATIONS, Database, prepare
from layers.housekeeping import follow_date
from layers.rights import local_administrator
from tests.accounts import actor

BEFORE_ACCOUNTS = "20261122_field_rows_unchecked"
OLD_ROWS = (
    "INSERT INTO division VALUES (1, 'county'), (2, 'community')",
    (
        "INSERT INTO division_version (division_id, parent_id, code, name, valid_from, geom) "
        "SELECT id, parent, code, code, '2020-01-01', ST_Multi(ST_MakeEnvelope(117, 28, 117 + size, 28 + size, 4326)) "
        "FROM (VALUES (1, NULL, '990201', 2), (2, 1, '990201001001', 1)) v(id, parent, code, size)"
    ),
    (
        "INSERT INTO building (id, code, dataset, geom) VALUES "
        "(1, 'a', 'x', ST_SetSRID(ST_MakePoint(117.5, 28.5), 4326)), "
        "(2, 'b', 'x', ST_SetSRID(ST_MakePoint(118.5, 29.5), 4326))"
    ),
    "INSERT INTO household_count (building_id, counted_on, dataset, resident) VALUES (1, '2020-01-01', 'x', 7)",
    "INSERT INTO coverage_field (id, buildings) VALUES ('f', 1)",
)


@pytest.fixture
def old_store(cluster: Database):
    """Return an empty database migrated to the last revision before accounts, with a few rows."""
    host, name = str(cluster.url.query["host"]), "wangge_test_old"
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
        server.execute(f'CREATE DATABASE "{name}"'.encode())
    store = replace(cluster, url=cluster.url.set(database=name), actor=local_administrator())
    prepare(store.url.set(username="postgres"), login=True)
    command.upgrade(alembic(store), BEFORE_ACCOUNTS)
    with store.session("owner") as session:
        for statement in OLD_ROWS:
            session.execute(text(statement))
    yield store
    store.dispose()
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as server:
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def alembic(store: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = store.url_for("owner")
    return config


def test_an_older_store_gets_rights_by_area_for_the_rows_it_has(old_store):
    command.upgrade(alembic(old_store), "head")
    assert set(follow_date(old_store)) == {"buildings", "households"}
    planner = old_store.acting(actor(old_store, "planner", ["990201001001"]))
    with planner.session() as session:
        assert session.execute(text("SELECT code FROM building")).scalars().all() == ["a"]
        assert session.execute(text("SELECT resident FROM household_count")).scalars().all() == [7]
    with old_store.session() as session:
        assert session.execute(text("SELECT count(*) FROM building")).scalar_one() == 2


def test_the_way_back_leaves_the_data(old_store):
    command.upgrade(alembic(old_store), "head")
    command.downgrade(alembic(old_store), BEFORE_ACCOUNTS)
    with replace(old_store, actor=None).session() as session:
        assert session.execute(text("SELECT count(*) FROM building")).scalar_one() == 2
    command.upgrade(alembic(old_store), "head")
