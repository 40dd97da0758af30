"""Coming in, one's own account, the accounts of others and the audit, on the built page."""

from __future__ import annotations

import itertools
import re
import time
from typing import Any

import pyotp
import pytest
from sqlalchemy import text

from tests.web.conftest import Desk, doors
from tests.web.screens import SIZES, resize, screens, speak

CHINESE = re.compile(r"[\u4e00-\u9fff]")
PASSWORD = "Stone-Bridge-26"  # noqa: S105
COUNTY, TOWNSHIP = "990101", "990101001"
MOST_TABS = 60
_numbers = itertools.count(1)


def new_name(stem: str) -> str:
    """Return an account name that no other test uses."""
    return f"{stem}.{next(_numbers)}"


class Scripted:
    """An account that acts by the interface, beside the pages under test."""

    def __init__(self, window: Desk, name: str) -> None:
        self.request = window.page.context.request
        self.address = window.address
        answer = self.request.post(f"{self.address}/api/session/demo", data={"name": name})
        assert answer.ok, answer.text()
        self.csrf = answer.json()["csrf"]

    def send(self, method: str, path: str, data: dict[str, Any] | None = None) -> Any:
        """Return the JSON of an answer that must be a success."""
        answer = self.request.fetch(
            self.address + path, method=method, data=data, headers={"X-CSRF-Token": self.csrf}
        )
        assert answer.ok, answer.text()
        return answer.json()


def invite(open_door: Any, name: str, role: str = "analyst", area: str = COUNTY) -> str:
    """Make an account and return its one-time link."""
    security = Scripted(open_door(), "demo-security")
    asked = {"name": name, "display_name": "测试员", "role": role, "divisions": [area]}
    return str(security.send("POST", "/api/accounts", asked)["link"])


def settle(open_door: Any, name: str, role: str = "analyst", area: str = COUNTY) -> None:
    """Make an account that has chosen its password."""
    token = invite(open_door, name, role, area).partition("#link=")[2]
    window = open_door()
    answer = window.page.context.request.post(
        f"{window.address}/api/session/link", data={"token": token, "password": PASSWORD}
    )
    assert answer.ok, answer.text()


def enter_demo(open_door: Any, name: str, state: str = "", **options: Any) -> Desk:
    """Return a window that is signed in as a demo account."""
    window: Desk = open_door(**options)
    Scripted(window, name)
    window.page.goto(f"{window.address}/{state}")
    window.page.locator(".account-button").wait_for()
    return window


@pytest.fixture(scope="module")
def inside(chromium: Any, desk: str) -> Any:
    """Return a function that gives a demo account's window: one for all tests that only look into it."""
    opened: dict[str, Desk] = {}
    with doors(chromium, desk) as start:

        def window_of(name: str) -> Desk:
            if name not in opened:
                opened[name] = enter_demo(start, name)
            return opened[name]

        yield window_of


def by_name(window: Desk, name: str, password: str) -> None:
    """Sign in by name and password on the page."""
    window.page.get_by_role("button", name="用户名和密码登录").click()
    window.page.get_by_label("用户名").fill(name)
    window.page.get_by_label("密码", exact=True).fill(password)
    window.page.keyboard.press("Enter")


SAYS = (
    "(e => e.matches('button, a, input, select') ? e.getAttribute('aria-label')"
    " || e.labels?.[0]?.textContent || e.textContent : '')"
)


def focused(window: Desk) -> str:
    """Return what the focus stands on, by label or text."""
    return str(window.page.evaluate(f"{SAYS}(document.activeElement)")).strip()


def tab_to(window: Desk, text: str) -> None:
    """Move the focus by the tabulator alone until it stands on something that says a text."""
    window.until(f"[...document.querySelectorAll('*')].some(e => {SAYS}(e).includes('{text}'))")
    for _ in range(MOST_TABS):
        if text in focused(window):
            return
        window.page.keyboard.press("Tab")
    pytest.fail(f"the focus never came to {text!r}")


# At the door


