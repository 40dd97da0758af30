"""Single cells of ledgers: what users write for numbers, dates, codes and nothing."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Any

EMPTY_WORDS = frozenset(
    {"", "无", "暂无", "不详", "-", "--", "—", "——", "/", "\\", "null", "none", "nan", "n/a", "na"}
)
TRUE_WORDS = frozenset({"是", "有", "y", "yes", "true", "1", "t", "封闭", "对", "√"})
FALSE_WORDS = frozenset({"否", "无", "n", "no", "false", "0", "f", "开放", "错", "×"})
UNITS = ("平方米", "m2", "㎡", "户", "人", "层", "个", "张")
EXACT_DIGITS = 15
"""Spreadsheets keep 15 digits of a number; the rest of a longer code is already lost."""
EXCEL_DAY_ZERO = date(1899, 12, 30)
EXCEL_DAYS = range(20_000, 80_000)
DATE_PATTERNS = (
    re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?$"),
    re.compile(r"^(\d{4})(\d{2})(\d{2})$"),
    re.compile(r"^(\d{4})[-/.年](\d{1,2})月?$"),
    re.compile(r"^(\d{4})年?$"),
)


class CellError(ValueError):
    """A cell that cannot be what its field needs; the text is the reason."""


def plain(value: Any) -> str:
    """Return a cell as text: full-width digits and letters narrow, blanks trimmed."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.replace("\0", "").strip().strip("\u200b\ufeff")
    if text.startswith('="') and text.endswith('"'):  # how CSV keeps leading zeros for Excel
        text = text[2:-1]
    return text


def header_key(text: Any) -> str:
    """Return a header in the form headers are compared in: no case, blanks, signs or units."""
    bare = re.sub(r"\(.*?\)|\[.*?\]", "", plain(text).lower())
    return re.sub(r"[\W_]+", "", bare)


def is_empty(value: Any) -> bool:
    """Tell whether a cell says nothing."""
    return value is None or (isinstance(value, str) and plain(value).lower() in EMPTY_WORDS)


def as_text(value: Any) -> str:
    """Return text as written, trimmed and in its normal form."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    text = plain(value)
    return " ".join(text.split())


def as_code(value: Any, *, from_spreadsheet: bool = False) -> str:
    """Return a code as text.

    Raises
    ------
    CellError
        For numbers that have lost digits, and scientific notation.
    """
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and not (isinstance(value, int) and not from_spreadsheet):
        if abs(value) >= 10**EXACT_DIGITS:
            raise CellError(
                f"stored as a number with more than {EXACT_DIGITS} digits, the last ones are lost; "
                "format the column as text and enter it again"
            )
        if isinstance(value, float) and not value.is_integer():
            raise CellError(f"{value} is no code")
    text = plain(value)
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", text):
        raise CellError(f"{text} is a code in scientific notation, digits are lost")
    return text.removesuffix(".0") if re.fullmatch(r"\d+\.0", text) else text.lstrip("'")


def as_number(value: Any) -> float:
    """Return a number, without thousands commas and a unit behind it.

    Raises
    ------
    CellError
        When it is none.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    text = plain(value).replace(",", "").replace(" ", "")
    for unit in UNITS:
        text = text.removesuffix(unit)
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not isfinite(number) or "_" in text:
        raise CellError(f"{shown(value)} is no number")
    return number


def as_integer(value: Any) -> int:
    """Return a whole number.

    Raises
    ------
    CellError
        When it is none.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = as_number(value)
    if not number.is_integer():
        raise CellError(f"{shown(value)} is no whole number")
    return int(number)


def as_list(value: Any) -> list[str]:
    """Return the parts of a cell that lists several things (警务室、图书室；…), in their order."""
    parts = re.split(r"[、,;/\n]+", plain(value).replace("；", ";").replace("，", ","))
    return [part for part in (" ".join(item.split()) for item in parts) if part]


def as_rooms(value: Any) -> dict[str, int]:
    """Return rooms of a cell with how many of each: 警务室、会议室2间、图书室×3.

    Raises
    ------
    CellError
        For a number that no room has.
    """
    found: dict[str, int] = {}
    for part in as_list(value):
        match = re.fullmatch(r"(.*?\D)(?:\s*[xX×*]?\s*(\d{1,4})\s*[间个处]?)?", part)
        if match is None:
            raise CellError(f"{shown(part)} names no room")
        name = match.group(1).strip()
        found[name] = found.get(name, 0) + int(match.group(2) or 1)
    return found


def as_boolean(value: Any) -> bool:
    """Return yes or no.

    Raises
    ------
    CellError
        When it is neither.
    """
    word = plain(value).lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise CellError(f"{shown(value)} is neither yes nor no (是/否)")


def as_date(value: Any) -> date:
    """Return a day; a month or year alone is its first day, an Excel day number its day.

    Raises
    ------
    CellError
        When it is no day.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = plain(value)
    for pattern in DATE_PATTERNS:
        match = pattern.match(text)
        if match:
            parts = [int(part) for part in match.groups()]
            try:
                return date(*[*parts, 1, 1][:3])
            except ValueError:
                break
    if text.isdigit() and int(text) in EXCEL_DAYS:
        return EXCEL_DAY_ZERO + timedelta(days=int(text))
    raise CellError(f"{shown(value)} is no date (use 2025-01-31)")


def shown(value: Any) -> str:
    """Return a cell for a message, shortened and in quotation marks."""
    text = str(value)
    return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'
