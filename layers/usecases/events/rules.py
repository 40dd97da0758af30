"""What events are sorted by and how long they may take: categories, deadlines, exceptions of routing, the calendar.

All of it is data: the product brings TOML files, a division may have its own, kept as versions. A division without
goes by the one above it. Of each division the version made last holds.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import Fault, RefusedInputError
from layers.areas import ids_of, reaches
from layers.audit import record
from layers.db import actor_of
from layers.registry import effective
from layers.rights import Right, RightsError
from layers.usecases.events.flow import LEVELS
from layers.usecases.events.working_time import Calendar

FOLDER = Path(__file__).parents[3] / "data" / "events"
MAX_BYTES = 1_000_000
KINDS = ("categories", "calendar")
Key = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
Name = Field(min_length=1, max_length=60)
Level = Literal["grid", "community", "township", "county"]
SPAN = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Head(_Part):
    """Which set this is, and where it comes from."""

    id: str = Key
    place: str = Name
    source: str = Field(min_length=1, max_length=500)


class Deadline(_Part):
    """How long a level has, or a verification: working hours or working days."""

    level: Literal["grid", "community", "township", "county", "verify"]
    hours: float | None = Field(None, gt=0, le=2000)
    days: int | None = Field(None, ge=1, le=250)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.hours is None) == (self.days is None):
            raise ValueError("a deadline has either hours or days")
        return self


class Group(_Part):
    """The first tap."""

    key: str = Key
    name: str = Name
    name_en: str = Name


class Category(_Part):
    """The second tap, and how such events are handled."""

    key: str = Key
    group: str
    name: str = Name
    name_en: str = Name
    level: Level = "grid"
    """Where it begins."""
    office: str | None = Field(None, max_length=60)
    """Who handles it at that level, where it is not the level itself."""
    hours: float | None = Field(None, gt=0, le=2000)
    """Working hours of the level it begins at, instead of that level's own."""
    dedicated: bool = True
    """Whether a dedicated grid takes it; else it begins with the community."""


class Route(_Part):
    """An exception: in a division, events of a category or group go to a grid or an office."""

    division: str = Field(pattern=r"^\d{2,12}$")
    category: str | None = None
    group: str | None = None
    grid: str | None = Field(None, max_length=40)
    level: Level | None = None
    office: str | None = Field(None, max_length=60)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.category is None) == (self.group is None):
            raise ValueError("a route is about either a category or a group")
        if self.grid is None and self.level is None:
            raise ValueError("a route leads to a grid or a level")
        return self


class EventRules(_Part):
    """One set of categories with everything that is decided by them."""

    set: Head
    deadline: tuple[Deadline, ...]
    group: tuple[Group, ...] = Field(min_length=1, max_length=20)
    category: tuple[Category, ...] = Field(min_length=1, max_length=300)
    route: tuple[Route, ...] = Field((), max_length=500)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        named: tuple[tuple[str, list[str]], ...] = (
            ("group", [item.key for item in self.group]),
            ("category", [item.key for item in self.category]),
            ("deadline", [str(item.level) for item in self.deadline]),
        )
        for name, keys in named:
            twice = sorted({key for key in keys if keys.count(key) > 1})
            if twice:
                raise ValueError(f"{name} {', '.join(twice)} stands there twice")
        lacking = {*LEVELS, "verify"} - {item.level for item in self.deadline}
        if lacking:
            raise ValueError(f"no deadline for {', '.join(sorted(lacking))}")
        groups = {item.key for item in self.group}
        unknown = {item.group for item in self.category} - groups
        unknown |= {item.group for item in self.route if item.group} - groups
        if unknown:
            raise ValueError(f"unknown group {', '.join(sorted(unknown))}")
        routed = {item.category for item in self.route if item.category}
        unknown = routed - {item.key for item in self.category}
        if unknown:
            raise ValueError(f"unknown category {', '.join(sorted(unknown))}")
        return self

    def find(self, key: str) -> Category | None:
        """Return a category by its key."""
        return next((item for item in self.category if item.key == key), None)

    def group_of(self, category: Category) -> Group:
        """Return the group a category belongs to."""
        return next(item for item in self.group if item.key == category.group)

    def keys_of_group(self, group: str) -> list[str]:
        """Return the categories of a group."""
        return [item.key for item in self.category if item.group == group]

    def deadline_of(self, level: str) -> Deadline:
        """Return how long a level, or a verification, has."""
        return next(item for item in self.deadline if item.level == level)

    def rows(self) -> list[dict[str, str]]:
        """Return the categories as the phone lists them, in the order of the file."""
        order = {group.key: n for n, group in enumerate(self.group)}
        return [
            {
                "key": item.key,
                "name": item.name,
                "name_en": item.name_en,
                "group": item.group,
                "group_name": self.group_of(item).name,
                "group_name_en": self.group_of(item).name_en,
            }
            for item in sorted(self.category, key=lambda item: order[item.group])
        ]


class CalendarHead(_Part):
    """Which calendar this is, where it comes from, and the hours of a working day."""

    id: str = Key
    source: str = Field(min_length=1, max_length=500)
    hours: tuple[str, ...] = Field(min_length=1, max_length=6)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        spans = self.spans()
        flat = [moment for span in spans for moment in span]
        if flat != sorted(set(flat)):
            raise ValueError("hours are spans like 08:30-12:00, in order and apart")
        return self

    def spans(self) -> tuple[tuple[time, time], ...]:
        """Return the hours as times."""
        found = []
        for value in self.hours:
            match = SPAN.fullmatch(value)
            if match is None:
                raise ValueError(f"{value!r} is no span like 08:30-12:00")
            found.append((time.fromisoformat(match[1]), time.fromisoformat(match[2])))
        return tuple(found)


