"""Attacks on the database as the server's own role: scope left over, doors beside the policies, the audit."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date
from importlib import import_module
from typing import Any

import httpx2 as httpx
import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from layers.db import enter
from layers.rights import KEEPER, NOBODY, Actor, RightsError, local_administrator
from layers.usecases.audit import prune_audit
from tests.accounts import actor, bearer, make_account
from tests.attacks.conftest import COUNTY, OURS, THEIRS
from tests.conftest import serving

SCOPED_TABLES = (
    "building", "household_count", "address", "estate", "villager_group", "coverage_building",
    "coverage_run", "job", "account", "account_division", "credential", "login_session", "token",
    "link", "sign_in_attempt", "audit", "export", "search_entry", "grid_version", "station",
    "cell_set", "cell", "cell_building", "cell_border", "plan", "plan_grid", "plan_cell",
    "plan_edit", "plan_step", "plan_paper", "grid_lineage", "division_lineage", "office_area", "scenario",
    "asset", "organisation", "post",
    "rule_set", "device", "ended_device", "household_check", "event", "event_step", "event_photo",
    "event_step_photo", "event_rules", "campaign", "campaign_item", "campaign_mark", "campaign_change",
)  # fmt: skip
SHARED_TABLES = {
    "alembic_version": "the revision of the schema",
    "barrier": "the map everybody shares",
    "division": "the map everybody shares",
    "division_version": "the map everybody shares",
    "gate": "the map everybody shares",
    "land_cover": "the map everybody shares",
    "layer_revision": "a number for each layer",
    "network": "the map everybody shares",
    "spatial_ref_sys": "PostGIS' own",
    "store": "one row about the store itself",
    "street_edge": "the map everybody shares",
}
FOR_ALL_SIGNED_IN = {
    "cell_set": "how many cells a county has, and when they were made",
    "division_lineage": "which division became which",
    "event_rules": "what a place sorts events by, and its working hours",
    "grid_lineage": "which grid became which",
    "post": "what posts are called, and whether their holders answer for a grid",
    "rule_set": "what a place holds its communities to; public regulations",
}
"""Under policies, and read by every account: nothing of anybody's area is in them."""
DEFINERS = {
    "account_outside", "account_proof", "account_worker", "end_sessions", "new_link", "new_phone_link",
    "note_ended_device", "own_buildings", "own_grids", "place_of_building", "place_of_check", "posted_grids",
    "prune_audit", "require_account", "reset_account", "work_on_event", "workers_to_enrol",
}  # fmt: skip
PUBLIC_DEFINERS = {"county_of_grid", "find_address"}
"""What the public page and its views may ask beyond them: of addresses, and whose words a grid's posts have."""
SETTINGS = ("wangge.role", "wangge.area", "wangge.actor", "wangge.account")


# Scope left over


@pytest.fixture
def single(target):
    """Return an engine with one connection, which everybody gets in turn."""
    engine = create_engine(target.store.url_for("server"), pool_size=1, max_overflow=0)
    yield engine
    engine.dispose()


def backend(session: Session) -> int:
    return int(session.execute(text("SELECT pg_backend_pid()")).scalar_one())


def visible(session: Session) -> dict[str, int]:
    return {
        table: session.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()
        for table in SCOPED_TABLES
    }


@pytest.mark.parametrize("ending", ["commit", "rollback", "error", "broken statement", "closed"])
def test_the_next_user_of_a_connection_inherits_nothing(single, ending):
    session = Session(single)
    with suppress(ZeroDivisionError, DBAPIError), session:
        transaction = session.begin()
        enter(session, local_administrator())
        number = backend(session)
        assert visible(session)["building"] > 1000
        if ending == "commit":
            transaction.commit()
        elif ending == "rollback":
            transaction.rollback()
        elif ending == "error":
            raise ZeroDivisionError
        elif ending == "broken statement":
            session.execute(text("SELECT 1 / 0"))
    with Session(single) as after:
        assert backend(after) == number, "another connection proves nothing"
        for name in SETTINGS:
            kept = after.execute(text("SELECT current_setting(:n, true)"), {"n": name})
            assert not kept.scalar_one()
        assert set(visible(after).values()) == {0}
        with pytest.raises(DBAPIError):
            after.execute(text("INSERT INTO audit (actor, action) VALUES ('os:root', 'import')"))


