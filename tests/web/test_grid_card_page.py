"""The card of a grid on the desk: its five elements, their points on the map, its ledger."""

from __future__ import annotations

import io
import re

import openpyxl

from tests.web.conftest import sign_in
from tests.web.screens import SIZES, screens
from tests.web.test_desk import STATE, answer, number
from tests.web.test_phone import WEB
from tests.web.test_why import FITS

GRID = "990101001003002"
VIEW = STATE.format("16/28.5965/117.3030")
PURPLE = """() => {
    const canvas = [...document.querySelectorAll(".leaflet-overlay-pane canvas")][1];
    if (!canvas) return [];
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const box = canvas.getBoundingClientRect();
    const found = [];
    for (let i = 0; i < data.length; i += 4) {
      if (data[i] !== 122 || data[i + 1] !== 91 || data[i + 2] !== 166) continue;
      const x = box.x + ((i / 4) % canvas.width) * box.width / canvas.width;
      const y = box.y + Math.floor(i / 4 / canvas.width) * box.height / canvas.height;
      if (document.elementFromPoint(x, y)?.closest(".map")) found.push([x, y]);
    }
    return found;
}"""
"""Where organisations are drawn and nothing stands over the map, in pixels of the window."""


START = VIEW


def card_of(window, code: str = GRID, state: str = VIEW) -> dict:
    """Open the card of a grid with all its elements unfolded; return what the service says of it."""
    window.show(f"{state}&select=grid:{code}")
    window.page.locator(".fold").first.wait_for()
    folded = window.page.locator(".fold h4 button[aria-expanded=false]")
    while folded.count() > 0:
        folded.first.click()
    return answer(window, f"/api/grids/{code}/card")


def rows_of(window, element: str) -> dict[str, str]:
    """Return the rows of an element's tables: their name and what stands last beside it."""
    rows = window.page.locator(f"#five-{element} tbody tr, #five-{element} tfoot tr").all()
    return {
        row.locator("th").inner_text().split("\n")[0]: row.locator("td").all_inner_texts()
        for row in rows
    }


def test_the_five_elements_are_those_of_the_service(window):
    card = card_of(window)
    people, land = rows_of(window, "people"), rows_of(window, "land")
    shown = [number(people[name][0]) for name in ("常住", "户籍", "规划", "空置")]
    assert shown == [row["households"] for row in card["people"]["households"]]
    first = card["people"]["households"][0]
    assert people["常住"][1] == f"{first['buildings_counted']} / {first['buildings']} 栋"
    text = window.page.locator("#five-people").inner_text()
    assert first["counted_to"] in text
    assert all(source in text for source in first["sources"])
    for worker in card["people"]["workers"]:
        assert worker["work_phone"] in text
    assert number(land["楼栋"][0]) == card["land"]["buildings"]["number"]
    assert land["北至"] == [card["land"]["bounds"]["north"]]
    assert land["南至"] == ["无有名街道"]
    things = rows_of(window, "things")
    assert number(things["合计"][-1]) == card["things"]["number"] > 50
    by = {row["category"]: row for row in card["things"]["by"]}
    assert number(things["路灯"][-1]) == by["street_lamp"]["number"]
    assert things["井盖"][0] == f"丢失 {by['manhole_cover']['states']['missing']}"
    organisations = rows_of(window, "organisations")
    assert number(organisations["合计"][-1]) == card["organisations"]["number"] > 5
    # Events are not switched on here.
    assert window.page.locator("#five-events").count() == 0
    assert card["as_of"] in window.page.locator(".five-day").inner_text()
    window.keep("grid-card")


