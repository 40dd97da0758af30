"""The built page in headless Chromium, served by the real service over a real store."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from api.settings import WEB_DIST
from layers.db import Database
from layers.usecases.accounts import add_demo_accounts
from layers.usecases.sessions import SignInRules
from tests.conftest import serving

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 30_000
expect.set_options(timeout=WAIT_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder as a browser test."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The first is the same engine without the windows around it, and takes half the time."""


def browser_program() -> str | None:
    """Return the path of the machine's Chromium, None where there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return the machine's Chromium."""
    program = browser_program()
    if program is None:
        pytest.fail("Chromium is missing; run: make setup-dev")
    if not (WEB_DIST / "index.html").exists():
        pytest.fail("the page is not built; run: make setup")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


def served(store: Database, home: Path, **more: Any) -> AbstractContextManager[str]:
    """Return the service over a store in demo mode, with everything a map has to name."""
    add_demo_accounts(store)
    return serving(
        store,
        home,
        map_review_number="GS(2025)0000号",
        attribution=("合成示例数据",),
        sign_in=SignInRules(demo=True),
        requests_per_second=1e5,
        sign_ins_per_minute=1e5,
        **more,
    )


def sign_in(context: BrowserContext, address: str, **account: str) -> None:
    """Sign a browser in, as the demo planner of the county or by name and password."""
    path = "/api/session" if "password" in account else "/api/session/demo"
    answer = context.request.post(address + path, data=account or {"name": "demo-planner"})
    assert answer.ok, answer.text()


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
        self.unanswered: set[Request] = set()
        page.set_default_timeout(WAIT_MS)
        page.on(
            "console",
            lambda message: (
                self.faults.append(message.text) if message.type in {"error", "warning"} else None
            ),
        )
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", self.asked)
        page.on("requestfinished", self.answered)
        page.on("requestfailed", self.answered)

    def asked(self, request: Request) -> None:
        """Note what the page asks for."""
        self.requests.append(request.url)
        self.unanswered.add(request)

    def answered(self, request: Request) -> None:
        """Note that it has its answer, or has given it up."""
        self.unanswered.discard(request)

    def open(self, state: str = "") -> Desk:
        """Open the page at an address' state and wait for its figures."""
        self.page.goto(f"{self.address}/{state}")
        self.page.wait_for_selector(".figure-value")
        self.page.wait_for_load_state("networkidle")
        return self

    def go(self, state: str) -> None:
        """Go to an address' state in the window as it is, as if it were typed over the old one."""
        self.page.evaluate(
            """state => {
              history.pushState(null, "", state);
              dispatchEvent(new PopStateEvent("popstate"));
            }""",
            state,
        )
        # The page writes its address once its state has rested for a fifth of a second.
        self.page.wait_for_timeout(300)

    def show(self, state: str) -> Desk:
        """Begin at an address' state, without what an earlier test held up, lit or left open; wait for figures."""
        self.page.unroute_all()
        self.page.set_viewport_size({"width": 1440, "height": 900})
        self.page.mouse.move(0, 0)  # what lies under a resting pointer is lit, or chosen
        for _ in range(2):
            self.page.keyboard.press("Escape")
        self.page.evaluate("document.activeElement?.blur()")
        self.go(state)
        self.quiet()
        self.until("!document.querySelector('.progress, .dimmed')")
        return self

    def quiet(self) -> None:
        """Wait until the page has every answer, however late, and asks for nothing more."""
        deadline = time.monotonic() + WAIT_MS / 1000
        before = -1
        while before != len(self.requests) or self.unanswered:
            before = len(self.requests)
            self.page.wait_for_timeout(400)
            assert time.monotonic() < deadline, [request.url for request in self.unanswered]

    def without_faults(self) -> None:
        """Check that nothing went wrong in the page; what did is told once."""
        found, self.faults[:] = list(self.faults), []
        assert found == []

    def forgive(self, *words: str) -> None:
        """Take out what the browser logs of failures that a test made, by a word of each."""
        self.faults[:] = [
            fault for fault in self.faults if not any(word in fault for word in words)
        ]

    def figures(self) -> list[str]:
        """Return the three headline figures as they are read."""
        return [text.strip() for text in self.page.locator(".figure-value").all_inner_texts()]

    def until(self, condition: str) -> None:
        """Wait until a JavaScript condition holds.

        Playwright's own waiting evaluates text inside the page, which the content policy forbids.
        """
        deadline = time.monotonic() + WAIT_MS / 1000
        while not self.page.evaluate(condition):
            assert time.monotonic() < deadline, condition
            self.page.wait_for_timeout(50)

    def settled(self) -> None:
        """Wait until nothing is being computed."""
        self.page.wait_for_selector(".progress", state="detached")

    def still(self) -> None:
        """Wait until the map has come to rest: the address says where it lies."""
        before = ""
        while before != self.page.url:
            before = self.page.url
            self.page.wait_for_timeout(400)

    def keep(self, name: str) -> None:
        """Write a screenshot into the folder `DESK_SHOTS`, if one is named, to be looked at."""
        folder = os.environ.get("DESK_SHOTS")
        if folder:
            self.page.wait_for_timeout(800)
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"))


@contextmanager
def doors(chromium: Browser, desk: str) -> Iterator[Callable[..., Desk]]:
    """Yield a function that opens a window where nobody is signed in; every window must stay without faults.

    Nothing moves in it unless `reduced_motion="no-preference"` is asked for: half of drawing is fading and gliding.
    """
    opened: list[tuple[BrowserContext, Desk]] = []

    def start(address: str = desk, width: int = 1440, height: int = 900, **options: Any) -> Desk:
        options = {"reduced_motion": "reduce", **options}
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        window = Desk(context.new_page(), address)
        opened.append((context, window))
        return window

    yield start
    for context, window in opened:
        context.close()
        window.without_faults()


@pytest.fixture
def open_door(chromium: Browser, desk: str) -> Iterator[Any]:
    """Return a function that opens a window where nobody is signed in."""
    with doors(chromium, desk) as start:
        yield start


def signed_in(start: Any, desk: str) -> Any:
    """Return a function that opens a window by another, signed in as a planner."""

    def enter(address: str = desk, account: dict[str, str] | None = None, **options: Any) -> Desk:
        window: Desk = start(address, **options)
        sign_in(window.page.context, address, **account or {})
        return window

    return enter


@pytest.fixture
def open_desk(open_door: Any, desk: str) -> Any:
    """Return a function that opens the desk in a window of its own, signed in as a planner."""
    return signed_in(open_door, desk)


@pytest.fixture(scope="module")
def kept_desk(chromium: Browser, desk: str) -> Iterator[Any]:
    """Return a function that opens the desk in a window that stays open for all tests of a file.

    Each test says by `Desk.show` where it begins.
    """
    with doors(chromium, desk) as start:
        yield signed_in(start, desk)


@pytest.fixture(scope="module")
def kept(kept_desk: Any, request: pytest.FixtureRequest) -> Desk:
    """Return the window that the tests of a file share, opened at the file's `START`."""
    window: Desk = kept_desk().open(request.module.START)
    return window


@pytest.fixture
def window(kept: Desk, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Return the shared window at the file's `START`; it must stay without faults."""
    yield kept.show(request.module.START)
    kept.without_faults()


@pytest.fixture(scope="session")
def door(desk: str) -> str:
    """Return the address of the service in demo mode."""
    return desk