def test_a_savepoint_that_is_undone_does_not_widen_the_area(single, target):
    """Whoever acts again inside a nested transaction is back to what was said before it."""
    ours = target.actors[OURS]
    with Session(single) as session, session.begin():
        enter(session, ours)
        before = visible(session)
        nested = session.begin_nested()
        enter(session, local_administrator())
        nested.rollback()
        assert visible(session) == before


def test_two_accounts_at_once_never_see_each_others_rows(target):
    """Fifty requests of two townships in turns over one pool: each answer is of one township.

    A short answer of the wrong township is as wrong as a long one; long ones are asked for in the long suite.
    """
    limit = 5000 if os.environ.get("TEST_LONG") else 300
    headers = {code: bearer(target.store, "planner", [code]) for code in (OURS, THEIRS)}
    with serving(target.store, target.home, requests_per_second=1e5) as address:

        def ask(number: int) -> tuple[str, set[str]]:
            code = (OURS, THEIRS)[number % 2]
            path = f"{address}/api/layers/buildings/features?limit={limit}"
            answer = httpx.get(path, headers=headers[code], timeout=60)
            found = {item["properties"]["code"][:9] for item in answer.json()["features"]}
            assert len(answer.json()["features"]) > 200
            return code, found

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(ask, range(50)))
    assert len(answers) == 50
    for code, found in answers:
        assert found == {code}


def test_threads_that_share_a_store_do_not_share_who_acts(target):
    def count(who: Actor) -> int:
        with target.store.acting(who).session() as session:
            session.execute(text("SELECT pg_sleep(0.002)"))
            return int(session.execute(text("SELECT count(*) FROM building")).scalar_one())

    people = [target.actors[OURS], target.actors[THEIRS], NOBODY, local_administrator()]
    alone = [count(who) for who in people]
    with ThreadPoolExecutor(12) as pool:
        together = list(pool.map(count, people * 50))
    assert together == alone * 50
    assert alone[2] == 0


# Doors beside the policies


def rows(target, statement: str, **values: Any) -> list[Any]:
    return [tuple(row) for row in target.sql(statement, **values)]


def test_there_is_no_materialised_view(target):
    assert rows(target, "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'm'") == []


def test_every_view_outside_published_asks_as_whoever_looks(target):
    """A view reads as its owner, whom no policy holds, unless it is told otherwise."""
    found = rows(
        target,
        """SELECT c.oid::regclass::text, coalesce(c.reloptions::text, '') FROM pg_class c
           WHERE relkind = 'v' AND relnamespace NOT IN ('pg_catalog'::regnamespace,
               'information_schema'::regnamespace, 'published'::regnamespace)
             AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')""",
    )
    assert [name for name, options in found if "security_invoker=true" not in options] == []


def test_published_views_show_shared_tables_only(target):
    found = rows(
        target,
        """SELECT DISTINCT t.relname FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
           JOIN pg_class v ON v.oid = r.ev_class AND v.relnamespace = 'published'::regnamespace
           JOIN pg_class t ON t.oid = d.refobjid AND t.relkind = 'r'""",
    )
    names = {name for (name,) in found}
    assert names
    # Who answers for a grid is published with the grid; where the workers live is not stored.
    assert names <= {*SHARED_TABLES, "grid", "grid_version", "post", "posting", "worker"}
    columns = rows(
        target,
        """SELECT table_name, string_agg(column_name, ' ' ORDER BY column_name)
           FROM information_schema.columns WHERE table_schema = 'published' GROUP BY 1 ORDER BY 1""",
    )
    assert columns == [
        ("divisions", "code geom kind level name valid_from"),
        ("grids", "code community geom kind level name valid_from"),
        ("streets", "class geom name"),
        ("workers", "grid name ordinal post post_en role substitute_for until work_phone"),
    ]


