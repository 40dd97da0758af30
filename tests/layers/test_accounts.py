"""Accounts, passwords, links, second factor, tokens: what an office does with them."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pyotp
import pytest
from sqlalchemy import create_engine, text

from gis.errors import ConflictError, NotFoundError, RefusedInputError, WanggeError
from layers.db import Database
from layers.housekeeping import tidy
from layers.passwords import faults_of, hash_password
from layers.rights import RIGHTS, Right, RightsError, local_administrator
from layers.usecases import own_account, sessions, sign_in
from layers.usecases.accounts import (
    DEMO_ACCOUNTS,
    AccountDraft,
    add_account,
    add_demo_accounts,
    change_account,
    demo_accounts,
    first_administrator,
    list_accounts,
    reset_account,
)
from layers.usecases.audit import AuditFilter, search_audit
from layers.usecases.sessions import SignInError, SignInRules
from tests.accounts import PASSWORD, RULES, actor, make_account, visit
from tests.conftest import fresh_copy

TOWNSHIP, OTHER, COUNTY = "990101001", "990101102", "990101"


@pytest.fixture(scope="module")
def office(sample_template: Database):
    """Return a store of its own with the sample county: accounts here are nobody else's."""
    with fresh_copy(sample_template, "wangge_test_office") as copy:
        yield copy


def as_owner(store: Database, statement: str, **values: object) -> None:
    engine = create_engine(store.url_for("owner"))
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def audited(store: Database, action: str) -> list:
    auditor = store.acting(replace(local_administrator(), role="auditor"))
    with auditor.session() as session:
        statement = "SELECT * FROM audit WHERE action = :action ORDER BY id"
        return list(session.execute(text(statement), {"action": action}).mappings())


def test_no_role_administers_grants_and_audits_at_once():
    for role, rights in RIGHTS.items():
        assert len(rights & {Right.OPERATE, Right.ACCOUNTS, Right.AUDIT}) <= (role == "local") + 1
        assert Right.AUDIT not in rights or rights == {Right.AUDIT}
    assert Right.AUDIT not in RIGHTS["local"]


def test_the_first_start_makes_one_administrator_with_a_link_and_no_password(empty_store):
    first = first_administrator(empty_store)
    second = first_administrator(empty_store)  # nobody used the first link
    with pytest.raises(NotFoundError, match="used, has expired"):
        sign_in.check_link(empty_store, first, None)
    assert sign_in.check_link(empty_store, second, None)["role"] == "security_administrator"
    with pytest.raises(SignInError, match="wrong"):
        sign_in.sign_in(empty_store, "security", "")
    sign_in.use_link(empty_store, second, PASSWORD, None)
    assert first_administrator(empty_store) is None
    listed = list_accounts(empty_store)["accounts"]
    assert [(item["name"], item["state"], item["everywhere"]) for item in listed] == [
        ("security", "active", True)
    ]


def test_a_link_works_once_and_for_three_days(office):
    draft = AccountDraft("王规划", "planner", [TOWNSHIP])
    document, link, expires = add_account(office, "wang", draft)
    assert document["state"] == "invited"
    assert [item["name"] for item in document["divisions"]] == ["东街街道"]
    with pytest.raises(RefusedInputError) as caught:
        sign_in.use_link(office, link, "kurz", None)
    assert {fault.reason for fault in caught.value.faults} >= {"too_short", "too_few_kinds"}
    sign_in.use_link(office, link, PASSWORD, None)  # a refused password does not spend the link
    with pytest.raises(NotFoundError):
        sign_in.use_link(office, link, PASSWORD, None)
    _, again, expires = reset_account(office, "wang")
    assert expires.tzinfo is not None
    as_owner(office, "UPDATE link SET expires_at = now() - interval '1 second'")
    with pytest.raises(NotFoundError):
        sign_in.check_link(office, again, None)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("Ab1!", "too_short"),
        ("abcdefghijkl", "too_few_kinds"),
        ("Planner1-Xyz9", "contains_name"),
        ("Password123!", "too_common"),
        ("Aa1Aa1Aa1Aa1", "too_common"),
        ("x" * 500, "too_long"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password, fault):
    assert fault in faults_of(password, "planner1")


