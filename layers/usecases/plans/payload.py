"""The cells of a plan as the desk draws them: borders once each, with who lies on either side."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.arcs import arcs_of
from gis.barriers import BARRIERS
from gis.crs import to_metric
from layers.cells import Cells, communities_of, read_cells, read_shapes
from layers.db import revisions
from layers.models import BASES, LAND_USES
from layers.registry import effective
from layers.usecases.plans.edits import version_of
from layers.usecases.plans.rows import find_plan

SCALE = 10_000_000
HELD = 8


def cells_tag(session: Session, plan_id: int) -> str:
    """Return the entity tag of a plan's cells: their version, and that of the counts in them."""
    plan = find_plan(session, plan_id)
    known = revisions(session)
    today = session.execute(text("SELECT as_of_day()::text")).scalar_one()
    parts = [version_of(plan), *(str(known.get(name, 0)) for name in ("households", "buildings"))]
    return '"' + "-".join(["cells", str(plan.division_id), *parts, today]) + '"'


def cells_document(session: Session, plan_id: int) -> str:
    """Return the cells of a plan as JSON text (see docs/division.md for the form)."""
    plan = find_plan(session, plan_id)
    communities = communities_of(session, plan.division_id)
    cells = read_cells(session, plan.set_id, communities)
    version = version_of(plan)
    key = (version, tuple(communities), len(cells))
    drawn = _drawn.get(key)
    if drawn is None:
        drawn = _drawn[key] = _draw(cells, read_shapes(session, cells.id))
        for old in list(_drawn)[:-HELD]:
            _drawn.pop(old, None)
    head = {
        "set": plan.set_id,
        "version": version,
        "division": {
            "code": plan.division_code,
            "name": plan.division_name,
            "level": plan.level,
        },
        "scale": SCALE,
        "barrier_classes": [
            {"name": "", "weight": 0, "main": False},
            *({"name": b.name, "weight": b.weight, "main": b.main} for b in BARRIERS),
        ],
        "land_uses": list(LAND_USES),
        **_named(session, cells, communities),
    }
    figures = {
        "id": cells.id.tolist(),
        "area_m2": np.round(cells.area_m2, 1).tolist(),
        **{basis: cells.households[basis].tolist() for basis in sorted(BASES)},
        "buildings": cells.buildings.tolist(),
        "land_use": [LAND_USES.index(use) for use in cells.land_use],
        **_numbers(head, cells),
    }
    # `cells` stands last, so that what is drawn can be added to it as text.
    body = json.dumps({**head, "cells": figures}, ensure_ascii=False, separators=(",", ":"))
    return body[:-2] + "," + drawn["cells"] + "}," + drawn["head"] + "}"


_drawn: dict[tuple[Any, ...], dict[str, str]] = {}
"""Of the last few versions; a set's cells with the same number of cuts never change."""


def _draw(cells: Cells, polygons: NDArray[np.object_]) -> dict[str, str]:
    """Return what depends on shapes only, as text: it is the large part, and made once a version."""
    arcs = arcs_of(polygons)
    whole = np.rint(arcs.points * SCALE).astype(np.int64)
    origin = whole.min(axis=0) if len(whole) else np.zeros(2, dtype=np.int64)
    step = np.diff(whole, axis=0, prepend=origin[None, :])
    start = np.asarray(arcs.start, dtype=np.int64)
    if len(start) > 1:
        step[start[:-1]] = whole[start[:-1]] - origin
    metres = to_metric(arcs.points, cells.metric_crs)
    leg = np.hypot(*np.diff(metres, axis=0, prepend=metres[:1]).T) if len(metres) else np.empty(0)
    if len(start) > 1:
        leg[start[:-1]] = 0.0
    length = np.add.reduceat(leg, start[:-1]) if len(start) > 1 else np.empty(0)
    inner = shapely.point_on_surface(polygons)
    head = {
        "origin": origin.tolist(),
        "arcs": {
            "points": step.ravel().tolist(),
            "sizes": np.diff(start).tolist(),
            "left": arcs.left.tolist(),
            "right": arcs.right.tolist(),
            "length_m": np.round(length, 2).tolist(),
            "barrier": _barrier_of_arcs(cells, arcs.left, arcs.right),
        },
    }
    shape = {
        "rings": arcs.rings,
        "lon": np.round(shapely.get_x(inner), 7).tolist(),
        "lat": np.round(shapely.get_y(inner), 7).tolist(),
    }
    short = {"separators": (",", ":")}
    return {
        "head": json.dumps(head, **short)[1:-1],  # type: ignore[arg-type]
        "cells": json.dumps(shape, **short)[1:-1],  # type: ignore[arg-type]
    }


def _barrier_of_arcs(cells: Cells, left: NDArray[Any], right: NDArray[Any]) -> list[int]:
    known = {
        (int(a), int(b)): int(kind)
        for (a, b), kind in zip(cells.pairs.tolist(), cells.barrier.tolist(), strict=True)
    }
    return [
        known.get((min(a, b), max(a, b)), 0) if a >= 0 and b >= 0 else 0
        for a, b in zip(left.tolist(), right.tolist(), strict=True)
    ]


def _named(session: Session, cells: Cells, communities: list[int]) -> dict[str, Any]:
    def rows(table: str, ids: Any) -> list[dict[str, Any]]:
        found = session.execute(
            text(f"SELECT id, code, name FROM {table} WHERE id = ANY(:ids) ORDER BY id"),
            {"ids": sorted({int(item) for item in ids} - {-1})},
        ).mappings()
        return [dict(row) for row in found]

    named = session.execute(
        text(
            "SELECT v.division_id AS id, v.code, v.name FROM division_version v "
            f"WHERE v.division_id = ANY(:ids) AND {effective('v')} ORDER BY v.division_id"
        ),
        {"ids": communities},
    ).mappings()
    return {
        "estates": rows("estate", cells.estate),
        "groups": rows("villager_group", cells.group),
        "communities": [dict(row) for row in named],
    }


def _numbers(head: dict[str, Any], cells: Cells) -> dict[str, Any]:
    """Turn ids into places in the lists of the head, -1 for none."""
    answer = {}
    for name, values in (
        ("estate", cells.estate),
        ("group", cells.group),
        ("community", cells.community),
    ):
        plural = "communities" if name == "community" else f"{name}s"
        place = {row["id"]: number for number, row in enumerate(head[plural])}
        answer[name] = [place.get(int(item), -1) for item in values]
        head[plural] = [{"code": row["code"], "name": row["name"]} for row in head[plural]]
    return answer
