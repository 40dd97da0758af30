"""Drawing boundaries on the built page, over a plan server in memory."""

from __future__ import annotations

import json

import pytest

from tests.web.division_room import COLUMNS, ROWS, Room, cell, ids
from tests.web.division_store import AT, PlanServer, blocks, lattice
from tests.web.screens import screens


@pytest.fixture
def room_of(open_desk):
    """Return a function that opens the room over a plan of 20 blocks of 24 cells, or of given parts."""

    def start(parts=None, **options) -> Room:
        window = open_desk(**options)
        county = window.page.request.get(window.address + "/api/overview").json()
        community = next(d for d in county["divisions"] if d["level"] == "community")
        west, south, east, north = county["extent"]
        west, north = west + 0.62 * (east - west), south + 0.62 * (north - south)
        cells = lattice(COLUMNS, ROWS, west=west, north=north, step_m=45)
        lon, lat = cells["cells"]["lon"], cells["cells"]["lat"]
        given = blocks(COLUMNS, ROWS, 6, 4) if parts is None else parts
        server = PlanServer(community, cells, given)
        server.attach(window.page)
        return Room(window, server, (west, north, lon[1] - lon[0], lat[0] - lat[COLUMNS]))

    return start


def test_a_stroke_moves_figures_at_once_and_is_sent_as_one_edit_when_the_hand_is_lifted(room_of):
    room = room_of().open()
    page, server = room.page, room.server
    before = room.households("第 6 网格"), room.households("第 2 网格")
    room.choose("第 6 网格")
    page.keyboard.press("b")
    page.mouse.move(*room.at(cell(8, 5)))
    page.mouse.down()
    page.mouse.move(*room.at(cell(8, 2)), steps=6)
    bars = page.locator(".live-bar")
    assert bars.count() == 2
    taken = sum(server.resident[i] for i in ids(cell(8, 3), cell(8, 2)))
    assert taken > 0
    text = bars.nth(0).inner_text().replace(",", "")
    assert "第 6 网格" in text
    assert str(before[0] + taken) in text
    assert server.log == []
    room.window.keep("stroke")
    page.mouse.up()
    room.saved()
    assert room.households("第 6 网格") == before[0] + taken
    assert room.households("第 2 网格") == before[1] - taken
    assert [(e["label"], sorted(e["cells"]["cell"])) for e in server.log] == [
        ("paint", sorted(ids(cell(8, 3), cell(8, 2))))
    ]
    page.keyboard.press("Control+z")
    room.saved()
    room.window.until("document.querySelector('.tool-button[aria-label=撤销]').disabled")
    assert room.households("第 6 网格") == before[0]
    page.keyboard.press("Control+Shift+Z")
    room.window.until("document.querySelector('.tool-button[aria-label=重做]').disabled")
    assert room.households("第 6 网格") == before[0] + taken
    # A stroke that is given up leaves nothing behind, neither here nor there.
    page.mouse.move(*room.at(cell(8, 5)))
    page.mouse.down()
    page.mouse.move(*room.at(cell(8, 9)), steps=4)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert room.households("第 6 网格") == before[0] + taken
    assert len(server.log) == 3
    # While the space bar is held the map is moved, whatever tool is in hand.
    view = page.url
    page.keyboard.down(" ")
    page.mouse.move(*room.at(cell(8, 5)))
    page.mouse.down()
    page.mouse.move(*room.at(cell(8, 9)), steps=4)
    page.mouse.up()
    page.keyboard.up(" ")
    room.window.until(f"location.href !== {json.dumps(view)}")
    assert len(server.log) == 3


