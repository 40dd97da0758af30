"""The service over HTTP: what is answered, and how refusals look."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import text

from api.schemas.locate import Located
from layers.registry import LAYERS
from layers.rights import Right
from tests import mvt
from tests.api.conftest import finished
from tests.mvt import tile_of

PROBLEM = {"type", "title", "status", "code", "detail", "faults"}


def test_health_names_the_database_and_the_store(client):
    answer = client.get("/api/health").json()
    assert answer["status"] == "ok"
    assert answer["database"].startswith("PostGIS 3")
    assert answer["store"] == {"sample": True, "empty": False}


def test_the_overview_is_enough_to_start_the_page(client):
    found = client.get("/api/overview").json()
    assert found["extent"][0] < 117.3 < found["extent"][2]
    assert {item["level"] for item in found["divisions"]} == {"county", "township", "community"}
    assert found["categories"][0]["code"] == "service_station"
    assert {item["code"] for item in found["bases"]} == {"resident", "registered", "planned"}
    assert found["map_review_number"] == "GS(2025)0000号"
    assert set(found["counts"]) == {layer.name for layer in LAYERS}


def test_a_question_becomes_a_job_and_then_a_stored_run(client):
    asked = client.post("/api/coverage/runs", json={"minutes": 11})
    assert asked.status_code == 202
    job = finished(client, asked)
    assert (job["state"], job["percent"]) == ("done", 100)
    run = client.get(f"/api/coverage/runs/{job['run']}").json()
    assert run["parameters"]["walk_m"] == 825
    again = client.post("/api/coverage/runs", json={"minutes": 11})
    assert (again.status_code, again.json()["run"]) == (200, job["run"])


def test_a_question_that_fails_says_why_in_the_job(client):
    job = finished(client, client.post("/api/coverage/runs", json={"category": "harbour"}))
    assert job["state"] == "failed"
    assert job["error"]["code"] == "no_stations"


@pytest.mark.parametrize(
    "body",
    [
        {"minutes": 0},
        {"radius_m": 0},
        {"minutes": "soon"},
        {"basis": "people"},
        {"radius_m": -1},
        {"colour": "red"},
        [],
        "x",
    ],
)
def test_a_bad_question_is_a_problem_with_every_fault(client, body):
    answer = client.post("/api/coverage/runs", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == PROBLEM
    assert answer.json()["code"] == "bad_parameter"
    assert answer.json()["faults"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/coverage/runs/0000000000", 404, "unknown_run"),
        ("/api/coverage/runs/0000000000/area", 404, "unknown_run"),
        ("/api/coverage/runs/0000000000/report.html", 404, "unknown_run"),
        ("/tiles/coverage/0000000000/14/1/1.mvt", 404, "unknown_run"),
        ("/api/jobs/nobody", 404, "unknown_job"),
        ("/api/jobs/00000000-0000-0000-0000-000000000000", 404, "unknown_job"),
        ("/api/layers/secrets/features", 404, "unknown_layer"),
        ("/api/layers/grids/features?bbox=1,2,3", 422, "bad_bbox"),
        ("/api/layers/grids/features?bbox=9,9,1,1", 422, "bad_bbox"),
        ("/api/layers/grids/features?bbox=a,b,c,d", 422, "bad_bbox"),
        ("/api/layers/grids/features?bbox=nan,0,1,1", 422, "bad_bbox"),
        ("/api/layers/grids/features?limit=0", 422, "bad_parameter"),
        ("/tiles/secrets/1/0/0.mvt", 404, "unknown_layer"),
        ("/tiles/grids,secrets/1/0/0.mvt", 404, "unknown_layer"),
        ("/tiles/grids,/1/0/0.mvt", 404, "unknown_layer"),
        ("/tiles/grids/3/9/0.mvt", 422, "bad_tile"),
        ("/tiles/grids/99/0/0.mvt", 422, "bad_tile"),
        ("/api/buildings/nowhere", 404, "unknown_building"),
        ("/api/nothing", 404, "not_found"),
    ],
)
def test_what_does_not_exist_is_said_with_a_stable_code(client, path, status, code):
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == PROBLEM


def test_an_unexpected_error_tells_nothing_about_the_inside(client, monkeypatch):
    from layers.usecases import overview

    def broken(_session):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(overview, "overview", broken)
    answer = client.get("/api/overview")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "secret" not in answer.text


@pytest.mark.parametrize("layer", [layer.name for layer in LAYERS])
def test_every_layer_is_listed_paged_and_counted(client, layer):
    page = client.get(f"/api/layers/{layer}/features", params={"limit": 3}).json()
    assert page["numberMatched"] >= page["numberReturned"] == len(page["features"]) <= 3
    listed = {item["name"]: item for item in client.get("/api/layers").json()}
    assert listed[layer]["count"] == page["numberMatched"]
    for feature in page["features"]:
        assert list(feature["properties"]) == listed[layer]["fields"]


def test_pages_together_are_the_layer(client):
    whole = client.get("/api/layers/stations/features").json()["features"]
    parts = [
        feature
        for offset in range(0, len(whole) + 10, 10)
        for feature in client.get(
            "/api/layers/stations/features", params={"limit": 10, "offset": offset}
        ).json()["features"]
    ]
    assert parts == whole


@pytest.mark.parametrize(
    "layer", ["land_cover", "buildings", "streets", "divisions", "grids", "stations"]
)
def test_tiles_carry_the_registrys_columns(client, layer):
    x, y = tile_of(117.3128, 28.6056, 14)
    answer = client.get(f"/tiles/{layer}/14/{x}/{y}.mvt")
    assert answer.status_code == 200
    found = mvt.decode(answer.content)
    assert set(found) == {layer}
    fields = next(item.fields for item in LAYERS if item.name == layer)
    assert all(set(feature) <= set(fields) for feature in found[layer])
    assert found[layer]


def test_several_layers_make_one_tile_which_changes_when_one_of_them_does(client, sample_store):
    from layers.db import touch

    x, y = tile_of(117.3128, 28.6056, 14)
    names = ["streets", "grids", "stations"]
    alone = [client.get(f"/tiles/{name}/14/{x}/{y}.mvt") for name in names]
    url = f"/tiles/{','.join([*names, 'grids'])}/14/{x}/{y}.mvt"
    together = client.get(url)
    assert together.content == b"".join(answer.content for answer in alone)
    known = {"If-None-Match": together.headers["etag"]}
    assert client.get(url, headers=known).status_code == 304
    with sample_store.session() as session:
        touch(session, "grids")
    assert client.get(url, headers=known).status_code == 200


def test_a_tile_is_asked_for_again_and_sent_only_when_it_changed(client):
    x, y = tile_of(117.3128, 28.6056, 14)
    first = client.get(f"/tiles/grids/14/{x}/{y}.mvt")
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(
        f"/tiles/grids/14/{x}/{y}.mvt", headers={"If-None-Match": first.headers["etag"]}
    )
    assert again.status_code == 304


def test_a_change_is_seen_at_once_through_tiles_and_features(client, sample_store):
    """Stale tiles after a write are the oldest bug of map servers."""
    from layers.db import touch

    x, y = tile_of(117.3128, 28.6056, 14)
    url = f"/tiles/stations/14/{x}/{y}.mvt"
    before = client.get(url)
    try:
        with sample_store.session() as session:
            session.execute(text("UPDATE station SET name = name || '*'"))
            touch(session, "stations")
        after = client.get(url, headers={"If-None-Match": before.headers["etag"]})
        assert after.status_code == 200
        assert any(item["name"].endswith("*") for item in mvt.decode(after.content)["stations"])
    finally:
        with sample_store.session() as session:
            session.execute(text("UPDATE station SET name = rtrim(name, '*')"))
            touch(session, "stations")


def test_coverage_tiles_say_each_buildings_status(client, run_id):
    x, y = tile_of(117.3128, 28.6056, 14)
    found = mvt.decode(client.get(f"/tiles/coverage/{run_id}/14/{x}/{y}.mvt").content)["coverage"]
    assert {item["status"] for item in found} >= {"within_walk"}
    assert all({"code", "households", "status"} <= set(item) for item in found)


def test_the_area_is_geojson_with_one_feature_per_station(client, run_id):
    answer = client.get(f"/api/coverage/runs/{run_id}/area")
    assert answer.headers["content-type"] == "application/geo+json"
    kinds = [item["properties"]["kind"] for item in answer.json()["features"]]
    assert kinds[0] == "dissolved"
    assert set(kinds[1:]) == {"station"}


def test_a_buildings_card_has_its_counts_and_its_walk(client, run_id):
    page = client.get("/api/layers/buildings/features", params={"limit": 1}).json()
    code = page["features"][0]["properties"]["code"]
    card = client.get(f"/api/buildings/{code}", params={"run": run_id}).json()
    assert card["code"] == code
    assert card["coverage"]["status"] in {
        "within_walk",
        "out_of_reach",
        "unreachable",
        "no_network",
    }


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("桥西社区", "桥西社区"),
        ("桥西", "桥西社区"),
        ("qxsq", "桥西社区"),
        ("qiaoxi", "桥西社区"),
        ("990101001003", "桥西社区"),
    ],
)
def test_search_finds_by_name_initials_pinyin_and_code(client, query, first):
    found = client.get("/api/search", params={"q": query}).json()["results"]
    assert found[0]["name"] == first
    assert found[0]["kind"] == "community"


@pytest.mark.parametrize(
    "query", ["", "   ", "%", "_", "\\", "' OR 1=1 --", "\x00", "🙂", "a" * 100]
)
def test_search_survives_every_text_and_finds_nothing_by_wildcards(client, query):
    answer = client.get("/api/search", params={"q": query})
    assert answer.status_code == 200
    assert answer.json()["results"] == []


def test_a_position_is_answered_in_the_words_of_the_schema(client):
    for asked in ("", "&accuracy_m=5", "&accuracy_m=4000", "&as_of=2026-11-01"):
        got = client.get(f"/api/locate?lon=117.35&lat=28.62{asked}")
        assert got.status_code == 200
        assert got.headers["cache-control"] == "private, no-store"
        assert got.content == Located.model_validate_json(got.content).model_dump_json().encode()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("lon=117.35&lat=28.62&accuracy=20", "accuracy"),
        ("lon=117.35&lat=28.62&datum=bd09", "datum"),
    ],
)
def test_a_misspelt_name_is_no_exact_position(client, asked, words):
    refused = client.get(f"/api/locate?{asked}")
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_parameter")
    assert words in refused.json()["detail"]


def test_metrics_count_routes_not_addresses(client, operator):
    client.get("/api/jobs/one")
    client.get("/api/jobs/two")
    shown = client.get("/metrics", headers=operator).text
    assert "/api/jobs/{job_id}" in shown
    assert "/api/jobs/one" not in shown
    assert 'wangge_requests_total{route="/api/jobs/{job_id}",status="404"}' in shown


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_is_one_file_that_asks_nobody(client, run_id, lang):
    answer = client.get(f"/api/coverage/runs/{run_id}/report.html", params={"lang": lang})
    assert answer.status_code == 200
    page = answer.text
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=[\"']?(https?:)?//", page)
    assert "@import" not in page
    assert "GS(2025)0000号" in page
    assert (
        client.get(f"/api/coverage/runs/{run_id}/report.html", params={"lang": lang}).text == page
    )


@pytest.mark.parametrize("ending", ["docx", "xlsx"])
def test_office_files_are_downloads_and_equal_every_time(client, run_id, ending):
    path = f"/api/coverage/runs/{run_id}/report.{ending}"
    answer = client.get(path, params={"lang": "en", "rules": "general"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats")
    name = f'attachment; filename="report-{run_id}.{ending}"'
    assert answer.headers["content-disposition"] == name
    assert answer.content.startswith(b"PK")
    assert client.get(path, params={"lang": "en", "rules": "general"}).content == answer.content


@pytest.mark.parametrize("ending", ["html", "docx", "xlsx"])
def test_reports_with_rules_or_runs_nobody_knows_are_refused(client, run_id, ending):
    def refusal(run, **params):
        answer = client.get(f"/api/coverage/runs/{run}/report.{ending}", params=params)
        return answer.status_code, answer.json()["code"]

    assert refusal(run_id, rules="no-such-set") == (404, "unknown_rules")
    assert refusal(run_id, rules="../etc") == (422, "bad_parameter")
    assert refusal(run_id, lang="fr") == (422, "bad_parameter")
    assert refusal("0000000000") == (404, "unknown_run")


def test_a_job_can_be_cancelled_and_stores_nothing(client, sample_store, operator):
    from threading import Event

    jobs = client.app.state.services.jobs
    started, go_on = Event(), Event()

    def work(_store, progress):
        started.set()
        go_on.wait(10)
        for percent in range(100):
            import time

            time.sleep(0.11)
            progress(percent, "working")
        return "never"

    job = jobs.submit(sample_store, "test", {}, Right.COMPUTE, work)
    started.wait(10)
    answer = client.delete(f"/api/jobs/{job['id']}", headers=operator)
    go_on.set()
    assert answer.status_code == 200
    end = finished(client, answer, operator)
    assert end["state"] == "cancelled"
    assert end["run"] is None


def test_a_job_whose_process_died_is_not_shown_as_running_for_ever(client, sample_store, operator):
    with sample_store.session() as session:
        session.execute(
            text(
                "INSERT INTO job (id, kind, parameters, state, heartbeat_at, actor) VALUES "
                "('11111111-1111-1111-1111-111111111111', 'coverage', '{}', 'running', now() - interval '1 hour', "
                "current_setting('wangge.actor'))"
            )
        )
    job = client.get("/api/jobs/11111111-1111-1111-1111-111111111111", headers=operator).json()
    assert (job["state"], job["error"]["code"]) == ("failed", "job_lost")


def test_the_openapi_document_describes_every_answer(client):
    document = client.get("/openapi.json").json()
    assert json.dumps(document)
    for path, methods in document["paths"].items():
        for method in methods.values():
            assert method.get("description") or method.get("summary"), path


@pytest.mark.parametrize("query", ["S001", "s001"])
def test_search_finds_codes_in_capitals_however_typed(client, query):
    found = client.get("/api/search", params={"q": query}).json()["results"]
    assert (found[0]["kind"], found[0]["code"]) == ("station", "S001")


def test_the_source_of_the_streets_is_named_on_page_and_report(client, run_id):
    named = client.get("/api/overview").json()["attribution"]
    assert named[-1] == "样例"
    assert "合成示例数据" in named[0]
    assert named[0] in client.get(f"/api/coverage/runs/{run_id}/report.html").text


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\n", "\ud83d"])
def test_texts_no_database_keeps_are_refused(client, text):
    body = json.dumps({"category": text})
    answer = client.post(
        "/api/coverage/runs", content=body, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_parameter")


def test_a_building_code_no_database_keeps_is_refused(client):
    answer = client.get("/api/buildings/a%00b")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_value")
