"""Who has a place, and a run's pictures: on the page the figures of the service."""

from __future__ import annotations

import re

import pytest

from tests.web.screens import laid_out, screens
from tests.web.test_desk import TOWN, answer

FITS = (
    "[...document.querySelectorAll('.places, .pictures')]"
    ".every((e) => e.scrollWidth <= e.clientWidth)"
)


def numbers(text: str) -> list[float]:
    """Return the numbers of a text in their order."""
    return [float(item.replace(",", "")) for item in re.findall(r"\d[\d,]*\.?\d*", text)]


START = TOWN


@pytest.fixture
def opened(kept):
    """Return the desk, in the window that the tests of this file share, and the address of its run."""
    kept.show(TOWN)
    kept.page.wait_for_selector(".places .class-rows")
    run = next(url for url in kept.requests if url.endswith("/places"))
    yield kept, run.removeprefix(kept.address).removesuffix("/places")
    kept.without_faults()


def picture(window, name: str):
    window.page.locator(".pictures").get_by_role("button", name=name, exact=True).click()
    window.page.wait_for_selector(".pictures svg")
    return window.page.locator(".pictures svg.curve")


def test_the_three_classes_are_the_services_and_all_households(opened):
    window, run = opened
    totals = answer(window, f"{run}/places")["totals"]
    shown = [
        numbers(text)[0]
        for text in window.page.locator(".places .class-rows td:not(.share)").all_inner_texts()
    ]
    assert shown == [totals[name] for name in ("served", "over_capacity", "out_of_reach")]
    assert sum(shown) == totals["households"]
    assert totals["over_capacity"] > 0


def test_the_list_can_be_ordered_by_households_over_capacity(opened):
    window, run = opened
    window.page.get_by_role("button", name="超出能力", exact=True).click()
    rows = sorted(
        answer(window, f"{run}/places")["grids"],
        key=lambda row: (-row["over_capacity"], row["code"]),
    )
    first = window.page.locator(".reach-list .row").first
    assert rows[0]["name"] in first.inner_text()
    assert numbers(first.locator(".row-value").inner_text()) == [rows[0]["over_capacity"]]
    window.keep("pictures-over")


def test_bars_of_distance_read_what_the_service_counted(opened):
    window, run = opened
    found = answer(window, f"{run}/curves")["distances"]
    chart = picture(window, "距离")
    households, joined = found["households"], -(-len(found["households"]) // 40)
    assert chart.locator("rect").count() == -(-len(households) // joined)
    chart.focus()
    for number in range(2):
        window.page.keyboard.press("ArrowRight")
        reading = numbers(window.page.locator(".pictures .curve-reading").inner_text())
        step = found["step_m"] * joined
        counted = sum(households[number * joined : (number + 1) * joined])
        assert reading == [number * step, (number + 1) * step, counted]
    rest = numbers(window.page.locator(".pictures .caption").last.inner_text())
    assert rest == [found[name] for name in ("beyond", "unreachable", "no_network", "unplaced")]
    total = sum(households) + sum(rest)
    assert total == answer(window, f"{run}/places")["totals"]["households"]


def test_density_and_areas_are_drawn_beside_the_circle(opened):
    window, run = opened
    curves = answer(window, f"{run}/curves")
    chart = picture(window, "密度")
    assert chart.locator("rect").count() == len(curves["density"]["grids"]["counts"])
    areas = picture(window, "面积")
    window.until(
        f"document.querySelectorAll('.pictures rect').length === {len(curves['reach']['stations'])}"
    )
    areas.focus()
    window.page.keyboard.press("ArrowRight")
    best = curves["reach"]["stations"][0]
    reading = window.page.locator(".pictures .curve-reading").inner_text()
    assert best["name"] in reading
    assert numbers(reading.replace(best["name"], ""))[0] == round(best["reached_km2"], 2)
    window.keep("pictures-areas")


def test_they_fit_every_screen_in_both_languages(opened):
    window, _ = opened
    for at in screens(window):
        for n in range(4):
            window.page.locator(".pictures .segments button").nth(n).click()
            laid_out(window)
            assert window.page.evaluate(FITS), f"{at}, picture {n}"
        window.page.evaluate("document.querySelector('.places').scrollIntoView()")
        window.keep(f"pictures-{at.width}-{at.language}")


def test_figures_that_do_not_come_say_so_in_whole_sentences_and_can_be_asked_again(open_desk):
    window = open_desk()
    broken = {
        "status": 500,
        "content_type": "application/problem+json",
        "body": '{"code": "internal"}',
    }
    window.page.route("**/curves", lambda route: route.fulfill(**broken))
    window.page.goto(f"{window.address}/#lang=en")
    notice = window.page.locator(".places .notice")
    notice.wait_for()
    assert not re.search(r"\.[A-Z]", notice.inner_text())
    window.page.unroute("**/curves")
    notice.get_by_role("button").first.click()
    window.page.wait_for_selector(".places .class-rows")
    # The browser logs the answer that this test made up.
    window.forgive("500")
