"""The room of events on the built page: found, opened, taken on, moved, merged; inspections grid by grid."""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from layers.rights import local_administrator
from layers.usecases.campaigns.making import CampaignDraft, add_campaign
from layers.usecases.campaigns.marks import Mark, take_mark
from layers.usecases.events.asked import Asked
from layers.usecases.events.photos import keep_photo, keep_step_photo
from layers.usecases.events.steps import take_step
from layers.usecases.household_checks import Check, propose_check
from tests.conftest import fresh_copy
from tests.layers.field import COMMUNITY, now, picture, reported, spots, worker
from tests.layers.plans import in_days
from tests.web.conftest import served
from tests.web.screens import resize, screens

ROOM = "#panel=events"
HAN = r"[\u4e00-\u9fff]"
MARKUP = "<img src=x onerror=alert(1)>"
FITS = (
    "document.documentElement.scrollWidth <= innerWidth && [...document.querySelectorAll("
    "'.panel-body, .card-body')].every((e) => e.scrollWidth <= e.clientWidth)"
)


@pytest.fixture(scope="module")
def store(sample_template):
    with fresh_copy(sample_template, "wangge_test_events_page") as copy:
        yield copy


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("events-page")


@pytest.fixture(scope="module")
def places(store):
    return spots(store)


@pytest.fixture(scope="module")
def address(store, folder):
    with served(store, folder, events=True, campaigns=True, phone=True) as found:
        yield found


@pytest.fixture(scope="module")
def kept(address, kept_desk):
    window = kept_desk(address)
    window.page.goto(f"{address}/{ROOM}")
    window.page.locator(".events-figures .figure-value").first.wait_for()
    return window


@pytest.fixture
def room(kept):
    """Return a function that shows the room as it opens, in the window that the tests of this file share."""

    def start(state=ROOM):
        page = kept.show(state).page
        # Over the other tab: the open card is closed, and what happened meanwhile is read.
        for tab in ("专项检查", "事件"):
            page.get_by_role("tab", name=tab, exact=True).click()
        page.get_by_label("编号或描述").fill("")
        page.get_by_label("状态", exact=True).select_option("open")
        page.get_by_label("范围", exact=True).select_option("")
        kept.quiet()
        kept.until("!document.querySelector('.event-card, .event-rows.dimmed')")
        page.locator(".events-figures .figure-value").first.wait_for()
        return kept

    yield start
    kept.without_faults()


def event(store, place, **more):
    return reported(store, local_administrator(), place.lon, place.lat, **more)


def asked(window, path):
    answer = window.page.context.request.get(window.address + path)
    assert answer.ok, answer.text()
    return json.loads(answer.text())


def open_row(window, number):
    """Find an event by its number and open it."""
    window.page.get_by_label("编号或描述").fill(number)
    row = window.page.locator(".event-row").first
    window.until("document.querySelectorAll('.event-row').length === 1")
    row.click()
    window.page.locator(".event-card .code", has_text=number).wait_for()


def pixels(window, colour):
    """Count the pixels of a colour on the canvases that lie over the names."""
    return window.page.evaluate(
        """([r, g, b]) => {
            let count = 0;
            for (const canvas of document.querySelectorAll(".leaflet-names-pane canvas")) {
                const copy = document.createElement("canvas");
                [copy.width, copy.height] = [canvas.width, canvas.height];
                const context = copy.getContext("2d", { willReadFrequently: true });
                context.drawImage(canvas, 0, 0);
                const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
                for (let i = 0; i < data.length; i += 4)
                    if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) count += 1;
            }
            return count;
        }""",
        [int(colour[n : n + 2], 16) for n in (1, 3, 5)],
    )


def test_where_it_is_switched_off_there_is_no_room(open_desk, desk):
    window = open_desk().open(ROOM)
    assert window.page.locator(".rail-item", has_text="事件").count() == 0
    assert "panel=events" not in window.page.url