def test_the_demo_says_what_it_is_and_offers_every_role(open_door):
    window = open_door()
    window.page.goto(window.address)
    card = window.page.locator(".entry-card")
    card.get_by_text("演示模式：合成的青石县，没有真实居民；这些账号不用密码").wait_for()
    texts = card.locator(".demo-card").all_inner_texts()
    assert texts[0].startswith("以规划人员进入")
    for role in ("审核人员", "分析人员", "网格员", "系统管理员", "安全管理员", "审计管理员"):
        assert any(text.startswith(role) for text in texts), role
    assert "青石县" in texts[0]
    assert "以规划人员进入" in focused(window)
    window.keep("door")
    window.page.keyboard.press("Enter")
    window.page.locator(".figure-value").first.wait_for()
    assert "演示" in window.page.locator(".badge").inner_text()


def test_nothing_is_asked_before_somebody_is_signed_in(open_door):
    window = open_door()
    window.page.goto(window.address)
    window.page.locator(".entry-card").wait_for()
    window.page.wait_for_load_state("networkidle")
    asked = {url.removeprefix(window.address) for url in window.requests}
    assert {path for path in asked if path.startswith(("/api", "/tiles"))} == {"/api/session"}


def test_a_wrong_password_is_one_sentence_and_the_password_is_asked_again(open_door):
    window = open_door()
    window.page.goto(window.address)
    tab_to(window, "用户名和密码登录")
    window.page.keyboard.press("Enter")
    window.until("document.activeElement.id === 'login-name'")
    window.page.keyboard.type("nobody")
    window.page.keyboard.press("Tab")
    window.page.keyboard.type("not the password")
    window.page.keyboard.press("Enter")
    alert = window.page.get_by_role("alert")
    alert.wait_for()
    assert "用户名或密码不对" in alert.inner_text()
    assert focused(window) == "密码"
    window.keep("wrong-password")
    window.forgive("status of 401")


def test_a_lock_counts_down_and_the_button_waits(open_door):
    window = open_door()
    window.page.goto(window.address)
    name = new_name("locked")
    by_name(window, name, "wrong")
    locked = window.page.get_by_text("暂停登录")
    for _ in range(30):
        if locked.count() > 0:
            break
        window.page.wait_for_timeout(300)
        window.page.keyboard.press("Enter")
    button = window.page.locator(".entry-card button[type=submit]")
    assert re.fullmatch(r"请等 \d+ 秒", button.inner_text())
    assert button.is_disabled()
    before = button.inner_text()
    window.page.wait_for_timeout(2100)
    assert button.inner_text() != before
    window.keep("locked")
    window.forgive("status of 401", "status of 429")


def test_a_password_can_be_seen_and_caps_lock_is_told(open_door):
    window = open_door()
    window.page.goto(window.address)
    window.page.get_by_role("button", name="用户名和密码登录").click()
    field = window.page.get_by_label("密码", exact=True)
    assert field.get_attribute("type") == "password"
    window.page.get_by_role("button", name="显示密码").click()
    assert field.get_attribute("type") == "text"
    window.page.get_by_role("button", name="隐藏密码").click()
    assert field.get_attribute("type") == "password"
    field.evaluate(
        "e => e.dispatchEvent(new KeyboardEvent('keydown', {key: 'A', bubbles: true, modifierCapsLock: true}))"
    )
    window.page.get_by_text("大写锁定已打开").wait_for()