def test_every_table_has_policies_or_is_shared_by_name(target):
    found = rows(
        target,
        """SELECT relname, relrowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid)
           FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace""",
    )
    open_ = {name for name, secured, _ in found if not secured}
    assert open_ == set(SHARED_TABLES)
    assert [name for name, secured, policies in found if secured and not policies] == []
    readable = rows(
        target,
        """SELECT tablename FROM pg_policies WHERE schemaname = 'public' AND cmd = 'SELECT'
           AND qual = '(( SELECT scope_role() AS scope_role) IS NOT NULL)'""",
    )
    assert {name for (name,) in readable} == {
        *FOR_ALL_SIGNED_IN,
        "grid",
        "grid_version",
        "office_area",
        "station",
    }


def test_functions_that_look_beyond_the_policies_are_on_the_list(target):
    spec = import_module("layers.migrations.versions.20261124_rights")
    field = import_module("layers.migrations.versions.20261128_field_work")
    points = import_module("layers.migrations.versions.20261128_building_points")
    listed = (*field.DEFINERS, *points.DEFINERS)
    later = {"note_ended_device", "own_grids", "posted_grids", "prune_audit", "work_on_event"}
    later |= {name.partition("(")[0] for name in listed}
    assert {name.partition("(")[0] for name in spec.DEFINERS} | later == DEFINERS
    found = rows(
        target,
        """SELECT proname, proconfig::text, has_function_privilege('public', oid, 'EXECUTE'),
                  has_function_privilege('wangge_reader', oid, 'EXECUTE'),
                  has_function_privilege('wangge_compute', oid, 'EXECUTE'),
                  pg_get_userbyid(proowner)
           FROM pg_proc p WHERE prosecdef AND NOT EXISTS (
               SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')""",
    )
    assert {row[0] for row in found} == DEFINERS | PUBLIC_DEFINERS
    for name, settings, public, reader, compute, owner in found:
        assert settings == '{"search_path=public, pg_temp"}', name
        allowed = (False, name in PUBLIC_DEFINERS, False, "wangge_owner")
        assert (public, reader, compute, owner) == allowed, name


CALLS = {
    "end_sessions": "SELECT end_sessions(:account)",
    "new_link": "SELECT new_link('x', :account, 72)",
    "new_phone_link": "SELECT new_phone_link('x', :account, 30)",
    "require_account": "SELECT require_account(:account)",
    "reset_account": "SELECT reset_account(:account)",
    "prune_audit": "SELECT prune_audit(current_date)",
}


@pytest.fixture(scope="module")
def people(target) -> dict[str, Actor]:
    """Return those who try: wrong roles, and the right one for another township."""
    found = {
        role: actor(target.store, role, [OURS])
        for role in ("planner", "analyst", "system_administrator", "security_administrator", "auditor")
    }  # fmt: skip
    found["planner of everything"] = actor(target.store, "planner")
    return {**found, "door": NOBODY, "keeper": KEEPER}


WHO = (
    "planner", "analyst", "system_administrator", "security_administrator", "auditor",
    "planner of everything", "door", "keeper", None,
)  # fmt: skip


@pytest.mark.parametrize("who", WHO, ids=str)
@pytest.mark.parametrize("function", CALLS)
def test_each_of_them_refuses_the_wrong_role_and_the_wrong_area(target, people, function, who):
    name = make_account(target.store, "planner", [THEIRS])
    account = target.value("SELECT id FROM account WHERE name = :name", name=name)
    held = "SELECT count(*) FROM credential WHERE account_id = :id AND password_hash IS NOT NULL"
    store = replace(target.store, actor=people[who] if who else None)
    values = {"account": account} if ":account" in CALLS[function] else {}
    with pytest.raises(RightsError), store.session() as session:
        session.execute(text(CALLS[function]), values)
    assert target.value(held, id=account) == 1


