"""Events in the store: routed by place and category, followed to new grids, escalated, merged, seen by area."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from gis.errors import ConflictError, NotFoundError, RefusedInputError
from layers.rights import RightsError, local_administrator
from layers.usecases.events.clock import correct
from layers.usecases.events.export import export_events
from layers.usecases.events.filter import EventFilter
from layers.usecases.events.following import escalate, follow_events
from layers.usecases.events.reading import event_card, event_points, list_events
from layers.usecases.events.reporting import take_report
from layers.usecases.events.rules import (
    add_rules,
    built_in_calendar,
    built_in_rules,
    read_rules,
    rules_at,
)
from layers.usecases.events.steps import Asked, merge, move_pin, take_step
from layers.usecases.events.working_time import ZONE
from layers.usecases.plans.documents import create_plan
from layers.usecases.plans.publishing import publish, take_back
from tests.accounts import actor
from tests.conftest import fresh_copy
from tests.layers.field import (
    COMMUNITY,
    COUNTY,
    TOWNSHIP,
    now,
    report,
    reported,
    spots,
    worker,
)
from tests.layers.plans import all_cells, approve, edit, give_leads, in_days

OTHER = "990101001002"


@pytest.fixture(scope="module")
def store(planned_store):
    planned_store.dispose()
    with fresh_copy(planned_store, "wangge_test_events") as copy:
        yield copy


@pytest.fixture(scope="module")
def places(store):
    return spots(store)


@pytest.fixture(scope="module")
def people(store, places):
    return {
        "worker": worker(store, [places[0].grid]),
        "neighbour": worker(store, [places[1].grid]),
        "community": actor(store, "planner", [COMMUNITY]),
        "other": actor(store, "planner", [OTHER]),
        "township": actor(store, "planner", [TOWNSHIP]),
        "county": actor(store, "planner", [COUNTY]),
        "analyst": actor(store, "analyst", [TOWNSHIP]),
        "operator": actor(store, "system_administrator", [COUNTY]),
    }


def step(store, who, event, action, **more):
    with store.acting(who).session() as session:
        return take_step(session, uuid.UUID(event), Asked(action, **more))


def card(store, who, event):
    with store.acting(who).session() as session:
        return event_card(session, uuid.UUID(event))


def found(store, who, **wanted):
    with store.acting(who).session() as session:
        return {item["id"] for item in list_events(session, EventFilter(**wanted), 500)["events"]}


def sql(store, statement, **values):
    with store.session("owner") as session:
        result = session.execute(text(statement), values)
        return list(result) if result.returns_rows else []


# Reports


def test_a_report_goes_to_the_grid_of_its_place_and_says_who_is_responsible(store, people, places):
    here = places[0]
    said = reported(store, people["worker"], here.lon, here.lat, text="<b>满</b> & 'x'", photos=2)
    assert said["grid"]["code"] == here.code
    assert said["community"]["code"] == COMMUNITY
    assert (said["state"], said["level"], said["next_step"]) == ("reported", "grid", "register")
    assert said["photos_missing"] == [0, 1]
    assert said["text"] == "<b>满</b> & 'x'"
    assert said["handler"]["level"] == "grid"
    assert any(item["name"] for item in said["handler"]["workers"])
    assert said["candidates"] == []
    seen = card(store, people["community"], said["id"])
    assert [item["action"] for item in seen["history"]] == ["report"]
    assert seen["reported_grid"] == here.code


def test_the_same_report_twice_is_one_and_another_of_the_same_id_is_refused(store, people, places):
    here = places[0]
    given = report(here.lon, here.lat)
    mine = store.acting(people["worker"])
    answers = []
    for again in (given, given, replace(given, phone_now=now() + timedelta(minutes=5), queue_no=7)):
        with mine.session() as session:
            answers.append(take_report(session, again))
    assert [fresh for _, fresh in answers] == [True, False, False]
    assert len({item["number"] for item, _ in answers}) == 1
    for other in (replace(given, text="x"), replace(given, lon=here.lon + 1e-5)):
        with pytest.raises(ConflictError) as caught, mine.session() as session:
            take_report(session, other)
        assert caught.value.code == "id_taken"
    # Another account's id is taken too, whether or not it may see that event.
    for who in ("neighbour", "community"):
        with pytest.raises(ConflictError) as caught, store.acting(people[who]).session() as session:
            take_report(session, given)
        assert caught.value.code == "id_taken"
    assert (
        sql(store, "SELECT count(*) FROM event_step WHERE event_id = :id", id=given.id)[0][0] == 1
    )


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"lon": None, "lat": None}, "no_position"),
        ({"lon": None}, "bad_position"),
        ({"lon": None, "lat": None, "building": "nowhere", "placed": "qr"}, "unknown_building"),
        ({"category": "unheard_of"}, "unknown_category"),
        ({"lon": 0.0, "lat": 0.0}, "outside_divisions"),
        ({"accuracy_m": 9e9}, "bad_accuracy"),
        ({"lat": float("nan")}, "bad_position"),
        ({"text": "字" * 1001}, "bad_text"),
        ({"reported_at": datetime(2026, 1, 1)}, "bad_time"),
        ({"phone_now": datetime(1, 1, 1, tzinfo=ZONE)}, "bad_time"),
        ({"photos": 7}, "bad_value"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_bad_reports_are_refused_and_leave_nothing(store, people, places, more, code):
    before = sql(store, "SELECT count(*) FROM event")[0][0]
    given = replace(report(places[0].lon, places[0].lat), **more)
    with (
        pytest.raises(RefusedInputError) as caught,
        store.acting(people["worker"]).session() as session,
    ):
        take_report(session, given)
    assert caught.value.code == code
    assert sql(store, "SELECT count(*) FROM event")[0][0] == before


def test_a_building_is_a_place(store, people):
    code, lon, lat = sql(
        store,
        "SELECT b.code, ST_X(b.geom), ST_Y(b.geom) FROM building b JOIN division_version v "
        "ON v.division_id = b.division_id WHERE v.code = :code ORDER BY 1 LIMIT 1",
        code=COMMUNITY,
    )[0]
    given = report(None, None, building=code, placed="qr", accuracy_m=50)
    with store.acting(people["township"]).session() as session:
        said = take_report(session, given)[0]
    assert (said["lon"], said["lat"]) == (
        pytest.approx(lon, abs=1e-7),
        pytest.approx(lat, abs=1e-7),
    )
    assert (said["building"], said["accuracy_m"]) == (code, None)


def test_a_clock_two_days_wrong_is_set_right_and_noted(store, people, places):
    wrong = now() + timedelta(days=2)
    given = report(
        places[0].lon, places[0].lat, reported_at=wrong - timedelta(hours=3), phone_now=wrong
    )
    with store.acting(people["worker"]).session() as session:
        said = take_report(session, given)[0]
    at = datetime.fromisoformat(said["reported_at"])
    assert abs(at - (now() - timedelta(hours=3))) < timedelta(seconds=30)
    assert said["clock_error_s"] == pytest.approx(2 * 86400, abs=30)
    history = card(store, people["worker"], said["id"])["history"]
    assert history[0]["details"] == {"clock_error_s": said["clock_error_s"]}


def test_a_small_error_of_the_clock_is_the_way_there_and_the_future_is_now():
    moment = now()
    late = correct(moment - timedelta(hours=1), moment - timedelta(seconds=20), moment)
    assert (late.at, late.error_s) == (moment - timedelta(hours=1), -20)
    ahead = correct(moment + timedelta(hours=1), moment, moment)
    assert (ahead.at, ahead.error_s) == (moment, 0)


def test_only_workers_and_planners_report(store, people, places):
    for who in ("analyst", "operator"):
        with pytest.raises(RightsError) as caught:
            reported(store, people[who], places[0].lon, places[0].lat)
        assert caught.value.code == "no_right"


# Routing


def border_spot(store, first, second):
    """Return a point in the first grid, about a metre from the second."""
    row = sql(
        store,
        """
        SELECT ST_X(p), ST_Y(p) FROM grid_version a, grid_version b,
        LATERAL (SELECT ST_LineInterpolatePoint(l, 0.5) AS m FROM (
            SELECT (ST_Dump(ST_LineMerge(ST_Intersection(ST_Boundary(a.geom), ST_Boundary(b.geom))))).geom AS l
        ) x WHERE ST_GeometryType(l) = 'ST_LineString' ORDER BY ST_Length(l) DESC LIMIT 1) y,
        LATERAL (SELECT ST_ClosestPoint(ST_Buffer(a.geom, -0.00001), m) AS p) z
        WHERE a.code = :a AND b.code = :b AND a.valid_to IS NULL AND b.valid_to IS NULL
        """,
        a=first,
        b=second,
    )
    return row[0]


def neighbours(store, code=COMMUNITY):
    return sql(
        store,
        """
        SELECT a.code, b.code FROM grid_version a JOIN grid_version b ON a.code < b.code
        AND ST_Length(ST_Intersection(a.geom, b.geom)) > 0.0005
        WHERE a.code LIKE :like AND b.code LIKE :like AND a.valid_to IS NULL AND b.valid_to IS NULL
        ORDER BY 1, 2 LIMIT 1
        """,
        like=f"{code}%",
    )[0]


def test_on_a_border_all_grids_are_shown_and_it_is_with_its_own_until_somebody_decides(
    store, people
):
    first, second = neighbours(store)
    lon, lat = border_spot(store, first, second)
    said = reported(store, people["community"], lon, lat, accuracy_m=20, placed="gps")
    assert said["border"]
    assert {first, second} <= {item["code"] for item in said["candidates"]}
    assert said["grid"]["code"] == first
    assert said["id"] in found(store, people["community"], border=True)
    decided = step(store, people["community"], said["id"], "dispatch", grid=second)
    assert decided["grid"]["code"] == second
    assert (decided["border"], decided["candidates"], decided["grid_decided"]) == (False, [], True)
    line = decided["history"][-1]
    assert (line["action"], line["from_grid"], line["to_grid"]) == ("dispatch", first, second)
    assert said["id"] not in found(store, people["community"], border=True)


def test_a_circle_within_one_grid_is_no_border_case(store, people, places):
    said = reported(store, people["worker"], places[0].lon, places[0].lat, accuracy_m=3)
    assert (said["border"], said["candidates"]) == (False, [])


def test_larger_things_begin_higher_up(store, people, places):
    here = places[0]
    levels = {
        key: reported(store, people["worker"], here.lon, here.lat, category=key)["handler"]
        for key in ("litter", "street_light", "steep_slope", "gas")
    }
    assert {key: item["level"] for key, item in levels.items()} == {
        "litter": "grid", "street_light": "community", "steep_slope": "township", "gas": "county",
    }  # fmt: skip
    assert levels["gas"]["office"] == "燃气主管部门"


def test_exceptions_of_a_division_send_a_category_to_a_dedicated_grid_or_an_office(
    store, people, places
):
    document = built_in_rules().model_dump(mode="json")
    document["route"] = [
        {"division": TOWNSHIP, "category": "parking", "grid": places[1].code},
        {"division": TOWNSHIP, "group": "green", "level": "township", "office": "园林所"},
        {"division": COMMUNITY, "category": "lawn", "level": "community"},
    ]
    with store.acting(local_administrator()).session() as session:
        add_rules(session, TOWNSHIP, document)
        add_rules(session, TOWNSHIP, built_in_calendar().model_dump(mode="json"))
    here = places[0]
    try:
        parking = reported(store, people["worker"], here.lon, here.lat, category="parking")
        tree = reported(store, people["worker"], here.lon, here.lat, category="fallen_tree")
        lawn = reported(store, people["worker"], here.lon, here.lat, category="lawn")
    finally:
        sql(store, "DELETE FROM event_rules")
    assert (parking["grid"]["code"], parking["level"]) == (places[1].code, "grid")
    assert (tree["level"], tree["handler"]["office"]) == ("township", "园林所")
    assert tree["grid"]["code"] == here.code
    # The smaller division's exception goes before the larger one's.
    assert (lawn["level"], lawn["handler"]["office"]) == ("community", None)


def test_a_dedicated_grid_takes_what_is_of_its_kind(store, people, places):
    here = places[2]
    sql(
        store,
        "UPDATE grid_version SET kind = 'dedicated' WHERE grid_id = :g AND valid_to IS NULL",
        g=here.grid,
    )
    try:
        own = reported(store, people["community"], here.lon, here.lat, category="lift")
        public = reported(store, people["community"], here.lon, here.lat, category="pavement")
    finally:
        sql(
            store,
            "UPDATE grid_version SET kind = 'general' WHERE grid_id = :g AND valid_to IS NULL",
            g=here.grid,
        )
    assert (own["level"], own["grid"]["code"]) == ("grid", here.code)
    assert (public["level"], public["grid"]["code"]) == ("community", here.code)


def test_moving_the_pin_routes_again_and_keeps_where_it_was(store, people, places):
    here, there = places[0], places[2]
    said = reported(store, people["worker"], here.lon, here.lat)
    with store.acting(people["community"]).session() as session:
        moved = move_pin(session, uuid.UUID(said["id"]), there.lon, there.lat, "看错了路口")
    assert moved["grid"]["code"] == there.code
    line = moved["history"][-1]
    assert (line["action"], line["from_grid"], line["to_grid"]) == ("move", here.code, there.code)
    assert line["details"]["from"] == [round(here.lon, 7), round(here.lat, 7)]
    assert moved["reported_grid"] == here.code
    # The worker who reported it still sees it, the one of the first grid's post alone does not.
    assert said["id"] in found(store, people["worker"], mine=True)


# The way through


def test_an_event_goes_through_all_its_steps(store, people, places):
    said = reported(store, people["worker"], places[0].lon, places[0].lat)
    desk = people["community"]
    for action, state in (
        ("register", "registered"),
        ("dispatch", "dispatched"),
        ("handle", "handling"),
        ("feedback", "feedback"),
        ("fail", "dispatched"),
        ("feedback", "feedback"),
        ("verify", "verified"),
        ("evaluate", "evaluated"),
    ):
        seen = step(store, desk, said["id"], action, note="说明")
        assert seen["state"] == state
        assert (seen["due_at"] is None) == (state in {"verified", "evaluated"})
    assert [item["action"] for item in seen["history"]][1:] == [
        "register", "dispatch", "handle", "feedback", "fail", "feedback", "verify", "evaluate",
    ]  # fmt: skip
    assert seen["actions"] == []


def test_a_border_case_decided_for_another_community_is_that_community_s(store, people, places):
    said = reported(store, people["neighbour"], 117.3006, 28.6164, accuracy_m=1500)
    before = said["community"]["code"]
    other = next(one for one in said["candidates"] if one["community"]["code"] != before)
    wanted = other["community"]["code"]
    seen = step(store, people["county"], said["id"], "dispatch", grid=other["code"])
    assert (seen["grid"]["code"], seen["community"]["code"]) == (other["code"], wanted)
    assert said["id"] in found(store, people["county"], division=wanted)
    assert said["id"] not in found(store, people["county"], division=before)
    seen = step(store, people["county"], said["id"], "dispatch", level="community")
    assert (seen["level"], seen["handler"]["name"]) == ("community", other["community"]["name"])


def test_who_does_not_reach_the_community_of_a_border_case_hands_it_over(store, people):
    """A community decides that it is the neighbour's grid: the neighbour handles it, at its own level too."""
    said = reported(store, people["neighbour"], 117.3006, 28.6164, accuracy_m=1500)
    mine = actor(store, "planner", [said["community"]["code"]])
    other = next(
        one for one in said["candidates"] if one["community"]["code"] != said["community"]["code"]
    )
    theirs = actor(store, "planner", [other["community"]["code"]])
    step(store, mine, said["id"], "dispatch", grid=other["code"])
    seen = step(store, theirs, said["id"], "dispatch", level="community")
    assert (seen["handler"]["name"], seen["community"]["code"]) == (
        other["community"]["name"],
        other["community"]["code"],
    )


