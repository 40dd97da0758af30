"""Reports made without network: all of them, once, in order, with their photos, whatever happens to the server."""

from __future__ import annotations

import io
import socket
import time
import uuid

import pytest
from PIL import Image
from sqlalchemy import text

from layers.rights import local_administrator
from layers.usecases.events.reading import find_event
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
    picture = Image.new("RGB", (1720, 1290), colour(n))
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
        phone.stocked()
        phone.context.set_offline(True)
        for n in range(REPORTS):
            report(phone, n)
        assert f"{REPORTS} 条待发" in phone.page.inner_text(".state-pill")
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
            shows(phone, f"/api/events/{row.id}/photos/0", colour(n))
        assert phone.faults == []
    finally:
        phone.context.close()


def shows(phone: Phone, path: str, wanted: tuple[int, int, int]) -> None:
    """Check that a photo is kept small, without metadata, and of a colour."""
    got = phone.context.request.get(phone.address + path)
    assert got.ok, path
    picture = Image.open(io.BytesIO(got.body()))
    assert picture.format == "JPEG"
    assert max(picture.size) <= 1600
    assert not picture.getexif()
    middle = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
    assert all(abs(a - b) <= 6 for a, b in zip(middle, wanted, strict=True)), path


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
    """One goes through with its photo; one was taken away meanwhile, which is told and kept with its photo."""
    phone = Phone(chromium, server.address)
    local = local_administrator()
    mine, other = (reported(store, local, *INSIDE, text=text) for text in ("先办这件", "被提级的"))
    try:
        phone.enter(worker_account(store, "phone-steps"))
        phone.kept()
        page = phone.page
        page.click(".tabs button:has-text('任务')")
        page.wait_for_selector(".item:has-text('先办这件')")
        phone.context.set_offline(True)
        for n, said in enumerate(("先办这件", "被提级的")):
            page.click(f".item:has-text('{said}')")
            page.click("button:has-text('开始处置')")
            page.wait_for_selector(".state-pill:has-text('处置中')")
            page.fill(".sheet textarea", f"{said}：好了 <b>")
            page.set_input_files(
                ".photo-add input",
                {"name": "done.jpg", "mimeType": "image/jpeg", "buffer": photo(n)},
            )
            page.wait_for_selector(".photo img")
            # What is written stays though the sheet is closed over it.
            page.click("button[aria-label='关闭']")
            page.click(".tabs button:has-text('任务')")
            page.click(f".item:has-text('{said}')")
            page.wait_for_selector(".photo img")
            page.click("button:has-text('报告已办结')")
            page.wait_for_selector("text=等社区核查")
            assert page.locator(".photo img").count() == 0
            page.click("button[aria-label='返回']")
        waiting = phone.queue()
        assert [entry["kind"] for entry in waiting] == ["step", "step", "photo"] * 2
        assert [waiting[n]["id"] for n in (2, 5)] == [waiting[n]["id"] for n in (1, 4)]
        written = [entry["id"] for entry in waiting if entry["kind"] == "step"]
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
        with store.session("owner") as session:
            pictures = session.execute(text("SELECT step::text, n FROM event_step_photo")).all()
        assert [tuple(row) for row in pictures] == [(written[1], 0)]
        shows(phone, f"/api/events/{mine['id']}/steps/{written[1]}/photos/0", colour(0))
        kept = phone.queue()
        assert [(entry["id"], entry["kind"], entry["state"]) for entry in kept] == [
            (written[2], "step", "refused"),
            (written[3], "step", "refused"),
            (written[3], "photo", "refused"),
        ]
        assert {entry["refusal"]["code"] for entry in kept} == {"not_handler"}
        page.click("button[aria-label='关闭']")
        page.click(".state-pill")
        page.wait_for_selector(".card:has-text('已不由本网格办理')")
        # It comes back to the grid: what is sent again takes its photo along.
        with store.session("owner") as session:
            session.execute(
                text("UPDATE event SET level = 'grid' WHERE id = :id"), {"id": other["id"]}
            )
        for _ in range(2):
            page.locator(".card button:has-text('再发一次')").first.click()
            phone.sent()
        assert phone.queue() == []
        shows(phone, f"/api/events/{other['id']}/steps/{written[3]}/photos/0", colour(1))
        assert phone.faults == []
    finally:
        phone.context.close()


