"""Random sequences of edits: whatever planners do, land and households stay, and undo leads back."""

from __future__ import annotations

import os
import random

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from gis.errors import ConflictError, RefusedInputError
from gis.tiling import union_parts
from layers.cells import communities_of, read_cells, read_shapes
from layers.usecases.plans.cuts import cut
from layers.usecases.plans.edits import redo, undo
from layers.usecases.plans.rows import assignment_of, find_plan
from tests.layers.plans import COMMUNITY, OTHER, document, edit, empty

SEQUENCES = 2000 if os.environ.get("TEST_LONG") else 4
STEPS = 12
ANSWERS = frozenset(
    {
        "locked",
        "nothing_to_undo",
        "nothing_to_redo",
        "stale_revision",
        "line_misses",
        "cuts_building",
    }
)


def picture(store, plan):
    """Return the plan's cells, their polygons, labels and households as they are now."""
    with store.session() as session:
        row = find_plan(session, plan)
        cells = read_cells(session, row.set_id, communities_of(session, row.division_id))
        shapes = read_shapes(session, cells.id)
        assigned = assignment_of(session, plan)
        placed = session.execute(
            text("SELECT count(*), count(DISTINCT building_id) FROM cell_building WHERE cell_id = ANY(:ids)"),
            {"ids": cells.id.tolist()},
        ).one()  # fmt: skip
    label = np.array([assigned.get(int(cell), 0) for cell in cells.id])
    return cells, shapes, label, tuple(placed)


def require_seamless(store, plan, ground, households, buildings):
    cells, shapes, label, placed = picture(store, plan)
    assert shapely.coverage_is_valid(shapes)
    whole = shapely.coverage_union_all(shapes)
    assert shapely.get_num_interior_rings(shapely.get_parts(whole)).sum() == 0
    # A vertex put on the border by a cut lies on a grid of half a centimetre; 1e-7 degrees are one.
    assert shapely.hausdorff_distance(shapely.boundary(whole), shapely.boundary(ground)) < 1e-7
    assert cells.households["resident"].sum() == households
    assert placed == (buildings, buildings)
    numbers, part = np.unique(label, return_inverse=True)
    unions = union_parts(shapes, part, len(numbers))
    assert shapely.coverage_is_valid(shapely.get_parts(unions))
    by_part = np.bincount(part, cells.households["resident"])
    assert by_part.sum() == households
    return label


def random_step(store, plan, chance):
    """Do one thing a planner might do; refusals are answers too."""
    now = document(store, plan)
    cells, shapes, label, _ = picture(store, plan)
    parts = [part["no"] for part in now["grids"]]
    kind = chance.choice(["paint", "paint", "new", "merge", "erase", "lock", "cut", "undo", "redo"])
    some = chance.sample(cells.id.tolist(), chance.randint(1, max(2, len(cells) // 8)))
    try:
        if kind == "new" or not parts:
            edit(store, plan, now["revision"], cells={-1: some})
        elif kind in ("paint", "erase"):
            edit(
                store,
                plan,
                now["revision"],
                cells={0 if kind == "erase" else chance.choice(parts): some},
            )
        elif kind == "merge" and len(parts) > 1:
            one, two = chance.sample(parts, 2)
            edit(
                store,
                plan,
                now["revision"],
                cells={one: cells.id[label == two].tolist()},
                removed=[two],
            )
        elif kind == "lock":
            lock = {"no": chance.choice(parts), "locked": chance.random() < 0.3}
            edit(store, plan, now["revision"], grids=[lock])
        elif kind == "cut":
            row = chance.randrange(len(cells))
            west, south, east, north = shapely.bounds(shapes[row])
            tilt = chance.uniform(-0.3, 0.3) * (north - south)
            middle = (south + north) / 2
            line = [[west - 1e-5, middle - tilt], [east + 1e-5, middle + tilt]]
            with store.session() as session:
                cut(session, plan, now["revision"], line)
        else:
            with store.session() as session:
                (undo if kind == "undo" else redo)(session, plan, now["revision"])
    except (ConflictError, RefusedInputError) as error:
        if error.code not in ANSWERS:
            raise


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_land_buildings_and_households_stay_whatever_is_done(planned_store, seed):
    chance = random.Random(seed)
    code = chance.choice([COMMUNITY, OTHER])
    plan = empty(planned_store, code)
    cells, shapes, _, placed = picture(planned_store, plan)
    ground = shapely.coverage_union_all(shapes)
    homes = int(cells.households["resident"].sum())
    for _ in range(STEPS):
        random_step(planned_store, plan, chance)
    require_seamless(planned_store, plan, ground, homes, placed[0])
    # Undo of everything is the start.
    for _ in range(10 * STEPS):
        with planned_store.session() as session:
            try:
                undo(session, plan, find_plan(session, plan).revision)
            except ConflictError as error:
                if error.code != "nothing_to_undo":
                    raise
                break
    label = require_seamless(planned_store, plan, ground, homes, placed[0])
    assert (label == 0).all()
    assert document(planned_store, plan)["grids"] == []