def test_its_points_stand_on_the_map_with_a_legend_and_names_until_they_are_switched_off(
    window,
):
    card = card_of(window)
    window.still()
    spots = window.page.evaluate(PURPLE)
    assert len(spots) > 100
    legend = window.page.locator(".legend").inner_text()
    assert {"完好", "破损", "丢失", "单位"} <= set(legend.split("\n"))
    x, y = spots[len(spots) // 2]
    window.page.mouse.move(x, y)
    said = window.page.locator(".element-says").inner_text()
    assert re.sub("（.*）$", "", said) in {item["name"] for item in card["organisations"]["items"]}
    window.page.get_by_role("button", name="图层").click()
    window.page.get_by_text("所选网格的部件和单位", exact=True).first.click()
    window.until("document.querySelectorAll('.leaflet-overlay-pane canvas').length === 1")
    assert "丢失" not in window.page.locator(".legend").inner_text()
    # And on again, as the other tests of the window find it.
    window.page.get_by_text("所选网格的部件和单位", exact=True).first.click()
    window.until("document.querySelectorAll('.leaflet-overlay-pane canvas').length === 2")


DRAWN = """[...document.querySelectorAll('.leaflet-overlay-pane canvas')]
    .map(canvas => canvas.toDataURL()).join()
    .split("").reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) | 0, 0)"""
"""A number that stands for everything that is drawn of the card."""


def test_a_category_lights_its_points_for_the_keyboard_and_a_finger_too(window):
    card_of(window)
    window.still()
    plain = window.page.evaluate(DRAWN)
    name = window.page.locator("#five-organisations tbody button").first
    name.focus()
    window.until(f"{DRAWN} !== {plain}")
    window.page.evaluate("document.activeElement.blur()")
    window.until(f"{DRAWN} === {plain}")
    name.click()
    window.page.mouse.move(0, 0)
    window.page.wait_for_timeout(200)
    window.until(f"{DRAWN} !== {plain}")


def test_the_ledger_is_downloaded_by_who_may_export_and_the_own_card_needs_no_run(
    window, open_door
):
    card = card_of(window)
    with window.page.expect_download() as download:
        window.page.get_by_role("link", name="下载网格台账").click()
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    assert book["部件"].max_row == card["things"]["number"] + 1

    worker = open_door()
    sign_in(worker.page.context, worker.address, name="demo-grid-worker")
    own = "990101001003001"
    worker.page.goto(f"{worker.address}/#panel=data&select=grid:{own}")
    worker.page.locator(".fold").first.wait_for()
    assert worker.page.locator(".card-figure").count() == 0
    counted = answer(worker, f"/api/grids/{own}/card")["people"]["households"][0]["households"]
    assert f"{counted:,}" in worker.page.locator(".fold-figure").first.inner_text()
    assert worker.page.get_by_role("link", name="下载网格台账").count() == 0


def test_nothing_serious_is_found_by_axe_and_everything_fits_in_both_languages(open_desk):
    window = open_desk(bypass_csp=True).open(VIEW)
    card_of(window)
    window.page.evaluate((WEB / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8"))
    for at in screens(window):
        if at[:2] == SIZES[0]:
            found = window.page.evaluate("() => axe.run('.card, .legend')")
            assert [item["id"] for item in found["violations"]] == [], at
        assert window.page.evaluate(FITS), at
        window.keep(f"grid-card-{at.language}-{at.width}")


def test_a_card_that_is_not_read_says_so_and_is_asked_for_again_of_the_day_of_the_desk(window):
    held = []
    window.page.route("**/api/grids/*/card?*", lambda route: held.append(route))
    window.go(f"{VIEW}&select=grid:{GRID}&on=2025-03-02")
    window.page.get_by_text("正在读取五要素").wait_for()
    refusal = {"error": {"code": "internal_error", "message": "no", "faults": []}}
    held.pop().fulfill(status=500, json=refusal)
    notice = window.page.locator(".five .notice")
    assert "卡片其余部分没有改变" in notice.inner_text()
    window.page.unroute("**/api/grids/*/card?*")
    notice.get_by_role("button").click()
    window.page.locator(".fold").first.wait_for()
    assert "2025-03-02" in window.page.locator(".people-asof").inner_text()
    # Households were counted later than that day: nothing counted is not zero.
    assert "未统计" in window.page.locator(".fold-figure").first.inner_text()
    window.page.locator(".people-asof button").click()
    window.until("!location.hash.includes('on=')")
    # The figures of the other day are dimmed until those of today are there.
    window.until("document.querySelector('.five').ariaBusy === 'false'")
    assert "未统计" not in window.page.locator(".fold-figure").first.inner_text()
    assert [fault for fault in window.faults if "500" not in fault] == []
    window.faults.clear()