def test_an_account_is_made_handed_over_and_entered_by_keyboard_alone(open_door):
    window = open_door()
    window.page.goto(window.address)
    window.page.locator(".demo-card").first.wait_for()
    tab_to(window, "以安全管理员进入")
    window.page.keyboard.press("Enter")
    window.page.locator(".accounts-table").wait_for()
    tab_to(window, "新增账号")
    window.page.keyboard.press("Enter")
    window.page.get_by_role("dialog").wait_for()
    window.page.locator(".picker-tree li").first.wait_for()
    assert focused(window) == "用户名"
    name = new_name("keyboard")
    window.page.keyboard.type(name)
    window.page.keyboard.press("Tab")
    window.page.keyboard.type("键盘用户")
    window.page.keyboard.press("Tab")
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("ArrowDown")
    tab_to(window, "东街街道")
    while window.page.evaluate("document.activeElement.type") != "checkbox":
        window.page.keyboard.press("Tab")
    window.page.keyboard.press("Space")
    assert "已选：东街街道" in window.page.locator(".picker-chosen").inner_text()
    window.keep("account-form")
    tab_to(window, "新增并生成链接")
    window.page.keyboard.press("Enter")
    code = window.page.locator(".secret code")
    code.wait_for()
    link = code.inner_text()
    dialog = window.page.get_by_role("dialog").inner_text()
    assert "只显示这一次" in dialog
    assert "本人打开链接后自己设置密码" in dialog
    window.keep("one-time-link")
    window.page.keyboard.press("Escape")
    window.page.get_by_role("dialog").wait_for(state="detached")
    row = window.page.locator(".accounts-table tr", has_text=name)
    assert "待设密码" in row.inner_text()
    assert "分析人员" in row.inner_text()

    other = open_door()
    other.page.goto(link)
    other.page.get_by_text("键盘用户，您好").wait_for()
    assert other.page.evaluate("location.hash") == ""
    other.until("document.activeElement.id === 'link-new'")
    other.page.keyboard.type("short")
    assert other.page.locator(".check-bad").count() > 0
    for _ in "short":
        other.page.keyboard.press("Backspace")
    other.page.keyboard.type(PASSWORD)
    assert other.page.locator(".check-bad").count() == 0
    assert other.page.locator(".check-met").count() == 3
    tab_to(other, "再输入一次")
    other.page.keyboard.type(PASSWORD)
    other.keep("link")
    other.page.keyboard.press("Enter")
    other.page.locator(".figure-value").first.wait_for()
    assert "键盘用户" in other.page.locator(".account-button").inner_text()

    again = open_door()
    again.page.goto(link)
    again.page.get_by_text("这个链接不能用了").wait_for()
    assert "安全管理员" in again.page.locator(".refusal").inner_text()
    again.page.get_by_role("button", name="去登录").click()
    by_name(again, name, PASSWORD)
    again.page.locator(".figure-value").first.wait_for()
    again.forgive("status of 404")


def test_a_common_password_is_refused_in_the_checklist(open_door):
    window = open_door()
    window.page.goto(invite(open_door, new_name("common")))
    window.page.get_by_label("新密码").fill("Password-2026")
    window.page.get_by_label("再输入一次").fill("Password-2026")
    window.page.keyboard.press("Enter")
    bad = window.page.locator(".check-bad")
    bad.wait_for()
    assert "不是常见密码" in bad.inner_text()
    window.forgive("status of 422")


# One's own account


def test_the_account_menu_is_worked_by_keyboard(open_door):
    name = new_name("menu")
    settle(open_door, name)
    window = open_door()
    window.page.goto(window.address)
    by_name(window, name, PASSWORD)
    window.page.locator(".figure-value").first.wait_for()
    tab_to(window, "账号菜单")
    window.page.keyboard.press("Enter")
    window.page.get_by_role("menu").wait_for()
    told = window.page.locator(".account-who").inner_text()
    for word in ("测试员", name, "分析人员", "青石县", "上次登录"):
        assert word in told
    assert focused(window) == "修改密码"
    window.keep("account-menu")
    window.page.keyboard.press("ArrowDown")
    assert focused(window).startswith("第二因素")
    window.page.keyboard.press("End")
    assert focused(window) == "退出"
    window.page.keyboard.press("ArrowDown")
    assert focused(window) == "修改密码"
    window.page.keyboard.press("Escape")
    window.page.get_by_role("menu").wait_for(state="detached")
    assert "账号菜单" in focused(window)
    window.page.keyboard.press("ArrowUp")
    window.until("document.activeElement.textContent.trim() === '退出'")
    window.page.keyboard.press("Home")
    window.page.keyboard.press("Enter")
    dialog = window.page.get_by_role("dialog")
    dialog.wait_for()
    assert dialog.get_attribute("aria-modal") == "true"
    assert focused(window) == "现在的密码"
    for _ in range(12):
        window.page.keyboard.press("Tab")
        assert window.page.evaluate("!!document.activeElement.closest('[role=dialog]')")
    window.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert "账号菜单" in focused(window)


