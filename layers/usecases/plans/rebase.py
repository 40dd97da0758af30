"""Moving a draft to the county's newest cells, shown before it is done."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.coverages import crosswalk
from gis.crs import to_metric
from layers.audit import record
from layers.cells import Cells, communities_of, current_set, read_cells, read_shapes
from layers.db import actor_of
from layers.usecases.plans.rows import assignment_of, find_plan, require_editable, write_cells

SHOWN = 500


def rebase(session: Session, plan_id: int, *, preview: bool) -> dict[str, Any]:
    """Give every cell of the newest set the part of the old cell it follows.

    A building keeps its part wherever its cell does; what is ambiguous is listed with the parts it
    might belong to. No household is lost: a cell without a forerunner stays unassigned and is listed.
    Undo does not reach behind a rebase.

    Raises
    ------
    ConflictError
        `not_editable`, `no_cells`.
    """
    plan = find_plan(session, plan_id, lock=True)
    require_editable(plan)
    newest = current_set(session, plan.county_id)
    communities = communities_of(session, plan.division_id)
    old, new = (read_cells(session, number, communities) for number in (plan.set_id, newest.id))
    was, homes, places = _buildings(session, plan.set_id, newest.id, old, new)
    shapes = [
        shapely.transform(read_shapes(session, cells.id), lambda xy: to_metric(xy, plan.metric_crs))
        for cells in (old, new)
    ]
    walk = crosswalk(shapes[0], was, shapes[1], places, homes)
    assigned = assignment_of(session, plan_id)
    label = np.array([assigned.get(int(cell), 0) for cell in old.id] or [0], dtype=np.int64)
    fresh = np.where(walk.origin >= 0, label[np.maximum(walk.origin, 0)], 0)
    both = (was >= 0) & (places >= 0)
    moved = both & (
        label[np.maximum(was, 0)] != fresh[np.maximum(places, 0)] if len(fresh) else both
    )
    lost = int(homes[(was >= 0) & (places < 0)].sum())
    doubtful = _doubtful(walk, new, label, was, places, homes, fresh, shapes[1])
    if not preview and newest.id != plan.set_id:
        _apply(session, plan, newest.id, new, fresh)
    return {
        "cells_mapped": int((walk.origin >= 0).sum()),
        "ambiguous": _with_places(session, new, doubtful),
        "households_moved": int(homes[moved].sum()),
        "lost_households": lost,
        "applied": not preview and newest.id != plan.set_id,
    }


def _buildings(
    session: Session, old_set: int, new_set: int, old: Cells, new: Cells
) -> tuple[Any, Any, Any]:
    """Return for every building in either set its old cell, households and new cell (rows, -1)."""
    rows = session.execute(
        text(
            """
            SELECT coalesce(o.building_id, n.building_id) AS building, o.cell_id AS was, n.cell_id AS now,
                   coalesce(h.resident, 0) AS homes
            FROM (SELECT * FROM cell_building WHERE set_id = :old AND cell_id = ANY(:old_cells)) o
            FULL JOIN (SELECT * FROM cell_building WHERE set_id = :new AND cell_id = ANY(:new_cells)) n
              ON n.building_id = o.building_id
            LEFT JOIN LATERAL (SELECT resident FROM household_count
                WHERE building_id = coalesce(o.building_id, n.building_id) AND counted_on <= as_of_day()
                ORDER BY counted_on DESC, source DESC LIMIT 1) h ON true ORDER BY 1
            """
        ),
        {
            "old": old_set,
            "new": new_set,
            "old_cells": old.id.tolist(),
            "new_cells": new.id.tolist(),
        },
    ).all()

    def place(cells: Cells, name: str) -> Any:
        return np.array(
            [
                -1
                if getattr(row, name) is None
                else int(np.searchsorted(cells.id, getattr(row, name)))
                for row in rows
            ],
            dtype=np.int64,
        )

    return (
        place(old, "was"),
        np.array([row.homes for row in rows], dtype=np.int64),
        place(new, "now"),
    )


def _doubtful(
    walk: Any, new: Cells, label: Any, was: Any, places: Any, homes: Any, fresh: Any, shapes: Any
) -> list[dict[str, Any]]:
    """Return the new cells whose old cells have different parts, and those without a forerunner."""
    del shapes
    options: dict[int, set[int]] = {}
    both = (was >= 0) & (places >= 0)
    for before, now in zip(was[both].tolist(), places[both].tolist(), strict=True):
        options.setdefault(now, set()).add(int(label[before]))
    doubtful = {row for row, found in options.items() if len(found) > 1}
    doubtful |= set(np.flatnonzero(walk.origin < 0).tolist())
    doubtful |= {int(row) for row in walk.ambiguous if len(options.get(int(row), ())) != 1}
    weight = np.bincount(places[places >= 0], homes[places >= 0], len(new))
    return [
        {
            "cell": int(new.id[row]),
            "households": int(weight[row]),
            "options": sorted(options.get(row, {int(fresh[row])}) | {int(fresh[row])}),
        }
        for row in sorted(doubtful, key=lambda item: -weight[item])
    ][:SHOWN]


def _with_places(session: Session, new: Cells, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = np.array(sorted(item["cell"] for item in found), dtype=np.int64)
    points = shapely.get_coordinates(shapely.point_on_surface(read_shapes(session, ids)))
    where = {int(cell): point for cell, point in zip(ids, points.tolist(), strict=True)}
    del new
    return [
        {**item, "lon": round(where[item["cell"]][0], 7), "lat": round(where[item["cell"]][1], 7)}
        for item in found
    ]


def _apply(session: Session, plan: Any, set_id: int, new: Cells, fresh: Any) -> None:
    session.execute(text("DELETE FROM plan_cell WHERE plan_id = :plan"), {"plan": plan.id})
    write_cells(session, plan.id, zip(new.id.tolist(), fresh.tolist(), strict=True))
    revision = plan.revision + 1
    actor = actor_of(session).name
    session.execute(
        text(
            "INSERT INTO plan_edit (plan_id, revision, actor, label) VALUES (:plan, :revision, :actor, 'rebase')"
        ),
        {"plan": plan.id, "revision": revision, "actor": actor},
    )
    session.execute(
        text(
            "UPDATE plan SET set_id = :set, revision = :revision, base_revision = :revision, "
            "updated_at = now(), updated_by = :actor WHERE id = :plan"
        ),
        {"set": set_id, "revision": revision, "actor": actor, "plan": plan.id},
    )
    record(session, "plan.rebase", str(plan.id), before={"set": plan.set_id}, after={"set": set_id})
