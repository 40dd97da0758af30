"""Attacks at the door: forged requests, stolen and fixed sessions, guessed passwords, secrets that stay behind."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.access import ACCESS, SAFE_METHODS, Access
from gis.errors import WanggeError
from layers.usecases import own_account, sessions, sign_in
from layers.usecases.accounts import AccountDraft, add_account, change_account, reset_account
from layers.usecases.sessions import SignInError, digest
from layers.usecases.sign_in import FREE_FAILURES, LONGEST_LOCK_S, LockedError
from tests.accounts import PASSWORD, RULES, make_account, visit
from tests.attacks.conftest import BASE, OURS
from tests.conftest import serving

NEW_PASSWORD = "Anderes-Pferd-88"  # noqa: S105 of accounts that exist in tests only
CHANGING = sorted(
    (method, path)
    for (method, path), access in ACCESS.items()
    if method not in SAFE_METHODS and access is not Access.PUBLIC
)
LONG = bool(os.environ.get("TEST_LONG"))
GUESSES = 1000 if LONG else 200
ENTRANCES = ("/api/session", "/api/session/demo", "/api/session/link", "/api/session/link/check")


def enter(browser: TestClient, name: str, password: str = PASSWORD) -> str:
    """Sign in and return the token that changing requests carry."""
    answer = browser.post("/api/session", json={"name": name, "password": password})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["csrf"])


def who(browser: TestClient) -> str | None:
    account = browser.get("/api/session").json()["account"]
    return account and str(account["name"])


def is_out(browser: TestClient) -> bool:
    answer = browser.get("/api/session/tokens")
    return (answer.status_code, answer.json().get("code")) == (401, "not_signed_in")


def path_of(pattern: str) -> str:
    for name, value in (("token_id", "1"), ("job_id", "x"), ("name", "somebody")):
        pattern = pattern.replace(f"{{{name}}}", value)
    return pattern


# Forged requests


@pytest.fixture(scope="module")
def planner(target) -> str:
    return make_account(target.store, "planner", [OURS])


@pytest.fixture(scope="module")
def signed_in(service, planner) -> TestClient:
    """Return a browser that stays signed in: what is refused ends no session."""
    opened = TestClient(service.app, base_url=BASE, raise_server_exceptions=False)
    enter(opened, planner)
    return opened


def test_every_changing_route_is_tried(target):
    assert len(CHANGING) >= 12


@pytest.mark.parametrize(("method", "path"), CHANGING, ids=" ".join)
@pytest.mark.parametrize("forged", [None, "", "x", "0" * 43])
def test_a_cookie_alone_changes_nothing(signed_in, planner, method, path, forged):
    headers = {} if forged is None else {"X-CSRF-Token": forged}
    answer = signed_in.request(method, path_of(path), json={}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert who(signed_in) == planner


def test_the_token_of_another_session_of_the_same_account_is_wrong(browser, planner):
    here, there = browser(), browser()
    enter(here, planner)
    other = enter(there, planner)
    answer = here.delete("/api/session", headers={"X-CSRF-Token": other})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


def test_the_right_token_is_let_through_and_a_script_needs_none(browser, scripts, planner):
    opened = browser()
    token = enter(opened, planner)
    body = {"name": "t", "days": 1, "password": PASSWORD}
    right = opened.post("/api/session/tokens", json=body, headers={"X-CSRF-Token": token})
    assert right.status_code == 200
    script = browser().post("/api/session/tokens", json=body, headers=scripts["planner"])
    assert script.status_code == 200


@pytest.mark.parametrize("path", ENTRANCES)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"{BASE}.evil.example"},
        {"Origin": f"{BASE}:8001"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": BASE},
    ],
    ids=str,
)
def test_another_site_signs_nobody_in(browser, planner, path, headers):
    opened = browser()
    body = {"name": planner, "password": PASSWORD}
    answer = opened.post(path, json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert "set-cookie" not in answer.headers
    assert who(opened) is None


def test_the_own_page_signs_in_with_its_origin(browser, planner):
    headers = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}
    body = {"name": planner, "password": PASSWORD}
    assert browser().post("/api/session", json=body, headers=headers).status_code == 200


def test_no_other_page_may_read_answers(browser, planner):
    opened = browser()
    enter(opened, planner)
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
        answer = opened.get("/api/session", headers=headers)
        assert not [name for name in answer.headers if name.startswith("access-control")]
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
    assert opened.options("/api/session", headers=asked).status_code == 405


@pytest.mark.parametrize(
    ("base", "name", "secure"),
    [(BASE, "wangge", False), ("https://127.0.0.1", "__Host-wangge", True)],
)
def test_the_cookie_is_for_this_host_and_no_script(browser, planner, base, name, secure):
    answer = browser(base).post("/api/session", json={"name": planner, "password": PASSWORD})
    (given,) = answer.headers.get_list("set-cookie")
    first, *flags = [part.strip() for part in given.split(";")]
    assert first.partition("=")[0] == name
    lowered = {flag.lower() for flag in flags}
    assert {"httponly", "samesite=strict", "path=/"} <= lowered
    assert ("secure" in lowered) is secure
    assert not [flag for flag in lowered if flag.startswith(("domain", "expires", "max-age"))]


def test_a_cookie_of_plain_http_opens_nothing_over_https(browser, planner):
    """Somebody on the wire sets a cookie of ours by plain http; over https it has another name."""
    plain, safe = browser(), browser("https://127.0.0.1")
    enter(plain, planner)
    cookie = plain.cookies["wangge"]
    assert is_out_with(safe, f"wangge={cookie}")


def is_out_with(browser: TestClient, cookie: str) -> bool:
    browser.cookies.clear()
    answer = browser.get("/api/session/tokens", headers={"Cookie": cookie})
    return answer.status_code == 401


# Stolen sessions


@pytest.fixture
def stolen(browser, target) -> tuple[str, TestClient, str, TestClient]:
    """Return a name, its browser with its token, and a thief's browser with a copy of the cookie."""
    name = make_account(target.store, "planner", [OURS])
    own, thief = browser(), browser()
    token = enter(own, name)
    thief.cookies.set("wangge", own.cookies["wangge"])
    assert who(thief) == name
    return name, own, token, thief


