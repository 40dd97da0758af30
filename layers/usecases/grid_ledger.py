"""The ledger of a grid as a workbook (一网格一档): its card, and a sheet with the rows behind every figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from gis.errors import RefusedInputError
from layers.categories import (
    ASSET_CATEGORIES,
    BASIS_LABELS,
    EVENT_STATES,
    ORGANISATION_CATEGORIES,
    STATION_CATEGORIES,
)
from layers.db import Database
from layers.files import written_whole
from layers.usecases.exports import log_export
from layers.usecases.grid_card import grid_card
from layers.usecases.reports.parts import CODE, COUNT, NUMBER, TEXT
from layers.usecases.reports.workbook import HEAD, put, save

LABELS = {
    **STATION_CATEGORIES,
    **ASSET_CATEGORIES,
    **ORGANISATION_CATEGORIES,
    **BASIS_LABELS,
    "vacant": ("空置户数", "vacant homes"),
    "residential": ("住宅", "residential"),
    "public": ("公共", "public"),
    "commercial": ("商业", "commercial"),
    "industrial": ("工业", "industrial"),
    "other": ("其他", "other"),
    "in_order": ("完好", "in order"),
    "damaged": ("破损", "damaged"),
    "missing": ("丢失", "missing"),
    "disused": ("废弃", "disused"),
    "unknown": ("未填", "not said"),
    "open": ("开放", "open"),
    "planned_station": ("规划", "planned"),
    "closed": ("关闭", "closed"),
    "north": ("北至", "north"),
    "east": ("东至", "east"),
    "south": ("南至", "south"),
    "west": ("西至", "west"),
}
WORDS: Mapping[str, tuple[str, str]] = {
    "card": ("五要素", "five elements"),
    "buildings": ("楼栋", "buildings"),
    "things": ("部件", "assets"),
    "organisations": ("单位", "organisations"),
    "stations": ("服务站点", "stations"),
    "workers": ("网格员", "workers"),
    "people": ("人", "people"),
    "land": ("地", "land"),
    "thing": ("物", "things"),
    "event": ("事", "events"),
    "organisation": ("组织", "organisations"),
    "events": ("事件", "events"),
    "received_on": ("上报日期", "received on"),
    "element": ("要素", "element"),
    "item": ("项目", "item"),
    "value": ("数量", "value"),
    "basis": ("口径、日期与来源", "basis, date and source"),
    "code": ("编码", "code"),
    "name": ("名称", "name"),
    "category": ("类别", "category"),
    "state": ("状态", "state"),
    "status": ("状态", "state"),
    "kind": ("用途", "kind"),
    "floors": ("层数", "floors"),
    "estate": ("小区", "estate"),
    "building_no": ("楼号", "number"),
    "registered": ("户籍户数", "registered households"),
    "resident": ("常住户数", "resident households"),
    "planned": ("规划户数", "planned households"),
    "vacant": ("空置户数", "vacant homes"),
    "counted_on": ("统计日期", "counted on"),
    "source": ("来源", "source"),
    "work_phone": ("单位电话", "work phone"),
    "post": ("岗位", "post"),
    "since": ("任职起", "since"),
    "lon": ("经度", "longitude"),
    "lat": ("纬度", "latitude"),
    "area_m2": ("面积（平方米）", "area, m²"),
    "perimeter_m": ("周长（米）", "perimeter, m"),
    "estates": ("小区", "estates"),
    "villager_groups": ("村民小组", "villager groups"),
    "total": ("合计", "total"),
    "population": ("人口", "population"),
    "no_population": (
        "台账以户计；社区以下不保存人口",
        "ledgers count households; persons below a community are not kept",
    ),
    "of_buildings": ("{counted}／{all} 栋有数", "counted in {counted} of {all} buildings"),
    "undated": (
        "楼栋、小区、村民小组、部件、单位按库中现状，不随日期变化",
        "buildings, estates, villager groups, assets and organisations are as they are now, whatever the day",
    ),
    "not_listed": ("另有 {n} 条未列出", "{n} more are not listed"),
}
KINDS = {
    **dict.fromkeys(("floors", "registered", "resident", "planned", "vacant"), COUNT),
    "code": CODE,
    "lon": NUMBER,
    "lat": NUMBER,
}
COLUMNS = {
    "workers": ("name", "post", "work_phone", "since"),
    "buildings": (
        "code", "name", "kind", "floors", "estate", "building_no", "resident", "registered",
        "planned", "vacant", "counted_on", "source", "lon", "lat",
    ),
    "things": ("code", "name", "category", "state", "lon", "lat"),
    "events": ("code", "category", "state", "received_on", "lon", "lat"),
    "organisations": ("code", "name", "category", "work_phone", "lon", "lat"),
    "stations": ("code", "name", "category", "status", "lon", "lat"),
}  # fmt: skip
TRANSLATED = frozenset({"category", "state", "status", "kind"})
DEGREES = "0.000000"


def export_card(
    database: Database, code: str, target: Path, as_of: date | None = None, lang: str = "zh"
) -> dict[str, Any]:
    """Write the ledger of a grid, logged as everything that leaves; return the file and its rows.

    Raises
    ------
    RefusedInputError
        `unknown_format` for an ending that is not .xlsx.
    """
    if target.suffix.lower() != ".xlsx":
        raise RefusedInputError("unknown_format", "write to a file ending in .xlsx")
    with written_whole(target) as fresh, database.session() as session:
        card = grid_card(session, code, as_of, most_items=None)
        fresh.write_bytes(grid_ledger(card, lang))
        rows = sum(len(items) for items in _sheets(card).values())
        with fresh.open("rb") as content:
            log_export(session, "export.card", code, "xlsx", content, rows)
    return {"grid": code, "as_of": card["as_of"], "file": str(target), "rows": rows}


def grid_ledger(card: Mapping[str, Any], lang: str) -> bytes:
    """Return a card with its rows as XLSX; equal cards give equal bytes."""
    word = _Words(lang)
    grid = card["grid"]
    name = f"{grid['name'] or grid['code']} {grid['code']}"
    book = Workbook()
    book.remove(book.active)
    sheet = book.create_sheet(word("card"))
    put(sheet.cell(1, 1), f"{name} · {card['as_of']}", TEXT)
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    put(sheet.cell(2, 1), word("undated"), TEXT)
    heads = [word(each) for each in ("element", "item", "value", "basis")]
    _table(sheet, 4, heads, [TEXT, TEXT, COUNT, TEXT], _summary(card, word))
    for key, items in _sheets(card).items():
        columns = COLUMNS[key]
        rows = [[word.cell(key, row, c) for c in columns] for row in items]
        kinds = [KINDS.get(c, TEXT) for c in columns]
        _table(book.create_sheet(word(key)), 1, [word(c) for c in columns], kinds, rows)
    return save(book, name, card["as_of"])


class _Words:
    """Words of one language."""

    def __init__(self, lang: str) -> None:
        self._at = 0 if lang == "zh" else 1

    def __call__(self, key: str, **values: Any) -> str:
        return WORDS[key][self._at].format(**values)

    def of(self, row: Mapping[str, Any], column: str) -> Any:
        """Return what a row holds, in the language where it holds both."""
        return (row.get(f"{column}_en") if self._at else None) or row[column]

    def cell(self, sheet: str, row: Mapping[str, Any], column: str) -> Any:
        """Return what stands in a cell: codes of the house in words."""
        if sheet == "events" and column == "category":
            return self.of(row, "name") or row["category"]
        if sheet == "events" and column == "state":
            return EVENT_STATES[row["state"]][self._at]
        return self.label(row[column], column) if column in TRANSLATED else self.of(row, column)

    def state(self, state: str) -> str | None:
        """Return how far an event, or how a thing or a station is."""
        return (
            EVENT_STATES[state][self._at] if state in EVENT_STATES else self.label(state, "status")
        )

    def label(self, word: str | None, column: str) -> str | None:
        """Return a stored word as people say it; a ledger's own word stays."""
        own = "planned_station" if (word, column) == ("planned", "status") else word
        return word if own not in LABELS else LABELS[own][self._at]