def test_a_position_just_beyond_the_grid_that_has_it_is_its_community_s(store, people):
    said = reported(store, people["neighbour"], 117.3090, 28.6164, accuracy_m=600)
    with store.session("owner") as session:
        belongs = session.execute(
            text(
                "SELECT d.code FROM grid_version v JOIN grid g ON g.id = v.grid_id "
                "JOIN division_version d ON d.division_id = g.community_id WHERE v.code = :code"
            ),
            {"code": said["grid"]["code"]},
        ).scalar_one()
    assert said["community"]["code"] == belongs


def test_steps_that_do_not_follow_are_refused_with_those_that_do(store, people, places):
    said = reported(store, people["worker"], places[0].lon, places[0].lat)
    with pytest.raises(ConflictError) as caught:
        step(store, people["community"], said["id"], "verify")
    assert caught.value.code == "bad_event_step"
    assert "register" in caught.value.message
    for action, more, code in (
        ("unheard_of", {}, "unknown_step"),
        ("report", {}, "unknown_step"),
        ("reject", {}, "note_needed"),
        ("reject", {"note": "  "}, "note_needed"),
        ("dispatch", {"grid": "none"}, "unknown_grid"),
    ):
        with pytest.raises(RefusedInputError) as refused:
            step(store, people["community"], said["id"], action, **more)
        assert refused.value.code == code, action
    with pytest.raises(ConflictError) as stale:
        step(store, people["community"], said["id"], "register", state="handling")
    assert stale.value.code == "stale"
    assert len(card(store, people["community"], said["id"])["history"]) == 1