def test_signing_out_ends_the_copy_too(stolen):
    _, own, token, thief = stolen
    assert own.delete("/api/session", headers={"X-CSRF-Token": token}).status_code == 200
    assert is_out(thief)
    assert who(thief) is None


def test_changing_the_password_ends_every_other_session(browser, stolen):
    name, own, token, _ = stolen
    other = browser()
    enter(other, name)
    body = {"old": PASSWORD, "new": NEW_PASSWORD}
    changed = own.post("/api/session/password", json=body, headers={"X-CSRF-Token": token})
    assert changed.status_code == 200
    assert is_out(other)
    assert who(own) == name
    refused = other.post("/api/session", json={"name": name, "password": PASSWORD})
    assert refused.json()["code"] == "bad_credentials"


def test_disabling_ends_sessions_and_tokens_at_once(browser, target, stolen):
    name, own, token, thief = stolen
    made = own.post(
        "/api/session/tokens",
        json={"name": "t", "days": 9, "password": PASSWORD},
        headers={"X-CSRF-Token": token},
    ).json()
    script = {"Authorization": f"Bearer {made['token']}"}
    assert browser().get("/api/session/tokens", headers=script).status_code == 200
    change_account(target.store, name, AccountDraft(disabled=True))
    assert is_out(own)
    assert is_out(thief)
    assert browser().get("/api/session/tokens", headers=script).status_code == 401
    change_account(target.store, name, AccountDraft(disabled=False))
    assert is_out(thief), "a session that ended does not come back"


def test_a_reset_ends_sessions_and_tokens_and_the_password(browser, target, stolen):
    name, own, token, thief = stolen
    made = own.post(
        "/api/session/tokens",
        json={"name": "t", "days": 9, "password": PASSWORD},
        headers={"X-CSRF-Token": token},
    ).json()
    reset_account(target.store, name)
    assert is_out(own)
    assert is_out(thief)
    script = {"Authorization": f"Bearer {made['token']}"}
    assert browser().get("/api/session/tokens", headers=script).status_code == 401
    refused = browser().post("/api/session", json={"name": name, "password": PASSWORD})
    assert refused.json()["code"] == "bad_credentials"


