"""The phone page: let in by a link, where am I, what it keeps, what it cannot do, whose it is."""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from api.settings import WEB_DIST
from layers.db import Database
from layers.rights import local_administrator
from layers.usecases import devices
from layers.usecases.locate import locate_position
from layers.usecases.phone import MOST_BYTES, grid_package
from tests.conftest import fresh_copy
from tests.web import plain_http
from tests.web.conftest import FLAGS, browser_program, served
from tests.web.phone import GRID, INSIDE, Phone, link_for, worker_account

TWICE_PX = 36
CUT = """() => {
    const found = document.documentElement.scrollWidth > innerWidth ? ['the page is wider than the screen'] : [];
    for (const each of document.querySelectorAll('.below *, .sheet *')) {
        const box = each.getBoundingClientRect();
        if (box.width === 0 || each.closest('.phone-map, [inert]')) continue;
        const text = [...each.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()).join('');
        if (box.right > innerWidth + 1 || box.left < -1) found.push(`beyond the edge: ${each.className} ${text}`);
        // Three narrow characters stand beside each other.
        const letters = parseFloat(getComputedStyle(each).fontSize) * 1.5;
        if (text.length >= 3 && box.width < letters) found.push(`letter by letter: ${each.className} ${text}`);
    }
    return found;
}"""
"""What lies beyond the edge, or stands letter below letter."""
POINTS = 10_000 if os.environ.get("TEST_LONG") else 1_500
MOST_CODE = 200_000
WEB = WEB_DIST.parent


@pytest.fixture(scope="module")
def store(sample_template):
    with fresh_copy(sample_template, "wangge_test_phone_page") as copy:
        yield copy.acting(local_administrator())


@pytest.fixture(scope="module")
def address(store, tmp_path_factory):
    with served(store, tmp_path_factory.mktemp("phone"), phone=True) as found:
        yield found


@pytest.fixture
def phone(chromium, address):
    made: list[Phone] = []

    def start(**options) -> Phone:
        made.append(Phone(chromium, options.pop("address", address), **options))
        return made[-1]

    yield start
    for each in made:
        each.context.close()
        assert each.faults == []


def secret(store, name: str) -> str:
    """Return a link for an account, which is made where there is none."""
    with store.session("owner") as session:
        known = session.execute(text("SELECT 1 FROM account WHERE name = :n"), {"n": name})
        found = known.scalar_one_or_none()
    return link_for(store, name) if found else worker_account(store, name)


def test_a_link_opens_the_page_once_and_stays_out_of_the_address_bar(store, phone):
    link = secret(store, "phone-once")
    one = phone().enter(link)
    assert one.page.url.endswith("/m")
    assert one.page.inner_text(".answer h1") == "在您的网格内"
    assert one.page.inner_text(".top .who").startswith("示例 phone-once")
    other = phone().open(f"/m#enter={link}")
    other.page.wait_for_selector("[role=alert]")
    assert "用过了" in other.page.inner_text("[role=alert]")


@pytest.mark.parametrize("locked", [False, True])
def test_a_lost_phone_that_is_shut_out_is_told_so_and_cleared(store, phone, locked):
    name = f"phone-lost-{locked}".lower()
    one = phone().enter(secret(store, name))
    one.close_page()
    one.reopen().ready()
    if locked:
        one.page.click(".top button[aria-label='设置']")
        one.page.fill(".sheet input[type=password]", "1357")
        one.page.click("button:has-text('启用')")
        one.page.wait_for_selector(".toast")
    assert one.kept_of("packages") > 0
    for device in devices.list_devices(store, name):
        devices.end_device(store, name, device["id"])
    one.close_page()
    one.page = one._new_page()
    one.page.goto(f"{one.address}/m")
    one.page.wait_for_selector(".enter .notice[role=alert]")
    assert "已被停用" in one.page.inner_text(".notice")
    assert [one.kept_of(name) for name in ("packages", "facts")] == [0, 0]
    assert one.page.locator(".phone-map").count() == 0
    # A new link lets it in again.
    one.open(f"/m#enter={link_for(store, name)}").ready()


