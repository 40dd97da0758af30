"""Who answers for a grid on a day: posts, substitutes, handing over, ledgers, warnings."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, NotFoundError, RefusedInputError
from layers.db import touch
from layers.inputs import InputCache
from layers.rights import Right, RightsError
from layers.usecases.imports import ImportOptions, import_file
from layers.usecases.locate import locate_position
from layers.usecases.plans.checks import _led_already
from layers.usecases.postings.changes import assign, end_posting, hand_over, put_substitute
from layers.usecases.postings.ledger import read_ledger
from layers.usecases.postings.listing import list_postings
from layers.usecases.postings.people import Person, add_worker, change_worker, list_workers
from layers.usecases.postings.posts import PostDraft, list_posts, set_post
from layers.usecases.postings.who import who_answered
from layers.usecases.public import public_community
from layers.usecases.standards.answer import standards_board
from tests.accounts import actor
from tests.conftest import fresh_copy
from tests.layers.ledgers import ledger
from tests.layers.plans import today

COUNTY, TOWNSHIP, OTHER = "990101", "990101001", "990101102"
COMMUNITY = "990101001001"
GRID = "990101001001001"
ELSEWHERE = "990101102001001"
VACANT = ["990101001003004", "990101001003005", "990101001003006"]
"""Grids nobody is posted to from today on."""


@pytest.fixture(scope="module")
def store(sample_template):
    with fresh_copy(sample_template, "wangge_test_postings") as copy:
        with copy.session() as session:
            for code in VACANT:
                for item in who_answered(session, code)["holders"]:
                    end_posting(session, item["posting"])
        yield copy


@pytest.fixture
def session(store):
    """A transaction of the local administrator that is undone."""
    with store.session() as opened:
        yield opened
        opened.rollback()


def leader(session, grid: str = GRID) -> dict[str, Any]:
    """Return the posting of a grid's leader."""
    found = who_answered(session, grid)["holders"]
    return next(item for item in found if item["post"]["name"] == "网格长")


def names(found: dict[str, Any]) -> list[str]:
    return [item["name"] for item in found["answers"]]


def vacant(session) -> list[str]:
    found = list_postings(session)
    return [item["code"] for item in found["grids"] if item["state"] == "nobody"]


# Substitutes


def test_a_substitute_answers_on_its_days_and_the_holder_again_afterwards(session):
    day = today(session)
    held = leader(session)
    week = day + timedelta(days=7)
    put_substitute(session, held["posting"], Person(name="代班", work_phone="1"), day, week)
    for when, answers in (
        (day - timedelta(days=1), held["name"]),
        (day, "代班"),
        (week - timedelta(days=1), "代班"),
        (week, held["name"]),
    ):
        found = who_answered(session, GRID, when)
        assert names(found)[0] == answers, when
        assert len(found["holders"]) == len(found["answers"])
    found = who_answered(session, GRID, day)
    assert found["holders"][0]["substitute"]["name"] == "代班"
    assert found["answers"][0]["substitute_for"] == held["name"]
    assert [item["name"] for item in found["history"]].count("代班") == 1


def test_locate_the_public_page_and_the_desk_name_the_same_person_on_every_day(
    store, sample_template
):
    with fresh_copy(sample_template, "wangge_test_postings_agree") as copy:
        with copy.session() as session:
            day = today(session)
            held = leader(session)
            until = day + timedelta(days=3)
            put_substitute(session, held["posting"], Person(name="代班"), day, until)
            set_post(session, PostDraft("网格长", "片长", "area lead", True, 5, COUNTY))
            wkb = session.execute(
                text("SELECT ST_AsBinary(geom) FROM grid_version WHERE code = :c"), {"c": GRID}
            ).scalar_one()
            point = shapely.point_on_surface(shapely.from_wkb(bytes(wkb)))
        with copy.session() as session:
            for when in (None, day - timedelta(days=1), day, until - timedelta(days=1), until):
                located = locate_position(session, point.x, point.y, as_of=when)["grid"]["workers"]
                desk = who_answered(session, GRID, when)["answers"]
                assert [item["name"] for item in located] == [item["name"] for item in desk]
                stands_in = when in (None, day, until - timedelta(days=1))
                assert (located[0]["name"] == "代班") == stands_in
                if stands_in:
                    assert located[0]["substitute_for"] == held["name"]
                    assert located[0]["until"] == until.isoformat()
                else:
                    assert (located[0]["substitute_for"], located[0]["until"]) == (None, None)
        with copy.session("reader") as session:
            grids = {item["code"]: item for item in public_community(session, COMMUNITY)["grids"]}
        first = grids[GRID]["workers"][0]
        assert (first["name"], first["substitute_for"]) == ("代班", held["name"])
        assert first["until"] == until.isoformat()
        assert (first["post"], first["post_en"]) == ("片长", "area lead")
        assert held["name"] not in {item["name"] for item in grids[GRID]["workers"]}