@pytest.mark.parametrize("who", WHO, ids=str)
def test_how_an_account_is_proved_is_told_to_its_administrator_alone(target, people, who):
    name = make_account(target.store, "planner", [THEIRS])
    account = target.value("SELECT id FROM account WHERE name = :name", name=name)
    store = replace(target.store, actor=people[who] if who else None)
    with store.session() as session:
        said = session.execute(text("SELECT account_proof(:id)"), {"id": account}).scalar_one()
    assert said is None


def test_the_functions_do_what_they_are_for(target, people):
    name = make_account(target.store, "planner", [OURS])
    account = target.value("SELECT id FROM account WHERE name = :name", name=name)
    security = target.store.acting(people["security_administrator"])
    with security.session() as session:
        asked = session.execute(text("SELECT account_proof(:id)"), {"id": account})
        assert asked.scalar_one() == "password"
        session.execute(text(CALLS["reset_account"]), {"account": account})
    assert target.value("SELECT count(*) FROM credential WHERE account_id = :id", id=account) == 0


def test_own_grids_are_those_the_account_s_worker_holds_a_post_in_today(target):
    """Of one's own worker, today: not yesterday's, not tomorrow's, not a colleague's."""
    name = make_account(target.store, "grid_worker", [OURS])
    account = target.value("SELECT id FROM account WHERE name = :name", name=name)
    worker = target.value("INSERT INTO worker (name) VALUES ('a') RETURNING id")
    grids = [row[0] for row in rows(target, "SELECT id FROM grid ORDER BY id LIMIT 4")]
    target.sql("UPDATE account SET worker_id = :w WHERE id = :a", w=worker, a=account)
    days = ("current_date - 9, NULL", "current_date, current_date + 1",
            "current_date - 9, current_date", "current_date + 1, NULL")  # fmt: skip
    for grid, held in zip(grids, days, strict=True):
        target.sql(
            f"INSERT INTO posting (worker_id, grid_id, post, valid_from, valid_to) VALUES (:w, :g, 'x', {held})",
            w=worker,
            g=grid,
        )
    own = target.store.acting(Actor(name, "grid_worker", account))
    others = [
        target.store.acting(target.actors[OURS]),
        target.store,
        replace(target.store, actor=NOBODY),
    ]
    seen = []
    for store in (own, *others):
        with store.session() as session:
            seen.append(session.execute(text("SELECT own_grids()")).scalar_one())
    target.sql("DELETE FROM posting WHERE worker_id = :w", w=worker)
    assert seen == [sorted(grids[:2]), [], [], []]


HOSTILE_WORDS = (
    "' OR 1=1 --", "%", "%%", "__", "_%", "\\", "\\\\", "'; DROP TABLE address; --", "$1", "$$", ".*", "..",
    "E'\\x41'", "||", "*:*", "", " ", "1", "号" * 3000, "\u202e东", "NULL", "{1}",
)  # fmt: skip
"""None of them is part of an address of the sample."""


def found_in(target, code: str | None, words: str | None) -> list[tuple[str, float, float]]:
    with replace(target.store, actor=None).session("reader") as session:
        asked = text("SELECT text, lon, lat FROM published.find_address(:code, :words)")
        return [tuple(row) for row in session.execute(asked, {"code": code, "words": words})]


def a_community(target, township: str) -> tuple[str, str]:
    """Return a community with addresses, and the longest address in it."""
    return rows(
        target,
        """SELECT v.code, max(a.text) FROM address a JOIN division_version v ON v.division_id = a.division_id
           AND v.valid_to IS NULL JOIN division d ON d.id = v.division_id AND d.level = 'community'
           WHERE v.code LIKE :like GROUP BY 1 ORDER BY 1 LIMIT 1""",
        like=f"{township}%",
    )[0]


