"""An existing PostGIS instead of the private cluster (`WANGGE_DATABASE_URL`)."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from gis.errors import UnavailableError
from layers.db import Database, open_database


def test_an_existing_postgis_works_under_the_same_roles(cluster: Database):
    host = str(cluster.url.query["host"])
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS county_office WITH (FORCE)")
        server.execute("CREATE DATABASE county_office")
    address = f"postgresql://postgres@/county_office?host={host}"
    for _ in range(2):  # the second time everything is there already
        with open_database(Path("/nonexistent"), address) as database:
            for role in ("server", "compute", "reader", "owner"):
                with database.session(role) as session:
                    assert (
                        session.execute(text("SELECT current_user")).scalar_one()
                        == f"wangge_{role}"
                    )
                    assert session.execute(text("SHOW timezone")).scalar_one() == "Asia/Shanghai"
            with database.session("server") as session:
                assert session.execute(text("SELECT count(*) FROM building")).scalar_one() == 0
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as server:
        server.execute("DROP DATABASE county_office WITH (FORCE)")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2",
        "postgresql://postgres@/x?host=/nonexistent",
    ],
)
def test_a_database_that_does_not_answer_is_said(address):
    with pytest.raises(UnavailableError) as caught, open_database(Path("/nonexistent"), address):
        pass
    assert caught.value.code == "database_unreachable"


@pytest.mark.parametrize("address", ["mysql://x@y/z", "not an address"])
def test_an_address_that_is_none_is_said(address):
    with pytest.raises(UnavailableError) as caught, open_database(Path("/nonexistent"), address):
        pass
    assert caught.value.code == "bad_database_url"
