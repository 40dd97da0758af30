"""The room of plans in a browser window, with a plan server in memory behind it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from math import log, pi, radians, sin

from tests.web.conftest import Desk
from tests.web.division_store import PlanServer

COLUMNS, ROWS = 24, 20
VIEW = "#map=16/{lat}/{lon}&panel=division&plan=7"
Corner = tuple[float, float, float, float]
"""West, north and the steps of a cell in degrees."""


class Room:
    """The room of plans with the plan server behind it."""

    def __init__(self, window: Desk, server: PlanServer, corner: Corner) -> None:
        self.window = window
        self.page = window.page
        self.server = server
        self.west, self.north, self.lon_step, self.lat_step = corner

    def open(self, more: str = "") -> Room:
        """Open the plan with all of its cells in view."""
        self.page.goto("about:blank")  # else only the address changes, and the map is still flying
        lon = self.west + COLUMNS / 2 * self.lon_step
        lat = self.north - ROWS / 2 * self.lat_step
        self.page.goto(
            f"{self.window.address}/{VIEW.format(lat=f'{lat:.5f}', lon=f'{lon:.5f}')}{more}"
        )
        self.page.wait_for_selector(".plan-head")
        self.page.wait_for_load_state("networkidle")
        return self

    def at(self, cell: int) -> tuple[float, float]:
        """Return the page's pixel of the middle of a cell."""
        column, row = cell % COLUMNS, cell // COLUMNS
        lon, lat = (
            self.west + (column + 0.5) * self.lon_step,
            self.north - (row + 0.5) * self.lat_step,
        )
        return self.pixel(lon, lat)

    def corner(self, column: float, row: float) -> tuple[float, float]:
        """Return the page's pixel of the corner between cells."""
        return self.pixel(self.west + column * self.lon_step, self.north - row * self.lat_step)

    def pixel(self, lon: float, lat: float) -> tuple[float, float]:
        """Return the page's pixel of a place, as the address says the map lies."""
        found = re.search(r"map=([\d.]+)/([\d.]+)/([\d.]+)", self.page.url)
        box = self.page.locator(".map").bounding_box()
        assert found is not None
        assert box is not None
        zoom, centre_lat, centre_lon = map(float, found.groups())
        x0, y0 = world(centre_lon, centre_lat, zoom)
        x, y = world(lon, lat, zoom)
        return box["x"] + box["width"] / 2 + x - x0, box["y"] + box["height"] / 2 + y - y0

    def click(self, cell: int) -> None:
        """Click into a cell."""
        self.page.mouse.click(*self.at(cell))

    def stroke(self, *cells: int) -> None:
        """Press on the first cell, drag over the others, release."""
        self.page.mouse.move(*self.at(cells[0]))
        self.page.mouse.down()
        for cell in cells[1:]:
            self.page.mouse.move(*self.at(cell), steps=4)
        self.page.mouse.up()

    def tool(self, name: str) -> None:
        """Take a tool by its name."""
        self.page.locator(".tool-button", has_text=name).click()

    def choose(self, name: str) -> None:
        """Take a part in hand by its row in the list."""
        self.page.locator(".part-row", has_text=name).first.click()

    def until(self, holds: Callable[[], bool], seconds: float = 10) -> None:
        """Wait until something holds on this side of the wire."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, "it did not happen"
            self.page.wait_for_timeout(20)

    def saved(self) -> None:
        """Wait until nothing is on its way."""
        self.page.wait_for_selector(".sync-saved")

    def households(self, name: str) -> int:
        """Return the households a row of the list shows."""
        row = self.page.locator(".part-row", has_text=name).first
        text: str = row.locator(".row-value").evaluate("element => element.lastChild.textContent")
        return int(text.replace(",", ""))


def world(lon: float, lat: float, zoom: float) -> tuple[float, float]:
    """Return the pixel of a place in the world of a zoom."""
    size, s = 256 * 2**zoom, sin(radians(lat))
    return (lon + 180) / 360 * size, (0.5 - log((1 + s) / (1 - s)) / (4 * pi)) * size


def cell(column: int, row: int) -> int:
    """Return the index of a cell."""
    return row * COLUMNS + column


def ids(*cells: int) -> list[int]:
    """Return the numbers the server knows cells by."""
    return [101 + each for each in cells]
