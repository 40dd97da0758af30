"""The phone in the hand: its "back", what is begun and not sent, quick thumbs, whom to call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from layers.rights import local_administrator
from layers.usecases.campaigns.making import CampaignDraft, add_campaign
from layers.usecases.household_checks import decide_check
from tests.conftest import fresh_copy
from tests.layers.field import reported
from tests.layers.plans import today
from tests.web.conftest import served
from tests.web.phone import GRID, INSIDE, Phone, worker_account
from tests.web.test_phone_reports import photo

Started = Callable[..., Phone]
EMPTY_SPOT = (40, 200)
"""On the map, in pixels, without a building, whole grid shown."""


@pytest.fixture(scope="module")
def store(sample_template):
    with fresh_copy(sample_template, "wangge_test_phone_forms") as copy:
        yield copy.acting(local_administrator())


@pytest.fixture(scope="module")
def address(store, tmp_path_factory):
    home = tmp_path_factory.mktemp("phone-forms")
    with served(store, home, phone=True, events=True, campaigns=True) as found:
        yield found


@pytest.fixture
def start(chromium, address) -> Iterator[Started]:
    made: list[Phone] = []

    def begin(**options) -> Phone:
        made.append(Phone(chromium, address, **options))
        return made[-1]

    yield begin
    for each in made:
        each.context.close()
        assert each.faults == []


def shown(phone: Phone) -> str:
    """Return the title of the sheet, or "" for the map."""
    return phone.page.evaluate("document.querySelector('.sheet h2')?.innerText ?? ''")


def goes_back(phone: Phone, title: str) -> None:
    """Press the phone's "back" and wait for what has to be shown then."""
    phone.page.go_back()
    phone.until(f"(document.querySelector('.sheet h2')?.innerText ?? '') === {title!r}")


def test_back_returns_to_what_was_shown_and_stays_in_the_page(store, start):
    one = start().enter(worker_account(store, "forms-back"))
    page = one.page
    page.click(".tabs button:has-text('我的网格')")
    grid = shown(one)
    page.fill(".sheet input[type=search]", "990101001003B0003")
    page.click(".sheet button.item")
    expect(page.locator(".stepper")).to_have_count(4)
    goes_back(one, grid)
    goes_back(one, "")
    # The arrow goes up a level and the cross to the map, and leave nothing for "back" to come across.
    page.click(".tabs button:has-text('我的网格')")
    page.click(".sheet button.item >> nth=0")
    page.click("button[aria-label='返回']")
    one.until(f"document.querySelector('.sheet h2').innerText === {grid!r}")
    page.click(".sheet button.item >> nth=0")
    page.click("button[aria-label='关闭']")
    one.until("document.querySelector('.sheet') === null && history.state === null")
    # From the report to the map and back: by a tap, and by "back" without one.
    for tap in (True, False):
        page.click(".tabs button:has-text('上报')")
        page.click("button:has-text('移动图钉')")
        page.wait_for_selector(".pick-note")
        if tap:
            page.locator(".phone-map").click(position={"x": EMPTY_SPOT[0], "y": EMPTY_SPOT[1]})
        else:
            page.go_back()
        page.wait_for_selector(".sheet h2:has-text('上报')")
        assert "按地图上点的位置" in page.inner_text(".sheet")
        goes_back(one, "")
    # It is where the report is, and not where the worker is.
    assert "按地图上点的位置" not in page.inner_text(".answer")
    assert page.url.endswith("/m")


