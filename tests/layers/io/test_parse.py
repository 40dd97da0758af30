import pytest

from gis.errors import RefusedInputError
from layers.io.fields import BUILDINGS, DIVISIONS, HOUSEHOLDS, KINDS, STATIONS
from layers.io.parse import read_rows
from layers.io.records import ReadOptions
from tests.layers.io.files import geojson, line, point, polygon, table

STATION = "code,name,category,lon,lat\n"


def _refusal(path, kind, **options) -> RefusedInputError:
    with pytest.raises(RefusedInputError) as caught:
        read_rows(path, kind, **options)
    return caught.value


def test_all_faults_are_named_at_once(tmp_path) -> None:
    text = (
        "building,registered,resident,counted_on\n"
        "B1,-3,40,2025-01-01\nB2,四十,40,2025-13-01\nB3,40,12.5,2025-01-01\n"
    )
    error = _refusal(table(tmp_path / "h.csv", text), HOUSEHOLDS)
    assert error.code == "invalid_rows"
    assert [(fault.row, fault.field) for fault in error.faults] == [
        (2, "registered"),
        (3, "counted_on"),
        (3, "registered"),
        (4, "resident"),
    ]
    assert all(fault.file == "h.csv" for fault in error.faults)
    assert "negative" in error.faults[0].reason


def test_duplicate_codes_name_both_rows(tmp_path) -> None:
    text = STATION + "S1,a,x,117.3,28.6\nS2,b,x,117.3,28.6\nS1,c,x,117.3,28.6\n"
    error = _refusal(table(tmp_path / "s.csv", text), STATIONS)
    assert error.code == "duplicate_code"
    assert error.faults[0].row == 4
    assert "row 2" in error.faults[0].reason


def test_missing_columns_are_named_with_what_the_file_has(tmp_path) -> None:
    error = _refusal(geojson(tmp_path / "d.geojson", polygon(0, 0, foo="1", bar="2")), DIVISIONS)
    assert error.code == "missing_field"
    assert {fault.field for fault in error.faults} == {"code", "name"}
    assert "foo, bar" in error.faults[0].reason


def test_the_user_names_columns_and_constants(tmp_path) -> None:
    path = geojson(tmp_path / "d.geojson", polygon(0, 0, foo="990101001001", bar="桥西社区"))
    rows = read_rows(
        path, DIVISIONS, columns={"code": "foo", "name": "bar"}, constants={"kind": "城市社区"}
    )
    assert rows.values["code"] == ["990101001001"]
    assert rows.values["name"] == ["桥西社区"]
    assert rows.values["kind"] == ["urban"]
    assert _refusal(path, DIVISIONS, columns={"code": "nix"}).code == "missing_field"
    assert _refusal(path, DIVISIONS, columns={"colour": "foo"}).code == "unknown_field"


def test_a_column_called_like_a_field_is_not_taken_for_another(tmp_path) -> None:
    path = geojson(
        tmp_path / "b.geojson", point(0, 0, code="B1", name="甲", 类型="住宅", kind="学校")
    )
    assert read_rows(path, BUILDINGS).values["kind"] == ["public"]


def test_unknown_kinds_of_buildings_become_other_with_a_note(tmp_path) -> None:
    rows = read_rows(
        geojson(tmp_path / "b.geojson", point(0, 0, code="B1", kind="宫殿")), BUILDINGS
    )
    assert rows.values["kind"] == ["other"]
    assert rows.notes == ["1 unknown values of kind became other: 宫殿"]


def test_unknown_categories_are_their_own_and_unknown_states_refused(tmp_path) -> None:
    text = "code,category,status,lon,lat\nS1,图书馆,open,117.3,28.6\n"
    assert read_rows(table(tmp_path / "s.csv", text), STATIONS).values["category"] == ["图书馆"]
    error = _refusal(table(tmp_path / "s.csv", text.replace("open", "half-open")), STATIONS)
    assert error.faults[0].field == "status"


def test_shapes_of_the_wrong_sort_and_missing_ones(tmp_path) -> None:
    path = geojson(
        tmp_path / "d.geojson",
        polygon(0, 0, code="990101", name="县"),
        line((0, 0), (1, 1), code="990102", name="线"),
        {"type": "Feature", "properties": {"code": "990103", "name": "空"}, "geometry": None},
    )
    error = _refusal(path, DIVISIONS)
    assert [(fault.row, fault.field) for fault in error.faults] == [
        (2, "geometry"),
        (3, "geometry"),
    ]
    assert "LineString" in error.faults[0].reason


def test_tables_without_coordinates_where_a_place_is_needed(tmp_path) -> None:
    error = _refusal(
        table(tmp_path / "s.csv", "code,name,lon,lat\nS1,a,,\nS2,b,117.3,\n"), STATIONS
    )
    assert [fault.row for fault in error.faults] == [2, 3]  # one fault per place
    path = table(tmp_path / "d.csv", "code,name\n990101,县\n")
    assert _refusal(path, DIVISIONS).code == "missing_field"


def test_coordinates_of_a_phone_map_are_moved(tmp_path) -> None:
    path = table(tmp_path / "s.csv", STATION + "S1,a,x,117.3,28.6\n")
    plain = read_rows(path, STATIONS).geometry[0]
    moved = read_rows(path, STATIONS, ReadOptions(crs="gcj02")).geometry[0]
    assert 0.002 < plain.distance(moved) < 0.01


def test_every_choice_is_stored_by_a_word_of_its_own() -> None:
    for kind in KINDS.values():
        for item in kind.fields:
            if item.choices:
                assert set(item.words.values()) <= set(item.choices), (kind.name, item.name)
            if item.fallback:
                assert item.fallback in item.choices


def test_no_two_fields_of_a_kind_share_a_name() -> None:
    for kind in KINDS.values():
        names = [item.name for item in kind.fields]
        assert len(names) == len(set(names)), kind.name
