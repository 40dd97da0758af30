"""Working hours and working days of a calendar: when something is due.

Pure: a moment and a calendar in, a moment out. Two rules, stated once. Working hours run from the moment itself, or
from the next opening when nobody works then. Working days do not count the day of the moment; something is due at
the end of work of the last of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
MOST_DAYS = 1500
"""Days looked through for working ones: about four years, more than any deadline."""
Span = tuple[time, time]


class CalendarError(ValueError):
    """A calendar in which the time asked for never comes."""


@dataclass(frozen=True)
class Calendar:
    """When people work."""

    hours: tuple[Span, ...]
    """Of a working day, in order, each from its beginning up to its end."""
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    """Days of weekends that are worked, instead of others."""
    sources: Mapping[int, str] = field(default_factory=dict)
    """Year -> where its holidays come from; other years have weekends only."""

    def works_on(self, day: date) -> bool:
        """Say whether a day is worked."""
        if day in self.workdays:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def unknown_years(self, *moments: datetime) -> list[int]:
        """Return the years between these moments whose holidays are not known: they count Monday to Friday."""
        years = [moment.astimezone(ZONE).year for moment in moments]
        return [year for year in range(min(years), max(years) + 1) if year not in self.sources]


def add_hours(calendar: Calendar, begin: datetime, hours: float) -> datetime:
    """Return the moment at which so many working hours have passed.

    Raises
    ------
    CalendarError
        When they do not pass within four years.
    """
    left = timedelta(hours=hours)
    for opens, closes in _spans(calendar, begin):
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    raise CalendarError("the working hours asked for do not pass within four years")


def add_days(calendar: Calendar, begin: datetime, days: int) -> datetime:
    """Return the end of work of the working day that is so many working days after a moment's own.

    Raises
    ------
    CalendarError
        When it does not come within four years.
    """
    day = begin.astimezone(ZONE).date()
    for _ in range(MOST_DAYS):
        if days <= 0 and calendar.works_on(day) and calendar.hours:
            return datetime.combine(day, calendar.hours[-1][1], ZONE)
        day += timedelta(days=1)
        if calendar.works_on(day):
            days -= 1
    raise CalendarError("the working days asked for do not pass within four years")


def hours_between(calendar: Calendar, begin: datetime, end: datetime) -> float:
    """Return the working hours from a moment to a later one; none when it is not later."""
    total = timedelta()
    for opens, closes in _spans(calendar, begin):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total / timedelta(hours=1)


def _spans(calendar: Calendar, begin: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield what is left of the working spans from a moment on."""
    here = begin.astimezone(ZONE)
    for number in range(MOST_DAYS):
        day = here.date() + timedelta(days=number)
        if not calendar.works_on(day):
            continue
        for opens, closes in calendar.hours:
            start, stop = (datetime.combine(day, moment, ZONE) for moment in (opens, closes))
            if stop > here:
                yield max(start, here), stop