def test_the_map_names_its_sources_and_made_up_data_is_called_so_without_network(store, phone):
    one = phone().enter(secret(store, "phone-credit"))
    assert "GS(2025)0000号" in one.page.inner_text(".map-credit")
    assert "合成" in one.page.inner_text(".map-credit")
    one.kept()
    one.context.set_offline(True)
    one.close_page()
    one.reopen().ready()
    assert "示例数据" in one.page.inner_text(".top .who")
    assert "GS(2025)0000号" in one.page.inner_text(".map-credit")


@contextmanager
def halves_nested(store: Database, codes: list[str]):
    """Nest a grid in the western half of each of some; what is left is theirs alone."""
    half = (
        "INSERT INTO grid_version (grid_id, code, level, valid_from, parent_id, geom) "
        "SELECT :fresh, v.code || '9', 'micro', v.valid_from, v.grid_id, ST_Multi(ST_CollectionExtract("
        "ST_Intersection(v.geom, ST_MakeEnvelope(ST_XMin(v.geom), ST_YMin(v.geom), "
        "(ST_XMin(v.geom) + ST_XMax(v.geom)) / 2, ST_YMax(v.geom), 4326)), 3)) "
        "FROM grid_version v WHERE v.code = :code AND v.valid_to IS NULL"
    )
    made = []
    with store.session("owner") as session:
        for code in codes:
            fresh = session.execute(
                text(
                    "INSERT INTO grid (community_id) SELECT g.community_id FROM grid g JOIN grid_version v "
                    "ON v.grid_id = g.id WHERE v.code = :code AND v.valid_to IS NULL RETURNING id"
                ),
                {"code": code},
            ).scalar_one()
            session.execute(text(half), {"fresh": fresh, "code": code})
            made.append(fresh)
    yield
    with store.session("owner") as session:
        session.execute(text("DELETE FROM grid_version WHERE grid_id = ANY(:made)"), {"made": made})
        session.execute(text("DELETE FROM grid WHERE id = ANY(:made)"), {"made": made})


@pytest.mark.parametrize("nested", [False, True])
def test_offline_answers_are_the_server_s_within_the_kept_extent(store, phone, nested):
    with store.session() as session:
        border = json.loads(grid_package(session, GRID)[0])["border"]
    larger = [GRID, *[part["grid"] for part in border if part["grid"]][:1]] if nested else []
    with halves_nested(store, larger):
        compare_offline(store, phone, larger)