def test_a_deferral_is_due_at_the_end_of_its_day(store, people, places):
    said = reported(store, people["worker"], places[0].lon, places[0].lat)
    step(store, people["community"], said["id"], "dispatch")
    until = datetime(2026, 12, 12).date()  # a Saturday: the Monday after it
    seen = step(store, people["community"], said["id"], "defer", note="等配件", until=until)
    assert seen["due_at"].startswith("2026-12-14T17:30")
    step(store, people["community"], said["id"], "handle")
    with pytest.raises(RefusedInputError) as caught:
        step(store, people["community"], said["id"], "defer", note="x", until=in_days(store, -1))
    assert caught.value.code == "bad_parameter"


def test_who_handles_is_the_division_that_has_it(store, people, places):
    said = reported(store, people["worker"], places[0].lon, places[0].lat)
    for who in ("worker", "analyst"):
        with pytest.raises(RightsError) as caught:
            step(store, people[who], said["id"], "register")
        assert caught.value.code == "no_right"
    with pytest.raises(NotFoundError):
        step(store, people["other"], said["id"], "register")
    step(store, people["community"], said["id"], "dispatch", level="township")
    with pytest.raises(RightsError) as caught:
        step(store, people["community"], said["id"], "handle")
    assert caught.value.code == "not_handler"
    seen = card(store, people["community"], said["id"])
    assert (seen["actions"], seen["handled_above"]) == ([], True)
    assert step(store, people["township"], said["id"], "handle")["state"] == "handling"


