"""Which events are asked for, and the SQL that says which grid has an event today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import NotFoundError, RefusedInputError
from layers.areas import below, ids_of
from layers.db import actor_of
from layers.registry import effective
from layers.usecases.events.flow import LEVELS, STATES
from layers.usecases.events.rules import EventRules
from layers.usecases.locate import LARGER

ZONED = "timezone('Asia/Shanghai', {column})"
NUMBER = f"to_char({ZONED.format(column='e.received_at')}, 'YYYY') || '-' || lpad(e.number::text, 6, '0')"
CURRENT = f"""
    LEFT JOIN grid_version was ON was.id = e.routed_version_id
    LEFT JOIN grid_version rv ON rv.id = e.routed_version_id AND {effective("rv")}
    LEFT JOIN LATERAL (
        SELECT v.grid_id, v.code, v.name FROM grid_version v
        WHERE rv.id IS NULL AND e.due_at IS NOT NULL AND {effective("v")} AND (
            (e.grid_decided AND v.grid_id = e.grid_id)
            OR (v.geom && e.geom AND ST_Intersects(v.geom, e.geom) AND NOT EXISTS (
                SELECT FROM grid_version k WHERE k.parent_id = v.grid_id AND ST_Intersects(k.geom, e.geom)
                AND {effective("k")})))
        ORDER BY (e.grid_decided AND v.grid_id = e.grid_id) DESC, {LARGER}, v.code COLLATE "C" LIMIT 1
    ) nv ON true
"""
GRID_CODE = "coalesce(rv.code, nv.code, CASE WHEN e.due_at IS NULL THEN was.code END)"

KNOWN_CATEGORY = "SELECT EXISTS (SELECT FROM event WHERE category = :value)"
"""One that was taken from the rules keeps its events."""
KNOWN_GRID = "SELECT EXISTS (SELECT FROM grid_version WHERE code = :value)"
HAS = "coalesce(coalesce(rv.grid_id, nv.grid_id) = ANY ((SELECT own_grids())::integer[]), false)"
"""Whether the grid that has it today is one the actor holds a post in today, or is nested in such a one."""


@dataclass(frozen=True)
class EventFilter:
    """Which events are asked for; days are whole days in Asia/Shanghai, of the report."""

    state: str | None = None
    """A state, or `open` or `closed`."""
    category: str | None = None
    """A category, or a group."""
    level: str | None = None
    overdue: bool = False
    border: bool = False
    """Those on a border that nobody has decided about."""
    division: str | None = None
    grid: str | None = None
    q: str | None = None
    from_: date | None = None
    to: date | None = None
    mine: bool = False
    """Those one has reported."""
    own_grids: bool = False
    """Those of the grids one holds a post in today, and of what is nested in them."""

    def sql(self, session: Session, rules: EventRules) -> tuple[str, dict[str, Any]]:
        """Return the condition and its parameters.

        Raises
        ------
        RefusedInputError
            `bad_parameter`.
        NotFoundError
            `unknown_division`, `unknown_category`, `unknown_grid`: "none" would be read as "nothing happened there".
        """
        if self.from_ and self.to and self.to < self.from_:
            raise RefusedInputError("bad_parameter", "the last day is before the first")
        parts, values = self._standing()
        if self.category is not None:
            parts.append("e.category = ANY(:categories)")
            values["categories"] = [self.category, *rules.keys_of_group(self.category)]
            if rules.find(self.category) is None and len(values["categories"]) == 1:
                _require(session, KNOWN_CATEGORY, "unknown_category", "category", self.category)
        if self.division is not None:
            found = ids_of(session, [self.division])
            parts.append("e.division_id = ANY(:divisions)")
            values["divisions"] = sorted(below(session, list(found.values())))
        if self.grid is not None:
            parts.append(f"{GRID_CODE} = :grid")
            values["grid"] = self.grid
            _require(session, KNOWN_GRID, "unknown_grid", "grid", self.grid)
        if self.q:
            # strpos, not LIKE: whatever is typed is looked for as it is.
            parts.append(
                f"strpos(lower(concat_ws(' ', {NUMBER}, e.text, e.building)), lower(:q)) > 0"
            )
            values["q"] = self.q
        if self.from_ is not None:
            parts.append("e.reported_at >= CAST(:from AS date)")
            values["from"] = self.from_
        if self.to is not None:
            parts.append("e.reported_at < CAST(:to AS date) + 1")
            values["to"] = self.to
        if self.mine:
            parts.append("e.reporter_account IS NOT DISTINCT FROM :account")
            values["account"] = actor_of(session).account
        if self.own_grids:
            parts.append(HAS)
        return " AND ".join(parts), values

    def _standing(self) -> tuple[list[str], dict[str, Any]]:
        """Return the conditions of how far events are."""
        parts, values = ["true"], dict[str, Any]()
        if self.state in {"open", "closed"}:
            parts.append(f"e.due_at IS {'NOT NULL' if self.state == 'open' else 'NULL'}")
        elif self.state is not None:
            if self.state not in STATES:
                raise RefusedInputError("bad_parameter", f"states are {', '.join(STATES)}")
            parts.append("e.state = :state")
            values["state"] = self.state
        if self.level is not None:
            if self.level not in LEVELS:
                raise RefusedInputError("bad_parameter", f"levels are {', '.join(LEVELS)}")
            parts.append("e.level = :level")
            values["level"] = self.level
        if self.overdue:
            parts.append("e.due_at < now()")
        if self.border:
            parts.append("e.border AND e.due_at IS NOT NULL")
        return parts, values

    def noted(self) -> dict[str, Any]:
        """Return what an export keeps of it."""
        named = {**self.__dict__, "from": self.from_}
        del named["from_"]
        return {name: str(value) for name, value in named.items() if value}


def _require(session: Session, known: str, code: str, what: str, value: str) -> None:
    """Refuse what a filter names and there never was."""
    if not session.execute(text(known), {"value": value}).scalar_one():
        raise NotFoundError(code, f"there is no {what} {value}")
