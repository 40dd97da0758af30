"""What an analyst sees in the room of standards, on the built page."""

from __future__ import annotations

import json
import re

import pytest

from tests.web.screens import screens

KAILI = "#map=12/28.6/117.3&basis=resident&panel=standards&rules=kaili"
HAN = r"[\u4e00-\u9fff]"


def board_of(window, rules="kaili", **more):
    """Return the board as the service answers it."""
    query = "&".join(f"{name}={value}" for name, value in more.items())
    answer = window.page.request.get(f"{window.address}/api/standards?rules={rules}&{query}")
    assert answer.ok, answer.text()
    return answer.json()


@pytest.fixture(scope="module")
def kept(kept_desk):
    window = kept_desk()
    window.page.goto(f"{window.address}/{KAILI}")
    window.page.locator(".board-row").first.wait_for()
    return window


@pytest.fixture
def open_board(kept):
    """Return a function that shows the room at an address, in the window that the tests of this file share."""

    def start(state=KAILI):
        kept.show(state)
        kept.page.locator(".board-row").first.wait_for()
        return kept

    yield start
    kept.without_faults()


def names(window):
    return window.page.locator(".board-community").all_inner_texts()


def grouped(number):
    return f"{number:,}"


def test_the_headline_is_the_total_and_the_three_figures_by_name(open_board):
    window = open_board()
    # Households in reach are known once the page's first run is done.
    window.until("!document.querySelector('.board-figures').textContent.includes('没有覆盖')")
    board = board_of(window)
    premises = board["columns"][0]["total"]
    total, facility, grids, reach = window.page.locator(
        ".board-figures > .figure"
    ).all_inner_texts()
    assert f"{premises['compliant']} / {premises['judged']}" in total
    assert f"{premises['share_percent']:.2f}%" in total
    assert "没有缺数据的" in total
    for text, name, key in (
        (facility, "设施覆盖率", "facility"),
        (grids, "网格覆盖率", "grid_households"),
        (reach, "户覆盖率", "households"),
    ):
        figure = board["figures"][key]
        assert text.startswith(name)
        assert f"{figure['percent']:.2f}%" in text
        assert f"{grouped(figure['numerator'])} / {grouped(figure['denominator'])}" in text
    assert f"{board['figures']['grid_land']['percent']:.2f}%" in grids
    window.keep("standards")


def test_every_column_orders_the_matrix_and_the_address_holds_it(open_board):
    window = open_board()
    board = board_of(window)
    rows = {row["name"]: row for row in board["communities"]}
    assert names(window) == list(rows)
    window.page.get_by_role("columnheader", name="服务用房面积").get_by_role("button").click()
    window.until("location.hash.includes('sort=-premises')")

    def shortfalls():
        return [rows[name]["verdicts"]["premises"]["shortfall"] for name in names(window)]

    assert shortfalls() == sorted(shortfalls(), reverse=True)
    assert shortfalls()[0] > 0
    first = window.page.locator(".board-row").first.locator("td").nth(1).inner_text()
    assert first == f"缺 {shortfalls()[0]:,.1f} m²"
    worst = names(window)
    window.page.reload()
    window.page.locator(".board-row").first.wait_for()
    assert names(window) == worst
    window.page.get_by_role("columnheader", name="户数", exact=True).get_by_role("button").click()
    window.until("location.hash.includes('sort=-households')")
    households = [rows[name]["households"] for name in names(window)]
    assert households == sorted(households, reverse=True)
    # By keyboard.
    window.page.get_by_role("columnheader", name="社区", exact=True).get_by_role("button").focus()
    window.page.keyboard.press("Enter")
    window.until("!location.hash.includes('sort=')")
    assert names(window) == list(rows)


def test_a_row_opens_its_reasons_and_shows_its_place(open_board):
    window = open_board(KAILI.replace("kaili", "national-14th-plan"))
    board = board_of(window, "national-14th-plan")
    row = next(
        row for row in board["communities"] if row["verdicts"]["premises"]["state"] == "short"
    )
    verdict = row["verdicts"]["premises"]
    before = window.page.evaluate("location.hash.match(/map=([^&]*)/)[1]")
    opener = window.page.get_by_role("button", name=f"{row['name']}：判定依据")
    opener.focus()
    assert window.page.locator(".board-row.lit").count() == 1
    window.page.keyboard.press("Enter")
    reason = window.page.locator(".reason").first
    text = reason.inner_text()
    for words in (
        f"需 {verdict['required']:g} 平方米，实有 {verdict['actual']:g}，缺 {verdict['shortfall']:g}",
        "应有", "实有", "缺口", "分子", "分母", f"{row['households']:,} 户",
        "每百户 30 m²", verdict["source"]["zh"], "未取得原文", "待核",
        f"常住户数，数据截至 {verdict['counted_to']}",
    ):  # fmt: skip
        assert words in text, words
    window.until(f"location.hash.includes('select=community:{row['code']}')")
    window.until(f"!location.hash.includes('map={before}')")
    assert opener.get_attribute("aria-expanded") == "true"
    window.keep("standards-why")
    window.page.keyboard.press("Escape")
    reason.wait_for(state="detached")
    window.page.go_back()
    reason.wait_for()


