"""What a visitor of the desk can do, on the built page."""

from __future__ import annotations

import base64
import json
import math
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.accounts import PASSWORD, make_account
from tests.web.conftest import served
from tests.web.screens import SIZES, resize, screens

STATE = "#map={}&minutes=15&speed=4.5&radius=3000&category=service_station&basis=resident"
TOWN = STATE.format("15/28.6035/117.3150")
START = TOWN


def answer(window, path):
    """Return what the service answers, as JSON."""
    return window.page.request.get(window.address + path).json()


def shown_run(window):
    """Return the run whose building tiles the page asked for last."""
    runs = [re.search(r"/api/coverage/runs/(\w+)$", url) for url in window.requests]
    return answer(window, f"/api/coverage/runs/{[run for run in runs if run][-1][1]}")


def number(text):
    return int(re.sub(r"\D", "", text))


def test_the_figures_are_those_of_the_run(window):
    totals = shown_run(window)["totals"]
    assert [number(text) for text in window.figures()] == [
        totals["within_walk"],
        totals["within_radius"],
        totals["out_of_reach"] + totals["unreachable"],
    ]
    rows = window.page.locator(".reach-rows td:nth-child(2)").all_inner_texts()
    assert sum(number(text) for text in rows) == totals["households"]
    assert "常住户数" in window.page.locator(".basis-line").inner_text()
    assert "合成" in window.page.locator(".badge").inner_text()
    window.keep("loaded")


def test_nothing_is_asked_of_any_other_address(window):
    window.page.get_by_role("button", name="数据").click()
    assert [url for url in window.requests if not url.startswith(window.address)] == []


def test_another_time_changes_numbers_and_address_and_stays_after_a_reload(window):
    before = window.figures()
    window.page.get_by_label("步行时间").fill("8")
    window.until("document.querySelector('.figure dt').textContent.startsWith('8 ')")
    window.settled()
    assert window.figures()[0] != before[0]
    assert shown_run(window)["parameters"]["minutes"] == 8
    assert "合 600 米" in window.page.locator(".controls").inner_text()
    window.until("location.hash.includes('minutes=8')")
    after = window.figures()
    window.page.reload()
    window.page.wait_for_selector(".figure-value")
    assert window.figures() == after


def test_work_in_progress_keeps_the_old_figures_and_can_be_cancelled(window):
    before = window.figures()
    # The server is quick: hold its answers back to see the time between.
    window.page.route(
        "**/api/jobs/*",
        lambda route: route.fulfill(
            json={"id": "x", "kind": "coverage", "state": "running", "percent": 60,
                  "step": "walking to the nearest station", "run": None, "error": None}
        ),
    )  # fmt: skip
    window.page.get_by_label("步行速度").fill("3.4")
    window.page.get_by_text("60%").wait_for()
    assert "计算到最近服务点的步行时间" in window.page.locator(".progress").inner_text()
    assert window.figures() == before
    assert window.page.locator(".panel-body .dimmed").count() > 0
    window.keep("computing")
    window.page.get_by_role("button", name="取消").click()
    window.settled()
    assert "4.5 km/h" in window.page.locator(".controls").inner_text()
    assert window.figures() == before


def test_the_first_computation_is_said_where_its_figures_will_be(open_desk):
    window = open_desk()
    work = {"id": "x", "kind": "coverage", "state": "running", "percent": 40,
            "step": "reading streets", "run": None, "error": None}  # fmt: skip
    window.page.route("**/api/coverage/runs", lambda route: route.fulfill(status=202, json=work))
    window.page.route("**/api/jobs/*", lambda route: route.fulfill(json=work))
    window.page.goto(f"{window.address}/{TOWN}")
    first = window.page.locator(".first-work")
    first.get_by_text("40%").wait_for()
    assert "正在第一次计算" in first.inner_text()
    assert "读取路网" in first.inner_text()
    window.keep("first")
    window.page.get_by_role("button", name="取消").click()
    window.page.get_by_role("button", name="开始计算").wait_for()


