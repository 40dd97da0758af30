"""The standards board on the built page: chosen, sorted, explained, in every size and language."""

from __future__ import annotations

import pytest


def test_a_board_is_chosen_sorted_and_explained(open_desk, desk):
    window = open_desk()
    page = window.page
    page.goto(f"{desk}/#panel=standards")
    page.locator(".board tbody tr").first.wait_for()
    rows = page.locator(".board tbody tr")
    assert rows.count() == 14
    page.get_by_label("规则集").select_option("cixi-2009")
    page.locator(".board thead", has_text="社区专职工作者").wait_for()
    page.get_by_role("button", name="常住户数").click()
    figures = [int(text.replace(",", "")) for text in page.locator(".board-number").all_inner_texts()]
    assert figures == sorted(figures)
    page.get_by_role("button", name="常住户数").click()
    figures = [int(text.replace(",", "")) for text in page.locator(".board-number").all_inner_texts()]
    assert figures == sorted(figures, reverse=True)
    rows.first.locator("button").click()
    reasons = page.locator(".reasons")
    reasons.wait_for()
    text = reasons.inner_text()
    assert "慈溪" in text
    assert "数据截至" in text
    window.keep("standards-reasons")
    page.get_by_label("范围", exact=True).select_option(label="东街街道")
    window.until("document.querySelectorAll('.board tbody tr').length < 14")
    assert page.locator(".standards-figures dd").first.inner_text()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1366, 768), (390, 844)])
def test_the_board_fits_every_screen_in_both_languages(open_desk, desk, width, height):
    for lang in ("zh", "en"):
        window = open_desk(width=width, height=height)
        page = window.page
        page.goto(f"{desk}/#panel=standards&lang={lang}")
        page.locator(".board tbody tr").first.wait_for()
        page.locator(".board tbody th button").first.click()
        page.locator(".reasons").wait_for()
        window.keep(f"standards-{width}-{lang}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if lang == "en":
            assert "Community" in page.locator(".board thead").inner_text()
