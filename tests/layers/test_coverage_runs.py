"""Coverage as a use case: stored, repeatable, adding up, honest about what is missing."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from gis.coverage import STATUSES
from gis.errors import NotFoundError, RefusedInputError
from layers.db import Database
from layers.inputs import InputCache
from layers.question import Question
from layers.usecases.coverage import run_coverage
from layers.usecases.imports import ImportOptions, import_file
from layers.usecases.results import run_area, run_classes, write_buildings

ADDING_UP = (*STATUSES, "unplaced")


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> InputCache:
    return InputCache(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def run(sample_store: Database, cache: InputCache) -> dict:
    return run_coverage(sample_store, cache, Question())


def rows_of(run: dict) -> list[dict]:
    return [
        run["totals"],
        run["ungridded"],
        run["outside_communities"],
        *run["grids"],
        *run["communities"],
    ]


def test_households_add_up_in_every_row(run):
    for row in rows_of(run):
        assert row["households"] == sum(row[name] for name in ADDING_UP)
        assert row["buildings_total"] == sum(row[f"buildings_{name}"] for name in STATUSES)


@pytest.mark.parametrize("name", ["households", "buildings_total", *ADDING_UP, "within_radius"])
def test_grids_with_the_ungridded_and_communities_with_the_rest_make_the_total(run, name):
    total = run["totals"][name]
    assert sum(row[name] for row in run["grids"]) + run["ungridded"][name] == total
    assert sum(row[name] for row in run["communities"]) + run["outside_communities"][name] == total


def test_the_sample_shows_every_status(run):
    assert all(run["totals"][name] > 0 for name in ADDING_UP)
    assert 0.6 < run["totals"]["rate_walk"] < 0.9


def test_a_village_without_streets_is_no_network_and_not_unreachable(run):
    village = next(row for row in run["communities"] if row["completeness"]["no_network"])
    assert village["no_network"] == village["households"]
    assert village["unreachable"] == 0


def test_the_metres_implied_stand_beside_minutes_and_speed(run):
    assert run["parameters"]["walk_m"] == 1125
    assert run["inputs"]["households_to"] is not None
    assert run["inputs"]["households_source"]


def test_asked_again_it_is_the_stored_run(sample_store, cache, run):
    again = run_coverage(sample_store, cache, Question())
    assert again == run
    with sample_store.session() as session:
        assert (
            session.execute(
                text("SELECT count(*) FROM coverage_run WHERE id = :id"), {"id": run["run"]}
            ).scalar_one()
            == 1
        )


def test_another_home_and_process_give_the_same_run(sample_store, tmp_path, run):
    other = run_coverage(sample_store, InputCache(tmp_path), Question())
    assert other["run"] == run["run"]


def test_sliders_do_not_store_every_building_again(sample_store, cache, run):
    with sample_store.session() as session:
        before = session.execute(text("SELECT count(*) FROM coverage_building")).scalar_one()
    longer = run_coverage(sample_store, cache, Question(minutes=20, basis="registered"))
    with sample_store.session() as session:
        assert (
            session.execute(text("SELECT count(*) FROM coverage_building")).scalar_one() == before
        )
    assert longer["run"] != run["run"]


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ({"minutes": 10}, {"minutes": 15}),
        ({"speed_kmh": 3.6}, {"speed_kmh": 4.5}),
        ({"radius_m": 500}, {"radius_m": 900}),
    ],
)
def test_more_time_speed_or_radius_never_lowers_coverage(sample_store, cache, less, more):
    low = run_coverage(sample_store, cache, Question(**less))
    high = run_coverage(sample_store, cache, Question(**more))
    for a, b in zip(rows_of(low), rows_of(high), strict=True):
        assert a["within_walk"] <= b["within_walk"]
        assert a["within_radius"] <= b["within_radius"]


def test_the_curve_meets_the_figure_at_its_minute(run):
    assert run["curve"][15]["households"] == run["totals"]["within_walk"]


def test_buildings_as_csv_give_the_same_sums(sample_store, run, tmp_path):
    target = tmp_path / "buildings.csv"
    with sample_store.session() as session:
        count = write_buildings(session, run["run"], target)
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count == run["totals"]["buildings_total"]
    within = [row for row in rows if row["status"] == "within_walk"]
    assert sum(int(row["households"]) for row in within) == run["totals"]["within_walk"]
    assert all(float(row["walk_seconds"]) <= 900 for row in within)
    assert all(
        row["walk_seconds"] == "" for row in rows if row["status"] in {"unreachable", "no_network"}
    )


def test_the_drawn_area_holds_exactly_the_buildings_counted(sample_store, cache, run, tmp_path):
    area = json.loads(run_area(sample_store, cache, run["run"]))
    whole = shapely.from_geojson(json.dumps(area["features"][0]["geometry"]))
    assert whole.is_valid
    target = tmp_path / "b.csv"
    with sample_store.session() as session:
        write_buildings(session, run["run"], target)
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lon, lat = (np.array([float(row[name]) for row in rows]) for name in ("lon", "lat"))
    within = np.array([row["status"] == "within_walk" for row in rows])
    assert (shapely.contains_xy(whole, lon, lat) == within).mean() > 0.9995
    stations = [item for item in area["features"] if item["properties"]["kind"] == "station"]
    assert len(stations) == run["inputs"]["stations"]


def test_class_breaks_cover_every_grid(sample_store, run):
    with sample_store.session() as session:
        classes = run_classes(session, run["run"], "grids", "households_per_km2", "quantile", 5)
        with pytest.raises(RefusedInputError):
            run_classes(session, run["run"], "grids", "name", "quantile", 5)
        with pytest.raises(RefusedInputError):
            run_classes(session, run["run"], "planets", "households", "quantile", 5)
    assert sum(classes["counts"]) == len(run["grids"])


def test_a_grids_size_is_judged_by_a_rule_with_its_source(run):
    verdicts = {row["rule"]["verdict"] for row in run["grids"]}
    assert verdicts == {"in_band", "below", "above", "no_band"}
    assert all(row["rule"]["source"]["zh"] for row in run["grids"])


def test_a_question_about_one_township_is_about_its_communities_only(sample_store, cache, run):
    part = run_coverage(sample_store, cache, Question(division="990101102"))
    codes = {row["code"] for row in run["communities"] if row["code"].startswith("990101102")}
    assert {row["code"] for row in part["communities"]} == codes
    whole = {row["code"]: row for row in run["communities"]}
    for row in part["communities"]:
        assert row == whole[row["code"]]
    assert part["totals"]["households"] == sum(row["households"] for row in part["communities"])


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"minutes": 0}, "minutes"),
        ({"minutes": -5}, "minutes"),
        ({"minutes": float("nan")}, "minutes"),
        ({"speed_kmh": 0}, "speed_kmh"),
        ({"radius_m": 1e9}, "radius_m"),
        ({"basis": "people"}, "basis"),
        ({"detour_factor": 0.5}, "detour_factor"),
    ],
)
def test_a_question_without_sense_is_refused(wrong, word):
    with pytest.raises(RefusedInputError, match=word) as caught:
        Question(**wrong)
    assert caught.value.code == "bad_parameter"


def test_no_stations_of_a_category_is_said_with_what_there_is(sample_store, cache):
    with pytest.raises(RefusedInputError, match="clinic") as caught:
        run_coverage(sample_store, cache, Question(category="harbour"))
    assert caught.value.code == "no_stations"


def test_an_unknown_division_is_said(sample_store, cache):
    with pytest.raises(NotFoundError) as caught:
        run_coverage(sample_store, cache, Question(division="110101001"))
    assert caught.value.code == "unknown_division"


def test_an_empty_store_says_what_to_import(empty_store, tmp_path):
    with pytest.raises(RefusedInputError) as caught:
        run_coverage(empty_store, InputCache(tmp_path), Question())
    assert caught.value.code == "no_buildings"


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def test_stations_far_from_any_street_are_listed_and_not_fatal(empty_store, tmp_path):
    """A street in a town of three houses, and a station ten kilometres away."""
    street = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"class": "residential", "name": "一街"},
             "geometry": {"type": "LineString", "coordinates": [[117.0, 30.0], [117.01, 30.0]]}}
        ],
    }  # fmt: skip
    files = {
        "streets": write(tmp_path / "s.geojson", json.dumps(street)),
        "buildings": write(
            tmp_path / "b.csv",
            "code,lon,lat,resident,counted_on\nA,117.001,30.0001,10,2025-06-30\nB,117.009,30.0001,20,2025-06-30\n"
            "C,117.1,30.1,30,2025-06-30\n",
        ),
        "stations": write(
            tmp_path / "t.csv", "code,name,lon,lat\nS1,近,117.0,30.0\nS2,远,117.0,30.1\n"
        ),
    }
    with empty_store.session() as session:
        for kind, path in files.items():
            import_file(session, kind, path, ImportOptions())
    run = run_coverage(empty_store, InputCache(tmp_path / "home"), Question(minutes=5))
    assert {row["code"]: row["status"] for row in run["stations"]} == {
        "S1": "ok",
        "S2": "off_network",
    }
    assert run["warnings"][0]["items"] == ["S2"]
    assert run["totals"]["within_walk"] == 10
    assert run["totals"]["out_of_reach"] == 20
    assert run["totals"]["no_network"] == 30
    assert run["ungridded"]["households"] == 60