def test_the_published_view_holds_nothing_of_other_days(session):
    day = today(session)
    found = "SELECT count(*) FROM published.workers"
    before = session.execute(text(found)).scalar_one()
    session.execute(
        text("SELECT set_config('wangge.as_of', :day, true)"), {"day": f"{day.year - 1}-05-03"}
    )
    assert before > 50
    assert session.execute(text(found)).scalar_one() == 0


@pytest.mark.parametrize("days", [(-3000, 5), (5, 5), (6, 5)])
def test_a_substitute_outside_the_holders_days_is_refused(session, days):
    day = today(session)
    held = leader(session)
    end_posting(session, held["posting"], day + timedelta(days=30))
    start, end = (day + timedelta(days=n) for n in days)
    with pytest.raises(RefusedInputError) as refused:
        put_substitute(session, held["posting"], Person(name="代班"), start, end)
    assert refused.value.code == "bad_days"
    with pytest.raises(RefusedInputError):
        put_substitute(session, held["posting"], Person(name="代班"), day, day + timedelta(days=31))


def test_one_person_stands_in_at_a_time_and_nobody_for_themselves_or_for_a_substitute(session):
    day = today(session)
    held = leader(session)
    week = day + timedelta(days=7)
    first = put_substitute(session, held["posting"], Person(name="代班"), day, week)
    with pytest.raises(ConflictError) as refused:
        put_substitute(
            session, held["posting"], Person(name="又一"), week - timedelta(days=1), week
        )
    assert refused.value.code == "overlaps"
    put_substitute(session, held["posting"], Person(name="又一"), week, week + timedelta(days=1))
    with pytest.raises(RefusedInputError) as refused:
        put_substitute(session, held["posting"], Person(worker=held["worker"]), week, week)
    assert refused.value.code == "bad_days"
    last = week + timedelta(days=9)
    with pytest.raises(RefusedInputError) as refused:
        put_substitute(
            session, held["posting"], Person(worker=held["worker"]), last, last + (last - week)
        )
    assert refused.value.code == "same_person"
    with pytest.raises(RefusedInputError) as refused:
        put_substitute(session, first["posting"], Person(name="再一"), day, week)
    assert refused.value.code == "is_substitute"


def test_a_colleague_of_the_same_grid_may_stand_in(session):
    day = today(session)
    held = leader(session)
    assign(session, Person(name="同事"), [GRID], "网格长")
    colleague = list_workers(session, "同事")["workers"][0]["worker"]
    put_substitute(session, held["posting"], Person(worker=colleague), day, day + timedelta(days=2))
    assert names(who_answered(session, GRID)).count("同事") == 2


# The database's own


def broken(store, statement: str, **values: Any) -> str:
    with pytest.raises(IntegrityError) as refused, store.session() as session:
        session.execute(text(statement), values)
    return str(refused.value.orig)


def test_the_database_refuses_what_contradicts_itself(store):
    with store.session() as session:
        held = leader(session)
        worker = held["worker"]
        other = leader(session, "990101001002001")
        grid = session.execute(
            text("SELECT grid_id FROM posting WHERE id = :id"), {"id": held["posting"]}
        ).scalar_one()
    row = (
        "INSERT INTO posting (worker_id, grid_id, post, valid_from, valid_to, substitute_for) "
        "VALUES (:worker, :grid, '网格长', :start, :end, :holder)"
    )
    given = {"worker": worker, "grid": grid, "start": date(2025, 1, 1), "end": date(2025, 2, 1)}
    with pytest.raises(ConflictError) as refused, store.session() as session:
        session.execute(text(row), {**given, "holder": None})
    assert refused.value.code == "overlaps"
    own = {**given, "holder": held["posting"]}
    assert "another person" in broken(store, row, **own)
    stranger = {**given, "worker": other["worker"], "holder": held["posting"]}
    assert "another person" in broken(store, row, **{**stranger, "start": date(2020, 1, 1)})
    assert "another person" in broken(store, row, **{**stranger, "worker": worker})
    elsewhere = {**stranger, "worker": worker, "holder": other["posting"]}
    assert "posting_substitute_for" in broken(store, row, **elsewhere)
    backwards = {**stranger, "start": date(2025, 2, 1), "holder": None}
    assert "ck_posting_dates" in broken(store, row, **backwards)


