"""What rights by area cost at a million buildings: the same statements with and without them.

The owner of the tables is held by no policy; the server's role is, with and without the marks that
let row-level security use the indexes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from layers.db import Database, open_database
from layers.features import Box, feature_page, tile
from layers.registry import layer
from layers.usecases.search import find
from layers.version import VERSION
from tests.bench.timing import Row, Tool, compare, table
from tests.million import BUILDINGS, Millions, fill_million, unmarked
from tests.mvt import tile_of

ZOOM, BOX_DEG, QUERY = 16, 0.002, "楼宇1234"
POINT_IN_GRID = text(
    "SELECT t.code FROM grid_version t, (SELECT ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS p) q "
    "WHERE t.geom && p AND ST_Intersects(t.geom, p)"
)
Ask = Callable[[Session], Any]


def questions(million: Millions) -> dict[str, Ask]:
    """Return what is asked: a tile and a page of buildings, the grid of a point, a name."""
    lon, lat = million.lon, million.lat
    x, y = tile_of(lon, lat, ZOOM)
    box = Box(lon, lat, lon + BOX_DEG, lat + BOX_DEG)
    buildings = layer("buildings")
    return {
        f"tile of buildings, zoom {ZOOM}": lambda s: tile(s, buildings, ZOOM, x, y),
        "page of a box of buildings": lambda s: feature_page(s, buildings, box, 1000, 0),
        "grid of a point": lambda s: s.execute(POINT_IN_GRID, {"lon": lon, "lat": lat}).all(),
        "search by name": lambda s: find(s, QUERY, 12),
    }


def measure_rights(runs: int = 7) -> list[Row]:
    """Return the rows of every question: without policies, for two areas, and without the marks."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="wangge-rights-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root the server runs as somebody else
        with open_database(folder / "home") as store:
            million = fill_million(store)
            sys.stdout.write(f"\nrights: {BUILDINGS:,} buildings\n")
            for work, ask in questions(million).items():
                rows += _compare(f"rights: {work}", million, ask, runs)
    sys.stdout.write(table(rows) + "\n")
    sys.stdout.flush()
    return rows


def _compare(work: str, million: Millions, ask: Ask, runs: int) -> list[Row]:
    """Time one question for everybody; marks are a matter of the whole database, so they come last."""
    with ExitStack() as stack:
        rows = compare(work, _tools(stack, million, ask, "", owner=True), runs)[0]
    with unmarked(million.store), ExitStack() as stack:
        rows += compare(work, _tools(stack, million, ask, ", no LEAKPROOF", owner=False), runs)[0]
    return rows


def _tools(
    stack: ExitStack, million: Millions, ask: Ask, suffix: str, *, owner: bool
) -> list[Tool]:
    """Return one tool per kind of account, each with a transaction that stays open."""

    def tool(name: str, store: Database, role: str, note: str) -> Tool:
        session = stack.enter_context(store.session(role))
        return Tool(f"{name}{suffix}", VERSION, lambda: ask(session), note)

    tools = []
    if owner:
        tools.append(tool("owner", million.store, "owner", "no policies"))
    for name in ("county", "township"):
        who = million.actors[name]
        area = f"{len(who.area or ())} divisions"
        tools.append(tool(name, million.store.acting(who), "server", area))
    return tools


if __name__ == "__main__":
    measure_rights()
