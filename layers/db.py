"""Connections to the store: which database, under which role, for whom, migrated to the newest revision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import structlog
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from gis.errors import BusyError, ConflictError, RefusedInputError, UnavailableError
from layers.embedded import DATABASE, ROLES, SUPERUSER, Cluster
from layers.reading import BAD_VALUE, ENTER, OPTIONS, Readers
from layers.rights import NOBODY, Actor, RightsError

MIGRATIONS = Path(__file__).parent / "migrations"
EXTENSIONS = ("postgis", "btree_gist", "pg_trgm")
CONNECTION_OPTIONS = "-c timezone=Asia/Shanghai -c jit=off"
"""A day begins in Asia/Shanghai wherever the server stands."""
LEAKPROOF = (
    "public.geometry_overlaps(geometry, geometry)",
    "pg_catalog.texticlike(text, text)",
    "pg_catalog.textlike(text, text)",
)
"""Functions behind `&&`, ILIKE and LIKE. Row-level security lets an index answer them only where they
are marked as telling nothing of rows they refuse; that mark is in no dump and needs a superuser."""
POOL_SIZE = 20
"""Connections of a role that a process keeps; who finds none free within half a minute is told so."""
log = structlog.get_logger()


@dataclass(frozen=True)
class Database:
    """Where the store is, how each role gets in, and who acts.

    Without an actor no row-level policy holds: nothing that belongs to an area is seen or changed.
    """

    url: URL
    login_is_role: bool
    """True on the private cluster: every role logs in by itself, through the socket's peer."""
    actor: Actor | None = None

    def acting(self, actor: Actor) -> Database:
        """Return the same store with every transaction opened for `actor`."""
        return replace(self, actor=actor)

    def url_for(self, role: str) -> URL:
        """Return the address under which `role` (`owner`, `server`, `compute`, `reader`) works."""
        name = f"wangge_{role}"
        if self.login_is_role:
            return self.url.set(username=name).update_query_dict({"options": CONNECTION_OPTIONS})
        return self.url.update_query_dict({"options": f"{CONNECTION_OPTIONS} -c role={name}"})

    def engine(self, role: str = "server") -> Engine:
        """Return the pooled engine of a role."""
        return _engine(self.url_for(role))

    @contextmanager
    def session(self, role: str = "server") -> Iterator[Session]:
        """Yield a session in one transaction: committed at the end, rolled back on any error."""
        try:
            with Session(self.engine(role), expire_on_commit=False) as session, session.begin():
                if self.actor is not None:
                    enter(session, self.actor)
                yield session
        except IntegrityError as error:
            if isinstance(error.orig, psycopg.errors.UniqueViolation):
                raise ConflictError(
                    "taken",
                    "a code is in use already, outside the area of this account or since a moment ago; "
                    "nothing was changed",
                ) from error
            if isinstance(error.orig, psycopg.errors.ExclusionViolation):
                raise ConflictError(
                    "overlaps",
                    "something else holds on one of these days, since a moment ago; nothing was changed",
                ) from error
            raise
        except ProgrammingError as error:
            if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
                raise RightsError(
                    "outside_area",
                    "that lies outside the area of this account; nothing was changed",
                ) from error
            raise
        except PoolTimeoutError as error:
            raise BusyError(
                "busy", "too much is asked at once; nothing was changed, ask again in a moment"
            ) from error
        except (DataError, UnicodeEncodeError) as error:
            # Texts no database keeps (NUL, half a character) and numbers beyond a column.
            raise RefusedInputError("bad_value", BAD_VALUE) from error

    def readers(self) -> Readers:
        """Return connections of the server's role for small questions that are asked often, on an event loop."""
        url = self.url_for("server")
        return Readers(
            _keywords(url.update_query_dict({"options": f"{url.query['options']} {OPTIONS}"}))
        )

    def dispose(self) -> None:
        """Close every pooled connection."""
        for role in ("owner", "server", "compute", "reader"):
            self.engine(role).dispose()


@cache
def _engine(url: URL) -> Engine:
    """Return the one pool of an address for the life of the process.

    Errors name no parameters: they may be passwords.
    """
    # All are kept: under load a connection above a smaller number would be opened anew for every request, which
    # costs more than the request.
    return create_engine(
        url, pool_pre_ping=True, pool_size=POOL_SIZE, max_overflow=0, hide_parameters=True
    )


def enter(session: Session, actor: Actor) -> None:
    """Say for the rest of the transaction, and no longer, who acts and where."""
    session.info["actor"] = actor
    session.execute(text(ENTER), actor.settings)


def actor_of(session: Session) -> Actor:
    """Return who acts in a session; nobody where nothing was said."""
    found: Actor = session.info.get("actor", NOBODY)
    return found


def unopened() -> Database:
    """Return a store that is nowhere, for describing the service without running it."""
    return Database(make_url("postgresql+psycopg://"), login_is_role=False)


@contextmanager
def open_database(home: Path, database_url: str | None = None) -> Iterator[Database]:
    """Yield the migrated store: the private cluster of `home`, or the one at `database_url`.

    Raises
    ------
    UnavailableError
        When the database cannot be reached or prepared.
    """
    if database_url:
        url = _parsed(database_url)
        yield from _opened(Database(url, login_is_role=False), url)
        return
    with Cluster(home) as cluster:
        url = URL.create(
            "postgresql+psycopg", database=DATABASE, query={"host": str(cluster.socket_dir)}
        )
        admin = url.set(username=SUPERUSER)
        _create_database(admin)
        yield from _opened(Database(url, login_is_role=True), admin)


