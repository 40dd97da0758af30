import json
import shutil
import zipfile

import geopandas as gpd
import pytest
import shapely

from gis.errors import RefusedInputError
from layers.io.records import ReadOptions
from layers.io.vector import read_vector
from tests.conftest import shared
from tests.layers.io.files import dbf, geojson, point, polygon, shapefile, square


def _refusal(path, **options) -> RefusedInputError:
    with pytest.raises(RefusedInputError) as caught:
        read_vector(path, ReadOptions(**options))
    return caught.value


def _frame(*features) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame.from_features(list(features), crs="EPSG:4326")


def test_geojson_keeps_coordinates_and_values(tmp_path) -> None:
    records = read_vector(geojson(tmp_path / "a.geojson", polygon(0, 0, name="一", n=3, nil=None)))
    assert shapely.get_coordinates(records.geometry[0]).tolist() == square(0, 0)[0]
    assert records.columns["name"].tolist() == ["一"]
    assert records.columns["n"].tolist() == [3]
    assert records.columns["nil"].tolist() == [None]
    assert records.rows.tolist() == [1]
    assert records.notes == []


def test_geojson_in_gbk_is_recoded_with_a_note(tmp_path) -> None:
    path = geojson(tmp_path / "a.geojson", polygon(0, 0, name="贵溪"))
    path.write_bytes(path.read_text("utf-8").encode("gbk"))
    records = read_vector(path)
    assert records.columns["name"].tolist() == ["贵溪"]
    assert "gb18030" in records.notes[0]


def test_geojson_with_a_byte_order_mark(tmp_path) -> None:
    path = geojson(tmp_path / "a.geojson", polygon(0, 0, name="贵溪"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_vector(path).columns["name"].tolist() == ["贵溪"]


def test_z_is_dropped(tmp_path) -> None:
    feature = point(0, 0)
    feature["geometry"]["coordinates"].append(12.5)
    assert not read_vector(geojson(tmp_path / "z.geojson", feature)).geometry[0].has_z


TOPOLOGY = {
    "type": "Topology",
    "transform": {"scale": [0.001, 0.001], "translate": [117.3, 28.6]},
    "arcs": [
        [[1, 0], [0, 1]],
        [[1, 1], [-1, 0], [0, -1], [1, 0]],
        [[1, 0], [1, 0], [0, 1], [-1, 0]],
    ],
    "objects": {
        "cells": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]], "properties": {"name": "西"}},
                {"type": "Polygon", "arcs": [[2, -1]], "properties": {"name": "东"}},
            ],
        }
    },
}


def test_topojson_neighbours_share_their_border_exactly(tmp_path) -> None:
    path = tmp_path / "t.topojson"
    path.write_text(json.dumps(TOPOLOGY, ensure_ascii=False), encoding="utf-8")
    records = read_vector(path)
    assert records.columns["name"].tolist() == ["西", "东"]
    assert shapely.coverage_is_valid(records.geometry)
    west, east = records.geometry
    shared_points = set(west.exterior.coords) & set(east.exterior.coords)
    assert len(shared_points) == 2


def test_villages_of_a_real_topology_are_one_coverage_where_valid() -> None:
    path = shared("tw-villages/villages-10t.json")
    assert _refusal(path).code == "several_layers"
    towns = read_vector(path, ReadOptions(layer="towns"))
    assert len(towns) == 368
    refused = _refusal(path, layer="villages")
    assert refused.code == "invalid_geometry"
    assert len(refused.faults) == 7
    mended = read_vector(path, ReadOptions(layer="villages", repair=True))
    assert len(mended) == 7701
    assert shapely.is_valid(mended.geometry).all()
    assert mended.notes[0].startswith("7 geometries were mended")


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4527", "EPSG:4548", "EPSG:32650", "EPSG:3857"])
def test_a_shapefile_in_any_declared_system_comes_to_the_same_place(tmp_path, crs) -> None:
    records = read_vector(shapefile(tmp_path / "a.shp", [polygon(0, 0, name="一")], crs))
    expected = shapely.Polygon(square(0, 0)[0])
    assert shapely.hausdorff_distance(records.geometry[0], expected) < 1e-8
    assert records.columns["name"].tolist() == ["一"]


def test_the_users_crs_wins_over_the_files(tmp_path) -> None:
    path = shapefile(tmp_path / "a.shp", [polygon(0, 0)], "EPSG:4548")
    shutil.copy(
        shapefile(tmp_path / "b.shp", [polygon(0, 0)], "EPSG:4326").with_suffix(".prj"),
        path.with_suffix(".prj"),
    )
    refused = _refusal(path)
    assert refused.code == "wrong_crs"
    assert "EPSG:4534 to EPSG:4554" in refused.message
    records = read_vector(path, ReadOptions(crs="4548"))
    assert records.geometry[0].bounds[0] == pytest.approx(117.3, abs=1e-7)