def test_small_things_stay_in_the_grid_until_somebody_verifies_them(store, people, places):
    said = reported(store, people["neighbour"], places[0].lon, places[0].lat)
    mine = people["worker"]
    assert said["id"] in found(store, mine, own_grids=True, state="open", level="grid")
    assert said["id"] not in found(store, people["neighbour"], own_grids=True)
    step_id = uuid.uuid4()
    for _ in range(2):  # sent again it is the same step
        seen = step(store, mine, said["id"], "handle", id=step_id)
        assert (seen["state"], seen["work"], seen["due_at"]) == (
            "handling", ["feedback", "return"], said["due_at"],
        )  # fmt: skip
    with pytest.raises(ConflictError) as taken:
        step(store, mine, said["id"], "feedback", note="好", id=step_id)
    assert taken.value.code == "id_taken"
    with pytest.raises(RefusedInputError) as caught:
        step(store, mine, said["id"], "feedback", note=" ", id=uuid.uuid4())
    assert caught.value.code == "note_needed"
    written = {"at": now() - timedelta(hours=2), "phone_now": now()}
    seen = step(store, mine, said["id"], "feedback", note="已清理", id=uuid.uuid4(), **written)
    assert (seen["state"], seen["level"], seen["work"], seen["actions"]) == (
        "feedback", "grid", [], [],
    )  # fmt: skip
    assert [item["action"] for item in seen["history"]] == ["report", "handle", "feedback"]
    last = seen["history"][-1]
    assert datetime.fromisoformat(last["details"]["written_at"]) < last["at"] - timedelta(hours=1)
    for who, action in (("worker", "verify"), ("neighbour", "handle")):
        with pytest.raises(RightsError):
            step(store, people[who], said["id"], action)
    assert step(store, people["community"], said["id"], "verify")["state"] == "verified"


