"""Bad input: each a clear refusal that names what is wrong, with nothing stored."""

import gzip
import json

import pytest

from gis.errors import RefusedInputError
from layers.usecases.imports import ImportOptions, import_file
from tests.conftest import shared
from tests.layers.imports_store import table_counts
from tests.layers.io.files import (
    Osm,
    geojson,
    line,
    point,
    polygon,
    shapefile,
    table,
    town,
    workbook,
)

AREA = {"code": "990101001001", "name": "鼓楼社区"}


def _empty(folder):
    (folder / "empty.geojson").write_bytes(b"")
    return "divisions", folder / "empty.geojson"


def _empty_osm(folder):
    (folder / "empty.osm.pbf").write_bytes(b"")
    return "streets", folder / "empty.osm.pbf"


def _truncated_pbf(folder):
    raw = shared("osm-world/malta-2016.osm.pbf").read_bytes()
    (folder / "cut.osm.pbf").write_bytes(raw[: len(raw) // 2])
    return "streets", folder / "cut.osm.pbf"


def _truncated_gz(folder):
    raw = gzip.compress(town().text().encode())
    (folder / "cut.osm.gz").write_bytes(raw[: len(raw) * 2 // 3])
    return "streets", folder / "cut.osm.gz"


def _no_prj(folder):
    return "divisions", shapefile(folder / "a.shp", [polygon(0, 0, **AREA)], None)


def _metres_as_degrees(folder):
    path = shapefile(folder / "a.shp", [polygon(0, 0, **AREA)], "EPSG:4548")
    good = shapefile(folder / "b.shp", [polygon(0, 0, **AREA)], "EPSG:4326")
    path.with_suffix(".prj").write_bytes(good.with_suffix(".prj").read_bytes())
    return "divisions", path


def _bow_tie(folder):
    feature = polygon(0, 0, **AREA)
    ring = feature["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]
    return "divisions", geojson(folder / "a.geojson", polygon(2, 2, code="1", name="x"), feature)


def _outside_china(folder):
    feature = point(0, 0, code="S1", category="clinic")
    feature["geometry"]["coordinates"] = [14.5, 35.9]
    return "stations", geojson(folder / "a.geojson", feature)


def _streets_outside_china(folder):
    return "streets", shared("osm-world/porto_portugal.osm.pbf")


def _swapped(folder):
    return "stations", table(folder / "s.csv", "code,lon,lat\nS1,28.6,117.3\n")


def _duplicate_code(folder):
    return "buildings", geojson(
        folder / "b.geojson", point(0, 0, code="B1"), point(1, 0, code="B1")
    )


def _negative_households(folder):
    return "households", table(folder / "h.csv", "building,resident\nB1,12\nB2,-5\n")


def _text_households(folder):
    rows = [["小区", "幢号", "常住户数"], ["青石园", "1", 12], ["青石园", "2", "二十"]]
    return "households", workbook(folder / "h.xlsx", rows)


def _long_number_codes(folder):
    rows = [["网格编码", "姓名"], [990101001001001123, "示例网格员 01"]]
    return "workers", workbook(folder / "w.xlsx", rows)


def _workbook_named_csv(folder):
    path = workbook(folder / "h.xlsx", [["building", "resident"], ["B1", 1]])
    return "households", path.rename(folder / "h.csv")


def _page_named_geojson(folder):
    (folder / "a.geojson").write_text("<!DOCTYPE html><html>404</html>")
    return "divisions", folder / "a.geojson"


def _zip_named_shp(folder):
    (folder / "a.shp").write_bytes(b"PK\x03\x04" + b"0" * 200)
    return "divisions", folder / "a.shp"


def _map_for_a_ledger_ending(folder):
    (folder / "a.json").write_text(json.dumps({"hello": "world"}))
    return "buildings", folder / "a.json"


def _no_street(folder):
    return "streets", Osm().box(1, 0, 0, building="yes").write(folder / "a.osm")


def _nothing_to_walk_on(folder):
    osm = Osm().node(1, 0, 0).node(2, 1, 0).way(1, [1, 2], highway="motorway")
    return "streets", osm.write(folder / "a.osm")


def _line_for_a_polygon(folder):
    return "grids", geojson(folder / "g.geojson", line((0, 0), (1, 1), code="990101001001001"))


def _missing_column(folder):
    return "grids", geojson(folder / "g.geojson", polygon(0, 0, nummer="1"))


def _unknown_grid(folder):
    return "workers", table(folder / "w.csv", "name,grid\n示例网格员 01,990101001001999\n")


def _no_table(folder):
    return "stations", table(folder / "s.csv", "code,name,lon,lat\n")


def _bad_dates(folder):
    text = "code,lon,lat,opened_on,closed_on\nS1,117.3,28.6,2025-01-01,2024-01-01\n"
    return "stations", table(folder / "s.csv", text)


CASES = [
    (_empty, "empty_file"),
    (_empty_osm, "empty_file"),
    (_truncated_pbf, "unreadable_file"),
    (_truncated_gz, "unreadable_file"),
    (_no_prj, "missing_crs"),
    (_metres_as_degrees, "wrong_crs"),
    (_bow_tie, "invalid_geometry"),
    (_outside_china, "outside_china"),
    (_streets_outside_china, "outside_china"),
    (_swapped, "wrong_crs"),
    (_duplicate_code, "duplicate_code"),
    (_negative_households, "invalid_rows"),
    (_text_households, "invalid_rows"),
    (_long_number_codes, "invalid_rows"),
    (_workbook_named_csv, "wrong_file_type"),
    (_page_named_geojson, "wrong_file_type"),
    (_zip_named_shp, "wrong_file_type"),
    (_map_for_a_ledger_ending, "wrong_file_type"),
    (_no_street, "no_streets"),
    (_nothing_to_walk_on, "no_streets"),
    (_line_for_a_polygon, "invalid_rows"),
    (_missing_column, "missing_field"),
    (_unknown_grid, "invalid_rows"),
    (_no_table, "empty_file"),
    (_bad_dates, "invalid_rows"),
]


@pytest.mark.parametrize(("make", "code"), CASES, ids=[make.__name__[1:] for make, _ in CASES])
def test_bad_input_is_refused_and_nothing_is_stored(session, tmp_path, make, code) -> None:
    kind, path = make(tmp_path)
    before = table_counts(session)
    with pytest.raises(RefusedInputError) as caught:
        import_file(session, kind, path)
    error = caught.value
    assert error.code == code
    assert path.name in error.message or path.name in {fault.file for fault in error.faults}
    assert error.faults
    assert all(fault.reason for fault in error.faults)
    assert table_counts(session) == before  # and the session can go on


def test_rows_fields_and_reasons_are_named(session, tmp_path) -> None:
    for make, row, field in (
        (_bow_tie, 2, "geometry"),
        (_duplicate_code, 2, "code"),
        (_negative_households, 3, "resident"),
        (_text_households, 3, "常住户数"),
        (_long_number_codes, 2, "网格编码"),
    ):
        kind, path = make(tmp_path)
        with pytest.raises(RefusedInputError) as caught:
            import_file(session, kind, path)
        assert (caught.value.faults[0].row, caught.value.faults[0].field) == (row, field)


def test_bad_coordinates_hide_no_other_fault(session, tmp_path) -> None:
    text = (
        "code,capacity,lon,lat\nS1,5,nan,28.6\nS2,5,inf,28.6\nS3,5,,\nS4,many,117.3,28.6\n"
        "S5,5,31.94,118.77\nS1,5,117.3,28.6\nS7,5,14.5,35.9\n"
    )
    with pytest.raises(RefusedInputError) as caught:
        import_file(session, "stations", table(tmp_path / "s.csv", text))
    error = caught.value
    assert error.code == "wrong_crs"
    swapped = "latitude 118.77 is more than 90; are lon and lat swapped?"
    assert error.message == f"s.csv: row 6: {swapped} (and 6 more)"
    assert [(fault.row, fault.field, fault.reason) for fault in error.faults] == [
        (2, "lon, lat", "only one of the two coordinates is given"),
        (3, "lon", '"inf" is no number'),
        (4, "geometry", "no coordinates"),
        (5, "capacity", '"many" is no number'),
        (6, "lon, lat", swapped),
        (7, "code", "code S1 stands in row 2 already"),
        (8, "lon, lat", "14.50000, 35.90000 lies outside China (73-136° E, 3-54° N)"),
    ]


def test_a_maps_fields_and_places_are_refused_together(session, tmp_path) -> None:
    _, path = _bow_tie(tmp_path)
    collection = json.loads(path.read_text(encoding="utf-8"))
    far = polygon(0, 0, code="990101001002", name="桥西社区", population="many")
    far["geometry"]["coordinates"] = [[[14, 35], [15, 35], [15, 36], [14, 35]]]
    path = geojson(path, *collection["features"], far)
    with pytest.raises(RefusedInputError) as caught:
        import_file(session, "divisions", path)
    assert caught.value.code == "outside_china"
    found = {(fault.row, fault.field) for fault in caught.value.faults}
    assert found == {(2, "geometry"), (3, "geometry"), (3, "population")}


def test_a_refusal_in_the_middle_leaves_the_earlier_imports_alone(session, tmp_path) -> None:
    import_file(session, "streets", town().write(tmp_path / "town.osm"))
    before = table_counts(session)
    with pytest.raises(RefusedInputError):
        import_file(session, *_negative_households(tmp_path))
    assert table_counts(session) == before
    assert before["street_edge"] == 5


def test_a_crash_while_storing_leaves_nothing(session, tmp_path, monkeypatch) -> None:
    path = town().write(tmp_path / "town.osm")
    before = table_counts(session)

    def burst(percent: int, step: str) -> None:
        if percent > 55:
            raise MemoryError

    with pytest.raises(MemoryError):
        import_file(session, "streets", path, ImportOptions(), burst)
    assert table_counts(session) == before


def test_stations_far_from_any_street_are_no_fault(session, tmp_path) -> None:
    import_file(session, "streets", town().write(tmp_path / "town.osm"))
    path = table(tmp_path / "s.csv", "code,category,lon,lat\nS1,clinic,117.45,28.6\n")
    assert import_file(session, "stations", path)["added"] == 1
