"""What a grid worker's phone can see and do, and what it cannot: own grids, own counts, published contacts."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gis.errors import ConflictError, NotFoundError
from layers.rights import NOBODY, Actor, RightsError, local_administrator
from layers.usecases import devices, phone
from layers.usecases.accounts import AccountDraft, add_account, change_account
from layers.usecases.household_checks import Check, decide_check, list_checks, propose_check
from layers.usecases.sessions import SignInError, SignInRules, visit_by
from tests.accounts import actor, make_account
from tests.conftest import fresh_copy
from tests.layers.plans import today

RULES = SignInRules()
GRID, COMMUNITY, ELSEWHERE = "990101001003001", "990101001003", "990101102"
NARROWED = ("building", "household_count", "address", "estate", "posting")


@pytest.fixture(scope="module")
def store(sample_template):
    with fresh_copy(sample_template, "wangge_test_phone") as copy:
        yield copy.acting(local_administrator())


def worker_of(store, grid: str = GRID, area: str = COMMUNITY) -> Actor:
    """Return a new account of somebody posted in a grid today who has none yet."""
    name = make_account(store, "grid_worker", [area])
    with store.session() as session:
        row = session.execute(
            text(
                "SELECT id FROM workers_to_enrol(:grid) WHERE account IS NULL AND :grid = ANY(grids) "
                "ORDER BY id LIMIT 1"
            ),
            {"grid": grid},
        ).one_or_none()
    if row is None:
        with store.session() as session:
            number = session.execute(
                text(
                    "INSERT INTO worker (name, division_id) SELECT '示例网格员 99', g.community_id FROM grid g "
                    "JOIN grid_version v ON v.grid_id = g.id WHERE v.code = :grid RETURNING id"
                ),
                {"grid": grid},
            ).scalar_one()
            session.execute(
                text(
                    "INSERT INTO posting (worker_id, grid_id, post, valid_from) SELECT :w, grid_id, '专职网格员', "
                    "'2024-01-01' FROM grid_version WHERE code = :grid"
                ),
                {"w": number, "grid": grid},
            )
    else:
        number = row.id
    change_account(store, name, AccountDraft(worker=number))
    with store.session() as session:
        from layers.actors import load_actor

        account = session.execute(
            text("SELECT id FROM account WHERE name = :name"), {"name": name}
        ).scalar_one()
        return load_actor(session, account)


def test_a_worker_reads_the_own_grids_and_no_more_of_the_community(store):
    own = store.acting(worker_of(store))
    with own.session() as session:
        mine = [grid["code"] for grid in phone.phone_home(session)["grids"]]
    assert 0 < len(mine) < 3
    with store.session() as session:
        meant = set(
            session.execute(
                text(
                    "SELECT b.code FROM building b JOIN grid_version v ON ST_Intersects(v.geom, b.geom) "
                    "WHERE v.code = ANY(:grids)"
                ),
                {"grids": mine},
            ).scalars()
        )
    with own.session() as session:
        seen = set(session.execute(text("SELECT code FROM building")).scalars())
        assert seen == meant
        grids = session.execute(
            text(
                "SELECT DISTINCT v.code FROM posting p JOIN grid_version v ON v.grid_id = p.grid_id"
            )
        )
        assert set(grids.scalars()) == {grid["code"] for grid in phone.phone_home(session)["grids"]}
        # Neighbours' contacts are published for everybody.
        others = session.execute(
            text("SELECT count(*) FROM published.workers WHERE grid = '990101001003002'")
        )
        assert others.scalar_one() > 0


def test_a_scanned_code_tells_a_worker_a_place_and_nothing_else_and_only_in_the_own_county(store):
    """The house may stand in another grid; whoever is no grid worker reads buildings by area."""
    code = "990101102001B0001"
    with store.session() as session:
        place = text("SELECT ST_X(geom), ST_Y(geom) FROM building WHERE code = :code")
        lon, lat = session.execute(place, {"code": code}).one()
    worker = worker_of(store)
    with store.acting(worker).session() as session:
        assert phone.place_of_building(session, code) == {"lon": lon, "lat": lat}
        assert session.execute(place, {"code": code}).all() == []
        with pytest.raises(NotFoundError, match="county"):
            phone.place_of_building(session, "990101102001B9999")
    elsewhere = replace(worker, area=frozenset())
    planner = actor(store, "planner", [COMMUNITY])
    for who in (elsewhere, planner):
        with store.acting(who).session() as session, pytest.raises(NotFoundError):
            phone.place_of_building(session, code)


@pytest.mark.parametrize("table", NARROWED)
def test_a_worker_without_a_post_reads_nothing_that_belongs_to_an_area(store, table):
    stranger = store.acting(actor(store, "grid_worker", [COMMUNITY]))
    with stranger.session() as session:
        assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0
    # Not even an account that was given everything.
    everywhere = store.acting(actor(store, "grid_worker"))
    with everywhere.session() as session:
        assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0


def test_a_post_that_ended_yesterday_shows_nothing_today(store):
    who = worker_of(store, "990101001003004")
    own = store.acting(who)
    with own.session() as session:
        assert phone.phone_home(session)["grids"][0]["code"] == "990101001003004"
    with store.session() as session:
        session.execute(
            text(
                "UPDATE posting SET valid_to = current_date WHERE worker_id = "
                "(SELECT worker_id FROM account WHERE id = :id)"
            ),
            {"id": who.account},
        )
    with own.session() as session:
        assert phone.phone_home(session)["grids"] == []
        assert session.execute(text("SELECT count(*) FROM building")).scalar_one() == 0
        with pytest.raises(NotFoundError, match="990101001003004"):
            phone.grid_package(session, "990101001003004")


def test_the_package_of_a_neighbour_s_grid_is_not_given_out(store):
    with store.acting(worker_of(store)).session() as session:
        assert phone.grid_package(session, GRID)[0]
        own = {grid["code"] for grid in phone.phone_home(session)["grids"]}
        other = next(code for code in (f"{COMMUNITY}00{n}" for n in range(1, 9)) if code not in own)
        with pytest.raises(NotFoundError) as refused:
            phone.grid_package(session, other)
    assert refused.value.code == "unknown_grid"


def test_a_link_lets_one_phone_in_once(store):
    name = worker_of(store).name
    _, secret, _ = devices.new_phone_link(store, name)
    told, mine = devices.let_phone_in(store, secret, "手机 <b>甲</b>", None, cookie=True)
    assert told == name
    with pytest.raises(NotFoundError) as used:
        devices.let_phone_in(store, secret, "second", None, cookie=True)
    assert used.value.code == "unknown_link"
    visit = visit_by(devices.BY_PHONE, store, RULES, mine, None)
    assert (visit.actor.name, visit.csrf is not None) == (name, True)
    assert [item["name"] for item in devices.list_devices(store, name)] == ["手机 <b>甲</b>"]


def test_a_newer_link_voids_the_one_before_and_old_links_die(store):
    name = worker_of(store).name
    first = devices.new_phone_link(store, name)[1]
    second = devices.new_phone_link(store, name)[1]
    with pytest.raises(NotFoundError):
        devices.let_phone_in(store, first, "x", None, cookie=True)
    with store.session("owner") as session:
        session.execute(text("UPDATE link SET expires_at = now() - interval '1 second'"))
    with pytest.raises(NotFoundError):
        devices.let_phone_in(store, second, "x", None, cookie=True)


def test_a_link_for_a_password_lets_no_phone_in_and_the_other_way_round(store):
    from layers.usecases import sign_in

    _, for_password, _ = add_account(
        store, f"w{uuid.uuid4().hex[:8]}", AccountDraft(None, "grid_worker", [COMMUNITY])
    )
    with pytest.raises(NotFoundError):
        devices.let_phone_in(store, for_password, "x", None, cookie=True)
    for_phone = devices.new_phone_link(store, worker_of(store).name)[1]
    with pytest.raises(NotFoundError):
        sign_in.check_link(store, for_phone, None)
    with pytest.raises(NotFoundError):
        sign_in.use_link(store, for_phone, "Langes-Pferd-77", None)


@pytest.mark.parametrize("way", ["revoked", "disabled", "reset", "expired"])
def test_a_lost_phone_is_shut_out_at_its_next_request(store, way):
    name = worker_of(store).name
    secret = devices.new_phone_link(store, name)[1]
    _, mine = devices.let_phone_in(store, secret, "lost", None, cookie=True)
    number = devices.list_devices(store, name)[0]["id"]
    assert visit_by(devices.BY_PHONE, store, RULES, mine, None).device == number
    if way == "revoked":
        devices.end_device(store, name, number)
    elif way == "disabled":
        change_account(store, name, AccountDraft(disabled=True))
    elif way == "reset":
        from layers.usecases.accounts import reset_account

        reset_account(store, name)
    else:
        with store.session("owner") as session:
            session.execute(
                text("UPDATE device SET expires_at = now() WHERE id = :id"), {"id": number}
            )
    with pytest.raises(SignInError):
        visit_by(devices.BY_PHONE, store, RULES, mine, None)
    # Whoever was shut out is told so, and clears what is kept; a phone that expired was not.
    assert devices.is_ended(store, mine) is (way != "expired")
    assert not devices.is_ended(store, f"{mine}x")


def test_links_for_a_community_that_is_none_are_refused(store):
    with pytest.raises(NotFoundError) as refused:
        devices.enrol_workers(store, "nosuch", 30)
    assert refused.value.code == "unknown_division"


def test_the_fourth_phone_of_an_account_ends_the_one_not_seen_for_longest(store):
    name = worker_of(store).name
    for number in range(devices.MOST_DEVICES + 1):
        secret = devices.new_phone_link(store, name)[1]
        devices.let_phone_in(store, secret, f"phone {number}", None, cookie=True)
    names = {item["name"] for item in devices.list_devices(store, name)}
    assert names == {"phone 1", "phone 2", "phone 3"}


def test_only_phones_of_one_s_area_are_listed_and_ended(store):
    name = worker_of(store).name
    secret = devices.new_phone_link(store, name)[1]
    devices.let_phone_in(store, secret, "x", None, cookie=True)
    number = devices.list_devices(store, name)[0]["id"]
    outer = store.acting(actor(store, "security_administrator", [ELSEWHERE]))
    for ask in (
        lambda: devices.list_devices(outer, name),
        lambda: devices.end_device(outer, name, number),
        lambda: devices.new_phone_link(outer, name),
    ):
        with pytest.raises(NotFoundError):
            ask()
    with outer.session() as session:
        assert session.execute(text("SELECT count(*) FROM device")).scalar_one() == 0
    inner = store.acting(actor(store, "security_administrator", [COMMUNITY]))
    devices.end_device(inner, name, number)
    assert devices.list_devices(store, name) == []


def test_phones_are_for_grid_workers_and_people_in_post_of_the_area(store):
    planner = make_account(store, "planner", [COMMUNITY])
    with pytest.raises(ConflictError) as refused:
        devices.new_phone_link(store, planner)
    assert refused.value.code == "not_a_worker"
    outer = store.acting(actor(store, "security_administrator", [ELSEWHERE]))
    inside = devices.workers_to_enrol(store, GRID)[0]["id"]
    assert inside not in {row["id"] for row in devices.workers_to_enrol(outer)}
    for role in ("planner", "analyst", "grid_worker", "auditor"):
        assert devices.workers_to_enrol(store.acting(actor(store, role, [COMMUNITY]))) == []
    with store.acting(NOBODY).session() as session:
        assert session.execute(text("SELECT count(*) FROM workers_to_enrol('')")).scalar_one() == 0


def test_counts_are_proposed_once_and_decided_once(store):
    worker = worker_of(store)
    own, planner = store.acting(worker), store.acting(actor(store, "planner", [COMMUNITY]))
    with own.session() as session:
        day = today(session)
    given = Check(uuid.uuid4(), "990101001003B0001", day, resident=9, vacant=0, note="<b>x</b>")
    for first in (True, False):
        with own.session() as session:
            kept, new = propose_check(session, given)
            assert (new, kept["state"], kept["note"]) == (first, "proposed", "<b>x</b>")
    with own.session() as session, pytest.raises(ConflictError):
        propose_check(session, replace(given, resident=10))
    with planner.session() as session:
        listed = list_checks(session, "proposed")
        mine = next(item for item in listed["checks"] if item["id"] == str(given.id))
        assert mine["before"]["resident"] == 5
        grid = next(item for item in listed["grids"] if item["grid"] == GRID)
        assert grid["households_after"] - grid["households"] == 4
        assert decide_check(session, given.id, accept=True, reason=None)["state"] == "accepted"
        count = session.execute(
            text(
                "SELECT registered, resident, vacant, source FROM household_count h "
                "JOIN building b ON b.id = h.building_id WHERE b.code = :code ORDER BY counted_on DESC LIMIT 1"
            ),
            {"code": given.building},
        ).one()
        assert tuple(count) == (6, 9, 0, "网格核实"), "what was not counted stays"
    with planner.session() as session, pytest.raises(ConflictError):
        decide_check(session, given.id, accept=False, reason="x")


def test_nobody_decides_the_own_count_or_one_of_another_area(store):
    worker = worker_of(store)
    own = store.acting(worker)
    with own.session() as session:
        given = Check(uuid.uuid4(), "990101001003B0001", today(session), resident=2)
        propose_check(session, given)
    changed = "UPDATE household_check SET state = 'accepted' WHERE id = :id"
    with own.session() as session:
        done = session.execute(text(changed), {"id": given.id})
        assert done.rowcount == 0
    for role in ("planner", "reviewer", "analyst"):
        outer = store.acting(actor(store, role, [ELSEWHERE]))
        with outer.session() as session:
            assert list_checks(session)["checks"] == []
            with pytest.raises(NotFoundError):
                decide_check(session, given.id, accept=True, reason=None)
    colleague = store.acting(worker_of(store, "990101001003002"))
    with colleague.session() as session:
        assert list_checks(session)["checks"] == []


def test_a_count_is_written_in_one_s_own_name_only(store):
    worker = worker_of(store)
    with store.session() as session:
        other = session.execute(
            text("SELECT id FROM account WHERE id <> :id LIMIT 1"), {"id": worker.account}
        ).scalar_one()
    insert = (
        "INSERT INTO household_check (id, building_id, division_id, account_id, counted_on, made_at, state) "
        "SELECT gen_random_uuid(), id, division_id, :account, current_date, now(), :state FROM building LIMIT 1"
    )
    for account, state in ((other, "proposed"), (worker.account, "accepted")):
        with (
            pytest.raises((RightsError, DBAPIError)),
            store.acting(worker).session() as session,
        ):
            session.execute(text(insert), {"account": account, "state": state})


def test_a_building_outside_the_area_cannot_be_counted(store):
    with store.acting(worker_of(store)).session() as session:
        given = Check(uuid.uuid4(), "990101102001B0001", today(session), resident=2)
        with pytest.raises(NotFoundError) as refused:
            propose_check(session, given)
    assert refused.value.code == "unknown_building"


def test_a_count_of_a_building_that_left_the_own_grid_is_taken_and_still_read(store):
    worker = worker_of(store, "990101001003005")
    own = store.acting(worker)
    with own.session() as session:
        seen = set(session.execute(text("SELECT code FROM building")).scalars())
        assert "990101001003B0001" not in seen
        given = Check(uuid.uuid4(), "990101001003B0001", today(session), resident=2)
        kept, new = propose_check(session, given)
        assert (new, kept["building"], kept["lon"]) == (True, given.building, None)
        assert [item["id"] for item in list_checks(session)["checks"]] == [str(given.id)]