def test_a_refusal_says_what_happened_what_stayed_and_what_to_do(window):
    before = window.figures()
    problem = {
        "type": "x",
        "title": "x",
        "status": 422,
        "code": "no_stations",
        "detail": "-",
        "faults": [],
    }
    window.page.route(
        "**/api/coverage/runs",
        lambda route: route.fulfill(
            status=422, content_type="application/problem+json", body=json.dumps(problem)
        ),
    )
    window.page.get_by_label("步行时间").fill("9")
    notice = window.page.get_by_role("alert")
    notice.wait_for()
    for words in ("没有在用的服务点", "已显示的结果没有改变", "请换一个类别"):
        assert words in notice.inner_text()
    assert window.figures() == before
    window.keep("error")
    window.page.unroute("**/api/coverage/runs")
    notice.get_by_role("button", name="再试一次").click()
    notice.wait_for(state="detached")
    window.settled()
    window.forgive("422")


def test_a_server_that_is_away_is_said_and_found_again(window):
    before = window.figures()
    window.page.route("**/api/**", lambda route: route.abort())
    window.page.get_by_label("步行时间").fill("10")
    window.page.get_by_text("连接不上服务器").wait_for()
    assert window.figures() == before
    assert window.page.locator(".dimmed .figure-value").count() == 3
    window.page.unroute("**/api/**")
    # It comes back by itself.
    window.page.get_by_text("连接不上服务器").wait_for(state="detached")
    window.settled()
    window.forgive("ERR_FAILED")


PAVED = """[...document.querySelectorAll(".leaflet-streets-pane canvas")].reduce((sum, canvas) => {
    if (canvas.width === 0) return sum;
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4)
        if (data[i] + data[i + 1] + data[i + 2] + data[i + 3] === 1020) sum += 1;
    return sum;
}, 0)"""
"""How many pixels of the map have the colour of a road."""


def test_a_part_of_the_map_that_is_refused_is_said_and_asked_for_again(window):
    page = window.page
    elsewhere = TOWN.replace("=15/28.6035/117.3150", "=17/28.6000/117.3000")
    page.route(re.compile(r"/tiles/[^/]*streets"), lambda route: route.fulfill(status=500))
    del window.requests[:]
    window.go(elsewhere)
    gaps = page.locator(".map-gaps")
    gaps.get_by_text("空白处是缺图").wait_for()
    window.quiet()
    window.until(f"{PAVED} === 0")
    # What travelled with it has come without it.
    alone = {url.split("/tiles/")[1].split("/")[0] for url in window.requests if "/tiles/" in url}
    assert {"streets", "barriers", "grids"} <= alone
    window.keep("gaps")
    # The place is looked at again: what is gone is told no more, what is still missing is.
    window.go(TOWN)
    gaps.get_by_text("空白处是缺图").wait_for(state="detached")
    window.go(elsewhere)
    gaps.get_by_text("空白处是缺图").wait_for()
    page.unroute_all()
    gaps.get_by_role("button", name="再试一次").click()
    gaps.get_by_text("空白处是缺图").wait_for(state="detached")
    window.until(f"{PAVED} > 0")
    window.forgive("500")


def test_the_map_is_whole_again_once_the_server_is_back(window):
    page = window.page
    page.route(re.compile("/(api|tiles)/"), lambda route: route.abort())
    window.go(TOWN.replace("=15/", "=17/"))
    page.get_by_label("步行时间").fill("11")
    page.get_by_text("连接不上服务器").wait_for()
    assert page.locator(".map-gaps").inner_text() == ""
    window.until(f"{PAVED} === 0")
    page.unroute_all()
    page.get_by_text("连接不上服务器").wait_for(state="detached")
    window.quiet()
    assert page.locator(".map-gaps").inner_text() == ""
    window.until(f"{PAVED} > 0")
    window.forgive("ERR_FAILED")