def test_a_number_that_is_guessed_does_not_show_who_it_is(store):
    """Posting somebody of another township would make the name and telephone readable."""
    with store.session() as session:
        theirs = leader(session, ELSEWHERE)["worker"]
        grid = session.execute(
            text("SELECT grid_id FROM grid_version WHERE code = :c"), {"c": GRID}
        ).scalar_one()
    ours = store.acting(actor(store, "planner", [TOWNSHIP]))
    with pytest.raises(NotFoundError), ours.session() as session:
        assign(session, Person(worker=theirs), [GRID], "网格员")
    with pytest.raises(RightsError), ours.session() as session:
        session.execute(
            text(
                "INSERT INTO posting (worker_id, grid_id, post, valid_from) "
                "VALUES (:worker, :grid, '网格员', current_date)"
            ),
            {"worker": theirs, "grid": grid},
        )


def test_a_planner_changes_the_postings_of_the_area_and_no_others(store):
    with store.session() as session:
        mine, theirs = leader(session)["posting"], leader(session, ELSEWHERE)["posting"]
    ours = store.acting(actor(store, "planner", [TOWNSHIP]))
    with ours.session() as session:
        day = today(session)
        for statement in (
            "UPDATE posting SET valid_to = current_date WHERE id = :id",
            "DELETE FROM posting WHERE id = :id",
            "SELECT 1 FROM posting WHERE id = :id FOR UPDATE",
        ):
            assert session.execute(text(statement), {"id": theirs}).rowcount == 0, statement
        for change in (
            lambda: end_posting(session, theirs, day),
            lambda: hand_over(session, theirs, Person(name="甲"), day),
            lambda: put_substitute(
                session, theirs, Person(name="甲"), day, day + timedelta(days=1)
            ),
        ):
            with pytest.raises(NotFoundError) as refused:
                change()
            assert refused.value.code == "unknown_posting"
        with pytest.raises(RightsError) as refused:
            assign(session, Person(name="甲"), [ELSEWHERE], "网格员")
        assert refused.value.code == "outside_area"
        with pytest.raises(RightsError):
            who_answered(session, ELSEWHERE)
        put_substitute(session, mine, Person(name="本镇代班"), day, day + timedelta(days=1))
        session.rollback()


@pytest.mark.parametrize("role", ["reviewer", "analyst", "grid_worker", "system_administrator"])
def test_others_read_and_do_not_write(store, role):
    with store.session() as session:
        held = leader(session)["posting"]
    reader = store.acting(actor(store, role, [TOWNSHIP]))
    with reader.session() as session:
        for change in (
            lambda: assign(session, Person(name="甲"), [GRID], "网格员"),
            lambda: end_posting(session, held),
            lambda: hand_over(session, held, Person(name="甲")),
            lambda: add_worker(session, "甲", None, TOWNSHIP),
            lambda: set_post(session, PostDraft("网格长", "片长", "lead", True)),
        ):
            with pytest.raises(RightsError) as refused:
                change()
            assert refused.value.code == "no_right"
        assert Right.POSTINGS not in {right for right in Right if session.info["actor"].may(right)}


# Giving, ending, handing over


def test_several_grids_are_given_at_once_or_none(session):
    free = vacant(session)[:3]
    assert len(free) == 3
    made = assign(session, Person(name="新人", work_phone="000-1"), free, "grid_leader")
    assert [item["grid"] for item in made["postings"]] == free
    assert {item["post"] for item in made["postings"]} == {"网格长"}
    assert not set(vacant(session)) & set(free)
    before = session.execute(text("SELECT count(*) FROM posting")).scalar_one()
    with pytest.raises(RefusedInputError) as refused:
        assign(session, Person(worker=made["worker"]), [GRID, *free], "网格长")
    assert [fault.field for fault in refused.value.faults] == free
    assert session.execute(text("SELECT count(*) FROM posting")).scalar_one() == before
    with pytest.raises(RefusedInputError) as refused:
        assign(session, Person(worker=made["worker"]), [GRID, "990101001001999"], "网格长")
    assert refused.value.faults[0].field == "990101001001999"


