"""The room of people on the built page: nobody responsible, three grids given by the map, a substitute, a day."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

from layers.usecases.postings.changes import assign, end_posting, put_substitute
from layers.usecases.postings.people import Person
from layers.usecases.postings.posts import list_posts
from layers.usecases.postings.who import who_answered
from tests.conftest import fresh_copy
from tests.layers.plans import in_days
from tests.web.conftest import served
from tests.web.screens import resize, screens, speak

PEOPLE = "#map=15/28.605/117.303&basis=resident&panel=people"
VACANT = ("990101001003004", "990101001003005", "990101001003006")
GRID = "990101001001001"
HAN = r"[\u4e00-\u9fff]"


@contextmanager
def county(sample_template, name: str) -> Iterator[Any]:
    """Yield the sample county in which nobody answers for three grids from today on."""
    with fresh_copy(sample_template, name) as copy:
        with copy.session() as session:
            for code in VACANT:
                for item in who_answered(session, code)["holders"]:
                    end_posting(session, item["posting"])
        yield copy


@pytest.fixture
def store(sample_template):
    """Return a county of the test's own."""
    with county(sample_template, "wangge_test_people_own") as copy:
        yield copy


@pytest.fixture
def address(store, tmp_path):
    with served(store, tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def read_only(sample_template):
    """Return a county that is only read, with a substitute and a post that does not answer."""
    with county(sample_template, "wangge_test_people_kept") as copy:
        day = in_days(copy, 0)
        with copy.session() as session:
            held = who_answered(session, GRID)["holders"][0]["posting"]
            put_substitute(session, held, Person(name="代班"), day, day + timedelta(days=7))
            assign(session, Person(name="楼栋长甲"), [GRID], "楼栋长")
        yield copy


@pytest.fixture(scope="module")
def kept(read_only, tmp_path_factory):
    """Return the address of the county that is only read."""
    with served(read_only, tmp_path_factory.mktemp("people")) as found:
        yield found


def opened(open_desk, address: str, state: str, **options):
    window = open_desk(address, **options)
    window.page.goto(f"{address}/{state}")
    window.page.locator(".people-controls").wait_for()
    return window


@pytest.fixture
def room(address, open_desk):
    """Return a function that opens the room over the test's own county."""
    return lambda state=PEOPLE, **options: opened(open_desk, address, state, **options)


@pytest.fixture(scope="module")
def glass(kept, kept_desk):
    return opened(kept_desk, kept, PEOPLE)


@pytest.fixture
def look(glass):
    """Return a function that shows the room over the county that is only read, in the window that its tests share."""

    def start(state=PEOPLE):
        glass.show(state)
        glass.page.locator(".people-controls").wait_for()
        return glass

    yield start
    glass.without_faults()


def figure(window, name: str) -> str:
    return (
        window.page.locator(".people .figure", has_text=name).locator(".figure-value").inner_text()
    )


def press_map(window, lon: float, lat: float) -> None:
    """Click a place on the map, by the middle of the view that the address names."""
    window.still()
    zoom, middle_lat, middle_lon = map(
        float, re.search(r"map=([^&]+)", window.page.url)[1].split("/")
    )
    box = window.page.locator(".map").bounding_box()
    scale = 256 * 2**zoom / 360

    def up(value: float) -> float:
        return math.degrees(math.asinh(math.tan(math.radians(value))))

    x = box["x"] + box["width"] / 2 + (lon - middle_lon) * scale
    y = box["y"] + box["height"] / 2 - (up(lat) - up(middle_lat)) * scale
    window.page.mouse.click(x, y)


def middles(store) -> dict[str, tuple[float, float]]:
    with store.session() as session:
        rows = session.execute(
            text(
                "SELECT code, ST_X(p) AS lon, ST_Y(p) AS lat FROM grid_version, "
                "LATERAL (SELECT ST_PointOnSurface(geom) AS p) q WHERE code = ANY(:codes)"
            ),
            {"codes": list(VACANT)},
        )
        return {row.code: (row.lon, row.lat) for row in rows}


def test_from_nobody_over_the_map_and_a_substitute_to_the_right_person_on_a_day(store, room):
    window = room()
    page = window.page
    assert figure(window, "无人负责") == "3"
    window.keep("people-nobody")
    # Three grids by the map to somebody new.
    page.locator(".people-controls .chip", has_text="无人负责").click()
    window.until("location.hash.includes('show=nobody')")
    assert page.locator(".people .row").count() == 3
    page.keyboard.press("p")
    for lon, lat in middles(store).values():
        press_map(window, lon, lat)
    page.locator(".people-picked b", has_text="已选 3 格").wait_for()
    window.keep("people-picked")
    page.get_by_role("button", name="交给一人").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="新增人员").click()
    dialog.get_by_label("姓名").fill("新网格长")
    dialog.get_by_label("工作电话").fill("000-0000-7777")
    window.keep("people-assign")
    dialog.get_by_role("button", name="任命").click()
    page.locator(".people-said", has_text="已任命，3 格。").wait_for()
    window.until("document.querySelectorAll('.people .figure-value')[1].textContent === '0'")
    # On leave for a week: somebody known stands in.
    page.locator(".people-controls .chip", has_text="全部").click()
    page.get_by_label("姓名、电话、网格").fill("新网格长")
    assert page.locator(".people .row").count() == 3
    page.locator(".people .row").first.click()
    page.locator(".people-holder", has_text="新网格长").wait_for()
    page.locator(".people-holder").get_by_role("button", name="代班").click()
    dialog.get_by_label("查找姓名或电话").fill("示例网格员 01")
    dialog.locator(".people-found button", has_text="示例网格员 01").click()
    today, back = in_days(store, 0), in_days(store, 7)
    dialog.get_by_label("代班首日").fill(today.isoformat())
    dialog.get_by_label("返岗日").fill(back.isoformat())
    dialog.get_by_role("button", name="安排代班").click()
    page.locator(".people-said", has_text="已安排代班").wait_for()
    card = page.locator(".card")
    card.locator(".people-substitute", has_text="示例网格员 01").wait_for()
    assert f"{back.isoformat()} 起由本人负责" in card.inner_text()
    page.locator(".people .row", has_text="代班").wait_for()
    window.keep("people-substitute")
    # On the day the holder is back the holder answers; in May it was somebody else.
    page.get_by_label("在某日").fill(back.isoformat())
    card.locator(".people-substitute").wait_for(state="detached")
    assert "新网格长" in card.locator(".people-holder").first.inner_text()
    page.get_by_label("在某日").fill("2026-05-03")
    card.locator(".people-holder", has_text="示例网格长 03").wait_for()
    assert "新网格长" not in card.locator(".people-holders").inner_text()
    window.until("location.hash.includes('on=2026-05-03')")
    window.keep("people-as-of")
    # The address holds it all.
    address = page.url
    page.reload()
    page.locator(".card .people-holder", has_text="示例网格长 03").wait_for()
    assert page.get_by_label("在某日").input_value() == "2026-05-03"
    assert page.get_by_label("姓名、电话、网格").input_value() == "新网格长"
    assert page.url == address
    page.get_by_role("button", name="回到今天").click()
    page.locator(".card .people-substitute", has_text="示例网格员 01").wait_for()
    with store.session() as session:
        for code in VACANT:
            found = who_answered(session, code)
            assert [item["name"] for item in found["holders"]] == ["新网格长"]
        stands_in = [who_answered(session, code)["answers"][0]["name"] for code in VACANT]
        assert sorted(stands_in) == sorted(["新网格长", "新网格长", "示例网格员 01"])


