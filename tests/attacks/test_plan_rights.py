"""Who sees, draws, cuts, approves and publishes plans: asked of the service and, beside it, of the database."""

from __future__ import annotations

import json
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import text

from api.app import create_app
from api.settings import Settings
from gis.crs import to_metric
from layers.db import Database
from layers.rights import Actor, RightsError
from layers.usecases.plans.checks import check
from layers.usecases.plans.documents import create_plan, plan_document
from layers.usecases.plans.publishing import publish, take_back
from layers.usecases.plans.suggestions import Asked, suggest
from tests.accounts import PASSWORD, actor, make_account, visit
from tests.attacks.conftest import BASE, OURS, THEIRS
from tests.conftest import fresh_copy
from tests.layers.plans import (
    age,
    all_cells,
    approve,
    cells_of,
    divided,
    document,
    edit,
    give_leads,
    in_days,
)

COMMUNITY, FOREIGN, COUNTY = "990101001001", "990101102001", "990101"
PLAN_TABLES = ("plan", "plan_grid", "plan_cell", "plan_edit", "plan_step", "plan_paper")
CELL_TABLES = ("cell", "cell_building", "cell_border")
ROLES = ("planner", "reviewer", "analyst", "system_administrator", "grid_worker")
MOVED_M = 0.02


@pytest.fixture(scope="module")
def store(planned_store):
    """Return a store of its own: plans here are approved, published and attacked."""
    planned_store.dispose()
    with fresh_copy(planned_store, "wangge_test_plan_rights") as copy:
        yield copy


@pytest.fixture(scope="module")
def plans(store) -> dict[str, int]:
    """Return a divided draft of each of two townships."""
    return {OURS: divided(store, COMMUNITY), THEIRS: divided(store, FOREIGN)}


@pytest.fixture(scope="module")
def names(store) -> dict[str, str]:
    """Return an account of the own township for each role."""
    return {role: make_account(store, role, [OURS]) for role in ROLES}


@pytest.fixture(scope="module")
def people(store, names) -> dict[str, Actor]:
    return {role: visit(store, name).actor for role, name in names.items()}


@pytest.fixture(scope="module")
def headers(store, names) -> dict[str, dict[str, str]]:
    from layers.usecases import own_account

    made = {}
    for role, name in names.items():
        token = own_account.add_token(store, visit(store, name), PASSWORD, "test", 1)["token"]
        made[role] = {"Authorization": f"Bearer {token}"}
    return made


@pytest.fixture(scope="module")
def client(store, tmp_path_factory):
    settings = Settings(
        home=tmp_path_factory.mktemp("plan-rights"), requests_per_second=1e5, sign_ins_per_minute=1e5
    )  # fmt: skip
    app = create_app(settings, store)
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as opened:
        yield opened


