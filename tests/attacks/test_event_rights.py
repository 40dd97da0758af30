"""Attacks on events and campaigns as the server's own role: whose they are is the database's to say."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from layers.rights import KEEPER, NOBODY, RightsError, local_administrator
from layers.usecases.campaigns.making import CampaignDraft, add_campaign
from layers.usecases.events.asked import Asked
from layers.usecases.events.steps import take_step
from tests.accounts import actor
from tests.attacks.conftest import OURS, THEIRS
from tests.layers.field import now, reported, spots, worker

TABLES = (
    "event", "event_step", "event_photo", "event_step_photo", "campaign", "campaign_item", "campaign_mark",
    "campaign_change",
)  # fmt: skip
PLACES = {OURS: f"{OURS}001", THEIRS: f"{THEIRS}001"}


@pytest.fixture(scope="module")
def world(target) -> dict[str, Any]:
    """Return an event, a campaign and a worker of either township."""
    made: dict[str, Any] = {}
    for code, community in PLACES.items():
        spot = spots(target.store, community)[0]
        event = reported(target.store, local_administrator(), spot.lon, spot.lat, photos=1)
        with target.store.session() as session:
            day = (now() + timedelta(days=9)).date()
            campaign = add_campaign(session, CampaignDraft("查", "所", day, ["一"], [community]))
        made[code] = {
            "event": uuid.UUID(event["id"]),
            "step": pictured_step(target.store, spot),
            "campaign": campaign["id"],
            "item": campaign["items"][0]["id"],
            "grid": spot.grid,
            "division": spot.community,
            "worker": worker(target.store, [spot.grid], [code]),
        }
    return made


def pictured_step(store: Any, spot: Any) -> uuid.UUID:
    """Return a step with a photo that the desk took on an event of a grid."""
    event, step = reported(store, local_administrator(), spot.lon, spot.lat)["id"], uuid.uuid4()
    with store.session() as session:
        take_step(session, uuid.UUID(event), Asked("handle", id=step, photos=2))
        session.execute(
            text(
                "INSERT INTO event_step_photo (step, n, received_sha256, sha256, bytes, width, height) "
                "VALUES (:step, 1, 'x', 'x', 1, 1, 1)"
            ),
            {"step": step},
        )
    return step


def seen(store: Any) -> dict[str, int]:
    with store.session() as session:
        return {
            table: session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in TABLES
        }


def counted(target) -> dict[str, int]:
    return {table: target.value(f"SELECT count(*) FROM {table}") for table in TABLES}


@pytest.mark.parametrize(
    "role", ["system_administrator", "security_administrator", "auditor", "door", "keeper", None]
)
def test_whoever_has_nothing_to_do_with_events_sees_none(target, world, role):
    who = {"door": NOBODY, "keeper": KEEPER, None: None}.get(role, ...)
    if who is ...:
        who = actor(target.store, role)
    assert set(seen(replace(target.store, actor=who)).values()) == {0}


def test_a_worker_sees_own_grid_and_own_reports_and_no_other_township(target, world):
    own = target.store.acting(world[OURS]["worker"])
    with own.session() as session:
        events = set(session.execute(text("SELECT id FROM event")).scalars())
        campaigns = set(session.execute(text("SELECT id FROM campaign")).scalars())
        steps = set(session.execute(text("SELECT event_id FROM event_step")).scalars())
        pictured = set(session.execute(text("SELECT step FROM event_step_photo")).scalars())
    assert world[OURS]["event"] in events
    assert world[THEIRS]["event"] not in events
    assert steps <= events
    assert pictured == {world[OURS]["step"]}
    assert world[OURS]["campaign"] in campaigns
    assert world[THEIRS]["campaign"] not in campaigns


def test_a_post_that_is_over_shows_nothing_more(target, world):
    spot = spots(target.store, PLACES[OURS])[0]
    former = worker(target.store, [spot.grid], [OURS])
    target.sql(
        "UPDATE posting SET valid_from = current_date - 9, valid_to = current_date WHERE worker_id = "
        "(SELECT worker_id FROM account WHERE id = :id)",
        id=former.account,
    )
    found = seen(target.store.acting(former))
    assert (found["event"], found["campaign"], found["campaign_mark"]) == (0, 0, 0)


WRITES = {
    "handle it": "UPDATE event SET state = 'handling' WHERE id = :event",
    "take it for oneself": "UPDATE event SET reporter_account = :account WHERE id = :event",
    "close it": "UPDATE event SET state = 'verified', due_at = NULL WHERE id = :event",
    "change its campaign": "UPDATE campaign SET deadline = '2099-01-01' WHERE id = :campaign",
    "change its list": "UPDATE campaign_item SET text = 'x' WHERE campaign_id = :campaign",
}
REFUSED = {
    "write a step of the desk": (
        "INSERT INTO event_step (event_id, actor, account_id, action, to_state, to_level) "
        "VALUES (:event, :name, :account, 'verify', 'verified', 'grid')"
    ),
    "write a step of a report that is another's": (
        "INSERT INTO event_step (event_id, actor, account_id, action, to_state, to_level) "
        "VALUES (:event, :name, :account, 'report', 'reported', 'grid')"
    ),
    "write in another's name": (
        "INSERT INTO event_step (event_id, actor, account_id, action, to_state, to_level) "
        "VALUES (:event, 'somebody', NULL, 'photo', 'reported', 'grid')"
    ),
    "add a photo to another's report": (
        "INSERT INTO event_photo (event_id, n, received_sha256, sha256, bytes, width, height) "
        "VALUES (:event, 0, 'x', 'x', 1, 1, 1)"
    ),
    "add a photo to another's step": (
        "INSERT INTO event_step_photo (step, n, received_sha256, sha256, bytes, width, height) "
        "VALUES (:step, 0, 'x', 'x', 1, 1, 1)"
    ),
    "report in another's name": (
        "INSERT INTO event (id, category, geom, placed, content_hash, reporter, reported_at, level, due_at) "
        "VALUES (gen_random_uuid(), 'litter', ST_SetSRID(ST_MakePoint(117.3, 28.6), 4326), 'tap', 'x', "
        "'somebody', now(), 'grid', now())"
    ),
    "report something as done": (
        "INSERT INTO event (id, category, geom, placed, content_hash, reporter, reporter_account, reported_at, "
        "level, state) VALUES (gen_random_uuid(), 'litter', ST_SetSRID(ST_MakePoint(117.3, 28.6), 4326), 'tap', "
        "'x', :name, :account, now(), 'grid', 'verified')"
    ),
    "change the history": "UPDATE event_step SET note = 'x' WHERE event_id = :event",
    "remove the history": "DELETE FROM event_step WHERE event_id = :event",
    "remove an event": "DELETE FROM event WHERE id = :event",
    "remove a mark": "DELETE FROM campaign_mark",
    "change a mark": "UPDATE campaign_mark SET done = true",
    "change who made a campaign": "UPDATE campaign SET created_by = 'x'",
    "change what was changed": "UPDATE campaign_change SET reason = 'x'",
    "write what was changed": (
        "INSERT INTO campaign_change (campaign_id, actor, account_id, action, changes) "
        "VALUES (:campaign, :name, :account, 'close', '{}')"
    ),
    "change a photo": "UPDATE event_photo SET sha256 = 'x'",
    "change a photo of a step": "UPDATE event_step_photo SET sha256 = 'x'",
    "announce photos of a step afterwards": "UPDATE event_step SET photos = 6 WHERE client_id = :step",
    "take a step by the way without photos": (
        "SELECT work_on_event(:event, gen_random_uuid(), 'handle', 'x', now() + interval '1 day', NULL)"
    ),
    "make a campaign": (
        "INSERT INTO campaign (name, owner, deadline, divisions, created_by) "
        "VALUES ('x', 'x', current_date, ARRAY[CAST(:division AS integer)], :name)"
    ),
    "add an item": "INSERT INTO campaign_item (campaign_id, position, text) VALUES (:campaign, 9, 'x')",
    "give rules": (
        "INSERT INTO event_rules (division_id, kind, content, made_by) "
        "VALUES (:division, 'categories', '{}', :name)"
    ),
}
MARK = (
    "INSERT INTO campaign_mark (id, item_id, grid_id, marked_grid, division_id, done, content_hash, account_id, "
    "actor, at) VALUES (gen_random_uuid(), :item, :grid, 'x', :division, true, 'x', :account, :name, now())"
)


def values(world, code: str, who: Any) -> dict[str, Any]:
    one = world[code]
    names = ("event", "step", "campaign", "item", "grid", "division")
    return {**{name: one[name] for name in names}, "account": who.account, "name": who.name}


def try_it(target, who: Any, statement: str, **given: Any) -> int:
    """Return how many rows a statement changed."""
    with target.store.acting(who).session() as session:
        result: Any = session.execute(text(statement), given)
        return int(result.rowcount)


@pytest.mark.parametrize("what", WRITES)
@pytest.mark.parametrize("code", [OURS, THEIRS], ids=["own grid", "elsewhere"])
def test_a_worker_changes_no_event(target, world, what, code):
    who = world[OURS]["worker"]
    before = target.sql("SELECT * FROM event WHERE id = :id", id=world[code]["event"])
    given = values(world, code, who)
    wanted = {name: given[name] for name in given if f":{name}" in WRITES[what]}
    assert try_it(target, who, WRITES[what], **wanted) == 0
    assert target.sql("SELECT * FROM event WHERE id = :id", id=world[code]["event"]) == before


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("code", [OURS, THEIRS], ids=["own grid", "elsewhere"])
def test_a_worker_cannot(target, world, what, code):
    who = world[OURS]["worker"]
    before = counted(target)
    given = values(world, code, who)
    wanted = {name: given[name] for name in given if f":{name}" in REFUSED[what]}
    with pytest.raises(RightsError):
        try_it(target, who, REFUSED[what], **wanted)
    assert counted(target) == before


def test_a_worker_ticks_items_of_own_grids_alone(target, world):
    who = world[OURS]["worker"]
    assert try_it(target, who, MARK, **_mark(world, OURS, who)) == 1
    for item, grid in ((THEIRS, THEIRS), (OURS, THEIRS), (THEIRS, OURS)):
        given = _mark(world, OURS, who)
        given |= {"item": world[item]["item"], "grid": world[grid]["grid"]}
        with pytest.raises(RightsError):
            try_it(target, who, MARK, **given)


def _mark(world, code: str, who: Any) -> dict[str, Any]:
    given = values(world, code, who)
    return {name: given[name] for name in ("item", "grid", "division", "account", "name")}


def test_a_planner_of_another_township_sees_and_changes_nothing(target, world):
    who = target.actors[THEIRS]
    with target.store.acting(who).session() as session:
        events = set(session.execute(text("SELECT id FROM event")).scalars())
    assert world[OURS]["event"] not in events
    assert try_it(target, who, WRITES["handle it"], event=world[OURS]["event"]) == 0
    for what in ("write a step of the desk", "make a campaign", "add an item"):
        given = values(world, OURS, who)
        wanted = {name: given[name] for name in given if f":{name}" in REFUSED[what]}
        with pytest.raises(RightsError):
            try_it(target, who, REFUSED[what], **wanted)


def test_a_planner_hands_no_event_to_where_the_account_sees_it_no_more(target, world):
    """Whoever handles an event may not push it out of everybody's sight."""
    who = target.actors[OURS]
    with pytest.raises(RightsError):
        try_it(
            target,
            who,
            "UPDATE event SET division_id = :division, handler_division = :division WHERE id = :event",
            division=world[THEIRS]["division"],
            event=world[OURS]["event"],
        )


