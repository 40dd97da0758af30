"""Plans over HTTP: the whole way from an empty draft to the public page."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests import mvt
from tests.accounts import bearer
from tests.api.conftest import BASE, finished
from tests.conftest import fresh_copy
from tests.layers.plans import OTHER, in_days
from tests.mvt import tile_of

COMMUNITY = "990101001004"


@pytest.fixture(scope="module")
def store(planned_store):
    planned_store.dispose()
    with fresh_copy(planned_store, "wangge_test_plan_routes") as copy:
        yield copy


@pytest.fixture(scope="module")
def desk(store, tmp_path_factory):
    settings = Settings(
        home=tmp_path_factory.mktemp("plans"),
        requests_per_second=1e5,
        supervision_phone="0793-12345",
    )
    with TestClient(create_app(settings, store), base_url=BASE) as client:
        yield client


@pytest.fixture(scope="module")
def planner(store):
    return bearer(store, "planner", ["990101"])


@pytest.fixture(scope="module")
def reviewer(store):
    return bearer(store, "reviewer", ["990101"])


def new_plan(desk, headers, division=COMMUNITY, source="empty"):
    answer = desk.post("/api/plans", json={"division": division, "source": source}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def suggested(desk, headers, plan):
    base = f"/api/plans/{plan['plan']}"
    found = desk.post(f"{base}/suggest", json={"method": "suggest"}, headers=headers).json()
    assert found["outcome"] == "ok"
    change = {
        "revision": plan["revision"], "label": "suggest", "cells": found["cells"],
        "grids": [{"no": int(no)} for no in found["cells"] if int(no) < 0],
    }  # fmt: skip
    return desk.post(f"{base}/edits", json=change, headers=headers).json()


def test_suggest_paint_check_review_publish_and_the_public_sees_it(desk, planner, reviewer, store):
    plan = new_plan(desk, planner)
    base = f"/api/plans/{plan['plan']}"
    done = suggested(desk, planner, plan)
    numbers = sorted(set(done["numbers"].values()))
    leads = [{"no": no, "lead": {"name": f"岗位{no}", "work_phone": "0793-1"}} for no in numbers]
    change = {"revision": 1, "label": "lead", "grids": leads}
    done = desk.post(f"{base}/edits", json=change, headers=planner).json()
    assert done["revision"] == 2
    found = desk.get(f"{base}/check", headers=planner).json()
    assert found["errors"] == 0
    assert (
        desk.post(f"{base}/steps", json={"to": "review"}, headers=planner).json()["state"]
        == "review"
    )
    refused = desk.post(f"{base}/review", json={"to": "approved", "number": "1"}, headers=planner)
    assert refused.status_code == 403
    approved = desk.post(
        f"{base}/review", json={"to": "approved", "number": "青民〔2026〕1号"}, headers=reviewer
    )
    assert approved.json()["state"] == "approved"
    before = desk.get("/api/layers/grids/features?limit=10000", headers=planner)
    published = desk.post(
        f"{base}/publish", json={"effective_on": str(in_days(store, 0))}, headers=planner
    )
    assert published.json()["state"] == "effective", published.text
    after = desk.get("/api/layers/grids/features?limit=10000", headers=planner)
    assert before.headers["etag"] != after.headers["etag"]
    public = desk.get(f"/api/public/communities/{COMMUNITY}").json()
    assert {grid["code"] for grid in public["grids"]} == set(published.json()["codes"].values())
    assert public["supervision_phone"] == "0793-12345"
    named = [{worker["name"][:2] for worker in grid["workers"]} for grid in public["grids"]]
    assert all("岗位" in names for names in named)
    assert "households" not in str(public)
    shapes = [shapely.geometry.shape(grid["geometry"]) for grid in public["grids"]]
    assert shapely.coverage_is_valid(shapely.get_parts(shapes))
    old = desk.get(
        f"/api/layers/grids/features?limit=10000&as_of={in_days(store, -1)}", headers=planner
    )
    centre = shapes[0].representative_point()
    x, y = tile_of(centre.x, centre.y, 14)
    tiles = [
        desk.get(f"/tiles/grids/14/{x}/{y}.mvt?as_of={in_days(store, day)}", headers=planner)
        for day in (-1, 0)
    ]
    in_tile = [{grid["code"] for grid in mvt.decode(tile.content)["grids"]} for tile in tiles]
    assert tiles[0].headers["etag"] != tiles[1].headers["etag"]
    codes = {item["properties"]["code"] for item in old.json()["features"]}
    assert in_tile[0] <= codes
    assert public["grids"][0]["code"] in in_tile[1]
    assert tiles[0].content != tiles[1].content
    assert codes == {item["properties"]["code"] for item in before.json()["features"]}


def test_the_public_finds_its_grid_by_address_and_nobody_elses(desk, planner):
    with_address = desk.get("/api/layers/addresses/features?limit=10000", headers=planner).json()
    words = next(
        item["properties"]["text"] for item in with_address["features"]
        if item["properties"]["building"].startswith(OTHER)
    )  # fmt: skip
    found = desk.get(f"/api/public/communities/{OTHER}/find", params={"q": words}).json()["places"]
    assert found
    assert (
        desk.get(f"/api/public/communities/{COMMUNITY}/find", params={"q": words}).json()["places"]
        == []
    )
    assert all(place["grid"].startswith(OTHER) for place in found)
    assert desk.get(f"/api/public/communities/{OTHER}/find?q=%25").json()["places"] == []
    assert desk.get("/api/public/communities/990101999999").status_code == 404


def test_cells_come_once_and_are_not_sent_again(desk, planner):
    plan = new_plan(desk, planner)
    first = desk.get(f"/api/plans/{plan['plan']}/cells", headers=planner)
    body = first.json()
    count = len(body["cells"]["id"])
    assert all(len(column) == count for column in body["cells"].values())
    assert len(body["arcs"]["left"]) == len(body["arcs"]["sizes"]) == len(body["arcs"]["length_m"])
    assert sum(body["arcs"]["sizes"]) * 2 == len(body["arcs"]["points"])
    again = desk.get(
        f"/api/plans/{plan['plan']}/cells",
        headers={**planner, "If-None-Match": first.headers["etag"]},
    )
    assert again.status_code == 304


def test_arcs_give_back_every_cell(desk, planner):
    plan = new_plan(desk, planner)
    body = desk.get(f"/api/plans/{plan['plan']}/cells", headers=planner).json()
    steps = np.array(body["arcs"]["points"]).reshape(-1, 2)
    stops = np.cumsum(body["arcs"]["sizes"])[:-1]
    arcs = [np.cumsum(part, axis=0) for part in np.split(steps, stops)]
    total = 0.0
    for rings in body["cells"]["rings"]:
        lines = [
            np.concatenate([arcs[r] if r >= 0 else arcs[~r][::-1] for r in ring]) for ring in rings
        ]
        polygon = shapely.Polygon(lines[0], lines[1:])
        assert polygon.is_valid
        total += polygon.area
    outside = [arc for arc, right in zip(arcs, body["arcs"]["right"], strict=True) if right < 0]
    outside += [arc for arc, left in zip(arcs, body["arcs"]["left"], strict=True) if left < 0]
    whole = shapely.get_parts(shapely.polygonize([shapely.LineString(arc) for arc in outside]))
    assert abs(shapely.area(whole).sum() - total) < 1e-6 * total


def test_a_stale_edit_is_answered_with_the_difference(desk, planner):
    plan = new_plan(desk, planner)
    base = f"/api/plans/{plan['plan']}"
    cells = desk.get(f"{base}/cells", headers=planner).json()["cells"]["id"]
    for revision, target in ((0, "-1"), (1, "-1")):
        desk.post(
            f"{base}/edits",
            json={"revision": revision, "cells": {target: cells[:3]}},
            headers=planner,
        )
    late = desk.post(
        f"{base}/edits", json={"revision": 1, "cells": {"1": cells[:1]}}, headers=planner
    )
    assert late.status_code == 409
    assert late.json()["code"] == "stale_revision"
    assert late.json()["difference"][0]["cell"] == cells[0]
    since = desk.get(f"{base}/edits?after=1", headers=planner).json()
    assert [item["revision"] for item in since["edits"]] == [2]


def test_cells_are_made_as_a_job(desk, planner, store):
    answer = desk.post("/api/cell-sets", json={"division": COMMUNITY}, headers=planner)
    job = finished(desk, answer, planner)
    assert job["state"] == "done"
    state = desk.get(f"/api/plans?division={COMMUNITY}", headers=planner).json()["cell_set"]
    assert not state["stale"]
    township = bearer(store, "planner", ["990101001"])
    refused = desk.post("/api/cell-sets", json={"division": COMMUNITY}, headers=township)
    assert refused.json()["code"] == "outside_area"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ([[100, 20], [100.1, 20]], "line_misses"),
        ([[117.3, 28.61], [117.3000001, 28.61]], "line_too_short"),
        (
            [[117.29, 28.60], [117.31, 28.62], [117.31, 28.60], [117.29, 28.62]],
            "line_crosses_itself",
        ),
        ([[1e308, 28.6], [117.3, 28.6]], "bad_line"),
    ],
)
def test_lines_that_cannot_cut_are_refused_in_words(desk, planner, line, code):
    plan = new_plan(desk, planner)
    answer = desk.post(
        f"/api/plans/{plan['plan']}/cuts", json={"revision": 0, "line": line}, headers=planner
    )
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_past_day_and_an_unapproved_plan_are_refused(desk, planner, store):
    plan = new_plan(desk, planner, OTHER)
    answer = desk.post(
        f"/api/plans/{plan['plan']}/publish", json={"effective_on": "2020-01-01"}, headers=planner
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "bad_step")
