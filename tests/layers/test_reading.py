"""Small questions in one exchange: who acts holds for the question and no longer, and nothing else is on the way."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import date

import psycopg
import pytest
from sqlalchemy import text

from gis.errors import RefusedInputError
from layers.reading import MOST, numbered
from layers.rights import Actor
from tests.loops import run as in_a_loop

EVERYWHERE = Actor("anna", "planner", 7, area=None, roots=None)
NOWHERE = Actor("bert", "planner", 8, area=frozenset({-1}), roots=(-1,))
WHO = (
    "SELECT current_user::text AS server, current_setting('wangge.actor', true) AS actor, "
    "current_setting('wangge.account', true) AS account, as_of_day() AS day, current_date AS today"
)


@asynccontextmanager
async def opened(store):
    readers = store.readers()
    try:
        yield readers
    finally:
        await readers.close()


def ask(store, *questions):
    """Return the rows of questions (actor, statement, parameters) asked one after the other on one connection."""

    async def run():
        async with opened(store) as readers:
            return [await readers.read(*question) for question in questions]

    return in_a_loop(run())


def test_names_become_numbers_in_order_and_casts_stay():
    sql, names = numbered("SELECT :b::text, :a, :b, x.y::integer[] WHERE z = :a")
    assert sql == b"SELECT $1::text, $2, $1, x.y::integer[] WHERE z = $2"
    assert names == ("b", "a")


def test_a_question_is_asked_as_who_acts_in_the_servers_role(sample_store):
    [[row]] = ask(sample_store, (EVERYWHERE, WHO, {}))
    assert (row.server, row.actor, row.account) == ("wangge_server", "anna", "7")
    assert row.day == row.today


def test_the_day_holds_for_its_question_alone(sample_store):
    [before], [after] = ask(
        sample_store, (EVERYWHERE, WHO, {}, date(2026, 3, 1)), (EVERYWHERE, WHO, {})
    )
    assert before.day == date(2026, 3, 1)
    assert after.day == after.today


def test_row_level_rights_hold(sample_store):
    count = "SELECT count(*) AS n FROM building WHERE floors >= :least"
    [[all_], [none], [again]] = ask(
        sample_store,
        *((actor, count, {"least": 0}) for actor in (EVERYWHERE, NOWHERE, EVERYWHERE)),
    )
    assert (all_.n > 0, none.n, again.n) == (True, 0, all_.n)


def test_nothing_of_who_acted_is_left_on_the_connection(sample_store):
    async def run():
        async with opened(sample_store) as readers:
            await readers.read(EVERYWHERE, WHO, {})
            return await readers._asked([(WHO, {}), ("SELECT count(*) AS n FROM building", {})])

    assert in_a_loop(run())[0].n == 0


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("SELECT CAST(:v AS date) AS d", "no day"),
        ("SELECT CAST(:v AS integer) AS d", "9" * 12),
        ("SELECT CAST(:v AS text) AS d", "a\0b"),
        ("SELECT CAST(:v AS text) AS d", "half \ud800"),
    ],
)
def test_what_is_no_value_is_refused_and_the_connection_goes_on(sample_store, statement, value):
    async def run():
        async with opened(sample_store) as readers:
            for _ in range(2):
                with pytest.raises(RefusedInputError) as refused:
                    await readers.read(EVERYWHERE, statement, {"v": value})
                assert refused.value.code == "bad_value"
            return await readers.read(EVERYWHERE, "SELECT CAST(:v AS text) AS d", {"v": "fine"})

    assert in_a_loop(run())[0].d == "fine"


def test_values_come_as_they_went(sample_store):
    sql = (
        "SELECT CAST(:a AS double precision) AS a, CAST(:b AS boolean) AS b, CAST(:c AS text) AS c, "
        "CAST(:d AS integer) AS d, '\\x00ff'::bytea AS e, '{\"k\": [1]}'::json AS f, ARRAY[1, 2] AS g"
    )
    values = {"a": 0.1 + 0.2, "b": False, "c": "网格", "d": None}
    [[row]] = ask(sample_store, (EVERYWHERE, sql, values))
    assert (row.a, row.b, row.c, row.d) == (0.1 + 0.2, False, "网格", None)
    assert (bytes(row.e), row.f, row.g) == (b"\0\xff", {"k": [1]}, [1, 2])


def test_reading_connections_write_nothing(sample_store):
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        ask(sample_store, (EVERYWHERE, "DELETE FROM sign_in_attempt", {}))


def test_connections_that_the_server_ended_are_made_anew(sample_store):
    async def run():
        async with opened(sample_store) as readers:
            pid = "SELECT pg_backend_pid() AS pid"
            first = (await readers.read(EVERYWHERE, pid, {}))[0].pid
            admin = sample_store.url_for("owner").set(username="postgres", drivername="postgresql")
            with psycopg.connect(
                host=str(admin.query["host"]), user="postgres", dbname=admin.database
            ) as server:
                server.execute("SELECT pg_terminate_backend(%s)", (first,))
            second = (await readers.read(EVERYWHERE, pid, {}))[0].pid
            return first != second

    assert in_a_loop(run())


def test_a_question_that_was_broken_off_answers_nobody_else(sample_store):
    async def run():
        async with opened(sample_store) as readers:
            await readers.read(EVERYWHERE, WHO, {})
            slow = asyncio.create_task(
                readers.read(EVERYWHERE, "SELECT 'slow' AS v FROM pg_sleep(0.3)", {})
            )
            await asyncio.sleep(0.1)
            slow.cancel()
            with pytest.raises(asyncio.CancelledError):
                await slow
            return await readers.read(EVERYWHERE, "SELECT 'mine' AS v", {})

    assert in_a_loop(run())[0].v == "mine"


def test_many_at_once_share_a_few_connections_and_keep_their_answers(sample_store):
    async def run():
        async with opened(sample_store) as readers:
            sql = "SELECT CAST(:v AS integer) AS v, current_setting('wangge.actor') AS who, pg_backend_pid() AS pid"
            rows = await asyncio.gather(
                *(readers.read(Actor(f"a{n}", "planner", n), sql, {"v": n}) for n in range(200))
            )
            return [row[0] for row in rows]

    rows = in_a_loop(run())
    assert [(row.v, row.who) for row in rows] == [(n, f"a{n}") for n in range(200)]
    assert len({row.pid for row in rows}) <= MOST


def test_reading_connections_plan_once_and_sessions_as_before(sample_store):
    with sample_store.session() as session:
        assert session.execute(text("SHOW plan_cache_mode")).scalar_one() == "auto"
    [[row]] = ask(sample_store, (EVERYWHERE, "SELECT current_setting('plan_cache_mode') AS m", {}))
    assert row.m == "force_generic_plan"
