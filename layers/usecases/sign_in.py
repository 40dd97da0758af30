"""Proving who somebody is: passwords, the code of the second factor, one-time links."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime, timedelta
from typing import Any

import pyotp
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import ConflictError, Fault, NotFoundError, WanggeError
from layers.audit import record
from layers.db import Database
from layers.passwords import hash_password, matches, require_good
from layers.usecases.sessions import (
    SignInError,
    SignInRules,
    Visit,
    at_door,
    begin_session,
    digest,
)

FREE_FAILURES = 5
"""Wrong passwords before a name is locked for the first time."""
FIRST_LOCK_S, LONGEST_LOCK_S = 30, 900
"""Each further wrong password doubles the lock. It ends by itself, so nobody can be kept out for long."""
TOTP_STEP_S = 30
SIGNED_IN = " (signed in)"
"""Follows the name under which tries of somebody who is inside already are counted."""
MAX_NAME = 40


class LockedError(WanggeError):
    """Too many wrong passwords (`locked`); `retry_s` says how long to wait."""

    def __init__(self, retry_s: int) -> None:
        super().__init__(
            "locked",
            f"too many wrong passwords; try again in {retry_s} s",
            [Fault(field="retry_s", reason=str(retry_s))],
        )
        self.retry_s = retry_s


def sign_in(
    database: Database,
    name: str,
    password: str,
    code: str | None = None,
    address: str | None = None,
) -> str:
    """Prove an account by its password and return the new session's cookie.

    An unknown name, a disabled account and a wrong password take the same time and answer alike.

    Raises
    ------
    SignInError
        `bad_credentials`, `code_required` (the password was right), `bad_code`.
    LockedError
        `locked`.
    """
    name = name.strip().lower()[:MAX_NAME]
    with database.acting(at_door(address)).session() as session:
        # Failures are stored too, so the refusal is raised once the transaction has ended.
        result = _prove(session, name, password, code, address)
    if isinstance(result, WanggeError):
        raise result
    return result


def _prove(
    session: Session,
    name: str,
    password: str,
    code: str | None,
    address: str | None,
) -> str | WanggeError:
    attempt = _lock_attempts(session, name)
    if attempt.wait_s > 0:
        return LockedError(attempt.wait_s)
    row = session.execute(
        text(
            "SELECT a.id, a.disabled, a.demo, c.password_hash, c.totp_secret, c.totp_step "
            "FROM account a LEFT JOIN credential c ON c.account_id = a.id WHERE a.name = :name"
        ),
        {"name": name},
    ).one_or_none()
    known = row if row is not None and not row.disabled and not row.demo else None
    right = matches(password, known.password_hash if known is not None else None)
    if not right or known is None:
        return _failed(session, name, attempt.failures + 1, "bad_credentials")
    if known.totp_secret is not None:
        if not code:
            return SignInError("code_required", "the code of the second factor is needed")
        step = code_step(known.totp_secret, code, known.totp_step, attempt.now)
        if step is None:
            return _failed(session, name, attempt.failures + 1, "bad_code")
        session.execute(
            text("UPDATE credential SET totp_step = :step WHERE account_id = :id"),
            {"step": step, "id": known.id},
        )
    return begin_session(session, known.id, name, attempt.failures, address, "session.login")


def _lock_attempts(session: Session, name: str) -> Any:
    """Return failures, seconds to wait and now; others who try the same name wait for us."""
    session.execute(
        text("INSERT INTO sign_in_attempt (name) VALUES (:name) ON CONFLICT DO NOTHING"),
        {"name": name},
    )
    return session.execute(
        text(
            "SELECT failures, coalesce(ceil(extract(epoch FROM locked_until - clock_timestamp())), 0)::int "
            "AS wait_s, clock_timestamp() AS now FROM sign_in_attempt WHERE name = :name FOR UPDATE"
        ),
        {"name": name},
    ).one()


def forget_failures(session: Session, name: str) -> None:
    """Begin counting anew: whoever it was has been proved."""
    session.execute(text("DELETE FROM sign_in_attempt WHERE name = :name"), {"name": name})


def _failed(session: Session, name: str, failures: int, code: str) -> WanggeError:
    lock = 0
    if failures >= FREE_FAILURES:
        lock = min(FIRST_LOCK_S * 2 ** min(failures - FREE_FAILURES, 20), LONGEST_LOCK_S)
    session.execute(
        text(
            "UPDATE sign_in_attempt SET failures = :failures, failed_at = clock_timestamp(), "
            "locked_until = clock_timestamp() + make_interval(secs => :lock) WHERE name = :name"
        ),
        {"failures": failures, "lock": lock, "name": name},
    )
    after = {"reason": code, "failures": failures, **({"locked_s": lock} if lock else {})}
    action = "session.locked" if lock else "session.refused"
    plain = name.removesuffix(SIGNED_IN)
    # The auditors of the account's area see it; of an unknown name those of the whole store.
    theirs = list(
        session.execute(
            text(
                "SELECT d.division_id FROM account_division d JOIN account a ON a.id = d.account_id "
                "WHERE a.name = :name ORDER BY 1"
            ),
            {"name": plain},
        ).scalars()
    )
    record(session, action, plain, after=after, outcome="refused", divisions=theirs)
    words = {
        "bad_credentials": "the name or the password is wrong",
        "bad_code": "the code is wrong or was used already",
    }
    return SignInError(code, words[code])


def code_step(secret: str, code: str, last: int | None, now: datetime) -> int | None:
    """Return the time step a code belongs to, a step early or late allowed, each one once.

    Digits as a Chinese keyboard writes them count as digits.
    """
    given = unicodedata.normalize("NFKC", code).strip().encode()
    current = int(now.timestamp()) // TOTP_STEP_S
    totp = pyotp.TOTP(secret)
    for step in (current, current - 1, current + 1):
        fresh = last is None or step > last
        if fresh and secrets.compare_digest(totp.at(step * TOTP_STEP_S).encode(), given):
            return step
    return None


def enter_demo(database: Database, rules: SignInRules, name: str, address: str | None) -> str:
    """Return the cookie of a session of a demo account; `not_found` outside demo mode."""
    with database.acting(at_door(address)).session() as session:
        account = (
            rules.demo
            and session.execute(
                text("SELECT id FROM account WHERE name = :name AND demo AND NOT disabled"),
                {"name": name},
            ).scalar_one_or_none()
        )
        if not account:
            raise NotFoundError("not_found", "there is no such demo account")
        return begin_session(session, account, name, 0, address, "session.demo")


def change_password(database: Database, visit: Visit, old: str, new: str) -> None:
    """Replace one's password; every other session of the account ends.

    Raises
    ------
    SignInError
        `bad_credentials` when the old one is wrong.
    RefusedInputError
        `weak_password`.
    """
    require_password(database, visit, old)
    with database.acting(visit.actor).session() as session:
        row = session.execute(
            text("SELECT former_hashes, password_hash FROM credential WHERE account_id = :id"),
            {"id": visit.actor.account},
        ).one()
        former = [row.password_hash, *row.former_hashes]
        require_good(new, visit.actor.name, former)
        _store_password(session, visit.actor.account, new, former)
        session.execute(
            text("DELETE FROM login_session WHERE account_id = :id AND hash <> :kept"),
            {"id": visit.actor.account, "kept": visit.session or ""},
        )
        record(session, "password.change", visit.actor.name)


def require_password(
    database: Database, visit: Visit, password: str, *, demo: bool = False
) -> None:
    """Refuse (`bad_credentials`) who is signed in but does not know the password; it counts as a try.

    Tries are counted apart from those at the sign-in: nobody from outside stops who is inside.

    Parameters
    ----------
    demo
        Whether accounts of the sample county, which have no password, may do it without.

    Raises
    ------
    ConflictError
        `demo_account`.
    """
    name = visit.actor.name + SIGNED_IN
    with database.acting(at_door(visit.actor.address)).session() as session:
        row = session.execute(
            text(
                "SELECT a.demo, c.password_hash FROM account a "
                "LEFT JOIN credential c ON c.account_id = a.id WHERE a.id = :id"
            ),
            {"id": visit.actor.account},
        ).one()
        attempt = _lock_attempts(session, name)
        refusal: WanggeError | None = None
        if row.demo:
            refusal = (
                None
                if demo
                else ConflictError("demo_account", "accounts of the sample county have no password")
            )
        elif attempt.wait_s > 0:
            refusal = LockedError(attempt.wait_s)
        elif not matches(password, row.password_hash):
            refusal = _failed(session, name, attempt.failures + 1, "bad_credentials")
        else:
            forget_failures(session, name)
    if refusal is not None:
        raise refusal


def _store_password(
    session: Session, account: int | None, password: str, former: list[str]
) -> None:
    session.execute(
        text(
            "INSERT INTO credential (account_id, password_hash, password_set_at) "
            "VALUES (:id, :hash, now()) ON CONFLICT (account_id) DO UPDATE SET "
            "password_hash = excluded.password_hash, password_set_at = now(), former_hashes = :former"
        ),
        {"id": account, "hash": hash_password(password), "former": former[:5]},
    )


def check_link(database: Database, link: str, address: str | None) -> dict[str, Any]:
    """Return whom a one-time link is for.

    Raises
    ------
    NotFoundError
        `unknown_link` for one that was used, has expired or never was.
    """
    with database.acting(at_door(address)).session() as session:
        row = _link(session, link)
        return {
            "name": row.name,
            "display_name": row.display_name,
            "role": row.role,
            "expires_at": row.expires_at,
        }


def use_link(database: Database, link: str, password: str, address: str | None) -> str:
    """Choose a password by a one-time link and return the cookie of a new session."""
    with database.acting(at_door(address)).session() as session:
        row = _link(session, link)
        require_good(password, row.name, field="password")
        _store_password(session, row.account_id, password, [])
        session.execute(text("DELETE FROM link WHERE account_id = :id"), {"id": row.account_id})
        return begin_session(session, row.account_id, row.name, 0, address, "password.link")


def _link(session: Session, link: str) -> Any:
    row = session.execute(
        text(
            "SELECT l.account_id, l.expires_at, a.name, a.display_name, a.role FROM link l "
            "JOIN account a ON a.id = l.account_id "
            "WHERE l.hash = :hash AND l.purpose = 'password' AND l.expires_at > now() "
            "AND NOT a.disabled AND NOT a.demo "
            "FOR UPDATE OF l"
        ),
        {"hash": digest(link)},
    ).one_or_none()
    if row is None:
        raise NotFoundError("unknown_link", "the link was used, has expired or never existed")
    return row


def password_expires_on(rules: SignInRules, set_at: datetime | None) -> str | None:
    """Return the day a password has to be changed on."""
    if set_at is None or not rules.password_days:
        return None
    return (set_at + timedelta(days=rules.password_days)).date().isoformat()