@pytest.mark.parametrize("words", HOSTILE_WORDS, ids=lambda words: ascii(words)[:24])
def test_hostile_words_find_no_address(target, words):
    before = target.value("SELECT count(*) FROM address")
    code, _ = a_community(target, OURS)
    assert found_in(target, code, words) == []
    assert found_in(target, words, "东") == []
    assert target.value("SELECT count(*) FROM address") == before


def test_nothing_is_no_word(target):
    code, _ = a_community(target, OURS)
    assert found_in(target, code, None) == []
    assert found_in(target, None, "东街") == []


def test_the_public_finds_ten_addresses_of_the_community_asked_for_and_of_no_other(target):
    ours, theirs = (a_community(target, code) for code in (OURS, THEIRS))
    for code, known in (ours, theirs):
        assert known in {row[0] for row in found_in(target, code, known)}
        of_it = rows(
            target,
            """SELECT a.text FROM address a JOIN division_version v ON v.division_id = a.division_id
               AND v.valid_to IS NULL WHERE v.code = :code""",
            code=code,
        )
        many = found_in(target, code, known[:2])
        assert 0 < len(many) <= 10
        assert {row[0] for row in many} <= {row[0] for row in of_it}
    assert ours[1] not in {row[0] for row in found_in(target, theirs[0], ours[1])}
    for above in (OURS, COUNTY, f"{OURS}000", ours[0][:-1], f"{ours[0]}%", ours[0][:-1] + "_"):
        assert found_in(target, above, ours[1]) == []


def test_an_address_outside_all_communities_is_nobodys_to_find(target):
    """What lies in a township but in none of its communities belongs to no public page."""
    code, known = a_community(target, OURS)
    with target.store.session("owner") as session:
        session.execute(
            text(
                "UPDATE address SET division_id = (SELECT v.parent_id FROM division_version v "
                "WHERE v.code = :code AND v.valid_to IS NULL) WHERE text = :known"
            ),
            {"code": code, "known": known},
        )
        asked = text("SELECT count(*) FROM published.find_address(:code, :known)")
        for place in (OURS, code):
            seen = session.execute(asked, {"code": place, "known": known}).scalar_one()
            assert seen == 0, place
        session.rollback()


# What the server's role may do at all


@pytest.fixture
def server(target):
    """Return a session of the server's role for an account of everything, undone afterwards."""
    with Session(target.store.engine("server")) as session:
        session.begin()
        enter(session, local_administrator())
        yield session
        session.rollback()


def refused(session: Session, statement: str, **values: Any) -> None:
    with pytest.raises(ProgrammingError) as caught, session.begin_nested():
        session.execute(text(statement), values)
    assert isinstance(caught.value.orig, psycopg.errors.InsufficientPrivilege), caught.value


