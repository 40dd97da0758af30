"""Where next on the built page: asked, waited for, read, and gone on with."""

from __future__ import annotations

import json
import math
import re
import time

import pytest

from gis.siting import choose_sites
from layers.inputs import InputCache
from layers.question import Question
from layers.usecases.imports import ImportOptions, import_file
from layers.usecases.siting import SitingAsked, choosing, site_stations
from tests.conftest import fresh_copy
from tests.web.conftest import served
from tests.web.screens import screens

SITING = "#map=13/28.6/117.3&basis=resident&tab=siting"
HAN = r"[\u4e00-\u9fff]"
PLACES = [
    (f"K{i}", f"候选房屋 {i}", 117.27 + 0.006 * i, 28.59 + 0.003 * (i % 5)) for i in range(12)
]


@pytest.fixture(scope="module")
def store(sample_template, tmp_path_factory):
    """Return a store with the sample county whose scenarios are these tests' own."""
    with fresh_copy(sample_template, "wangge_test_siting_page") as copy:
        path = tmp_path_factory.mktemp("vacant") / "空置用房.csv"
        path.write_text(
            "code,name,category,status,capacity,lon,lat\n"
            "V1,老粮站,service_station,空置,260,117.3140,28.6050\n"
            "V2,旧校舍,clinic,空置,,117.2651,28.6009\n",
            "utf-8",
        )
        with copy.session() as session:
            import_file(session, "stations", path, ImportOptions())
        yield copy


@pytest.fixture(scope="module")
def siting_desk(store, tmp_path_factory):
    """Return the address of the service over it."""
    with served(store, tmp_path_factory.mktemp("siting")) as address:
        yield address


@pytest.fixture
def room(open_desk, siting_desk):
    """Return a function that opens the tab in a window of its own."""

    def start(state: str = SITING, **options):
        window = open_desk(siting_desk, **options)
        window.page.goto(f"{siting_desk}/{state}")
        window.page.locator(".siting-form").wait_for()
        return window

    return start


def fill(window, add="2", most="40"):
    """Ask for few stations among few corners, without capacities."""
    page = window.page
    page.get_by_label("新设点数").first.fill(add)
    page.locator(".siting-form .check", has_text="计入服务能力").click()
    page.get_by_label("最多看几个路口").fill(most)


def found(window):
    """Press the button and return the scenario that was kept, as the interface answers it."""
    page = window.page
    page.locator(".siting-start").click()
    page.locator(".siting-headline").wait_for()
    window.until("location.hash.includes('scenario=')")
    number = re.search(r"scenario=(\d+)", page.url)[1]
    return scenario(window, number)


def scenario(window, number):
    answer = window.page.request.get(f"{window.address}/api/scenarios/{number}")
    assert answer.ok, answer.text()
    return answer.json()


def rows(window):
    return window.page.locator(".siting-chosen .row-name").all_inner_texts()


def candidates(window, *wanted):
    """Look at these kinds of candidates only."""
    for box in window.page.locator(".siting-from .check").all():
        on = any(word in box.inner_text() for word in wanted)
        if box.locator("input").is_checked() != on:
            box.click()


def upload(window, text, encoding="gb18030"):
    candidates(window, "自带名单")
    window.page.locator(".siting-file input").set_input_files(
        {"name": "名单.csv", "mimeType": "text/csv", "buffer": text.encode(encoding)}
    )


def table(places):
    return "编码,名称,经度,纬度,能力\n" + "".join(
        f"{code},{name},{lon:.4f},{lat:.4f},\n" for code, name, lon, lat in places
    )