def test_every_tool_does_what_it_says(room_of):
    room = room_of().open()
    page, server = room.page, room.server

    seen = len(server.log)

    def last():
        return server.log[-1]

    def sent():
        """Return what an act sent; before it arrives the page may still say that all is saved."""
        nonlocal seen
        room.until(lambda: len(server.log) > seen)
        room.saved()
        seen = len(server.log)
        return server.log[-1]

    room.choose("第 1 网格")
    page.keyboard.press("r")
    room.stroke(cell(6, 0), cell(8, 1))
    assert sent()["label"] == "paint"
    # From the middle of one cell to the middle of another: those whose inner points lie between.
    assert set(last()["cells"]["cell"]) <= set(
        ids(*(cell(c, r) for c in (6, 7, 8) for r in (0, 1)))
    )
    assert len(last()["cells"]["cell"]) >= 2
    page.keyboard.press("s")
    page.mouse.click(*room.corner(8, 4))
    page.mouse.move(*room.corner(10, 4))
    page.mouse.click(*room.corner(11, 4))
    assert sent()["label"] == "street"
    assert set(last()["cells"]["part"]) == {1}
    estate = next(
        i for i, e in enumerate(json.loads(server.cells)["cells"]["estate"])
        if e >= 0 and server.part.get(101 + i) not in (1, None)
    )  # fmt: skip
    page.keyboard.press("e")
    room.click(estate)
    assert sent()["label"] == "move_estate"
    assert 101 + estate in last()["cells"]["cell"]
    page.keyboard.press("x")
    room.stroke(cell(14, 13), cell(16, 13))
    assert sent()["label"] == "erase"
    assert set(last()["cells"]["part"]) == {0}
    figure = page.locator(".figure-value").nth(2)
    assert figure.inner_text().split()[0] != "0"
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    page.get_by_text("未分配第 1/1 片").wait_for()
    room.window.keep("unassigned")
    room.open()
    page.keyboard.press("v")
    room.click(cell(8, 17))
    page.keyboard.press("m")
    room.click(cell(13, 17))
    assert sent()["label"] == "merge"
    assert last()["removed"] == [19]
    assert page.locator(".part-row", has_text="第 19 网格").count() == 0
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    room.click(cell(20, 17))
    page.keyboard.press("c")
    page.mouse.click(*room.corner(21, 16))
    page.mouse.move(*room.corner(21, 18))
    page.mouse.dblclick(*room.corner(21, 20))
    split = sent()
    assert split["label"] == "split"
    assert set(split["cells"]["part"]) == {21}
    assert 6 <= len(split["cells"]["cell"]) <= 12
    room.window.until("document.querySelector('.figure-value').textContent === '20'")
    room.window.keep("split")
    page.keyboard.press("n")
    assert sent()["label"] == "new"
    room.stroke(cell(20, 1), cell(22, 1))
    assert sent()["label"] == "paint"
    assert set(server.log[-1]["cells"]["part"]) == {22}
    # A digit takes a grid in hand; a locked one keeps its cells.
    page.keyboard.press("3")
    page.keyboard.press("l")
    room.until(lambda: server.grids[3]["locked"])
    page.keyboard.press("4")
    room.stroke(cell(18, 2), cell(16, 2))
    page.get_by_text("锁定的没有改动").wait_for()
    assert server.part[ids(cell(17, 2))[0]] == 3


def test_what_cannot_be_saved_waits_and_nothing_is_lost(room_of):
    room = room_of().open()
    page, server = room.page, room.server
    room.choose("第 7 网格")
    page.keyboard.press("b")
    server.away = True
    room.stroke(cell(14, 5), cell(14, 3))
    page.get_by_text("留在本页").wait_for()
    room.stroke(cell(15, 5), cell(15, 3))
    page.get_by_text("2 步留在本页").wait_for()
    shown = room.households("第 7 网格")
    room.window.keep("offline")
    server.away = False
    room.saved()
    assert [e["label"] for e in server.log] == ["paint", "paint"]
    assert room.households("第 7 网格") == shown == server.households(7)
    # Left in a hurry: what was on its way goes out all the same.
    server.away = True
    room.stroke(cell(16, 5), cell(16, 3))
    page.get_by_text("1 步留在本页").wait_for()
    page.get_by_role("button", name="返回方案列表").click()
    server.away = False
    page.wait_for_timeout(3500)
    assert [e["label"] for e in server.log] == ["paint"] * 3
    room.window.forgive("ERR_FAILED")