def test_metres_with_a_zone_number_are_recognised(tmp_path) -> None:
    path = shapefile(tmp_path / "a.shp", [polygon(0, 0)], "EPSG:4527")
    path.with_suffix(".prj").unlink()
    assert _refusal(path).code == "missing_crs"
    assert "EPSG:4527" in _refusal(path, crs="EPSG:4490").message


def test_swapped_axes_are_recognised(tmp_path) -> None:
    feature = point(0, 0)
    feature["geometry"]["coordinates"].reverse()
    refused = _refusal(geojson(tmp_path / "a.geojson", feature))
    assert refused.code == "wrong_crs"  # no latitude is 117°
    assert "swapped" in refused.message


def test_an_old_datum_is_noted(tmp_path) -> None:
    records = read_vector(shapefile(tmp_path / "a.shp", [polygon(0, 0)], "EPSG:4610"))
    assert any("old datum" in note for note in records.notes)


def test_a_system_nobody_knows(tmp_path) -> None:
    path = geojson(tmp_path / "a.geojson", polygon(0, 0))
    for name in ("EPSG:999999", "blue", "Mars 2000", "EPSG:5773"):
        assert _refusal(path, crs=name).code == "unknown_crs", name


def _with_table(tmp_path, fields, rows, cpg=None):
    path = shapefile(tmp_path / "a.shp", [polygon(i, 0) for i in range(len(rows))])
    dbf(path.with_suffix(".dbf"), fields, rows)
    if cpg:
        path.with_suffix(".cpg").write_text(cpg)
    return path


def test_gbk_without_a_cpg_is_found_out_names_included(tmp_path) -> None:
    path = _with_table(tmp_path, [("名称".encode("gbk"), "C", 20)], [["贵溪市".encode("gbk")]])
    records = read_vector(path)
    assert {name: column.tolist() for name, column in records.columns.items()} == {
        "名称": ["贵溪市"]
    }
    assert "gb18030" in records.notes[0]
    assert "贵溪市" in records.notes[0]


def test_a_wrong_cpg_is_overruled_with_a_note(tmp_path) -> None:
    path = _with_table(tmp_path, [(b"NAME", "C", 20)], [["贵溪市".encode("gbk")]], cpg="UTF-8")
    records = read_vector(path)
    assert records.columns["NAME"].tolist() == ["贵溪市"]
    assert "does not fit" in records.notes[0]


def test_a_character_cut_by_the_field_width_is_dropped(tmp_path) -> None:
    text = "贵溪市东街".encode()
    path = _with_table(tmp_path, [(b"NAME", "C", 10)], [[text[:10]], [b"abc"]])
    assert read_vector(path).columns["NAME"].tolist() == ["贵溪市", "abc"]


def test_the_user_names_the_encoding(tmp_path) -> None:
    path = _with_table(tmp_path, [(b"NAME", "C", 10)], [["臺北".encode("big5")]])
    records = read_vector(path, ReadOptions(encoding="big5"))
    assert records.columns["NAME"].tolist() == ["臺北"]


def test_long_numeric_codes_of_a_table_stay_exact(tmp_path) -> None:
    path = _with_table(
        tmp_path,
        [(b"CODE", "N", 18), (b"DAY", "D", 8), (b"OK", "L", 1)],
        [[b"990101001001000123", b"20250630", b"T"], [b"", b"", b"?"]],
    )
    columns = read_vector(path).columns
    assert columns["CODE"].tolist() == [990101001001000123, None]
    assert columns["DAY"].tolist() == ["2025-06-30", None]
    assert columns["OK"].tolist() == [True, None]


@pytest.mark.parametrize(("name", "text"), [("gbk", "中国"), ("gb2312", None), ("utf8", None)])
def test_real_tables_in_chinese_encodings(tmp_path, name, text) -> None:
    table = shared(f"dirty/mapshaper/dbf/{name}.dbf")
    count = int.from_bytes(table.read_bytes()[4:8], "little")
    path = shapefile(tmp_path / "a.shp", [polygon(i, 0) for i in range(count)])
    shutil.copyfile(table, path.with_suffix(".dbf"))
    records = read_vector(path)
    values = [value for column in records.columns.values() for value in column]
    assert all("\ufffd" not in value for value in values if isinstance(value, str))
    if text:
        assert any(text in str(value) for value in values) or records.notes