def test_given_in_place_of_others_those_end_that_day(session):
    day = today(session)
    held = leader(session)
    made = assign(session, Person(name="接班"), [GRID], "网格长", day, replace=True)
    assert made["ended"] == [held["posting"]]
    found = who_answered(session, GRID, day)
    assert [item["name"] for item in found["holders"] if item["post"]["name"] == "网格长"] == [
        "接班"
    ]
    assert (
        who_answered(session, GRID, day - timedelta(days=1))["holders"][0]["name"] == held["name"]
    )


def test_a_slip_of_today_is_replaced_and_what_is_planned_is_not(session):
    day = today(session)
    free = vacant(session)[0]
    slip = assign(session, Person(name="手误"), [free], "网格长", day)["postings"][0]["posting"]
    made = assign(session, Person(name="正确"), [free], "网格长", day, replace=True)
    assert made["ended"] == [slip]
    assert names(who_answered(session, free)) == ["正确"]
    other = vacant(session)[0]
    assign(session, Person(name="计划"), [other], "网格长", day + timedelta(days=3))
    with pytest.raises(RefusedInputError) as refused:
        assign(session, Person(name="抢先"), [other], "网格长", day, replace=True)
    assert refused.value.code == "refused_grids"


def test_what_begins_today_is_taken_off_today_and_not_by_a_day_long_past(session):
    day = today(session)
    made = assign(session, Person(name="今天"), vacant(session)[:1], "网格员", day)["postings"][0]
    with pytest.raises(RefusedInputError) as refused:
        end_posting(session, made["posting"], date(2020, 1, 1))
    assert refused.value.code == "bad_days"
    assert end_posting(session, made["posting"], day)["removed"]


@pytest.mark.parametrize("phone", ["1.39E+10", "1.39e10", "转前台"])
def test_what_is_no_telephone_number_is_refused(session, tmp_path, phone):
    with pytest.raises(RefusedInputError) as refused:
        add_worker(session, "甲", phone, TOWNSHIP)
    assert refused.value.faults[0].field == "work_phone"
    path = ledger(tmp_path / "台账.csv", HEADER, [["甲", phone, "网格员", GRID, "", ""]])
    with pytest.raises(RefusedInputError) as refused:
        read_ledger(session, path.name, path.read_bytes())
    assert (refused.value.faults[0].row, refused.value.faults[0].field) == (2, "工作电话")


def test_a_look_at_a_ledger_tells_what_was_not_read_and_what_is_new(session, tmp_path):
    free = vacant(session)[0]
    heads = ["姓名", "工作电话", "岗位", "网格编码", "到任时的年龄"]
    path = ledger(tmp_path / "台账.csv", heads, [["新人", "000-9", "专职网格负", free, "不详"]])
    told = "\n".join(read_ledger(session, path.name, path.read_bytes())["notes"])
    for words in ("到任时的年龄", "no column of first days", "专职网格负 (1 rows)"):
        assert words in told
    heads = ["姓名", "工作电话", "岗位", "网格编码", "任职开始", "任职结束"]
    path = ledger(
        tmp_path / "二.csv", heads, [["新人", "000-9", "网格长", free, "2026-05-03", "2026-09-01"]]
    )
    seen = read_ledger(session, path.name, path.read_bytes(), dry_run=False)
    assert not [note for note in seen["notes"] if "not read" in note or "no column" in note]
    assert "新人" in names(who_answered(session, free, date(2026, 5, 3)))


