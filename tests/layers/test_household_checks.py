"""The day that was counted, whatever the phone's clock says: set right once, the same check again is the same."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import text

from gis.errors import ConflictError, RefusedInputError
from layers.usecases.events.working_time import ZONE
from layers.usecases.household_checks import Check, decide_check, list_checks, propose_check
from tests.accounts import actor
from tests.conftest import fresh_copy
from tests.layers.field import TOWNSHIP, now, spots, worker

BUILDING = "990101001001B0001"
NOON = datetime(2026, 11, 28, 12, tzinfo=ZONE)


def wrong(error: timedelta, made: datetime, sent: datetime, days_before: int = 0) -> Check:
    """Return a check written at a true moment by a phone whose clock is ahead, of its today or so many days before."""
    written = made + error
    return Check(
        uuid.uuid4(), BUILDING, written.date() - timedelta(days=days_before), resident=3,
        made_at=written, phone_now=sent + error,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "made", "expected"),
    [
        (timedelta(days=2), NOON, date(2026, 11, 28)),
        (timedelta(days=-2), NOON, date(2026, 11, 28)),
        (timedelta(days=-400), NOON, date(2026, 11, 28)),
        (timedelta(hours=1), NOON.replace(hour=23, minute=30), date(2026, 11, 28)),
        (timedelta(hours=-1), NOON.replace(hour=0, minute=30), date(2026, 11, 28)),
        (timedelta(hours=1), NOON, date(2026, 11, 28)),
        (timedelta(seconds=59), NOON.replace(hour=23, minute=59, second=30), date(2026, 11, 29)),
        (timedelta(), NOON, date(2026, 11, 28)),
    ],
    ids=str,
)
@pytest.mark.parametrize("days_before", [0, 1, 9])
@pytest.mark.parametrize("waited", [timedelta(minutes=5), timedelta(days=3)], ids=str)
def test_the_day_is_that_of_the_true_calendar(error, made, expected, days_before, waited):
    sent = made + waited
    given = wrong(error, made, sent, days_before)
    at = given.made(sent)
    assert given.day(at, sent) == expected - timedelta(days=days_before)
    assert at == made + (error if abs(error) <= timedelta(seconds=60) else timedelta())


def test_a_phone_that_says_nothing_of_its_clock_is_taken_at_its_word():
    given = Check(uuid.uuid4(), BUILDING, date(2026, 11, 27), resident=3)
    assert given.made(NOON) == NOON
    assert given.day(NOON, NOON) == date(2026, 11, 27)
    # What was written tomorrow was written now.
    ahead = replace(given, made_at=NOON + timedelta(days=1), counted_on=date(2026, 11, 29))
    assert (ahead.made(NOON), ahead.day(NOON, NOON)) == (NOON, date(2026, 11, 28))


def test_without_the_moment_of_writing_the_moment_of_sending_tells_the_clock():
    sent = NOON + timedelta(days=2)
    given = Check(uuid.uuid4(), BUILDING, sent.date(), resident=3, phone_now=sent)
    assert given.day(given.made(NOON), NOON) == NOON.date()


@pytest.fixture(scope="module")
def own(sample_template):
    """Return the store as a worker sees it whose grid has the building."""
    with fresh_copy(sample_template, "wangge_test_checks") as copy:
        with copy.session("owner") as session:
            code = session.execute(
                text(
                    "SELECT v.code FROM grid_version v JOIN building b ON ST_Intersects(v.geom, b.geom) "
                    "WHERE b.code = :code AND v.valid_to IS NULL"
                ),
                {"code": BUILDING},
            ).scalar_one()
        grid = next(spot.grid for spot in spots(copy) if spot.code == code)
        yield copy.acting(worker(copy, [grid]))


def propose(own, given):
    with own.session() as session:
        kept, new = propose_check(session, given)
        return kept["counted_on"], new


@pytest.mark.parametrize("error", [timedelta(days=2), timedelta(days=-2), timedelta()], ids=str)
@pytest.mark.parametrize("days_before", [0, 1])
def test_today_on_a_wrong_phone_is_stored_as_today_and_yesterday_as_yesterday(
    own, error, days_before
):
    moment = now()
    given = wrong(error, moment, moment, days_before)
    expected = moment.date() - timedelta(days=days_before)
    assert propose(own, given) == (expected.isoformat(), True)
    with own.session() as session:
        kept = {item["id"]: item for item in list_checks(session)["checks"]}[str(given.id)]
    assert kept["counted_on"] == expected.isoformat()
    assert abs(kept["made_at"] - moment) < timedelta(seconds=30)


def test_an_hour_ahead_across_midnight_is_the_day_before(own):
    yesterday = now().date() - timedelta(days=1)
    made = datetime.combine(yesterday, time(23, 30), ZONE)
    given = wrong(timedelta(hours=1), made, now())
    assert given.counted_on == yesterday + timedelta(days=1)
    assert propose(own, given) == (yesterday.isoformat(), True)


@pytest.mark.parametrize(
    "later",
    [timedelta(days=2), timedelta(days=2, hours=3), timedelta(), timedelta(days=-5)],
    ids=["the same clock", "moved on", "set right", "set wrong otherwise"],
)
def test_the_same_check_is_the_same_whatever_the_clock_says_when_it_is_sent_again(own, later):
    moment = now()
    # On the same day: in the first hour of one a clock that is set right meanwhile leaves two days open.
    midnight = datetime.combine(moment.date(), time(), ZONE)
    given = wrong(timedelta(days=2), max(midnight, moment - timedelta(hours=1)), moment)
    first = propose(own, given)
    again = replace(given, phone_now=now() + later)
    assert propose(own, again) == (first[0], False)
    for other in (
        replace(again, counted_on=given.counted_on - timedelta(days=1)),
        replace(again, resident=4),
    ):
        with pytest.raises(ConflictError):
            propose(own, other)
    with own.session() as session:
        kept = {item["id"]: item for item in list_checks(session)["checks"]}[str(given.id)]
    assert (kept["counted_on"], kept["resident"]) == (first[0], 3)


@pytest.mark.parametrize("error", [None, timedelta(), timedelta(days=2), timedelta(days=-2)])
def test_a_day_of_the_future_is_refused(own, error):
    moment = now()
    given = wrong(error or timedelta(), moment, moment, days_before=-1)
    if error is None:
        given = replace(given, made_at=None, phone_now=None)
    with pytest.raises(RefusedInputError) as refused:
        propose(own, given)
    assert (refused.value.code, refused.value.faults[0].field) == ("bad_check", "counted_on")


@pytest.mark.parametrize("day", [date.min, date.max])
@pytest.mark.parametrize("days", [-2, 2])
def test_days_of_other_centuries_and_moments_without_a_zone_are_refused(own, day, days):
    moment = now()
    given = wrong(timedelta(days=days), moment, moment)
    with pytest.raises(RefusedInputError) as refused:
        propose(own, replace(given, counted_on=day))
    assert refused.value.code == "bad_check"
    with pytest.raises(RefusedInputError) as refused:
        propose(own, replace(given, made_at=given.made_at.replace(tzinfo=None)))
    assert refused.value.code == "bad_time"


def test_a_day_that_is_certain_is_kept_whatever_the_clock_says(own):
    moment = now()
    given = wrong(timedelta(days=2), moment, moment)
    day = moment.date() - timedelta(days=1)
    assert propose(own, replace(given, counted_on=day, certain=True)) == (day.isoformat(), True)


@pytest.fixture(scope="module")
def planner(own):
    return own.acting(actor(own, "planner", [TOWNSHIP]))


def open_grids(planner):
    with planner.session() as session:
        found = list_checks(session, "proposed")
    return {item["id"]: item for item in found["checks"]}, {
        grid["grid"]: grid for grid in found["grids"]
    }


def test_a_count_that_is_older_than_the_one_in_force_changes_nothing(own, planner):
    with own.session() as session:
        code, counted = session.execute(
            text(
                "SELECT b.code, k.counted_on FROM building b JOIN household_count k ON k.building_id = b.id "
                "WHERE b.id = ANY ((SELECT own_buildings())::integer[]) AND k.resident > 0 AND b.code <> :code "
                "ORDER BY b.code LIMIT 1"
            ),
            {"code": BUILDING},
        ).one()
    before = open_grids(planner)[1]
    older = Check(uuid.uuid4(), code, counted - timedelta(days=1), resident=9_999)
    propose(own, older)
    checks, grids = open_grids(planner)
    grid = checks[str(older.id)]["grid"]
    was = before.get(grid)
    changed = was["households_after"] - was["households"] if was else 0
    assert grids[grid]["households_after"] - grids[grid]["households"] == changed


def test_what_was_counted_in_a_grid_that_is_gone_concerns_what_came_after_it(own, planner):
    given = Check(uuid.uuid4(), BUILDING, now().date(), resident=7)
    propose(own, given)
    grid = open_grids(planner)[0][str(given.id)]["grid"]
    with own.session("owner") as session:
        row = session.execute(
            text("SELECT grid_id, code FROM grid_version WHERE code = :code AND valid_to IS NULL"),
            {"code": grid},
        ).one()
        fresh = session.execute(
            text(
                "INSERT INTO grid (community_id) SELECT community_id FROM grid WHERE id = :g RETURNING id"
            ),
            {"g": row.grid_id},
        ).scalar_one()
        session.execute(
            text(
                "INSERT INTO grid_version (grid_id, code, valid_from, geom) SELECT :fresh, code || 'n', "
                "current_date, geom FROM grid_version WHERE grid_id = :g AND valid_to IS NULL"
            ),
            {"fresh": fresh, "g": row.grid_id},
        )
        session.execute(
            text(
                "UPDATE grid_version SET valid_to = current_date WHERE grid_id = :g AND valid_to IS NULL"
            ),
            {"g": row.grid_id},
        )
    checks, grids = open_grids(planner)
    assert checks[str(given.id)]["grid"] == f"{grid}n"
    assert f"{grid}n" in grids
    assert grid not in grids
    with planner.session() as session:
        decide_check(session, given.id, accept=True, reason=None)
    with planner.session() as session, pytest.raises(ConflictError) as again:
        decide_check(session, given.id, accept=True, reason=None)
    assert again.value.code == "check_decided"
