"""Ledger rows find their building by code, number or position, or stay unplaced."""

import pytest

from gis.errors import RefusedInputError
from layers.usecases.imports import ImportOptions, import_file
from tests.layers.imports_store import rows
from tests.layers.io.files import at, geojson, polygon, table, workbook

#   B1 and B2 stand in the estate 青石园, B3 alone 100 m east
BUILDINGS = (
    polygon(0, 0, 0.2, code="B1", estate="E1", building_no="1幢"),
    polygon(0.4, 0, 0.2, code="B2", estate="E1", building_no="2幢"),
    polygon(2, 0, 0.2, code="B3"),
)


@pytest.fixture
def town(session, tmp_path):
    estate = geojson(
        tmp_path / "e.geojson", polygon(0, 0, 1, code="E1", name="青石园", community="990101001001")
    )
    import_file(session, "estates", estate)
    import_file(session, "buildings", geojson(tmp_path / "b.geojson", *BUILDINGS))
    return session


def _counts(session):
    return rows(
        session,
        "SELECT b.code, c.registered, c.resident, c.counted_on::text FROM household_count c "
        "LEFT JOIN building b ON b.id = c.building_id ORDER BY b.code, c.counted_on",
    )


def test_a_real_looking_ledger_by_estate_and_number(town, tmp_path) -> None:
    path = workbook(
        tmp_path / "t.xlsx",
        [
            ["青石园户数台账", None, None, None, None],
            ["小区", "幢号", "单元", "户籍户数", "常住户数"],
            ["青石园", "01号楼", "1单元", "１２", 10],
            [None, "1", "2单元", 12, "无"],
            [None, "2栋", None, 30, 28],
            [None, "9幢", None, 5, 5],
            ["合计", None, None, 59, 43],
        ],
        merged=["A3:A6"],
    )
    summary = import_file(town, "households", path, ImportOptions(constants={"counted_on": "2025"}))
    assert _counts(town) == [
        ("B1", 24, 10, "2025-01-01"),
        ("B2", 30, 28, "2025-01-01"),
        (None, 5, 5, "2025-01-01"),
    ]
    assert summary["unplaced"] == 1
    assert summary["matched"] == {"number": 3}
    assert rows(town, "SELECT community, place FROM household_count WHERE building_id IS NULL") == [
        ("990101001001", "青石园 9幢")
    ]


def test_by_position_inside_near_and_far(town, tmp_path) -> None:
    inside, near, far = at(0.1, 0.1), at(2.4, 0.1), at(3.5, 0.1)
    text = "lon,lat,resident,counted_on\n" + "".join(
        f"{lon},{lat},{n},2025-01-01\n" for n, (lon, lat) in enumerate((inside, near, far), 1)
    )
    summary = import_file(town, "households", table(tmp_path / "h.csv", text))
    assert summary["matched"] == {"nearest": 1, "position": 1}
    assert [(code, resident) for code, _, resident, _ in _counts(town)] == [
        ("B1", 1),
        ("B3", 2),
        (None, 3),
    ]


def test_another_day_is_another_count_and_the_same_day_an_update(town, tmp_path) -> None:
    text = "building,resident,counted_on\nB1,{},{}\n"
    path = tmp_path / "h.csv"
    import_file(town, "households", table(path, text.format(10, "2024-01-01")))
    import_file(town, "households", table(path, text.format(12, "2025-01-01")))
    summary = import_file(town, "households", table(path, text.format(13, "2025-01-01")))
    assert (summary["added"], summary["updated"]) == (0, 1)
    assert _counts(town) == [("B1", None, 10, "2024-01-01"), ("B1", None, 13, "2025-01-01")]


def test_a_row_that_finds_its_building_later_is_no_longer_unplaced(town, tmp_path) -> None:
    path = table(tmp_path / "h.csv", "building,resident,counted_on\nB9,10,2025-01-01\n")
    assert import_file(town, "households", path)["unplaced"] == 1
    more = geojson(tmp_path / "c.geojson", polygon(5, 0, 0.2, code="B9"))
    import_file(town, "buildings", more)
    summary = import_file(town, "households", path)
    assert summary["unplaced"] == 0
    assert _counts(town) == [("B9", None, 10, "2025-01-01")]


def test_unplaced_rows_of_one_place_stay_apart(town, tmp_path) -> None:
    text = "小区,常住户数,counted_on\n不知名,10,2025-01-01\n不知名,12,2025-01-01\n"
    path = table(tmp_path / "h.csv", text)
    import_file(town, "households", path)
    assert import_file(town, "households", path)["unchanged"] == 2
    assert rows(town, "SELECT place, resident FROM household_count ORDER BY resident") == [
        ("不知名", 10),
        ("不知名 (row 3)", 12),
    ]


def test_the_same_building_twice_is_refused(town, tmp_path) -> None:
    text = "building,resident,counted_on\nB1,10,2025-01-01\nB1,12,2025-01-01\n"
    with pytest.raises(RefusedInputError) as caught:
        import_file(town, "households", table(tmp_path / "h.csv", text))
    assert caught.value.code == "duplicate_code"
    assert caught.value.faults[0].row == 3
    assert _counts(town) == []


def test_a_ledger_needs_figures(town, tmp_path) -> None:
    with pytest.raises(RefusedInputError) as caught:
        import_file(town, "households", table(tmp_path / "h.csv", "building,note\nB1,x\n"))
    assert caught.value.code == "missing_field"
    with pytest.raises(RefusedInputError) as caught:
        import_file(town, "households", table(tmp_path / "h.csv", "building,resident\nB1,\n"))
    assert caught.value.code == "invalid_rows"


def test_without_a_day_today_is_taken_and_said(town, tmp_path) -> None:
    path = table(tmp_path / "h.csv", "building,户数\nB1,10\n")
    summary = import_file(town, "households", path)
    assert any("when they were counted" in note for note in summary["notes"])
    assert any("常住" in note for note in summary["notes"])
    assert rows(town, "SELECT resident, counted_on = current_date FROM household_count") == [
        (10, True)
    ]


def test_the_sum_of_a_ledger_is_conserved(town, tmp_path) -> None:
    lines = [f"B{i % 5},,,{i},2025-01-{i + 1:02d}" for i in range(20)]
    text = "building,小区,幢号,resident,counted_on\n" + "\n".join(lines) + "\n"
    import_file(town, "households", table(tmp_path / "h.csv", text))
    assert rows(town, "SELECT sum(resident) FROM household_count") == [(sum(range(20)),)]