def test_handing_over_and_ending_from_the_card(store, room):
    window = room(f"{PEOPLE}&select=grid:{GRID}")
    page = window.page
    holder = page.locator(".people-holder", has_text="网格长").first
    holder.get_by_role("button", name="交接").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="新增人员").click()
    dialog.get_by_label("姓名").fill("接任者")
    dialog.get_by_label("自这一天起").fill("2023-01-01")
    dialog.get_by_role("button", name="交接").last.click()
    window.page.locator(".dialog .notice", has_text="日期不在任职期内").wait_for()
    window.faults.clear()  # the browser tells of the refusal
    dialog.get_by_label("自这一天起").fill(in_days(store, 0).isoformat())
    dialog.get_by_role("button", name="交接").last.click()
    page.locator(".people-holder b", has_text="接任者").wait_for()
    page.locator(".people-history summary").click()
    assert "示例网格长 01" in page.locator(".people-history").inner_text()
    page.locator(".people-holder", has_text="接任者").get_by_role("button", name="结束").click()
    dialog.get_by_role("button", name="结束任职").click()
    page.locator(".people-said", has_text="已撤销").wait_for()
    page.locator(".people-holder b", has_text="接任者").wait_for(state="detached")


def test_a_substitute_is_proposed_and_kept_inside_the_holder_s_own_days(store, room):
    today, last = in_days(store, 0), in_days(store, 3).isoformat()
    with store.session() as session:
        held = who_answered(session, GRID)["holders"][0]["posting"]
        end_posting(session, held, in_days(store, 3))
    window = room(f"{PEOPLE}&select=grid:{GRID}")
    page = window.page
    page.locator(".people-holder").first.get_by_role("button", name="代班").click()
    dialog = page.get_by_role("dialog")
    back = dialog.get_by_label("返岗日")
    assert (back.input_value(), back.get_attribute("max")) == (last, last)
    dialog.get_by_role("button", name="新增人员").click()
    dialog.get_by_label("姓名").fill("代班乙")
    back.fill(in_days(store, 9).isoformat())
    assert "超出本人的任职日期" in dialog.get_by_role("alert").inner_text()
    assert last in dialog.get_by_role("alert").inner_text()
    send = dialog.get_by_role("button", name="安排代班")
    assert send.is_disabled()
    window.keep("people-substitute-days")
    back.fill(last)
    send.click()
    page.locator(".people-said", has_text="已安排代班").wait_for()
    with store.session() as session:
        assert who_answered(session, GRID, today)["answers"][0]["name"] == "代班乙"


