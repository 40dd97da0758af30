"""Every kind goes in, a second time changes nothing, and what changed is counted."""

import pytest
from sqlalchemy import text

from gis.errors import RefusedInputError
from layers.db import revisions
from layers.usecases.imports import IMPORTERS, ImportOptions, import_file, upsert
from tests.conftest import shared
from tests.layers.imports_store import rows, table_counts
from tests.layers.io.files import geojson, line, point, polygon, shapefile, table, town

STATIONS = "code,name,category,status,lon,lat\nS1,一站,clinic,open,117.301,28.6\n"


def _divisions(tmp_path, name="divisions.geojson", **changes):
    return geojson(
        tmp_path / name,
        polygon(0, 0, 4, code="990101", name="青石县"),
        polygon(0, 0, 4, code="990101001", name="东街街道"),
        polygon(0, 0, 2, code="990101001001", name=changes.get("west", "西社区"), kind="urban"),
        polygon(2, 0, 2, code="990101001002", name="东社区", kind="农村社区"),
    )


def _buildings(tmp_path):
    return geojson(
        tmp_path / "buildings.geojson",
        polygon(0.2, 0.2, 0.4, code="B1", kind="住宅", floors=6, estate="E1", building_no="1幢"),
        point(2.5, 0.5, code="B2", kind="学校", floors=4),
    )


FILES = {
    "streets": lambda folder: town().write(folder / "town.osm"),
    "divisions": _divisions,
    "estates": lambda folder: geojson(
        folder / "estates.geojson", polygon(0, 0, code="E1", name="青石园", gated="是")
    ),
    "villager_groups": lambda folder: geojson(
        folder / "groups.geojson", point(3, 1, name="一组", community="东社区")
    ),
    "office_areas": lambda folder: geojson(
        folder / "police.geojson",
        polygon(0, 0, code="P1", name="东街一警区", category="警务区", office="东街派出所"),
    ),
    "buildings": _buildings,
    "households": lambda folder: table(
        folder / "households.csv",
        "building,registered,resident,counted_on,source\nB1,40,36,2025-06-30,台账\n",
    ),
    "addresses": lambda folder: table(
        folder / "addresses.csv", "地址,building,lon,lat\n人民路1号,B1,,\n人民路2号,,117.302,28.6\n"
    ),
    "stations": lambda folder: table(folder / "stations.csv", STATIONS),
    "assets": lambda folder: table(
        folder / "assets.csv",
        "部件编码,部件名称,小类名称,部件状态,经度,纬度\nA1,人民路灯 1,路灯,完好,117.301,28.6\n",
    ),
    "organisations": lambda folder: table(
        folder / "organisations.csv",
        "统一社会信用代码,单位名称,单位类别,单位电话,lon,lat\n"
        "91000000000000001X,示例便民超市,商户,000-0000-0002,117.302,28.6\n",
    ),
    "grids": lambda folder: geojson(
        folder / "grids.geojson",
        polygon(0, 0, 2, code="990101001001001", name="第一网格", valid_from="2024-01-01"),
    ),
    "workers": lambda folder: table(
        folder / "workers.csv",
        "姓名,工作电话,岗位,网格编码,valid_from\n示例网格员 01,000-0000-0001,网格长,990101001001001,2024-01-01\n",
    ),
}


@pytest.fixture
def county(session, tmp_path):
    for kind, make in FILES.items():
        import_file(session, kind, make(tmp_path))
    return session


def test_every_kind_can_be_imported_in_the_order_of_the_list(session, tmp_path) -> None:
    assert list(FILES) == list(IMPORTERS)
    for kind, make in FILES.items():
        summary = import_file(session, kind, make(tmp_path))
        assert summary["kind"] == kind
        assert summary["added"] > 0, kind
        assert summary["updated"] == summary["removed"] == 0, kind
        # Streets bring some buildings, and divisions decide who sees them.
        expected = {"divisions": 2, "buildings": 3}.get(kind, 1)
        assert summary["revision"] == expected, kind


