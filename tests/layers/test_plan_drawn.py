"""Drawn grids become a plan: repaired with a report, cells cut along them, nothing lost."""

from __future__ import annotations

import json

import pytest
import shapely
from sqlalchemy import text

from gis.errors import RefusedInputError
from layers.usecases.plans.documents import create_plan
from layers.usecases.plans.drawn import import_drawn_plan
from layers.usecases.plans.publishing import publish
from tests.conftest import fresh_copy
from tests.layers.plans import age, all_cells, approve, divided, document, edit, give_leads, in_days

COMMUNITY = "990101001005"


@pytest.fixture
def store(planned_store, request):
    planned_store.dispose()
    with fresh_copy(
        planned_store, f"wangge_test_drawn_{abs(hash(request.node.nodeid)) % 10**8}"
    ) as copy:
        yield copy


def grids_in_force(store):
    """Return code -> polygon of the community's grids today."""
    with store.session() as session:
        rows = session.execute(
            text(
                "SELECT v.code, ST_AsBinary(v.geom) FROM grid_version v JOIN grid g ON g.id = v.grid_id "
                "JOIN division_version d ON d.division_id = g.community_id AND d.code = :code AND d.valid_to IS NULL "
                "WHERE v.valid_from <= current_date AND (v.valid_to IS NULL OR v.valid_to > current_date) ORDER BY 1"
            ),
            {"code": COMMUNITY},
        ).all()
    return {code: shapely.from_wkb(bytes(wkb)) for code, wkb in rows}


def written(path, shapes):
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for name, shape in shapes.items()
    ]
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    return path


def published(store):
    plan = divided(store, COMMUNITY)
    give_leads(store, plan)
    approve(store, plan)
    with store.session() as session:
        publish(session, plan, in_days(store, 0))
    return grids_in_force(store)


def test_what_was_published_comes_back_with_the_same_shapes_and_codes(store, tmp_path):
    before = published(store)
    age(store)
    made = import_drawn_plan(store, written(tmp_path / "grids.geojson", before), COMMUNITY)
    assert made["unassigned_cells"] == 0
    assert made["area_moved_m2"] < 1
    give_leads(store, made["plan"])
    approve(store, made["plan"])
    with store.session() as session:
        publish(session, made["plan"], in_days(store, 0))
    after = grids_in_force(store)
    assert after.keys() == before.keys()
    for code, shape in before.items():
        assert shapely.hausdorff_distance(shape.boundary, after[code].boundary) < 1e-7


def test_a_border_through_cells_cuts_them_and_is_followed(store, tmp_path):
    with store.session() as session:
        whole = shapely.from_wkb(
            bytes(
                session.execute(
                    text("SELECT ST_AsBinary(geom) FROM division_version WHERE code = :code"), {"code": COMMUNITY}
                ).scalar_one()
            )
        )  # fmt: skip
    west, south, east, north = whole.bounds
    middle = (west + east) / 2 + 1e-4
    halves = {
        "西": whole.intersection(shapely.box(west, south, middle, north)),
        "东": whole.intersection(shapely.box(middle, south, east, north)),
    }
    before = len(all_cells(store, COMMUNITY))
    made = import_drawn_plan(store, written(tmp_path / "halves.geojson", halves), COMMUNITY)
    assert made["cells"] > before
    assert made["unassigned_cells"] == 0
    assert [part["name"] for part in document(store, made["plan"])["grids"]] == ["西", "东"]
    buildings = [item for item in made["borders_not_cut"] if item["code"] == "cuts_building"]
    assert len(buildings) == len(made["borders_not_cut"])


def test_gaps_overlaps_and_bow_ties_are_repaired_and_reported(store, tmp_path):
    shapes = list(published(store).values())
    west, south, east, north = shapes[0].bounds
    bow = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    shrunk = shapes[1].buffer(-2e-5)
    drawn = {"a": bow, "b": shrunk, "c": shapes[1].buffer(3e-5), "d": shapes[2]}
    made = import_drawn_plan(store, written(tmp_path / "bad.geojson", drawn), COMMUNITY)
    rules = {item["rule"] for item in made["findings"]}
    assert {"R3", "R4"} <= rules
    assert made["notes"] or "R1" in rules


def test_a_file_of_another_place_stores_nothing(store, tmp_path):
    with store.session() as session:
        before = session.execute(text("SELECT count(*) FROM plan")).scalar_one()
    with pytest.raises(RefusedInputError) as error:
        import_drawn_plan(
            store,
            written(tmp_path / "far.geojson", {"a": shapely.box(110, 30, 110.1, 30.1)}),
            COMMUNITY,
        )
    assert error.value.code == "no_grids"
    with store.session() as session:
        assert session.execute(text("SELECT count(*) FROM plan")).scalar_one() == before


def test_the_next_plan_continues_what_was_imported(store, tmp_path):
    before = published(store)
    age(store)
    with store.session() as session:
        plan = create_plan(session, COMMUNITY, None, "published")
    now = document(store, plan)
    assert len(now["grids"]) == len(before)
    edit(store, plan, 0, "note", grids=[{"no": 1, "note": "不变"}])
    approve(store, plan)
    with store.session() as session:
        publish(session, plan, in_days(store, 0))
    assert grids_in_force(store).keys() == before.keys()