def test_an_answer_has_the_figures_of_the_service_and_stays_in_the_address(room, store, tmp_path):
    window = room()
    page = window.page
    fill(window)
    page.get_by_label("方案名称").fill("东街两个新点")
    kept = found(window)
    siting, before, after = (
        kept["result"]["siting"], kept["result"]["before"], kept["result"]["after"],
    )  # fmt: skip
    alone = site_stations(
        store,
        InputCache(tmp_path),
        SitingAsked(Question(), add=2, most=40, capacities=False),
    )
    assert [site["code"] for site in siting["chosen"]] == [
        site["code"] for site in alone["siting"]["chosen"]
    ]
    assert siting["curve"] == alone["siting"]["curve"]
    headline = page.locator(".siting-headline").inner_text()
    assert headline == f"新设 2 个点，多服务 {after['served'] - before['served']:,} 户"
    assert siting["proved"]
    assert "已证明最优" in page.locator(".siting-sure").inner_text()
    assert "同样的问题总得到同样的答案" in page.locator(".siting-sure").inner_text()
    # In the order of gain, in the list and on the map.
    assert rows(window) == [f"路口 {step['place'][7:]}" for step in siting["curve"]]
    gains = page.locator(".siting-chosen .row-value").all_inner_texts()
    assert gains == [f"+{step['gain']:,} 户" for step in siting["curve"]]
    assert sorted(page.locator(".map .pin-rank").all_inner_texts()) == ["1", "2"]
    figures = page.locator(".whatif-figures .figure-value").all_inner_texts()
    assert figures == [f"{after[name]:,}" for name in ("served", "over_capacity", "out_of_reach")]
    assert kept["name"] == "东街两个新点"
    assert "东街两个新点" in page.locator(".scenario.open").inner_text()
    window.keep("siting-result")
    page.reload()
    page.locator(".siting-headline").wait_for()
    assert page.locator(".siting-headline").inner_text() == headline
    assert len(rows(window)) == 2
    # Corners of an answer that was read again may be others by now: nothing is said of them.
    assert page.locator(".siting-chosen .siting-must").count() == 0
    page.go_back()
    page.locator(".siting-headline").wait_for(state="detached")


def test_row_mark_and_curve_light_each_other(room):
    window = room()
    page = window.page
    fill(window, add="3")
    kept = found(window)
    curve = kept["result"]["siting"]["curve"]
    lit = page.locator(".map .pin-lit")
    page.locator(".siting-chosen .siting-go").nth(1).focus()
    assert lit.inner_text() == "2"
    before = page.url
    page.keyboard.press("Enter")
    window.until(f"location.href !== {before!r}")
    assert page.locator(".siting-chosen .siting-go[aria-pressed=true]").count() == 1
    page.locator(".map .pin-rank", has_text="1").hover()
    assert page.locator(".siting-chosen .lit .siting-rank").inner_text() == "1"
    line = page.get_by_role("slider", name="每多一个点，多服务多少户")
    line.focus()
    page.keyboard.press("Home")
    now = kept["result"]["before"]["served"]
    assert line.get_attribute("aria-valuetext").startswith(f"现状：服务 {now:,} 户")
    page.keyboard.press("ArrowRight")
    assert line.get_attribute("aria-valuetext").startswith(
        f"新设 1 个：服务 {curve[0]['value']:,} 户"
    )
    assert f"（+{curve[0]['gain']:,}）" in line.get_attribute("aria-valuetext")
    assert lit.inner_text() == "1"
    window.keep("siting-curve")
    # A corner that may not be is left out next time, and can be taken back.
    line.press("Tab")
    worst = page.locator(".siting-chosen li").first
    name = worst.locator(".row-name").inner_text()
    worst.get_by_role("button", name=f"排除：{name}").click()
    page.locator(".siting-start").click()
    window.until(f"!document.querySelector('.siting-chosen').textContent.includes('{name}服务')")
    assert len(rows(window)) == 3
    chip = page.locator(".siting-marked button")
    assert chip.inner_text() == f"排除：{name}"
    chip.click()
    chip.wait_for(state="detached")


@pytest.fixture
def unhurried(monkeypatch):
    """Let the proof of a choice go on until it is stopped."""

    def choose(question, progress):
        def slowly(percent, step):
            progress(percent, step)
            deadline = time.monotonic() + 30
            while step == "branch and bound" and time.monotonic() < deadline:
                time.sleep(0.02)
                progress(percent, step)  # raises once somebody has asked to stop

        return choose_sites(question, slowly)

    monkeypatch.setattr(choosing, "choose_sites", choose)


def test_work_shows_how_far_it_is_and_can_be_stopped(room, unhurried):
    window = room()
    page = window.page
    kept = page.request.get(f"{window.address}/api/scenarios").json()["scenarios"]
    page.get_by_label("最多看几个路口").fill("30")
    page.locator(".siting-start").click()
    window.until(
        "document.querySelector('.progress-text')?.textContent === '正在选址 · 排除其余的选法'"
    )
    assert re.fullmatch(r"[1-9]\d%", page.locator(".progress b").inner_text())
    assert page.locator(".siting-start").inner_text() == "取消"
    page.locator(".progress").get_by_role("button", name="取消").click()
    page.locator(".progress").wait_for(state="detached")
    assert page.locator(".siting-headline").count() == 0
    assert page.locator(".siting-start").inner_text() == "开始选址"
    job = [url for url in window.requests if "/api/jobs/" in url][-1]
    while (state := page.request.get(job).json()["state"]) == "running":
        page.wait_for_timeout(100)
    assert state == "cancelled"
    assert page.request.get(f"{window.address}/api/scenarios").json()["scenarios"] == kept