def test_a_grid_of_the_list_lights_up_and_shows_its_card(window):
    grid = max(shown_run(window)["grids"], key=lambda row: row["out_of_reach"] + row["unreachable"])
    row = window.page.locator(".row").first
    row.hover()
    row.click()
    card = window.page.locator(".card")
    assert grid["code"] in card.inner_text()
    assert number(card.locator(".card-figure b").inner_text()) == grid["households"]
    assert "数据截至" in card.inner_text()
    assert ("户数标准" in card.inner_text()) == (
        grid["rule"] is not None and grid["rule"]["verdict"] != "no_band"
    )
    window.until(f"location.hash.includes('select=grid:{grid['code']}')")
    window.keep("grid")
    window.page.keyboard.press("Escape")
    card.wait_for(state="detached")
    window.page.go_back()
    card.wait_for()


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_what_is_chosen_from_the_list_is_not_under_its_card(window, width, height):
    resize(window, width, height)
    window.page.locator(".row").first.click()
    card = window.page.locator(".card")
    card.wait_for()
    window.until("location.hash.includes('select=grid:')")
    window.still()
    grid = re.search(r"select=grid:(\w+)", window.page.evaluate("location.hash"))[1]
    zoom, lat, lon = re.search(r"map=([\d.]+)/([\d.]+)/([\d.]+)", window.page.url).groups()
    area = window.page.locator(".map").bounding_box()

    def world(x, y):
        size = 256 * 2 ** float(zoom)
        return (
            (x + 180) / 360 * size,
            (1 - math.asinh(math.tan(math.radians(y))) / math.pi) / 2 * size,
        )

    middle = world(float(lon), float(lat))
    query = "/api/layers/grids/features?bbox=117,28,118,29&limit=500"
    shape = next(
        item for item in answer(window, query)["features"] if item["properties"]["code"] == grid
    )
    rings = shape["geometry"]["coordinates"]
    if shape["geometry"]["type"] == "MultiPolygon":
        rings = [ring for polygon in rings for ring in polygon]
    box = card.bounding_box()
    assert box["height"] <= area["height"] * (0.61 if width < 720 else 1)
    for lon_, lat_ in (point for ring in rings for point in ring):
        x, y = world(lon_, lat_)
        x += area["x"] + area["width"] / 2 - middle[0]
        y += area["y"] + area["height"] / 2 - middle[1]
        assert area["x"] <= x <= area["x"] + area["width"]
        assert area["y"] <= y <= area["y"] + area["height"]
        assert x < box["x"] or y > box["y"] + box["height"]