def test_a_step_that_was_sent_counts_though_the_list_cannot_be_read_again(store, server, chromium):
    phone = Phone(chromium, server.address)
    mine = reported(store, local_administrator(), *INSIDE, text="在线办的")
    lists = "**/api/events?own_grids=*"
    try:
        phone.enter(worker_account(store, "phone-sent"))
        page = phone.page
        page.click(".tabs button:has-text('任务')")
        page.click(".item:has-text('在线办的')")
        phone.context.route(lists, lambda route: route.abort())
        page.click("button:has-text('开始处置')")
        phone.sent()
        page.wait_for_selector(".sheet .state-pill:text-is('处置中')")
        page.wait_for_timeout(1000)
        assert page.inner_text(".sheet .state-pill") == "处置中"
        assert page.locator("button:has-text('开始处置')").count() == 0
        with store.session() as session:
            assert find_event(session, uuid.UUID(mine["id"])).state == "handling"
        # Somebody else has dealt with it by the time the list is read: that counts.
        with store.session("owner") as session:
            session.execute(
                text("UPDATE event SET state = 'feedback' WHERE id = :id"), {"id": mine["id"]}
            )
        phone.context.unroute(lists)
        page.click("button[aria-label='关闭']")
        page.click(".tabs button:has-text('任务')")
        page.click(".item:has-text('在线办的')")
        page.wait_for_selector("text=等社区核查")
        assert phone.faults == []
    finally:
        phone.context.close()


def test_a_phone_that_opened_no_sheet_reports_and_works_without_network(store, server, chromium):
    mine = reported(store, local_administrator(), *INSIDE, text="早先报的")
    phone = Phone(chromium, server.address)
    try:
        phone.enter(worker_account(store, "phone-fresh"))
        phone.stocked()
        phone.context.set_offline(True)
        report(phone, 7)
        phone.page.click(".tabs button:has-text('任务')")
        phone.page.wait_for_selector(".item:has-text('早先报的')")
        phone.context.set_offline(False)
        phone.sent()
        with store.session() as session:
            made = session.execute(
                text("SELECT count(*) FROM event WHERE text LIKE '第 7 条%' AND id <> :id"),
                {"id": mine["id"]},
            ).scalar_one()
        assert made >= 1
        assert phone.faults == []
    finally:
        phone.context.close()


def test_a_list_that_comes_late_does_not_undo_a_newer_one(store, server, chromium):
    reported(store, local_administrator(), *INSIDE, text="还在的")
    phone = Phone(chromium, server.address)
    lists, held = "**/api/events?own_grids=*", []
    try:
        phone.enter(worker_account(store, "phone-order"))
        page = phone.page
        phone.kept()

        def first_waits(route):
            if held:
                route.continue_()
            else:
                held.append(route)

        page.click(".tabs button:has-text('任务')")
        page.wait_for_selector(".item:has-text('还在的')")
        page.click("button[aria-label='关闭']")
        phone.context.route(lists, first_waits)
        page.click(".tabs button:has-text('任务')")
        page.wait_for_selector(".item:has-text('还在的')")
        while not held:
            page.wait_for_timeout(50)
        page.click("button[aria-label='关闭']")
        with page.expect_response(lists):
            page.click(".tabs button:has-text('任务')")
        held[0].fulfill(json={"events": []})
        page.wait_for_timeout(500)
        assert page.locator(".item:has-text('还在的')").count() == 1
        assert phone.faults == []
    finally:
        phone.context.close()


def test_what_was_counted_stays_in_the_form_until_it_is_sent(store, server, chromium):
    phone = Phone(chromium, server.address)
    try:
        phone.enter(worker_account(store, "phone-form"))
        page = phone.page
        for _ in range(2):
            page.click(".tabs button:has-text('我的网格')")
            page.fill(".sheet input[type=search]", "990101001003B0003")
            page.click(".sheet button.item")
            if page.input_value("#check-resident") != "":
                break
            page.fill("#check-resident", "41")
            page.fill(".sheet form textarea", "门锁着，问了邻居")
            page.click("button[aria-label='返回']")
            page.click("button[aria-label='关闭']")
        assert page.input_value("#check-resident") == "41"
        assert page.input_value(".sheet form textarea") == "门锁着，问了邻居"
        page.click(".sheet form button[type=submit]")
        phone.sent()
        assert page.input_value("#check-resident") == ""
        assert phone.faults == []
    finally:
        phone.context.close()