def test_what_has_no_answer_says_why_and_what_would_help(room):
    window = room()
    page = window.page
    fill(window, add="30", most="20")
    page.locator(".siting-start").click()
    notice = page.get_by_role("alert")
    notice.wait_for()
    assert "这样问没有答案" in notice.inner_text()
    assert "要新设 30 个，可选的候选只有 20 个：请最多填 20" in notice.inner_text()
    # Typed faults do not leave the page.
    sent = len([url for url in window.requests if url.endswith("/api/siting")])
    page.get_by_label("目标百分比").fill("101")
    page.locator(".siting-start").click()
    page.get_by_text("请填大于 0、不超过 100 的百分比").wait_for()
    window.until("document.activeElement.getAttribute('aria-label') === '目标百分比'")
    assert len([url for url in window.requests if url.endswith("/api/siting")]) == sent
    page.get_by_label("目标百分比").fill("99.9")
    page.locator(".siting-start").click()
    page.get_by_text("请把目标降到").wait_for()
    page.get_by_label("目标百分比").fill("85")
    kept = found(window)
    assert kept["result"]["siting"]["objective_kind"] == "min-stations"
    assert kept["result"]["siting"]["served"] >= 0.85 * kept["result"]["siting"]["households"]
    assert page.get_by_role("alert").count() == 0


def test_a_list_is_read_with_its_faults_and_marked_on_the_map(room):
    window = room()
    page = window.page
    upload(window, "编码,名称,经度,纬度\nK1,甲,117.3,28.6\nK2,乙,28.6,117.3\nK1,丙,东,28.6\n")
    faults = page.locator(".siting-source [role=alert]")
    faults.wait_for()
    for words in (
        "第 3 行 纬度：像是经度",
        "第 4 行 经度：不是数（东）",
        "第 4 行 编码：与第 2 行重复（K1）",
    ):
        assert words in faults.inner_text()
    assert page.locator(".siting-list-head").count() == 0
    upload(window, "lon,lat\n120.1,30.2\n117.3,28.6\n", "utf-8")
    page.get_by_text("其中 1 个在数据范围之外").wait_for()
    upload(window, table(PLACES))
    page.get_by_text("12 个候选，必选 0，排除 0").wait_for()
    assert page.locator(".siting-source [role=alert]").count() == 0
    assert "数据范围之外" not in page.locator(".siting-source").inner_text()
    page.get_by_role("button", name="必选：候选房屋 0", exact=True).click()
    # On the map: once it has to be chosen, twice it may not be.
    best = PLACES[8]
    page.locator(".siting-source .siting-go", has_text=best[1]).click()
    window.still()
    page.keyboard.press("m")
    box = page.locator(".map").bounding_box()
    at = page.evaluate("location.hash.match(/map=([^&]*)/)[1]").split("/")
    x, y = pixels(best[2:], [float(part) for part in at])
    for _ in range(2):
        page.mouse.click(box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 + y)
        page.wait_for_timeout(400)
    page.get_by_text("12 个候选，必选 1，排除 1").wait_for()
    window.keep("siting-list")
    siting = found(window)["result"]["siting"]
    chosen = {site["code"] for site in siting["chosen"]}
    assert "K0" in chosen
    assert best[0] not in chosen
    assert siting["candidates"] == 12
    assert "候选房屋 0" in rows(window)


def pixels(place, view):
    """Return a place's distance from the middle of the map, to the east and to the south."""
    zoom, lat, lon = view

    def world(lon, lat):
        size = 256 * 2**zoom
        south = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
        return (lon + 180) / 360 * size, south * size

    (a, b), (c, d) = world(*place), world(lon, lat)
    return a - c, b - d