def test_an_area_drawn_on_the_map_picks_the_grids_inside(read_only, look):
    window = look()
    page = window.page
    page.keyboard.press("a")
    points = list(middles(read_only).values())
    west, east = min(p[0] for p in points) - 0.002, max(p[0] for p in points) + 0.002
    south, north = min(p[1] for p in points) - 0.001, max(p[1] for p in points) + 0.002
    for corner in ((west, south), (east, south), (east, north), (west, north)):
        press_map(window, *corner)
    page.keyboard.press("Enter")
    page.locator(".people-picked").wait_for()
    picked = int(re.search(r"\d+", page.locator(".people-picked b").inner_text())[0])
    assert picked >= 3
    for code in ("桥西社区第4网格", "桥西社区第5网格", "桥西社区第6网格"):
        assert page.get_by_label(f"选中 {code}").is_checked()
    # Over another area they are still picked: every one is named before it is given to somebody.
    page.get_by_label("范围", exact=True).select_option(label="西山镇")
    window.until("!document.querySelector('.people').textContent.includes('桥西社区第4网格')")
    page.get_by_role("button", name="交给一人").click()
    dialog = page.get_by_role("dialog")
    assert f"其中 {picked} 个网格不在现在的列表范围内" in dialog.inner_text()
    for code in ("桥西社区第4网格", "桥西社区第5网格", "桥西社区第6网格"):
        assert code in dialog.inner_text()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="取消选择").click()
    assert page.locator(".people-picked").count() == 0


def test_row_and_shape_light_each_other(look):
    window = look(PEOPLE + "&show=nobody")
    page = window.page
    row = page.locator(".people .row").first
    row.hover()
    assert "lit" in row.get_attribute("class")
    page.locator(".panel-head").hover()
    window.until("document.querySelector('.people .row.lit') === null")
    assert page.locator(".people-legend li").count() == 4


def test_a_ledger_with_refused_rows_stores_nothing_and_a_good_one_does(store, room, tmp_path):
    window = room()
    page = window.page
    head = "姓名,工作电话,岗位,网格编码,开始日期,结束日期\n"
    bad, good = tmp_path / "坏.csv", tmp_path / "好.csv"
    bad.write_text(
        head
        + f"台账甲,1,网格员,{VACANT[0]},,\n台账乙,2,网格员,990101001001999,2026-05-03,2026-05-01\n",
        "utf-8",
    )
    good.write_text(head + f"台账甲,1,网格员,{VACANT[0]},,\n", "gb18030")
    page.get_by_role("button", name="导入台账").click()
    page.set_input_files("input[type=file]", str(bad))
    page.locator(".people-refused", has_text="退回 1 行").wait_for()
    # One row, everything that is wrong with it.
    reasons = ["没有生效的网格 990101001001999", "结束日期 2026-05-01 不晚于开始日期 2026-05-03"]
    assert page.locator(".people-rows tbody td:last-child").all_inner_texts() == reasons
    speak(window, "en")
    page.locator(".people-refused", has_text="1 row refused").wait_for()
    speak(window, "zh")
    assert page.get_by_role("button", name="导入", exact=True).is_disabled()
    window.keep("people-ledger")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载批注过的台账").click()
    assert download.value.suggested_filename == "坏-refused.xlsx"
    marked = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes())).active
    assert [cell.value for cell in marked[3]] == [
        "台账乙", "2", "网格员", "990101001001999", "2026-05-03", "2026-05-01",
        f"网格编码：{reasons[0]}\n结束日期：{reasons[1]}",
    ]  # fmt: skip
    assert [marked[cell].comment.text for cell in ("D3", "F3")] == reasons
    assert marked["G2"].value is None
    # Without the server the rows that stand on the page can still be had.
    page.route("**/api/postings/ledger/marked", lambda route: route.abort())
    with page.expect_download() as download:
        page.get_by_role("button", name="下载批注过的台账").click()
    text = download.value.path().read_text("utf-8-sig")
    assert '"3","网格编码","没有生效的网格 990101001001999"' in text
    window.faults.clear()  # the browser tells of the refusal
    assert figure(window, "无人负责") == "3"
    page.set_input_files("input[type=file]", str(good))
    page.locator(".people-counts", has_text="新增 1").wait_for()
    assert figure(window, "无人负责") == "3"
    page.get_by_role("button", name="导入", exact=True).click()
    page.locator(".people-said", has_text="新增 1").wait_for()
    window.until("document.querySelectorAll('.people .figure-value')[1].textContent === '2'")


