"""The phone in the hand: its "back", what is begun and not sent, quick thumbs, whom to call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from layers.rights import local_administrator
from layers.usecases import devices
from layers.usecases.campaigns.making import CampaignDraft, add_campaign
from layers.usecases.household_checks import decide_check
from tests.conftest import fresh_copy
from tests.layers.field import reported
from tests.layers.plans import today
from tests.web.conftest import served
from tests.web.phone import GRID, INSIDE, Phone, link_for, worker_account
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


@pytest.fixture(scope="module")
def looker(chromium, address, store) -> Iterator[Phone]:
    """Give the phone of those that only look: one for all of them."""
    one = Phone(chromium, address).enter(worker_account(store, "forms-looker"))
    one.kept()
    yield one
    one.context.close()
    assert one.faults == []


@pytest.fixture
def look(looker) -> Phone:
    """Open the page of those that only look anew, in the own grid."""
    looker.move(*INSIDE)
    looker.page.set_viewport_size({"width": 390, "height": 844})
    looker.page.goto("about:blank")
    looker.open()
    looker.page.wait_for_selector(".answer-mine")
    return looker


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
    one.open_building("990101001003B0004")
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


def test_with_a_report_begun_the_map_is_still_a_map(look):
    one = look
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


def test_being_offline_is_told_at_once_and_so_is_being_back(look):
    one = look
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


def test_the_button_calls_who_works_next_door_and_not_who_leads(look):
    one = look
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


def test_a_count_taken_over_before_the_phone_knew_that_it_waits_is_in_its_building(store, start):
    one = start().enter(worker_account(store, "forms-early"))
    one.kept()
    page, lists, held = one.page, "**/api/household-checks?limit=*", []
    decided = []
    one.context.route(lists, lambda route: route.continue_() if decided else held.append(route))
    one.count("990101001003B0010", 65)
    one.sent()
    while not held:
        page.wait_for_timeout(50)
    with store.session() as session:
        check = session.execute(
            text("SELECT id FROM household_check WHERE building = '990101001003B0010'")
        ).scalar_one()
        decide_check(session, check, accept=True, reason=None)
    decided.append(check)
    for route in held:
        route.continue_()
    page.click(".tabs button:has-text('我的网格')")
    page.wait_for_selector(".item:has-text('常住户数 65'):has-text('已采用')")
    page.fill(".sheet input[type=search]", "990101001003B0010")
    expect(page.locator(".sheet button.item .number")).to_have_text("65")


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


def test_at_the_edge_of_all_grids_no_grid_is_named_as_well(look):
    one = look
    edge = one.page.evaluate(
        """() => { for (let x = 117.3006; x > 117.2; x -= 0.0001) {
            const found = window.wangge.locate(x, 28.6164, 30);
            if (found && found.status === 'border' && found.candidates.length === 1) return x; } return null; }"""
    )
    assert edge is not None
    one.move(edge, 28.6164, 30)
    one.page.wait_for_selector(".answer-border")
    assert re.search("在边界上：.+ 或 不在任何网格", one.page.inner_text(".answer-border h1"))


def filled(page, words: str) -> None:
    """Begin a report with a category and words."""
    page.click(".tabs button:has-text('上报')")
    page.click(".chips button >> nth=0")
    page.click(".chips.second button >> nth=0")
    page.fill(".sheet textarea", words)


def events_of(store, words: str) -> list:
    """Return longitude and latitude of the events with some words."""
    with store.session("owner") as session:
        asked = text("SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM event WHERE text = :words")
        return [(row.lon, row.lat) for row in session.execute(asked, {"words": words})]


def test_a_report_lies_where_it_was_photographed(store, start):
    one = start().enter(worker_account(store, "forms-walks"))
    page = one.page
    filled(page, "拍完走开了")
    page.set_input_files(
        ".photo-add input", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo(3)}
    )
    page.wait_for_selector(".photo img")
    one.move(INSIDE[0] + 0.002, INSIDE[1])
    page.wait_for_selector(".sheet:has-text('记下时的位置'):has-text('离您')")
    page.click("button.primary:has-text('上报')")
    one.sent()
    assert events_of(store, "拍完走开了") == [pytest.approx(INSIDE, abs=1e-6)]
    # Without a photo it is where the worker is when it is sent.
    filled(page, "走着写的")
    one.move(INSIDE[0] + 0.001, INSIDE[1])
    page.wait_for_timeout(300)
    page.click("button.primary:has-text('上报')")
    one.sent()
    assert events_of(store, "走着写的") == [pytest.approx((INSIDE[0] + 0.001, INSIDE[1]), abs=1e-6)]


def test_a_gateway_s_page_in_place_of_an_answer_has_taken_nothing(store, start):
    one = start().enter(worker_account(store, "forms-gateway"))
    page, seen = one.page, []

    def gateway(route) -> None:
        seen.append(1)
        route.fulfill(
            status=[200, 403][len(seen) % 2], content_type="text/html", body="<html>登录</html>"
        )

    one.context.route(
        "**/api/events", lambda r: gateway(r) if r.request.method == "POST" else r.continue_()
    )
    filled(page, "网关后面")
    page.click("button.primary:has-text('上报')")
    page.wait_for_selector(".toast:has-text('已保存')")
    deadline = 100
    while len(seen) < 2 and deadline:
        page.wait_for_timeout(200)
        deadline -= 1
    assert [entry["state"] for entry in one.queue()] == ["waiting"]
    one.context.unroute("**/api/events")
    one.sent()
    assert len(events_of(store, "网关后面")) == 1


def test_a_photo_that_was_just_taken_goes_along(store, start):
    one = start().enter(worker_account(store, "forms-quick"))
    page = one.page
    filled(page, "拍完就发")
    # Made small for as long as it takes, while the thumb is on the button already.
    page.evaluate(
        """() => { const made = HTMLCanvasElement.prototype.toBlob;
        HTMLCanvasElement.prototype.toBlob = function (...all) { setTimeout(() => made.apply(this, all), 700); }; }"""
    )
    page.set_input_files(
        ".photo-add input", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo(4)}
    )
    page.click("button.primary:has-text('上报')")
    page.wait_for_selector(".toast:has-text('已保存')")
    one.sent()
    with store.session() as session:
        kept = (
            "SELECT e.photos, (SELECT count(*) FROM event_photo p WHERE p.event_id = e.id) "
            "FROM event e WHERE e.text = '拍完就发'"
        )
        assert tuple(session.execute(text(kept)).one()) == (1, 1)
    page.click(".tabs button:has-text('上报')")
    assert page.locator(".photo img").count() == 0


def test_a_position_that_is_no_place_is_not_reported(look):
    look.move(*INSIDE, 20_000)
    filled(look.page, "很不准")
    look.page.click("button.primary:has-text('上报')")
    look.page.wait_for_selector(".toast.bad:has-text('定位误差太大')")
    assert look.queue() == []
    look.page.fill(".sheet textarea", "")


def test_a_building_scanned_without_network_is_not_answered_by_where_one_stands(look):
    look.context.set_offline(True)
    look.page.goto(f"{look.address}/m?b=990101102001B0001")
    look.page.wait_for_selector(".scanned")
    assert "不在" in look.page.inner_text(".scanned")
    look.context.set_offline(False)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); }", "不能离线使用"),
        ("delete Navigator.prototype.serviceWorker", "不能离线打开本页"),
    ],
)  # fmt: skip
def test_what_the_browser_refuses_is_said_and_the_page_works(store, start, broken, words):
    one = start()
    one.context.add_init_script(broken)
    one.enter(worker_account(store, f"forms-refuses-{len(words)}"))
    one.page.wait_for_selector(f".limits:has-text('{words}')")
    assert one.page.locator(".answer-mine").count() == 1


def test_an_open_page_clears_itself_at_its_next_request_once_it_is_shut_out(store, start):
    one = start().enter(worker_account(store, "forms-shut"))
    one.kept()
    for device in devices.list_devices(store, "forms-shut"):
        devices.end_device(store, "forms-shut", device["id"])
    one.page.click(".tabs button:has-text('我的网格')")
    one.page.wait_for_selector(".enter .notice:has-text('已被停用')")
    assert one.kept_of("packages") == 0


def test_who_has_no_grid_is_not_told_to_wait_for_one(store, start):
    one = start()
    link = worker_account(store, "forms-none")
    with store.session("owner") as session:
        session.execute(
            text(
                "UPDATE posting SET valid_to = current_date WHERE worker_id = "
                "(SELECT worker_id FROM account WHERE name = 'forms-none')"
            )
        )
    one.open(f"/m#enter={link}")
    one.page.click(".top button[aria-label='设置']")
    one.page.wait_for_selector(".sheet:has-text('解锁密码')")
    one.kept()
    assert one.page.locator(".stock").count() == 0


def test_who_has_several_grids_sees_the_one_they_stand_in_and_what_a_link_names(store, start):
    link = worker_account(store, "forms-several", "990101001003005")
    with store.session("owner") as session:
        session.execute(
            text(
                "INSERT INTO posting (worker_id, grid_id, post, valid_from) SELECT a.worker_id, v.grid_id, "
                "'专职网格员', '2024-01-01' FROM account a, grid_version v WHERE a.name = 'forms-several' "
                "AND v.code = :grid AND v.valid_to IS NULL"
            ),
            {"grid": GRID},
        )
    for second in ("990101001003001", "990101001003005"):
        one = start(place=(*INSIDE, 5.0))
        one.open(f"/m?grid={second}#enter={link}")
        one.page.wait_for_selector(".answer-mine")
        one.page.click(".tabs button:has-text('我的网格')")
        chosen = one.page.locator(".sheet .chip[aria-pressed=true]")
        assert chosen.inner_text().endswith(f"第{int(second[-3:])}网格")
        link = link_for(store, "forms-several")
    one = start(place=(*INSIDE, 5.0)).enter(link)
    one.page.click(".tabs button:has-text('我的网格')")
    assert one.page.locator(".sheet .chip[aria-pressed=true]").inner_text().endswith("第1网格")


def test_the_app_around_the_page_may_hand_over_whatever_it_has(look):
    place = "(all) => window.wangge.place(...all)"
    for accuracy in (None, float("nan"), -3):
        look.page.evaluate(place, [*INSIDE, accuracy])
        look.page.wait_for_selector(".answer-mine")
        assert "误差" not in look.page.inner_text(".answer")
    look.page.evaluate(place, [str(INSIDE[0]), str(INSIDE[1]), "7"])
    look.page.wait_for_selector(".answer:has-text('±7')")
    # The phone's own sensor has no say any more.
    look.context.clear_permissions()
    look.page.wait_for_timeout(500)
    assert look.page.locator(".answer-mine").count() == 1
    look.context.grant_permissions(["geolocation"])


def test_what_one_has_reported_is_listed_without_network_too(store, start):
    one = start().enter(worker_account(store, "forms-mine"))
    one.kept()
    filled(one.page, "列在我上报的")
    one.page.click("button.primary:has-text('上报')")
    one.sent()
    one.page.click(".tabs button:has-text('上报')")
    one.page.wait_for_selector(".sheet:has-text('我上报的')")
    one.page.wait_for_timeout(300)
    one.context.set_offline(True)
    one.close_page()
    one.reopen().ready()
    one.page.click(".tabs button:has-text('上报')")
    one.page.wait_for_selector(".sheet:has-text('我上报的') .list .item")


def test_two_windows_write_in_one_form_and_send_it_once(store, start):
    one = start().enter(worker_account(store, "forms-windows"))
    first = one.page
    second = one._new_page()
    second.goto(f"{one.address}/m")
    second.click(".tabs button:has-text('上报')")
    second.wait_for_selector(".chips")
    filled(first, "第一个窗口写的")
    expect(second.locator(".sheet textarea")).to_have_value("第一个窗口写的")
    second.fill(".sheet textarea", "第一个窗口写的，第二个接着写")
    expect(first.locator(".sheet textarea")).to_have_value("第一个窗口写的，第二个接着写")
    first.click("button.primary:has-text('上报')")
    one.sent()
    expect(second.locator(".sheet textarea")).to_have_value("")
    assert len(events_of(store, "第一个窗口写的，第二个接着写")) == 1


def test_where_nothing_can_be_kept_a_second_press_sends_only_what_is_missing(store, start):
    one = start()
    one.context.add_init_script(
        "delete window.indexedDB; Object.defineProperty(window, 'indexedDB', {value: undefined});"
    )
    one.enter(worker_account(store, "forms-private"))
    page = one.page
    filled(page, "照片没发成")
    page.set_input_files(
        ".photo-add input", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo(4)}
    )
    page.wait_for_selector(".photo img")
    page.route("**/photos/0", lambda route: route.abort())
    page.click("button.primary:has-text('上报')")
    page.wait_for_selector(".toast.bad:has-text('连不上服务器')")
    page.unroute("**/photos/0")
    page.click("button.primary:has-text('上报')")
    one.until("document.querySelector('.sheet') === null")
    assert len(events_of(store, "照片没发成")) == 1
    with store.session("owner") as session:
        kept = "SELECT count(*) FROM event_photo p JOIN event e ON e.id = p.event_id WHERE e.text = '照片没发成'"
        assert session.execute(text(kept)).scalar_one() == 1
    # A PIN would be gone with the page as well: that is said.
    page.click(".top button[aria-label='设置']")
    page.fill(".sheet input[type=password]", "2468")
    page.click("button:has-text('启用')")
    page.wait_for_selector(".toast.bad:has-text('不能在本机保存')")


def test_a_refused_report_goes_back_into_its_form_with_everything(store, start):
    one = start().enter(worker_account(store, "forms-again"))
    page = one.page
    one.move(100.0, 20.0)
    page.wait_for_timeout(300)
    filled(page, "离得太远的")
    page.set_input_files(
        ".photo-add input", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo(5)}
    )
    page.wait_for_selector(".photo img")
    page.click("button.primary:has-text('上报')")
    page.click(".state-pill.bad")
    page.wait_for_selector(".sheet .card:has-text('离得太远的'):has-text('不在本县任何社区内')")
    page.wait_for_selector(".sheet .card .photo img")
    one.move(*INSIDE)
    page.click("button:has-text('改一改')")
    page.wait_for_selector(".sheet h2:has-text('上报')")
    assert page.input_value(".sheet textarea") == "离得太远的"
    page.wait_for_selector(".photo img")
    page.click("button:has-text('改为现在的位置')")
    page.click("button.primary:has-text('上报')")
    one.sent()
    assert one.queue() == []
    assert events_of(store, "离得太远的") == [pytest.approx(INSIDE, abs=1e-6)]


def test_what_is_no_number_is_never_another_number(store, start):
    one = start().enter(worker_account(store, "forms-figures"))
    page = one.page
    one.open_building("990101001003B0008")
    for typed in ("-3", "1.5", "1e5", "999999", "二十"):
        page.fill("#check-resident", typed)
        page.click(".sheet form button[type=submit]")
        page.wait_for_selector("#check-resident-bad")
        assert page.input_value("#check-resident") == typed
        one.until("document.activeElement.id === 'check-resident'")
    page.fill("#check-resident", "２０")
    for day in ("1999-12-31", "2999-01-01"):
        page.fill("#check-day", day)
        page.click(".sheet form button[type=submit]")
        page.wait_for_selector("#check-day-bad")
    assert one.queue() == []
    page.evaluate(
        "document.querySelector('#check-day').value = new Date(Date.now() - 864e5).toISOString().slice(0, 10)"
    )
    page.dispatch_event("#check-day", "input")
    page.click(".sheet form button[type=submit]")
    page.wait_for_selector(".toast:has-text('已保存')")
    one.sent()
    with store.session() as session:
        counts = "SELECT resident FROM household_check WHERE building = '990101001003B0008'"
        assert session.execute(text(counts)).scalars().all() == [20]


NEXT_GRID = """([x, y]) => {
    const own = window.wangge.locate(x, y, 1).grid;
    for (let step = 1; step < 250; step++) {
        for (const [dx, dy, back] of [[1, 0, '西'], [0, 1, '南'], [-1, 0, '东'], [0, -1, '北']]) {
            const at = [x + dx * step * 1e-4, y + dy * step * 0.9e-4];
            const found = window.wangge.locate(at[0], at[1], 2);
            if (found !== null && found.status === 'inside' && found.grid !== own) return [...at, back];
        }
    }
    return null;
}"""
"""A place in the nearest of the other grids east, north, west or south of one, and where the own one is from there."""


def test_in_somebody_elses_grid_the_way_back_is_told_without_network_too(look):
    one = look
    lon, lat, wind = one.page.evaluate(NEXT_GRID, list(INSIDE))
    one.context.set_offline(True)
    one.move(lon, lat, 2)
    one.page.wait_for_selector(".answer-other .answer-home")
    said = one.page.inner_text(".answer-home")
    assert said.startswith(f"您的网格：向{wind} ")
    # Looked for in steps of ten metres: beyond the border by fewer than three of them.
    assert 1 <= int(re.search(r"(\d+)", said).group(1)) <= 30
    one.move(*INSIDE)
    one.page.wait_for_selector(".answer-mine")
    assert one.page.locator(".answer-home").count() == 0
    one.context.set_offline(False)


def test_a_second_tap_on_save_is_no_second_count(store, start):
    one = start().enter(worker_account(store, "forms-double"))
    page = one.page
    one.open_building("990101001003B0006")
    page.fill("#check-resident", "9")
    page.locator(".sheet form button[type=submit]").evaluate("b => { b.click(); b.click(); }")
    page.wait_for_selector(".toast:has-text('已保存')")
    one.sent()
    assert page.locator(".toast.bad").count() == 0
    # Back in the list: what was searched for stands, and the building is marked.
    page.click("button[aria-label='返回']")
    assert page.input_value(".sheet input[type=search]") == "990101001003B0006"
    page.wait_for_selector(".sheet button.item:has-text('新数 9')")
    with store.session() as session:
        counts = "SELECT count(*) FROM household_check WHERE building = '990101001003B0006'"
        assert session.execute(text(counts)).scalar_one() == 1


def test_a_pin_holds_against_a_wrong_link_and_after_five_tries_without_network(store, start):
    link = worker_account(store, "forms-pin")
    one = start().enter(link)
    one.kept()
    page = one.page
    page.click(".top button[aria-label='设置']")
    page.fill(".sheet input[type=password]", "1357")
    page.click("button:has-text('启用')")
    page.wait_for_selector(".toast")
    page.goto("about:blank")
    page.goto(f"{one.address}/m#enter=no-link-at-all")
    page.wait_for_selector("input[type=password]")
    page.wait_for_timeout(800)
    assert page.locator(".below").count() == 0
    one.context.set_offline(True)
    for _ in range(5):
        page.fill("input[type=password]", "0000")
        page.click("button[type=submit]")
        page.wait_for_timeout(400)
    page.wait_for_selector("text=本机资料已清除")
    one.context.set_offline(False)
    page.reload()
    page.wait_for_selector(".enter form")
    assert page.locator(".below").count() == 0
    # The session itself is over, not only out of sight.
    assert (
        page.evaluate("fetch('/api/session').then((r) => r.json()).then((s) => s.account)") is None
    )


def test_a_link_opened_without_network_is_tried_again_and_one_opened_in_the_page_works(
    store, start
):
    one = start()
    link = worker_account(store, "forms-link")
    one.page.route("**/api/session/device", lambda route: route.abort())
    one.page.goto(f"{one.address}/m#enter={link}")
    one.page.wait_for_selector("text=连不上服务器")
    assert one.page.url.endswith("/m")
    one.page.unroute("**/api/session/device")
    one.page.reload()
    one.ready()
    # Another one's link, opened into the page that is open.
    other = worker_account(store, "forms-link-two")
    one.page.evaluate(f"location.hash = 'enter={other}'")
    one.until("document.querySelector('.top .who')?.innerText.includes('forms-link-two')")
    assert "enter=" not in one.page.url


def test_before_the_own_grids_are_known_nothing_is_said_not_to_be_ones_own(store, start):
    one = start()
    one.context.route("**/api/phone", lambda route: route.abort())
    one.page.goto(f"{one.address}/m#enter={worker_account(store, 'forms-unknown')}")
    one.page.wait_for_selector(".answer:has-text('还不知道这里是谁的网格')")
    one.page.wait_for_selector(".map-empty:has-text('还没有取到您的网格')")
    assert one.page.locator(".answer-other").count() == 0
    one.page.click(".tabs button:has-text('我的网格')")
    one.page.wait_for_selector(".sheet:has-text('还没有取到您的网格')")
    one.context.unroute("**/api/phone")
    one.ready()


def test_whoever_has_no_grid_today_is_told_whose_this_is_and_not_that_it_is_the_wrong_one(
    store, start
):
    name = "forms-ended"
    one = start()
    secret = worker_account(store, name)
    with store.session("owner") as session:
        session.execute(
            text(
                "DELETE FROM posting WHERE worker_id = (SELECT worker_id FROM account WHERE name = :n)"
            ),
            {"n": name},
        )
    one.open(f"/m#enter={secret}")
    one.page.wait_for_selector(".map-empty:has-text('您今天没有负责的网格')")
    one.page.wait_for_selector(".answer-none h1:has-text('这里是')")
    assert "不在您的网格" not in one.page.inner_text(".answer")


def test_a_scanned_building_that_is_not_found_is_said_until_it_was_read(look):
    one = look
    one.page.goto(f"{one.address}/m?b=990101102001B9999")
    one.page.wait_for_selector(".answer-mine .scanned:has-text('不在本县')")
    one.move(INSIDE[0] + 0.00002, INSIDE[1])
    one.page.wait_for_timeout(300)
    one.page.click(".scanned button")
    assert one.page.locator(".scanned").count() == 0


def test_a_rough_position_is_called_rough(look):
    one = look
    one.page.set_viewport_size({"width": 360, "height": 640})
    one.move(117.3106, 28.6000, 4_000)
    one.page.wait_for_selector(".answer h1:has-text('定位太粗')")
    assert one.page.locator(".answer").bounding_box()["height"] < 260
    one.move(117.3106, 28.6000, 0)
    one.page.wait_for_selector(".answer-other, .answer-mine, .answer-outside")
    assert "±0" not in one.page.inner_text(".answer")


def test_a_sender_that_hangs_holds_up_nobody_for_long(store, start):
    one = start()
    one.context.add_init_script(
        "const long = window.setTimeout; window.setTimeout = (f, ms, ...a) => long(f, ms === 20000 ? 1500 : ms, ...a);"
    )
    one.enter(worker_account(store, "forms-hang"))
    held: list = []

    def first_hangs(route):
        if held:
            route.continue_()
        else:
            held.append(route)

    one.context.route("**/api/household-checks", first_hangs)
    one.count("990101001003B0009", 21)
    one.sent()
    assert len(held) == 1
    with store.session() as session:
        kept = "SELECT resident FROM household_check WHERE building = '990101001003B0009'"
        assert session.execute(text(kept)).scalars().all() == [21]