class Year(_Part):
    """The holidays of a year, days or spans of days, and the weekends worked instead."""

    year: int = Field(ge=2000, le=2200)
    source: str = Field(min_length=1, max_length=500)
    holidays: tuple[str, ...] = Field((), max_length=60)
    workdays: tuple[str, ...] = Field((), max_length=60)

    @model_validator(mode="after")
    def _days(self) -> Self:
        self.days("holidays")
        self.days("workdays")
        return self

    def days(self, which: Literal["holidays", "workdays"]) -> list[date]:
        """Return every single day."""
        found = []
        for value in getattr(self, which):
            first, _, last = value.partition("/")
            begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
            if not begin <= end <= begin + timedelta(days=60) or begin.year != self.year:
                raise ValueError(f"{value!r} is no span of days that begins in {self.year}")
            found += [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
        return found


class CalendarRules(_Part):
    """A calendar as a file."""

    calendar: CalendarHead
    year: tuple[Year, ...] = Field((), max_length=50)

    def as_calendar(self) -> Calendar:
        """Return it as deadlines are counted by it."""
        return Calendar(
            self.calendar.spans(),
            frozenset(day for year in self.year for day in year.days("holidays")),
            frozenset(day for year in self.year for day in year.days("workdays")),
            {year.year: year.source for year in self.year},
        )


@dataclass(frozen=True)
class HeldEventRules:
    """What holds in a division."""

    rules: EventRules
    calendar: Calendar


def read_rules(document: Mapping[str, Any], file: str | None = None) -> EventRules | CalendarRules:
    """Return a set of categories or a calendar from the tables of a file.

    Raises
    ------
    RefusedInputError
        `invalid_event_rules` with every fault.
    """
    kind = CalendarRules if "calendar" in document else EventRules
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        faults = [
            Fault(file, None, ".".join(str(part) for part in item["loc"]) or None, str(item["msg"]))
            for item in error.errors(include_url=False)
        ]
        first = faults[0]
        message = f"{file or 'event rules'}: {first.field or 'file'}: {first.reason}"
        raise RefusedInputError("invalid_event_rules", message, faults) from error


def read_rules_file(path: Path) -> EventRules | CalendarRules:
    """Return what a TOML file holds.

    Raises
    ------
    RefusedInputError
        `unreadable_file`, `invalid_event_rules`.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RefusedInputError("unreadable_file", f"{path.name} is no rule file: too large")
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise RefusedInputError(
            "unreadable_file", f"{path.name}: {reason}", [Fault(path.name, reason=reason)]
        ) from error
    return read_rules(document, path.name)


@cache
def built_in_rules() -> EventRules:
    """Return the categories that come with the product."""
    found = read_rules_file(FOLDER / "categories.toml")
    assert isinstance(found, EventRules)  # noqa: S101 our own file
    return found


@cache
def built_in_calendar() -> CalendarRules:
    """Return the calendar that comes with the product."""
    found = read_rules_file(FOLDER / "calendar.toml")
    assert isinstance(found, CalendarRules)  # noqa: S101 our own file
    return found


NEAREST = f"""
    WITH RECURSIVE up AS (
        SELECT CAST(:division AS integer) AS id, 0 AS step
        UNION ALL
        SELECT v.parent_id, up.step + 1 FROM up JOIN division_version v ON v.division_id = up.id
        WHERE v.parent_id IS NOT NULL AND {effective("v")} AND up.step < 10
    )
    SELECT DISTINCT ON (r.kind) r.kind, r.content FROM up JOIN event_rules r ON r.division_id = up.id
    ORDER BY r.kind, up.step, r.id DESC
"""


def rules_at(session: Session, division: int | None) -> HeldEventRules:
    """Return what holds in a division: its own, that of the nearest above, or the product's."""
    rules, calendar = built_in_rules(), built_in_calendar()
    if division is not None:
        for row in session.execute(text(NEAREST), {"division": division}):
            found = read_rules(row.content)
            if isinstance(found, EventRules):
                rules = found
            else:
                calendar = found
    return HeldEventRules(rules, calendar.as_calendar())


def rules_for_actor(session: Session) -> HeldEventRules:
    """Return what holds where the actor belongs; for the whole store, in its topmost division."""
    roots = actor_of(session).roots
    if roots is None:
        top = session.execute(
            text(
                f"SELECT min(v.division_id) FROM division_version v WHERE v.parent_id IS NULL AND {effective('v')}"
            )
        ).scalar_one_or_none()
        return rules_at(session, top)
    return rules_at(session, roots[0] if roots else None)


def add_rules(
    session: Session, division: str, document: Mapping[str, Any], file: str | None = None
) -> dict[str, Any]:
    """Store a division's own categories or calendar; those before it stay.

    Raises
    ------
    RefusedInputError
        `invalid_event_rules`.
    NotFoundError
        `unknown_division`.
    RightsError
        `no_right`, `outside_area`.
    """
    actor = actor_of(session)
    actor.require(Right.RULES)
    found = read_rules(document, file)
    number = ids_of(session, [division])[division]
    if not reaches(actor, number):
        raise RightsError("outside_area", f"outside the area of this account: {division}")
    kind = KINDS[0] if isinstance(found, EventRules) else KINDS[1]
    session.execute(
        text(
            "INSERT INTO event_rules (division_id, kind, content, made_by) "
            "VALUES (:division, :kind, CAST(:content AS jsonb), :actor)"
        ),
        {
            "division": number,
            "kind": kind,
            "content": json.dumps(found.model_dump(mode="json"), ensure_ascii=False),
            "actor": actor.name,
        },
    )
    name = found.set.id if isinstance(found, EventRules) else found.calendar.id
    record(session, "event.rules", f"{division}/{kind}", after={"set": name})
    return {"division": division, "kind": kind, "set": name}