def test_the_working_roles_own_nothing_and_pass_no_policy(target):
    found = rows(
        target,
        """SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication
           FROM pg_roles WHERE rolname LIKE 'wangge%' ORDER BY 1""",
    )
    names = {f"wangge_{role}" for role in ("owner", "server", "compute", "reader")}
    assert {row[0] for row in found} >= names
    assert [row for row in found if any(row[1:])] == []
    owned = rows(
        target,
        """SELECT c.oid::regclass::text FROM pg_class c JOIN pg_roles r ON r.oid = relowner
           WHERE rolname IN ('wangge_server', 'wangge_compute', 'wangge_reader')
           UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_roles r ON r.oid = proowner
           WHERE rolname IN ('wangge_server', 'wangge_compute', 'wangge_reader')
           UNION ALL SELECT nspname FROM pg_namespace n JOIN pg_roles r ON r.oid = nspowner
           WHERE rolname IN ('wangge_server', 'wangge_compute', 'wangge_reader')
             AND nspname NOT LIKE 'pg_t%'""",
    )
    assert owned == []
    members = rows(
        target,
        """SELECT r.rolname, m.rolname FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid
           JOIN pg_roles m ON m.oid = a.member WHERE m.rolname LIKE 'wangge%'""",
    )
    assert members == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.spy (x int)",
        "CREATE VIEW public.spy AS SELECT * FROM building",
        "CREATE FUNCTION public.spy() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA spy",
        "CREATE EXTENSION dblink",
        "ALTER TABLE building DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "DROP POLICY select_in_area ON building",
        "CREATE POLICY all_of_it ON building USING (true)",
        "DROP TABLE building",
        "TRUNCATE building",
        "TRUNCATE audit",
        "DELETE FROM audit",
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM account",
        "DELETE FROM export",
        "UPDATE export SET bytes = 0",
        "UPDATE account SET role = 'auditor' WHERE false; SET ROLE wangge_owner",
        "SET ROLE postgres",
        "SET session_replication_role = replica",
        "ALTER ROLE wangge_server BYPASSRLS",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY building TO PROGRAM 'cat'",
        "CREATE FUNCTION pg_temp.spy() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; SET ROLE wangge_owner",
        "INSERT INTO coverage_run (id) VALUES ('x')",
        "UPDATE coverage_building SET walk_mm = 0",
        "SELECT * FROM coverage_field",
    ],
)  # fmt: skip
def test_the_server_cannot(server, statement):
    refused(server, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit (actor, action, at) VALUES ('os:root', 'import', '2000-01-01')",
        "INSERT INTO audit (actor, action, id) OVERRIDING SYSTEM VALUE VALUES ('os:root', 'import', 1)",
        "INSERT INTO audit (actor, action) VALUES ('somebody', 'import')",
        "INSERT INTO audit (actor, account_id, action) VALUES ('os:root', 1, 'import')",
        "INSERT INTO audit (actor, action) VALUES ('', 'import')",
        "INSERT INTO export (actor, object, format, bytes, sha256) VALUES ('somebody', 'x', 'csv', 1, '')",
        "INSERT INTO job (id, kind, parameters, actor) VALUES (gen_random_uuid(), 'x', '{}', 'somebody')",
    ],
)
def test_nobody_writes_in_anothers_name_or_at_another_time(server, statement):
    actor_name = local_administrator().name.replace(":", r"\:")
    refused(server, statement.replace("os:root", actor_name))


def test_a_policy_holds_while_it_is_asked_about_by_a_leaking_function(target):
    """A cheap function of one's own that tells what it is given is never given a hidden row."""
    with target.store.acting(target.actors[OURS]).session() as session:
        session.execute(
            text(
                "CREATE FUNCTION pg_temp.tell(v text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 "
                "AS $$ BEGIN IF left(v, 9) <> '990101001' THEN RAISE EXCEPTION 'leaked %', v; END IF; "
                "RETURN true; END $$"
            )
        )
        told = session.execute(text("SELECT count(*) FROM building WHERE pg_temp.tell(code)"))
        assert told.scalar_one() > 0


def test_a_function_marked_leakproof_by_anybody_but_a_superuser_is_refused(server):
    refused(
        server,
        "CREATE FUNCTION pg_temp.tell(text) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT true'",
    )


def test_the_reader_reads_what_is_published_and_nothing_else(target):
    granted = rows(
        target,
        """SELECT table_schema FROM information_schema.role_table_grants
           WHERE grantee = 'wangge_reader' GROUP BY 1""",
    )
    assert granted == [("published",)]
    with pytest.raises(RightsError), replace(target.store, actor=None).session("reader") as session:
        session.execute(text("SELECT count(*) FROM building"))
    with replace(target.store, actor=None).session("reader") as session:
        assert session.execute(text("SELECT count(*) FROM published.grids")).scalar_one() > 0
    readable = rows(
        target,
        """SELECT c.oid::regclass::text FROM pg_class c WHERE relkind IN ('r', 'v', 'm', 'p')
           AND relnamespace = 'public'::regnamespace
           AND has_table_privilege('wangge_reader', c.oid, 'SELECT')
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')""",
    )
    assert readable == []