def test_list_figures_map_and_legend_agree_with_the_service(room, store, places):
    for n in range(3):
        event(store, places[n % len(places)], text=f"第{n}件")
    window = room()
    window.page.locator(".event-row").first.wait_for()
    found = asked(window, "/api/events?state=open&limit=500")
    figures = [int(re.sub(r"\D", "", text)) for text in window.figures()]
    assert figures == [found["total"], found["open"], found["overdue"]]
    assert window.page.locator(".event-row").count() == min(100, found["total"])
    window.page.locator(".events-legend").wait_for()
    assert pixels(window, "#3182bd") > 20
    window.page.get_by_label("状态", exact=True).select_option("closed")
    window.until(f"document.querySelectorAll('.event-row').length !== {figures[0]}")
    assert asked(window, "/api/events?state=closed")["total"] == int(
        re.sub(r"\D", "", window.figures()[0])
    )


def test_a_community_and_a_grid_of_it_are_asked_for(room, store, places):
    made = event(store, places[0], text="按网格找")
    event(store, places[1])
    window = room()
    assert window.page.get_by_label("网格", exact=True).count() == 0
    window.page.get_by_label("范围", exact=True).select_option(COMMUNITY)
    window.page.get_by_label("网格", exact=True).select_option(places[0].code)
    total = asked(window, f"/api/events?state=open&grid={places[0].code}")["total"]
    window.until(f"document.querySelector('.figure-value').textContent.startsWith('{total}')")
    window.until(f"document.querySelectorAll('.event-row').length === {min(100, total)}")
    assert made["text"] in window.page.locator(".event-rows").inner_text()


def test_what_was_written_is_shown_as_text_with_its_photos(room, store, folder, places):
    made = event(store, places[0], text=MARKUP, photos=2)
    with store.acting(local_administrator()).session() as session:
        keep_photo(session, folder / "photos", uuid.UUID(made["id"]), 1, picture(size=(400, 300)))
    window = room()
    open_row(window, made["number"])
    card = window.page.locator(".event-card")
    assert card.locator(".event-said").inner_text() == MARKUP
    assert card.locator(".event-photos img").count() == 1
    window.until("document.querySelector('.event-photos img').naturalWidth === 400")
    assert "还有 1 张照片没有传到" in card.inner_text()


def test_a_step_shows_its_photos_in_the_history(room, store, folder, places):
    made, step = event(store, places[0]), uuid.uuid4()
    with store.acting(local_administrator()).session() as session:
        take_step(session, uuid.UUID(made["id"]), Asked("handle", note="现场", id=step, photos=2))
        content = picture(size=(320, 200))
        keep_step_photo(session, folder / "photos", uuid.UUID(made["id"]), step, 0, content)
    window = room()
    open_row(window, made["number"])
    line = window.page.locator(".event-history li").first
    assert "现场" in line.inner_text()
    assert line.get_by_role("list", name="处置的照片").locator("img").count() == 1
    window.until("document.querySelector('.event-history img').naturalWidth === 320")
    assert "还有 1 张照片没有传到" in line.inner_text()
    assert window.page.locator(".event-card .event-photos").count() == 1
    window.keep("event-step-photos")


def test_an_event_is_taken_on_step_by_step_and_a_reason_is_asked_for(room, store, places):
    made = event(store, places[0])
    window = room()
    open_row(window, made["number"])
    card = window.page.locator(".event-card")
    card.get_by_role("button", name="立案", exact=True).click()
    card.locator(".card-kind", has_text="已立案").wait_for()
    card.get_by_role("button", name="派遣", exact=True).click()
    card.get_by_label("派给").select_option("community")
    card.get_by_role("button", name="确定").click()
    card.locator(".card-kind", has_text="已派遣").wait_for()
    assert "社区" in card.locator(".facts").inner_text()
    assert "没有节假日日历" not in card.locator(".facts").inner_text()
    card.get_by_role("button", name="退回", exact=True).click()
    card.get_by_role("button", name="确定").click()
    assert card.get_by_role("alert").inner_text().strip() == "请写一句原因"
    card.get_by_label("说明").fill("不在本社区")
    card.get_by_role("button", name="确定").click()
    card.locator(".card-kind", has_text="已退回").wait_for()
    lines = card.locator(".event-history b").all_inner_texts()
    assert lines == ["退回", "派遣", "立案", "上报"]
    window.page.locator(".event-row .event-state", has_text="已退回").wait_for()