def test_vacant_premises_of_the_data_are_candidates_by_name(room):
    window = room()
    page = window.page
    candidates(window, "空置用房")
    assert "数据里 2 处" in page.locator(".siting-from").inner_text()
    page.get_by_label("新设点数").first.fill("1")
    page.get_by_role("button", name="必选：旧校舍", exact=True).click()
    page.locator(".siting-form .check", has_text="只算本社区的服务点").click()
    kept = found(window)
    assert kept["request"]["own_community"]
    assert [site["code"] for site in kept["result"]["siting"]["chosen"]] == ["V2"]
    assert rows(window) == ["旧校舍"]
    assert "只算本社区" in page.locator(".siting-headline + .caption").inner_text()
    candidates(window)
    page.locator(".siting-start").click()
    page.get_by_text("请至少选一种候选").wait_for()


def test_candidates_lie_in_the_area_that_was_drawn(room):
    window = room()
    page = window.page
    fill(window, add="1")
    page.locator(".siting-form").get_by_role("button", name="画范围").click()
    box = page.locator(".map").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for dx, dy in ((-60, -120), (120, -120), (120, 60)):
        page.mouse.click(middle[0] + dx, middle[1] + dy)
        page.wait_for_timeout(350)
    page.mouse.dblclick(middle[0] - 60, middle[1] + 60)
    page.get_by_text("只在画定的 4 边形范围里找").wait_for()
    window.keep("siting-area")
    asked = []
    page.on("request", lambda r: asked.append(r) if r.url.endswith("/api/siting") else None)
    siting = found(window)["result"]["siting"]
    ring = asked[0].post_data_json["area"]
    assert len(ring) == 4
    west, east = min(p[0] for p in ring), max(p[0] for p in ring)
    south, north = min(p[1] for p in ring), max(p[1] for p in ring)
    for site in siting["chosen"]:
        assert west <= site["lon"] <= east
        assert south <= site["lat"] <= north
    # By keyboard: the middle of the map is a corner, arrows move it.
    page.locator(".siting-form").get_by_role("button", name="清除").click()
    page.locator(".map").focus()
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    for arrow in ("ArrowRight", "ArrowDown"):
        page.keyboard.press(arrow)
        window.still()
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.get_by_text("只在画定的 3 边形范围里找").wait_for()


def test_a_found_scenario_goes_on_as_a_what_if(room):
    window = room()
    page = window.page
    fill(window, add="1")
    kept = found(window)
    page.get_by_role("button", name="在假设中打开").click()
    window.until("location.hash.includes('tab=whatif')")
    place = kept["result"]["siting"]["chosen"][0]["code"]
    page.get_by_text(f"新设 路口 {place[7:]}").wait_for()
    window.until("!document.querySelector('.whatif-reading')")
    served_then = page.locator(".whatif-figures .figure-value").first
    served_then.wait_for()
    served = json.dumps(f"{kept['result']['after']['served']:,}")
    window.until(
        f"document.querySelector('.whatif-figures .figure-value').textContent === {served}"
    )
    page.go_back()
    page.locator(".siting-headline").wait_for()


def test_a_room_that_cannot_be_fetched_says_so(open_desk, siting_desk):
    window = open_desk(siting_desk)
    window.page.route("**/assets/parts-*.js", lambda route: route.abort())
    window.page.goto(f"{siting_desk}/{SITING}")
    window.page.locator(".panel [role=alert]").wait_for()
    assert "请刷新页面" in window.page.locator(".panel [role=alert]").inner_text()
    window.page.unroute("**/assets/parts-*.js")
    window.page.reload()
    window.page.locator(".siting-form").wait_for()
    window.forgive("ERR_FAILED")


OVER = """() => [...document.querySelectorAll('.header > *, .siting *, .map-tools *, .toolbar *, .legend *')]
  .filter(e => !e.closest('.hidden, .matrix, .whatif-figures') && e.getBoundingClientRect().width > 0)
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className)"""


def test_nothing_runs_over_the_edge_and_english_is_english(room):
    window = room()
    page = window.page
    upload(window, table(PLACES))
    page.locator(".siting-list-head").wait_for()
    found(window)
    for at in screens(window):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), at
        assert page.evaluate(
            "[document.querySelector('.panel-body')].every(e => e.scrollWidth <= e.clientWidth)"
        ), at
        assert page.evaluate(OVER) == [], at
        window.keep(f"siting-{at.width}-{at.language}")
    for part in (
        ".coverage-tabs", ".siting-headline", ".siting-sure", ".siting-asked", ".gain-curve", ".siting-list-head",
    ):  # fmt: skip
        assert not re.search(HAN, page.locator(part).first.text_content()), part