@pytest.mark.parametrize(
    ("column", "seconds"), [("seen_at", RULES.idle_s), ("created_at", RULES.longest_s)]
)
def test_a_session_ends_when_it_is_idle_and_when_it_is_old(target, stolen, column, seconds):
    name, own, _, thief = stolen
    moved = (
        f"UPDATE login_session SET {column} = now() - make_interval(secs => :s) "
        "WHERE account_id = (SELECT id FROM account WHERE name = :name)"
    )
    target.sql(moved, s=seconds - 20, name=name)
    assert who(thief) == name
    target.sql(moved, s=seconds + 1, name=name)
    assert is_out(thief)
    assert is_out(own)


def test_a_session_that_is_used_still_ends_when_it_is_old(target, stolen):
    """A thief's script that asks every minute does not stay for ever."""
    name, _, _, thief = stolen
    where = "WHERE account_id = (SELECT id FROM account WHERE name = :name)"
    target.sql(
        "UPDATE login_session SET seen_at = now() - interval '60 seconds', "
        f"created_at = now() - make_interval(secs => :s) {where}",
        s=RULES.longest_s - 60,
        name=name,
    )
    assert who(thief) == name
    created = target.value(f"SELECT now() - created_at FROM login_session {where}", name=name)
    assert created.total_seconds() > RULES.longest_s - 120, "use must not make it younger"


def test_a_session_is_new_after_each_sign_in_and_the_old_one_is_over(browser, planner):
    opened, earlier = browser(), browser()
    seen = set()
    for _ in range(3):
        enter(opened, planner)
        cookie = opened.cookies["wangge"]
        assert cookie not in seen
        for old in seen:
            assert is_out_with(earlier, f"wangge={old}")
        seen.add(cookie)


@pytest.mark.parametrize("given", ["chosen-by-the-attacker", "' OR 1=1 --"])
def test_a_session_chosen_by_another_is_not_taken(browser, planner, given):
    """Fixation: the cookie put into a browser before signing in is not the one after."""
    opened, thief = browser(), browser()
    opened.cookies.set("wangge", given)
    enter(opened, planner)
    assert {cookie.value for cookie in opened.cookies.jar} != {given}
    assert is_out_with(thief, f"wangge={given}")


def test_the_stored_hash_of_a_session_is_no_cookie(browser, target, stolen):
    _, own, _, _ = stolen
    stored = digest(own.cookies["wangge"])
    assert target.value("SELECT count(*) FROM login_session WHERE hash = :h", h=stored) == 1
    assert is_out_with(browser(), f"wangge={stored}")


# Guessed passwords


@pytest.fixture
def checked(monkeypatch) -> list[str]:
    """Return the passwords that were really held against a hash."""
    seen: list[str] = []
    real = sign_in.matches

    def note(password: str, hash_: str | None) -> bool:
        seen.append(password)
        return real(password, hash_)

    monkeypatch.setattr(sign_in, "matches", note)
    return seen


def tried(store, name: str, password: str, code: str | None = None) -> str:
    """Return what a try to sign in came to: `in`, or the refusal's code."""
    try:
        sign_in.sign_in(store, name, password, code)
    except WanggeError as error:
        return error.code
    return "in"


def unlock(target, name: str) -> None:
    target.sql(
        "UPDATE sign_in_attempt SET locked_until = now() - interval '1 second' WHERE name = :name",
        name=name,
    )


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_of_many_wrong_passwords_five_are_looked_at(target, checked, known):
    name = make_account(target.store, "analyst", [OURS]) if known else "hier-ist-niemand"
    checked.clear()
    with ThreadPoolExecutor(8) as pool:
        came_to = Counter(
            pool.map(lambda n: tried(target.store, name, f"Falsch-{n}"), range(GUESSES))
        )
    assert came_to == {"bad_credentials": FREE_FAILURES, "locked": GUESSES - FREE_FAILURES}
    assert len(checked) == FREE_FAILURES
    noted = target.sql(
        "SELECT action, count(*) FROM audit WHERE object = :name AND outcome = 'refused' GROUP BY 1",
        name=name,
    )
    assert dict(map(tuple, noted)) == {
        "session.refused": FREE_FAILURES - 1,
        "session.locked": 1,
    }
    assert tried(target.store, name, PASSWORD) == "locked", "the right one does not open a lock"
    unlock(target, name)
    assert tried(target.store, name, PASSWORD) == ("in" if known else "bad_credentials")


