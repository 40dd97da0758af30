"""Bringing an approved plan into force on a day, and taking it back before that day.

A part that takes over at least half of a grid's households, and for which that grid is the largest
share, continues it: same identity, same code. Other parts are new grids with new codes; grids that
nobody continues end. Every follow-up is kept as lineage.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.codes import CodePattern
from gis.errors import ConflictError, Fault, RefusedInputError
from gis.tiling import union_parts
from layers.audit import record
from layers.cells import Cells, communities_of, read_cells, read_shapes
from layers.db import actor_of, touch
from layers.registry import effective
from layers.usecases.plans.checks import check
from layers.usecases.plans.publishing_divisions import publish_communities, settle
from layers.usecases.plans.publishing_grids import publish_grids
from layers.usecases.plans.rows import assignment_of, find_plan, parts_of
from layers.usecases.plans.steps import keep_step
from layers.usecases.plans.succession import BASIS, Part
from layers.usecases.plans.written import Written, unwrite
from layers.usecases.search import reindex

DEFAULT = CodePattern()
LAYERS = {"grid": ("grids", "workers"), "community": ("divisions", "grids")}


def publish(
    session: Session,
    plan_id: int,
    effective_on: date,
    *,
    pattern: CodePattern = DEFAULT,
    first_import: bool = False,
) -> dict[str, Any]:
    """Make versions of a plan's parts that hold from a day on.

    Parameters
    ----------
    first_import
        The first division of a community may carry a past day: it was in force before it was stored.

    Raises
    ------
    ConflictError
        `bad_step` unless approved; `check_failed` with the findings that stop it; `same_day` and
        `another_filed` beside another plan of the division; `withdrawn_division`; `empty_part`;
        `unknown_worker`; `codes_used_up`.
    RefusedInputError
        `past_date`.
    """
    plan = find_plan(session, plan_id, lock=True)
    if plan.shown_state != "approved":
        raise ConflictError("bad_step", f"a plan is published when approved, not {plan.state}")
    _require_day(session, plan, effective_on, first_import=first_import)
    _require_in_force(session, plan)
    found = check(session, plan_id, publishing=True)
    if found["errors"]:
        faults = [
            Fault(field=f"{item['rule']} {item['grid'] or ''}".strip(), reason=item["text"])
            for item in found["findings"] if item["level"] == "error"
        ]  # fmt: skip
        raise ConflictError("check_failed", f"{len(faults)} errors stop this plan", faults)
    parts = _parts(session, plan)
    written = Written()
    if plan.part_level == "grid":
        codes = publish_grids(session, plan, parts, effective_on, pattern, written)
    else:
        codes = publish_communities(session, plan, parts, effective_on, pattern, written)
    for no, code in codes.items():
        session.execute(
            text("UPDATE plan_grid SET code = :code WHERE plan_id = :plan AND no = :no"),
            {"code": code, "plan": plan_id, "no": no},
        )
    _close_older_plans(session, plan, effective_on)
    session.execute(
        text(
            "UPDATE plan SET state = 'filed', filed_on = current_date, effective_on = :day, "
            "publication = CAST(:written AS jsonb), updated_at = now(), updated_by = :actor WHERE id = :plan"
        ),
        {
            "day": effective_on,
            "written": written.as_json(),
            "actor": actor_of(session).name,
            "plan": plan_id,
        },
    )
    keep_step(session, plan, "filed", on_date=effective_on)
    if plan.part_level == "community":
        settle(session)
    what = {"effective_on": effective_on, "parts": len(parts)}
    record(session, "plan.publish", str(plan_id), after=what)
    touch(session, *LAYERS[plan.part_level])
    reindex(session, *LAYERS[plan.part_level])
    return {"plan": plan_id, "effective_on": effective_on.isoformat(), "codes": codes}


def _require_day(session: Session, plan: Any, day: date, *, first_import: bool) -> None:
    today = session.execute(text("SELECT current_date")).scalar_one()
    before = session.execute(
        text(
            "SELECT EXISTS (SELECT FROM grid_version v JOIN grid g ON g.id = v.grid_id "
            "WHERE g.community_id = :division)"
        ),
        {"division": plan.division_id},
    ).scalar_one()
    if day < today and not (first_import and plan.part_level == "grid" and not before):
        raise RefusedInputError(
            "past_date",
            f"{day} is past; only the first import of a community may carry a past day",
        )
    other = session.execute(
        text(
            "SELECT id, effective_on FROM plan WHERE division_id = :division AND part_level = :level "
            "AND id <> :plan AND state = 'filed' AND effective_on >= :soonest "
            "ORDER BY effective_on LIMIT 1"
        ),
        {
            "division": plan.division_id,
            "level": plan.part_level,
            "plan": plan.id,
            "soonest": min(day, today),
        },
    ).one_or_none()
    if other is None:
        return
    if other.effective_on == day:
        raise ConflictError("same_day", f"plan {other.id} becomes effective on {day} too")
    if other.effective_on > today:
        raise ConflictError(
            "another_filed",
            f"plan {other.id} is filed for {other.effective_on}; take it back first",
        )


def _require_in_force(session: Session, plan: Any) -> None:
    holds = session.execute(
        text(
            "SELECT EXISTS (SELECT FROM division_version v WHERE v.division_id = :id "
            f"AND {effective('v')})"
        ),
        {"id": plan.division_id},
    ).scalar_one()
    if not holds:
        raise ConflictError("withdrawn_division", "this division is not in force any more")


def _parts(session: Session, plan: Any) -> list[Part]:
    """Return the parts with shape (lon/lat), households and buildings; larger ones as unions."""
    cells = read_cells(session, plan.set_id, communities_of(session, plan.division_id))
    rows, assigned = parts_of(session, plan.id), assignment_of(session, plan.id)
    label = np.array([assigned.get(int(cell), 0) for cell in cells.id], dtype=np.int64)
    shapes = read_shapes(session, cells.id)
    held = _buildings(session, cells)
    parts = []
    for no in rows:
        inside = np.isin(label, _below(no, rows))
        if not inside.any():
            raise ConflictError("empty_part", f"part {no} has no cell; remove it")
        own = np.flatnonzero(inside)
        shape = union_parts(shapes[own], np.zeros(len(own), dtype=np.int64), 1)[0]
        point = shapely.point_on_surface(shape)
        buildings = tuple(sorted(b for row in own.tolist() for b in held.get(row, ())))
        homes = int(cells.households[BASIS][own].sum())
        parts.append(Part(no, rows[no], shape, homes, buildings, (point.x, point.y)))
    return parts


def _below(no: int, rows: Mapping[int, Mapping[str, Any]]) -> list[int]:
    found, queue = [], [no]
    while queue:
        here = queue.pop()
        found.append(here)
        queue += [n for n, item in rows.items() if item["parent"] == here]
    return found


def _buildings(session: Session, cells: Cells) -> dict[int, list[int]]:
    rows = session.execute(
        text("SELECT cell_id, building_id FROM cell_building WHERE cell_id = ANY(:ids)"),
        {"ids": cells.id.tolist()},
    ).all()
    found: dict[int, list[int]] = {}
    for cell, building in rows:
        found.setdefault(int(np.searchsorted(cells.id, cell)), []).append(int(building))
    return found


def _close_older_plans(session: Session, plan: Any, day: date) -> None:
    session.execute(
        text(
            "UPDATE plan SET withdrawn_on = :day WHERE division_id = :division AND part_level = :level "
            "AND id <> :plan AND state = 'filed' AND withdrawn_on IS NULL"
        ),
        {"day": day, "division": plan.division_id, "level": plan.part_level, "plan": plan.id},
    )


def take_back(session: Session, plan_id: int, note: str | None = None) -> None:
    """Undo a publication before its day: the plan is approved again, and what held before holds on.

    Raises
    ------
    ConflictError
        `bad_step` for a plan that is not filed, or already effective.
    """
    plan = find_plan(session, plan_id, lock=True)
    if plan.shown_state != "filed":
        raise ConflictError("bad_step", f"a plan is taken back while filed, not {plan.shown_state}")
    unwrite(session, plan_id, plan.publication)
    session.execute(
        text(
            "UPDATE plan SET withdrawn_on = NULL WHERE division_id = :division AND part_level = :level "
            "AND withdrawn_on = :day AND state = 'filed'"
        ),
        {"division": plan.division_id, "level": plan.part_level, "day": plan.effective_on},
    )
    session.execute(
        text(
            "UPDATE plan SET state = 'approved', filed_on = NULL, effective_on = NULL, publication = NULL, "
            "updated_at = now(), updated_by = :actor WHERE id = :plan"
        ),
        {"actor": actor_of(session).name, "plan": plan_id},
    )
    keep_step(session, plan, "approved", note=note)
    record(session, "plan.take_back", str(plan_id), before={"effective_on": plan.effective_on})
    touch(session, *LAYERS[plan.part_level])
    reindex(session, *LAYERS[plan.part_level])
