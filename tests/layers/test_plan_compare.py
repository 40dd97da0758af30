"""Comparing a plan: households by parts and areas, who changes hands, what is in no area."""

from __future__ import annotations

import json

import pytest
import shapely
from sqlalchemy import text

from gis.errors import RefusedInputError
from layers.registry import effective
from layers.usecases.imports import ImportOptions, import_file
from layers.usecases.plans.compare import compare
from layers.usecases.plans.documents import branch_plan, known_workers, list_plans
from tests.layers.plans import COMMUNITY, cells_of, divided, document, edit, empty


@pytest.fixture(scope="module")
def plan(planned_store):
    return divided(planned_store)


def outline(session):
    return shapely.from_wkb(
        bytes(
            session.execute(
                text(
                    f"SELECT ST_AsBinary(geom) FROM division_version v WHERE code = :code AND {effective('v')}"
                ),
                {"code": COMMUNITY},
            ).scalar_one()
        )
    )


def districts(session, folder):
    """Import two police districts: the western 40 % of the community, and the next 40 %."""
    west, south, east, north = outline(session).bounds
    step = 0.4 * (east - west)
    shapes = [
        shapely.box(west - 0.001, south - 0.001, west + step, north + 0.001),
        shapely.box(west + step, south - 0.001, west + 2 * step, north + 0.001),
    ]
    features = [
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(shape),
            "properties": {"编码": f"J{i}", "名称": f"{i}警区", "类别": "警务区", "派出所": "示例派出所"},
        }
        for i, shape in enumerate(shapes, 1)
    ]  # fmt: skip
    path = folder / "districts.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return import_file(session, "office_areas", path, ImportOptions())


def homes(session, where="true"):
    return int(
        session.execute(
            text(
                "SELECT coalesce(sum(h.resident), 0) FROM building b JOIN division_version v "
                f"ON v.division_id = b.division_id AND {effective('v')} AND v.code = :code "
                "JOIN LATERAL (SELECT resident FROM household_count WHERE building_id = b.id "
                "ORDER BY counted_on DESC, source DESC LIMIT 1) h ON true "
                f"WHERE {where}"
            ),
            {"code": COMMUNITY},
        ).scalar_one()
    )


def test_a_plan_is_compared_with_police_districts_household_by_household(
    planned_store, plan, tmp_path
):
    with planned_store.session() as session:
        whole = homes(session)
        imported = districts(session, tmp_path)
        assert imported["added"] == 2
        found = compare(session, plan, "layer:office_areas:police")
        names = [column["name"] for column in found["columns"]]
        assert names == ["1警区", "2警区", ""]
        assert sum(map(sum, found["matrix"])) == whole
        west, _, east, _ = outline(session).bounds
        at = west + 0.4 * (east - west)
        assert sum(row[0] for row in found["matrix"]) == homes(session, f"ST_X(b.geom) < {at}")
        outside = sum(row[2] for row in found["matrix"])
        assert found["unmatched_households"] == outside > 0
        # Whatever is not in the part that holds most of a district would have to change hands.
        kept = sum(max(row[j] for row in found["matrix"]) for j in (0, 1))
        assert found["moved"]["households"] == whole - outside - kept
        listed = list_plans(session, COMMUNITY)["areas"]
        assert {"areas": "layer:office_areas:police", "number": 2} in listed
        session.rollback()


@pytest.mark.parametrize("other", ["layer:office_areas", "layer:estates:police", "layer:wishes"])
def test_unknown_areas_are_answered_with_those_there_are(planned_store, plan, other):
    with planned_store.session() as session, pytest.raises(RefusedInputError) as refused:
        compare(session, plan, other)
    assert refused.value.code == "unknown_areas"
    assert "layer:estates" in str(refused.value)


def test_what_a_branch_moved_is_named_with_its_households(planned_store, plan):
    with planned_store.session() as session:
        other = branch_plan(session, plan, "variant")
    before = document(planned_store, other)
    first, second = (part["no"] for part in before["grids"][:2])
    moved = cells_of(before, first)[:1]
    edit(planned_store, other, before["revision"], cells={second: moved})
    with planned_store.session() as session:
        found = compare(session, other, str(plan))
        expected = session.execute(
            text("SELECT count(*) FROM cell_building WHERE cell_id = ANY(:cells)"), {"cells": moved}
        ).scalar_one()
    assert found["moved"]["buildings"] == expected
    assert all(change["buildings"] for change in found["changes"])


def test_the_workers_of_a_community_are_known_by_the_grids_they_answer_for(planned_store):
    plan = empty(planned_store)
    with planned_store.session() as session:
        workers = known_workers(session, plan)
        grids = set(
            session.execute(
                text(f"SELECT code FROM grid_version v WHERE {effective('v')}")
            ).scalars()
        )
    assert workers
    assert all(set(worker["grids"]) <= grids for worker in workers)
    assert all(code.startswith(COMMUNITY) for worker in workers for code in worker["grids"])