def test_a_password_is_not_taken_again_and_others_sessions_end(office):
    name = make_account(office, "analyst", [TOWNSHIP])
    here, there = visit(office, name), visit(office, name)
    with pytest.raises(SignInError):
        sign_in.change_password(office, here, "falsch", "Neues-Pferd-77")
    sign_in.change_password(office, here, PASSWORD, "Neues-Pferd-77")
    with pytest.raises(RefusedInputError) as caught:
        sign_in.change_password(office, here, "Neues-Pferd-77", PASSWORD)
    assert caught.value.faults[0].reason == "used_before"
    with office.acting(here.actor).session() as session:
        held = session.execute(text("SELECT hash FROM login_session")).scalars().all()
    assert here.session in held
    assert there.session not in held


def test_an_old_password_has_to_be_changed(office):
    name = make_account(office, "analyst", [TOWNSHIP])
    as_owner(
        office,
        "UPDATE credential SET password_set_at = now() - interval '91 days' "
        "WHERE account_id = (SELECT id FROM account WHERE name = :name)",
        name=name,
    )
    assert visit(office, name).password_expired
    cookie = sign_in.sign_in(office, name, PASSWORD)
    for_ever = replace(RULES, password_days=0)
    assert not sessions.visit_by(
        sessions.BY_COOKIE, office, for_ever, cookie, None
    ).password_expired


def test_the_last_sign_in_and_failures_since_are_shown(office):
    name = make_account(office, "analyst", [TOWNSHIP])
    sign_in.sign_in(office, name, PASSWORD, address="10.1.2.3")
    for _ in range(2):
        with pytest.raises(SignInError):
            sign_in.sign_in(office, name, "falsch", address="10.9.9.9")
    shown = own_account.describe(office, RULES, visit(office, name))["account"]
    assert shown["last_login"]["address"] == "10.1.2.3"
    assert shown["failed_since_last"] == 2
    assert [row["address"] for row in audited(office, "session.refused")][-2:] == ["10.9.9.9"] * 2


def test_a_refused_sign_in_is_shown_to_the_auditors_of_the_accounts_area(office):
    name = make_account(office, "analyst", [TOWNSHIP])
    for wrong in (name, "nobody-here"):
        with pytest.raises(SignInError):
            sign_in.sign_in(office, wrong, "falsch")
    seen = {}
    for codes in ([TOWNSHIP], [OTHER], None):
        auditor = office.acting(actor(office, "auditor", codes))
        rows = search_audit(auditor, AuditFilter(action="session.refused"), limit=500)["rows"]
        seen[str(codes)] = {row["object"] for row in rows} & {name, "nobody-here"}
    assert list(seen.values()) == [{name}, set(), {name, "nobody-here"}]


def test_the_second_factor_is_confirmed_asked_for_and_each_code_taken_once(office):
    name = make_account(office, "reviewer", [TOWNSHIP])
    signed = visit(office, name)
    begun = own_account.begin_second_factor(office, signed, PASSWORD)
    assert begun["svg"].startswith("<svg")
    totp = pyotp.TOTP(begun["secret"])
    with pytest.raises(RefusedInputError, match="does not fit"):
        own_account.confirm_second_factor(office, signed, "000000")
    assert sign_in.sign_in(office, name, PASSWORD)  # not yet in use
    for password in ("falsch", ""):
        with pytest.raises(SignInError):
            own_account.begin_second_factor(office, signed, password)
    own_account.confirm_second_factor(office, signed, totp.now())
    with pytest.raises(ConflictError):  # removed first, with the password
        own_account.begin_second_factor(office, signed, PASSWORD)
    with pytest.raises(SignInError) as caught:
        sign_in.sign_in(office, name, PASSWORD)
    assert caught.value.code == "code_required"
    code = totp.at(int(time.time()) + 30)  # the one that confirmed it is spent
    assert sign_in.sign_in(office, name, PASSWORD, code)
    with pytest.raises(SignInError) as caught:
        sign_in.sign_in(office, name, PASSWORD, code)
    assert caught.value.code == "bad_code"
    with pytest.raises(SignInError):
        own_account.remove_second_factor(office, signed, "falsch")
    own_account.remove_second_factor(office, signed, PASSWORD)
    assert sign_in.sign_in(office, name, PASSWORD)


