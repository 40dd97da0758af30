"""The store: tables equal the models, roles can what they may, versions never overlap."""

from __future__ import annotations

import psycopg
import pytest
import structlog
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from gis.errors import BusyError
from layers import db
from layers.db import (
    LEAKPROOF,
    Database,
    _mark_leakproof,
    copy_rows,
    prepare,
    revisions,
    touch,
)
from layers.models import Base
from layers.registry import LAYERS
from tests.conftest import fresh_copy


def test_the_migrated_tables_are_the_models(database: Database):
    engine = create_engine(database.url_for("owner"))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": alembic_helpers.include_object}
        )
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_who_finds_no_connection_is_told_to_ask_again(database: Database, monkeypatch):
    address, many = database.url_for("server"), db._engine
    few = create_engine(address, pool_size=1, max_overflow=0, pool_timeout=0.05)
    # Services of other tests may be at work in this process: they keep their connections.
    monkeypatch.setattr(db, "_engine", lambda url: few if url == address else many(url))
    with database.session() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(BusyError) as told, database.session() as another:
            another.execute(text("SELECT 1"))
    assert told.value.code == "busy"
    with database.session() as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1
    few.dispose()


def test_every_geometry_column_has_a_spatial_index(session: Session):
    missing = session.execute(
        text(
            "SELECT g.f_table_name, g.f_geometry_column FROM geometry_columns g "
            "WHERE g.f_table_schema = 'public' AND NOT EXISTS (SELECT 1 FROM pg_indexes i "
            "WHERE i.tablename = g.f_table_name AND i.indexdef LIKE '%gist (' || g.f_geometry_column || ')%')"
        )
    ).all()
    assert missing == []


@pytest.mark.parametrize("role", ["server", "compute", "reader"])
def test_only_the_owner_changes_tables(database: Database, role):
    with (
        database.engine(role).connect() as connection,
        pytest.raises(ProgrammingError, match=r"permission|owner"),
    ):
        connection.execute(text("CREATE TABLE mine (id int)"))
    with (
        database.engine(role).connect() as connection,
        pytest.raises(ProgrammingError, match="owner"),
    ):
        connection.execute(text("DROP TABLE building"))


def test_compute_reads_inputs_and_writes_results_only(database: Database):
    with database.engine("compute").connect() as connection:
        connection.execute(text("SELECT 1 FROM building"))
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(
                text("INSERT INTO building (code, dataset, geom) VALUES ('x', 'x', NULL)")
            )


def test_the_reader_sees_the_published_schema_only(database: Database):
    with database.engine("reader").connect() as connection:
        connection.execute(text("SELECT code, name FROM published.grids"))
    with database.engine("reader").connect() as connection, pytest.raises(ProgrammingError):
        connection.execute(text("SELECT 1 FROM public.household_count"))


def test_two_versions_of_one_division_never_hold_on_the_same_day(session: Session):
    session.execute(text("INSERT INTO division (id, level) VALUES (1, 'county')"))
    version = text(
        "INSERT INTO division_version (division_id, code, name, valid_from, valid_to, geom) VALUES "
        "(1, :code, 'x', :start, :end, ST_GeomFromText('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))', 4326))"
    )
    session.execute(version, {"code": "a", "start": "2020-01-01", "end": "2024-01-01"})
    session.execute(version, {"code": "b", "start": "2024-01-01", "end": None})
    with pytest.raises(IntegrityError, match="one_version_a_day"):
        session.execute(version, {"code": "c", "start": "2023-12-31", "end": "2024-02-01"})


def test_a_geometry_of_another_system_is_refused(session: Session):
    with pytest.raises(Exception, match="SRID"):
        session.execute(
            text(
                "INSERT INTO building (code, dataset, geom) VALUES ('x', 'x', ST_SetSRID(ST_MakePoint(1, 2), 3857))"
            )
        )


def test_negative_households_are_refused_by_the_database_too(session: Session):
    with pytest.raises(IntegrityError, match="not_negative"):
        session.execute(
            text(
                "INSERT INTO household_count (counted_on, dataset, resident) VALUES ('2025-01-01', 'x', -1)"
            )
        )


def test_revisions_count_changes_of_a_layer(session: Session):
    before = revisions(session).get("stations", 0)
    assert touch(session, "stations", "stations", "grids")["stations"] == before + 1
    assert revisions(session)["stations"] == before + 1


def test_copied_rows_keep_text_and_nothing(session: Session):
    point = "0101000020E610000000000000000000400000000000000840"
    rows = [("a\tb", None, "测试", point), ("c\\n", "楼", "x", point)]
    assert copy_rows(session, "building", ("code", "name", "dataset", "geom"), rows) == 2
    found = session.execute(
        text("SELECT code, name, dataset, ST_X(geom) FROM building ORDER BY code")
    ).all()
    assert [tuple(row) for row in found] == [("a\tb", None, "测试", 2.0), ("c\\n", "楼", "x", 2.0)]


def test_chinese_text_is_found_by_trigrams(session: Session):
    assert session.execute(
        text("SELECT similarity('桥西社区', '桥西社区居委会') > 0.3")
    ).scalar_one()


def test_days_begin_in_shanghai(session: Session):
    assert session.execute(text("SHOW timezone")).scalar_one() == "Asia/Shanghai"


def as_superuser(store: Database, statement: str) -> list:
    with psycopg.connect(
        host=str(store.url.query["host"]),
        user="postgres",
        dbname=store.url.database,
        autocommit=True,
    ) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("function", LEAKPROOF)
def test_what_indexes_answer_may_be_used_under_row_level_security(database: Database, function):
    query = f"SELECT proleakproof FROM pg_proc WHERE oid = '{function}'::regprocedure"
    assert as_superuser(database, query) == [(True,)]


def test_a_missing_mark_is_set_again_at_the_next_start_or_said(cluster: Database):
    function = LEAKPROOF[0]
    query = f"SELECT proleakproof FROM pg_proc WHERE oid = '{function}'::regprocedure"
    with fresh_copy(cluster, "wangge_test_marks") as store:
        as_superuser(store, f"ALTER FUNCTION {function} NOT LEAKPROOF")
        with (
            structlog.testing.capture_logs() as said,
            psycopg.connect(
                host=str(store.url.query["host"]),
                user="wangge_owner",
                dbname=store.url.database,
                autocommit=True,
            ) as unprivileged,
        ):
            _mark_leakproof(unprivileged)
        assert [line["command"] for line in said] == [f"ALTER FUNCTION {function} LEAKPROOF"]
        assert as_superuser(store, query) == [(False,)]
        prepare(store.url.set(username="postgres"), login=True)
        assert as_superuser(store, query) == [(True,)]


def test_layer_names_and_columns_are_unique():
    assert len({layer.name for layer in LAYERS}) == len(LAYERS)
    for layer in LAYERS:
        assert len(set(layer.fields)) == len(layer.fields)
