"""Events as a workbook: the list that a filter finds, with its numbers; that it left is recorded."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from layers.categories import EVENT_STATES
from layers.db import Database
from layers.usecases.events.filter import EventFilter
from layers.usecases.events.reading import deadline_of, stream_events
from layers.usecases.events.rules import HeldEventRules
from layers.usecases.events.working_time import ZONE
from layers.usecases.exports import log_export
from layers.usecases.reports.parts import CODE, COUNT, NUMBER, TEXT
from layers.usecases.reports.workbook import HEAD, put, save

LEVELS = {"grid": "网格", "community": "社区", "township": "街道（乡镇）", "county": "区县"}
COLUMNS = (
    ("编号", CODE, 14), ("状态", TEXT, 10), ("类别", TEXT, 18), ("描述", TEXT, 40), ("社区", TEXT, 16),
    ("社区代码", CODE, 15), ("网格", TEXT, 18), ("网格编码", CODE, 18), ("上报时网格", CODE, 18),
    ("处置层级", TEXT, 12), ("承办单位", TEXT, 18), ("上报时间", CODE, 17), ("收到时间", CODE, 17),
    ("办理期限", CODE, 17), ("期限说明", TEXT, 22), ("超期", TEXT, 6), ("升级次数", COUNT, 9), ("照片数", COUNT, 8),
    ("合并至", CODE, 14), ("经度", NUMBER, 11), ("纬度", NUMBER, 11), ("定位误差（米）", NUMBER, 12),
)  # fmt: skip
"""Heading, kind, width."""
DEGREES = "0.000000"


def export_events(database: Database, wanted: EventFilter, target: Path) -> int:
    """Write what a filter finds, oldest first, as XLSX and return how many rows.

    Nothing says who reported: the list is about things, not about people.
    """
    with database.session() as session:
        held, rows = stream_events(session, wanted)
        book = Workbook()
        sheet = book.active
        sheet.title = "事件"
        for n, (label, _, width) in enumerate(COLUMNS, start=1):
            cell = sheet.cell(1, n)
            put(cell, label, TEXT)
            cell.font, cell.fill = Font(bold=True), HEAD
            sheet.column_dimensions[get_column_letter(n)].width = width
        count = 0
        for row in rows:
            count += 1
            for n, (value, (label, kind, _)) in enumerate(
                zip(_cells(row, held), COLUMNS, strict=True), start=1
            ):
                cell = sheet.cell(count + 1, n)
                put(cell, value, kind)
                cell.alignment = Alignment(vertical="top", wrap_text=kind == TEXT)
                if label in {"经度", "纬度"}:
                    cell.number_format = DEGREES
        sheet.freeze_panes = "B2"
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{count + 1}"
        target.write_bytes(save(book, "事件", None))
        with io.BytesIO(target.read_bytes()) as content:
            noted = "; ".join(f"{name}={value}" for name, value in wanted.noted().items())
            log_export(session, "export.events", noted or "events", "xlsx", content, count)
    return count


def _cells(row: Any, held: HeldEventRules) -> list[Any]:
    category = held.rules.find(row.category)
    deadline = deadline_of(row, held.calendar)
    return [
        row.number,
        EVENT_STATES[row.state][0],
        category.name if category else row.category,
        row.text,
        row.community_name,
        row.community_code,
        row.grid_name,
        row.grid_code,
        row.reported_grid,
        LEVELS[row.level],
        row.handler_office or (row.handler_name if row.level != "grid" else row.grid_name),
        _minute(row.reported_at),
        _minute(row.received_at),
        _minute(row.due_at),
        "、".join(f"{year}年无日历" for year in deadline["years"]) if deadline else None,
        "是" if row.overdue else "",
        row.escalations,
        len(row.photos_kept),
        row.duplicate_number,
        round(row.lon, 7),
        round(row.lat, 7),
        row.accuracy_m,
    ]


def _minute(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