def test_spelling_a_name_otherwise_opens_no_second_series(target):
    name = make_account(target.store, "analyst", [OURS])
    for spelling in (name, name.upper(), f" {name}", f"{name}\t", name.title(), f"\u2003{name}"):
        tried(target.store, spelling, "falsch")
    assert tried(target.store, name, PASSWORD) == "locked"


def test_a_lock_doubles_and_never_lasts_longer_than_a_quarter_of_an_hour(target):
    name = make_account(target.store, "analyst", [OURS])
    lasts = []
    for _ in range(FREE_FAILURES + 10):
        unlock(target, name)
        assert tried(target.store, name, "falsch") == "bad_credentials"
        lasts.append(
            target.value(
                "SELECT extract(epoch FROM locked_until - failed_at)::int FROM sign_in_attempt "
                "WHERE name = :name",
                name=name,
            )
        )
    assert lasts[FREE_FAILURES - 1 :] == [30, 60, 120, 240, 480, *[LONGEST_LOCK_S] * 6]
    target.sql("UPDATE sign_in_attempt SET failures = 2000000000 WHERE name = :name", name=name)
    unlock(target, name)
    assert tried(target.store, name, "falsch") == "bad_credentials"
    with pytest.raises(LockedError) as caught:
        sign_in.sign_in(target.store, name, PASSWORD)
    assert caught.value.retry_s <= LONGEST_LOCK_S


def test_a_stolen_session_does_not_try_out_the_password_for_ever(target, checked):
    name = make_account(target.store, "analyst", [OURS])
    thief = visit(target.store, name)
    checked.clear()
    came_to = Counter()
    for number in range(40):
        try:
            if number % 2:
                sign_in.change_password(target.store, thief, f"Falsch-{number}", NEW_PASSWORD)
            else:
                own_account.remove_second_factor(target.store, thief, f"Falsch-{number}")
        except WanggeError as error:
            came_to[error.code] += 1
    assert came_to == {"bad_credentials": FREE_FAILURES, "locked": 40 - FREE_FAILURES}
    assert len(checked) == FREE_FAILURES


@pytest.mark.usefixtures("real_hashes")
def test_unknown_names_take_as_long_and_are_answered_alike(target):
    name = make_account(target.store, "analyst", [OURS])
    disabled = make_account(target.store, "analyst", [OURS])
    change_account(target.store, disabled, AccountDraft(disabled=True))
    draft = AccountDraft(None, "analyst", [OURS])
    invited = "eingeladen"
    add_account(target.store, invited, draft)
    took: dict[str, list[float]] = {}
    for _ in range(9 if LONG else 5):
        for who_ in (name, disabled, invited, "niemand-dieses-namens"):
            target.sql("DELETE FROM sign_in_attempt")
            begin = time.perf_counter()
            with pytest.raises(SignInError) as caught:
                sign_in.sign_in(target.store, who_, "falsch")
            took.setdefault(who_, []).append(time.perf_counter() - begin)
            assert caught.value.code == "bad_credentials"
            assert who_ not in caught.value.message
    medians = [statistics.median(times) for times in took.values()]
    assert max(medians) < 3 * min(medians), took


def test_a_flood_of_passwords_meets_a_limit_at_the_door(target, request):
    """A thousand passwords for a hundred names from one address: twenty are let through, no more."""
    if LONG:  # how long each that is let through takes is no part of the limit
        request.getfixturevalue("real_hashes")
    with serving(target.store, target.home) as address, httpx.Client(base_url=address) as client:

        def post(number: int) -> httpx.Response:
            body = {"name": f"niemand-{number % 100}", "password": f"Falsch-{number}"}
            return client.post("/api/session", json=body)

        begin = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(post, range(1000)))
        minutes = (time.monotonic() - begin) / 60
    came_to = Counter(answer.json()["code"] for answer in answers)
    assert set(came_to) == {"bad_credentials", "too_many_requests"}
    assert came_to["bad_credentials"] <= 20 + 20 * minutes + 1
    waits = [int(answer.headers["retry-after"]) for answer in answers if answer.status_code == 429]
    assert min(waits) >= 1


# The second factor


@dataclass
class Phone:
    """An account with a second factor."""

    name: str
    totp: pyotp.TOTP