def compare_offline(store: Database, phone: Any, larger: list[str]) -> None:
    """Ask a phone without network and the server about the same circles."""
    one = phone().enter(secret(store, "phone-equal"))
    with store.session() as session:
        body = json.loads(grid_package(session, GRID)[0])
    west, south, east, north = body["extent"]
    draw = np.random.default_rng(20261128)
    anywhere = draw.uniform((west, south), (east, north), (POINTS, 2))
    # A part of them lies on the very corners of borders, and between two of them.
    corners = np.vstack(
        [
            np.frombuffer(base64.b64decode(ring), dtype="<f8").reshape(-1, 2)
            for grid in body["grids"]
            for part in grid["shape"]
            for ring in part
        ]
    )
    some = draw.integers(len(corners) - 1, size=POINTS // 4)
    anywhere[: len(some)] = corners[some]
    anywhere[len(some) : 2 * len(some)] = (corners[some] + corners[some + 1]) / 2
    radii = draw.choice([0.0, 3.0, 5.0, 20.0, 65.0, 180.0, 500.0], POINTS).tolist()
    radii = [None if n % 50 == 0 else value for n, value in enumerate(radii)]
    asked = [[*at, radius] for at, radius in zip(anywhere.tolist(), radii, strict=True)]
    one.context.set_offline(True)
    told = one.page.evaluate(
        "(all) => all.map(([x, y, r]) => window.wangge.locate(x, y, r))", asked
    )
    known = 0
    seen: set[str] = set()
    insides: set[str] = set()
    with store.session() as session:
        for (lon, lat, radius), got in zip(asked, told, strict=True):
            if got is None:
                continue
            known += 1
            true = locate_position(session, lon, lat, radius)
            seen.add(true["status"])
            if true["status"] == "inside":
                insides.add(true["grid"]["code"])
            assert got == {
                "status": true["status"],
                "grid": true["grid"] and true["grid"]["code"],
                "border_m": true["border_m"],
                "bearing_deg": true["bearing_deg"],
                "candidates": [
                    {"code": item["code"], "share": item["share"], "border_m": item["border_m"]}
                    for item in true["candidates"]
                ],
                "outside_share": true["outside_share"],
            }, (lon, lat, radius)
    assert known > POINTS * 0.5
    assert seen == {"inside", "border", "outside"}
    assert {*larger, *[f"{code}9" for code in larger]} <= insides


def test_the_page_opens_and_answers_without_network(store, phone):
    one = phone().enter(secret(store, "phone-offline"))
    one.kept()
    one.context.set_offline(True)
    one.close_page()
    one.reopen("/m?grid=anything").ready()
    one.page.wait_for_selector(".answer-mine")
    assert "离线" in one.page.inner_text(".state-pill")
    one.page.click(".tabs button >> nth=-1")
    assert one.page.locator(".sheet a.call").count() > 0
    assert one.page.locator(".sheet a.call").first.get_attribute("href").startswith("tel:")


def test_a_grid_that_has_not_come_is_said_and_comes_by_itself(store, phone):
    one = phone()
    grids = "**/api/phone/grids/*"
    one.context.route(grids, lambda route: route.abort())
    one.open(f"/m#enter={secret(store, 'phone-late')}")
    one.page.get_by_text("还没有取到您的网格").wait_for()
    assert one.page.get_by_role("button", name="点选位置", exact=True).is_disabled()
    one.context.unroute(grids)
    one.ready()
    one.page.wait_for_selector(".answer-mine")
    assert one.page.locator(".map-empty").count() == 0
    assert one.page.get_by_role("button", name="点选位置", exact=True).is_enabled()


def test_the_package_of_every_grid_is_small_enough_to_keep(store):
    with store.session() as session:
        codes = session.execute(
            text("SELECT code FROM grid_version WHERE valid_to IS NULL ORDER BY 1")
        ).scalars()
        sizes = {code: len(grid_package(session, code)[0]) for code in list(codes)}
    assert max(sizes.values()) <= MOST_BYTES
    assert len(sizes) > 30


def test_the_code_is_small_and_of_2019(tmp_path):
    scripts = sorted((WEB_DIST / "assets").glob("phone-*.js"))
    html = (WEB_DIST / "m.html").read_text(encoding="utf-8")
    first = [path for path in (WEB_DIST / "assets").glob("phone-*") if path.name in html]
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in first) <= MOST_CODE
    # Where the machine has none, the one that built the page.
    node = shutil.which("node") or str(Path(sys.executable).with_name("node"))
    program = (
        "const {parse} = require('acorn'); const {readFileSync} = require('fs');"
        "for (const path of process.argv.slice(1))"
        " parse(readFileSync(path, 'utf8'), {ecmaVersion: 2019, sourceType: 'module'});"
    )
    worker = WEB_DIST / "m" / "sw.js"
    named = [path for path in scripts if path.name in html]
    assert named
    subprocess.run([node, "-e", program, *map(str, named), str(worker)], cwd=WEB, check=True)


def test_over_plain_http_it_says_what_it_cannot_do_and_takes_the_place_by_tap(store, tmp_path):
    program = browser_program()
    link = secret(store, "phone-plain")
    with served(store, tmp_path, phone=True, host="0.0.0.0") as address:  # noqa: S104
        said = plain_http.visit(program, [*FLAGS], address, link)
    assert "不是 https" in said["answer"]
    assert "不能离线打开" in said["limits"]
    assert said["after_tap"] != said["answer"]
    assert said["faults"] == []