@pytest.mark.parametrize("role", ["planner", "system_administrator", "security_administrator"])
def test_no_account_reads_anothers_proof_or_the_audit(target, role):
    someone = target.store.acting(actor(target.store, role))
    with someone.session() as session:
        own = someone.actor.account
        for table in ("credential", "login_session", "token"):
            seen = session.execute(text(f"SELECT account_id FROM {table}")).scalars()
            assert set(seen) <= {own}, table
        for table in ("link", "audit"):
            assert not session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one(), table


def test_an_account_does_not_widen_itself(target):
    """Its own row, its divisions, another's password: none of it can be written."""
    planner = target.store.acting(actor(target.store, "planner", [OURS]))
    security = target.store.acting(actor(target.store, "security_administrator", [COUNTY]))
    for someone in (planner, security):
        own = someone.actor.account
        before = target.sql("SELECT role, everywhere FROM account WHERE id = :id", id=own)
        for statement in (
            "UPDATE account SET everywhere = true WHERE id = :id",
            "UPDATE account SET role = 'planner', everywhere = true WHERE id = :id",
            "INSERT INTO account_division SELECT :id, id FROM division",
            "DELETE FROM account_division WHERE account_id = :id",
            "INSERT INTO login_session (hash, account_id, csrf) SELECT 'x', id, '' FROM account WHERE id <> :id",
            "UPDATE credential SET password_hash = 'x' WHERE account_id <> :id",
            (
                "INSERT INTO token (account_id, name, hash, expires_at) "
                "SELECT id, 'x', 'x' || id, now() FROM account WHERE id <> :id"
            ),
        ):
            with suppress(RightsError), someone.session() as session:
                result: Any = session.execute(text(statement), {"id": own})
                assert result.rowcount == 0, statement
        assert target.sql("SELECT role, everywhere FROM account WHERE id = :id", id=own) == before
        kept = target.value("SELECT count(*) FROM account_division WHERE account_id = :id", id=own)
        assert kept == 1
    assert target.value("SELECT count(*) FROM login_session WHERE hash = 'x'") == 0
    assert target.value("SELECT count(*) FROM credential WHERE password_hash = 'x'") == 0


# The audit


def test_even_the_owner_changes_and_removes_nothing_of_the_last_six_months(target):
    assert target.value("SELECT count(*) FROM audit") > 0
    for statement in (
        "UPDATE audit SET actor = 'nobody'",
        "UPDATE audit SET at = now() - interval '1 year'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DELETE FROM audit WHERE at > now() - interval '183 days'",
    ):
        with pytest.raises(RightsError):
            target.sql(statement)


def test_pruning_keeps_183_days_whatever_day_is_given(target):
    old = "INSERT INTO audit (actor, action, at) VALUES ('old', 'import', now() - make_interval(days => :d))"
    for days in (400, 184, 182, 1):
        target.sql(old, d=days)
    before = target.value("SELECT count(*) FROM audit WHERE at > now() - interval '183 days'")
    gone = prune_audit(target.store, date(9999, 1, 1))
    left = rows(
        target,
        "SELECT round(extract(epoch FROM now() - at) / 86400)::int FROM audit WHERE actor = 'old' ORDER BY 1",
    )
    assert left == [(1,), (182,)]
    assert gone == 2
    # One more: pruning is itself recorded.
    kept = target.value("SELECT count(*) FROM audit WHERE at > now() - interval '183 days'")
    assert kept == before + 1


def test_the_owner_cannot_switch_the_guard_off_for_a_moment(target):
    with pytest.raises(RightsError):
        target.sql("SET LOCAL session_replication_role = replica")