@pytest.fixture
def phone(target) -> Phone:
    name = make_account(target.store, "planner", [OURS])
    signed = visit(target.store, name)
    totp = pyotp.TOTP(own_account.begin_second_factor(target.store, signed, PASSWORD)["secret"])
    own_account.confirm_second_factor(target.store, signed, totp.now())
    return Phone(name, totp)


def fresh_code(target, phone: Phone) -> str:
    """Return a code of now, and forget which one was taken last."""
    target.sql(
        "UPDATE credential SET totp_step = NULL WHERE account_id = (SELECT id FROM account WHERE name = :n)",
        n=phone.name,
    )
    target.sql("DELETE FROM sign_in_attempt WHERE name = :n", n=phone.name)
    return phone.totp.now()


def test_the_password_alone_does_not_open_an_account_with_a_second_factor(target, phone):
    assert tried(target.store, phone.name, PASSWORD) == "code_required"
    assert tried(target.store, phone.name, PASSWORD, "") == "code_required"
    assert tried(target.store, phone.name, PASSWORD, "000000") == "bad_code"


def test_a_right_code_is_good_once_even_in_a_race(target, phone):
    code = fresh_code(target, phone)
    with ThreadPoolExecutor(8) as pool:
        came_to = Counter(
            pool.map(lambda _: tried(target.store, phone.name, PASSWORD, code), range(8))
        )
    assert came_to["in"] == 1
    assert set(came_to) <= {"in", "bad_code", "locked"}
    target.sql("DELETE FROM sign_in_attempt WHERE name = :n", n=phone.name)
    assert tried(target.store, phone.name, PASSWORD, code) == "bad_code"


def test_codes_are_not_tried_out_for_ever(target, phone):
    came_to = Counter(
        tried(target.store, phone.name, PASSWORD, f"{number:06d}") for number in range(60)
    )
    assert came_to == {"bad_code": FREE_FAILURES, "locked": 60 - FREE_FAILURES}


@pytest.mark.parametrize(
    "code", ["１２３", "é", "网格", "\u0661\u0662\u0663\u0664\u0665\u0666", " "]
)
def test_a_code_in_other_letters_is_a_wrong_code_and_no_error(target, browser, phone, code):
    body = {"name": phone.name, "password": PASSWORD, "code": code}
    answer = browser().post("/api/session", json=body)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_code")


def test_the_code_that_confirmed_the_factor_does_not_sign_in_as_well(target):
    """Whoever looked over the shoulder while it was set up has no code left over."""
    name = make_account(target.store, "planner", [OURS])
    signed = visit(target.store, name)
    totp = pyotp.TOTP(own_account.begin_second_factor(target.store, signed, PASSWORD)["secret"])
    code = totp.now()
    own_account.confirm_second_factor(target.store, signed, code)
    assert tried(target.store, name, PASSWORD, code) == "bad_code"


def test_a_stolen_session_does_not_put_its_own_phone_in_place_of_the_owners(target, phone):
    """A factor there is can only be removed with the password; replacing it is removing it."""
    thief = stolen_visit(target, phone)
    for password in ("Falsch-1-Falsch", PASSWORD):
        with suppress(WanggeError):
            secret = own_account.begin_second_factor(target.store, thief, password)["secret"]
            own_account.confirm_second_factor(target.store, thief, pyotp.TOTP(secret).now())
    held = target.value(
        "SELECT totp_secret FROM credential c JOIN account a ON a.id = c.account_id WHERE a.name = :n",
        n=phone.name,
    )
    assert held == phone.totp.secret


def stolen_visit(target, phone: Phone) -> Any:
    cookie = sign_in.sign_in(target.store, phone.name, PASSWORD, fresh_code(target, phone))
    return sessions.visit_by(sessions.BY_COOKIE, target.store, RULES, cookie, None)


# Secrets


