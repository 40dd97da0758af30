"""New streets, new cells: open drafts are moved with a preview, published grids stay as they are."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from gis.errors import ConflictError
from layers.db import Database, touch
from layers.usecases.cells import make_cell_set, set_state
from layers.usecases.imports import ImportOptions, import_file
from layers.usecases.plans.documents import list_plans
from layers.usecases.plans.edits import undo
from layers.usecases.plans.publishing import publish
from layers.usecases.plans.rebase import rebase
from layers.usecases.sample import FOLDER
from tests.conftest import fresh_copy
from tests.layers.plans import all_cells, approve, divided, document, give_leads, in_days

COMMUNITY = "990101001003"


@pytest.fixture
def store(planned_store):
    planned_store.dispose()
    with fresh_copy(planned_store, "wangge_test_rebase") as copy:
        yield copy


@dataclass(frozen=True)
class Changed:
    """A store whose cells were made again after a street had come, and what there was before."""

    store: Database
    county: int
    plan: int
    """Drawn over the former cells."""
    households: dict[int, int]
    """Of its parts, over the former cells."""
    fresh: bool
    """Whether the former cells were those of the streets there were."""
    reasons: list[str]
    """Why they no longer were when the street had come."""
    made: dict[str, Any]
    grids: list[Any]


@pytest.fixture(scope="module")
def once(planned_store):
    """Return the store after the change; making a county's cells takes seconds."""
    planned_store.dispose()
    with fresh_copy(planned_store, "wangge_test_rebase_once") as copy:
        plan = divided(copy, COMMUNITY)
        homes, before = households_of(copy, plan), grids(copy)
        with copy.session() as session:
            county = session.execute(text("SELECT county_id FROM cell_set")).scalar_one()
            fresh = not set_state(session, county)["stale"]
        with_another_street(copy)
        with copy.session() as session:
            reasons = set_state(session, county)["reasons"]
        made = make_cell_set(copy, COMMUNITY)
        yield Changed(copy, county, plan, homes, fresh, reasons, made, before)


@pytest.fixture
def changed(once):
    """Return the store after the change, to be written to."""
    once.store.dispose()
    with fresh_copy(once.store, "wangge_test_rebase_changed") as copy:
        yield replace(once, store=copy)


def grids(store):
    with store.session() as session:
        return session.execute(
            text("SELECT code, ST_AsBinary(geom) FROM grid_version ORDER BY id")
        ).all()


def households_of(store, plan):
    """Return part -> households."""
    with store.session() as session:
        rows = session.execute(
            text(
                "SELECT k.part_no, sum(h.resident) FROM plan_cell k JOIN plan p ON p.id = k.plan_id "
                "JOIN cell_building b ON b.set_id = p.set_id AND b.cell_id = k.cell_id "
                "JOIN household_count h ON h.building_id = b.building_id WHERE k.plan_id = :plan GROUP BY 1"
            ),
            {"plan": plan},
        ).all()
    return {int(no): int(homes) for no, homes in rows}


def with_another_street(store):
    """Import the county's streets again with a street straight through the community."""
    with store.session() as session:
        box = session.execute(
            text(
                "SELECT ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom) FROM division_version "
                "WHERE code = :code AND valid_to IS NULL"
            ),
            {"code": COMMUNITY},
        ).one()
        session.execute(
            text(
                "INSERT INTO street_edge (network_id, no, from_node, to_node, street_class, length_mm, geom) "
                "SELECT n.id, (SELECT max(no) + 1 FROM street_edge WHERE network_id = n.id), 0, 1, 'tertiary', 1, "
                "ST_SetSRID(ST_MakeLine(ST_MakePoint(:w, :m), ST_MakePoint(:e, :m)), 4326) "
                "FROM network n WHERE n.superseded_at IS NULL"
            ),
            {"w": box[0], "e": box[2], "m": (box[1] + box[3]) / 2},
        )
        touch(session, "streets")


def test_changed_streets_make_the_cells_stale_and_a_new_generation_fresh(once):
    assert once.fresh
    assert once.reasons == ["streets"]
    assert once.made["generation"] == 2
    with once.store.session() as session:
        assert not set_state(session, once.county)["stale"]