def test_what_a_worker_returns_lies_with_the_community(store, people, places):
    said = reported(store, people["neighbour"], places[0].lon, places[0].lat)
    step(store, people["worker"], said["id"], "handle", id=uuid.uuid4())
    seen = step(store, people["worker"], said["id"], "return", note="要挖路", id=uuid.uuid4())
    assert (seen["state"], seen["level"], seen["work"]) == ("returned", "community", [])
    with pytest.raises(RightsError) as caught:
        step(store, people["worker"], said["id"], "handle", id=uuid.uuid4())
    assert caught.value.code == "not_handler"
    assert "dispatch" in card(store, people["community"], said["id"])["actions"]
    again = step(store, people["community"], said["id"], "dispatch", level="grid")
    assert again["level"] == "grid"
    assert step(store, people["worker"], said["id"], "feedback", note="好", id=uuid.uuid4())


@pytest.mark.parametrize("action", ["handle", "return"])
def test_a_step_sent_by_page_and_service_worker_at_once_is_taken_by_both(
    store, people, places, action
):
    """A phone without locks for it sends from both; what was taken must not come back as refused."""
    said = reported(store, people["neighbour"], places[0].lon, places[0].lat)
    if action == "return":
        step(store, people["worker"], said["id"], "handle", id=uuid.uuid4())
    given = {"id": uuid.uuid4(), "note": "要挖路"}
    with ThreadPoolExecutor(1) as pool:
        with store.acting(people["worker"]).session() as first:
            take_step(first, uuid.UUID(said["id"]), Asked(action, **given))
            second = pool.submit(step, store, people["worker"], said["id"], action, **given)
            with pytest.raises(TimeoutError):
                second.result(timeout=1)  # it waits for what becomes of the first
        seen = second.result(timeout=30)
    assert [item["action"] for item in seen["history"]].count(action) == 1


def test_a_deadline_says_which_years_have_no_calendar(store, people, places):
    said = reported(store, people["worker"], places[0].lon, places[0].lat)
    this = in_days(store, 0).year
    assert said["deadline"] == {"calendar": "complete", "years": []}
    step(store, people["community"], said["id"], "dispatch")
    until = datetime(this + 2, 1, 10).date()
    seen = step(store, people["community"], said["id"], "defer", note="等", until=until)
    assert seen["deadline"] == {"calendar": "no_entry", "years": [this + 1, this + 2]}


def test_what_nobody_ends_in_time_goes_up_level_by_level(store, people, places):
    said = reported(store, people["worker"], places[0].lon, places[0].lat)
    levels = []
    for _ in range(4):
        sql(
            store,
            "UPDATE event SET due_at = now() - interval '1 minute' WHERE id = :id",
            id=said["id"],
        )
        assert said["id"] in found(store, people["county"], overdue=True)
        follow_events(store)
        levels.append(card(store, people["county"], said["id"])["level"])
    assert levels == ["community", "township", "county", "county"]
    seen = card(store, people["county"], said["id"])
    lines = [item for item in seen["history"] if item["action"] == "escalate"]
    assert [(item["from_level"], item["to_level"]) for item in lines] == [
        ("grid", "community"), ("community", "township"), ("township", "county"),
    ]  # fmt: skip
    assert {item["actor"] for item in lines} == {"wangge:housekeeper"}
    # At the county nothing is above: it stays overdue and is listed.
    assert (seen["overdue"], seen["escalations"]) == (True, 3)
    with pytest.raises(RightsError):
        step(store, people["township"], said["id"], "register")
    assert step(store, people["county"], said["id"], "register")["state"] == "registered"


