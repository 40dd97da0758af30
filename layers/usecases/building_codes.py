"""Codes to be put up on buildings: scanned by any camera, the phone page opens with that building as the place."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from layers.db import Database
from layers.io.qr import picture_of
from layers.usecases.exports import log_export
from layers.usecases.grid_card import grid_card

STYLE = (
    "@page{size:A4;margin:10mm}body{font:12pt system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;"
    "margin:0}h1{font-size:14pt;margin:0 0 4mm}ul{list-style:none;margin:0;padding:0;display:grid;"
    "grid-template-columns:repeat(3,1fr);gap:4mm}li{border:1px solid #999;border-radius:2mm;padding:3mm;"
    "text-align:center;break-inside:avoid}svg{width:38mm;height:38mm}b{display:block}small{color:#444}"
)


def write_codes(database: Database, code: str, target: Path, base: str) -> dict[str, Any]:
    """Write a page of codes for the buildings of a grid, to be printed; what leaves is recorded.

    Parameters
    ----------
    base
        Address under which phones reach the server.

    Returns
    -------
    dict
        `grid`, `file` and the number of `codes`.
    """
    with database.session() as session:
        card = grid_card(session, code, most_items=None)
        grid, buildings = card["grid"], card["land"]["buildings"]["items"]
        name = escape(grid["name"] or grid["code"])
        rows = "".join(_code(base, building) for building in buildings)
        target.write_text(
            f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{name}</title>'
            f"<style>{STYLE}</style><h1>{name} · {escape(grid['code'])}</h1><ul>{rows}</ul></html>",
            encoding="utf-8",
        )
        with target.open("rb") as content:
            log_export(session, "export.codes", code, "html", content, len(buildings))
    return {"grid": code, "file": str(target), "codes": len(buildings)}


def _code(base: str, building: dict[str, Any]) -> str:
    numbered = " ".join(filter(None, (building["estate"], building["building_no"])))
    name = escape(building["name"] or numbered or building["code"])
    address = f"{base.rstrip('/')}/m?b={quote(building['code'], safe='')}"
    return f"<li>{picture_of(address)}<b>{name}</b><small>{escape(building['code'])}</small></li>"
