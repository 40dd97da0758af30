"""Finding a plan and its parts, and what may be done with it in its state."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, NotFoundError
from layers.registry import effective

EDITABLE = ("draft", "consultation")
PLAN = f"""
    SELECT p.*, d.level, v.code AS division_code, v.name AS division_name, v.kind AS community_kind,
           s.county_id, s.generation, s.cuts, s.metric_crs, s.superseded_at IS NOT NULL AS superseded,
           CASE WHEN p.state = 'filed' AND p.withdrawn_on <= as_of_day() THEN 'withdrawn'
                WHEN p.state = 'filed' AND p.effective_on <= as_of_day() THEN 'effective'
                ELSE p.state END AS shown_state
    FROM plan p JOIN division d ON d.id = p.division_id JOIN cell_set s ON s.id = p.set_id
    LEFT JOIN LATERAL (
        SELECT v.code, v.name, v.kind FROM division_version v WHERE v.division_id = p.division_id
        ORDER BY ({effective("v")}) DESC, v.valid_from DESC LIMIT 1
    ) v ON true
"""
PART_FIELDS = ("name", "kind", "level", "parent", "locked", "note", "lead", "reason", "confirmed")
"""What an edit may change of a part, as the contract names it."""
COLUMN = {"parent": "parent_no", "origin": "origin_id"}
KEPT = (*PART_FIELDS, "origin")


def find_plan(session: Session, plan: int, *, lock: bool = False) -> Any:
    """Return a plan's row, locked for the rest of the transaction where it will be changed.

    Raises
    ------
    NotFoundError
        `unknown_plan`, also for one outside the actor's area.
    """
    if lock:
        session.execute(text("SELECT 1 FROM plan WHERE id = :plan FOR UPDATE"), {"plan": plan})
    row = session.execute(text(f"{PLAN} WHERE p.id = :plan"), {"plan": plan}).one_or_none()
    if row is None:
        raise NotFoundError("unknown_plan", f"there is no plan {plan}")
    return row


def require_editable(plan: Any) -> None:
    """Refuse (`not_editable`) to change a plan that lies before somebody else."""
    if plan.state not in EDITABLE:
        raise ConflictError(
            "not_editable", f"this plan is {plan.shown_state}; take it back to draft to change it"
        )


def parts_of(session: Session, plan: int) -> dict[int, dict[str, Any]]:
    """Return the parts of a plan by number."""
    rows = session.execute(
        text(
            "SELECT no, name, kind, level, parent_no AS parent, locked, note, lead, reason, confirmed, "
            "origin_id AS origin, code FROM plan_grid WHERE plan_id = :plan ORDER BY no"
        ),
        {"plan": plan},
    ).mappings()
    return {row["no"]: dict(row) for row in rows}


def assignment_of(session: Session, plan: int) -> dict[int, int]:
    """Return cell -> part of every assigned cell."""
    rows = session.execute(
        text("SELECT cell_id, part_no FROM plan_cell WHERE plan_id = :plan ORDER BY cell_id"),
        {"plan": plan},
    )
    return {int(cell): int(no) for cell, no in rows}


def write_part(session: Session, plan: int, no: int, part: Mapping[str, Any] | None) -> None:
    """Make a part what is given: added, changed, or (None) removed."""
    if part is None:
        session.execute(
            text("DELETE FROM plan_grid WHERE plan_id = :plan AND no = :no"),
            {"plan": plan, "no": no},
        )
        return
    columns = [COLUMN.get(name, name) for name in KEPT]
    values = {
        COLUMN.get(name, name): json.dumps(part[name], ensure_ascii=False)
        if name == "lead" and part.get(name) is not None
        else part.get(name)
        for name in KEPT
    }
    values["kind"] = values["kind"] or "general"
    values["locked"] = bool(values["locked"])
    values["confirmed"] = bool(values["confirmed"])
    given = ", ".join(f"CAST(:{c} AS jsonb)" if c == "lead" else f":{c}" for c in columns)
    changed = ", ".join(f"{c} = excluded.{c}" for c in columns)
    session.execute(
        text(
            f"INSERT INTO plan_grid (plan_id, no, {', '.join(columns)}) VALUES (:plan, :no, {given}) "
            f"ON CONFLICT (plan_id, no) DO UPDATE SET {changed}"
        ),
        {"plan": plan, "no": no, **values},
    )


def write_cells(session: Session, plan: int, parts: Iterable[tuple[int, int]]) -> None:
    """Give cells their part; 0 leaves a cell unassigned."""
    rows = list(parts)
    given = {
        "plan": plan,
        "cells": [cell for cell, _ in rows],
        "parts": [no for _, no in rows],
    }
    session.execute(
        text("DELETE FROM plan_cell WHERE plan_id = :plan AND cell_id = ANY(:cells)"), given
    )
    session.execute(
        text(
            "INSERT INTO plan_cell (plan_id, cell_id, part_no) SELECT :plan, * FROM unnest("
            "CAST(:cells AS integer[]), CAST(:parts AS integer[])) AS r(cell, no) WHERE r.no > 0"
        ),
        given,
    )