def test_by_keyboard_the_focus_stays_in_the_card_and_returns_to_the_row(room, store, places):
    made = event(store, places[0])
    window = room()
    window.page.get_by_label("编号或描述").fill(made["number"])
    window.until("document.querySelectorAll('.event-row').length === 1")
    window.page.locator(".event-row").focus()
    window.page.keyboard.press("Enter")
    card = window.page.locator(".event-card")
    card.get_by_role("button", name="立案", exact=True).focus()
    window.page.keyboard.press("Enter")
    card.locator(".card-kind", has_text="已立案").wait_for()
    window.until("document.querySelector('.event-card [aria-busy]').ariaBusy === 'false'")
    window.until("document.activeElement.closest('.event-card') !== null")
    card.get_by_role("button", name="派遣", exact=True).focus()
    window.page.keyboard.press("Enter")
    window.until("document.activeElement.closest('.event-form') !== null")
    card.locator(".card-close").focus()
    window.page.keyboard.press("Enter")
    card.wait_for(state="detached")
    window.until("document.activeElement.classList.contains('event-row')")


def test_somebody_else_s_step_is_not_overwritten(room, store, places, address):
    made = event(store, places[0])
    window = room()
    open_row(window, made["number"])
    csrf = asked(window, "/api/session")["csrf"]
    window.page.context.request.post(
        f"{address}/api/events/{made['id']}/steps",
        data={"action": "handle"}, headers={"X-CSRF-Token": csrf},
    )  # fmt: skip
    window.page.locator(".event-card").get_by_role("button", name="立案", exact=True).click()
    card = window.page.locator(".event-card")
    card.locator(".notice", has_text="别人刚刚办过").wait_for()
    # What it is now, and what can be done now, stands under the sentence; the list knows it, too.
    card.locator(".card-kind", has_text="处置中").wait_for()
    assert card.get_by_role("button", name="立案", exact=True).count() == 0
    window.page.locator(".event-row .event-state", has_text="处置中").wait_for()
    window.forgive("status of 409")
    card.get_by_role("button", name="延期", exact=True).click()
    window.until("document.activeElement.type === 'date'")
    card.get_by_label("说明").fill("等材料")
    window.page.keyboard.press("Escape")
    assert card.get_by_label("说明").input_value() == "等材料"
    window.page.keyboard.press("Escape")
    card.wait_for(state="detached")


def test_the_pin_is_moved_by_a_click_and_escape_leaves_it(room, store, places):
    made = event(store, places[0])
    window = room()
    open_row(window, made["number"])
    window.still()
    move = window.page.get_by_role("button", name="移动位置")
    move.click()
    window.page.keyboard.press("Escape")
    assert move.get_attribute("aria-pressed") == "false"
    assert window.page.locator(".event-card").count() == 1
    window.page.set_viewport_size({"width": 1366, "height": 768})
    move.click()
    hint = window.page.locator(".events-hint .said-box").bounding_box()
    assert hint["x"] + hint["width"] <= window.page.locator(".event-card").bounding_box()["x"]
    legend = window.page.locator(".events-legend").bounding_box()
    assert hint["y"] + hint["height"] <= legend["y"]
    box = window.page.locator(".map").bounding_box()
    window.page.mouse.click(box["x"] + 220, box["y"] + 300)
    window.page.locator(".event-history b", has_text="移动位置").wait_for()
    moved = asked(window, f"/api/events/{made['id']}")
    assert (moved["lon"], moved["lat"]) != (made["lon"], made["lat"])
    assert moved["history"][-1]["details"]["from"] == [made["lon"], made["lat"]]