def test_password_second_factor_and_tokens_of_ones_own(open_door):
    name = new_name("own")
    settle(open_door, name)
    window = open_door()
    window.page.goto(window.address)
    by_name(window, name, PASSWORD)
    page = window.page
    page.locator(".figure-value").first.wait_for()
    changed = "Other-Bridge-27"

    page.locator(".account-button").click()
    page.get_by_role("menuitem", name="修改密码").click()
    page.get_by_label("现在的密码").fill("wrong")
    page.get_by_label("新密码").fill(changed)
    page.get_by_label("再输入一次").fill(changed)
    page.keyboard.press("Enter")
    page.get_by_text("密码不对").wait_for()
    page.get_by_label("现在的密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_text("密码已修改").wait_for()
    page.get_by_role("button", name="完成").click()

    page.locator(".account-button").click()
    page.get_by_role("menuitem", name="第二因素").click()
    page.get_by_role("dialog").get_by_label("密码", exact=True).fill("wrong")
    page.get_by_role("button", name="开启").click()
    page.get_by_text("密码不对").wait_for()
    page.get_by_role("dialog").get_by_label("密码", exact=True).fill(changed)
    page.get_by_role("button", name="开启").click()
    picture = page.locator(".qr")
    picture.wait_for()
    assert picture.evaluate("async e => { await e.decode(); return e.naturalWidth }") > 0
    secret = page.locator(".secret code").inner_text().replace(" ", "")
    window.keep("second-factor")
    page.get_by_label("6 位动态码").fill(pyotp.TOTP(secret).now())
    page.get_by_text("第二因素已开启").wait_for()
    page.keyboard.press("Escape")

    page.locator(".account-button").click()
    page.get_by_role("menuitem", name="脚本令牌").click()
    page.get_by_label("用途").fill("每晚导出")
    page.get_by_label("有效天数").fill("30")
    page.get_by_role("dialog").get_by_label("密码", exact=True).fill(changed)
    page.get_by_role("button", name="新建令牌").click()
    token = page.locator(".secret code").inner_text()
    assert token.startswith("wg_")
    assert "只显示这一次" in page.get_by_role("dialog").inner_text()
    window.keep("tokens")
    page.get_by_role("button", name="吊销 每晚导出").click()
    page.get_by_role("button", name="吊销", exact=True).click()
    page.get_by_text("还没有令牌").wait_for()
    page.keyboard.press("Escape")

    page.locator(".account-button").click()
    page.get_by_role("menuitem", name="退出").click()
    page.locator(".entry-card").wait_for()
    by_name(window, name, changed)
    page.get_by_label("6 位动态码").wait_for()
    window.keep("code")
    # The code that confirmed the factor is spent.
    page.get_by_label("6 位动态码").press_sequentially(pyotp.TOTP(secret).at(int(time.time()) + 30))
    page.locator(".figure-value").first.wait_for()
    window.forgive("status of 401")


def test_a_password_that_is_too_old_is_changed_before_anything_else(open_door, sample_store):
    name = new_name("old")
    settle(open_door, name)
    with sample_store.session("owner") as session:
        session.execute(
            text(
                "UPDATE credential SET password_set_at = now() - interval '100 days' "
                "WHERE account_id = (SELECT id FROM account WHERE name = :name)"
            ),
            {"name": name},
        )
    window = open_door()
    window.page.goto(window.address)
    by_name(window, name, PASSWORD)
    page = window.page
    page.get_by_label("现在的密码").wait_for()
    assert page.locator(".figure-value").count() == 0
    window.keep("expired")
    page.get_by_label("现在的密码").fill(PASSWORD)
    page.get_by_label("新密码").fill("Third-Bridge-28")
    page.get_by_label("再输入一次").fill("Third-Bridge-28")
    page.keyboard.press("Enter")
    page.locator(".figure-value").first.wait_for()


# Rights


@pytest.mark.parametrize(
    ("name", "tasks"),
    [
        ("demo-planner", ["划分", "覆盖", "标准", "人员", "数据"]),
        ("demo-grid-worker", ["数据"]),
        ("demo-system", ["划分", "人员", "数据"]),
        ("demo-security", ["账号"]),
        ("demo-audit", ["审计"]),
    ],
)
def test_a_role_has_its_rooms_and_asks_for_nothing_else(inside, name, tasks):
    window = inside(name)
    window.page.locator(".rail-item").first.wait_for()
    assert [text.strip() for text in window.page.locator(".rail-item").all_inner_texts()] == tasks
    window.page.wait_for_load_state("networkidle")
    paths = [url.removeprefix(window.address) for url in window.requests]
    if tasks in (["账号"], ["审计"]):
        assert window.page.locator(".map").count() == 0
        assert not [
            path for path in paths if path.startswith(("/api/overview", "/api/lay", "/tiles"))
        ]
    if "覆盖" not in tasks:
        assert not [path for path in paths if path.startswith("/api/coverage")]
    window.keep(f"role-{name}")


def test_files_are_offered_to_those_who_may_take_them(inside):
    window = inside("demo-analyst").show("#panel=coverage")
    csv = window.page.get_by_role("link", name="楼栋 CSV")
    csv.wait_for()
    assert window.page.request.get(window.address + csv.get_attribute("href")).ok
    window.page.get_by_role("button", name="数据").click()
    links = window.page.locator(".layer-links a")
    assert links.all_inner_texts()[:3] == ["GeoJSON", "CSV", "GPKG"]
    answer = window.page.request.get(window.address + links.first.get_attribute("href"))
    assert answer.ok
    assert "attachment" in answer.headers["content-disposition"]
    worker = inside("demo-grid-worker").show("#panel=data")
    worker.page.get_by_text("各层数量").wait_for()
    assert worker.page.locator(".layer-links").count() == 0


def test_the_way_from_the_top_begins_at_ones_own_area(inside):
    window = inside("demo-township")
    window.page.locator(".figure-value").first.wait_for()
    assert (
        window.page.get_by_label("街镇", exact=True).locator("option").first.inner_text()
        == "东街街道"
    )
    worker = inside("demo-grid-worker").show("#panel=data")
    worker.page.locator(".crumbs").wait_for()
    for label in ("街镇", "社区"):
        first = worker.page.get_by_label(label, exact=True).locator("option").first
        assert first.inner_text() == "桥西社区"


# A session that ends


def test_a_session_that_ended_is_taken_up_where_it_was(open_door):
    window = enter_demo(open_door, "demo-planner")
    window.page.locator(".figure-value").first.wait_for()
    window.settled()
    before = window.figures()
    window.page.evaluate("window.kept = true")
    window.page.context.clear_cookies()
    window.page.get_by_label("步行时间").fill("8")
    window.page.get_by_text("登录已过期。请重新登录，页面内容仍在").wait_for()
    assert window.figures() == ["", "", ""], "what an unattended screen still shows"
    window.keep("signed-out-over-the-desk")
    window.page.get_by_role("button", name="以规划人员进入 · 青石县").click()
    window.page.locator(".cover").wait_for(state="detached")
    window.until("document.querySelector('.figure dt').textContent.startsWith('8 ')")
    window.settled()
    window.until("document.querySelectorAll('.figure-value')[1].textContent !== ''")
    assert window.figures()[1] == before[1]
    assert window.page.evaluate("window.kept") is True
    window.forgive("status of 401")


def test_another_account_gets_a_fresh_page(open_door):
    window = enter_demo(open_door, "demo-planner")
    window.page.locator(".figure-value").first.wait_for()
    window.settled()
    window.page.evaluate("window.kept = true")
    window.page.context.clear_cookies()
    window.page.get_by_label("步行时间").fill("9")
    window.page.get_by_role("button", name="以分析人员进入").click()
    window.page.locator(".account-button", has_text="分析人员").wait_for()
    window.page.locator(".figure-value").first.wait_for()
    assert window.page.evaluate("window.kept") is None
    window.forgive("status of 401")


def test_an_unused_page_says_so_and_signs_out(open_door):
    window = open_door()

    def shorter(route):
        if route.request.method != "GET":
            route.fallback()
            return
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "idle_s": 6})

    window.page.route("**/api/session", shorter)
    Scripted(window, "demo-audit")
    window.page.goto(window.address)
    dialog = window.page.get_by_role("dialog")
    dialog.wait_for()
    assert re.search(r"将在 \d+ 秒后退出", dialog.inner_text())
    window.keep("idle")
    dialog.get_by_role("button", name="继续").click()
    dialog.wait_for(state="detached")
    assert window.page.locator(".audit-table").count() == 1
    window.page.get_by_text("长时间没有操作，已自动退出").wait_for()
    assert window.page.locator(".audit-table").count() == 0


