"""The built page in headless Chromium, served by the real service over a real store."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from api.settings import WEB_DIST
from layers.db import Database
from tests.conftest import serving

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 30_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder as a browser test."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return the machine's Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("Chromium is missing; run: make setup-dev")
    if not (WEB_DIST / "index.html").exists():
        pytest.fail("the page is not built; run: make setup")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


def served(store: Database, home: Path) -> AbstractContextManager[str]:
    """Return the service over a store with everything a map has to name."""
    return serving(
        store, home, map_review_number="GS(2025)0000号", attribution=("合成示例数据",)
    )


@pytest.fixture(scope="session")
def desk(sample_store: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the desk over the sample county."""
    with served(sample_store, tmp_path_factory.mktemp("desk")) as address:
        yield address


class Desk:
    """The page with what went wrong in it and what it asked for."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.faults: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(WAIT_MS)
        page.on(
            "console",
            lambda message: (
                self.faults.append(message.text) if message.type in {"error", "warning"} else None
            ),
        )
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, state: str = "") -> Desk:
        """Open the page at an address' state and wait for its figures."""
        self.page.goto(f"{self.address}/{state}")
        self.page.wait_for_selector(".figure-value")
        self.page.wait_for_load_state("networkidle")
        return self

    def figures(self) -> list[str]:
        """Return the three headline figures as they are read."""
        return [text.strip() for text in self.page.locator(".figure-value").all_inner_texts()]

    def settled(self) -> None:
        """Wait until nothing is being computed."""
        self.page.wait_for_selector(".progress", state="detached")

    def keep(self, name: str) -> None:
        """Write a screenshot into the folder `DESK_SHOTS`, if one is named, to be looked at."""
        folder = os.environ.get("DESK_SHOTS")
        if folder:
            self.page.wait_for_timeout(800)
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"))


@pytest.fixture
def open_desk(chromium: Browser, desk: str) -> Iterator[Any]:
    """Return a function that opens the desk in a window of its own; every window must stay without faults."""
    opened: list[tuple[Any, Desk]] = []

    def start(address: str = desk, width: int = 1440, height: int = 900, **options: Any) -> Desk:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        window = Desk(context.new_page(), address)
        opened.append((context, window))
        return window

    yield start
    for context, window in opened:
        context.close()
        assert window.faults == []
