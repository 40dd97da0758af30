"""A refused ledger comes back as a workbook with what is wrong in it, as good a ledger as it was."""

from __future__ import annotations

import io

import openpyxl
import pytest
from openpyxl.styles import Font

from gis.errors import RefusedInputError
from layers.io.fields import KINDS
from layers.io.parse import read_rows
from layers.usecases.error_workbook import TITLE, Mark, error_workbook
from tests.layers.ledgers import ledger

HEADER = ("姓名", "工作电话", "岗位", "网格编码", "开始日期")
ROWS = [
    ["甲", "000-1", "网格员", "990101001001001", "2026-01-01"],
    ["乙", "000-2", "网格员", "990101001001999", "2026-13-01"],
    ["", "000-3", "网格员", "990101001001001", ""],
]


def refused(path):
    """Return what reading a ledger finds wrong, by row."""
    with pytest.raises(RefusedInputError) as caught:
        read_rows(path, KINDS["workers"])
    return [Mark(fault.row, fault.field, fault.reason) for fault in caught.value.faults]


def read(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content)).active


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_every_wrong_cell_is_marked_with_its_reason(tmp_path, ending):
    path = ledger(tmp_path / f"台账.{ending}", HEADER, ROWS)
    below = 0 if ending == "csv" else 1  # a title stands above
    marks = [*refused(path), Mark(3 + below, "grid", "没有这个网格")]
    content = error_workbook(path, "workers", marks)
    assert content == error_workbook(path, "workers", marks)
    sheet = read(content)
    wrong = {
        (cell.row - below, cell.column_letter): cell.comment.text
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    }
    assert set(wrong) == {(3, "D"), (3, "E"), (4, "A")}
    assert wrong[3, "D"] == "没有这个网格"
    assert "2026-13-01" in wrong[3, "E"]
    assert sheet.cell(1 + below, 6).value == TITLE
    beside = [sheet.cell(n + below, 6).value for n in (2, 3, 4)]
    assert beside[0] is None
    lines = beside[1].split("\n")
    assert lines[0].startswith("开始日期：")
    assert lines[1] == "网格编码：没有这个网格"
    assert beside[2].startswith("姓名：")


def test_a_workbook_keeps_its_looks_and_its_other_sheets(tmp_path):
    path = ledger(tmp_path / "台账.xlsx", HEADER, ROWS)
    book = openpyxl.load_workbook(path)
    book.active["A3"].font = Font(bold=True)
    book.create_sheet("说明")["A1"] = "请勿修改"
    book.save(path)
    marked = openpyxl.load_workbook(
        io.BytesIO(error_workbook(path, "workers", [Mark(4, "grid", "x")]))
    )
    assert marked.sheetnames[-1] == "说明"
    assert marked["说明"]["A1"].value == "请勿修改"
    assert marked.worksheets[0]["A3"].font.bold
    assert [str(area) for area in marked.worksheets[0].merged_cells.ranges] == ["A1:E1"]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_was_mended_in_it_is_read_like_the_ledger(tmp_path, ending):
    path = ledger(tmp_path / f"台账.{ending}", HEADER, ROWS)
    below = 0 if ending == "csv" else 1
    book = openpyxl.load_workbook(io.BytesIO(error_workbook(path, "workers", refused(path))))
    book.active.cell(3 + below, 5).value = "2026-03-01"
    book.active.cell(4 + below, 1).value = "丙"
    book.save(tmp_path / "改好.xlsx")
    rows = read_rows(tmp_path / "改好.xlsx", KINDS["workers"])
    assert rows.values["name"] == ["甲", "乙", "丙"]
    assert rows.values["work_phone"] == ["000-1", "000-2", "000-3"]
    assert rows.ignored == [TITLE]


def test_what_begins_like_a_formula_stays_text(tmp_path):
    rows = [["=1+1", "000-1", "网格员", "990101001001001", ""]]
    path = ledger(tmp_path / "台账.csv", HEADER, rows)
    sheet = read(error_workbook(path, "workers", [Mark(2, None, "=HYPERLINK(1)")], title="=2"))
    for cell in (sheet["A2"], sheet["F1"], sheet["F2"]):
        assert cell.data_type == "s", cell.value
    assert sheet["F2"].value == "=HYPERLINK(1)"


def test_a_row_that_the_ledger_merges_is_told_beside_it(tmp_path):
    path = ledger(tmp_path / "台账.xlsx", HEADER, ROWS)
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("D3:D5")
    book.save(path)
    sheet = read(error_workbook(path, "workers", [Mark(4, "grid", "x"), Mark(4, "nothing", "y")]))
    assert sheet["F4"].value == "网格编码：x\nnothing：y"


def test_nothing_to_mark_is_said(tmp_path):
    path = ledger(tmp_path / "台账.csv", HEADER, ROWS)
    with pytest.raises(RefusedInputError) as caught:
        error_workbook(path, "workers", [])
    assert caught.value.code == "no_marks"
    (tmp_path / "x.xlsx").write_bytes(b"PK no workbook")
    with pytest.raises(RefusedInputError):
        error_workbook(tmp_path / "x.xlsx", "workers", [Mark(1, None, "x")])