def test_a_grid_handed_over_has_one_holder_on_every_day(session):
    day = today(session)
    held = leader(session)
    until = day + timedelta(days=100)
    end_posting(session, held["posting"], until)
    change = day + timedelta(days=10)
    put_substitute(
        session,
        held["posting"],
        Person(name="代班"),
        change - timedelta(days=2),
        change + timedelta(days=5),
    )
    made = hand_over(session, held["posting"], Person(name="接班"), change)
    assert (made["valid_from"], made["valid_to"]) == (change, until)
    for when, name in (
        (change - timedelta(days=3), held["name"]),
        (change - timedelta(days=1), "代班"),
        (change, "接班"),
        (until - timedelta(days=1), "接班"),
    ):
        found = who_answered(session, GRID, when)
        own = [item["name"] for item in found["answers"] if item["post"]["name"] == "网格长"]
        assert own == [name], when
    assert not [
        item for item in list_postings(session)["warnings"] if item["kind"] == "beyond_holder"
    ]
    for bad in (held["valid_from"], until + timedelta(days=1)):
        with pytest.raises(RefusedInputError):
            hand_over(session, made["posting"], Person(name="又一"), bad)
    with pytest.raises(RefusedInputError) as refused:
        hand_over(
            session, made["posting"], Person(worker=made["worker"]), change + timedelta(days=1)
        )
    assert refused.value.code == "same_person"


def test_what_has_not_begun_is_taken_off_and_what_has_keeps_its_past(session):
    day = today(session)
    held = leader(session)
    with pytest.raises(RefusedInputError):
        end_posting(session, held["posting"], held["valid_from"])
    made = assign(session, Person(name="明天"), [GRID], "网格员", day + timedelta(days=1))
    assert end_posting(session, made["postings"][0]["posting"])["removed"]
    assert end_posting(session, held["posting"], day)["valid_to"] == day
    found = who_answered(session, GRID)
    assert held["name"] not in [item["name"] for item in found["holders"]]
    assert held["name"] in [item["name"] for item in found["history"]]
    assert "明天" not in [item["name"] for item in found["history"]]
    assert who_answered(session, GRID, date(2026, 5, 3))["answers"][0]["name"] == held["name"]


def test_every_change_is_audited_and_counted(session):
    def state() -> tuple[int, int]:
        rows = "SELECT coalesce(max(revision), 0) FROM layer_revision WHERE layer = 'workers'"
        return session.execute(text(rows)).scalar_one()

    held, day, acts = leader(session), today(session), []
    steps = (
        ("worker.add", lambda: add_worker(session, "甲", "1", TOWNSHIP)),
        ("posting.assign", lambda: assign(session, Person(name="甲", work_phone="1"), [GRID], "网格员")),
        ("posting.substitute", lambda: put_substitute(
            session, held["posting"], Person(name="甲", work_phone="1"), day, day + timedelta(days=1))),
        ("posting.hand_over", lambda: hand_over(
            session, held["posting"], Person(name="乙"), day + timedelta(days=1))),
        ("posting.end", lambda: end_posting(session, held["posting"], day)),
        ("worker.change", lambda: change_worker(session, held["worker"], "丙", None)),
        ("post.change", lambda: set_post(session, PostDraft("河长", "河长", "river chief", False))),
    )  # fmt: skip
    session.execute(text("SET LOCAL ROLE wangge_server"))
    for action, change in steps:
        before = state()
        change()
        assert state() > before, action
        acts.append(action)
    session.execute(text("SELECT set_config('wangge.role', 'keeper', true)"))
    written = set(session.execute(text("SELECT DISTINCT action FROM audit")).scalars())
    assert set(acts) <= written


def test_who_is_posted_where_leaves_the_inputs_of_computations_alone(session, tmp_path):
    cache = InputCache(tmp_path)
    before = cache.answer_file(session, "q")
    assign(session, Person(name="甲"), [GRID], "网格员")
    assert cache.answer_file(session, "q") == before
    touch(session, "buildings")
    assert cache.answer_file(session, "q") != before


# Posts


