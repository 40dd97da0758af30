"""The people of an area on a day: its grids, who answers in each, what is wrong, and how many households each has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import RefusedInputError
from layers.areas import below, codes_of, roots_of
from layers.db import actor_of
from layers.features import look_at
from layers.models import BASES
from layers.registry import effective
from layers.rights import RightsError
from layers.usecases.postings.posts import PostBook
from layers.usecases.postings.staff import staff_of
from layers.usecases.postings.warnings import SOON_DAYS, find_warnings
from layers.usecases.standards.judged import plain

MANY_GRIDS = 5
"""A person who answers in more grids than so many is pointed out."""
IN_AREA = "(CAST(:ids AS integer[]) IS NULL OR g.community_id = ANY(:ids))"
GRIDS = f"""
    SELECT v.grid_id, v.code, v.name, v.kind, v.level, g.community_id, d.code AS community,
           d.name AS community_name, ARRAY[ST_XMin(v.geom), ST_YMin(v.geom), ST_XMax(v.geom), ST_YMax(v.geom)] AS box
    FROM grid_version v JOIN grid g ON g.id = v.grid_id
    LEFT JOIN division_version d ON d.division_id = g.community_id AND {effective("d")}
    WHERE {effective("v")} AND {IN_AREA} ORDER BY v.code COLLATE "C"
"""
PEOPLE = f"""
    SELECT p.id AS posting, p.grid_id, p.worker_id AS worker, w.name, w.work_phone, p.post, p.valid_from, p.valid_to,
           h.id AS holder, hw.name AS substitute_for
    FROM posting p JOIN worker w ON w.id = p.worker_id JOIN grid g ON g.id = p.grid_id
    LEFT JOIN posting h ON h.id = p.substitute_for AND {effective("h")}
    LEFT JOIN worker hw ON hw.id = h.worker_id
    WHERE {effective("p")} AND (p.substitute_for IS NULL OR h.id IS NOT NULL) AND {IN_AREA}
    ORDER BY p.grid_id, p.valid_from, p.id
"""
NEWEST = """
    SELECT DISTINCT ON (building_id) building_id, {basis} AS homes, counted_on FROM household_count
    WHERE building_id IS NOT NULL AND counted_on <= as_of_day()
    ORDER BY building_id, counted_on DESC, source DESC
"""
PLACED = f"""
    SELECT DISTINCT ON (b.id, v.level) b.id, v.grid_id
    FROM grid_version v JOIN grid g ON g.id = v.grid_id
    JOIN building b ON b.geom && v.geom AND ST_Intersects(v.geom, b.geom)
    WHERE {effective("v")} AND {IN_AREA} ORDER BY b.id, v.level, v.code COLLATE "C"
