"""Ledgers of communities for tests, written as offices write them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl


def ledger(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    """Write a ledger as .csv, or as .xlsx under a title row."""
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        return path
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["社区用房台账"])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(header))
    for row in (header, *rows):
        sheet.append(list(row))
    book.save(path)
    return path


def yizheng() -> list[list[Any]]:
    """Return 18 communities of Yizheng, 15 of which meet its standard (the rows are made up)."""
    rows = []
    for number in range(18):
        town = number % 3 == 0
        households = 1500 + 250 * number
        required = max(households * 20 / 100, 400 if town else 800)
        area = required - (10 * (number + 1) if number in {4, 9, 13} else 0)
        rows.append(
            [f"社区{number + 1}", "集镇社区" if town else "农民集中居住区", households, area]
        )
    return rows


CIXI_TOWNSHIPS = (25, 10, 3, 1, 6, 2, 1)


def cixi() -> list[list[Any]]:
    """Return 48 communities of Cixi, 73,000 households and 369 workers, 24 below 40 m² (made up)."""
    rows: list[list[Any]] = []
    for township, count in enumerate(CIXI_TOWNSHIPS, start=1):
        for _ in range(count):
            number = len(rows)
            households = 1520 + (40 if number < 1 else 0)  # 48 × 1,520 + 40 = 73,000
            required = households * 40 // 100
            area = required - (number + 1) if number % 2 == 0 else required + 100
            workers = 369 // 48 + (number < 369 % 48)
            rows.append([f"镇{township}", f"社区{number + 1}", households, area, workers])
    return rows


def shaanxi() -> list[list[Any]]:
    """Return 3,237 villages: 616 without premises, 1,132 below 200 m², 809 up to 300, 680 from 300 on."""
    areas = [0] * 616 + [150] * 1132 + [200] * 405 + [299] * 404 + [300] * 340 + [420] * 340
    return [[f"村{number + 1}", "行政村", area] for number, area in enumerate(areas)]