def test_a_reset_takes_everything_away(office):
    name = make_account(office, "planner", [TOWNSHIP])
    signed = visit(office, name)
    token = own_account.add_token(office, signed, PASSWORD, "nightly", 30)["token"]
    assert sessions.visit_by(sessions.BY_TOKEN, office, RULES, token, None).actor.name == name
    reset_account(office, name)
    for attempt in (
        lambda: sign_in.sign_in(office, name, PASSWORD),
        lambda: sessions.visit_by(sessions.BY_TOKEN, office, RULES, token, None),
    ):
        with pytest.raises(SignInError):
            attempt()


def test_tokens_expire_are_revoked_and_are_few(office):
    name = make_account(office, "planner", [TOWNSHIP])
    signed = visit(office, name)
    made = own_account.add_token(office, signed, PASSWORD, "a", 1)
    assert made["token"].startswith("wg_")
    assert "token" not in own_account.list_tokens(office, signed)[0]
    as_owner(office, "UPDATE token SET expires_at = now() WHERE id = :id", id=made["id"])
    with pytest.raises(SignInError):
        sessions.visit_by(sessions.BY_TOKEN, office, RULES, made["token"], None)
    other = visit(office, make_account(office, "planner", [TOWNSHIP]))
    with pytest.raises(NotFoundError):
        own_account.revoke_token(office, other, made["id"])
    own_account.revoke_token(office, signed, made["id"])
    for number in range(20):
        own_account.add_token(office, signed, PASSWORD, str(number), 1)
    with pytest.raises(RefusedInputError, match="at most 20"):
        own_account.add_token(office, signed, PASSWORD, "one more", 1)


def test_demo_accounts_enter_only_in_demo_mode_and_have_no_password(office):
    assert demo_accounts(office) == []
    add_demo_accounts(office)
    add_demo_accounts(office)  # a second start adds nothing
    assert [item["name"] for item in demo_accounts(office)] == [name for name, *_ in DEMO_ACCOUNTS]
    demo = SignInRules(demo=True)
    cookie = sign_in.enter_demo(office, demo, "demo-planner", None)
    assert sessions.visit_by(sessions.BY_COOKIE, office, demo, cookie, None).actor.role == "planner"
    with pytest.raises(SignInError):  # the server was started again without demo mode
        sessions.visit_by(sessions.BY_COOKIE, office, RULES, cookie, None)
    with pytest.raises(NotFoundError):
        sign_in.enter_demo(office, RULES, "demo-planner", None)
    with pytest.raises(NotFoundError):
        sign_in.enter_demo(office, demo, make_account(office, "planner"), None)
    with pytest.raises(SignInError):
        sign_in.sign_in(office, "demo-planner", "")
    with pytest.raises(ConflictError):
        reset_account(office, "demo-planner")


def test_a_store_without_the_sample_county_gets_no_demo_accounts(empty_store):
    add_demo_accounts(empty_store)
    assert demo_accounts(empty_store) == []


def test_an_administrator_of_a_township_gives_no_more_than_it_has(office):
    keeper = office.acting(actor(office, "security_administrator", [TOWNSHIP]))
    outer = make_account(office, "planner", [OTHER])
    both = make_account(office, "planner", [TOWNSHIP, OTHER])
    inner = make_account(office, "planner", ["990101001003"])
    listed = {item["name"] for item in list_accounts(keeper)["accounts"]}
    assert inner in listed
    assert not {outer, both, "security"} & listed
    for name in (outer, both):
        for attempt in (
            lambda name=name: change_account(keeper, name, AccountDraft(disabled=True)),
            lambda name=name: reset_account(keeper, name),
        ):
            with pytest.raises(NotFoundError):
                attempt()
    for draft in (
        AccountDraft(None, "planner", [OTHER]),
        AccountDraft(None, "planner", None, True),
    ):
        with pytest.raises(RightsError) as caught:
            add_account(keeper, "new-one", draft)
        assert caught.value.code == "outside_area"
    with pytest.raises(RightsError):
        change_account(keeper, inner, AccountDraft(divisions=[COUNTY]))
    assert change_account(keeper, inner, AccountDraft(divisions=[TOWNSHIP]))["divisions"]