def test_what_is_begun_outlives_the_page_and_belongs_to_its_account(store, start):
    one = start().enter(worker_account(store, "forms-begun"))
    one.kept()
    page = one.page
    page.click(".tabs button:has-text('我的网格')")
    page.fill(".sheet input[type=search]", "990101001003B0004")
    page.click(".sheet button.item")
    page.fill("#check-vacant", "3")
    page.click("button[aria-label='关闭']")
    page.click(".tabs button:has-text('上报')")
    page.set_input_files(
        ".photo-add input", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo(7)}
    )
    page.wait_for_selector(".photo img")
    page.click(".chips button >> nth=0")
    page.click(".chips.second button >> nth=0")
    page.fill(".sheet textarea", "楼道里堆了纸箱")
    page.click("button:has-text('移动图钉')")
    page.locator(".phone-map").click(position={"x": EMPTY_SPOT[0], "y": EMPTY_SPOT[1]})
    page.wait_for_selector(".sheet h2:has-text('上报')")
    # The camera of a phone with little memory closes the page behind it.
    one.context.set_offline(True)
    page.reload()
    page.wait_for_selector(".sheet h2:has-text('上报')")
    page.wait_for_selector(".photo img")
    assert page.input_value(".sheet textarea") == "楼道里堆了纸箱"
    assert page.locator(".chips.second button[aria-pressed=true]").count() == 1
    assert "按地图上点的位置" in page.inner_text(".sheet")
    page.click("button[aria-label='关闭']")
    page.wait_for_selector(".tabs .begun")
    one.context.set_offline(False)
    # Another account on the same phone finds nothing of it.
    one.close_page()
    one.page = one._new_page()
    one.open(f"/m#enter={worker_account(store, 'forms-other')}")
    one.until("document.querySelector('.top .who')?.innerText.includes('forms-other')")
    one.ready()
    page = one.page
    assert page.locator(".tabs .begun").count() == 0
    page.click(".tabs button:has-text('上报')")
    page.wait_for_selector(".chips")
    assert page.input_value(".sheet textarea") == ""
    assert page.locator(".photo img").count() == 0


def test_what_was_begun_is_sent_once_it_is_finished(store, start):
    one = start().enter(worker_account(store, "forms-sent"))
    page = one.page
    page.click(".tabs button:has-text('上报')")
    page.click(".chips button >> nth=0")
    page.click(".chips.second button >> nth=0")
    page.fill(".sheet textarea", "写了一半")
    page.wait_for_timeout(100)
    page.reload()
    page.wait_for_selector(".chips.second button[aria-pressed=true]")
    page.wait_for_selector(".below .answer-mine", state="attached")
    page.click("button.primary:has-text('上报')")
    one.until("document.querySelector('.sheet') === null")
    one.sent()
    with store.session("owner") as session:
        assert session.execute(
            text("SELECT count(*) FROM event WHERE text = '写了一半'")
        ).scalars().all() == [1]
    assert page.locator(".tabs .begun").count() == 0
    page.reload()
    one.ready()
    page.click(".tabs button:has-text('上报')")
    assert page.input_value(".sheet textarea") == ""


def test_with_a_report_begun_the_map_is_still_a_map(store, start):
    one = start().enter(worker_account(store, "forms-map"))
    page = one.page
    page.click(".tabs button:has-text('上报')")
    page.click(".chips button >> nth=0")
    page.click(".chips.second button >> nth=0")
    page.click("button[aria-label='关闭']")
    page.wait_for_selector(".tabs .begun")
    page.locator(".phone-map").click(position={"x": EMPTY_SPOT[0], "y": EMPTY_SPOT[1]})
    page.wait_for_timeout(300)
    assert shown(one) == ""
    assert "按地图上点的位置" not in page.inner_text(".answer")


def test_being_offline_is_told_at_once_and_so_is_being_back(store, start):
    one = start().enter(worker_account(store, "forms-offline"))
    page = one.page
    assert page.locator(".state-pill").count() == 0
    one.context.set_offline(True)
    page.wait_for_selector(".state-pill:has-text('离线')", timeout=2_000)
    one.context.set_offline(False)
    page.wait_for_selector(".state-pill", state="detached", timeout=5_000)