def _sheets(card: Mapping[str, Any]) -> dict[str, Sequence[Mapping[str, Any]]]:
    return {
        "workers": card["people"]["workers"],
        "buildings": card["land"]["buildings"]["items"],
        "things": card["things"]["items"],
        "events": card["events"]["items"],
        "organisations": card["organisations"]["items"],
        "stations": card["stations"]["items"],
    }


def _summary(card: Mapping[str, Any], word: _Words) -> list[list[Any]]:
    people, land = word("people"), word("land")
    rows: list[list[Any]] = []
    for count in card["people"]["households"]:
        days = sorted({count["counted_from"], count["counted_to"]} - {None})
        counted = word("of_buildings", counted=count["buildings_counted"], all=count["buildings"])
        basis = "；".join([counted, "—".join(days), "、".join(count["sources"])]).rstrip("；")
        rows.append([people, word.label(count["basis"], "basis"), count["households"], basis])
    rows.append([people, word("population"), None, word("no_population")])
    rows.append([people, word("workers"), len(card["people"]["workers"]), None])
    of = card["land"]
    rows += [[land, word(key), of[key], None] for key in ("area_m2", "perimeter_m")]
    rows += [
        [land, word.label(side, "side"), None, street] for side, street in of["bounds"].items()
    ]
    for key in ("estates", "villager_groups"):
        names = "、".join(item["name"] or item["code"] for item in of[key])
        rows.append([land, word(key), len(of[key]), names])
    rows += _by(land, word("buildings"), of["buildings"], "kind", word)
    rows += _by(word("thing"), word("total"), card["things"], "category", word)
    rows += _by(word("event"), word("total"), card["events"], "category", word)
    group = word("organisation")
    rows += _by(group, word("total"), card["organisations"], "category", word)
    rows += _by(group, word("stations"), card["stations"], "category", word)
    return rows


def _by(
    element: str, title: str, found: Mapping[str, Any], by: str, word: _Words
) -> list[list[Any]]:
    rows: list[list[Any]] = [[element, title, found["number"], None]]
    for item in found["by"]:
        states = "、".join(
            f"{word.state(state)} {number}"
            for state, number in sorted(item.get("states", {}).items())
        )
        rows.append(
            [
                element,
                word.label(word.of({"name": None, **item}, "name") or item[by], by),
                item["number"],
                states,
            ]
        )
    return rows


def _table(
    sheet: Any,
    first: int,
    heads: Sequence[str],
    kinds: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> None:
    for n, head in enumerate(heads, start=1):
        cell = sheet.cell(first, n)
        put(cell, head, TEXT)
        cell.font, cell.fill = Font(bold=True), HEAD
        cell.alignment = Alignment(horizontal="center", vertical="center")
        widest = max([len(head) * 2, *(len(str(row[n - 1] or "")) * 1.4 for row in rows)])
        sheet.column_dimensions[get_column_letter(n)].width = min(max(widest + 2, 9), 40)
    for number, row in enumerate(rows, start=first + 1):
        for n, (value, kind) in enumerate(zip(row, kinds, strict=True), start=1):
            cell = sheet.cell(number, n)
            put(cell, value, kind)
            if kind == NUMBER:
                cell.number_format = DEGREES
    sheet.freeze_panes = sheet.cell(first + 1, 1)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