def test_nobody_changes_their_own_role_area_or_state(office):
    name = make_account(office, "security_administrator")
    own = office.acting(visit(office, name).actor)
    for draft in (
        AccountDraft(role="auditor"),
        AccountDraft(disabled=True),
        AccountDraft(divisions=[]),
    ):
        with pytest.raises(ConflictError) as caught:
            change_account(own, name, draft)
        assert caught.value.code == "own_account"
    with pytest.raises(ConflictError):
        reset_account(own, name)
    with own.session() as session:  # and the database says the same
        changed = session.execute(
            text("UPDATE account SET role = 'auditor' WHERE name = :name"), {"name": name}
        )
    assert changed.rowcount == 0


def test_the_last_administrator_is_not_disabled(empty_store):
    name = make_account(empty_store, "security_administrator")
    with pytest.raises(ConflictError) as caught:
        change_account(empty_store, name, AccountDraft(disabled=True))
    assert caught.value.code == "last_administrator"
    make_account(empty_store, "security_administrator")
    assert change_account(empty_store, name, AccountDraft(disabled=True))["state"] == "disabled"


def test_a_bad_account_is_refused_with_every_fault_by_its_field(office):
    draft = AccountDraft("x" * 61, None, ["000000"], None)
    with pytest.raises(RefusedInputError) as caught:
        add_account(office, "Nicht So!", draft)
    assert {fault.field for fault in caught.value.faults} == {
        "name",
        "role",
        "display_name",
        "divisions",
    }
    with pytest.raises(RefusedInputError):
        add_account(office, "no-area", AccountDraft(None, "planner", []))
    make_account(office, "planner", [TOWNSHIP], name="taken")
    with pytest.raises(ConflictError) as taken:
        add_account(office, "TAKEN", AccountDraft(None, "planner", [TOWNSHIP]))
    assert taken.value.code == "name_taken"


def test_every_change_of_an_account_is_in_the_audit_with_before_and_after(office):
    name = make_account(office, "analyst", [TOWNSHIP])
    change_account(office, name, AccountDraft(role="reviewer", divisions=[OTHER]))
    row = audited(office, "account.change")[-1]
    assert (row["object"], row["outcome"], row["actor"]) == (
        name,
        "done",
        local_administrator().name,
    )
    assert (row["before"]["role"], row["after"]["role"]) == ("analyst", "reviewer")
    assert (row["before"]["area"], row["after"]["area"]) == ([TOWNSHIP], [OTHER])
    change_account(office, name, AccountDraft(disabled=True))
    assert audited(office, "account.disable")[-1]["after"]["state"] == "disabled"


def test_a_disabled_account_is_out_at_once(office):
    name = make_account(office, "analyst", [TOWNSHIP])
    cookie = sign_in.sign_in(office, name, PASSWORD)
    change_account(office, name, AccountDraft(disabled=True))
    with pytest.raises(SignInError):
        sessions.visit_by(sessions.BY_COOKIE, office, RULES, cookie, None)
    with pytest.raises(SignInError):
        sign_in.sign_in(office, name, PASSWORD)


def test_a_name_is_locked_for_longer_each_time_and_opens_by_itself(office):
    name = make_account(office, "analyst", [TOWNSHIP])
    waits = []
    for _ in range(30):
        with pytest.raises(WanggeError) as caught:
            sign_in.sign_in(office, name, "falsch")
        if caught.value.code == "locked":
            waits.append(caught.value.retry_s)
            as_owner(
                office, "UPDATE sign_in_attempt SET locked_until = now() WHERE name = :n", n=name
            )
    assert waits[:3] == [30, 60, 120]
    assert max(waits) == 900
    as_owner(office, "UPDATE sign_in_attempt SET locked_until = now() WHERE name = :n", n=name)
    assert sign_in.sign_in(office, name, PASSWORD)


