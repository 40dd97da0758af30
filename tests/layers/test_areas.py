"""Where everything lies: told at import, made true when divisions move, and what is read for whom."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely
from sqlalchemy import create_engine, text

from gis.coverage import locate
from gis.errors import NotFoundError
from layers.areas import areas_due, below, codes_of, ids_of, region_of, roots_of
from layers.db import Database, revisions
from layers.features import feature_page
from layers.housekeeping import follow_date
from layers.input_rows import copy_frame
from layers.inputs import InputCache
from layers.question import Question
from layers.registry import layer
from layers.rights import Actor, RightsError, local_administrator
from layers.usecases.coverage import run_coverage
from layers.usecases.imports import ImportOptions, import_file
from layers.usecases.search import find
from tests.accounts import actor
from tests.conftest import fresh_copy


def square(west: float, south: float, size: float = 0.01) -> dict:
    return shapely.geometry.mapping(shapely.box(west, south, west + size, south + size))


def divisions(path, *rows: tuple[str, str, str, dict, str | None]) -> None:
    """Write divisions as (code, level, parent, geometry, valid_from)."""
    features = [
        {
            "type": "Feature",
            "geometry": geometry,
            "properties": {
                "code": code, "name": code, "level": level, "parent": parent,
                **({"valid_from": start} if start else {}),
            },
        }
        for code, level, parent, geometry, start in rows
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")


@pytest.fixture
def two_counties(empty_store: Database, tmp_path):
    """Two counties side by side, each with one township of two communities, and stations.

    ```
    117.00    117.01    117.02    117.03
      A1        A2    |   B1        B2      one building in each, one in county A outside
    ```
    """
    rows = []
    for county, west in (("990201", 117.00), ("990202", 117.02)):
        whole = shapely.box(west, 28.60, west + 0.02, 28.62)  # twice as high as its communities
        rows.append((county, "county", "", shapely.geometry.mapping(whole), None))
        rows.append((county + "001", "township", county, square(west, 28.60, 0.02), None))
        for number in (1, 2):
            code = f"{county}001{number:03d}"
            rows.append(
                (code, "community", county + "001", square(west + 0.01 * (number - 1), 28.60), None)
            )
    divisions(tmp_path / "d.geojson", *rows)
    lines = ["code,lon,lat,resident"]
    for name, lon, lat in (
        ("a1", 117.005, 28.605), ("a2", 117.015, 28.605), ("b1", 117.025, 28.605),
        ("b2", 117.035, 28.605), ("a0", 117.005, 28.6195), ("out", 117.1, 28.7),
    ):  # fmt: skip
        lines.append(f"{name},{lon},{lat},10")
    (tmp_path / "b.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (tmp_path / "s.csv").write_text("code,name,lon,lat\nS1,甲,117.019,28.605\n", "utf-8")
    with empty_store.session() as session:
        for kind, name in (
            ("divisions", "d.geojson"),
            ("buildings", "b.csv"),
            ("stations", "s.csv"),
        ):
            import_file(session, kind, tmp_path / name)
    return empty_store


def places(store: Database) -> dict[str, str | None]:
    with store.session() as session:
        rows = session.execute(
            text(
                "SELECT b.code, v.code AS place FROM building b LEFT JOIN division_version v "
                "ON v.division_id = b.division_id AND v.valid_to IS NULL"
            )
        )
        return {row.code: row.place for row in rows}


def test_every_building_carries_the_deepest_division_it_lies_in(two_counties):
    assert places(two_counties) == {
        "a1": "990201001001", "a2": "990201001002", "b1": "990202001001", "b2": "990202001002",
        "a0": "990201001", "out": None,
    }  # fmt: skip


def test_the_sample_countys_buildings_lie_where_the_figures_say(sample_store):
    with sample_store.session() as session:
        frame = copy_frame(
            session,
            "SELECT ST_X(b.geom) AS lon, ST_Y(b.geom) AS lat, v.code FROM building b "
            "JOIN division_version v ON v.division_id = b.division_id ORDER BY b.id",
            ("code",),
        )
        communities = copy_frame(
            session,
            "SELECT v.code, encode(ST_AsBinary(v.geom), 'hex') AS wkb FROM division_version v "
            "JOIN division d ON d.id = v.division_id AND d.level = 'community' ORDER BY v.code",
            ("code", "wkb"),
        )
    member = locate(
        frame[["lon", "lat"]].to_numpy(),
        np.asarray(shapely.from_wkb(communities["wkb"].to_numpy())),
    )
    inside = member >= 0
    assert inside.sum() > 3000
    assert (
        communities["code"].to_numpy()[member[inside]] == frame["code"].to_numpy()[inside]
    ).all()


def test_what_lies_in_no_division_is_seen_by_the_whole_store_alone(two_counties):
    def seen(who: Actor) -> set[str]:
        with two_counties.acting(who).session() as session:
            page = feature_page(session, layer("buildings"), None, 100, 0)
            return {item["properties"]["code"] for item in page["features"]}

    assert seen(local_administrator()) == {"a0", "a1", "a2", "b1", "b2", "out"}
    assert seen(actor(two_counties, "planner", ["990201"])) == {"a0", "a1", "a2"}
    assert seen(actor(two_counties, "planner", ["990201001"])) == {"a0", "a1", "a2"}
    assert seen(actor(two_counties, "planner", ["990202001002", "990201001001"])) == {"a1", "b2"}
    assert seen(replace(local_administrator(), role="auditor")) == set()


def test_divisions_that_move_take_buildings_and_their_counts_along(two_counties, tmp_path):
    before_revisions = {}
    with two_counties.session() as session:
        before_revisions = revisions(session)
    # A2 becomes B's: the township's border is drawn anew.
    divisions(
        tmp_path / "new.geojson",
        ("990201001002", "community", "990202001", square(117.01, 28.60), None),
    )
    with two_counties.session() as session:
        import_file(session, "divisions", tmp_path / "new.geojson")
    planner = actor(two_counties, "planner", ["990202"])
    with two_counties.acting(planner).session() as session:
        page = feature_page(session, layer("buildings"), None, 100, 0)
        counts = session.execute(text("SELECT count(*) FROM household_count")).scalar_one()
    assert {item["properties"]["code"] for item in page["features"]} == {"a2", "b1", "b2"}
    assert counts == 3
    divisions(
        tmp_path / "wide.geojson",
        ("990201001001", "community", "990201001", square(117.00, 28.60, 0.025), None),
    )
    with two_counties.session() as session:
        summary = import_file(session, "divisions", tmp_path / "wide.geojson")
        assert revisions(session)["buildings"] > before_revisions["buildings"]
    assert summary["updated"] == 1
    assert places(two_counties)["a0"] == "990201001001"


def test_a_version_that_comes_into_force_changes_who_sees_what_on_its_day(two_counties, tmp_path):
    assert follow_date(two_counties) == ()
    divisions(
        tmp_path / "later.geojson",
        ("990201001001", "community", "990201001", square(117.00, 28.60, 0.0195), "2999-01-01"),
    )
    with two_counties.session() as session:
        import_file(session, "divisions", tmp_path / "later.geojson")
    assert places(two_counties)["a2"] == "990201001002"
    engine = create_engine(two_counties.url_for("owner"))
    with engine.begin() as owner:  # the day has come
        for statement in (
            "UPDATE division_version SET valid_from = '2020-01-01' WHERE valid_from <= current_date",
            "UPDATE division_version SET valid_to = current_date WHERE valid_to = '2999-01-01'",
            "UPDATE division_version SET valid_from = current_date WHERE valid_from = '2999-01-01'",
            "UPDATE store SET areas_on = current_date - 1",
        ):
            owner.execute(text(statement))
    engine.dispose()
    with two_counties.session() as session:
        assert areas_due(session)
    assert set(follow_date(two_counties)) == {"buildings", "households", "stations"}
    with two_counties.session() as session:
        assert not areas_due(session)
    assert places(two_counties)["a2"] == "990201001001"  # the lower code has what two share


def test_a_question_reads_whole_counties_and_is_about_its_divisions(two_counties, tmp_path):
    with two_counties.session() as session:
        ids = ids_of(session, ["990201", "990201001", "990201001001", "990202001002"])
        county = below(session, [ids["990201"]])
        assert region_of(session, [ids["990201001001"]]) == county
        both = region_of(session, [ids["990201001001"], ids["990202001002"]])
        assert both == county | below(session, ids_of(session, ["990202"]).values())
        assert region_of(session, None) is None
        assert codes_of(session, [ids["990201001"], ids["990201"]]) == ["990201", "990201001"]
    cache = InputCache(tmp_path / "home")
    runs = {}
    for codes in (["990201001001"], ["990201"], None):
        asking = two_counties.acting(actor(two_counties, "analyst", codes))
        runs[str(codes)] = run_coverage(asking, cache, Question(division="990201001001"))
    first, *others = runs.values()
    assert all(other == first for other in others)
    assert (first["totals"]["households"], first["totals"]["buildings_total"]) == (10, 1)
    whole = run_coverage(two_counties, cache, Question())
    assert (whole["totals"]["households"], whole["parameters"]["division"]) == (60, None)
    county = run_coverage(
        two_counties.acting(actor(two_counties, "analyst", ["990201"])), cache, Question()
    )
    assert county["totals"]["households"] == 30
    assert county["outside_communities"]["households"] == 10
    assert [row["code"] for row in county["communities"]] == ["990201001001", "990201001002"]


def test_a_question_about_several_divisions_names_them_in_one_order(two_counties, tmp_path):
    cache = InputCache(tmp_path / "home")
    one = run_coverage(two_counties, cache, Question(division="990202001002, 990201001001"))
    other = run_coverage(two_counties, cache, Question(division="990201001001,990202001002"))
    assert one["run"] == other["run"]
    assert one["parameters"]["division"] == "990201001001,990202001002"
    assert one["totals"]["households"] == 20


def test_an_account_without_divisions_and_a_division_outside_are_refused(two_counties, tmp_path):
    cache = InputCache(tmp_path / "home")
    analyst = actor(two_counties, "analyst", ["990201"])
    with pytest.raises(RightsError) as caught:
        run_coverage(two_counties.acting(analyst), cache, Question(division="990202001001"))
    assert caught.value.code == "outside_area"
    nowhere = replace(analyst, area=frozenset(), roots=())
    with pytest.raises(RightsError):
        run_coverage(two_counties.acting(nowhere), cache, Question())
    with two_counties.session() as session, pytest.raises(NotFoundError):
        roots_of(session, analyst, "nowhere")
    with two_counties.session() as session, pytest.raises(NotFoundError):
        roots_of(session, analyst, " , ")


def test_search_finds_buildings_of_the_area_and_the_map_of_all(sample_store):
    inner = actor(sample_store, "analyst", ["990101001003"])
    with sample_store.acting(inner).session() as session:
        assert [item["code"] for item in find(session, "西山社区", 5)][:1] == ["990101102001"]
        assert find(session, "990101102001B0001", 5) == []
        assert find(session, "990101001003B0001", 5)[0]["kind"] in {"building", "address"}
    with sample_store.session() as session:
        everywhere = find(session, "西山", 50)
    with sample_store.acting(inner).session() as session:
        own = find(session, "西山", 50)
    assert {item["kind"] for item in own} <= {"community", "division", "grid", "station", "street"}
    assert len(own) < len(everywhere)


def test_only_who_answers_for_the_whole_store_changes_the_shared_map(cluster, tmp_path):
    divisions(tmp_path / "d.geojson", ("990201", "county", "", square(117.0, 28.6), None))
    streets = tmp_path / "s.geojson"
    line = {"type": "LineString", "coordinates": [[117.001, 28.601], [117.002, 28.602]]}
    feature = {"type": "Feature", "geometry": line, "properties": {"class": "residential"}}
    streets.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    with fresh_copy(cluster, "wangge_test_shared_map") as store:
        with store.session() as session:
            import_file(session, "divisions", tmp_path / "d.geojson")
        planner = store.acting(actor(store, "planner", ["990201"]))
        for kind, path in (("divisions", tmp_path / "d.geojson"), ("streets", streets)):
            divisions(
                tmp_path / "d.geojson", ("990201", "county", "", square(117.0, 28.6, 0.02), None)
            )
            with pytest.raises(RightsError) as caught, planner.session() as session:
                import_file(session, kind, path, ImportOptions())
            assert caught.value.code == "outside_area"
