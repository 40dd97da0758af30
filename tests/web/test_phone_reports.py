"""Reports made without network: all of them, once, in order, with their photos, whatever happens to the server."""

from __future__ import annotations

import io
import socket
import time

import pytest
from PIL import Image
from sqlalchemy import text

from layers.rights import local_administrator
from tests.conftest import fresh_copy
from tests.layers.field import reported
from tests.web.phone import INSIDE, Phone, worker_account
from tests.web.serve_store import Killable

REPORTS = 30


@pytest.fixture(scope="module")
def store(sample_template):
    with fresh_copy(sample_template, "wangge_test_phone_reports") as copy:
        yield copy.acting(local_administrator())


@pytest.fixture
def server(store, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Killable(store, tmp_path / "home", port)
    made.start()
    yield made
    made.kill()


def colour(n: int) -> tuple[int, int, int]:
    """Return a colour that no other report's photo has."""
    return 40 + (n % 5) * 45, 40 + (n // 5 % 6) * 35, 60 + (n * 53) % 150


def photo(n: int) -> bytes:
    """Return a photo of one colour, as a phone's camera writes it: large, with the place in its EXIF."""
    picture = Image.new("RGB", (2400, 1800), colour(n))
    exif = Image.Exif()
    exif[0x010E] = "place: 28.6164, 117.3006"
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=90, exif=exif)
    return kept.getvalue()


def report(phone: Phone, n: int) -> None:
    """Make a report through the page."""
    page = phone.page
    page.click(".tabs button:has-text('上报')")
    page.set_input_files(
        ".photo-add input",
        {"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": photo(n)},
    )
    page.wait_for_selector(".photo img")
    page.click(".chips:not(.second) .chip >> nth=0")
    page.click(".chips.second .chip >> nth=0")
    page.fill(".sheet textarea", f"第 {n} 条 <b>{n}</b>")
    page.click(".sheet .primary")
    page.wait_for_selector(".sheet", state="detached")


def stored(store) -> list:
    with store.session() as session:
        return session.execute(
            text(
                "SELECT e.id::text AS id, e.text, e.received_at, (SELECT count(*) FROM event_photo p "
                "WHERE p.event_id = e.id) AS photos FROM event e ORDER BY e.number"
            )
        ).all()


def test_thirty_reports_made_offline_arrive_once_in_order_with_photos(
    store, server, chromium, tmp_path
):
    phone = Phone(chromium, server.address)
    try:
        phone.enter(worker_account(store, "phone-reports"))
        phone.kept()
        phone.page.click(".tabs button:has-text('上报')")
        phone.page.wait_for_selector(".chips .chip")  # the categories are on the phone now
        phone.page.click(".sheet-head button[aria-label='关闭']")
        phone.context.set_offline(True)
        for n in range(REPORTS):
            report(phone, n)
        assert f"{2 * REPORTS} 条待发" in phone.page.inner_text(".state-pill")
        phone.close_page()
        phone.reopen().ready()
        waiting = phone.queue()
        wanted = [entry["id"] for entry in waiting if entry["kind"] == "event"]
        assert len(wanted) == REPORTS
        assert all(entry["photo"] > 1000 for entry in waiting if entry["kind"] == "photo")

        # The network comes and goes, and the server dies twice in between.
        phone.context.set_offline(False)
        reach(store, phone, 5)
        server.kill()
        phone.page.wait_for_timeout(500)
        phone.context.set_offline(True)
        server.start()
        phone.context.set_offline(False)
        reach(store, phone, 14)
        server.kill()
        phone.close_page()
        server.start()
        phone.reopen().ready()
        phone.context.set_offline(True)
        phone.page.wait_for_timeout(300)
        phone.context.set_offline(False)
        phone.sent()

        rows = stored(store)
        assert [row.id for row in rows] == wanted
        assert [row.text for row in rows] == [f"第 {n} 条 <b>{n}</b>" for n in range(REPORTS)]
        assert [row.photos for row in rows] == [1] * REPORTS
        assert phone.queue() == []
        for n, row in enumerate(rows):
            got = phone.context.request.get(f"{server.address}/api/events/{row.id}/photos/0")
            assert got.ok
            picture = Image.open(io.BytesIO(got.body()))
            assert picture.format == "JPEG"
            assert max(picture.size) <= 1600
            assert not picture.getexif()
            middle = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
            assert all(abs(a - b) <= 6 for a, b in zip(middle, colour(n), strict=True)), n
        assert phone.faults == []
    finally:
        phone.context.close()


def reach(store, phone: Phone, number: int) -> None:
    """Wait until so many reports have arrived."""
    deadline = time.monotonic() + 60
    while len(stored(store)) < number:
        assert time.monotonic() < deadline, phone.queue()
        phone.page.wait_for_timeout(20)


def test_after_the_page_was_closed_the_browser_sends_by_itself(store, server, chromium):
    phone = Phone(chromium, server.address)
    try:
        phone.enter(worker_account(store, "phone-sync"))
        phone.kept()
        phone.context.set_offline(True)
        phone.count("990101001003B0003", 33)
        watcher = phone.context.new_cdp_session(phone.page)
        seen: list = []
        watcher.on("ServiceWorker.workerRegistrationUpdated", lambda told: seen.append(told))
        watcher.send("ServiceWorker.enable")
        phone.page.wait_for_timeout(300)
        registration = seen[-1]["registrations"][-1]["registrationId"]
        other = phone.context.new_page()
        other.goto("about:blank")
        sender = phone.context.new_cdp_session(other)
        sender.send("ServiceWorker.enable")
        phone.close_page()
        phone.context.set_offline(False)
        sender.send(
            "ServiceWorker.dispatchSyncEvent",
            {
                "origin": server.address,
                "registrationId": registration,
                "tag": "wangge-queue",
                "lastChance": False,
            },
        )
        sql = "SELECT count(*) FROM household_check c WHERE c.resident = 33"
        deadline = time.monotonic() + 20
        while True:
            with store.session() as session:
                if session.execute(text(sql)).scalar_one() == 1:
                    break
            assert time.monotonic() < deadline
            other.wait_for_timeout(100)
    finally:
        phone.context.close()


def test_steps_of_the_own_grid_s_events_written_offline_arrive_once_in_order(
    store, server, chromium
):
    """One goes through; one was taken away meanwhile, which is told and kept."""
    phone = Phone(chromium, server.address)
    local = local_administrator()
    _mine, other = (reported(store, local, *INSIDE, text=text) for text in ("先办这件", "被提级的"))
    try:
        phone.enter(worker_account(store, "phone-steps"))
        phone.kept()
        page = phone.page
        page.click(".tabs button:has-text('任务')")
        page.wait_for_selector(".item:has-text('先办这件')")
        phone.context.set_offline(True)
        for said in ("先办这件", "被提级的"):
            page.click(f".item:has-text('{said}')")
            page.click("button:has-text('开始处置')")
            page.wait_for_selector(".state-pill:has-text('处置中')")
            page.fill(".sheet textarea", f"{said}：好了 <b>")
            page.click("button:has-text('报告已办结')")
            page.wait_for_selector("text=等社区核查")
            page.click("button[aria-label='返回']")
        written = [entry["id"] for entry in phone.queue()]
        assert [entry["kind"] for entry in phone.queue()] == ["step"] * 4
        with store.session("owner") as session:
            session.execute(
                text("UPDATE event SET level = 'township' WHERE id = :id"), {"id": other["id"]}
            )
        phone.context.set_offline(False)
        phone.sent()
        with store.session("owner") as session:
            found = session.execute(
                text(
                    "SELECT s.client_id::text, s.action, s.note, e.state FROM event_step s "
                    "JOIN event e ON e.id = s.event_id WHERE s.client_id IS NOT NULL ORDER BY s.id"
                )
            ).all()
        assert [tuple(row) for row in found] == [
            (written[0], "handle", None, "feedback"),
            (written[1], "feedback", "先办这件：好了 <b>", "feedback"),
        ]
        kept = phone.queue()
        assert [(entry["id"], entry["state"]) for entry in kept] == [
            (written[2], "refused"),
            (written[3], "refused"),
        ]
        assert {entry["refusal"]["code"] for entry in kept} == {"not_handler"}
        page.click("button[aria-label='关闭']")
        page.click(".state-pill")
        page.wait_for_selector(".card:has-text('已不由本网格办理')")
        assert phone.faults == []
    finally:
        phone.context.close()