def test_a_post_is_called_otherwise_and_another_added(store, room):
    window = room(f"{PEOPLE}&select=grid:{GRID}")
    page = window.page
    page.locator(".people-check").first.click()
    page.locator(".people-picked b", has_text="已选 1 格").wait_for()
    page.get_by_role("button", name="岗位", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="改叫法 网格长").click()
    dialog.get_by_label("显示（中文）").fill("片长")
    dialog.get_by_role("button", name="保存岗位").click()
    dialog.locator(".people-posts li", has_text="片长").wait_for()
    window.keep("people-posts")
    dialog.get_by_role("button", name="增加岗位").click()
    dialog.get_by_label("岗位名").fill("河长")
    dialog.get_by_label("显示（英文）").fill("river chief")
    dialog.locator(".check", has_text="计入负责人").click()
    dialog.get_by_role("button", name="保存岗位").click()
    dialog.locator(".people-posts li", has_text="river chief").wait_for()
    dialog.get_by_role("button", name="关闭").first.click()
    page.locator(".people-holder", has_text="片长").wait_for()
    assert page.locator(".people-picked b").inner_text() == "已选 1 格"
    with store.session() as session:
        held = who_answered(session, GRID)["holders"][0]["post"]
        assert (held["name"], held["zh"]) == ("网格长", "片长")
        posts = {item["name"]: item["responsible"] for item in list_posts(session)["posts"]}
        assert posts["河长"] is False


def test_an_analyst_reads_and_changes_nothing(open_desk, kept):
    analyst = {"name": "demo-analyst"}
    window = opened(open_desk, kept, f"{PEOPLE}&select=grid:{GRID}", account=analyst)
    page = window.page
    page.locator(".people-holder").first.wait_for()
    assert page.locator(".people-do, .people-check, .people-toolbar, .people-actions").count() == 0
    assert page.locator(".people .row").count() > 5


def test_an_empty_area_and_a_failure_are_said_in_a_sentence(look):
    window = look(PEOPLE + "&person=nobody-of-that-name")
    page = window.page
    assert "没有符合条件的网格" in page.locator(".empty-line").inner_text()
    page.get_by_role("button", name="显示全部").click()
    assert page.locator(".people .row").count() > 5
    page.get_by_label("在某日").fill("1990-01-01")
    page.locator(".empty-line", has_text="没有网格").wait_for()
    page.route("**/api/postings/area*", lambda route: route.fulfill(
        status=500, content_type="application/problem+json", body='{"code": "internal_error"}'
    ))  # fmt: skip
    page.get_by_role("button", name="回到今天").click()
    page.locator(".people .notice").wait_for()
    page.unroute("**/api/postings/area*")
    page.get_by_role("button", name="再试一次").click()
    page.locator(".people .row").first.wait_for()
    window.faults.clear()  # the failure was made


def test_nothing_runs_out_of_the_page_in_either_language(look):
    window = look(f"{PEOPLE}&select=grid:{GRID}")
    page = window.page
    page.locator(".people-substitute").wait_for()
    for at in screens(window):
        assert page.locator(".people-substitute").count() > 0, at
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, at
        cut = page.evaluate(
            "[...document.querySelectorAll('.people .figure-name, .people .chip, .people .button, .people-do .button')]"
            ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
        )
        assert cut == [], at
        if at.language == "en":
            said = (
                page.locator(".people-controls").inner_text()
                + page.locator(".people-legend").inner_text()
            )
            said = said.replace(page.locator(".people-pair").inner_text(), "")
            assert not re.search(HAN, said), f"{at} {said}"
        window.keep(f"people-{at.width}-{at.language}")


def test_on_a_small_screen_the_window_holds_its_words_and_the_tools_take_no_more_than_they_need(
    look,
):
    window = look(f"{PEOPLE}&select=grid:{GRID}")
    page = window.page
    speak(window, "en")
    resize(window, 390, 844)
    page.locator(".card").get_by_role("button", name="Assign").click()
    label = page.get_by_role("dialog").locator(".check")
    label.wait_for()
    edge = page.get_by_role("dialog").bounding_box()
    box = label.bounding_box()
    assert box["x"] + box["width"] <= edge["x"] + edge["width"]
    assert label.evaluate("e => e.scrollWidth <= e.clientWidth")
    page.keyboard.press("Escape")
    page.locator(".card-close").click()
    assert page.locator(".people-toolbar").bounding_box()["width"] < 120
    speak(window, "zh")