def test_no_secret_stays_in_logs_audit_or_tables(target, browser, capfd, caplog, monkeypatch):
    """Passwords, links, cookies and tokens are known to nobody afterwards, also when things go wrong."""
    name = "geheim-traeger"
    secrets = {
        "first": "Erstes-Geheim-Pferd-1", "second": "Zweites-Geheim-Pferd-2",
        "wrong": "Falsches-Geheim-Pferd-3", "weak": "schwachgeheim",
    }  # fmt: skip
    _, secrets["link"], _ = add_account(target.store, name, AccountDraft(None, "planner", [OURS]))
    opened = browser()
    opened.post("/api/session/link/check", json={"token": secrets["link"]})
    body = {"token": secrets["link"], "password": secrets["weak"]}
    assert secrets["weak"] not in opened.post("/api/session/link", json=body).text
    used = opened.post("/api/session/link", json={**body, "password": secrets["first"]})
    assert used.status_code == 200
    secrets["cookie"], secrets["csrf"] = opened.cookies["wangge"], used.json()["csrf"]
    csrf = {"X-CSRF-Token": secrets["csrf"]}
    made = opened.post(
        "/api/session/tokens",
        json={"name": "t", "days": 1, "password": secrets["first"]},
        headers=csrf,
    ).json()
    secrets["token"] = made["token"]
    script = {"Authorization": f"Bearer {secrets['token']}"}
    assert browser().get("/api/overview", headers=script).status_code == 200
    for given in (
        {"name": name, "password": secrets["wrong"]},
        {"name": name, "password": secrets["wrong"] * 100},
        {"name": name, "password": [secrets["wrong"]]},
        {"name": name, "password": secrets["wrong"], "pasword": secrets["first"]},
        {"name": secrets["first"], "password": secrets["first"]},
    ):
        answer = browser().post("/api/session", json=given)
        assert answer.status_code in {401, 422}
        assert not [word for word in secrets.values() if word in answer.text]
    broken(opened, monkeypatch, csrf, secrets)
    body = {"old": secrets["first"], "new": secrets["second"]}
    assert opened.post("/api/session/password", json=body, headers=csrf).status_code == 200
    target.sql("DELETE FROM sign_in_attempt WHERE name <> :n", n=name)
    everything = dump(target)
    said = capfd.readouterr()
    logs = {"stdout": said.out, "stderr": said.err, "records": caplog.text}
    assert "request failed" in "".join(logs.values()), "the error was not logged at all"
    for what, secret in secrets.items():
        for place, content in logs.items():
            assert secret not in content, f"{what} in {place}"
        for table, content in everything.items():
            if (what, table) != ("csrf", "login_session"):  # of use only with the cookie beside it
                assert secret not in content, f"{what} in {table}"
    assert digest(secrets["cookie"]) in everything["login_session"]
    assert digest(secrets["token"]) in everything["token"]
    opened.delete("/api/session", headers=csrf)
    assert secrets["csrf"] not in json.dumps(dump(target), ensure_ascii=False)


def broken(opened: TestClient, monkeypatch, csrf: dict[str, str], secrets: dict[str, str]) -> None:
    """Let the database fail in the middle of storing a password, and see what is said of it."""

    def fail(session, account, password, former) -> None:
        session.execute(
            text("SELECT nothing_like_it(CAST(:password AS text))"), {"password": password}
        )

    with monkeypatch.context() as patched:
        patched.setattr(sign_in, "_store_password", fail)
        body = {"old": secrets["first"], "new": secrets["second"]}
        answer = opened.post("/api/session/password", json=body, headers=csrf)
        assert answer.status_code == 500
        assert secrets["second"] not in answer.text


def dump(target) -> dict[str, str]:
    """Return every row of every table as text, as a dump would."""
    tables = target.sql(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
        "AND relname NOT IN ('spatial_ref_sys', 'street_edge', 'coverage_building', 'land_cover')"
    )
    return {
        name: "\n".join(row[0] for row in target.sql(f'SELECT t::text FROM "{name}" t'))
        for (name,) in tables
    }


def test_an_error_of_the_database_does_not_show_its_parameters(target):
    password = "Drittes-Geheim-Pferd-4"  # noqa: S105
    with pytest.raises(DBAPIError) as caught, target.store.session() as session:
        session.execute(
            text("SELECT CAST(:password AS text), nothing_like_it(:password)"),
            {"password": password},
        )
    chain: list[BaseException | None] = [caught.value, caught.value.orig, caught.value.__cause__]
    assert not [error for error in chain if password in f"{error} {error!r}"]


def test_an_address_with_a_password_is_not_shown(target):
    from layers.db import Database, _parsed

    shown = Database(_parsed("postgresql://wangge:Geheim-Pferd-5@host/db"), login_is_role=False)
    assert "Geheim-Pferd-5" not in f"{shown!r} {shown.url} {shown.engine()!r}"