def test_a_source_is_quoted_where_its_words_are_known(open_board):
    window = open_board(KAILI.replace("kaili", "rooms-8-1-1-2"))
    board = board_of(window, "rooms-8-1-1-2")
    quotation = board["sets"][0]["quotation"]
    assert quotation
    assert quotation in window.page.locator(".board-source").inner_text()
    window.page.locator(".board-open").first.click()
    reason = window.page.locator(".reason").first.inner_text()
    assert quotation in reason
    assert "没有功能用房数据" in reason
    assert "无可判定" in window.page.locator(".figure-total").inner_text()
    assert (
        f"{len(board['communities'])} 个无数据" in window.page.locator(".figure-total").inner_text()
    )


def test_states_are_told_by_words_and_not_by_colour_alone(open_board):
    window = open_board(KAILI.replace("kaili", "national-14th-plan"))
    board = board_of(window, "national-14th-plan")
    for line, row in zip(
        window.page.locator(".board-row").all(), board["communities"], strict=True
    ):
        for cell, column in zip(
            line.locator("td[data-column]").all(), board["columns"], strict=True
        ):
            verdict = row["verdicts"][column["column"]]
            said = cell.text_content().strip()
            expected = {
                "compliant": "达标", "short": "缺 ", "unknown": "无数据", "not_applicable": "不适用"
            }[verdict["state"]]  # fmt: skip
            assert said.startswith(expected), (row["name"], column["column"], said)
    assert "无数据" in window.page.locator(".board-table").inner_text()
    assert "不适用" in window.page.locator(".board-table").inner_text()


def test_row_and_shape_light_each_other(open_board):
    window = open_board(KAILI.replace("12/28.6/117.3", "13/28.603/117.313"))
    box = window.page.locator(".map").bounding_box()
    window.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    lit = window.page.locator(".board-row.lit")
    lit.wait_for()
    assert lit.count() == 1
    name = lit.locator(".board-community").inner_text()
    window.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    opened = window.page.locator(".board-row.open")
    opened.wait_for()
    assert opened.locator(".board-community").inner_text() == name
    other = window.page.locator(".board-row:not(.open)").first
    other.hover()
    assert "lit" in other.get_attribute("class").split()


def test_area_basis_and_rule_set_are_chosen_here(open_board):
    window = open_board()
    page = window.page
    page.get_by_label("范围", exact=True).select_option(label="西山镇")
    window.until("location.hash.includes('within=990101102')")
    board = board_of(window, division="990101102")
    window.until(f"document.querySelectorAll('.board-row').length === {len(board['communities'])}")
    assert names(window) == [row["name"] for row in board["communities"]]
    page.get_by_role("button", name="户籍").click()
    window.until("location.hash.includes('basis=registered')")
    registered = board_of(window, division="990101102", basis="registered")
    first = grouped(registered["communities"][0]["households"])
    window.until(
        f"document.querySelector('.board-row .board-number').textContent === {json.dumps(first)}"
    )
    assert first != grouped(board["communities"][0]["households"])
    page.get_by_label("规则集", exact=True).select_option("national-15th-plan")
    page.get_by_text("这个规则集里还没有规则").wait_for()
    page.go_back()
    page.locator(".board-row").first.wait_for()


def test_a_failure_keeps_the_board_and_can_be_tried_again(open_board):
    window = open_board()
    before = names(window)
    window.page.route("**/api/standards?*", lambda route: route.fulfill(status=500, body="{}"))
    window.page.get_by_label("规则集", exact=True).select_option("cixi-2009")
    notice = window.page.get_by_role("alert")
    notice.wait_for()
    assert "服务器出错" in notice.inner_text()
    assert "已显示的结果没有改变" in notice.inner_text()
    assert names(window) == before
    assert window.page.locator(".board-scroll.dimmed").count() == 1
    window.page.unroute("**/api/standards?*")
    notice.get_by_role("button", name="再试一次").click()
    notice.wait_for(state="detached")
    window.page.get_by_text("论文引用的慈溪市").first.wait_for()
    window.forgive("500")


OVER = """() => [...document.querySelectorAll('.header > *, .panel *, .map-tools *, .legend, .legend *')]
  .filter(e => !e.closest('.board-scroll, .hidden') && e.getBoundingClientRect().width > 0)
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className)"""


def test_nothing_runs_over_the_edge_and_english_is_english(open_board):
    window = open_board()
    page = window.page
    for at in screens(window):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), at
        assert page.evaluate(OVER) == [], at
        window.keep(f"standards-{at.width}-{at.language}")
        page.locator(".board-open").nth(3).click()
        page.locator(".reason").first.wait_for()
        assert page.evaluate(
            "scrollY === 0 && document.querySelector('.desk').getBoundingClientRect().top === 0"
        ), at
        assert page.evaluate(OVER) == [], at
        if at.width < 640:
            assert page.evaluate("document.querySelector('.board').scrollWidth <= innerWidth"), at
        window.keep(f"standards-{at.width}-{at.language}-why")
        page.locator(".board-open").nth(3).click()
        page.locator(".reason").first.wait_for(state="detached")
        if at.language == "zh":
            continue
        for part in (
            ".rail",
            ".board-figures",
            ".board-source",
            ".board-basis",
            ".standing-legend",
        ):
            assert not re.search(HAN, page.locator(part).first.inner_text()), f"{at} {part}"
        for head in page.locator(".board-table thead th").all_inner_texts():
            assert not re.search(HAN, head), f"{at} {head}"