def test_parts_that_lack_or_are_cut_off(tmp_path) -> None:
    path = shapefile(tmp_path / "a.shp", [polygon(0, 0)])
    whole = {part.suffix: part.read_bytes() for part in tmp_path.glob("a.*")}
    for ending in (".shp", ".shx", ".dbf"):
        path.with_suffix(ending).write_bytes(whole[ending][: len(whole[ending]) // 2])
        assert _refusal(path).code == "unreadable_file", ending
        path.with_suffix(ending).write_bytes(whole[ending])
    path.with_suffix(".dbf").unlink()
    assert _refusal(path).code == "missing_file_part"


def test_a_zipped_shapefile_with_chinese_names(tmp_path) -> None:
    shapefile(tmp_path / "社区.shp", [polygon(0, 0, name="桥西")])
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for part in tmp_path.glob("社区.*"):
            archive.write(part, f"数据/{part.name}")
    assert read_vector(tmp_path / "a.zip").columns["name"].tolist() == ["桥西"]
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as archive:
        for part in tmp_path.glob("社区.*"):
            archive.write(part, f"数据/街道{part.suffix}")
    refused = _refusal(tmp_path / "a.zip")
    assert refused.code == "several_layers"
    assert refused.faults[0].reason.endswith("for example --layer 社区")
    assert len(read_vector(tmp_path / "a.zip", ReadOptions(layer="街道"))) == 1


def test_a_geopackage_with_several_layers_is_a_question(tmp_path) -> None:
    path = tmp_path / "a.gpkg"
    _frame(polygon(0, 0, name="一")).to_file(path, layer="one")
    _frame(polygon(1, 0, name="二")).to_crs("EPSG:4548").to_file(path, layer="two")
    refused = _refusal(path)
    assert refused.code == "several_layers"
    assert "one, two" in refused.message
    assert refused.message.endswith("for example --layer one")
    assert _refusal(path, layer="three").code == "unknown_layer"
    two = read_vector(path, ReadOptions(layer="two"))
    assert two.columns["name"].tolist() == ["二"]
    assert two.geometry[0].bounds[0] == pytest.approx(117.301, abs=1e-7)


def test_real_topojson_with_several_layers_lists_them() -> None:
    path = shared("tw-villages/towns-10t.json")
    refused = _refusal(path, allow_outside_china=True)
    assert refused.message == (
        "towns-10t.json: it holds 3 layers: towns, counties, nation; "
        "name the one to read, for example --layer towns"
    )
    assert len(read_vector(path, ReadOptions(layer="towns", repair=True))) > 300


def test_a_geopackage_with_two_systems() -> None:
    path = shared("dirty/mapshaper/geopackage/mixed_crs.gpkg")
    assert _refusal(path).code == "several_layers"
    places = [
        read_vector(path, ReadOptions(layer=layer, allow_outside_china=True)).geometry[0]
        for layer in ("oregon_2269", "oregon_4326")
    ]
    assert shapely.hausdorff_distance(*places) < 1e-4


@pytest.mark.parametrize("name", ["ex10_bowtie.json", "ex12_ogc.geojson", "ex18_ogc.json"])
def test_real_bow_ties_are_refused_with_row_and_place(name) -> None:
    path = shared(f"dirty/mapshaper/features/clean/{name}")
    refused = _refusal(path, allow_outside_china=True)
    assert refused.code == "invalid_geometry"
    assert refused.faults[0].row == 1
    assert " at " in refused.faults[0].reason
    mended = read_vector(path, ReadOptions(allow_outside_china=True, repair=True))
    assert mended.geometry[0].is_valid


def test_open_and_short_rings_are_refused(tmp_path) -> None:
    feature = polygon(0, 0)
    feature["geometry"]["coordinates"][0] = feature["geometry"]["coordinates"][0][:2]
    assert _refusal(geojson(tmp_path / "a.geojson", feature)).code == "invalid_geometry"


def test_truncated_and_empty_files(tmp_path) -> None:
    path = geojson(tmp_path / "a.geojson", *[polygon(i, 0, name="x" * 50) for i in range(20)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert _refusal(path).code == "unreadable_file"
    assert _refusal(geojson(tmp_path / "b.geojson")).code == "empty_file"
    (tmp_path / "c.geojson").write_bytes(b"")
    assert _refusal(tmp_path / "c.geojson").code == "empty_file"
    _frame(polygon(0, 0)).to_file(tmp_path / "d.gpkg")
    raw = (tmp_path / "d.gpkg").read_bytes()
    (tmp_path / "d.gpkg").write_bytes(raw[: len(raw) // 3])
    assert _refusal(tmp_path / "d.gpkg").code == "unreadable_file"


def test_another_kind_of_file_under_a_known_ending(tmp_path) -> None:
    cases = {
        "a.geojson": b"<!DOCTYPE html><html>",
        "b.geojson": b'{"rows": []}',
        "c.shp": b"PK\x03\x04rest",
        "d.gpkg": b"%PDF-1.7",
        "e.json": b"name,lon,lat\n",
        "f.zip": b"Rar!\x1a\x07",
    }
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
        assert _refusal(tmp_path / name).code == "wrong_file_type", name
    (tmp_path / "g.dwg").write_bytes(b"AC1032")
    refused = _refusal(tmp_path / "g.dwg")
    assert refused.code == "unknown_file_type"
    assert "AutoCAD" in refused.message
    assert _refusal(tmp_path / "none.shp").code == "file_not_found"
