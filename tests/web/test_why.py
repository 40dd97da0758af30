"""Why a building is or is not within reach: the section of its card, and the way on the map."""

from __future__ import annotations

import json
import re

from tests.web.screens import SIZES, screens
from tests.web.test_desk import TOWN, answer

FITS = "[document.querySelector('.card-body')].every((e) => e.scrollWidth <= e.clientWidth)"
NEAR, FAR, CLOSED, LOST, FULL = (
    "990101001001B0001",
    "990101001003B0030",
    "990101102203B0027",
    "990101102204B0002",
    "990101001002B0013",
)
"""Within reach; out of it; beside a station that was closed; where there are no streets; all stations full."""


START = TOWN


def choose(window, code: str, state: str = TOWN) -> None:
    """Open the card of a building by the address, and wait for the reason."""
    window.show(f"{state}&select=building:{code}")
    window.page.locator(".card .code").get_by_text(code, exact=True).wait_for()
    window.page.locator(".why-first").wait_for()


def told(window, code: str) -> dict:
    """Return what the service answers about a building in the run that is shown."""
    urls = [url for url in window.requests if f"/why/{code}" in url]
    return answer(window, urls[-1].removeprefix(window.address))


def accent_pixels(window) -> int:
    """Count the pixels of the route's colour on the map's overlay."""
    return window.page.evaluate(
        """() => {
            const canvas = document.querySelector(".leaflet-overlay-pane canvas");
            const copy = document.createElement("canvas");
            [copy.width, copy.height] = [canvas.width, canvas.height];
            const context = copy.getContext("2d", { willReadFrequently: true });
            context.drawImage(canvas, 0, 0);
            const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
            let count = 0;
            for (let i = 0; i < data.length; i += 4)
              if (data[i] === 11 && data[i + 1] === 110 && data[i + 2] === 153 && data[i + 3] === 255) count += 1;
            return count;
        }"""
    )


def test_the_reason_stands_in_a_sentence_with_its_numbers_and_legs_add_up(window):
    choose(window, FAR)
    found = told(window, FAR)
    assert found["reasons"][0]["code"] == "none_in_reach"
    section = window.page.locator(".why")
    first = section.locator(".why-first").inner_text()
    assert found["station"]["name"] in first
    assert f"{found['walk_m']:,.0f}" in first
    assert "1,125" in first
    rows = section.locator(".legs tbody tr")
    assert rows.count() == sum(leg["walk_m"] > 0 for leg in found["legs"])
    assert rows.first.inner_text().startswith("从楼栋到")
    foot = section.locator(".legs tfoot").inner_text()
    assert "合计" in foot
    assert "直线" in foot
    assert f"× {found['detour']:.2f}" in foot


def test_the_way_is_drawn_and_goes_with_the_card(window):
    before = accent_pixels(window)
    choose(window, FAR)
    window.page.get_by_role("button", name="在地图上看全程").click()
    window.still()
    assert accent_pixels(window) > before + 500
    window.page.keyboard.press("Escape")
    window.page.locator(".why").wait_for(state="detached")
    window.until("document.querySelector('.card') === null")
    window.page.wait_for_timeout(200)
    assert accent_pixels(window) == before


def test_the_whole_way_is_shown_by_keyboard(window):
    choose(window, FAR, state=TOWN.replace("#map=15/", "#map=12/"))
    button = window.page.get_by_role("button", name="在地图上看全程")
    button.focus()
    window.page.keyboard.press("Enter")
    window.until("!location.hash.includes('map=12/')")


def test_a_failure_keeps_the_card_and_can_be_tried_again(window):
    problem = {
        "type": "x", "title": "x", "status": 409, "code": "inputs_changed", "detail": "-", "faults": [],
    }  # fmt: skip
    window.page.route(
        "**/why/*",
        lambda route: route.fulfill(
            status=409, content_type="application/problem+json", body=json.dumps(problem)
        ),
    )
    window.go(f"{TOWN}&select=building:{NEAR}")
    notice = window.page.locator(".why [role=alert]")
    notice.wait_for()
    assert "楼栋的其他信息没有改变" in notice.inner_text()
    assert window.page.locator(".card .facts").count() > 0
    window.keep("why-failed")
    window.page.unroute("**/why/*")
    notice.get_by_role("button", name="再试一次").click()
    window.page.locator(".why-first").wait_for()
    window.forgive("409")


def test_while_it_is_looked_for_the_card_says_so(window):
    held: list = []
    window.page.route("**/why/*", lambda route: held.append(route))
    window.go(f"{TOWN}&select=building:{NEAR}")
    window.page.locator(".why [role=status]").wait_for()
    assert window.page.locator(".why").get_attribute("aria-busy") == "true"
    held[0].continue_()
    window.page.locator(".why-first").wait_for()
    assert window.page.locator(".why").get_attribute("aria-busy") == "false"


def test_every_case_is_told_in_both_languages(window):
    words = {
        NEAR: ("步行到", "on foot to"),
        FAR: ("最近的", "The nearest"),
        CLOSED: ("已停用", "was closed on 2021-12-31"),
        LOST: ("没有街道数据", "no street data within 500"),
        FULL: ("都已满员", "in reach are full"),
    }
    for code, (zh, en) in words.items():
        choose(window, code)
        for at in screens(window, SIZES[:1]):
            said = window.page.locator(".why").inner_text()
            first = window.page.locator(".why-first").inner_text()
            assert (zh if at.language == "zh" else en) in first, f"{code} {at}"
            assert not re.search(r"[{}]|undefined|NaN|null", said), f"{code} {at}"
            legs = window.page.locator(".legs tbody tr").count()
            assert (legs == 0) == (code == LOST), f"{code} {at}"
            assert window.page.evaluate(FITS), f"{code} {at}"
            window.keep(f"why-{code}-{at.language}")


def test_full_stations_stand_in_a_table_with_their_places(window):
    choose(window, FULL)
    places = told(window, FULL)["places"]
    rows = window.page.locator(".why-places tbody tr")
    assert rows.count() == len(places["stations"]) > 0
    for row, station in zip(rows.all(), places["stations"], strict=True):
        assert station["name"] in row.inner_text()
        assert f"{station['load']:,} / {station['capacity']:,}" in row.inner_text()
    choose(window, NEAR)
    assert rows.count() == 0


def test_the_card_stays_inside_the_window_with_its_way(window):
    choose(window, FAR)
    for at in screens(window):
        box = window.page.locator(".card").bounding_box()
        assert box["x"] >= 0, at
        assert box["x"] + box["width"] <= at.width, at
        assert box["y"] + box["height"] <= at.height, at
        assert window.page.evaluate(FITS), at
        label = "在地图上看全程" if at.language == "zh" else "Show the whole way"
        window.page.get_by_role("button", name=label).click()
        window.still()
        window.page.locator(".card-body").evaluate("(body) => body.scrollTo(0, 0)")
        window.keep(f"why-{at.width}-{at.language}")