def test_the_same_inputs_make_no_new_generation(store):
    again = make_cell_set(store, COMMUNITY)
    assert (again["generation"], again["added"]) == (1, False)


def test_a_rebase_loses_no_household_and_keeps_every_part(changed):
    store, plan, before = changed.store, changed.plan, changed.households
    assert document(store, plan)["stale"]
    with store.session() as session:
        shown = rebase(session, plan, preview=True)
    assert not shown["applied"]
    assert document(store, plan)["stale"]
    with store.session() as session:
        done = rebase(session, plan, preview=False)
    assert done["lost_households"] == 0
    after = households_of(store, plan)
    assert sum(after.values()) == sum(before.values())
    assert after.keys() == before.keys()
    moved = sum(abs(after[no] - before[no]) for no in before) // 2
    assert moved <= done["households_moved"]
    now = document(store, plan)
    assert not now["stale"]
    assert set(now["assignment"]["cell"]) <= set(all_cells(store, COMMUNITY))


def test_undo_stops_at_a_rebase(changed):
    with changed.store.session() as session:
        rebase(session, changed.plan, preview=False)
    now = document(changed.store, changed.plan)
    assert now["undo"] is None
    with changed.store.session() as session, pytest.raises(ConflictError, match="nothing"):
        undo(session, changed.plan, now["revision"])


def test_published_grids_stay_when_streets_change(once):
    assert once.grids
    assert grids(once.store) == once.grids


def test_grids_that_new_cells_no_longer_follow_are_reported(store):
    plan = divided(store, COMMUNITY)
    give_leads(store, plan)
    approve(store, plan)
    with store.session() as session:
        publish(session, plan, in_days(store, 0))
        assert list_plans(session, COMMUNITY)["drift"] == []
        # The border of a grid as if a street beside it had moved by ten metres since.
        session.execute(
            text(
                "UPDATE grid_version SET geom = ST_Multi(ST_Translate(geom, 0.0001, 0)) "
                "WHERE plan_id = :plan AND id = (SELECT min(id) FROM grid_version WHERE plan_id = :plan)"
            ),
            {"plan": plan},
        )
        found = list_plans(session, COMMUNITY)["drift"]
    assert len(found) == 1
    assert found[0]["area_m2"] > 5


def test_streets_imported_again_unchanged_leave_plans_alone(store, tmp_path):
    plan = divided(store, COMMUNITY)
    copy = tmp_path / "streets.osm.gz"
    shutil.copy(FOLDER / "streets.osm.gz", copy)
    with store.session() as session:
        import_file(session, "streets", copy, ImportOptions(), lambda *_: None)
    make_cell_set(store, COMMUNITY)
    with store.session() as session:
        found = rebase(session, plan, preview=True)
    assert found["households_moved"] == 0


def test_the_county_is_one_valid_coverage_as_the_database_returns_it(planned_store):
    with planned_store.session() as session:
        rows = session.execute(
            text(
                "SELECT c.division_id, ST_AsBinary(c.geom), v.code, ST_AsBinary(v.geom) FROM cell c "
                "JOIN cell_set s ON s.id = c.set_id AND s.superseded_at IS NULL "
                "JOIN division_version v ON v.division_id = c.division_id AND v.valid_to IS NULL "
                "WHERE c.cut_at IS NULL ORDER BY c.id"
            )
        ).all()
    cells = shapely.from_wkb([bytes(row[1]) for row in rows])
    assert shapely.coverage_is_valid(cells)
    communities = np.array([row[0] for row in rows])
    for number in np.unique(communities):
        own = np.flatnonzero(communities == number)
        union = shapely.coverage_union_all(cells[own])
        drawn = shapely.from_wkb(bytes(rows[own[0]][3]))
        assert shapely.get_num_interior_rings(shapely.get_parts(union)).sum() == 0
        # A centimetre is 1e-7 degrees.
        assert shapely.hausdorff_distance(shapely.boundary(union), shapely.boundary(drawn)) < 1.2e-7