def test_a_second_import_changes_nothing(county, tmp_path) -> None:
    before, counted = table_counts(county), revisions(county)
    for kind, make in FILES.items():
        summary = import_file(county, kind, make(tmp_path))
        assert summary["added"] == summary["updated"] == summary["removed"] == 0, kind
        assert summary["unchanged"] > 0, kind
        assert summary["revision"] is None, kind
    assert table_counts(county) == before
    assert revisions(county) == counted


def test_a_dry_run_counts_and_stores_nothing(session, tmp_path) -> None:
    before = table_counts(session)
    for kind in ("streets", "divisions", "buildings", "stations"):
        summary = import_file(session, kind, FILES[kind](tmp_path), ImportOptions(dry_run=True))
        assert summary["added"] > 0
        assert summary["dry_run"]
        assert summary["revision"] is None
    assert table_counts(session) == before


def test_divisions_know_their_level_parent_and_zone(county) -> None:
    found = rows(
        county,
        "SELECT v.code, d.level, p.code, v.kind, v.metric_crs FROM division_version v "
        "JOIN division d ON d.id = v.division_id "
        "LEFT JOIN division_version p ON p.division_id = v.parent_id ORDER BY v.code",
    )
    assert found == [
        ("990101", "county", None, None, "EPSG:4548"),
        ("990101001", "township", "990101", None, None),
        ("990101001001", "community", "990101001", "urban", None),
        ("990101001002", "community", "990101001", "rural", None),
    ]


def test_names_of_communities_become_codes(county) -> None:
    assert rows(county, "SELECT code, name, community FROM villager_group") == [
        ("一组", "一组", "990101001002")
    ]
    assert rows(county, "SELECT gated FROM estate") == [(True,)]


def test_buildings_keep_their_footprint_and_a_point_inside(county) -> None:
    found = rows(
        county,
        "SELECT code, kind, floors, footprint IS NULL, "
        "coalesce(ST_Within(geom, footprint), true) FROM building WHERE dataset = 'buildings' "
        "ORDER BY code",
    )
    assert found == [("B1", "residential", 6, False, True), ("B2", "public", 4, True, True)]


def test_an_address_without_coordinates_lies_on_its_building(county) -> None:
    found = rows(
        county,
        "SELECT a.text, ST_Distance(a.geom, b.geom) FROM address a, building b "
        "WHERE b.code = 'B1' AND a.building = 'B1'",
    )
    assert found == [("人民路1号", 0.0)]


def test_grids_belong_to_the_community_of_their_code(county) -> None:
    found = rows(
        county,
        "SELECT g.code, v.code, g.valid_from::text FROM grid_version g JOIN grid i ON i.id = g.grid_id "
        "JOIN division_version v ON v.division_id = i.community_id",
    )
    assert found == [("990101001001001", "990101001001", "2024-01-01")]
    assert rows(
        county, "SELECT w.name, p.post FROM posting p JOIN worker w ON w.id = p.worker_id"
    ) == [("示例网格员 01", "网格长")]


def test_a_change_is_counted_and_other_columns_stay(county, tmp_path) -> None:
    text_ = "code,category,lon,lat\nS1,clinic,117.3011,28.6\nS2,police,117.302,28.6\n"
    summary = import_file(county, "stations", table(tmp_path / "stations.csv", text_))
    assert (summary["added"], summary["updated"], summary["unchanged"]) == (1, 1, 0)
    assert rows(county, "SELECT code, name FROM station ORDER BY code") == [
        ("S1", "一站"),
        ("S2", None),
    ]
    assert summary["revision"] == 2


