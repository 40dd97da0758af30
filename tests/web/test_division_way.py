"""The whole way on the built page over the real service: propose, paint, cut, check, review, publish, look it up."""

from __future__ import annotations

import re

import pytest

from tests.conftest import fresh_copy
from tests.web.conftest import served

VIEW = "#map=16/28.59680/117.31600&panel=division&division=990101001002&plan=1"


@pytest.fixture(scope="module")
def planning(sample_template, tmp_path_factory):
    """Return the address of a service of its own: this test publishes."""
    with fresh_copy(sample_template, "wangge_test_division") as store:
        home = tmp_path_factory.mktemp("division")
        with served(store, home, supervision_phone="0793-8500000") as address:
            yield address


def test_the_whole_way_from_a_proposal_to_the_public_page(open_desk, open_door, planning):
    # Without motion the map lies where the address says, whatever the machine is doing.
    window = open_desk(planning)
    page = window.page
    page.goto(f"{planning}/#panel=division")
    page.get_by_label("划分哪里").select_option(label="南门社区")
    page.get_by_role("button", name="制作划分单元").click()
    page.get_by_text("这里还没有方案").wait_for()
    page.get_by_role("button", name="从现行划分开始").click()
    page.wait_for_selector(".part-row")
    page.wait_for_load_state("networkidle")
    window.still()
    figures = page.locator(".figure-value")
    assert figures.nth(2).inner_text().startswith("0")

    page.get_by_role("button", name="自动划分").first.click()
    page.get_by_role("radio", name="全部").check()
    page.get_by_role("button", name="给出建议").click()
    page.locator(".proposal").get_by_text("可行的建议").wait_for()
    window.keep("way-proposal")
    page.get_by_role("button", name="采用").click()
    page.get_by_text("第 1 稿").wait_for()
    page.wait_for_selector(".sync-saved")
    total = page.locator(".plan-top .caption", has_text="共").inner_text()
    page.goto("about:blank")
    page.goto(
        f"{planning}/{VIEW}"
    )  # strokes are drawn by pixel: the map has to lie where they think
    page.wait_for_selector(".part-row")
    page.wait_for_load_state("networkidle")

    # Paint, and back; then divide one grid by hand and join the pieces again.
    page.locator(".part-row").first.click()
    window.still()
    page.keyboard.press("b")
    box = page.locator(".map").bounding_box()
    middle = box["x"] + box["width"] * 0.36, box["y"] + box["height"] * 0.5
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 110, middle[1] + 30, steps=8)
    page.mouse.up()
    page.get_by_text("第 2 稿").wait_for()
    page.keyboard.press("Control+z")
    page.get_by_text("第 3 稿").wait_for()
    count = int(figures.nth(0).inner_text())
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.mouse.move(box["x"] + box["width"] * 0.246, box["y"] + box["height"] * 0.52)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.588, box["y"] + box["height"] * 0.49, steps=12)
    page.mouse.up()
    window.until(f"document.querySelector('.figure-value').textContent === '{count + 1}'")
    page.wait_for_selector(".sync-saved")
    assert (
        page.locator(".plan-top .caption", has_text="共").inner_text().split(" ·")[0]
        == total.split(" ·")[0]
    )
    window.keep("way-cut")
    page.keyboard.press("Control+z")
    window.until(f"document.querySelector('.figure-value').textContent === '{count}'")
    page.wait_for_selector(".sync-saved")

    page.keyboard.press("v")
    missing = page.get_by_role("button", name=re.compile("无负责人"))
    while missing.count():
        missing.click()
        page.locator(".part-row").first.click()
        window.still()
        page.get_by_label("拟任网格员").fill("示例网格员甲")
        page.get_by_label("拟任网格员").press("Enter")
        page.get_by_label("工作电话").fill("0793-8501234")
        page.get_by_label("工作电话").press("Enter")
        page.wait_for_selector(".sync-saved")
        page.get_by_role("button", name=re.compile("^全部")).click()
    page.get_by_role("tab", name="检查").click()
    page.locator(".findings, .check-clean").first.wait_for()
    assert page.locator(".findings-error").count() == 0, page.locator(".findings").all_inner_texts()
    window.keep("way-check")

    page.get_by_role("tab", name="版本").click()
    page.get_by_role("button", name="送审", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="送审").click()
    page.locator(".plan-head .plan-state-review").wait_for()
    plan = re.search(r"plan=(\d+)", page.url).group(1)
    reviewer = open_desk(planning, account={"name": "demo-reviewer"})
    desk = reviewer.page
    desk.goto(f"{planning}/#panel=division&plan={plan}")
    desk.get_by_role("tab", name="版本").click()
    desk.get_by_role("button", name="批复", exact=True).click()
    desk.get_by_label("文号").fill("青民字〔2026〕12 号")
    desk.get_by_role("dialog").get_by_role("button", name="批复").click()
    desk.locator(".plan-head .plan-state-approved").wait_for()

    page.get_by_role("button", name="发布", exact=True).click()
    dialog = page.get_by_role("dialog")
    today = dialog.get_by_label("生效日期").get_attribute("min")
    dialog.get_by_label("生效日期").fill(today)
    dialog.get_by_role("button", name="发布").click()
    page.locator(".plan-head .plan-state-effective").wait_for()
    window.keep("way-published")

    visitor = open_door(planning)
    public = visitor.page
    code = re.search(r"division=(\d+)", page.url).group(1)
    public.goto(f"{planning}/public/{code}")
    public.wait_for_selector(".grid-map")
    rows = public.locator(".public-table tbody th")  # one for a grid, however many persons it has
    assert rows.count() == count
    text = public.locator("body").inner_text()
    for words in (
        "南门社区网格",
        today,
        "示例网格员甲",
        "0793-8501234",
        "0793-8500000",
        "GS(2025)0000号",
    ):
        assert words in text
    assert "户" not in public.locator(".public-table").inner_text()
    drawing = public.locator(".grid-map").bounding_box()
    public.mouse.click(
        drawing["x"] + drawing["width"] * 0.5, drawing["y"] + drawing["height"] * 0.5
    )
    public.locator(".found").wait_for()
    visitor.keep("way-public")
    public.locator("#find").fill("南门")
    public.locator(".finder-list button, .finder p[role=status]").first.wait_for()
    public.get_by_role("button", name="English").click()
    assert "Which grid is my home in?" in public.locator("body").inner_text()
    printed = public.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    phone = open_door(planning, width=390, height=844)
    phone.page.goto(public.url)
    phone.page.wait_for_selector(".grid-map")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    phone.keep("way-public-phone")
