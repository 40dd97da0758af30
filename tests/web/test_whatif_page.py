"""假设 on the desk: tools on the map, the difference at once, scenarios kept, compared and decided."""

from __future__ import annotations

import re

import pytest

from tests.conftest import fresh_copy
from tests.web.conftest import served
from tests.web.screens import laid_out, screens
from tests.web.test_desk import answer

TOWN = "#tab=whatif&map=14/28.603/117.313&lang=zh"
NEW_PLACE = (117.2919, 28.5957)
CHANGES = "[...document.querySelectorAll('.change-name')].map((e) => e.textContent)"
FITS = (
    "document.documentElement.scrollWidth <= innerWidth && "
    "[...document.querySelectorAll('.figure, .whatif-change, .whatif-moves > div')]"
    ".every((e) => e.scrollWidth <= e.clientWidth)"
)


@pytest.fixture(scope="module")
def store(sample_template):
    with fresh_copy(sample_template, "wangge_test_whatif_page") as copy:
        yield copy


@pytest.fixture(scope="module")
def trying(store, tmp_path_factory):
    with served(store, tmp_path_factory.mktemp("whatif")) as address:
        yield address


def opened(open_desk, trying, state: str):
    """Open the tab in a window of its own, which keeps every answer to a what-if."""
    window = open_desk(trying).open(state)
    window.page.wait_for_selector(".whatif-figures")
    window.settled()
    window.answers = []
    window.page.on(
        "response",
        lambda response: (
            window.answers.append(response.json()) if response.url.endswith("/api/whatif") else None
        ),
    )
    return window


@pytest.fixture(scope="module")
def kept(trying, kept_desk):
    return opened(kept_desk, trying, TOWN)


@pytest.fixture
def open_tab(kept):
    """Return a function that shows the tab with nothing tried yet, in the window that the tests of this file share."""

    def start(state: str = TOWN):
        # What was refused stays dimmed for as long as it is in the list.
        clear = kept.page.get_by_role("button", name="全部清除")
        if clear.count():
            clear.evaluate("e => e.click()")
        kept.show(state)
        kept.page.wait_for_selector(".whatif-figures")
        kept.until("document.querySelectorAll('.change').length === 0")
        answered(kept)
        kept.answers.clear()
        return kept

    yield start
    assert kept.faults == []


def middle(window) -> None:
    """Use the tool in hand at the middle of the map, by keyboard."""
    window.page.locator(".map").focus()
    window.page.keyboard.press("Enter")


def click_at(window, x: float, y: float) -> None:
    """Click a place of the map, as shares of its width and height."""
    box = window.page.locator(".map").bounding_box()
    window.page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def answered(window) -> dict | None:
    """Wait for the figures of what the list says now, and return the last answer of the service."""
    window.until(
        "document.querySelector('.whatif-reading') === null && document.querySelector('.panel-body .dimmed') === null"
    )
    window.page.wait_for_timeout(400)
    window.until(
        "document.querySelector('.whatif-reading') === null && document.querySelector('.panel-body .dimmed') === null"
    )
    return window.answers[-1] if window.answers else None


def number(text: str) -> int:
    return int(re.sub(r"[^\d-]", "", text.replace("−", "-")))


def test_a_station_put_on_the_map_changes_the_figures_at_once(open_tab):
    window = open_tab()
    before = [number(text) for text in window.figures()]
    window.page.keyboard.press("n")
    click_at(window, 0.35, 0.75)
    found = answered(window)
    shown = [number(text) for text in window.figures()]
    assert shown == [found["after"][name] for name in ("served", "over_capacity", "out_of_reach")]
    assert sum(shown) == sum(before) == found["after"]["households"]
    assert found["newly_served"] > 0
    chart = window.page.locator(".before-after")
    read = [
        number(item)
        for item in re.findall(
            r"[\d,]+(?= 户)|(?<=现 )[\d,]+", chart.locator(".curve-reading").inner_text()
        )
    ]
    assert read == [found["curve"][side][-1]["households"] for side in ("before", "after")]
    moves = window.page.locator(".whatif-moves dd").all_inner_texts()
    assert [number(text) for text in moves] == [found["newly_served"], found["no_longer_served"]]
    assert window.page.evaluate(CHANGES) == ["新设 新服务点 1"]
    # A capacity of nothing takes what it gave away again.
    window.page.locator(".change-capacity").fill("0")
    none = answered(window)
    assert none["newly_served"] == 0
    window.page.keyboard.press("Escape")
    window.page.locator(".map").focus()
    window.page.keyboard.press("Control+z")
    assert answered(window)["newly_served"] == found["newly_served"]
    window.page.keyboard.press("Control+z")
    window.until("document.querySelectorAll('.change').length === 0")
    answered(window)
    assert [number(text) for text in window.figures()] == before
    window.keep("whatif-back")


def test_a_closed_station_loses_households_and_says_where(open_tab):
    window = open_tab()
    window.page.keyboard.press("x")
    window.page.get_by_role("button", name="新城社区服务站", exact=True).first.click()
    found = answered(window)
    assert found["no_longer_served"] > 0
    assert window.page.evaluate(CHANGES) == ["停用 新城社区服务站"]
    row = window.page.locator(".whatif-areas .row").first
    worst = max(found["grids"], key=lambda item: item["served"]["before"] - item["served"]["after"])
    assert worst["name"] in row.inner_text()
    row.hover()
    window.page.wait_for_timeout(200)
    assert "lit" in (row.get_attribute("class") or "")
    window.keep("whatif-closed")