def test_an_escalated_event_has_the_time_of_its_new_level(store, people, places):
    said = reported(store, people["worker"], places[0].lon, places[0].lat)
    friday = datetime(2026, 11, 27, 17, 0, tzinfo=ZONE)
    sql(store, "UPDATE event SET due_at = :at WHERE id = :id", at=friday, id=said["id"])
    with store.session() as session:
        escalate(session, friday + timedelta(seconds=1))
    # Two working days after Friday end on Tuesday.
    seen = card(store, people["community"], said["id"])
    assert (seen["level"], seen["due_at"]) == ("community", "2026-12-01T17:30:00+08:00")


def test_what_is_closed_is_never_due(store, people, places):
    said = reported(store, people["worker"], places[0].lon, places[0].lat)
    step(store, people["community"], said["id"], "reject", note="不属于本区")
    with store.session() as session:
        escalate(session, now() + timedelta(days=400))
    seen = card(store, people["community"], said["id"])
    assert (seen["level"], seen["overdue"], seen["due_at"]) == ("grid", False, None)


# The same thing twice


def test_open_events_of_the_group_close_by_are_offered_and_merged(store, people):
    here = spots(store, OTHER)[0]
    desk = people["township"]
    first = reported(store, desk, here.lon, here.lat, category="litter", text="一")
    far = reported(store, desk, here.lon + 0.0008, here.lat, category="litter")  # 78 m
    other = reported(store, desk, here.lon, here.lat, category="parking")
    second = reported(store, desk, here.lon + 0.0003, here.lat, category="full_bin")  # 29 m
    near = {item["id"]: item["metres"] for item in second["duplicates"]}
    assert set(near) >= {first["id"]}
    assert 28 < near[first["id"]] < 31
    assert not {other["id"], second["id"]} & set(near)
    assert far["id"] not in {item["id"] for item in first["duplicates"]}
    with store.acting(desk).session() as session:
        kept = merge(session, uuid.UUID(second["id"]), uuid.UUID(first["id"]), "同一处")
    assert [item["id"] for item in kept["merged"]] == [second["id"]]
    assert kept["history"][-1]["action"] == "absorb"
    gone = card(store, desk, second["id"])
    assert (gone["state"], gone["duplicate_of"]["id"], gone["due_at"]) == (
        "merged",
        first["id"],
        None,
    )
    assert gone["duplicates"] == []
    with pytest.raises(ConflictError) as caught, store.acting(desk).session() as session:
        merge(session, uuid.UUID(first["id"]), uuid.UUID(second["id"]))
    assert caught.value.code == "merged_target"
    with pytest.raises(ConflictError) as caught, store.acting(desk).session() as session:
        merge(session, uuid.UUID(first["id"]), uuid.UUID(first["id"]))
    assert caught.value.code == "same_event"


def test_what_is_older_than_a_week_or_ended_is_no_duplicate(store, people):
    here = spots(store, OTHER)[1]
    desk = people["township"]
    old = reported(store, desk, here.lon, here.lat)
    ended = reported(store, desk, here.lon, here.lat)
    sql(
        store,
        "UPDATE event SET reported_at = reported_at - interval '8 days' WHERE id = :id",
        id=old["id"],
    )
    step(store, desk, ended["id"], "reject", note="x")
    fresh = reported(store, desk, here.lon, here.lat)
    assert fresh["duplicates"] == []


# Who sees what


def test_events_are_seen_by_area_by_own_report_and_by_own_grid(store, people, places):
    mine = reported(store, people["worker"], places[1].lon, places[1].lat)["id"]
    theirs = reported(store, people["neighbour"], places[0].lon, places[0].lat)["id"]
    third = reported(store, people["community"], places[2].lon, places[2].lat)["id"]
    # The worker's own report lies in the neighbour's grid, and the other way round.
    assert {mine, theirs} <= found(store, people["worker"])
    assert third not in found(store, people["worker"])
    assert mine in found(store, people["worker"], mine=True)
    assert theirs not in found(store, people["worker"], mine=True)
    for who in ("community", "township", "county", "analyst"):
        assert {mine, theirs, third} <= found(store, people[who]), who
    for who in ("other", "operator"):
        assert not {mine, theirs, third} & found(store, people[who]), who


def test_filters_find_what_they_say(store, people, places):
    here = places[0]
    desk = people["community"]
    words = f"井盖{uuid.uuid4().hex}"
    said = reported(store, desk, here.lon, here.lat, category="manhole", text=words)
    number, today = said["number"], in_days(store, 0)
    for wanted in (
        {"q": words}, {"q": number}, {"category": "facility"}, {"category": "manhole"},
        {"state": "open"}, {"state": "reported"}, {"level": "community"}, {"grid": here.code},
        {"division": TOWNSHIP}, {"from_": today, "to": today}, {"mine": True},
    ):  # fmt: skip
        assert said["id"] in found(store, desk, **wanted), wanted
    for wanted in (
        {"q": "%"}, {"category": "green"}, {"state": "closed"}, {"state": "handling"},
        {"level": "grid"}, {"grid": places[1].code}, {"overdue": True}, {"border": True},
        {"to": in_days(store, -1)}, {"from_": in_days(store, 1)},
    ):  # fmt: skip
        assert said["id"] not in found(store, desk, **wanted), wanted
    for wanted in ({"state": "x"}, {"level": "x"}, {"from_": today, "to": in_days(store, -1)}):
        with pytest.raises(RefusedInputError):
            found(store, desk, **wanted)
    with pytest.raises(NotFoundError):
        found(store, desk, division="000000")