def test_being_refused_a_position_is_said_with_the_way_out(store, phone):
    one = phone(place=None).enter(secret(store, "phone-denied"))
    one.page.wait_for_selector(".answer-none .plain")
    assert "许可" in one.page.inner_text(".answer-none") or "定不了位" in one.page.inner_text(
        ".answer-none"
    )
    # A building's code, scanned by any camera, is a place too.
    one.page.goto(f"{one.address}/m?b=990101001003B0001")
    one.page.wait_for_selector(".answer-mine")
    assert "按" in one.page.inner_text(".answer")
    # Outside the own grids the server says where it stands; a code that it does not know is said.
    one.page.goto(f"{one.address}/m?b=990101102001B0001")
    one.page.wait_for_selector(".answer-other")
    assert "990101102001B0001" in one.page.inner_text(".answer")
    one.page.goto(f"{one.address}/m?b=990101102001B9999")
    one.page.wait_for_selector(".answer-none >> text=不在本县")


def test_a_pin_locks_the_page_also_offline_and_five_wrong_ones_clear_the_phone(store, phone):
    one = phone().enter(secret(store, "phone-pin"))
    one.kept()
    one.page.click(".top button[aria-label='设置']")
    one.page.fill(".sheet input[type=password]", "2580")
    one.page.click(".sheet .card form button[type=submit]")
    one.page.wait_for_selector(".toast")
    one.context.set_offline(True)
    one.close_page()
    one.reopen()
    assert one.page.locator(".below").count() == 0
    one.page.fill("input[type=password]", "2580")
    one.page.click("button[type=submit]")
    one.page.wait_for_selector(".answer-mine")
    one.close_page()
    one.reopen()
    for left in (4, 3, 2, 1):
        one.page.fill("input[type=password]", "0000")
        one.page.click("button[type=submit]")
        one.until(f"document.body.innerText.includes('还可以试 {left} 次')")
    one.page.fill("input[type=password]", "0000")
    one.page.click("button[type=submit]")
    one.until("document.body.innerText.includes('本机资料已清除')")
    one.close_page()
    one.reopen()
    assert one.page.locator(".below").count() == 0


