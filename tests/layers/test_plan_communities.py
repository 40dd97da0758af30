"""One level up: a township is divided into communities, and the grids below follow."""

from __future__ import annotations

import pytest
import shapely
from sqlalchemy import text

from layers.usecases.plans.checks import check
from layers.usecases.plans.documents import create_plan
from layers.usecases.plans.publishing import publish, take_back
from tests.accounts import actor
from tests.conftest import fresh_copy
from tests.layers.plans import TOWNSHIP, approve, cells_of, document, edit, in_days


@pytest.fixture
def store(planned_store, request):
    planned_store.dispose()
    with fresh_copy(
        planned_store, f"wangge_test_up_{abs(hash(request.node.nodeid)) % 10**8}"
    ) as copy:
        yield copy


def township_plan(store):
    with store.session() as session:
        return create_plan(session, TOWNSHIP, "并社区", "published")


IN_FORCE = "SELECT code, grid_id FROM grid_version WHERE valid_to IS NULL"


def communities(store):
    with store.session() as session:
        return dict(
            session.execute(
                text(
                    "SELECT v.code, v.name FROM division_version v JOIN division_version t "
                    "ON t.division_id = v.parent_id AND t.code = :code AND t.valid_to IS NULL "
                    "WHERE v.valid_from <= current_date AND (v.valid_to IS NULL OR v.valid_to > current_date)"
                ),
                {"code": TOWNSHIP},
            ).all()
        )  # fmt: skip


def merged(store, planner):
    """Merge the second community into the first, approve, and return the plan with both codes."""
    plan = township_plan(planner)
    now = document(planner, plan)
    one, two = now["grids"][0], now["grids"][1]
    edit(
        planner, plan, 0, "merge", cells={one["no"]: cells_of(now, two["no"])}, removed=[two["no"]]
    )
    approve(store, plan)
    return plan, one["origin"], two["origin"]


def test_a_plan_of_a_township_begins_with_its_communities(store):
    now = document(store, township_plan(store))
    assert now["part_level"] == "community"
    assert {part["origin"] for part in now["grids"]} == set(communities(store))
    assert now["band"]["min"] == 2000
    with store.session() as session:
        found = check(session, now["plan"])
    assert found["errors"] == 0


def test_merged_communities_take_buildings_cells_and_grids_with_them(store):
    planner = store.acting(actor(store, "planner", [TOWNSHIP]))
    plan, kept, gone = merged(store, planner)
    with planner.session() as session:
        before = dict(session.execute(text(IN_FORCE)).all())
        publish(session, plan, in_days(store, 0))
    after = communities(store)
    survivor = kept if kept in after else gone
    lost = gone if survivor == kept else kept
    assert lost not in after
    with store.session() as session:
        homeless = session.execute(
            text("SELECT count(*) FROM building WHERE left(code, 12) = :code AND division_id <> (SELECT division_id "
                 "FROM division_version WHERE code = :survivor AND valid_to IS NULL)"),
            {"code": lost, "survivor": survivor},
        ).scalar_one()  # fmt: skip
        astray = session.execute(
            text("SELECT count(*) FROM cell c JOIN cell_building b ON b.cell_id = c.id "
                 "JOIN building h ON h.id = b.building_id WHERE h.division_id <> c.division_id")
        ).scalar_one()  # fmt: skip
        recoded = session.execute(
            text("SELECT v.code, w.code FROM grid_lineage l JOIN grid_version v ON v.grid_id = l.from_grid "
                 "JOIN grid_version w ON w.grid_id = l.to_grid WHERE l.kind = 'recode'")
        ).all()  # fmt: skip
        still = dict(session.execute(text(IN_FORCE)).all())
    assert (homeless, astray) == (0, 0)
    assert {old[:12] for old, _ in recoded} == {lost}
    assert {new[:12] for _, new in recoded} == {survivor}
    assert len(recoded) == sum(code.startswith(lost) for code in before)
    assert {c: g for c, g in before.items() if c.startswith(survivor)}.items() <= still.items()


def test_nested_grids_are_recoded_together_and_workers_keep_their_end(store):
    plan, kept, gone = merged(store, store)
    with store.session() as session:
        rows = dict(
            session.execute(
                text("SELECT left(code, 12), min(grid_id) FROM grid_version GROUP BY 1")
            ).all()
        )
        parents = [rows[kept], rows[gone]]
        session.execute(
            text(
                "UPDATE grid_version v SET parent_id = p.id FROM grid g, grid p WHERE p.id = ANY(:ids) "
                "AND g.id = v.grid_id AND g.community_id = p.community_id AND g.id <> p.id"
            ),
            {"ids": parents},
        )
        session.execute(
            text("UPDATE grid_version SET level = 'large' WHERE grid_id = ANY(:ids)"),
            {"ids": parents},
        )
        session.execute(text("UPDATE posting SET valid_to = current_date + 90"))
        publish(session, plan, in_days(store, 0))
        loose = session.execute(
            text(
                "SELECT count(*) FROM grid_lineage l JOIN grid_version w ON w.grid_id = l.to_grid "
                "JOIN grid_version v ON v.grid_id = l.from_grid WHERE l.kind = 'recode' AND v.parent_id IS NOT NULL "
                "AND NOT EXISTS (SELECT FROM grid_lineage u WHERE u.from_grid = v.parent_id "
                "AND u.to_grid = w.parent_id)"
            )
        ).scalar_one()
        ends = session.execute(
            text(
                "SELECT DISTINCT p.valid_to - current_date FROM posting p "
                "JOIN grid_lineage l ON l.to_grid = p.grid_id WHERE l.kind = 'recode'"
            )
        ).scalars()
        assert loose == 0
        assert ends.all() == [90]


def test_communities_of_a_township_stay_one_valid_coverage(store):
    plan, _, _ = merged(store, store)
    with store.session() as session:
        publish(session, plan, in_days(store, 0))
        rows = session.execute(
            text(
                "SELECT ST_AsBinary(v.geom) FROM division_version v "
                "WHERE v.source LIKE 'plan %' AND v.valid_to IS NULL"
            )
        ).scalars()  # fmt: skip
        shapes = shapely.get_parts(shapely.from_wkb([bytes(row) for row in rows]))
    assert shapely.coverage_is_valid(shapes)


def test_taking_back_a_plan_of_communities_leaves_nothing_behind(store):
    tables = ("division", "division_version", "grid", "grid_version", "posting", "division_lineage")

    def counts():
        with store.session() as session:
            return [
                session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
                for name in tables
            ]

    old = counts()
    plan, _, _ = merged(store, store)
    with store.session() as session:
        publish(session, plan, in_days(store, 10))
    assert counts() != old
    with store.session() as session:
        take_back(session, plan)
    assert counts() == old
    assert document(store, plan)["state"] == "approved"