# Accounts of others


def test_accounts_are_searched_filtered_changed_disabled_and_reset(open_door):
    name = new_name("table")
    settle(open_door, name, area=TOWNSHIP)
    window = enter_demo(open_door, "demo-security")
    page = window.page
    page.locator(".accounts-table").wait_for()
    assert page.locator("tr", has_text="demo-planner").get_by_text("演示账号").count() == 1
    assert page.locator("tr", has_text="demo-security").locator(".cell-actions").inner_text() == ""
    page.get_by_label("角色", exact=True).select_option(label="审计管理员")
    page.locator("tr", has_text="demo-planner").wait_for(state="detached")
    rows = page.locator(".accounts-table tbody tr").all_inner_texts()
    assert all("审计管理员" in shown for shown in rows)  # other tests make auditors, too
    assert any("demo-audit" in shown for shown in rows)
    page.get_by_label("角色", exact=True).select_option(label="全部角色")
    page.get_by_label("搜索用户名或姓名").fill(name)
    window.until("document.querySelectorAll('.accounts-table tbody tr').length === 1")
    row = page.locator(".accounts-table tbody tr")
    assert "东街街道" in row.inner_text()

    page.get_by_role("button", name=f"编辑 {name}").click()
    page.get_by_label("姓名", exact=True).fill("改名")
    page.get_by_role("radio", name="网格员").check()
    page.get_by_role("button", name="保存").click()
    page.get_by_role("dialog").wait_for(state="detached")
    assert "改名" in row.inner_text()
    assert "网格员" in row.inner_text()

    page.get_by_role("button", name=f"停用 {name}").click()
    dialog = page.get_by_role("dialog")
    assert "立即失效" in dialog.inner_text()
    dialog.get_by_role("button", name="停用", exact=True).click()
    row.get_by_text("已停用").wait_for()
    page.get_by_role("button", name=f"启用 {name}").click()
    row.get_by_text("在用").wait_for()

    page.get_by_role("button", name=f"重置 {name}").click()
    assert "结束它的全部登录" in dialog.inner_text()
    window.keep("reset")
    dialog.get_by_role("button", name="重置", exact=True).click()
    page.locator(".secret code").wait_for()
    page.keyboard.press("Escape")
    row.get_by_text("待设密码").wait_for()