def test_a_click_on_the_map_opens_a_building_with_its_minutes(window):
    box = "117.310,28.602,117.320,28.610"
    page = answer(window, f"/api/layers/buildings/features?bbox={box}&limit=400")
    home = next(item for item in page["features"] if item["properties"]["kind"] == "residential")
    ring = home["geometry"]["coordinates"][0][0]
    lon = sum(point[0] for point in ring[:-1]) / (len(ring) - 1)
    lat = sum(point[1] for point in ring[:-1]) / (len(ring) - 1)
    window.show(STATE.format(f"18/{lat:.5f}/{lon:.5f}"))
    area = window.page.locator(".map").bounding_box()
    window.page.mouse.click(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
    card = window.page.locator(".card")
    card.get_by_text("最近服务点").wait_for()
    assert home["properties"]["code"] in card.inner_text()
    assert re.search(r"\d+ 分 \d\d 秒", card.inner_text())
    window.keep("building")


def test_search_by_initials_goes_there_by_keyboard(window):
    window.page.keyboard.press("/")
    window.page.keyboard.type("qxsq")
    window.page.locator(".result", has_text="桥西社区").first.wait_for()
    window.keep("search")
    window.page.keyboard.press("Enter")
    window.page.locator(".card h2", has_text="桥西社区").wait_for()
    window.until("location.hash.includes('select=community:990101001003')")
    assert window.page.get_by_label("社区", exact=True).input_value() == "990101001003"


def test_back_returns_to_the_view_before_a_jump_that_glides(open_desk):
    window = open_desk(reduced_motion="no-preference").open(TOWN)
    window.page.get_by_label("街镇", exact=True).select_option(label="西山镇")
    window.until("!location.hash.includes('map=15/28.6035')")
    window.still()
    window.page.go_back()
    window.until("/map=15\\/28.603/.test(location.hash)")
    window.page.locator(".card").wait_for(state="detached")


def test_english_replaces_every_word_of_the_page_itself(window):
    window.page.get_by_role("button", name="EN").click()
    window.until("location.hash.includes('lang=en')")
    for part in (".rail", ".controls", ".figures", ".basis-line", ".reach-rows", ".legend"):
        assert not re.search(r"[\u4e00-\u9fff]", window.page.locator(part).inner_text()), part
    window.page.get_by_role("button", name="Data").click()
    window.keep("data-english")


def test_large_type_is_kept_in_the_address(window):
    size = "parseFloat(getComputedStyle(document.body).fontSize)"
    before = window.page.evaluate(size)
    window.page.get_by_role("button", name="大字").click()
    assert window.page.evaluate(size) > before
    window.until("location.hash.includes('large=1')")


OVER_THE_EDGE = """() => [...document.querySelectorAll('.header > *, .panel *, .map-tools *')]
  .filter(e => { const r = e.getBoundingClientRect(); return r.width > 0 && r.right > innerWidth + 1 })
  .map(e => e.className)"""

ON_EACH_OTHER = """() => {
  const found = [];
  for (const row of document.querySelectorAll('.header, .crumbs')) {
    const boxes = [...row.children].map(e => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width > 0);
    for (const [a, r] of boxes) for (const [b, s] of boxes)
      if (a !== b && r.left < s.right - 1 && s.left < r.right - 1 && r.top < s.bottom - 1 && s.top < r.bottom - 1)
        found.push(a.className);
    for (const [a] of boxes)
      if (a.scrollWidth > a.clientWidth + 1) found.push('in ' + a.className);
  }
  return found;
}"""


def test_nothing_runs_over_the_edge_in_either_language_or_large(window):
    root = "document.documentElement."
    for step in ("plain", "large"):
        if step == "large":
            window.page.locator(".header [aria-pressed]").first.click()
            window.until("document.documentElement.classList.contains('large')")
        for at in screens(window, (*SIZES, (1024, 768))):
            assert window.page.evaluate(root + "scrollWidth") <= at.width, f"{at} {step}"
            assert window.page.evaluate(root + "scrollHeight") <= at.height, f"{at} {step}"
            assert window.page.evaluate(OVER_THE_EDGE) == [], f"{at} {step}"
            assert window.page.evaluate(ON_EACH_OTHER) == [], f"{at} {step}"
            window.keep(f"{at.width}-{at.language}-{step}")


def test_the_map_names_its_review_number_and_sources(window):
    footer = window.page.locator(".map-footer").inner_text()
    assert "GS(2025)0000号" in footer
    assert "合成示例数据" in footer


def test_an_empty_store_has_one_sentence_and_one_button(open_desk, empty_store, tmp_path):
    account = {"name": make_account(empty_store, "planner"), "password": PASSWORD}
    with served(empty_store, tmp_path) as address:
        window = open_desk(address, account)
        window.page.goto(address)
        window.page.get_by_text("还没有街道数据").wait_for()
        panel = window.page.locator(".panel")
        assert panel.locator(".button").count() == 1
        assert ".venv/bin/wangge import streets town.osm.pbf" in panel.inner_text()
        assert "在安装目录中运行" in panel.inner_text()
        window.keep("empty")
        window.page.close()  # before its server goes away


@pytest.fixture
def outside_tiles():
    """Return the address of a tile server that paints every tile in one colour."""
    picture = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkqPr/HwAFGAJ/gPk2JwAAAABJRU5ErkJggg=="
    )

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(picture)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_configured_base_map_is_drawn_and_can_be_switched_off(
    open_desk, sample_store, tmp_path, outside_tiles
):
    with served(sample_store, tmp_path, base_map=outside_tiles + "/{z}/{x}/{y}.png") as address:
        window = open_desk(address).open(TOWN)
        tiles = window.page.locator(".leaflet-outside-pane img")
        tiles.first.wait_for()
        asked = [url for url in window.requests if url.startswith(outside_tiles)]
        assert re.fullmatch(outside_tiles + r"/15/\d+/\d+\.png", asked[0])
        window.keep("base-map")
        window.page.get_by_role("button", name="图层").click()
        window.page.get_by_text("外部底图").click()
        tiles.first.wait_for(state="detached")
        window.page.close()