def test_two_planners_see_each_other_and_a_conflict_is_decided(room_of):
    room = room_of().open()
    page, server = room.page, room.server
    server.somebody_paints(ids(cell(3, 5), cell(3, 6)), 6)
    page.get_by_text("li.gh 修改了 2 个单元").wait_for()
    assert room.households("第 6 网格") == server.households(6)
    room.choose("第 10 网格")
    page.keyboard.press("b")

    def clash():
        mine = ids(cell(8, 7))[0]
        server.somebody_paints([mine], 9)
        server.refuse = {
            "code": "stale_revision",
            "difference": [{"cell": mine, "mine": 10, "theirs": 9, "actor": "li.gh", "at": AT}],
        }  # fmt: skip

    clash()
    room.stroke(cell(8, 9), cell(8, 6))
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    for words in ("li.gh", "第 9 网格", "第 10 网格"):
        assert words in dialog.inner_text()
    room.window.keep("conflict")
    dialog.get_by_role("button", name="用对方的").click()
    room.saved()
    assert server.part[ids(cell(8, 7))[0]] == 9
    assert server.part[ids(cell(8, 6))[0]] == 10
    assert room.households("第 10 网格") == server.households(10)
    server.somebody_paints(ids(cell(8, 7)), 6)
    page.get_by_text("li.gh 修改了 1 个单元").wait_for()
    room.choose("第 10 网格")
    page.keyboard.press("b")
    clash()
    room.stroke(cell(8, 9), cell(8, 7))
    page.get_by_role("dialog").get_by_role("button", name="仍按我的改").click()
    room.saved()
    assert server.part[ids(cell(8, 7))[0]] == 10
    room.window.forgive("409")


def test_a_proposal_is_looked_at_before_it_is_taken(room_of):
    room = room_of().open()
    page, server = room.page, room.server
    moved = [cell(c, 4) for c in range(6, 12)]
    server.suggestion = {
        "outcome": "not_found", "cells": {"2": ids(*moved[:4]), "-1": ids(*moved[4:])}, "parts": [],
        "in_band": 18, "out_of_band": 3, "border_on_barrier_share": 0.42, "households_moved": 120,
        "cells_moved": 6, "seconds": 0.2,
        "reasons": [{"code": "cell_above_band", "text": "One cell alone is above the band",
                     "cells": ids(moved[0]), "households": 900, "lon": 1, "lat": 1}],
    }  # fmt: skip
    page.get_by_role("button", name="自动划分").first.click()
    page.get_by_role("radio", name="全部").check()
    page.get_by_role("button", name="给出建议").click()
    proposal = page.locator(".proposal")
    proposal.wait_for()
    assert "有一个单元的户数就超过标准" in proposal.inner_text()
    assert server.log == []
    room.window.keep("proposal")
    proposal.get_by_role("button", name="放弃").click()
    proposal.wait_for(state="detached")
    page.get_by_role("button", name="自动划分").first.click()
    page.get_by_role("button", name="给出建议").click()
    proposal.get_by_role("button", name="采用").click()
    room.saved()
    assert server.log[-1]["label"] == "suggest"
    assert [server.part[i] for i in ids(*moved)] == [2] * 4 + [21] * 2
    page.get_by_role("tab", name="版本").click()
    assert "采用划分建议" in page.locator(".history").inner_text()
    page.keyboard.press("Control+z")
    room.saved()
    room.window.until(
        "document.querySelector('.history').textContent.includes('撤销 · 采用划分建议')"
    )
    assert [server.part[i] for i in ids(*moved)] == [6] * 6


