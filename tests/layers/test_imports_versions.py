"""Divisions and grids have dates: what holds when, and what a second file changes."""

from datetime import date

import pytest

from gis.errors import RefusedInputError
from layers.usecases.imports import ImportOptions, import_file
from tests.layers.imports_store import rows
from tests.layers.io.files import geojson, polygon

CODE = "990101001001001"


def _grid(tmp_path, name="甲", size=1.0, day="2024-01-01", code=CODE):
    return geojson(
        tmp_path / "grids.geojson", polygon(0, 0, size, code=code, name=name, valid_from=day)
    )


def _versions(session):
    return rows(
        session,
        "SELECT code, name, valid_from::text, valid_to::text, grid_id - min(grid_id) OVER () "
        "FROM grid_version ORDER BY code, valid_from",
    )


def test_a_change_closes_the_old_version_on_its_day(session, tmp_path) -> None:
    import_file(session, "grids", _grid(tmp_path))
    summary = import_file(session, "grids", _grid(tmp_path, size=2, day="2025-03-01"))
    assert (summary["added"], summary["updated"]) == (0, 1)
    assert _versions(session) == [
        (CODE, "甲", "2024-01-01", "2025-03-01", 0),
        (CODE, "甲", "2025-03-01", None, 0),
    ]


def test_the_same_day_again_replaces_that_days_version(session, tmp_path) -> None:
    import_file(session, "grids", _grid(tmp_path))
    summary = import_file(session, "grids", _grid(tmp_path, name="乙", size=2))
    assert summary["updated"] == 1
    assert _versions(session) == [(CODE, "乙", "2024-01-01", None, 0)]
    assert rows(session, "SELECT round(ST_Area(geom)::numeric, 9) FROM grid_version")[0][0] > 0


def test_equal_content_with_a_later_date_is_no_change(session, tmp_path) -> None:
    import_file(session, "grids", _grid(tmp_path))
    summary = import_file(session, "grids", _grid(tmp_path, day="2025-03-01"))
    assert summary["unchanged"] == 1
    assert len(_versions(session)) == 1


def test_the_past_cannot_be_rewritten(session, tmp_path) -> None:
    import_file(session, "grids", _grid(tmp_path))
    with pytest.raises(RefusedInputError) as caught:
        import_file(session, "grids", _grid(tmp_path, size=2, day="2023-01-01"))
    assert caught.value.code == "older_version"
    assert caught.value.faults[0].field == "valid_from"
    assert len(_versions(session)) == 1


def test_replace_ends_what_is_gone_today_and_its_code_may_come_back(session, tmp_path) -> None:
    import_file(session, "grids", _grid(tmp_path))
    other = _grid(tmp_path, code="990101001001002")
    summary = import_file(session, "grids", other, ImportOptions(replace=True))
    assert (summary["added"], summary["removed"]) == (1, 1)
    today = rows(session, "SELECT current_date")[0][0]
    assert isinstance(today, date)
    assert _versions(session)[0] == (CODE, "甲", "2024-01-01", today.isoformat(), 0)
    import_file(session, "grids", _grid(tmp_path, day=today.isoformat()))
    assert [version[4] for version in _versions(session) if version[0] == CODE] == [0, 0]


def test_a_division_without_a_date_begins_today(session, tmp_path) -> None:
    path = geojson(tmp_path / "d.geojson", polygon(0, 0, code="990101", name="青石县"))
    import_file(session, "divisions", path)
    assert rows(session, "SELECT valid_from = current_date, valid_to FROM division_version") == [
        (True, None)
    ]


def test_twelve_digit_codes_of_all_levels(session, tmp_path) -> None:
    path = geojson(
        tmp_path / "d.geojson",
        polygon(0, 0, 2, code="990101000000", name="青石县"),
        polygon(0, 0, 2, code="990101001000", name="东街街道"),
        polygon(0, 0, 2, code="990101001001", name="鼓楼社区"),
    )
    summary = import_file(session, "divisions", path)
    assert summary["levels"] == {"county": 1, "township": 1, "community": 1}
    found = rows(
        session,
        "SELECT v.name, p.name FROM division_version v "
        "JOIN division_version p ON p.division_id = v.parent_id ORDER BY v.code",
    )
    assert found == [("东街街道", "青石县"), ("鼓楼社区", "东街街道")]


def test_a_code_that_tells_no_level_needs_a_word(session, tmp_path) -> None:
    path = geojson(tmp_path / "d.geojson", polygon(0, 0, code="64000130006", name="里"))
    with pytest.raises(RefusedInputError) as caught:
        import_file(session, "divisions", path)
    assert caught.value.faults[0].field == "level"
    options = ImportOptions(constants={"level": "community"})
    assert import_file(session, "divisions", path, options)["added"] == 1


def test_a_parent_known_from_an_earlier_file_is_found(session, tmp_path) -> None:
    county = geojson(tmp_path / "a.geojson", polygon(0, 0, code="990101", name="青石县"))
    import_file(session, "divisions", county)
    other = geojson(tmp_path / "b.geojson", polygon(0, 0, code="990101001", name="东街街道"))
    summary = import_file(session, "divisions", other)
    assert summary["notes"] == []
    assert rows(session, "SELECT count(*) FROM division_version WHERE parent_id IS NOT NULL") == [
        (1,)
    ]