def test_replace_removes_what_the_file_no_longer_has(county, tmp_path) -> None:
    other = table(tmp_path / "other.csv", "code,category,lon,lat\nS9,clinic,117.3,28.6\n")
    import_file(county, "stations", other)
    path = table(tmp_path / "stations.csv", "code,category,lon,lat\nS2,clinic,117.3,28.6\n")
    summary = import_file(county, "stations", path, ImportOptions(replace=True))
    assert (summary["added"], summary["removed"]) == (1, 1)
    assert rows(county, "SELECT code FROM station ORDER BY code") == [("S2",), ("S9",)]


def test_counts_of_a_vanished_building_stay_as_unplaced(county, tmp_path) -> None:
    path = geojson(
        tmp_path / "buildings.geojson", point(2.5, 0.5, code="B2", kind="学校", floors=4)
    )
    summary = import_file(county, "buildings", path, ImportOptions(replace=True))
    assert summary["removed"] == 1
    found = rows(county, "SELECT building_id, community, place, resident FROM household_count")
    assert found == [(None, "990101001001", "B1", 36)]


def test_figures_beside_buildings_become_counts(session, tmp_path) -> None:
    path = geojson(
        tmp_path / "b.geojson",
        polygon(0, 0, 0.2, code="B1", resident=30, registered=28, counted_on="2025-01-01"),
        polygon(1, 0, 0.2, code="B2"),
    )
    summary = import_file(session, "buildings", path)
    assert summary["households"]["added"] == 1
    assert rows(session, "SELECT resident, registered, counted_on::text FROM household_count") == [
        (30, 28, "2025-01-01")
    ]
    again = import_file(session, "buildings", path)
    assert again["updated"] == 0
    assert again["revision"] is None


def test_codes_are_made_where_a_file_has_none(session, tmp_path) -> None:
    shapefile(
        tmp_path / "houses.shp", [polygon(0, 0, 0.2, name="甲"), polygon(1, 0, 0.2, name="甲")]
    )
    summary = import_file(session, "buildings", tmp_path / "houses.shp")
    assert rows(session, "SELECT code FROM building ORDER BY code") == [
        ("houses:1",),
        ("houses:2",),
    ]
    assert any("no column of codes" in note for note in summary["notes"])


def test_a_line_layer_joins_at_shared_vertices_but_not_under_a_bridge(session, tmp_path) -> None:
    path = geojson(
        tmp_path / "roads.geojson",
        line((0, 1), (1, 1), (2, 1), name="人民路", 类型="主干路"),
        line((1, 0), (1, 1), bridge=0),
        line((2, 1), (3, 1), (4, 1), bridge=1),
    )
    summary = import_file(session, "streets", path)
    assert summary["network"]["edges"] == 4
    assert summary["network"]["pieces"] == 1
    found = rows(session, "SELECT street_class, name, bridge FROM street_edge ORDER BY no")
    assert found[0] == ("primary", "人民路", False)
    assert found[-1] == ("road", None, True)


def test_a_bridge_over_the_middle_of_a_street_does_not_join_it(session, tmp_path) -> None:
    path = geojson(
        tmp_path / "roads.geojson",
        line((0, 1), (1, 1), (2, 1)),
        line((1, 0), (1, 1), (1, 2), bridge=True),
    )
    assert import_file(session, "streets", path)["network"]["pieces"] == 2


def test_ends_that_touch_a_line_between_its_vertices_are_noted(session, tmp_path) -> None:
    roads = geojson(tmp_path / "roads.geojson", line((0, 0), (2, 0)), line((1, 0), (1, 1)))
    summary = import_file(session, "streets", roads)
    assert any(note.startswith("1 street ends touch") for note in summary["notes"])
    joined = geojson(tmp_path / "roads.geojson", line((0, 0), (1, 0), (2, 0)), line((1, 0), (1, 1)))
    assert import_file(session, "streets", joined)["notes"] == []


