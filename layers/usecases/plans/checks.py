"""Checking a plan against rules R1 to R11."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.tiling import Finding, PlanState, check_plan
from layers.cells import Cells, communities_of, read_cells, read_shapes
from layers.rules import RuleSet, band_of
from layers.usecases.plans.documents import band_document
from layers.usecases.plans.rows import assignment_of, find_plan, parts_of
from layers.usecases.rule_sets import rules_judging

LEVELS = ("error", "warning", "advice")


def check(
    session: Session, plan_id: int, *, basis: str = "resident", publishing: bool = False
) -> dict[str, Any]:
    """Return the findings of a plan: rule, level, part, reason, households and place of each.

    Parameters
    ----------
    publishing
        What is only a warning while drawing may stop a plan from being published (R8).
    """
    plan = find_plan(session, plan_id)
    cells = read_cells(session, plan.set_id, communities_of(session, plan.division_id))
    parts, assigned = parts_of(session, plan_id), assignment_of(session, plan_id)
    leads = _led_already(session, plan, [item["origin"] for item in parts.values()])
    above = {item["parent"] for item in parts.values()}
    numbers = [no for no in parts if no not in above]
    shapes = read_shapes(session, cells.id)
    known, own = band_document(session, plan), rules_judging(session, plan.division_id, "grid_band")
    bands = {no: _band(plan, parts[no], known, own) for no in numbers}
    state = PlanState(
        label=np.array([assigned.get(int(cell), 0) for cell in cells.id], dtype=np.int64),
        households=cells.households[basis],
        buildings=cells.buildings,
        area_m2=cells.area_m2,
        perimeter_m=cells.perimeter_m,
        pairs=cells.pairs,
        shared_m=cells.shared_m,
        barrier=cells.barrier,
        estate=cells.estate,
        xy=shapely.get_coordinates(shapely.point_on_surface(shapes)),
        bounds=shapely.bounds(shapes).reshape(-1, 4),
        parts=numbers,
        band=bands,
        reasons={no: parts[no]["reason"] for no in numbers},
        confirmed={no: bool(parts[no]["confirmed"]) for no in numbers},
        led={no: bool(parts[no]["lead"]) or parts[no]["origin"] in leads for no in numbers},
        codes={no: parts[no]["code"] for no in numbers},
        prefix=plan.division_code,
        used=frozenset() if plan.state == "filed" else _retired_codes(session, plan.division_code),
    )
    found = [
        _document(item, cells) for item in check_plan(state, publishing=publishing)
        if plan.part_level == "grid" or item.rule != "R8"
    ]  # fmt: skip
    found.sort(key=lambda item: (LEVELS.index(item["level"]), int(item["rule"][1:]), item["grid"]))
    return {
        "plan": plan_id,
        "revision": plan.revision,
        "basis": basis,
        "errors": sum(item["level"] == "error" for item in found),
        "warnings": sum(item["level"] == "warning" for item in found),
        "advice": sum(item["level"] == "advice" for item in found),
        "findings": found,
    }


def _band(
    plan: Any, part: dict[str, Any], known: dict[str, Any] | None, rules: RuleSet | None
) -> tuple[int, int] | None:
    if plan.part_level == "community":
        return None if known is None else (known["min"], known["max"])
    if part["level"] in ("large", "medium"):
        return None
    return band_of(plan.community_kind, part["kind"], rules)


def _retired_codes(session: Session, prefix: str) -> frozenset[str]:
    """Return the codes of a community's grids that are not in force any more: never given again."""
    rows = session.execute(
        text(
            "SELECT code FROM grid_version WHERE code LIKE :prefix GROUP BY code "
            "HAVING max(coalesce(valid_to, 'infinity')) <= as_of_day()"
        ),
        {"prefix": f"{prefix}%"},
    ).scalars()
    return frozenset(str(row) for row in rows)


def _led_already(session: Session, plan: Any, origins: list[int | None]) -> set[int]:
    """Return the grids in force that somebody answers for already."""
    if plan.part_level != "grid":
        return set()
    rows = session.execute(
        text("SELECT DISTINCT grid_id FROM answering WHERE responsible AND grid_id = ANY(:ids)"),
        {"ids": [item for item in origins if item is not None]},
    ).scalars()
    return {int(row) for row in rows}


def _document(item: Finding, cells: Cells) -> dict[str, Any]:
    box = None if item.bounds is None else [round(float(side), 7) for side in item.bounds]
    return {
        "rule": item.rule,
        "level": item.level,
        "grid": item.part,
        "reason": {"code": item.code, "values": dict(item.values)},
        "text": item.text,
        "households": int(item.households),
        "lon": None if item.x is None else round(float(item.x), 7),
        "lat": None if item.y is None else round(float(item.y), 7),
        "cells": cells.id[np.asarray(item.cells, dtype=np.int64)].tolist(),
        "bbox": box,
    }