"""
"""Every building with the grid it lies in; on a border the lower code has it."""


@dataclass(frozen=True)
class Homes:
    """The newest count of a building, and a grid it lies in."""

    id: int
    grid_id: int
    homes: int
    counted_on: date


def _homes(session: Session, basis: str, given: dict[str, Any]) -> list[Homes]:
    """Return every counted building with each grid it lies in.

    Counts and places are joined here: row-level security hides from the planner how many rows there
    are of each, and it chose to go through all counts once for every building.
    """
    newest = {
        row.building_id: row
        for row in session.execute(text(NEWEST.format(basis=basis)))
        if row.homes is not None
    }
    return [
        Homes(row.id, row.grid_id, int(newest[row.id].homes), newest[row.id].counted_on)
        for row in session.execute(text(PLACED), given)
        if row.id in newest
    ]


def list_postings(
    session: Session,
    division: str | None = None,
    on: date | None = None,
    basis: str = "resident",
    rules: str | None = None,
    many: int = MANY_GRIDS,
) -> dict[str, Any]:
    """Return the grids of an area on a day with their people, and the figures and warnings of it.

    A person who answers for several grids counts once; substitutes are no further workers. Full-time
    workers are counted among the postings the asker sees.

    Parameters
    ----------
    division
        Codes separated by commas; everything the actor belongs to when left out.
    on
        The day; today when left out.
    basis
        Of households: `resident`, `registered`, `planned`.
    rules
        Name of the rule set whose figure for full-time workers is used; left out, the own one of the
        area or else that of Cixi, where the figure comes from.
    many
        Warn of persons who answer in more grids.

    Raises
    ------
    RefusedInputError
        `bad_parameter`.
    NotFoundError
        `unknown_division`, `unknown_rules`.
    RightsError
        `outside_area`.
    """
    if basis not in BASES:
        raise RefusedInputError("bad_parameter", f"basis is one of {', '.join(BASES)}")
    look_at(session, on)
    actor = actor_of(session)
    roots = roots_of(session, actor, division)
    if roots == ():
        raise RightsError("outside_area", "this account belongs to no division yet")
    ids = None if roots is None else sorted(below(session, roots))
    given = {"ids": ids}
    day: date = session.execute(text("SELECT as_of_day()")).scalar_one()
    book = PostBook(session)
    grids = session.execute(text(GRIDS), given).all()
    community = {row.grid_id: row.community_id for row in grids}
    people: dict[int, list[dict[str, Any]]] = {row.grid_id: [] for row in grids}
    for item in session.execute(text(PEOPLE), given).mappings():
        if item["grid_id"] in people:
            post = book.word(community[item["grid_id"]], item["post"])
            people[item["grid_id"]].append({**dict(item), "post": post})
    homes = _homes(session, basis, given)
    households = _households(homes)
    warnings = find_warnings(session, grids, people, many, ids)
    staff = staff_of(session, ids, basis, rules)
    warnings += staff.warnings
    return {
        "on": day,
        "division": None if roots is None else codes_of(session, roots),
        "basis": basis,
        "many_grids": many,
        "soon_days": SOON_DAYS,
        "figures": _figures(grids, people, homes),
        "staff": staff.document,
        "communities": staff.communities,
        "grids": [
            _grid(row, people[row.grid_id], households.get(row.grid_id), warnings) for row in grids
        ],
        "warnings": warnings,
    }  # fmt: skip


def _households(homes: Sequence[Homes]) -> dict[int, int]:
    found: dict[int, int] = {}
    for row in homes:
        found[row.grid_id] = found.get(row.grid_id, 0) + row.homes
    return found


def _figures(
    grids: Sequence[Any], people: dict[int, list[dict[str, Any]]], homes: Sequence[Homes]
) -> dict[str, Any]:
    """Return the headline figures; a building inside nested grids counts once."""
    answering = {
        item["worker"] for held in people.values() for item in held
        if item["post"]["responsible"] and item["holder"] is None
    }  # fmt: skip
    once = {row.id: row.homes for row in homes}
    days = [row.counted_on for row in homes]
    total = sum(once.values()) if homes else None
    per = None if total is None or not answering else plain(total, len(answering))
    return {
        "grids": len(grids),
        "without_responsible": sum(state_of(people[row.grid_id]) == "nobody" for row in grids),
        "with_substitute": sum(state_of(people[row.grid_id]) == "substitute" for row in grids),
        "households": total,
        "workers": len(answering),
        "households_per_worker": per,
        "counted_from": min(days, default=None),
        "counted_to": max(days, default=None),
    }


def state_of(people: Sequence[dict[str, Any]]) -> str:
    """Return `nobody`, `substitute` or `held` of the people of a grid on a day."""
    answering = [item for item in people if item["post"]["responsible"]]
    if not answering:
        return "nobody"
    return "substitute" if any(item["holder"] is not None for item in answering) else "held"


def _grid(
    row: Any,
    people: list[dict[str, Any]],
    households: int | None,
    warnings: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    kinds = sorted({item["kind"] for item in warnings if row.code in item["grids"]})
    state = state_of(people)
    if state == "held" and "ends_soon" in kinds:
        state = "ends_soon"
    order = sorted(
        people,
        key=lambda item: (item["post"]["ordinal"], item["post"]["name"], item["holder"] is None, item["name"]),
    )  # fmt: skip
    return {
        "code": row.code,
        "name": row.name,
        "kind": row.kind,
        "level": row.level,
        "community": row.community and {"code": row.community, "name": row.community_name},
        "box": [round(float(side), 7) for side in row.box],
        "state": state,
        "households": households,
        "people": [
            {name: value for name, value in item.items() if name != "grid_id"} for item in order
        ],
        "warnings": kinds,
    }