def test_what_is_wrong_with_an_account_is_said_at_its_field(open_door):
    window = enter_demo(open_door, "demo-security")
    page = window.page
    page.get_by_role("button", name="新增账号").click()
    page.get_by_label("用户名", exact=True).fill("Not A Name")
    page.get_by_role("button", name="新增并生成链接").click()
    page.get_by_text("请按要求填写用户名").wait_for()
    assert page.get_by_text("请至少选择一处区划").count() == 1
    assert page.get_by_label("用户名", exact=True).get_attribute("aria-invalid") == "true"
    page.get_by_label("用户名", exact=True).fill("demo-planner")
    page.get_by_label("西山镇", exact=True).check()
    page.get_by_role("button", name="新增并生成链接").click()
    page.get_by_text("这个用户名已被使用").wait_for()
    window.keep("form-faults")
    window.forgive("status of 409")


def test_a_township_includes_its_communities_in_the_tree(open_door):
    window = enter_demo(open_door, "demo-security")
    page = window.page
    page.get_by_role("button", name="新增账号").click()
    page.get_by_label("东街街道", exact=True).check()
    page.get_by_role("button", name="展开东街街道").click()
    bridge = page.locator(".branch", has_text="桥西社区").locator("input")
    assert bridge.is_checked()
    bridge.uncheck()
    chosen = page.locator(".picker-chosen").inner_text()
    assert "鼓楼社区" in chosen
    assert "桥西社区" not in chosen
    assert page.get_by_label("东街街道", exact=True).evaluate("e => e.indeterminate")
    page.get_by_label("查找街镇、社区").fill("桥西")
    window.until("document.querySelectorAll('.branch').length === 3")