def _parsed(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise UnavailableError("bad_database_url", "the database address cannot be read") from error
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise UnavailableError(
            "bad_database_url", "the database address must begin with postgresql://"
        )
    return url.set(drivername="postgresql+psycopg")


def _opened(database: Database, admin: URL) -> Iterator[Database]:
    try:
        prepare(admin, login=database.login_is_role)
        migrate(database.url_for("owner"))
    except psycopg.OperationalError as error:
        raise UnavailableError(
            "database_unreachable", f"the database does not answer: {error}"
        ) from error
    try:
        yield database
    finally:
        database.dispose()


def _create_database(admin: URL) -> None:
    with _plain(admin.set(database="postgres")) as connection:
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)
        ).fetchone()
        if not known:
            connection.execute(f'CREATE DATABASE "{DATABASE}"'.encode())


def prepare(admin: URL, *, login: bool) -> None:
    """Make the roles and extensions; needs the right to create them, once.

    PostGIS' box operator is marked LEAKPROOF so that row-level security keeps the spatial index;
    where that is refused answers stay right and become slower.
    """
    with _plain(admin) as connection:
        have = {row[0] for row in connection.execute("SELECT extname FROM pg_extension")}
        roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        try:
            for role in ROLES:
                if role not in roles:
                    connection.execute(
                        f"CREATE ROLE {role} {'LOGIN' if login else 'NOLOGIN'}".encode()
                    )
                    if not login:
                        connection.execute(f"GRANT {role} TO CURRENT_USER".encode())
            for extension in EXTENSIONS:
                if extension not in have:
                    connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}".encode())
            connection.execute(b"GRANT ALL ON SCHEMA public TO wangge_owner")
            connection.execute(
                f'GRANT CREATE ON DATABASE "{admin.database}" TO wangge_owner'.encode()
            )
        except psycopg.errors.InsufficientPrivilege as error:
            raise UnavailableError(
                "database_rights",
                "the database account may not create roles or extensions; run once as a superuser: "
                + "; ".join(f"CREATE EXTENSION IF NOT EXISTS {name}" for name in EXTENSIONS),
            ) from error
        _mark_leakproof(connection)


def _mark_leakproof(connection: psycopg.Connection[Any]) -> None:
    """Mark what must be marked; where that is refused say so: slower, still right."""
    for function in LEAKPROOF:
        row = connection.execute(
            "SELECT proleakproof FROM pg_proc WHERE oid = to_regprocedure(%s)", (function,)
        ).fetchone()
        if row is None or row[0]:
            continue
        try:
            connection.execute(f"ALTER FUNCTION {function} LEAKPROOF".encode())
        except psycopg.errors.InsufficientPrivilege:
            log.warning(
                "spatial and text indexes are not used under row-level security: answers are right "
                "but slow; let a superuser run the command once",
                command=f"ALTER FUNCTION {function} LEAKPROOF",
            )


def migrate(url: URL) -> None:
    """Bring the tables to the newest revision."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    head = ScriptDirectory.from_config(config).get_current_head()
    with _plain(url) as connection:
        exists = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
        if exists and exists[0]:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            if row and row[0] == head:
                return
    command.upgrade(config, "head")


def _plain(url: URL) -> psycopg.Connection[Any]:
    return psycopg.connect(**_keywords(url), autocommit=True)


def _keywords(url: URL) -> dict[str, Any]:
    keywords: dict[str, Any] = url.set(drivername="postgresql").translate_connect_args(
        username="user", database="dbname"
    )
    keywords.update(url.query)
    return keywords


__all__ = [
    "Database",
    "Session",
    "actor_of",
    "copy_rows",
    "driver",
    "enter",
    "open_database",
    "revisions",
    "touch",
]


def driver(session: Session) -> psycopg.Connection[Any]:
    """Return the session's psycopg connection, for COPY and streaming reads."""
    connection: Connection = session.connection()
    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):  # pragma: no cover - the engine is psycopg's
        raise TypeError("the store needs psycopg")
    return raw


def copy_rows(
    session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Write rows with COPY in the session's transaction and return how many.

    Geometries are (E)WKB hexadecimal text, None is NULL. Tables under row-level security take no COPY:
    their rows go through a temporary table, so that every one is looked at.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    guarded = session.execute(
        text("SELECT row_security_active(:table)"), {"table": table}
    ).scalar_one()
    if not guarded:
        return _copy(session, table, names, rows)
    session.execute(text(f'CREATE TEMP TABLE copied AS SELECT {names} FROM "{table}" WITH NO DATA'))
    count = _copy(session, "copied", names, rows)
    session.execute(text(f'INSERT INTO "{table}" ({names}) SELECT {names} FROM copied'))
    session.execute(text("DROP TABLE copied"))
    return count


def _copy(session: Session, table: str, names: str, rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    with (
        driver(session).cursor() as cursor,
        cursor.copy(f'COPY "{table}" ({names}) FROM STDIN'.encode()) as copy,
    ):
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def touch(session: Session, *layers: str) -> dict[str, int]:
    """Count a change of each layer and return the new revisions."""
    revisions: dict[str, int] = {}
    for layer in sorted(set(layers)):  # one order, so that two writers cannot deadlock
        revisions[layer] = session.execute(
            text(
                "INSERT INTO layer_revision (layer, revision) VALUES (:layer, 1) "
                "ON CONFLICT (layer) DO UPDATE SET revision = layer_revision.revision + 1, "
                "changed_at = now() RETURNING revision"
            ),
            {"layer": layer},
        ).scalar_one()
    return revisions


def revisions(session: Session) -> dict[str, int]:
    """Return the revision of every layer that ever changed."""
    return {
        row.layer: row.revision
        for row in session.execute(text("SELECT layer, revision FROM layer_revision"))
    }