def test_points_and_figures_agree_with_the_list(store, people):
    with store.acting(people["county"]).session() as session:
        listed = list_events(session, EventFilter(), 500)
        points = event_points(session, EventFilter())
    assert listed["total"] == len(listed["events"]) == points["total"] == len(points["id"])
    assert {item["id"] for item in listed["events"]} == set(points["id"])
    assert sum(listed["by_state"].values()) == listed["total"]
    assert listed["open"] == sum(1 for item in listed["events"] if item["due_at"])


def test_the_workbook_holds_what_the_list_does_and_names_nobody(store, people, tmp_path):
    words = "=1+1"
    spot = spots(store)[0]
    said = reported(store, people["worker"], spot.lon, spot.lat, text=words)
    target = tmp_path / "events.xlsx"
    count = export_events(store.acting(people["county"]), EventFilter(), target)
    rows = list(load_workbook(target)["事件"].iter_rows(values_only=True))
    assert len(rows) == count + 1
    line = next(row for row in rows if row[0] == said["number"])
    assert line[3] == words
    assert (line[7], line[8]) == (spot.code, spot.code)
    assert people["worker"].name not in {str(value) for row in rows for value in row}
    logged = sql(store, "SELECT rows, format FROM export ORDER BY id DESC LIMIT 1")[0]
    assert tuple(logged) == (count, "xlsx")
    again = tmp_path / "again.xlsx"
    export_events(store.acting(people["county"]), EventFilter(), again)
    assert again.read_bytes() == target.read_bytes()


# Rules


def test_a_division_goes_by_its_own_rules_and_those_below_by_the_nearest(store, people):
    document = built_in_rules().model_dump(mode="json")
    document["set"]["id"] = "own"
    document["category"] = [{**item, "name": "自定"} for item in document["category"][:1]]
    with store.acting(people["operator"]).session() as session:
        add_rules(session, COUNTY, document)
    number = dict(
        sql(store, "SELECT code, division_id FROM division_version WHERE valid_to IS NULL")
    )
    try:
        with store.session() as session:
            held = rules_at(session, number[COMMUNITY])
            assert [item.name for item in held.rules.category] == ["自定"]
            assert rules_at(session, None).rules.set.id == "general"
        for who, code in (("county", "no_right"), ("worker", "no_right")):
            with (
                pytest.raises(RightsError) as caught,
                store.acting(people[who]).session() as session,
            ):
                add_rules(session, COUNTY, document)
            assert caught.value.code == code
    finally:
        sql(store, "DELETE FROM event_rules")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d["category"].append(d["category"][0]), "twice"),
        (lambda d: d["category"][0].update(group="none"), "unknown group"),
        (lambda d: d["deadline"].pop(), "no deadline"),
        (lambda d: d["deadline"][0].update(days=1), "either"),
        (lambda d: d.update(route=[{"division": "99", "category": "litter"}]), "leads to"),
        (lambda d: d.update(route=[{"division": "99", "category": "x", "level": "grid"}]), "unknown category"),
        (lambda d: d.update(extra=1), "xtra"),
    ],
)  # fmt: skip
def test_rules_with_faults_are_refused_with_the_reason(change, reason):
    document = built_in_rules().model_dump(mode="json", exclude_none=True)
    change(document)
    with pytest.raises(RefusedInputError) as caught:
        read_rules(document)
    assert caught.value.code == "invalid_event_rules"
    assert reason in caught.value.message


@pytest.mark.parametrize(
    "change",
    [
        {"hours": ["12:00-08:30"]},
        {"hours": ["08:30-12:00", "11:00-17:00"]},
        {"hours": ["8-12"]},
        {"hours": []},
        {"hours": ["25:00-26:00"]},
    ],
)
def test_calendars_with_faults_are_refused(change):
    document = built_in_calendar().model_dump(mode="json")
    document["calendar"].update(change)
    with pytest.raises(RefusedInputError):
        read_rules(document)


def test_holidays_lie_in_their_year():
    document = built_in_calendar().model_dump(mode="json")
    for days in (
        ["2025-01-01"],
        ["2026-05-05/2026-05-01"],
        ["2026-13-01"],
        ["2026-01-01/2026-09-01"],
    ):
        document["year"][0]["holidays"] = days
        with pytest.raises(RefusedInputError):
            read_rules(document)


# New divisions