WORK = (
    "SELECT work_on_event(:event, gen_random_uuid(), :what, 'x', now() + interval '1 day', NULL, 0)"
)


def event_here(target, **changed: Any) -> tuple[uuid.UUID, Any]:
    """Return a fresh event of the first township, changed as told, and the grid it lies in."""
    spot = spots(target.store, PLACES[OURS])[0]
    made = uuid.UUID(reported(target.store, local_administrator(), spot.lon, spot.lat)["id"])
    for column, value in changed.items():
        target.sql(f"UPDATE event SET {column} = :value WHERE id = :id", value=value, id=made)
    return made, spot


def test_whoever_holds_no_post_in_its_grid_today_takes_no_step_of_an_event(target, world):
    """Asked of the database itself, whatever a use case would have refused before."""
    event, spot = event_here(target)
    former = worker(target.store, [spot.grid], [OURS])
    target.sql(
        "UPDATE posting SET valid_from = current_date - 9, valid_to = current_date WHERE worker_id = "
        "(SELECT worker_id FROM account WHERE id = :id)",
        id=former.account,
    )
    others = (
        worker(target.store, [spots(target.store, PLACES[OURS])[1].grid], [OURS]),
        world[THEIRS]["worker"],
        former,
        target.actors[OURS],
        actor(target.store, "analyst", [OURS]),
        NOBODY,
        replace(world[OURS]["worker"], role="planner"),
    )
    for who in others:
        with pytest.raises(RightsError):
            try_it(target, who, WORK, event=event, what="handle")
    assert target.value("SELECT state FROM event WHERE id = :id", id=event) == "reported"


