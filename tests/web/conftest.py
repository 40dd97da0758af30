"""The built page in headless Chromium, served by the real service over a real store."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from api.app import create_app
from api.settings import WEB_DIST, Settings
from layers.db import Database

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


@contextmanager
def served(store: Database, home: Path) -> Iterator[str]:
    """Yield the address of a service over a store, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings(
        home=home, map_review_number="GS(2025)0000号", attribution=("合成示例数据",)
    )
    config = uvicorn.Config(create_app(settings, store), port=port, log_level="warning", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(60)


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