def test_findings_say_what_and_where_and_steps_ask_for_what_they_need(room_of):
    room = room_of()
    page, server = room.page, room.server
    server.findings = [
        {"rule": "R5", "level": "warning", "grid": 3,
         "reason": {"code": "above_band", "values": {"min": 500, "max": 800}},
         "households": 869, "lon": 1, "lat": 1, "cells": [], "bbox": None, "text": "-"},
        {"rule": "R7", "level": "warning", "grid": 4,
         "reason": {"code": "main_barrier_inside", "values": {"barrier": "river", "length_m": 120.4}},
         "households": 0, "lon": 1, "lat": 1, "cells": ids(cell(20, 2)), "bbox": None, "text": "-"},
        {"rule": "R4", "level": "error", "grid": 0,
         "reason": {"code": "gap", "values": {"area_m2": 52000, "buildings": 4}},
         "households": 120, "lon": 1, "lat": 1, "cells": ids(cell(1, 1)), "bbox": None, "text": "-"},
    ]  # fmt: skip
    room.open()
    page.get_by_role("tab", name="检查").click()
    page.locator(".finding").first.wait_for()
    texts = page.locator(".finding").all_inner_texts()
    assert "5.2 公顷、4 栋楼" in texts[0]
    assert "户数高于标准 500–800 户" in texts[1]
    assert "内有河流 120 米" in texts[2]
    page.locator(".finding", has_text="R7").get_by_role("button", name="定位").click()
    page.locator(".plan-card", has_text="第 4 网格").wait_for()
    room.window.keep("findings")
    page.get_by_role("tab", name="版本").click()
    page.get_by_role("button", name="公示", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("公示开始").fill("2026-10-09")
    dialog.get_by_label("公示结束").fill("2026-10-01")
    assert dialog.get_by_role("button", name="公示", exact=True).is_disabled()
    dialog.get_by_label("公示结束").fill("2026-10-16")
    server.allowed = ["review", "draft", "branch"]
    dialog.get_by_role("button", name="公示", exact=True).click()
    dialog.wait_for(state="detached")
    assert "公示 2026-10-09 至 2026-10-16" in page.locator(".timeline").inner_text()
    # What lies open for objections is not painted.
    page.get_by_role("tab", name="网格").click()
    assert page.locator(".tool-button[aria-label=涂绘]").count() == 0
    page.locator(".map").focus()
    page.keyboard.press("b")
    room.stroke(cell(8, 5), cell(8, 2))
    assert server.log == []


def test_one_finger_paints_and_two_move_the_map(room_of):
    room = room_of(has_touch=True).open()
    page, server = room.page, room.server
    room.choose("第 6 网格")
    room.tool("涂绘")
    touch = page.context.new_cdp_session(page)

    def fingers(kind, *points):
        at = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    (ax, ay), (bx, by) = room.at(cell(8, 5)), room.at(cell(8, 3))
    fingers("touchStart", (ax, ay))
    for i in range(1, 6):
        fingers("touchMove", (ax + (bx - ax) * i / 5, ay + (by - ay) * i / 5))
    fingers("touchEnd")
    room.saved()
    room.window.until("document.querySelector('.tool-button[aria-label=撤销]').disabled === false")
    assert sorted(server.log[-1]["cells"]["cell"]) == ids(cell(8, 3))
    view = page.url
    fingers("touchStart", (ax, ay))
    fingers("touchStart", (ax, ay), (ax + 120, ay))
    for i in range(1, 9):
        fingers("touchMove", (ax + 12 * i, ay + 9 * i), (ax + 120 + 12 * i, ay + 9 * i))
    fingers("touchEnd")
    room.window.until(f"location.href !== {json.dumps(view)}")
    assert len(server.log) == 1


def test_the_room_begins_with_plans_and_says_what_is_missing(room_of):
    room = room_of()
    page, server = room.page, room.server
    server.has_plan, server.cell_set = False, None
    work = {
        "id": "c", "kind": "cells", "state": "running", "percent": 40, "step": "keeping buildings whole",
        "run": None, "error": None,
    }  # fmt: skip
    page.route("**/api/cell-sets", lambda route: route.fulfill(status=202, json=work))
    page.route("**/api/jobs/c", lambda route: route.fulfill(json=work))
    page.goto(f"{room.window.address}/#panel=division")
    page.get_by_label("划分哪里").select_option(label=server.division["name"])
    page.get_by_text("还没有划分单元").first.wait_for()
    room.window.keep("no-cells")
    page.get_by_role("button", name="制作划分单元").click()
    page.get_by_text("40% · 保持楼栋完整").wait_for()
    server.cell_set = {
        "set": 1, "generation": 1, "made_at": AT, "stale": True, "reasons": ["streets"], "cells": 480,
    }  # fmt: skip
    page.route(  # the last one counts; between taking the first away and this the page would ask the service
        "**/api/jobs/c", lambda route: route.fulfill(json={**work, "state": "done", "percent": 100})
    )
    page.get_by_text("这里还没有方案").wait_for()
    assert "路网已更新" in page.locator(".warnings").inner_text()
    room.window.keep("start")
    page.get_by_role("button", name="从现行划分开始").click()
    page.wait_for_selector(".part-row")
    room.window.until("location.hash.includes('plan=7')")
    page.go_back()
    page.get_by_text("2026 秋季调整").wait_for()
    room.window.until("!location.hash.includes('plan=')")
    page.go_forward()
    page.wait_for_selector(".part-row")


def test_a_lead_is_chosen_from_the_list_with_the_work_phone_or_typed(room_of):
    room = room_of().open()
    page, server = room.page, room.server
    room.choose("第 3 网格")
    lead = page.get_by_label("拟任网格员")
    page.wait_for_selector("#known-workers option", state="attached")
    offered = page.eval_on_selector_all("#known-workers option", "all => all.map(o => o.value)")
    assert offered == ["示例网格员甲", "示例网格员乙"]
    lead.fill("示例网格员甲")
    lead.press("Enter")
    room.until(lambda: (server.grids[3]["lead"] or {}).get("worker") == 11)
    assert page.get_by_label("工作电话").input_value() == "0000-0000011"
    lead.fill("岗位待定")
    lead.press("Enter")
    room.until(lambda: server.grids[3]["lead"]["name"] == "岗位待定")
    # The phone was another person's.
    assert server.grids[3]["lead"] == {"worker": None, "name": "岗位待定", "work_phone": None}
    room.window.keep("lead")


def test_what_is_typed_stands_whatever_comes_in_meanwhile(room_of):
    room = room_of().open()
    page, server = room.page, room.server
    room.choose("第 3 网格")
    # The field of the work phone is written in the moment it appears: a fast hand, a slow machine.
    page.evaluate("""() => new MutationObserver((_, watch) => {
        const phone = document.getElementById("part-phone");
        if (phone === null) return;
        watch.disconnect();
        phone.value = "0793-8501234";
        phone.dispatchEvent(new Event("input", { bubbles: true }));
    }).observe(document.body, { childList: true, subtree: true })""")
    page.get_by_label("拟任网格员").fill("岗位待定")
    page.get_by_label("拟任网格员").press("Enter")
    room.until(lambda: server.grids[3]["lead"] is not None)
    assert page.get_by_label("工作电话").input_value() == "0793-8501234"
    page.get_by_label("工作电话").press("Enter")
    room.until(lambda: server.grids[3]["lead"]["work_phone"] == "0793-8501234")

    # Another planner names the grid while its name is being typed here.
    name = page.get_by_label("名称", exact=True)
    name.fill("东门")
    theirs = {**server.grids[3], "name": "西门", "note": "由他人写"}
    server.store("li.gh", "rename", {}, {3: theirs}, [])
    room.window.until("document.getElementById('part-note').value === '由他人写'")
    assert name.input_value() == "东门"
    name.press("Enter")
    room.until(lambda: server.grids[3]["name"] == "东门")


def test_a_plan_is_compared_with_imported_areas_by_their_names(room_of):
    room = room_of().open()
    page, server = room.page, room.server
    page.get_by_role("tab", name="版本").click()
    page.get_by_role("button", name="比较").click()
    page.locator("#compare-with").select_option(label="警务区（2）")
    page.get_by_text("哪些户换归属").wait_for()
    room.until(lambda: server.compared[-1:] == ["layer:office_areas:police"])
    room.window.keep("compare-areas")


def test_grids_the_streets_moved_away_from_are_listed_and_shown(room_of):
    room = room_of()
    page, server = room.page, room.server
    server.drift = [
        {"code": "990101001001003", "name": "第三网格", "area_m2": 412.5, "cells": 2, "households": 36,
         "lon": 117.2101, "lat": 28.3001},
    ]  # fmt: skip
    page.goto(f"{room.window.address}/#panel=division")
    page.get_by_label("划分哪里").select_option(label=server.division["name"])
    page.get_by_text("界线不再沿今天的道路").wait_for()
    before = page.evaluate("location.hash")
    page.get_by_role("button", name="定位第三网格").click()
    room.window.until(f"location.hash !== {json.dumps(before)}")
    assert "413 m²" in page.locator(".plan-list").last.inner_text()
    room.window.keep("drift")


def test_it_fits_every_screen_in_both_languages(room_of):
    room = room_of().open()
    for at in screens(room.window):
        room.window.keep(f"plan-{at.width}-{at.language}")
        assert room.page.evaluate("document.documentElement.scrollWidth") <= at.width, at
        if at.width > 1000:
            bar = room.page.locator(".toolbar").bounding_box()
            assert bar["y"] + bar["height"] <= at.height, at
