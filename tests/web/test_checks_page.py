"""Household counts of workers on the desk: what each would do, and what cannot be decided any more."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text

from layers.rights import local_administrator
from layers.usecases.household_checks import Check, decide_check, propose_check
from tests.conftest import fresh_copy
from tests.layers.field import now, spots, worker
from tests.web.conftest import served
from tests.web.screens import screens

COMMUNITY = "990101001003"
HAN = r"[\u4e00-\u9fff]"
OWN_WORDS = "h3, .check-band, .check-actions, .said-warn, .check-figures"
FITS = """[...document.querySelectorAll('.checks-block *')].every(
    (e) => getComputedStyle(e).display === 'inline' || e.scrollWidth <= e.clientWidth + 1)"""


@pytest.fixture(scope="module")
def store(sample_template):
    with fresh_copy(sample_template, "wangge_test_checks_page") as copy:
        yield copy


@pytest.fixture(scope="module")
def counted(store):
    """Return what one worker of two grids counted: too many, older than what is in force, and in a grid that ended."""
    first, second = spots(store, COMMUNITY)[:2]
    who = store.acting(worker(store, [first.grid, second.grid]))
    with store.session("owner") as session:

        def buildings(grid):
            return session.execute(
                text(
                    "SELECT b.code, max(k.counted_on) AS day FROM building b "
                    "JOIN household_count k ON k.building_id = b.id AND k.resident > 0 "
                    "JOIN grid_version v ON v.grid_id = :grid AND v.valid_to IS NULL AND ST_Contains(v.geom, b.geom) "
                    "GROUP BY b.code ORDER BY b.code"
                ),
                {"grid": grid},
            ).all()

        here, there = buildings(first.grid), buildings(second.grid)
    given = {
        "many": Check(uuid.uuid4(), here[0].code, now().date(), resident=900, vacant=2),
        "older": Check(uuid.uuid4(), here[1].code, here[1].day - timedelta(days=1), resident=3),
        "gone": Check(uuid.uuid4(), there[0].code, now().date(), resident=4, note="<b>新楼</b>"),
    }
    with who.session() as session:
        for check in given.values():
            propose_check(session, check)
    with store.session("owner") as session:
        session.execute(
            text(
                "UPDATE grid_version SET valid_to = current_date WHERE grid_id = :grid AND valid_to IS NULL"
            ),
            {"grid": second.grid},
        )
    return given


@pytest.fixture(scope="module")
def address(store, tmp_path_factory):
    with served(store, tmp_path_factory.mktemp("checks-page")) as found:
        yield found


def unfolded(window):
    """Show the block with all of its grids open, and return its words."""
    page = window.page
    page.goto(f"{window.address}/#panel=data")
    page.locator(".checks-block").wait_for()
    for grid in page.locator(".check-grid summary").all():
        grid.click()
    return page.locator(".checks-block").inner_text()


def test_each_count_tells_what_accepting_it_would_do(open_desk, address, counted):
    window = open_desk(address)
    unfolded(window)
    block = window.page.locator(".checks-block")
    older = counted["older"].counted_on + timedelta(days=1)
    wanted = {
        "zh": ["3 条待处理", "标准 500–800 户", "不在任何网格内", f"{older} 已有更新的户数"],
        "en": ["3 counts wait", "500–800 households", "In no grid", f"of {older}"],
    }
    for screen in screens(window):
        block.scroll_into_view_if_needed()
        window.keep(f"checks-{screen.language}-{screen.width}")
        assert window.page.evaluate(FITS), screen
        said = block.inner_text()
        for words in [*wanted[screen.language], "→ 900"]:
            assert words in said, screen
        assert "003E" not in said, "estates are told by name"
        assert "<b>新楼</b>" in said, "what a worker wrote is told as it was written"
        if screen.language == "en":
            assert not re.search(HAN, " ".join(block.locator(OWN_WORDS).all_inner_texts()))


def test_what_somebody_else_has_decided_is_said_and_leaves_the_list(
    open_desk, store, address, counted
):
    window = open_desk(address)
    unfolded(window)
    page = window.page
    gone = page.locator(".check-item", has_text="<b>新楼</b>")
    with store.acting(local_administrator()).session() as session:
        decide_check(session, counted["gone"].id, accept=False, reason="重复")
    gone.get_by_role("button", name="采用").click()
    gone.locator(".notice").wait_for()
    window.keep("checks-decided")
    assert gone.get_by_role("button", name="采用").count() == 0
    gone.locator(".notice").get_by_role("button").click()
    gone.wait_for(state="detached")
    assert page.locator(".check-item").count() == 2
    window.forgive("409")


def test_a_count_is_returned_with_a_reason_and_not_without(open_desk, store, address, counted):
    window = open_desk(address)
    unfolded(window)
    item = window.page.locator(".check-item", has_text="→ 900")
    item.get_by_role("button", name="退回").click()
    back = item.get_by_role("button", name="退回")
    assert back.is_disabled()
    item.get_by_role("textbox").fill("  ")
    assert back.is_disabled()
    item.get_by_role("textbox").fill("像是两栋楼的数")
    window.keep("checks-return")
    back.click()
    item.wait_for(state="detached")
    with store.session("owner") as session:
        row = session.execute(
            text("SELECT state, reason FROM household_check WHERE id = :id"),
            {"id": counted["many"].id},
        ).one()
    assert tuple(row) == ("returned", "像是两栋楼的数")


def test_counts_that_could_not_be_read_are_not_told_to_be_none(open_desk, address):
    window = open_desk(address)
    lists = "**/api/household-checks?*"
    window.page.route(lists, lambda route: route.abort())
    window.page.goto(f"{address}/#panel=data")
    block = window.page.locator(".checks-block")
    block.locator(".notice").wait_for()
    window.keep("checks-failed")
    assert not re.search(r"\d", block.locator("h3").inner_text())
    window.page.unroute(lists)
    block.get_by_role("button", name="再试一次").click()
    block.locator(".notice").wait_for(state="detached")
    window.forgive("ERR_FAILED")
