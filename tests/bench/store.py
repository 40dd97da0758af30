"""A private PostGIS for the comparison, with the town's network and buildings in plain tables."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely

from layers.db import Database, open_database
from layers.embedded import find_binaries
from layers.rights import local_administrator
from tests.bench.place import Place

TABLES = """
CREATE SCHEMA bench;
CREATE TABLE bench.node (id integer PRIMARY KEY, geom geometry(Point));
CREATE TABLE bench.edge (id integer PRIMARY KEY, source integer, target integer,
                         cost double precision, geom geometry(LineString));
CREATE TABLE bench.building (id integer PRIMARY KEY, node integer, access double precision,
                             geom geometry(Point));
CREATE TABLE bench.station (id integer PRIMARY KEY, node integer, geom geometry(Point));
"""
INDEXES = """
CREATE INDEX ON bench.edge USING gist (geom);
CREATE INDEX ON bench.building USING gist (geom);
ANALYZE;
"""


@dataclass
class Store:
    """The private cluster, its migrated store, and a superuser's connection for plain tables."""

    home: Path
    database: Database
    connection: psycopg.Connection[Any]

    @property
    def version(self) -> str:
        """PostGIS' version."""
        return str(self.ask("SELECT postgis_lib_version()")[0][0])

    def ask(self, query: str, *parameters: Any) -> list[Any]:
        """Return the rows of a query."""
        return self.connection.execute(query.encode(), parameters or None).fetchall()

    def routing(self) -> str | None:
        """Return pgRouting's version, installing its package where that is allowed."""
        known = "SELECT default_version FROM pg_available_extensions WHERE name = 'pgrouting'"
        if not self.ask(known):
            _install_routing()
        if not self.ask(known):
            return None
        self.connection.execute(b"CREATE EXTENSION IF NOT EXISTS pgrouting")
        return str(self.ask("SELECT pgr_version()")[0][0])

    def fill(self, place: Place) -> None:
        """Write nodes, edges and buildings in metres of the metric zone."""
        network = place.network
        self.connection.execute(TABLES.encode())
        node = shapely.points(network.node_xy)
        self.copy("node", zip(range(network.nodes), _hex(node), strict=True))
        lines = shapely.linestrings(
            network.vertex_xy,
            indices=np.repeat(np.arange(network.edges), np.diff(network.vertex_offsets)),
        )
        self.copy(
            "edge",
            zip(
                range(network.edges), network.edge_from.tolist(), network.edge_to.tolist(),
                (network.edge_length_mm / 1000).tolist(), _hex(lines), strict=True,
            ),
        )  # fmt: skip
        access, nearest = place.node_tree.query(place.xy)
        self.copy(
            "building",
            zip(
                range(len(place.xy)), nearest.tolist(), access.tolist(),
                _hex(shapely.points(place.xy)), strict=True,
            ),
        )  # fmt: skip
        self.connection.execute(INDEXES.encode())

    def set_stations(self, place: Place, nodes: np.ndarray) -> None:
        """Write the stations."""
        self.connection.execute(b"TRUNCATE bench.station")
        points = _hex(shapely.points(place.network.node_xy[nodes]))
        self.copy("station", zip(range(len(nodes)), nodes.tolist(), points, strict=True))
        self.connection.execute(b"ANALYZE bench.station")

    def copy(self, table: str, rows: Any) -> None:
        """Write rows into a table of the schema `bench`."""
        with (
            self.connection.cursor() as cursor,
            cursor.copy(f"COPY bench.{table} FROM STDIN".encode()) as copy,
        ):
            for row in rows:
                copy.write_row(row)


def _hex(shapes: Any) -> list[str]:
    return [str(item) for item in shapely.to_wkb(shapes, hex=True)]


def _install_routing() -> None:
    """Try the distribution's package of pgRouting for the server in use."""
    import sys

    from gis.errors import UnavailableError
    from layers.embedded import install

    folder = find_binaries()
    if folder is None or not folder.parent.name.isdigit():
        return
    sys.stderr.write("installing pgRouting for the comparison\n")
    with suppress(UnavailableError):
        install([f"postgresql-{folder.parent.name}-pgrouting"])


@contextmanager
def open_store() -> Iterator[Store]:
    """Yield an empty private store in a temporary home, removed afterwards."""
    home = Path(tempfile.mkdtemp(prefix="wangge-bench-"))
    home.chmod(0o755)  # as root the server runs as somebody else
    try:
        with open_database(home) as opened:
            database = opened.acting(local_administrator())
            host, name = str(database.url.query["host"]), database.url.database
            with psycopg.connect(host=host, user="postgres", dbname=name, autocommit=True) as plain:
                yield Store(home, database, plain)
    finally:
        shutil.rmtree(home, ignore_errors=True)