def test_villages_of_a_real_topology_find_their_towns(session) -> None:
    path = shared("tw-villages/villages-10t.json")
    towns = ImportOptions(
        layer="towns",
        fields={"code": "TOWNCODE", "name": "TOWNNAME"},
        constants={"level": "township", "valid_from": "2021-09-20"},
    )
    villages = ImportOptions(
        layer="villages",
        fields={"code": "VILLCODE", "name": "VILLNAME"},
        constants={"level": "community", "valid_from": "2021-09-20"},
        repair=True,
    )
    assert import_file(session, "divisions", path, towns)["added"] == 368
    summary = import_file(session, "divisions", path, villages)
    assert summary["added"] == summary["read"] == 7701
    orphans = "SELECT count(*) FROM division_version WHERE parent_id IS NULL AND length(code) > 8"
    assert rows(session, orphans) == [(0,)]


def test_unknown_kinds_are_refused(session, tmp_path) -> None:
    with pytest.raises(RefusedInputError) as caught:
        import_file(session, "dragons", tmp_path / "x.csv")
    assert caught.value.code == "unknown_kind"


def test_temporary_tables_are_gone(county) -> None:
    left = county.execute(text("SELECT count(*) FROM pg_class WHERE relpersistence = 't'"))
    assert left.scalar_one() == 0


def test_unknown_station_categories_are_kept_and_told(session, tmp_path) -> None:
    text = "code,category,lon,lat\n" + "".join(
        f"S{i},{category},117.3{i},28.6\n"
        for i, category in enumerate(["卫生站", "clnic", "clnic", "图书馆", "market"])
    )
    summary = import_file(session, "stations", table(tmp_path / "s.csv", text))
    known = "service_station, clinic, elderly_care, kindergarten, market, police"
    assert [note for note in summary["notes"] if note.startswith("category")] == [
        f"category 'clnic' is not one of {known}; kept as its own (2 stations)",
        f"category '图书馆' is not one of {known}; kept as its own (1 station)",
    ]
    assert rows(session, "SELECT DISTINCT category FROM station ORDER BY category") == [
        ("clinic",),
        ("clnic",),
        ("market",),
        ("图书馆",),
    ]


def test_many_buildings_are_stored_in_slices_that_show_progress(
    session, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(upsert, "SLICED_FROM", 1000)
    monkeypatch.setattr(upsert, "TOLD_EVERY", 500)
    features = [point(i % 60, i // 60, code=f"B{i}", resident=i % 7) for i in range(3000)]
    import_file(session, "buildings", geojson(tmp_path / "some.geojson", *features[:10]))
    steps: list[tuple[int, str]] = []
    summary = import_file(
        session,
        "buildings",
        geojson(tmp_path / "some.geojson", *features),
        ImportOptions(),
        lambda percent, step: steps.append((percent, step)),
    )
    assert summary["added"] == 2990
    assert rows(session, "SELECT count(*), count(DISTINCT code) FROM building") == [(3000, 3000)]
    assert [percent for percent, _ in steps] == sorted(percent for percent, _ in steps)
    assert "stored 2,990 of 2,990" in {step for _, step in steps}
    assert sum(step.startswith("sent") for _, step in steps) >= 8
    again = import_file(session, "buildings", tmp_path / "some.geojson")
    assert (again["added"], again["updated"], again["unchanged"]) == (0, 0, 3000)


def test_organisations_without_a_code_are_numbered_beside_those_that_have_one(county, tmp_path):
    rows = table(
        tmp_path / "shops.csv",
        "统一社会信用代码,单位名称,单位类别,lon,lat\n"
        "91000000000000002X,示例饭店,商户,117.302,28.6\n,示例修车铺,商户,117.3021,28.6\n",
    )
    done = import_file(county, "organisations", rows)
    assert any("1 rows without a code are numbered" in note for note in done["notes"])
    codes = county.execute(
        text("SELECT code FROM organisation WHERE name LIKE '示例_车铺' OR name = '示例饭店'")
    )
    assert sorted(codes.scalars()) == ["91000000000000002X", "shops:3"]