def test_two_quick_taps_leave_a_line_as_it_was(store, start):
    with store.session() as session:
        day = today(session) + timedelta(days=5)
        add_campaign(session, CampaignDraft("夏季检查", "应急办", day, ["灭火器"], grids=[GRID]))
    one = start().enter(worker_account(store, "forms-ticks"))
    page = one.page
    page.click(".tabs button:has-text('任务')")
    page.wait_for_selector("[role=checkbox]")
    tick = page.locator("[role=checkbox]")
    tick.evaluate("box => { box.click(); box.click(); }")
    one.until("document.querySelector('.toast')")
    one.sent()
    expect(tick).to_have_attribute("aria-checked", "false")
    with store.session("owner") as session:
        marks = (
            session.execute(text("SELECT done FROM campaign_mark ORDER BY at, received_at"))
            .scalars()
            .all()
        )
    assert marks == [True, False]


def test_the_button_calls_who_works_next_door_and_not_who_leads(store, start):
    one = start().enter(worker_account(store, "forms-call"))
    page = one.page
    page.click(".tabs button:has-text('邻格')")
    page.wait_for_selector(".sheet .call")
    cards = page.locator(".sheet .card")
    for n in range(cards.count()):
        words = cards.nth(n).locator(".call").inner_text()
        assert re.search("打电话给 示例网格员", words), words
        assert "示例网格长" in cards.nth(n).locator(".list").inner_text()
    page.click("button[aria-label='关闭']")
    # Where one stands in somebody else's grid the same person is called.
    one.move(117.3150, 28.6010, 3)
    page.wait_for_selector(".answer-other .call")
    assert "示例网格员" in page.inner_text(".answer-other .call")


def test_a_count_that_was_taken_over_is_in_its_building(store, start):
    one = start().enter(worker_account(store, "forms-count"))
    page = one.page
    one.count("990101001003B0005", 64)
    one.sent()
    page.click(".tabs button:has-text('我的网格')")
    page.wait_for_selector(".item:has-text('常住户数 64'):has-text('等待社区确认')")
    line = page.locator(".item:has-text('常住户数 64')")
    # By the name a worker knows it by, and with the figure that was counted.
    assert "990101001003B0005" not in line.inner_text()
    page.click("button[aria-label='关闭']")
    with store.session() as session:
        check = session.execute(
            text("SELECT id FROM household_check WHERE building = '990101001003B0005'")
        ).scalar_one()
        decide_check(session, check, accept=True, reason=None)
    page.click(".tabs button:has-text('我的网格')")
    page.wait_for_selector(".item:has-text('常住户数 64'):has-text('已采用')")
    page.fill(".sheet input[type=search]", "990101001003B0005")
    expect(page.locator(".sheet button.item .number")).to_have_text("64")


def test_an_event_that_was_returned_stays_before_ones_eyes(store, start):
    reported(store, local_administrator(), *INSIDE, text="归社区办的")
    one = start().enter(worker_account(store, "forms-returned"))
    page = one.page
    page.click(".tabs button:has-text('任务')")
    page.click(".item:has-text('归社区办的')")
    page.click("button:has-text('开始处置')")
    page.fill(".sheet textarea", "不归网格")
    page.click("button:has-text('退回社区')")
    one.sent()
    page.wait_for_selector("text=已退回社区。")
    page.wait_for_timeout(500)
    assert "归社区办的" in page.inner_text(".sheet")
    page.click("button[aria-label='返回']")
    page.wait_for_selector(".sheet h2:has-text('今天的任务')")
    assert page.locator(".item:has-text('归社区办的')").count() == 0


def test_at_the_edge_of_all_grids_no_grid_is_named_as_well(store, start):
    one = start().enter(worker_account(store, "forms-edge"))
    edge = one.page.evaluate(
        """() => { for (let x = 117.3006; x > 117.2; x -= 0.0001) {
            const found = window.wangge.locate(x, 28.6164, 30);
            if (found && found.status === 'border' && found.candidates.length === 1) return x; } return null; }"""
    )
    assert edge is not None
    one.move(edge, 28.6164, 30)
    one.page.wait_for_selector(".answer-border")
    assert re.search("在边界上：.+ 或 不在任何网格", one.page.inner_text(".answer-border h1"))