@pytest.mark.parametrize(("scheme", "size"), [("light", (390, 844)), ("dark", (360, 640))])
def test_nothing_serious_is_found_by_axe_and_nothing_is_cut_at_twice_the_type(
    store, phone, scheme, size
):
    """Colours do not hang on the size, nor the room for words on the colours."""
    one = phone(
        color_scheme=scheme, viewport={"width": size[0], "height": size[1]}, bypass_csp=True
    ).enter(secret(store, "phone-axe"))
    one.page.wait_for_selector(".answer-mine")
    axe = (WEB / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    for tab in (None, 0, 1, -1):
        if tab is not None:
            one.page.click(f".tabs button >> nth={tab}")
            one.page.wait_for_selector(".sheet")
        one.page.evaluate(axe)
        found = one.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        serious = [
            (item["id"], [node["html"][:160] for node in item["nodes"]][:3])
            for item in found["violations"]
            if item["impact"] in {"serious", "critical"}
        ]
        assert serious == []
        if tab is not None:
            one.page.click(".sheet-head button[aria-label='关闭']")
    one.page.evaluate("() => { document.documentElement.style.fontSize = '225%'; }")
    one.until(f"getComputedStyle(document.body).fontSize === '{TWICE_PX}px'")
    assert one.page.evaluate(CUT) == []
    for tab in one.page.locator(".tabs button").all():
        box = tab.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= size[1] + 1
        assert box["height"] >= 56
    for number, _ in enumerate(one.page.locator(".tabs button").all()):
        one.page.click(f".tabs button >> nth={number}")
        one.page.wait_for_selector(".sheet")
        assert one.page.evaluate(CUT) == []
        if number == 0:
            one.page.click(".sheet button.item")
            one.page.wait_for_selector(".stepper")
            assert one.page.evaluate(CUT) == []
        one.page.click(".sheet-head button[aria-label='关闭']")


def test_leaving_vibrates_once_and_a_walk_along_the_border_not_at_all(store, phone):
    one = phone()
    one.context.add_init_script(
        "window.buzzed = 0; navigator.vibrate = () => { window.buzzed += 1; return true; };"
    )
    one.enter(secret(store, "phone-leave"))
    one.page.wait_for_selector(".answer-mine")
    # Along the border, now on this side and now on that, always within the error of the position.
    edge = one.page.evaluate(
        """() => { for (let y = 28.6164; y > 28.55; y -= 0.00002) {
            const found = window.wangge.locate(117.3006, y, null);
            if (found && found.grid !== '990101001003001') return y; } return null; }"""
    )
    assert edge is not None
    for n in range(20):
        one.move(INSIDE[0], edge + (0.00003 if n % 2 else -0.00003), 12)
        one.page.wait_for_selector(".answer-border")
    assert one.page.evaluate("window.buzzed") == 0
    one.move(INSIDE[0], edge - 0.001, 5)
    one.page.wait_for_selector(".answer-other, .answer-outside")
    one.until("window.buzzed === 1")
    one.move(*INSIDE)
    one.page.wait_for_selector(".answer-mine")
    one.move(INSIDE[0], edge - 0.001, 5)
    one.page.wait_for_selector(".answer-other, .answer-outside")
    assert one.page.evaluate("window.buzzed") == 1, "not twice within two minutes"


def test_counts_made_offline_arrive_once_in_order_after_the_page_was_closed(store, phone):
    one = phone().enter(secret(store, "phone-counts"))
    one.kept()
    one.context.set_offline(True)
    wanted = []
    for n in range(1, 6):
        building = f"990101001003B000{n}"
        one.count(building, 10 + n)
        wanted.append((building, 10 + n))
    assert len(one.queue()) == 5
    one.close_page()
    one.reopen().ready()
    assert "5 条待发" in one.page.inner_text(".state-pill")
    one.context.set_offline(False)
    one.sent()
    with store.session() as session:
        rows = session.execute(
            text(
                "SELECT c.building, c.resident FROM household_check c JOIN account a ON a.id = c.account_id "
                "WHERE a.name = 'phone-counts' ORDER BY c.received_at"
            )
        ).all()
    assert [tuple(row) for row in rows] == wanted
    assert one.queue() == []


def test_an_ended_session_keeps_what_was_written_until_the_same_account_is_back(store, phone):
    one = phone().enter(secret(store, "phone-kept"))
    one.kept()
    one.context.set_offline(True)
    one.count("990101001003B0007", 7)
    with store.session("owner") as session:
        session.execute(
            text(
                "UPDATE device SET expires_at = now() FROM account a "
                "WHERE a.id = account_id AND a.name = 'phone-kept'"
            )
        )
    one.context.set_offline(False)
    one.page.wait_for_selector(".notice[role=alert]")
    said = one.page.inner_text(".notice[role=alert]")
    assert "1 条没发出的内容都还在" in said
    assert "请社区再发一个链接" in said
    # It was not shut out: what it keeps is still there.
    assert one.page.locator(".answer-mine").count() == 1
    # Somebody else signs in on the same phone: nothing of the first goes out.
    one.close_page()
    one.page = one._new_page()
    one.open(f"/m#enter={secret(store, 'phone-second')}")
    one.page.wait_for_selector(".notice")
    one.until("document.querySelector('.top .who').innerText.includes('phone-second')")
    one.page.wait_for_timeout(800)
    sent = "SELECT a.name FROM household_check c JOIN account a ON a.id = c.account_id WHERE c.resident = 7"
    with store.session() as session:
        assert session.execute(text(sent)).scalars().all() == []
    assert [entry["account"] for entry in one.queue()] == ["phone-kept"]
    one.close_page()
    one.page = one._new_page()
    one.open(f"/m#enter={link_for(store, 'phone-kept')}")
    one.until("document.querySelector('.top .who')?.innerText.includes('phone-kept')")
    one.sent()
    with store.session() as session:
        assert session.execute(text(sent)).scalars().all() == ["phone-kept"]


def test_a_refusal_is_shown_with_its_reason_and_stays(store, phone):
    one = phone().enter(secret(store, "phone-refused"))
    one.kept()
    one.context.set_offline(True)
    one.count("990101001003B0008", 8)
    with store.session("owner") as session:
        session.execute(text("UPDATE building SET code = 'gone' WHERE code = '990101001003B0008'"))
    try:
        one.context.set_offline(False)
        one.until("document.querySelector('.state-pill.bad')")
        one.page.click(".state-pill")
        assert "被退回" in one.page.inner_text(".sheet .card")
        assert [entry["state"] for entry in one.queue()] == ["refused"]
        # What was written is shown, and is asked about once more before it goes.
        assert "常住户数 8" in one.page.inner_text(".sheet .card")
        one.page.click(".sheet .card button:has-text('删除')")
        assert len(one.queue()) == 1
        one.page.click(".sheet .card button:has-text('确定删除')")
        one.until("document.querySelector('.sheet .empty')")
        assert one.queue() == []
    finally:
        with store.session("owner") as session:
            session.execute(
                text("UPDATE building SET code = '990101001003B0008' WHERE code = 'gone'")
            )


def test_a_page_that_is_not_switched_on_says_so(store, tmp_path, phone):
    with served(store, tmp_path) as address:
        one = phone(address=address)
        one.page.goto(f"{address}/m#enter=x")
        one.page.wait_for_selector(".enter .empty")
        one.until("document.body.innerText.includes('还没有启用手机页')")


@pytest.fixture
def platform():
    """Return a server of another site whose page shows the address `frame` inside it."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            frame = self.server.frame
            body = f'<!doctype html><iframe src="{frame}" width=390 height=800></iframe>'
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Page) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        # To a browser `localhost` is another site than `127.0.0.1`.
        made.origin = f"http://localhost:{made.server_port}"
        yield made
        made.shutdown()


def test_within_another_platform_it_works_by_a_token_that_stays_nowhere(
    store, tmp_path, chromium, platform
):
    link = secret(store, "phone-embedded")
    with served(store, tmp_path, phone=True, embedders=(platform.origin,)) as address:
        platform.frame = f"{address}/m?grid={GRID}#enter={link}"
        context = chromium.new_context(viewport={"width": 390, "height": 844})
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(platform.origin)
        inner = page.frame_locator("iframe")
        inner.locator(".tabs").wait_for()
        framed = page.frames[1]
        deadline = time.monotonic() + 20
        while not framed.evaluate("() => window.wangge.locate(117.3006, 28.6164, 5) !== null"):
            assert time.monotonic() < deadline
            page.wait_for_timeout(100)
        # The platform's own app hands over the position it knows.
        framed.evaluate("() => window.wangge.place(117.3006, 28.6164, 5)")
        inner.locator(".answer-mine").wait_for()
        # What is read and looked at stays nowhere: no cookie, no store.
        inner.locator(".tabs button").first.click()
        inner.locator(".sheet button.item").first.wait_for()
        assert context.cookies() == []
        assert framed.evaluate("() => indexedDB.databases()") == []
        context.close()
        assert faults == []


def test_a_platform_that_is_not_named_shows_nothing(address, chromium, platform):
    platform.frame = f"{address}/m"
    context = chromium.new_context()
    page = context.new_page()
    page.goto(platform.origin)
    page.wait_for_timeout(1000)
    assert page.frames[1].url.startswith("chrome-error:")
    context.close()