def test_a_county_calls_a_post_otherwise_and_old_postings_stay(store):
    with store.session() as session:
        held = leader(session)
        usual = {item["name"]: item for item in list_posts(session)["posts"]}
        assert usual["网格长"]["code"] == "grid_leader"
        assert not usual["社区民警"]["responsible"]
        set_post(session, PostDraft("网格长", "片长", "area lead", True, 5, COUNTY))
        found = who_answered(session, GRID)
        assert found["holders"][0]["post"] == {
            "name": "网格长", "zh": "片长", "en": "area lead", "responsible": True, "ordinal": 5,
        }  # fmt: skip
        assign(session, Person(name="民警甲"), [GRID], "社区民警")
        assign(session, Person(name="河长甲"), [GRID], "河长")
        shown = session.execute(
            text("SELECT name, post, role FROM published.workers WHERE grid = :g"), {"g": GRID}
        ).all()
        # Whom to call does not hang on what a county calls a post; one that no row names answers.
        assert (held["name"], "片长", "grid_leader") in shown
        roles = {row.post: row.role for row in shown}
        assert roles["社区民警"] == "other"
        assert roles["河长"] == roles["专职网格员"] == "grid_worker"
        made = assign(session, Person(name="片长甲"), [GRID], "片长")
        assert made["postings"][0]["post"] == "网格长"
        with pytest.raises(RefusedInputError) as refused:
            set_post(session, PostDraft("网格长", "片长", "lead", True, 5, TOWNSHIP))
        assert refused.value.code == "not_a_county"
        session.rollback()
    planner = store.acting(actor(store, "planner", [COUNTY]))
    with planner.session() as session:
        set_post(session, PostDraft("河长", "河长", "river chief", False, 90, COUNTY))
        with pytest.raises(RightsError):
            set_post(session, PostDraft("河长", "河长", "river chief", False, 90))
        session.rollback()
    with pytest.raises(RightsError), planner.session() as session:
        session.execute(
            text(
                "INSERT INTO post (name, zh, en, responsible, ordinal) VALUES ('x', 'x', 'x', true, 1)"
            )
        )


def test_who_does_not_answer_leaves_a_grid_without_anybody_responsible(session):
    grid = vacant(session)[0]
    number = session.execute(
        text("SELECT grid_id FROM grid_version WHERE code = :c"), {"c": grid}
    ).scalar_one()
    plan = type("Plan", (), {"part_level": "grid"})
    assign(session, Person(name="民警"), [grid], "社区民警")
    assert grid in vacant(session)
    assert _led_already(session, plan, [number]) == set()
    assign(
        session, Person(name="没听说过"), [grid], "网格秘书"
    )  # no list names it: it answers, as before
    assert grid not in vacant(session)
    assert _led_already(session, plan, [number]) == {number}


def test_posts_that_are_none_are_refused_with_every_fault(session):
    with pytest.raises(RefusedInputError) as refused:
        set_post(session, PostDraft(" ", "长" * 31, "a\nb", True, 2000))
    assert {fault.field for fault in refused.value.faults} == {"name", "zh", "en", "ordinal"}


# The list, its figures and warnings


def test_figures_say_what_they_are_made_of(store, session):
    found = list_postings(session, COUNTY)
    figures = found["figures"]
    rows = session.execute(text("SELECT count(*) FROM grid_version WHERE valid_to IS NULL"))
    assert figures["grids"] == len(found["grids"]) == rows.scalar_one()
    assert figures["households"] == sum(item["households"] or 0 for item in found["grids"])
    people = {
        item["worker"]
        for grid in found["grids"]
        for item in grid["people"]
        if item["post"]["responsible"]
    }
    assert figures["workers"] == len(people)
    exact = figures["households"] / figures["workers"]
    assert figures["households_per_worker"] == pytest.approx(exact, abs=0.005)
    board = standards_board(store, "cixi-2009", COUNTY)
    cells = {row["code"]: row for row in board["communities"]}
    assert {item["code"]: item["households"] for item in found["communities"]} == {
        code: row["households"] for code, row in cells.items()
    }