# The audit


def test_the_audit_shows_a_change_field_by_field(open_door):
    name = new_name("audited")
    settle(open_door, name)
    Scripted(open_door(), "demo-security").send(
        "PATCH", f"/api/accounts/{name}", {"role": "reviewer", "divisions": [TOWNSHIP]}
    )
    window = enter_demo(open_door, "demo-audit")
    page = window.page
    page.locator(".audit-row").first.wait_for()
    page.get_by_label("操作").select_option(label="修改账号")
    page.get_by_label("包含文字").fill(name)
    window.until("document.querySelectorAll('.audit-row').length === 1")
    row = page.locator(".audit-row")
    assert "demo-security" in row.inner_text()
    assert "完成" in row.inner_text()
    row.click()
    changes = page.locator(".changes")
    changes.wait_for()
    role = changes.locator("tr", has_text="角色")
    assert role.locator(".change-before").inner_text() == "分析人员"
    assert role.locator(".change-after").inner_text() == "审核人员"
    changes.get_by_text("东街街道 (990101001)").wait_for()
    assert not re.search(r"[{}\[\]\"]", changes.inner_text())
    window.keep("audit-change")
    page.get_by_role("button", name=re.compile("^展开")).press("Enter")
    changes.wait_for(state="detached")
    for kind in ("CSV", "XLSX"):
        link = page.get_by_role("link", name=f"导出 {kind}").get_attribute("href")
        assert "action=account.change" in link
        assert page.request.get(window.address + link).ok


def test_refusals_are_found_by_day_action_and_text(open_door):
    planner = Scripted(open_door(), "demo-planner")
    assert planner.request.get(planner.address + "/api/audit").status == 403
    window = enter_demo(open_door, "demo-audit")
    page = window.page
    page.locator(".audit-row").first.wait_for()
    pressed = page.locator(".filter-ranges [aria-pressed=true]")
    assert pressed.inner_text() == "7 天"
    page.get_by_role("button", name="今天").click()
    page.get_by_label("操作").select_option(label="越权被拒")
    page.locator(".outcome-refused").first.wait_for()
    page.locator(".audit-row", has_text="GET /api/audit").first.click()
    page.get_by_text("right.refused").wait_for()
    page.get_by_label("包含文字").fill("nothing holds this")
    page.get_by_text("没有符合条件的记录").wait_for()


# In English, at the edges


def english(window: Desk, *parts: str, without: str = "") -> None:
    """Check that no part of the page speaks Chinese, apart from what the data call things."""
    for part in parts:
        window.page.locator(part).first.wait_for(state="attached")
        text = window.page.evaluate(
            """([part, without]) => [...document.querySelectorAll(part)].map(e => {
              const copy = e.cloneNode(true);
              if (without) copy.querySelectorAll(without).forEach(n => n.remove());
              return copy.textContent + [...copy.querySelectorAll('[aria-label],[title],[placeholder]')]
                .map(n => ['aria-label', 'title', 'placeholder'].map(a => n.getAttribute(a) || '').join(' ')).join(' ');
            }).join(' ')""",
            [part, without],
        )
        assert text.strip(), part
        assert not CHINESE.search(text), f"{part}: {CHINESE.findall(text)}"


