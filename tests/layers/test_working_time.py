"""Deadlines count working hours and working days: nights, lunches, weekends, holidays and moved workdays."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.usecases.events.rules import built_in_calendar
from layers.usecases.events.working_time import (
    ZONE,
    Calendar,
    CalendarError,
    add_days,
    add_hours,
    hours_between,
)

CALENDAR = built_in_calendar().as_calendar()
DAY_HOURS = 7


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("begin", "hours", "end"),
    [
        ("2026-11-26 09:00", 2, "2026-11-26 11:00"),  # Thursday, within the morning
        ("2026-11-26 11:00", 2, "2026-11-26 15:00"),  # over lunch
        ("2026-11-26 11:00", 1, "2026-11-26 12:00"),  # exactly to the end of a span
        ("2026-11-26 12:30", 1, "2026-11-26 15:00"),  # begins in the lunch break
        ("2026-11-26 17:00", 1, "2026-11-27 09:00"),  # over night
        ("2026-11-27 17:00", 1, "2026-11-30 09:00"),  # over the weekend
        ("2026-11-28 10:00", 1, "2026-11-30 09:30"),  # begins on a Saturday
        ("2026-09-30 17:00", 1, "2026-10-08 09:00"),  # over the National Day holidays
        ("2026-10-09 17:00", 1, "2026-10-10 09:00"),  # Saturday 10 October is worked
        ("2026-02-13 17:00", 1, "2026-02-14 09:00"),  # so is Saturday 14 February
        ("2026-02-14 17:00", 1, "2026-02-24 09:00"),  # then Spring Festival, nine days
        ("2026-11-26 08:30", 70, "2026-12-09 17:30"),  # ten days of seven hours
    ],
)
def test_working_hours_pass_while_people_work(begin, hours, end):
    assert add_hours(CALENDAR, at(begin), hours) == at(end)


@pytest.mark.parametrize(
    ("begin", "days", "end"),
    [
        ("2026-11-26 09:00", 1, "2026-11-27 17:30"),
        ("2026-11-26 23:59", 1, "2026-11-27 17:30"),  # the day of the moment does not count
        ("2026-11-27 09:00", 1, "2026-11-30 17:30"),  # Friday to Monday
        ("2026-11-28 09:00", 1, "2026-11-30 17:30"),  # from a Saturday
        ("2026-09-30 09:00", 2, "2026-10-09 17:30"),  # over the holidays
        ("2026-10-09 09:00", 1, "2026-10-10 17:30"),  # a Saturday that is worked
        ("2026-02-13 09:00", 2, "2026-02-24 17:30"),
        ("2026-11-28 09:00", 0, "2026-11-30 17:30"),  # the end of this or the next working day
    ],
)
def test_working_days_end_with_the_last_of_them(begin, days, end):
    assert add_days(CALENDAR, at(begin), days) == at(end)


def test_the_zone_of_the_moment_does_not_matter():
    from datetime import UTC

    moment = at("2026-11-26 17:00")
    assert add_hours(CALENDAR, moment.astimezone(UTC), 1) == at("2026-11-27 09:00")
    # 16:30 of Thursday in Greenwich is Friday in China: that day does not count.
    late = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)
    assert add_days(CALENDAR, late, 1) == at("2026-11-30 17:30")


def test_a_day_worked_instead_of_another_is_worked_and_the_other_is_not():
    assert CALENDAR.works_on(date(2026, 10, 10))
    assert not CALENDAR.works_on(date(2026, 10, 5))
    assert not CALENDAR.works_on(date(2026, 11, 28))


def test_years_without_a_notice_say_so():
    assert CALENDAR.unknown_years(at("2026-12-30 09:00")) == []
    assert CALENDAR.unknown_years(at("2026-12-30 09:00"), at("2028-01-04 09:00")) == [2027, 2028]


def test_a_calendar_in_which_nobody_works_is_no_endless_search():
    idle = Calendar(((time(9), time(10)),), holidays=frozenset(
        date(2026, 1, 1) + timedelta(days=n) for n in range(2500)
    ))  # fmt: skip
    with pytest.raises(CalendarError):
        add_hours(idle, at("2026-01-01 09:00"), 1)
    with pytest.raises(CalendarError):
        add_days(idle, at("2026-01-01 09:00"), 1)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)),
    st.integers(1, 40 * DAY_HOURS * 60),
)
def test_as_many_hours_pass_as_were_added(begin, minutes):
    moment = begin.replace(tzinfo=ZONE)
    end = add_hours(CALENDAR, moment, minutes / 60)
    assert hours_between(CALENDAR, moment, end) == pytest.approx(minutes / 60, abs=1e-6)
    assert CALENDAR.works_on(end.astimezone(ZONE).date())


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)), st.integers(1, 60))
def test_more_days_are_never_sooner(begin, days):
    moment = begin.replace(tzinfo=ZONE)
    assert moment.replace(hour=0, minute=0) < add_days(CALENDAR, moment, days)
    assert add_days(CALENDAR, moment, days) < add_days(CALENDAR, moment, days + 1)