def test_the_address_holds_filter_and_event_and_back_closes_the_event(
    open_desk, store, places, address
):
    made = event(store, places[0], text="在地址里")
    window = open_desk(address).open(f"{ROOM}&state=all&words={made['number']}")
    page = window.page
    assert page.get_by_label("编号或描述").input_value() == made["number"]
    assert page.get_by_label("状态", exact=True).input_value() == ""
    page.locator(".event-row").click()
    card = page.locator(".event-card .code", has_text=made["number"])
    card.wait_for()
    page.wait_for_url(f"**&panel=events&state=all&words={made['number']}&event={made['id']}")
    page.go_back()
    card.wait_for(state="detached")
    assert page.get_by_label("编号或描述").input_value() == made["number"]
    page.go_forward()
    card.wait_for()
    page.reload()
    card.wait_for()
    expect(page.locator(".event-row")).to_have_count(1)
    page.get_by_role("tab", name="专项检查").click()
    page.wait_for_url("**&panel=events&tab=campaigns*")
    page.go_back()
    card.wait_for()
    window.without_faults()


def test_a_link_without_a_view_shows_the_event_it_names(open_desk, store, places, address):
    made = event(store, places[0])
    window = open_desk(address).open(f"{ROOM}&event={made['id']}")
    window.page.locator(".event-card .code", has_text=made["number"]).wait_for()
    window.until("location.hash.includes('map=16/')")
    window.still()
    lat, lon = map(float, re.search(r"map=16/([\d.]+)/([\d.]+)", window.page.url).groups())
    assert abs(lat - made["lat"]) < 0.01
    assert abs(lon - made["lon"]) < 0.01
    assert window.page.evaluate("document.activeElement === document.body")
    window.without_faults()


def test_an_event_or_inspection_that_is_not_there_is_told_in_a_sentence(open_desk, store, address):
    with store.session() as session:
        made = add_campaign(
            session, CampaignDraft("在地址里", "所", in_days(store, 3), ["一"], [COMMUNITY])
        )
    window = open_desk(address).open(f"{ROOM}&event={uuid.uuid4()}")
    page = window.page
    page.locator(".event-card .notice", has_text="没有这件事件，或本账号看不到它").wait_for()
    assert "没有改变" not in page.locator(".event-card .notice").inner_text()
    window.forgive("status of 404")
    page.goto(f"{address}/{ROOM}&tab=campaigns&campaign=987654")
    page.locator(".panel .notice", has_text="没有这项检查，或本账号看不到它").wait_for()
    assert page.locator(".campaign-head").count() == 0
    window.forgive("status of 404")
    page.get_by_label("选择检查").select_option(str(made["id"]))
    page.locator(".campaign-head", has_text="所").wait_for()
    assert page.locator(".panel .notice").count() == 0
    page.wait_for_url(f"**&tab=campaigns&campaign={made['id']}")
    page.reload()
    page.locator(".campaign-head", has_text="所").wait_for()
    assert page.get_by_label("选择检查").input_value() == str(made["id"])
    window.without_faults()


def test_days_that_cross_are_told_at_the_field_and_not_exported(room):
    window = room()
    page = window.page
    export = page.get_by_role("link", name="导出")
    export.wait_for()
    window.requests.clear()
    first, last = page.get_by_label("上报日期从"), page.get_by_label("至", exact=True)
    first.fill("2026-05-03")
    last.fill("2026-05-01")
    fault = page.locator(".event-filter .field-fault")
    assert fault.inner_text().strip() == "结束日期早于开始日期"
    assert last.get_attribute("aria-describedby") == fault.get_attribute("id")
    assert (first.input_value(), last.input_value()) == ("2026-05-03", "2026-05-01")
    assert export.count() == 0
    page.wait_for_timeout(600)
    assert not [url for url in window.requests if "to=2026-05-01" in url]
    last.fill("2026-05-03")
    fault.wait_for(state="detached")
    assert "to=2026-05-03" in export.get_attribute("href")
    first.fill("")
    last.fill("")