def test_english_has_no_chinese_but_names(open_door):
    window = open_door()
    window.page.goto(window.address)
    window.page.get_by_role("button", name="EN", exact=True).click()
    area = ".demo-area"
    window.page.evaluate(
        "document.querySelectorAll('.demo-card').forEach(e => e.removeAttribute('aria-label'))"
    )
    english(window, ".entry-card", without=area)
    window.page.get_by_role("button", name="Sign in with name and password").click()
    english(window, ".entry-card")
    link = invite(open_door, new_name("english"))
    window.page.goto(link)
    window.page.reload()
    window.page.goto(link)
    window.page.get_by_text("Welcome").wait_for()
    english(window, ".entry-card", without=".entry-greet")

    security = enter_demo(open_door, "demo-security", "#lang=en")
    security.page.get_by_role("button", name="Add an account").click()
    security.page.locator(".picker-tree li").first.wait_for()
    english(security, ".dialog", without=".picker-tree")
    security.page.keyboard.press("Escape")
    english(security, ".rail", ".room-head", ".filters", ".accounts-table thead", ".header .badge")
    security.keep("accounts-english")

    auditor = enter_demo(open_door, "demo-audit", "#lang=en")
    auditor.page.locator(".audit-row").first.click()
    auditor.page.locator(".audit-detail").wait_for()
    english(
        auditor,
        ".rail",
        ".room-head",
        ".filters",
        ".audit-table thead",
        ".audit-row td:nth-child(4)",
    )
    auditor.page.locator(".account-button").click()
    english(auditor, ".account-items", ".account-who dt")
    auditor.keep("audit-english")


OVER_THE_EDGE = """() => ['.header', '.rail', '.entry-card', '.cover-bar', '.room', '.dialog', '.account-menu']
  .flatMap(part => [...document.querySelectorAll(part + ' *')])
  .filter(e => !e.closest('.unseen, .badge') && e.getClientRects().length > 0)
  .filter(e => { const r = e.getBoundingClientRect(); return r.width > 0 && (r.right > innerWidth + 1 || r.left < -1) })
  .map(e => e.tagName + '.' + e.className)"""


def check_edges(window: Desk, name: str) -> None:
    """Check that nothing is cut off at either side in any size, plain and large, in either language."""
    # Behind an open window they cannot be reached by hand, but it has to stand either way.
    switch = window.page.locator(".header, .cover-bar").first.locator("[aria-pressed]").first
    for step in ("plain", "large"):
        for at in screens(window):
            window.keep(f"{name}-{at.width}-{at.language}-{step}")
            where = f"{name} {at} {step}"
            assert window.page.evaluate("document.documentElement.scrollWidth") <= at.width, where
            assert window.page.evaluate(OVER_THE_EDGE) == [], where
        switch.evaluate("e => e.click()")
    speak(window, "zh")
    resize(window, *SIZES[0])


def test_nothing_runs_over_the_edge(open_door, inside):
    link = invite(open_door, new_name("edge"))
    window = open_door()
    window.page.goto(window.address)
    window.page.locator(".demo-card").first.wait_for()
    check_edges(window, "door")
    window.page.get_by_role("button", name="用户名和密码登录").click()
    check_edges(window, "sign-in")
    window.page.goto(link)
    window.page.reload()
    window.page.goto(link)
    window.page.get_by_text("您好").wait_for()
    check_edges(window, "link")

    security = inside("demo-security").show("#panel=accounts")
    security.page.locator(".accounts-table").wait_for()
    check_edges(security, "accounts")
    security.page.get_by_role("button", name="新增账号").click()
    security.page.locator(".picker-tree li").first.wait_for()
    check_edges(security, "form")

    auditor = inside("demo-audit").show("#panel=audit")
    auditor.page.locator(".audit-row").first.click()
    auditor.page.locator(".audit-detail").wait_for()
    check_edges(auditor, "audit")

    planner = inside("demo-planner").show("#panel=coverage")
    planner.page.locator(".figure-value").first.wait_for()
    planner.page.locator(".account-button").click()
    planner.page.get_by_role("menu").wait_for()
    check_edges(planner, "menu")