def owner(store: Database, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """Run a statement as the owner of the tables, whom no policy holds."""
    with store.session("owner") as session:
        found: Any = session.execute(text(statement), values)
        return [tuple(row) for row in found] if found.returns_rows else []


def contents(store: Database) -> dict[str, str]:
    """Return a digest of every table that plans are made of or lead to."""
    tables = (
        *PLAN_TABLES, *CELL_TABLES, "cell_set", "grid", "grid_version", "grid_lineage",
        "division", "division_version", "division_lineage", "posting",
    )  # fmt: skip
    return {
        name: owner(
            store, f"SELECT md5(coalesce(string_agg(r, ',' ORDER BY r), '')) FROM (SELECT t::text AS r FROM {name} t) q"
        )[0][0]
        for name in tables
    }  # fmt: skip


def requests(store: Database, plan: int, code: str) -> dict[tuple[str, str], dict[str, Any] | None]:
    """Return one real request of every kind about a plan: each would change or tell something."""
    now = document(store, plan)
    cells, revision = all_cells(store, code), now["revision"]
    inner = owner(
        store, "SELECT ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom) FROM cell WHERE id = :id",
        id=cells[0],
    )[0]  # fmt: skip
    line = [[inner[0] - 0.001, inner[1] - 0.001], [inner[2] + 0.001, inner[3] + 0.001]]
    at = f"/api/plans/{plan}"
    return {
        ("GET", at): None,
        ("GET", f"{at}/cells"): None,
        ("GET", f"{at}/edits"): None,
        ("GET", f"{at}/check"): None,
        ("GET", f"{at}/compare"): None,
        ("POST", f"{at}/edits"): {"revision": revision, "label": "erase", "cells": {"0": cells}},
        ("POST", f"{at}/undo"): {"revision": revision},
        ("POST", f"{at}/redo"): {"revision": revision},
        ("POST", f"{at}/cuts"): {"revision": revision, "line": line},
        ("POST", f"{at}/suggest"): {},
        ("POST", f"{at}/branch"): {"name": "taken"},
        ("POST", f"{at}/steps"): {"to": "withdrawn"},
        ("POST", f"{at}/papers"): {"kind": "document", "title": "x"},
        ("PATCH", f"{at}/papers/1"): {"answer": "x"},
        ("POST", f"{at}/publish"): {"effective_on": in_days(store, 3).isoformat()},
        ("POST", f"{at}/take-back"): {},
        ("POST", f"{at}/rebase"): {"preview": False},
    }


def test_a_planner_finds_no_plan_of_the_other_township_and_changes_nothing(
    store, client, headers, plans
):
    asked = requests(store, plans[THEIRS], FOREIGN)
    before = contents(store)
    for (method, path), body in asked.items():
        answer = client.request(method, path, json=body, headers=headers["planner"])
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_plan"), (method, path)
    listed = client.get("/api/plans", headers=headers["planner"]).json()["plans"]
    assert plans[OURS] in {row["plan"] for row in listed}
    assert all(row["division"]["code"].startswith(OURS) for row in listed)
    for body in (
        {"division": FOREIGN},
        {"division": THEIRS},
        {"division": COUNTY},
        {"division": COMMUNITY, "source": str(plans[THEIRS])},
    ):
        answer = client.post("/api/plans", json=body, headers=headers["planner"])
        assert answer.status_code in {403, 404}, (body, answer.text)
    answer = client.post("/api/cell-sets", json={"division": OURS}, headers=headers["planner"])
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_area")
    path = f"/api/plans/{plans[OURS]}/compare?with={plans[THEIRS]}"
    answer = client.get(path, headers=headers["planner"])
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_plan")
    assert contents(store) == before


def test_cells_of_the_other_township_do_not_enter_ones_own_plan(store, client, headers, plans):
    theirs = all_cells(store, FOREIGN)[:3]
    before = contents(store)
    body = {"revision": document(store, plans[OURS])["revision"], "cells": {"1": theirs}}
    answer = client.post(f"/api/plans/{plans[OURS]}/edits", json=body, headers=headers["planner"])
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_cell")
    assert contents(store) == before


@pytest.mark.parametrize("role", ["analyst", "reviewer", "system_administrator"])
def test_who_looks_at_plans_of_the_area_changes_none(store, client, headers, plans, role):
    asked = requests(store, plans[OURS], COMMUNITY)
    before = contents(store)
    for (method, path), body in asked.items():
        answer = client.request(method, path, json=body, headers=headers[role])
        allowed = (200, None) if method == "GET" else (403, "no_right")
        said = answer.json().get("code") if answer.status_code != 200 else None
        assert (answer.status_code, said) == allowed, (method, path, answer.text[:200])
    assert contents(store) == before
    own = document(store.acting(visit_of(store, role)), plans[OURS])
    assert set(own["allowed"]) <= {"approved", "returned"}


def visit_of(store: Database, role: str) -> Actor:
    return actor(store, role, [OURS])


def test_a_grid_worker_sees_no_plan_cell_or_edit(store, client, headers, people, plans):
    for (method, path), body in requests(store, plans[OURS], COMMUNITY).items():
        answer = client.request(method, path, json=body, headers=headers["grid_worker"])
        assert (answer.status_code, answer.json()["code"]) == (403, "no_right"), path
    with store.acting(people["grid_worker"]).session() as session:
        for table in (*PLAN_TABLES, *CELL_TABLES):
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0, table


@pytest.mark.parametrize("role", ROLES)
def test_even_by_sql_nobody_sees_or_changes_rows_of_the_other_township(store, people, plans, role):
    before = contents(store)
    own = set(
        owner(store, "SELECT division_id FROM division_version WHERE code LIKE :like", like=f"{OURS}%")
    )  # fmt: skip
    statements = (
        "UPDATE plan SET name = 'x' WHERE id = :plan",
        "DELETE FROM plan WHERE id = :plan",
        "DELETE FROM plan_cell WHERE plan_id = :plan",
        "UPDATE plan_grid SET locked = true WHERE plan_id = :plan",
        "DELETE FROM plan_edit WHERE plan_id = :plan",
        "UPDATE cell SET land_use = 'water' WHERE division_id <> ALL (:own)",
        "UPDATE cell_building SET cell_id = cell_id WHERE division_id <> ALL (:own)",
        "DELETE FROM cell_border WHERE division_id <> ALL (:own)",
        "UPDATE cell_set SET superseded_at = now()",
        "UPDATE cell_set SET cuts = cuts + 1, metric_crs = 'EPSG:4547'",
        "DELETE FROM cell_set",
        "INSERT INTO plan_cell (plan_id, cell_id, part_no) SELECT :plan, min(id), 1 FROM cell",
        (
            "INSERT INTO plan_step (plan_id, state, actor, revision) "
            "VALUES (:plan, 'approved', current_setting('wangge.actor'), 0)"
        ),
        "INSERT INTO plan_paper (plan_id, kind) VALUES (:plan, 'document')",
        "INSERT INTO plan_edit (plan_id, revision, actor, label) VALUES (:plan, 99, 'x', 'x')",
    )  # fmt: skip
    store_ = store.acting(people[role])
    given = {"plan": plans[THEIRS], "own": sorted(number for (number,) in own)}
    for statement in statements:
        try:
            with store_.session() as session:
                result: Any = session.execute(text(statement), given)
                assert result.rowcount == 0, statement
        except RightsError:
            continue
    with store_.session() as session:
        for table in PLAN_TABLES[1:]:
            seen = session.execute(
                text(f"SELECT count(*) FROM {table} WHERE plan_id = :plan"), given
            )
            assert seen.scalar_one() == 0, table
        for table in CELL_TABLES:
            found = session.execute(text(f"SELECT DISTINCT division_id FROM {table}")).scalars()
            assert set(found) <= set(given["own"]), table
    assert contents(store) == before


# Approving


def in_review(store: Database) -> int:
    plan = divided(store, COMMUNITY)
    with store.session() as session:
        session.execute(text("UPDATE plan SET state = 'review' WHERE id = :plan"), {"plan": plan})
    return plan


def test_a_reviewer_approves_and_returns_what_lies_before_the_review_only(store, client, headers):
    plan = in_review(store)
    at, reviewer = f"/api/plans/{plan}/review", headers["reviewer"]
    assert client.get(f"/api/plans/{plan}", headers=reviewer).json()["allowed"] == [
        "approved", "returned",
    ]  # fmt: skip
    done = client.post(at, json={"to": "returned", "note": "改"}, headers=reviewer)
    assert (done.status_code, done.json()["state"]) == (200, "draft")
    for to in ("approved", "returned"):
        refused = client.post(at, json={"to": to, "number": "1"}, headers=reviewer)
        assert (refused.status_code, refused.json()["code"]) == (409, "bad_step")
    for to in ("consultation", "withdrawn", "draft", "review"):
        refused = client.post(at, json={"to": to}, headers=reviewer)
        assert (refused.status_code, refused.json()["code"]) == (403, "no_right"), to
    planner = headers["planner"]
    client.post(f"/api/plans/{plan}/steps", json={"to": "review"}, headers=planner)
    done = client.post(at, json={"to": "approved", "number": "青〔2026〕1号"}, headers=reviewer)
    assert (done.status_code, done.json()["state"]) == (200, "approved")
    assert owner(
        store, "SELECT state FROM plan_step WHERE plan_id = :plan ORDER BY id DESC LIMIT 1", plan=plan
    ) == [("approved",)]  # fmt: skip


@pytest.mark.parametrize("to", ["approved", "returned"])
def test_a_planner_who_asks_to_approve_is_refused_by_either_way(store, client, headers, to):
    plan = in_review(store)
    for way in ("steps", "review"):
        answer = client.post(
            f"/api/plans/{plan}/{way}", json={"to": to, "number": "1"}, headers=headers["planner"]
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "no_right")
    assert document(store, plan)["state"] == "review"


PLANNER_BY_SQL = (
    "UPDATE plan SET state = 'approved' WHERE id = :plan",
    "UPDATE plan SET state = 'filed', effective_on = current_date WHERE id = :plan",
    "UPDATE plan SET approval_number = '1', approved_on = current_date WHERE id = :plan",
    "UPDATE plan SET part_level = 'community' WHERE id = :plan",
    (
        "UPDATE plan SET division_id = (SELECT parent_id FROM division_version WHERE code = '990101001001') "
        "WHERE id = :plan"
    ),
    (
        "INSERT INTO plan (division_id, set_id, part_level, name, state, created_by, updated_by) "
        "SELECT division_id, set_id, part_level, name, 'approved', 'x', 'x' FROM plan WHERE id = :plan"
    ),
    (
        "INSERT INTO plan (id, division_id, set_id, part_level, name, created_by, updated_by) "
        "SELECT id, division_id, set_id, part_level, name, 'x', 'x' FROM plan WHERE id = :plan "
        "ON CONFLICT (id) DO UPDATE SET state = 'approved'"
    ),
)  # fmt: skip
REVIEWER_BY_SQL = (
    "UPDATE plan SET name = 'x' WHERE id = :plan",
    "UPDATE plan SET state = 'draft', revision = revision + 1 WHERE id = :plan",
    "UPDATE plan SET state = 'filed', effective_on = current_date WHERE id = :plan",
    "UPDATE plan SET state = 'approved', publication = '{}' WHERE id = :plan",
    "UPDATE plan SET state = 'approved', division_id = 1 WHERE id = :plan",
    "INSERT INTO plan_grid (plan_id, no) VALUES (:plan, 99)",
    "INSERT INTO plan_cell (plan_id, cell_id, part_no) SELECT :plan, min(id), 1 FROM cell",
    "INSERT INTO plan_edit (plan_id, revision, actor, label) VALUES (:plan, 99, 'x', 'x')",
    "INSERT INTO plan_paper (plan_id, kind) VALUES (:plan, 'document')",
    "INSERT INTO plan_step (plan_id, state, actor, revision) VALUES (:plan, 'approved', 'somebody', 0)",
    (
        "INSERT INTO plan (division_id, set_id, part_level, name, created_by, updated_by) "
        "SELECT division_id, set_id, part_level, name, 'x', 'x' FROM plan WHERE id = :plan"
    ),
)  # fmt: skip
REVIEWER_IN_VAIN = (
    "UPDATE plan_grid SET name = 'x' WHERE plan_id = :plan",
    "DELETE FROM plan_grid WHERE plan_id = :plan",
    "UPDATE plan_cell SET part_no = 1 WHERE plan_id = :plan",
    "DELETE FROM plan_cell WHERE plan_id = :plan",
    "UPDATE plan_step SET state = 'approved' WHERE plan_id = :plan",
    "DELETE FROM plan WHERE id = :plan",
    "UPDATE cell SET land_use = 'water'",
    "UPDATE cell_set SET cuts = cuts + 1",
)


def refused_by_database(store: Database, who: Actor, statements: Any, plan: int) -> None:
    before = contents(store)
    for statement in statements:
        with pytest.raises(RightsError), store.acting(who).session() as session:
            session.execute(text(statement), {"plan": plan})
    assert contents(store) == before


def test_a_planner_does_not_approve_even_by_sql(store, people):
    refused_by_database(store, people["planner"], PLANNER_BY_SQL, in_review(store))


def test_a_planner_of_the_whole_store_does_not_approve_by_sql_either(store):
    refused_by_database(store, actor(store, "planner"), PLANNER_BY_SQL[:3], in_review(store))


def test_a_reviewer_changes_neither_parts_nor_cells_nor_name_even_by_sql(store, people):
    plan = in_review(store)
    refused_by_database(store, people["reviewer"], REVIEWER_BY_SQL, plan)
    before = contents(store)
    with store.acting(people["reviewer"]).session() as session:
        for statement in REVIEWER_IN_VAIN:
            result: Any = session.execute(text(statement), {"plan": plan})
            assert result.rowcount == 0, statement
    assert contents(store) == before


def test_a_reviewer_does_not_approve_a_draft_even_by_sql(store, people, plans):
    statement = "UPDATE plan SET state = 'approved' WHERE id = :plan"
    refused_by_database(store, people["reviewer"], [statement], plans[OURS])


# Divisions


CHANGE_OURS = (
    "UPDATE division_version SET name = 'x' WHERE code LIKE '990101001___' AND valid_to IS NULL",
    "DELETE FROM division_version WHERE code = '990101001001'",
    "INSERT INTO division (level) VALUES ('community')",
    (
        "INSERT INTO division_version (division_id, parent_id, code, name, valid_from, geom) "
        "SELECT division_id, parent_id, '990101001999', name, date '1990-01-01', geom FROM division_version "
        "WHERE code = '990101001001'"
    ),
)  # fmt: skip
CHANGE_THEIRS = (
    "UPDATE division_version SET name = 'x' WHERE code = '990101102001'",
    "UPDATE division_version SET name = 'x' WHERE code = '990101001'",
    "UPDATE division_version SET name = 'x' WHERE code = '990101'",
    "DELETE FROM division_version WHERE code = '990101102001'",
    "INSERT INTO division (level) VALUES ('township')",
    "UPDATE division SET level = 'county' WHERE level = 'community'",
    "DELETE FROM division WHERE level = 'township'",
    "INSERT INTO grid (community_id) SELECT division_id FROM division_version WHERE code = '990101102001'",
    "INSERT INTO grid (community_id) SELECT parent_id FROM division_version WHERE code = '990101001'",
    (
        "UPDATE division_version SET parent_id = (SELECT parent_id FROM division_version "
        "WHERE code = '990101001001') WHERE code = '990101102001'"
    ),
    (
        "UPDATE division_version SET parent_id = (SELECT parent_id FROM division_version "
        "WHERE code = '990101102001') WHERE code = '990101001001'"
    ),
    (
        "UPDATE division_version SET code = '990101102777' WHERE code = '990101001001'"
    ),
    # A version of theirs slipped in below ours, on days nobody has taken.
    (
        "INSERT INTO division_version (division_id, parent_id, code, name, valid_from, valid_to, geom) "
        "SELECT t.division_id, o.parent_id, 'x', 'x', date '1900-01-01', date '1900-01-02', t.geom "
        "FROM division_version t, division_version o WHERE t.code = '990101102001' AND o.code = '990101001001'"
    ),
)  # fmt: skip


def township_plan(store: Database) -> int:
    with store.session() as session:
        return create_plan(session, OURS, "社区", "published")


@pytest.fixture
def apart(store, request):
    """Return a copy of the store for tests that bring plans of communities into force."""
    store.dispose()
    with fresh_copy(store, f"wangge_test_rights_{abs(hash(request.node.name)) % 10**8}") as copy:
        yield copy


def test_without_an_approved_plan_of_communities_a_planner_changes_no_division(store, people):
    plan = township_plan(store)
    refused_by_database(store, people["planner"], (*CHANGE_OURS, *CHANGE_THEIRS), plan)
    with store.session() as session:
        session.execute(text("DELETE FROM plan WHERE id = :plan"), {"plan": plan})


def test_with_one_a_planner_changes_versions_below_that_township_and_no_other(store, people):
    plan = township_plan(store)
    approve(store, plan)
    refused_by_database(store, people["planner"], CHANGE_THEIRS, plan)
    with store.acting(people["planner"]).session() as session:
        result: Any = session.execute(text(CHANGE_OURS[0]))
        assert result.rowcount > 0
        session.rollback()
    for role in ("reviewer", "analyst", "grid_worker", "system_administrator"):
        refused_by_database(store, people[role], CHANGE_OURS[:3], plan)
    with store.session() as session:
        session.execute(text("DELETE FROM plan WHERE id = :plan"), {"plan": plan})


def test_an_approved_plan_of_grids_opens_no_division(store, people):
    plan = in_review(store)
    with store.session() as session:
        session.execute(text("UPDATE plan SET state = 'approved' WHERE id = :plan"), {"plan": plan})
    refused_by_database(store, people["planner"], CHANGE_OURS, plan)


def test_a_plan_in_force_is_no_key_to_its_divisions_for_ever(apart, people):
    plan = township_plan(apart)
    approve(apart, plan)
    with apart.acting(people["planner"]).session() as session:
        publish(session, plan, in_days(apart, 0))
    refused_by_database(apart, people["planner"], CHANGE_OURS[:3], plan)


def test_a_planner_publishes_a_community_split_in_two_with_its_grids(apart, people):
    planner = apart.acting(people["planner"])
    grids = divided(apart, COMMUNITY)
    give_leads(apart, grids)
    approve(apart, grids)
    with planner.session() as session:
        publish(session, grids, in_days(apart, 0))
    age(apart)
    plan = township_plan(planner)
    now = document(planner, plan)
    part = next(item["no"] for item in now["grids"] if item["origin"] == COMMUNITY)
    old = document(apart, grids)
    half = cells_of(old, old["grids"][0]["no"])
    edit(planner, plan, 0, "split", cells={-1: half}, grids=[{"no": -1, "name": "新社区"}])
    assert set(half) < set(cells_of(now, part))
    approve(apart, plan)
    before = contents(apart)
    with planner.session() as session:
        publish(session, plan, in_days(apart, 3))
    assert contents(apart)["grid_version"] != before["grid_version"]
    with planner.session() as session:
        take_back(session, plan)
    same = ("grid", "grid_version", "grid_lineage", "posting", "division", "division_version")
    after = contents(apart)
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    with planner.session() as session:
        done = publish(session, plan, in_days(apart, 0))
    assert len(set(done["codes"].values())) == len(now["grids"]) + 1


# The same figures, whoever asks


def test_township_and_county_get_the_same_figures_of_a_plan(store, plans, people):
    answers = []
    for who in (people["planner"], actor(store, "planner", [COUNTY]), actor(store, "analyst")):
        with store.acting(who).session() as session:
            found = suggest(session, plans[OURS], Asked(seed=7))
            found.pop("seconds")
            again = suggest(session, plans[OURS], Asked(method="redivide", seed=7))
            again.pop("seconds")
            shown = plan_document(session, plans[OURS])
            for name in ("allowed", "undo", "redo"):
                shown.pop(name)
            answers.append(json.dumps([check(session, plans[OURS]), found, again, shown]))
    assert len(set(answers)) == 1


# Cuts at the border


BORDER = """
    SELECT c.id, n.id FROM cell c JOIN cell_border b ON c.id IN (b.a, b.b)
    JOIN cell n ON n.id = CASE WHEN b.a = c.id THEN b.b ELSE b.a END
    WHERE c.division_id = ANY (:ours) AND NOT n.division_id = ANY (:ours)
      AND NOT EXISTS (SELECT FROM cell_building k WHERE k.cell_id = c.id)
      AND c.cut_at IS NULL AND n.cut_at IS NULL AND b.shared_m > 60 ORDER BY b.shared_m DESC, c.id
"""


def shapes(store: Database) -> dict[int, tuple[Any, ...]]:
    """Return every cell with its shape in metres, and every other column as text."""
    rows = owner(
        store,
        "SELECT id, division_id, ST_AsBinary(geom), cut_at, (to_jsonb(cell) - 'geom')::text FROM cell ORDER BY id",
    )
    found = {}
    for number, division, wkb, gone, rest in rows:
        metres = shapely.transform(
            shapely.from_wkb(bytes(wkb)), lambda xy: to_metric(xy, "EPSG:4548")
        )
        found[number] = (division, metres, gone, rest)
    return found


def foreign_rows(store: Database, ours: list[int]) -> list[Any]:
    return [
        owner(
            store, f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} t "
            "WHERE NOT division_id = ANY (:ours)", ours=ours,
        )
        for table in ("cell_building", "building", "household_count", "address", "plan")
    ]  # fmt: skip


