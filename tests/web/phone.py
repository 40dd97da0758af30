"""The phone page in Chromium: a phone let in by a link, its network and position in the test's hand."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import text

from layers.db import Database
from layers.rights import local_administrator
from layers.usecases.accounts import AccountDraft, add_account
from layers.usecases.devices import new_phone_link

GRID, COMMUNITY = "990101001003001", "990101001003"
INSIDE = (117.3006, 28.6164)
WAIT_MS = 30_000

ASKED = """() => new Promise((resolve, reject) => {{
    const asked = indexedDB.open('wangge-phone');
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {{
        const found = asked.result.transaction('{table}').objectStore('{table}').{question};
        found.onsuccess = () => {{ asked.result.close(); resolve({answer}); }};
    }};
}})"""
"""A question to a table of the phone's own store."""
ACCOUNT = "get('account')"


def worker_account(store: Database, name: str, grid: str = GRID) -> str:
    """Make the account of a fresh person in post in a grid and return the secret of a link for a phone."""
    with store.session("owner") as session:
        worker = session.execute(
            text(
                "INSERT INTO worker (name, work_phone, division_id) SELECT :name, '000-0000-9000', g.community_id "
                "FROM grid g JOIN grid_version v ON v.grid_id = g.id WHERE v.code = :grid RETURNING id"
            ),
            {"name": f"示例 {name}", "grid": grid},
        ).scalar_one()
        session.execute(
            text(
                "INSERT INTO posting (worker_id, grid_id, post, valid_from) SELECT :worker, grid_id, '专职网格员', "
                "'2024-01-01' FROM grid_version WHERE code = :grid AND valid_to IS NULL"
            ),
            {"worker": worker, "grid": grid},
        )
    local = store.acting(local_administrator())
    add_account(local, name, AccountDraft(None, "grid_worker", [COMMUNITY], worker=worker))
    return link_for(store, name)


def link_for(store: Database, name: str) -> str:
    """Return the secret of a new link for a phone."""
    return new_phone_link(store.acting(local_administrator()), name)[1]


class Phone:
    """A browser as a phone: 390 × 844, a thumb, a position."""

    def __init__(self, chromium: Browser, address: str, **options: Any) -> None:
        self.address = address
        place = options.pop("place", (*INSIDE, 5.0))
        settings: dict[str, Any] = {
            "viewport": {"width": 390, "height": 844},
            "has_touch": True,
            "is_mobile": True,
            **options,
        }
        if place is not None:
            settings["permissions"] = ["geolocation"]
            settings["geolocation"] = where(*place)
        self.context: BrowserContext = chromium.new_context(**settings)
        self.faults: list[str] = []
        self.page = self._new_page()

    def _new_page(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def open(self, path: str = "/m") -> Phone:
        """Open the page and wait until it shows something."""
        self.page.goto(self.address + path)
        self.page.wait_for_selector(".below, .enter h2, .enter .empty[role=alert], .enter form")
        return self

    def enter(self, secret: str) -> Phone:
        """Come in by a link and wait for the grid."""
        self.open(f"/m#enter={secret}")
        self.ready()
        return self

    def ready(self) -> None:
        """Wait until a package has been opened."""
        self.until("window.wangge && window.wangge.locate(117.3006, 28.6164, 1) !== null")

    def kept(self) -> None:
        """Wait until the page itself is on the phone and answers for it, and so is all that it shows."""
        self.until("navigator.serviceWorker.controller !== null")
        deadline = time.monotonic() + WAIT_MS / 1000
        while not self.of_store("page", f"get('stocked {self.of_store('page', ACCOUNT)}')"):
            assert time.monotonic() < deadline, "not everything came onto the phone"
            self.page.wait_for_timeout(50)

    def stocked(self) -> None:
        """Wait until the page says, in its settings, that all of it is on the phone."""
        self.page.click("button[aria-label='设置']")
        self.page.wait_for_selector(".stock >> text=没有网络也能用")
        self.page.click(".sheet-head button[aria-label='关闭']")
        self.page.wait_for_selector(".sheet", state="detached")

    def until(self, condition: str) -> None:
        """Wait until a JavaScript condition holds."""
        deadline = time.monotonic() + WAIT_MS / 1000
        while not self.page.evaluate(f"() => Boolean({condition})"):
            assert time.monotonic() < deadline, condition
            self.page.wait_for_timeout(50)

    def move(self, lon: float, lat: float, accuracy_m: float = 5) -> None:
        """Let the phone be somewhere."""
        self.context.set_geolocation(where(lon, lat, accuracy_m))

    def close_page(self) -> None:
        """Close the page as a thumb does."""
        self.page.close()

    def reopen(self, path: str = "/m") -> Phone:
        """Open the page anew on the same phone."""
        self.page = self._new_page()
        return self.open(path)

    def of_store(self, table: str, question: str, answer: str = "found.result") -> Any:
        """Return what a table of the phone's own store answers to a request of IndexedDB."""
        return self.page.evaluate(ASKED.format(table=table, question=question, answer=answer))

    def queue(self) -> list[dict[str, Any]]:
        """Return what waits on the phone, photos as their sizes."""
        sizes = "found.result.map((entry) => ({...entry, photo: entry.photo && entry.photo.size}))"
        return list(self.of_store("queue", "getAll()", sizes))

    def kept_of(self, table: str) -> int:
        """Return how many rows the phone keeps in a table of its store."""
        return int(self.of_store(table, "count()"))

    def sent(self) -> None:
        """Wait until nothing waits any more."""
        deadline = time.monotonic() + WAIT_MS / 1000
        while any(entry["state"] == "waiting" for entry in self.queue()):
            assert time.monotonic() < deadline, self.queue()
            self.page.wait_for_timeout(50)

    def open_building(self, code: str) -> None:
        """Look a building of the own grid up by its code and open its sheet."""
        self.page.click(".tabs button >> nth=0")
        self.page.fill(".sheet input[type=search]", code)
        self.page.click(".sheet button.item")

    def count(self, building: str, resident: int) -> None:
        """Propose the households of a building through the page, as a worker does."""
        page = self.page
        self.open_building(building)
        page.fill("#check-resident", str(resident))
        page.click(".sheet form button[type=submit]")
        page.wait_for_selector(".toast")
        page.click(".sheet-head button[aria-label='关闭']")


def where(lon: float, lat: float, accuracy_m: float = 5) -> dict[str, float]:
    """Return a position as the browser is told it."""
    return {"longitude": lon, "latitude": lat, "accuracy": accuracy_m}