def test_on_a_small_screen_nothing_covers_the_map_while_the_pin_is_moved(room, store, places):
    made = event(store, places[0])
    window = room()
    open_row(window, made["number"])
    resize(window, 390, 844)
    page = window.page
    move = page.get_by_role("button", name="移动位置")
    move.click()
    hint = page.locator(".event-moving")
    assert "在地图上点新的位置" in hint.inner_text()
    assert not page.locator(".events-hint .said-box").is_visible()
    assert not page.locator(".event-card .card-body").is_visible()
    card, shown = page.locator(".event-card").bounding_box(), page.locator(".map").bounding_box()
    assert card["height"] < shown["height"] / 2
    hint.get_by_role("button", name="不移动").click()
    assert page.locator(".event-card .card-body").is_visible()
    move.click()
    page.mouse.click(shown["x"] + 120, shown["y"] + shown["height"] - 60)
    page.locator(".event-history b", has_text="移动位置").wait_for()
    moved = asked(window, f"/api/events/{made['id']}")
    assert (moved["lon"], moved["lat"]) != (made["lon"], made["lat"])


def test_a_point_of_the_map_opens_its_event(room, store, places):
    made = event(store, places[1], text="点开我")
    window = room(f"{ROOM}&map=18/{made['lat']:.6f}/{made['lon']:.6f}")
    window.page.locator(".event-row").first.wait_for()
    window.still()
    box = window.page.locator(".map").bounding_box()
    window.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    window.page.locator(".event-card").wait_for()


def test_what_lies_nearby_is_merged_and_leads_to_the_one_that_goes_on(room, store, places):
    first = event(store, places[2], category="noise")
    second = event(store, places[2], category="noise")
    window = room()
    open_row(window, second["number"])
    near = window.page.locator(".event-candidates li", has_text=first["number"])
    near.get_by_role("button", name="合并到它").click()
    assert "合并后不能撤销" in near.inner_text()
    window.keep("merge-asked")
    near.get_by_role("button", name="合并", exact=True).click()
    window.page.locator(".event-card .code", has_text=first["number"]).wait_for()
    assert "已并入本件" in window.page.locator(".event-card").inner_text()
    assert asked(window, f"/api/events/{second['id']}")["state"] == "merged"


def test_an_inspection_is_made_and_its_progress_has_both_numbers(room, store, places):
    window = room()
    resize(window, 390, 844)
    window.page.get_by_role("tab", name="专项检查").click()
    window.page.get_by_role("button", name="新建检查").click()
    dialog = window.page.locator(".campaign-form")
    dialog.get_by_role("button", name="建立").click()
    assert dialog.locator(".field-fault").count() == 4
    window.until("document.activeElement.id === 'campaign-name'")
    dialog.get_by_label("名称").fill("电动车检查")
    dialog.get_by_label("责任单位").fill("安监所")
    dialog.get_by_label("期限").fill(in_days(store, -6).isoformat())
    dialog.get_by_label("检查项").fill("飞线充电\n\n楼道停放\n")
    dialog.get_by_role("button", name="建立").click()
    # Why it was refused stands where the button was pressed, also on a small screen.
    box = dialog.get_by_role("alert").bounding_box()
    panel = window.page.locator(".panel-body").bounding_box()
    assert panel["y"] <= box["y"]
    assert box["y"] + box["height"] / 2 <= panel["y"] + panel["height"]
    window.forgive("status of 422")
    dialog.get_by_label("期限").fill(in_days(store, 6).isoformat())
    dialog.get_by_role("button", name="建立").click()
    dialog.wait_for(state="detached")
    window.page.locator(".campaign-items li").first.wait_for()
    assert window.page.locator(".campaign-items li").count() == 2
    number = asked(window, "/api/campaigns")["campaigns"][0]["id"]
    whole = asked(window, f"/api/campaigns/{number}")
    shown = window.page.locator(".campaign-figures").inner_text()
    assert f"0 / {whole['marks_total']}" in shown
    assert f"0 / {whole['grids_total']}" in shown