def crossing(outer: Any, inner: Any) -> list[list[float]]:
    """Return a line (lon/lat) from inside a neighbour over the common border through a cell."""
    common = shapely.line_merge(
        shapely.intersection(shapely.boundary(inner), shapely.boundary(outer))
    )
    longest = max(shapely.get_parts(common), key=shapely.length)
    over = shapely.line_interpolate_point(longest, 0.5, normalized=True)
    middle = shapely.centroid(inner)
    dx, dy = middle.x - over.x, middle.y - over.y
    return [[over.x - 0.2 * dx, over.y - 0.2 * dy], [over.x + 3 * dx, over.y + 3 * dy]]


def test_a_cut_at_the_border_gives_neighbours_beyond_their_vertices_and_nothing_else(
    store, client, headers, people, plans
):
    ours = sorted(people["planner"].area)
    pairs = owner(store, BORDER, ours=ours)
    assert pairs, "no empty cell of the township lies at its border"
    drawn = "SELECT cell_id, part_no FROM plan_cell WHERE plan_id = :plan ORDER BY 1"
    assigned = owner(store, drawn, plan=plans[THEIRS])
    done = None
    for cell, neighbour in pairs[:40]:
        outer, inner = (
            shapely.from_wkb(bytes(owner(store, "SELECT ST_AsBinary(geom) FROM cell WHERE id = :id", id=number)[0][0]))
            for number in (neighbour, cell)
        )  # fmt: skip
        code = owner(
            store, "SELECT v.code FROM cell c JOIN division_version v ON v.division_id = c.division_id "
            "AND v.valid_to IS NULL WHERE c.id = :id", id=cell,
        )[0][0]  # fmt: skip
        with store.session() as session:
            plan = create_plan(session, code, "cut")
        before, rows, tables = shapes(store), foreign_rows(store, ours), contents(store)
        answer = client.post(
            f"/api/plans/{plan}/cuts",
            json={"revision": 0, "line": crossing(outer, inner)},
            headers=headers["planner"],
        )
        if answer.status_code != 200:
            assert answer.status_code in {409, 422}, answer.text
            continue
        after = shapes(store)
        done = [
            number for number, row in before.items()
            if row[0] not in ours and not after[number][1].equals_exact(row[1], 0.0)
        ]  # fmt: skip
        if done:
            break
    assert done, "no cut reached the border"
    for number, (division, shape, gone, rest) in before.items():
        now = after[number]
        if division in ours:
            continue
        assert (now[0], now[2], now[3]) == (division, gone, rest), "another column changed"
        if number in done:
            assert shapely.get_num_coordinates(now[1]) > shapely.get_num_coordinates(shape)
            assert shapely.hausdorff_distance(now[1], shape, densify=0.01) < MOVED_M
    fresh = {after[number][0] for number in set(after) - set(before)}
    assert fresh <= set(ours)
    assert foreign_rows(store, ours) == rows
    assert owner(store, drawn, plan=plans[THEIRS]) == assigned
    same = ("grid", "grid_version", "division", "division_version", "posting", "plan_grid")
    now_all = contents(store)
    assert {name: now_all[name] for name in same} == {name: tables[name] for name in same}