def test_a_path_is_drawn_by_the_pointer_and_ended_by_enter(open_tab):
    window = open_tab("#tab=whatif&map=15/28.603/117.313&lang=zh")
    window.page.keyboard.press("w")
    for x, y in ((0.43, 0.62), (0.50, 0.66), (0.58, 0.70)):
        click_at(window, x, y)
        window.page.wait_for_timeout(400)
    window.page.keyboard.press("Enter")
    window.until("document.querySelectorAll('.change').length === 1")
    found = answered(window)
    assert window.page.evaluate(CHANGES)[0].startswith("新开通路")
    assert found["after"]["served"] >= found["before"]["served"]
    # A way that joins nothing is refused in words, and is still in the list to be taken out.
    window.page.goto(f"{window.address}/#tab=whatif&map=12/28.603/117.05&lang=zh")
    window.page.wait_for_timeout(600)
    for x in (0.30, 0.32):
        click_at(window, x, 0.15)
        window.page.wait_for_timeout(400)
    window.page.keyboard.press("Enter")
    window.page.get_by_text("50 米内没有街道").wait_for()
    assert len(window.page.evaluate(CHANGES)) == 2
    # The refusal is what this test is about; the browser logs it.
    window.forgive("422")


def test_all_can_be_done_by_keyboard(open_tab):
    window = open_tab()
    window.page.keyboard.press("n")
    middle(window)
    found = answered(window)
    (new,) = [row for row in found["stations"] if row["load_before"] is None]
    assert (round(new["lon"], 3), round(new["lat"], 3)) == (117.313, 28.603)
    window.page.keyboard.press("Escape")
    assert window.page.locator(".whatif-toolbar [aria-pressed=true]").count() == 0


def test_what_is_not_kept_yet_survives_a_reload(open_tab):
    window = open_tab()
    window.page.keyboard.press("n")
    click_at(window, 0.35, 0.75)
    found = answered(window)
    window.page.reload()
    window.page.wait_for_selector(".whatif-figures")
    window.until("document.querySelectorAll('.change').length === 1")
    assert answered(window)["after"] == found["after"]


def test_other_minutes_are_a_change_too(open_tab):
    window = open_tab()
    slider = window.page.locator("[id*=minutes][type=range]")
    slider.focus()
    for _ in range(5):
        window.page.keyboard.press("ArrowRight")
    found = answered(window)
    assert found["parameters"]["after"]["minutes"] > found["parameters"]["question"]["minutes"]
    assert found["after"]["out_of_reach"] < found["before"]["out_of_reach"]


def test_scenarios_are_kept_compared_adopted_and_reopened(open_tab, open_desk, trying):
    window = open_tab()
    window.page.keyboard.press("n")
    click_at(window, 0.35, 0.75)
    first = answered(window)
    window.page.keyboard.press("Escape")
    keep(window, "和平南新站")
    window.page.keyboard.press("x")
    window.page.get_by_role("button", name="新城社区服务站", exact=True).first.click()
    second = answered(window)
    window.page.keyboard.press("Escape")
    keep(window, "停一站设一站")
    listed = answer(window, "/api/scenarios")["scenarios"]
    assert [row["name"] for row in listed] == ["停一站设一站", "和平南新站"]
    assert [row["newly_served"] for row in listed] == [
        second["newly_served"],
        first["newly_served"],
    ]
    window.page.get_by_role("button", name="并列比较").click()
    rows = window.page.locator(".compare tbody tr:not(.compare-question)")
    assert rows.count() == 2
    best = window.page.locator(".compare tr", has=window.page.locator(".best"))
    assert "和平南新站" in best.inner_text()
    window.keep("whatif-compare")
    window.page.keyboard.press("Escape")
    card = window.page.locator(".scenario", has_text="和平南新站")
    card.get_by_role("button", name="采纳").click()
    window.page.locator("#scenario-note").fill("先建这一处")
    window.page.locator(".dialog .button-accent").click()
    card.get_by_text("已采纳").wait_for()
    card.get_by_role("button", name="打开").click()
    window.until("document.querySelectorAll('.change').length === 1")
    window.until(f"location.hash.includes('scenario={listed[1]['scenario']}')")
    again = opened(open_desk, trying, window.page.evaluate("location.hash"))
    again.until("document.querySelectorAll('.change').length === 1")
    assert next(number(text) for text in again.figures()) == first["after"]["served"]


def keep(window, name: str) -> None:
    window.page.get_by_role("button", name="保留为方案").click()
    window.page.locator(".dialog .button-accent").click()
    window.page.get_by_text("请填写名称").wait_for()
    window.page.locator("#scenario-name").fill(name)
    window.page.keyboard.press("Enter")
    window.page.locator(".scenario", has_text=name).wait_for()


def test_it_fits_every_screen_in_both_languages(open_tab):
    window = open_tab()
    for at in screens(window):
        window.page.keyboard.press("n")
        click_at(window, 0.6, 0.62)
        window.until("document.querySelectorAll('.change').length === 1")
        answered(window)
        laid_out(window)
        window.keep(f"whatif-{at.width}-{at.language}")
        assert window.page.evaluate(FITS), at
        legend = window.page.locator(".whatif-legend").bounding_box()
        said = window.page.locator(".whatif-said .said-box").bounding_box()
        apart = (
            said["x"] >= legend["x"] + legend["width"] or said["y"] + said["height"] <= legend["y"]
        )
        assert apart, (at, legend, said)
        window.page.keyboard.press("Escape")
        window.page.locator(".map").focus()
        window.page.keyboard.press("Control+z")
        window.until("document.querySelectorAll('.change').length === 0")