def test_simultaneous_tries_at_one_name_are_counted_one_by_one(office):
    name = make_account(office, "analyst", [TOWNSHIP])
    codes = []

    def attempt() -> None:
        try:
            sign_in.sign_in(office, name, "falsch")
        except WanggeError as error:
            codes.append(error.code)

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes.count("bad_credentials") == sign_in.FREE_FAILURES
    assert codes.count("locked") == 15


@pytest.mark.usefixtures("real_hashes")
def test_two_hashes_of_one_password_differ_and_are_argon2id():
    one, other = hash_password(PASSWORD), hash_password(PASSWORD)
    assert one != other
    assert one.startswith("$argon2id$")
    cost = dict(item.split("=") for item in one.split("$")[3].split(","))
    assert int(cost["m"]) >= 19 * 1024, "OWASP's least memory, in KiB"
    assert int(cost["t"]) >= 2


def test_a_start_without_an_administrator_touches_no_account_that_has_a_password(empty_store):
    """Once `security` was made an auditor; whoever is missing gets an account of another name."""
    first = first_administrator(empty_store)
    sign_in.use_link(empty_store, first, PASSWORD, None)
    other = make_account(empty_store, "security_administrator")
    change_account(empty_store, "security", AccountDraft(role="auditor"))
    reset_account(empty_store, other)
    link = first_administrator(empty_store)
    assert sign_in.check_link(empty_store, link, None)["name"] == other
    assert visit(empty_store, "security").actor.role == "auditor"
    as_owner(empty_store, "UPDATE account SET disabled = true WHERE name = :name", name=other)
    link = first_administrator(empty_store)
    assert sign_in.check_link(empty_store, link, None)["name"] == "security-2"


def test_disabling_ends_tokens_and_links_for_good(office):
    name = make_account(office, "planner", [TOWNSHIP])
    token = own_account.add_token(office, visit(office, name), PASSWORD, "t", 365)["token"]
    invited, link, _ = add_account(office, "invited", AccountDraft(None, "planner", [TOWNSHIP]))
    for account in (name, invited["name"]):
        change_account(office, account, AccountDraft(disabled=True))
        change_account(office, account, AccountDraft(disabled=False))
    with pytest.raises(SignInError):
        sessions.visit_by(sessions.BY_TOKEN, office, RULES, token, None)
    with pytest.raises(NotFoundError):
        sign_in.check_link(office, link, None)


def test_auditors_of_an_area_see_what_is_done_to_its_accounts_and_how_sessions_end(office):
    name = make_account(office, "planner", [TOWNSHIP])
    visit(office, name)
    change_account(office, name, AccountDraft(display_name="改名"))
    as_owner(office, "UPDATE login_session SET seen_at = now() - interval '1 day'")
    tidy(office, RULES)
    auditor = office.acting(actor(office, "auditor", [TOWNSHIP]))
    rows = search_audit(auditor, AuditFilter(q=name), limit=500)["rows"]
    assert {"account.add", "account.change", "session.idle"} <= {row["action"] for row in rows}


def test_accounts_of_the_sample_county_have_no_password_to_change(office):
    add_demo_accounts(office)
    demo = SignInRules(demo=True)
    cookie = sign_in.enter_demo(office, demo, "demo-planner", None)
    signed = sessions.visit_by(sessions.BY_COOKIE, office, demo, cookie, None)
    for attempt in (
        lambda: sign_in.change_password(office, signed, "", "Neues-Pferd-77"),
        lambda: own_account.begin_second_factor(office, signed, ""),
        lambda: own_account.remove_second_factor(office, signed, ""),
    ):
        with pytest.raises(ConflictError) as caught:
            attempt()
        assert caught.value.code == "demo_account"
    assert own_account.add_token(office, signed, "", "t", 1)["token"]


def test_wrong_passwords_at_the_door_do_not_stop_who_is_inside(office):
    name = make_account(office, "planner", [TOWNSHIP])
    signed = visit(office, name)
    for _ in range(6):
        with pytest.raises(WanggeError):
            sign_in.sign_in(office, name, "falsch")
    sign_in.change_password(office, signed, PASSWORD, "Neues-Pferd-77")
