"""The division room over the real service: papers, nested grids, a move to new cells, a township."""

from __future__ import annotations

import re

import pytest

from layers.usecases.cells import make_cell_set
from tests.conftest import fresh_copy
from tests.layers.plans import divided, document
from tests.layers.test_plan_rebase import COMMUNITY, with_another_street
from tests.web.conftest import served


@pytest.fixture(scope="module")
def store(sample_template):
    with fresh_copy(sample_template, "wangge_test_more") as copy:
        make_cell_set(copy, "990101")
        yield copy


@pytest.fixture(scope="module")
def planning(store, tmp_path_factory):
    with served(store, tmp_path_factory.mktemp("more")) as address:
        yield address


@pytest.fixture
def plan(store):
    """Return a draft of a community, divided."""
    return divided(store, COMMUNITY)


@pytest.fixture
def room(open_desk, planning, plan):
    """Return the page with the draft open."""
    window = open_desk(planning)
    window.page.goto(f"{planning}/#panel=division&plan={plan}")
    window.page.wait_for_selector(".part-row")
    return window


def households(row):
    """Return the figure at the end of a row."""
    return int(re.findall(r"[\d,]+", row.locator(".row-value").inner_text())[-1].replace(",", ""))


def test_an_objection_is_kept_and_answered(room, store, plan):
    page = room.page
    page.get_by_role("tab", name="版本").click()
    page.get_by_role("button", name="登记文件或异议").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="异议").click()
    dialog.get_by_label("标题").fill("两个单元门分在两个网格")
    dialog.get_by_label("内容").fill("三号楼东西单元应在一个网格。")
    room.keep("paper")
    dialog.get_by_role("button", name="保存").click()
    page.get_by_text("1 条待答复").wait_for()
    page.locator(".papers").get_by_role("button", name="答复").click()
    dialog.locator("#paper-answer").fill("已按整栋划入。")
    dialog.get_by_role("button", name="保存").click()
    page.get_by_text("已按整栋划入").wait_for()
    room.keep("papers")
    assert [paper["answer"] for paper in document(store, plan)["papers"]] == ["已按整栋划入。"]


def test_a_grid_is_put_under_a_larger_one(room, store, plan):
    page = room.page
    first, second = (part["no"] for part in document(store, plan)["grids"][:2])
    page.locator(".part-row").nth(0).click()
    page.get_by_label("层级").select_option("medium")
    page.wait_for_selector(".sync-saved")
    page.locator(".part-row").nth(1).click()
    page.get_by_label("层级").select_option("micro")
    page.get_by_label("所属上级网格").select_option(str(first))
    room.still()
    page.wait_for_selector(".sync-saved")
    room.keep("nested")
    kept = {part["no"]: part for part in document(store, plan)["grids"]}
    assert (kept[first]["level"], kept[second]["level"]) == ("medium", "micro")
    assert kept[second]["parent"] == first


def test_a_draft_moves_to_new_cells_with_a_preview(room, store, plan):
    page = room.page
    with_another_street(store)
    make_cell_set(store, COMMUNITY)
    page.reload()
    page.wait_for_selector(".part-row")
    page.get_by_role("tab", name="版本").click()
    page.get_by_role("button", name=re.compile("新单元")).first.click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".proposal-figures").wait_for()
    room.keep("rebase")
    assert document(store, plan)["stale"], "a preview changes nothing"
    dialog.locator("button.button-accent").click()
    dialog.wait_for(state="detached")
    page.get_by_role("tab", name="网格").click()
    room.keep("rebased")
    now = document(store, plan)
    assert not now["stale"]
    assert len(now["grids"]) == page.locator(".part-row").count()


def test_a_township_is_divided_into_communities(open_desk, planning):
    window = open_desk(planning)
    page = window.page
    page.goto(f"{planning}/#panel=division")
    page.get_by_label("划分哪里").select_option(label="东街街道（划分社区）")
    page.get_by_role("button", name="从现行划分开始").click()
    page.wait_for_selector(".part-row")
    rows = page.locator(".part-row")
    count = rows.count()
    assert count >= 3
    window.still()
    window.keep("township")
    # Two communities become one: the households of the second go to the first.
    homes = [households(rows.nth(i)) for i in (0, 1)]
    rows.nth(0).click()
    page.locator(".plan-card").get_by_role("button", name="合并").click()
    rows.nth(1).click()
    window.until(f"document.querySelector('.figure-value').textContent === '{count - 1}'")
    page.wait_for_selector(".sync-saved")
    assert households(rows.nth(0)) == sum(homes)
    window.keep("township-merge")
    page.get_by_role("tab", name="检查").click()
    page.locator(".findings, .check-clean").first.wait_for()
    window.keep("township-check")
