"""Making a plan of grids that were drawn as polygons: repaired with a report, then read off cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.crs import IntArray, to_lonlat, to_metric
from gis.errors import RefusedInputError
from gis.repair import Repaired, repair_polygons
from layers.audit import record
from layers.cells import communities_of, metres_of, read_shapes
from layers.db import Database
from layers.io.fields import DRAWN_GRIDS
from layers.io.parse import Rows, read_rows
from layers.io.progress import Progress, silent
from layers.io.records import ReadOptions
from layers.usecases.plans.cuts import cut_along
from layers.usecases.plans.documents import create_plan
from layers.usecases.plans.edits import Change, apply_edit
from layers.usecases.plans.rows import find_plan

TOLERANCE_M = 5.0
"""Gaps narrower than this between drawn grids are faults of drawing and are closed."""
SHORT_M = 2.0


def import_drawn_plan(
    database: Database,
    path: Path,
    code: str,
    *,
    name: str | None = None,
    crs: str | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Make a draft of a file of drawn grids of one community.

    Polygons are repaired (bow-ties, overlaps, narrow gaps, what lies outside), each repair is a
    finding; cells are cut along the borders drawn, and every cell goes to the grid it lies in.

    Raises
    ------
    RefusedInputError
        What the reader refuses; `no_grids` where no polygon lies in the community.
    ConflictError, NotFoundError, RightsError
        As `create_plan`.
    """
    progress(0, "reading the drawn grids")
    options = ReadOptions(crs=crs, allow_outside_china=True, repair=True)
    rows = read_rows(path, DRAWN_GRIDS, options, {}, {})
    with database.session() as session:
        plan_id = create_plan(session, code, name or path.stem)
        plan = find_plan(session, plan_id, lock=True)
        metres = np.asarray(
            shapely.transform(rows.geometry, lambda xy: to_metric(xy, plan.metric_crs)),
            dtype=object,
        )
        progress(20, "repairing")
        ids, cells = _cells(session, plan)
        ground = shapely.coverage_union_all(cells)
        fixed = repair_polygons(metres, ground, tolerance_m=TOLERANCE_M)
        if not any(not shapely.is_empty(item) for item in fixed.polygons):
            raise RefusedInputError("no_grids", f"{path.name}: no polygon lies in {code}")
        progress(45, "cutting cells along the borders drawn")
        refused = _cut(session, plan, fixed, ground)
        progress(80, "reading off the cells")
        plan = find_plan(session, plan_id)
        ids, cells = _cells(session, plan)
        part = _part_of(cells, fixed.polygons)
        change = _change(rows, ids, part)
        apply_edit(session, plan_id, plan.revision, change)
        moved = _moved_m2(cells, part, fixed.polygons)
        report = [_finding(item, plan.metric_crs) for item in fixed.findings]
        record(session, "plan.import", str(plan_id), after={"file": path.name, "grids": len(rows)})
    progress(100, "done")
    return {
        "plan": plan_id,
        "grids": len(change.grids),
        "cells": len(ids),
        "unassigned_cells": int((part < 0).sum()),
        "findings": report,
        "borders_not_cut": refused,
        "area_moved_m2": moved,
        "notes": list(rows.notes),
    }


def _cells(session: Session, plan: Any) -> tuple[IntArray, NDArray[np.object_]]:
    ids = np.array(
        session.execute(
            text(
                "SELECT id FROM cell WHERE set_id = :set AND cut_at IS NULL "
                "AND division_id = ANY(:communities) ORDER BY id"
            ),
            {"set": plan.set_id, "communities": communities_of(session, plan.division_id)},
        ).scalars().all(),
        dtype=np.int64,
    )  # fmt: skip
    shapes = read_shapes(session, ids)
    return ids, metres_of(shapes, plan.metric_crs)


def _cut(session: Session, plan: Any, fixed: Repaired, ground: Any) -> list[dict[str, Any]]:
    """Cut cells along every border drawn inside the community; return the pieces that could not be."""
    inside = shapely.buffer(ground, -0.05)
    drawn = shapely.union_all(shapely.boundary(fixed.polygons))
    lines = shapely.get_parts(shapely.line_merge(shapely.intersection(drawn, inside)))
    refused = []
    for line in lines[np.argsort(shapely.to_wkb(lines))]:
        if shapely.length(line) < SHORT_M:
            continue
        for error in cut_along(session, plan, line):
            middle = shapely.line_interpolate_point(line, 0.5, normalized=True)
            lon, lat = to_lonlat(np.array([[middle.x, middle.y]]), plan.metric_crs)[0]
            refused.append(
                {
                    "code": error.code,
                    "reason": error.message,
                    "lon": round(float(lon), 7),
                    "lat": round(float(lat), 7),
                }
            )
    return refused


def _part_of(cells: NDArray[np.object_], grids: NDArray[np.object_]) -> IntArray:
    """Return the grid that holds most of each cell's land, -1 where none holds any."""
    cell, grid = shapely.STRtree(grids).query(cells, predicate="intersects")
    area = shapely.area(shapely.intersection(cells[cell], grids[grid]))
    found = np.full(len(cells), -1, dtype=np.int64)
    best = np.zeros(len(cells))
    for row, number, size in zip(cell.tolist(), grid.tolist(), area.tolist(), strict=True):
        if size > best[row]:
            found[row], best[row] = number, size
    uncovered = shapely.area(cells) - np.bincount(cell, area, len(cells))
    return np.where(best >= uncovered, found, -1)


def _change(rows: Rows, ids: IntArray, part: IntArray) -> Change:
    numbers = [number for number in range(len(rows)) if (part == number).any()]
    new = {number: -place for place, number in enumerate(numbers, start=1)}
    return Change(
        "import",
        {new[number]: ids[part == number].tolist() for number in numbers},
        [
            {
                "no": new[number],
                "name": rows.values["name"][number] or rows.values["code"][number],
                "kind": rows.values["kind"][number] or "general",
                "level": rows.values["level"][number],
            }
            for number in numbers
        ],
    )


def _moved_m2(cells: NDArray[np.object_], part: IntArray, grids: NDArray[np.object_]) -> float:
    """Return the land that lies in another part than drawn, because no cell may be cut there."""
    total = 0.0
    for number in np.unique(part[part >= 0]).tolist():
        own = shapely.coverage_union_all(cells[part == number])
        total += float(shapely.area(shapely.difference(grids[number], own)))
    return round(total, 2)


def _finding(item: Any, crs: str) -> dict[str, Any]:
    lon = lat = None
    if item.x is not None:
        lon, lat = (round(float(v), 7) for v in to_lonlat(np.array([[item.x, item.y]]), crs)[0])
    return {
        "rule": item.rule,
        "level": item.level,
        "grid": item.part,
        "reason": {"code": item.code, "values": dict(item.values)},
        "text": item.text,
        "households": item.households,
        "lon": lon,
        "lat": lat,
    }
