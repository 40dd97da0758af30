from contextlib import suppress
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.io.cells import (
    CellError,
    as_boolean,
    as_code,
    as_date,
    as_integer,
    as_number,
    as_text,
    header_key,
    is_empty,
)


@pytest.mark.parametrize("cell", [None, "", "  ", "无", "-", "/", "暂无", "NULL", "　"])
def test_what_means_nothing(cell) -> None:
    assert is_empty(cell)


@pytest.mark.parametrize("cell", [0, "0", "无锡路", False])
def test_what_means_something(cell) -> None:
    assert not is_empty(cell)


@pytest.mark.parametrize(
    ("cell", "number"),
    [("１２０", 120), ("1,200", 1200), ("1,200户", 1200), (12.0, 12), ("12.0", 12), (" 7 ", 7)],
)
def test_whole_numbers_as_ledgers_write_them(cell, number) -> None:
    assert as_integer(cell) == number


@pytest.mark.parametrize("cell", ["约30", "12.5", "三十", "1_000", "inf", "nan", "1e999", "30/40"])
def test_texts_that_are_no_whole_numbers(cell) -> None:
    with pytest.raises(CellError):
        as_integer(cell)


def test_numbers_with_units() -> None:
    assert as_number("420.5㎡") == 420.5
    assert as_number("420平方米") == 420


@pytest.mark.parametrize(
    "cell",
    [
        "2025-06-30",
        "2025/6/30",
        "2025.6.30",
        "2025年6月30日",
        "20250630",
        "2025-06-30 00:00:00",
        "45838",
        datetime(2025, 6, 30, 8),
        date(2025, 6, 30),
    ],
)
def test_days(cell) -> None:
    assert as_date(cell) == date(2025, 6, 30)


def test_months_and_years_are_their_first_day() -> None:
    assert as_date("2025年6月") == date(2025, 6, 1)
    assert as_date("2025") == date(2025, 1, 1)


@pytest.mark.parametrize("cell", ["2025-02-30", "去年", "6/30/2025x", "0"])
def test_texts_that_are_no_days(cell) -> None:
    with pytest.raises(CellError):
        as_date(cell)


def test_codes_stay_text() -> None:
    assert as_code("001") == "001"
    assert as_code(990101001001, from_spreadsheet=True) == "990101001001"
    assert as_code(990101001001.0) == "990101001001"
    assert as_code('="00123"') == "00123"
    assert as_code("'00123") == "00123"
    assert as_code(123456789012345678) == "123456789012345678"  # whole numbers of a database


@pytest.mark.parametrize("cell", [9.90101001001001e17, 990101001001001001, "9.901E+17", 12.5])
def test_codes_that_lost_digits_are_refused(cell) -> None:
    with pytest.raises(CellError):
        as_code(cell, from_spreadsheet=True)


def test_yes_and_no() -> None:
    assert [as_boolean(cell) for cell in ("是", "yes", 1, True, "Y")] == [True] * 5
    assert [as_boolean(cell) for cell in ("否", "无", 0, False, "n")] == [False] * 5
    with pytest.raises(CellError):
        as_boolean("也许")


def test_headers_compare_without_case_blanks_units_and_signs() -> None:
    assert header_key("户籍户数（户）") == header_key("户籍 户数")
    assert header_key("Building_No.") == header_key("building no")
    assert header_key("ＬＯＮ") == "lon"


@given(st.integers(min_value=0, max_value=10**9))
def test_any_number_survives_full_width_digits(number) -> None:
    wide = str(number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert as_integer(wide) == number


@given(st.text(max_size=30))
def test_no_text_crashes_a_cell(text) -> None:
    for convert in (as_text, as_code, as_integer, as_number, as_date, as_boolean, header_key):
        with suppress(CellError):
            convert(text)