def test_grids_are_chosen_on_the_map_and_in_the_list_and_the_inspection_is_changed_and_closed(
    room, store, places
):
    spot = places[1]
    window = room(f"{ROOM}&map=17/{spot.lat:.6f}/{spot.lon:.6f}")
    page = window.page
    page.get_by_role("tab", name="专项检查").click()
    page.get_by_role("button", name="新建检查").click()
    form = page.locator(".campaign-form")
    form.get_by_label("名称", exact=True).fill("两格检查")
    form.get_by_label("责任单位").fill("安监所")
    form.get_by_label("期限").fill(in_days(store, 6).isoformat())
    form.locator("#campaign-items").fill("一\n二")
    form.get_by_label("范围").select_option("grids")
    form.get_by_label("找网格").fill(places[0].code)
    form.locator(".campaign-boxes label").click()
    window.still()
    box = page.locator(".map").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(*middle)
    form.get_by_text("已选 2 个网格").wait_for()
    page.mouse.click(*middle)
    form.get_by_text("已选 1 个网格").wait_for()
    page.mouse.click(*middle)
    form.get_by_text("已选 2 个网格").wait_for()
    form.get_by_role("button", name="建立").click()
    page.locator(".campaign-head").wait_for()
    made = asked(window, "/api/campaigns")["campaigns"]
    number = next(row["id"] for row in made if row["name"] == "两格检查")
    shown = asked(window, f"/api/campaigns/{number}")
    assert [grid["code"] for grid in shown["grids"]] == [places[0].code, places[1].code]
    # A grid is left out and put back: its name stands in the changes.
    left = shown["grids"][1]["name"]
    for word in ("移出", "加入"):
        page.get_by_role("button", name="修改检查").click()
        form.get_by_label("找网格").fill(places[1].code)
        form.locator(".campaign-boxes label").click()
        form.get_by_role("button", name="保存修改").click()
        page.locator(".event-history .event-line", has_text=f"{word}：{left}").wait_for()
    page.get_by_role("button", name="修改检查").click()
    lines = form.locator(".campaign-lines li")
    lines.nth(0).get_by_role("textbox").fill("一（更正）")
    lines.nth(1).get_by_role("button", name="撤下：二").click()
    form.get_by_role("button", name="保存修改").click()
    page.locator(".campaign-beside", has_text="二").wait_for()
    # Somebody else changes it: that is said, and whoever begins again begins with that.
    page.get_by_role("button", name="修改检查").click()
    form.get_by_label("责任单位").fill("另一处")
    answer = page.context.request.patch(
        f"{window.address}/api/campaigns/{number}",
        data={"owner": "消防队"},
        headers={"X-CSRF-Token": asked(window, "/api/session")["csrf"]},
    )
    assert answer.ok, answer.text()
    form.get_by_role("button", name="保存修改").click()
    form.locator(".notice").wait_for()
    window.forgive("status of 409")
    assert form.get_by_label("责任单位").input_value() == "另一处"
    form.get_by_role("button", name="取消", exact=True).click()
    page.locator(".campaign-head", has_text="消防队").wait_for()
    page.get_by_role("button", name="修改检查").click()
    assert form.get_by_label("责任单位").input_value() == "消防队"
    form.get_by_label("责任单位").fill("另一处")
    form.get_by_role("button", name="保存修改").click()
    page.locator(".campaign-head", has_text="另一处").wait_for()
    page.get_by_role("button", name="取消检查").click()
    page.get_by_role("button", name="确定").click()
    assert page.locator(".event-form").get_by_role("alert").inner_text().strip() == "请写一句原因"
    page.get_by_label("原因").fill("改为普查")
    page.get_by_role("button", name="确定").click()
    page.locator(".campaign-closed", has_text="改为普查").wait_for()
    changed = asked(window, f"/api/campaigns/{number}")
    assert changed["closed"]["ending"] == "cancelled"
    assert [(i["id"], i["text"]) for i in changed["items"]] == [
        (shown["items"][0]["id"], "一（更正）")
    ]
    assert page.locator(".event-history b").all_inner_texts() == [
        "结束",
        *["修改"] * 5,
        "建立",
    ]