@pytest.mark.parametrize("level", ["community", "township", "county"])
def test_a_worker_takes_no_step_of_what_lies_higher_up(target, world, level):
    event, _ = event_here(target, level=level)
    with pytest.raises(RightsError):
        try_it(target, world[OURS]["worker"], WORK, event=event, what="handle")
    assert target.value("SELECT state FROM event WHERE id = :id", id=event) == "reported"


def test_a_worker_takes_the_worker_s_steps_in_their_order_alone(target, world):
    event, _ = event_here(target)
    who = world[OURS]["worker"]
    for what in ("verify", "reject", "dispatch", "defer", "merge", "feedback", "return", ""):
        with pytest.raises(RightsError):
            try_it(target, who, WORK, event=event, what=what)
    for what, said, until in (
        ("handle", "x", "now() - interval '1 day'"),
        ("handle", "x", "now() + interval '9 years'"),
        ("handle", "x" * 1001, "NULL"),
    ):
        with pytest.raises(RightsError):
            try_it(
                target,
                who,
                WORK.replace("'x'", f"'{said}'").replace("now() + interval '1 day'", until),
                event=event,
                what=what,
            )
    for photos in ("-1", "7"):
        with pytest.raises((RightsError, IntegrityError)):
            try_it(
                target, who, WORK.replace("NULL, 0", f"NULL, {photos}"), event=event, what="handle"
            )
    without_id = WORK.replace("gen_random_uuid()", "NULL").replace("NULL, 0", "NULL, 1")
    with pytest.raises(RightsError):
        try_it(target, who, without_id, event=event, what="handle")
    assert try_it(target, who, WORK, event=event, what="handle") == 1
    for lacking in (WORK.replace("'x'", "' '"), WORK.replace("now() + interval '1 day'", "NULL")):
        with pytest.raises(RightsError):
            try_it(target, who, lacking, event=event, what="feedback")
    assert try_it(target, who, WORK, event=event, what="feedback") == 1
    with pytest.raises(RightsError):
        try_it(target, who, WORK, event=event, what="handle")
    steps = target.sql(
        "SELECT action, actor, account_id FROM event_step WHERE event_id = :id ORDER BY id",
        id=event,
    )
    assert [tuple(row) for row in steps][1:] == [
        ("handle", who.name, who.account),
        ("feedback", who.name, who.account),
    ]


def test_a_planner_of_part_of_a_campaign_changes_nothing_of_it(target, world):
    """Only who reaches all of its communities does."""
    deadline = (now() + timedelta(days=9)).date()
    with target.store.session() as session:
        both = add_campaign(
            session, CampaignDraft("两镇", "县", deadline, ["一"], list(PLACES.values()))
        )
    who = target.actors[OURS]
    with target.store.acting(who).session() as session:
        seen = session.execute(text("SELECT id FROM campaign")).scalars()
        assert both["id"] in set(seen)
    for what in ("change its campaign", "change its list"):
        assert try_it(target, who, WRITES[what], campaign=both["id"]) == 0
