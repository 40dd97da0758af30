import openpyxl
import pytest

from gis.errors import RefusedInputError
from layers.io.fields import HOUSEHOLDS, STATIONS
from layers.io.parse import read_rows
from layers.io.records import ReadOptions
from layers.io.table import read_table
from tests.layers.io.files import table, workbook

WORDS = ("小区", "幢号", "户籍户数", "常住户数", "经度", "纬度", "名称")


def _refusal(path, **options) -> RefusedInputError:
    with pytest.raises(RefusedInputError) as caught:
        read_table(path, ReadOptions(**options), WORDS)
    return caught.value


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_every_usual_writing(tmp_path, delimiter, encoding) -> None:
    text = "小区,幢号,户籍户数\n青石园,3幢,40\n".replace(",", delimiter)
    records = read_table(table(tmp_path / "t.csv", text, encoding), None, WORDS)
    assert list(records.columns) == ["小区", "幢号", "户籍户数"]
    assert records.columns["小区"].tolist() == ["青石园"]
    assert records.rows.tolist() == [2]
    assert "青石园" in records.notes[0] or "小区" in records.notes[0]


def test_the_encoding_is_reported_with_a_preview(tmp_path) -> None:
    records = read_table(table(tmp_path / "t.csv", "名称,经度\n贵溪,1\n", "gbk"), None, WORDS)
    assert records.notes == [
        "text read as gb18030 (found out from the text), e.g. 名称、经度、贵溪"
    ]


def test_bytes_of_no_encoding_are_refused(tmp_path) -> None:
    (tmp_path / "t.csv").write_bytes("名称,a\n".encode() + b"\xff\xff\xff,1\n")
    assert _refusal(tmp_path / "t.csv").code == "unknown_encoding"
    assert _refusal(tmp_path / "t.csv", encoding="klingon").code == "unknown_encoding"
    assert _refusal(tmp_path / "t.csv", encoding="utf-8").code == "unknown_encoding"


def test_titles_totals_blank_rows_and_signatures_are_no_rows(tmp_path) -> None:
    path = workbook(
        tmp_path / "t.xlsx",
        [
            ["东街街道户数台账", None, None],
            ["填报单位：示例社区", None, None],
            ["小区", "幢号", "户籍户数（户）"],
            ["青石园", "1幢", 40],
            ["青石园", "2幢", "３６"],
            ["小 计", None, 76],
            [None, None, None],
            ["桥西里", "1幢", 20],
            ["合计", None, 96],
            ["填表人：示例网格员 01", None, "日期：2025-01-01"],
        ],
        merged=["A1:C1"],
    )
    records = read_table(path, None, WORDS)
    assert records.rows.tolist() == [4, 5, 8]
    assert records.columns["小区"].tolist() == ["青石园", "青石园", "桥西里"]
    assert records.notes == ["2 rows of totals were left out (row 6, 9)"]


def test_merged_texts_fill_their_rows_and_merged_numbers_do_not(tmp_path) -> None:
    path = workbook(
        tmp_path / "t.xlsx",
        [["小区", "幢号", "户籍户数"], ["青石园", "1幢", 40], [None, "2幢", None]],
        merged=["A2:A3", "C2:C3"],
    )
    records = read_table(path, None, WORDS)
    assert records.columns["小区"].tolist() == ["青石园", "青石园"]
    assert records.columns["户籍户数"].tolist() == [40, None]


def test_a_header_of_two_rows_names_the_sub_columns(tmp_path) -> None:
    path = workbook(
        tmp_path / "t.xlsx",
        [["小区", "幢号", "户数", None], [None, None, "户籍", "常住"], ["青石园", "1", 40, 35]],
        merged=["A1:A2", "B1:B2", "C1:D1"],
    )
    rows = read_rows(path, HOUSEHOLDS)
    assert rows.values["registered"] == [40]
    assert rows.values["resident"] == [35]
    assert rows.numbers.tolist() == [3]


def test_formulas_count_with_their_stored_value_and_are_refused_without(tmp_path) -> None:
    path = workbook(tmp_path / "t.xlsx", [["小区", "户籍户数"], ["青石园", "=1+1"]])
    error = _refusal(path)
    assert error.code == "invalid_rows"
    assert (error.faults[0].row, error.faults[0].field) == (2, "B")


def test_several_sheets_with_tables_are_a_question(tmp_path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["说明"])
    for name in ("一社区", "二社区"):
        sheet = book.create_sheet(name)
        sheet.append(["小区", "户籍户数"])
        sheet.append([name, 3])
    book.save(tmp_path / "t.xlsx")
    error = _refusal(tmp_path / "t.xlsx")
    assert error.code == "several_layers"
    assert "一社区, 二社区" in error.message
    assert _refusal(tmp_path / "t.xlsx", layer="三").code == "unknown_layer"
    records = read_table(tmp_path / "t.xlsx", ReadOptions(layer="二社区"), WORDS)
    assert records.columns["小区"].tolist() == ["二社区"]


def test_empty_and_damaged_tables_are_refused(tmp_path) -> None:
    good = workbook(tmp_path / "good.xlsx", [["小区", "户籍户数"], ["青石园", 3]]).read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(good[: len(good) // 2])
    assert _refusal(tmp_path / "cut.xlsx").code == "unreadable_file"
    assert _refusal(workbook(tmp_path / "none.xlsx", [])).code == "empty_file"
    assert _refusal(table(tmp_path / "zero.csv", "")).code == "empty_file"
    assert _refusal(table(tmp_path / "head.csv", "小区,户籍户数\n")).code == "empty_file"


def test_another_kind_of_file_under_a_table_ending(tmp_path) -> None:
    good = workbook(tmp_path / "good.xlsx", [["小区", "户籍户数"], ["青石园", 3]])
    (tmp_path / "t.csv").write_bytes(good.read_bytes())
    table(tmp_path / "t.xlsx", "小区,户籍户数\n青石园,3\n")
    table(tmp_path / "web.csv", "<!DOCTYPE html><html><table></table></html>")
    error = _refusal(tmp_path / "t.csv")
    assert error.code == "wrong_file_type"
    assert "Excel workbook" in error.message
    assert _refusal(tmp_path / "t.xlsx").code == "wrong_file_type"
    assert "HTML" in _refusal(tmp_path / "web.csv").message


def test_stations_with_coordinates_in_chinese_columns(tmp_path) -> None:
    text = "编号,站点名称,类别,经度,纬度\nS1,东街站,社区服务站,117.3,28.6\nS2,诊所,卫生站,117.31,28.61\n"
    rows = read_rows(table(tmp_path / "s.csv", text, "gbk"), STATIONS)
    assert rows.values["category"] == ["service_station", "clinic"]
    assert [(place.x, place.y) for place in rows.geometry] == [(117.3, 28.6), (117.31, 28.61)]