@pytest.fixture
def divided_store(planned_store):
    planned_store.dispose()
    with fresh_copy(planned_store, "wangge_test_events_divided") as copy:
        yield copy


def published(store, effective_on):
    """Bring one grid over the whole community into force on a day and return its plan."""
    with store.session() as session:
        plan = create_plan(session, COMMUNITY, "one")
    edit(store, plan, 0, "paint", grids=[{"no": -1, "name": "全"}], cells={-1: all_cells(store)})
    give_leads(store, plan)
    approve(store, plan)
    with store.session() as session:
        publish(session, plan, effective_on)
    return plan


def test_after_a_new_division_open_events_follow_and_closed_ones_keep_their_grid(divided_store):
    store = divided_store
    places = spots(store)
    gone = places[0]
    holder = worker(store, [gone.grid])
    desk = actor(store, "planner", [COMMUNITY])
    open_, closed = (reported(store, holder, gone.lon, gone.lat) for _ in range(2))
    step(store, desk, closed["id"], "reject", note="x")
    before = sql(store, "SELECT reported_version_id FROM event WHERE id = :id", id=closed["id"])
    published(store, in_days(store, 0))
    new = spots(store)
    assert len(new) == 1
    assert new[0].grid != gone.grid, "the grid that goes on tells nothing"
    # Right already, before anybody has written it down.
    assert card(store, desk, open_["id"])["grid"]["code"] == new[0].code
    assert card(store, desk, closed["id"])["grid"]["code"] == gone.code
    successor = worker(store, [new[0].grid])
    assert open_["id"] in found(store, successor)
    assert closed["id"] not in found(store, successor)
    assert found(store, desk, grid=new[0].code) >= {open_["id"]}
    assert follow_events(store)["followed"] == 1
    assert follow_events(store)["followed"] == 0
    seen = card(store, desk, open_["id"])
    line = seen["history"][-1]
    assert (line["action"], line["from_grid"], line["to_grid"]) == (
        "follow",
        gone.code,
        new[0].code,
    )
    assert (seen["grid"]["code"], seen["reported_grid"]) == (new[0].code, gone.code)
    assert open_["id"] in found(store, successor)
    old = card(store, desk, closed["id"])
    assert (old["grid"]["code"], [item["action"] for item in old["history"]]) == (
        gone.code,
        ["report", "reject"],
    )
    assert (
        sql(store, "SELECT reported_version_id FROM event WHERE id = :id", id=closed["id"])
        == before
    )


def test_a_report_made_before_the_grids_were_merged_goes_to_the_successor(divided_store):
    """It was written offline, in a grid that is no more when it arrives."""
    store = divided_store
    sql(store, "UPDATE grid_version SET valid_from = valid_from - 40 WHERE valid_to IS NULL")
    gone = spots(store)[0]
    holder = worker(store, [gone.grid])
    yesterday = now() - timedelta(days=1)
    published(store, in_days(store, 0))
    new = spots(store)[0]
    assert new.grid != gone.grid
    said = reported(store, holder, gone.lon, gone.lat, reported_at=yesterday)
    assert said["grid"]["code"] == new.code
    seen = card(store, holder, said["id"])
    assert seen["reported_grid"] == gone.code
    assert (seen["history"][0]["from_grid"], seen["history"][0]["to_grid"]) == (gone.code, new.code)


def test_a_division_of_tomorrow_moves_nothing_today(divided_store):
    store = divided_store
    gone = spots(store)[0]
    holder = worker(store, [gone.grid])
    said = reported(store, holder, gone.lon, gone.lat)
    plan = published(store, in_days(store, 1))
    assert follow_events(store)["followed"] == 0
    assert card(store, holder, said["id"])["grid"]["code"] == gone.code
    with store.session() as session:
        take_back(session, plan)
    assert card(store, holder, said["id"])["grid"]["code"] == gone.code


def test_a_grid_somebody_decided_on_stays_while_it_exists(divided_store):
    store = divided_store
    first, second = neighbours(store)
    lon, lat = border_spot(store, first, second)
    desk = actor(store, "planner", [COMMUNITY])
    said = reported(store, desk, lon, lat, accuracy_m=20)
    step(store, desk, said["id"], "dispatch", grid=second)
    # The same grids again as new versions from today on: what everybody decided holds on.
    sql(
        store,
        """
        WITH old AS (UPDATE grid_version SET valid_from = valid_from - 9, valid_to = current_date
            WHERE code LIKE :like AND valid_to IS NULL RETURNING *)
        INSERT INTO grid_version (grid_id, code, name, kind, level, valid_from, geom)
        SELECT grid_id, code, name, kind, level, current_date, geom FROM old
        """,
        like=f"{COMMUNITY}%",
    )
    assert card(store, desk, said["id"])["grid"]["code"] == second
    assert follow_events(store)["followed"] == 0
    seen = card(store, desk, said["id"])
    assert (seen["grid"]["code"], seen["grid_decided"]) == (second, True)
    assert [item["action"] for item in seen["history"]] == ["report", "dispatch"]