def test_full_time_workers_are_judged_as_on_the_standards_board(sample_template):
    with fresh_copy(sample_template, "wangge_test_postings_staff") as copy:
        with copy.session() as session:
            for number in range(3):
                assign(session, Person(name=f"专职 {number}"), [GRID], "社区专职工作者")
        board = standards_board(copy, "cixi-2009", COUNTY)
        verdicts = {row["code"]: row["verdicts"]["staff"] for row in board["communities"]}
        with copy.session() as session:
            found = list_postings(session, COUNTY)
            short = [item for item in found["warnings"] if item["kind"] == "staff_short"]
    assert found["staff"]["sets"][0]["source"]["en"]
    for item in found["communities"]:
        own, theirs = item["staff"], verdicts[item["code"]]
        assert (own["state"], own["numerator"], own["denominator"]) == (
            theirs["state"], theirs["numerator"], theirs["denominator"],
        ), item["code"]  # fmt: skip
        assert own["required"] == -(-own["denominator"] // 300)
    assert {item["community"]["code"] for item in short} == {
        code for code, verdict in verdicts.items() if verdict["state"] == "short"
    }
    assert short


def test_warnings_name_what_is_wrong_and_only_that(session):
    day = today(session)
    held = leader(session)

    def kinds():
        return {(item["kind"], *item["grids"][:1]) for item in list_postings(session)["warnings"]}

    assert ("ends_soon", GRID) not in kinds()
    end_posting(session, held["posting"], day + timedelta(days=14))
    assert ("ends_soon", GRID) in kinds()
    grid = next(item for item in list_postings(session)["grids"] if item["code"] == GRID)
    assert grid["state"] == "ends_soon"
    hand_over(session, held["posting"], Person(name="接班"), day + timedelta(days=14))
    assert ("ends_soon", GRID) not in kinds()
    assert ("no_phone", GRID) not in kinds()  # the successor has not begun
    assign(session, Person(name="无号"), [GRID], "楼栋长")
    assert ("no_phone", GRID) in kinds()
    end_posting(session, held["posting"], day + timedelta(days=13))
    assert ("ends_soon", GRID) in kinds()  # a gap of a day
    put_substitute(
        session, held["posting"], Person(name="代班", work_phone="1"), day, day + timedelta(days=13)
    )
    assert ("beyond_holder", GRID) not in kinds()
    session.execute(
        text("UPDATE posting SET valid_to = :d WHERE id = :id"),
        {"d": day + timedelta(days=5), "id": held["posting"]},
    )
    assert ("beyond_holder", GRID) in kinds()


def test_a_person_in_many_grids_is_pointed_out(session):
    codes = [item["code"] for item in list_postings(session)["grids"]]
    assign(session, Person(name="多格", work_phone="1"), codes[:5], "网格员")

    def many():
        return [
            item
            for item in list_postings(session)["warnings"]
            if item["kind"] == "many_grids" and item["name"] == "多格"
        ]

    assert many() == []
    assign(session, Person(name="多格", work_phone="1"), codes[5:6], "网格员")
    assert many()[0]["values"] == {"count": 6, "limit": 5}
    assert many()[0]["grids"] == codes[:6]


def test_the_list_of_a_day_is_that_days(session):
    day = today(session)
    held = leader(session)
    end_posting(session, held["posting"], day)
    before = list_postings(session, on=day - timedelta(days=1))
    after = list_postings(session, on=day)

    def people(found):
        return [
            item["name"]
            for grid in found["grids"]
            if grid["code"] == GRID
            for item in grid["people"]
        ]

    assert held["name"] in people(before)
    assert held["name"] not in people(after)
    assert before["on"] == day - timedelta(days=1)


def test_an_area_shows_its_own_grids(store):
    ours = store.acting(actor(store, "analyst", [TOWNSHIP]))
    with ours.session() as session:
        found = list_postings(session)
        assert {item["code"][:9] for item in found["grids"]} == {TOWNSHIP}
        with pytest.raises(RightsError):
            list_postings(session, OTHER)
        workers = {item["worker"] for item in list_workers(session)["workers"]}
        theirs = session.execute(text("SELECT count(*) FROM worker")).scalar_one()
        assert len(workers) == theirs


# Ledgers


HEADER = ["姓名", "工作电话", "岗位", "网格编码", "开始日期", "结束日期"]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_ledger_is_looked_at_then_stored(session, tmp_path, ending):
    free = vacant(session)[:2]
    rows = [["新人", "000-9", "grid_leader", code, "2026-01-01", ""] for code in free]
    content = ledger(tmp_path / f"台账.{ending}", HEADER, rows).read_bytes()
    seen = read_ledger(session, f"台账.{ending}", content)
    assert (seen["added"], seen["dry_run"]) == (2, True)
    assert set(free) <= set(vacant(session))
    assert read_ledger(session, f"台账.{ending}", content, dry_run=False)["added"] == 2
    assert not set(free) & set(vacant(session))
    assert who_answered(session, free[0])["answers"][0]["post"]["name"] == "网格长"
    assert read_ledger(session, f"台账.{ending}", content, dry_run=False)["unchanged"] == 2


def test_everything_wrong_with_a_ledger_is_told_at_once_and_nothing_of_it_is_stored(
    session, tmp_path
):
    held = leader(session)
    rows = [
        ["好的", "1", "网格员", GRID, "", ""],
        ["没有", "2", "网格员", "990101001001999", "2026-05-03", "2026-05-01"],
        ["倒着", "3", "网格员", GRID, "2026-05-03", "2026-05-01"],
        [held["name"], held["work_phone"], "网格长", GRID, "2025-06-01", ""],
        ["两次", "4", "网格员", GRID, "2026-01-01", ""],
        ["", "5", "网格员", "990101001001998", "不知道", ""],
        ["两次", "4", "网格员", GRID, "2026-02-01", ""],
        ["过了", "6", "网格员", GRID, "", "2020-01-01"],
    ]
    path = ledger(tmp_path / "台账.csv", HEADER, rows)
    before = session.execute(text("SELECT count(*) FROM worker")).scalar_one()
    with pytest.raises(RefusedInputError) as refused:
        read_ledger(session, path.name, path.read_bytes(), dry_run=False)
    found = [(fault.row, fault.field) for fault in refused.value.faults]
    assert found == [
        (3, "网格编码"), (3, "结束日期"), (4, "结束日期"), (5, "开始日期"), (7, "姓名"), (7, "网格编码"),
        (7, "开始日期"), (8, "开始日期"), (9, "结束日期"),
    ]  # fmt: skip
    assert all(fault.reason for fault in refused.value.faults)
    assert refused.value.code == "invalid_rows"
    assert "row 3" in str(refused.value)
    assert "and 8 more" in str(refused.value)
    assert session.execute(text("SELECT count(*) FROM worker")).scalar_one() == before


def test_rows_of_another_area_are_told_with_the_others_and_nothing_of_what_is_held_there(
    store, tmp_path
):
    with store.session() as session:
        code = "SELECT code FROM grid_version WHERE code LIKE :there AND valid_to IS NULL LIMIT 1"
        theirs = session.execute(text(code), {"there": f"{OTHER}%"}).scalar_one()
        held = who_answered(session, theirs)["answers"][0]
    there = [held["name"], held["work_phone"], held["post"]["name"], theirs, "2025-06-01", ""]
    rows = [["没有", "2", "网格员", "990101001001999", "", ""], there]
    path = ledger(tmp_path / "台账.csv", HEADER, rows)
    beyond = "it lies outside the area of this account"
    with store.acting(actor(store, "planner", [TOWNSHIP])).session() as session:
        with pytest.raises(RefusedInputError) as refused:
            read_ledger(session, path.name, path.read_bytes())
        assert [(f.row, f.field) for f in refused.value.faults] == [(2, "网格编码"), (3, None)]
        assert refused.value.faults[1].reason == beyond
        only = ledger(path, HEADER, [there])
        with pytest.raises(RightsError) as refused:
            read_ledger(session, path.name, only.read_bytes())
        assert refused.value.code == "outside_area"
        assert [f.reason for f in refused.value.faults] == [beyond]


def test_what_only_reading_finds_wrong_with_a_ledger_is_told_as_it_is_of_others(session, tmp_path):
    path = ledger(tmp_path / "台账.csv", HEADER, [["", "1", "网格员", GRID, "", ""]])
    with pytest.raises(RefusedInputError, match="row 2, 姓名") as refused:
        read_ledger(session, path.name, path.read_bytes())
    assert [(fault.row, fault.field) for fault in refused.value.faults] == [(2, "姓名")]


def test_a_row_without_a_day_continues_what_is_held(session, tmp_path):
    held = leader(session)
    path = ledger(
        tmp_path / "台账.csv", HEADER, [[held["name"], held["work_phone"], "网格长", GRID, "", ""]]
    )
    assert read_ledger(session, path.name, path.read_bytes(), dry_run=False)["unchanged"] == 1


def test_a_whole_ledger_ends_what_it_no_longer_has_and_keeps_who_held_it(session, tmp_path):
    held = leader(session)
    path = ledger(tmp_path / "w.csv", HEADER, [["只有", "1", "网格员", GRID, "", ""]])
    found = import_file(session, "workers", path, ImportOptions(replace=True))
    assert found["removed"] > 50
    assert names(who_answered(session, GRID)) == ["只有"]
    assert held["name"] in names(who_answered(session, GRID, date(2026, 5, 3)))


def test_a_ledger_that_is_no_table_is_refused(session):
    for name, content in (("a.exe", b"MZ"), ("a.xlsx", b"no workbook"), ("../../a", b"")):
        with pytest.raises(RefusedInputError):
            read_ledger(session, name, content)