def test_progress_is_drawn_on_the_map_and_counted_in_the_legend(room, store, places):
    with store.session() as session:
        made = add_campaign(
            session, CampaignDraft("全部完成检查", "所", in_days(store, 99), ["一"], [COMMUNITY])
        )
        for grid in made["grids"][:2]:
            mark = Mark(
                uuid.uuid4(), made["items"][0]["id"], grid["code"], done=True,
                at=now() - timedelta(minutes=1), phone_now=now(), note="好",
            )  # fmt: skip
            take_mark(session, mark)
    window = room(f"{ROOM}&map=11/28.6/117.28")
    window.page.get_by_role("tab", name="专项检查").click()
    window.page.get_by_label("选择检查").select_option(str(made["id"]))
    window.page.locator(".campaign-head", has_text="所").wait_for()
    window.until(
        f"document.querySelectorAll('.campaign-grids > li').length === {len(made['grids'])}"
    )
    window.page.get_by_role("button", name="在地图上看").click()
    window.until("!location.hash.includes('map=11/')")
    window.still()
    assert float(re.search(r"map=([\d.]+)/", window.page.url)[1]) > 13
    rows = window.page.locator(".events-legend small").all_inner_texts()
    assert [int(row) for row in rows] == [len(made["grids"]) - 2, 0, 0, 0, 2]
    assert "一：好" in window.page.locator(".campaign-grids").inner_text()


@pytest.mark.parametrize("more", ["", "&large=1"])
def test_the_room_fits_in_both_languages(room, store, places, more):
    made = event(store, places[0], text="Words only", accuracy_m=25, placed="gps")
    window = room(f"{ROOM}{more}")
    window.page.locator(".event-row").first.click()
    window.page.locator(".event-history").wait_for()
    for at in screens(window):
        assert window.page.locator(".event-history").count() == 1, at
        assert window.page.evaluate(FITS), at
        # Nothing of the card lies under the buttons of the map; what lies below its edge can be reached.
        buttons = window.page.locator(".map-tools .tool-stack").bounding_box()
        card = window.page.locator(".event-card").bounding_box()
        assert card["x"] + card["width"] <= buttons["x"], at
        if at.width == 390:
            assert window.page.locator(".event-card .card-more").is_visible(), at
        window.keep(f"events-{at.width}-{at.language}{'-large' if more else ''}")
        if at.language == "en":
            shown = window.page.locator(
                ".event-filter .event-day, .event-history b, .tabs"
            ).all_inner_texts()
            assert not re.search(HAN, " ".join(shown)), at
    assert made["number"]


def test_households_that_are_taken_over_count_at_once_wherever_they_are_shown(
    open_desk, store, address
):
    building = "990101001003B0003"
    spot = next(one for one in spots(store, building[:12]) if one.code.endswith("001"))
    grid, who = spot.code, worker(store, [spot.grid])
    given = Check(uuid.uuid4(), building, in_days(store, 0), resident=900)
    with store.acting(who).session() as session:
        propose_check(session, given)
    window = open_desk(address).open(f"#basis=resident&select=grid:{grid}")
    page = window.page

    def shown():
        headline = page.locator(".card-figure").first.inner_text()
        element = page.locator(".fold-figure").first.inner_text()
        return [
            int(re.search(r"\d[\d,]*", said)[0].replace(",", "")) for said in (headline, element)
        ]

    page.locator(".fold-figure").first.wait_for()
    before = shown()
    assert before[0] == before[1]
    page.locator(".rail").get_by_role("button", name="数据").click()
    page.locator(".check-grid summary").click()
    page.get_by_role("button", name="采用").first.click()
    page.locator(".check-item").wait_for(state="detached")
    page.locator(".rail").get_by_role("button", name="覆盖").click()
    after = asked(window, f"/api/grids/{grid}/card")["people"]["households"][0]["households"]
    assert after > before[0]
    window.until(f"document.querySelector('.fold-figure')?.textContent.includes('{after:,}')")
    window.settled()
    window.until(f"document.querySelector('.card-figure')?.textContent.includes('{after:,}')")
    assert shown() == [after, after]
