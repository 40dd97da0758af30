"""Browser sessions and scripts' tokens: begun once somebody is proved, found at each request, ended."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import WanggeError
from layers.actors import ACTOR, actor_of_row, given_divisions, load_actor
from layers.audit import record
from layers.db import Database, enter
from layers.reading import Question, Readers
from layers.rights import NOBODY, Actor

SEEN_EVERY_S = 30
"""A session notes at most so often that it was seen."""
COOKIE_STATEMENT = (
    f"SELECT s.hash, s.csrf, {ACTOR}, a.disabled OR (a.demo AND NOT :demo) AS closed, "
    "s.seen_at < now() - make_interval(secs => :idle) "
    "OR s.created_at < now() - make_interval(secs => :longest) AS over, "
    "a.disabled OR (a.demo AND NOT :demo) OR s.seen_at < now() - make_interval(secs => least(:every, :idle)) "
    "OR s.created_at < now() - make_interval(secs => :longest) AS note, "
    ":days > 0 AND NOT a.demo AND c.password_set_at < now() - make_interval(days => :days) AS expired "
    "FROM login_session s JOIN account a ON a.id = s.account_id "
    "LEFT JOIN credential c ON c.account_id = a.id WHERE s.hash = :hash"
)
TOKEN_STATEMENT = (
    f"SELECT t.id, {ACTOR}, t.used_at IS NULL OR "
    "t.used_at < now() - make_interval(secs => :every) AS note "
    "FROM token t JOIN account a ON a.id = t.account_id WHERE t.hash = :hash "
    "AND t.expires_at > now() AND NOT a.disabled AND (NOT a.demo OR :demo)"
)


class SignInError(WanggeError):
    """Not let in: `bad_credentials`, `code_required`, `bad_code`, `not_signed_in`."""


@dataclass(frozen=True)
class SignInRules:
    """What an installation asks of those who sign in."""

    idle_s: int = 1800
    """A session ends after so long without a request."""
    longest_s: int = 12 * 3600
    password_days: int = 90
    """A password has to be changed after so many days; 0 never."""
    demo: bool = False
    """Accounts of the sample county may be entered without a password."""


@dataclass(frozen=True)
class Visit:
    """A signed-in browser or script, as a request finds it."""

    actor: Actor
    csrf: str | None
    """None for a script's token, which no other page can make a browser send."""
    session: str | None
    """Hash of the session, None for a token."""
    password_expired: bool = False
    device: int | None = None
    """Of a phone that a one-time link let in."""


def digest(secret: str) -> str:
    """Return what is stored of a cookie, token or link."""
    return hashlib.sha256(secret.encode()).hexdigest()


def at_door(address: str | None) -> Actor:
    """Return nobody, at a network address."""
    return replace(NOBODY, address=address)


def begin_session(
    session: Session, account: int, name: str, failures: int, address: str | None, action: str
) -> str:
    """Make a session of an account that has been proved and return its cookie."""
    cookie = secrets.token_urlsafe(32)
    session.execute(
        text("DELETE FROM sign_in_attempt WHERE name = :name"),
        {"name": name},
    )
    session.execute(
        text(
            "INSERT INTO login_session (hash, account_id, csrf, address, previous_login_at, "
            "previous_login_address, failed_since) SELECT :hash, id, :csrf, :address, last_login_at, "
            "last_login_address, :failures FROM account WHERE id = :id"
        ),
        {
            "hash": digest(cookie),
            "csrf": secrets.token_urlsafe(32),
            "address": address,
            "failures": failures,
            "id": account,
        },
    )
    session.execute(
        text(
            "UPDATE account SET last_login_at = now(), last_login_address = :address WHERE id = :id"
        ),
        {"address": address, "id": account},
    )
    enter(session, load_actor(session, account, address))
    record(session, action, name)
    return cookie


@dataclass(frozen=True)
class Secret:
    """One kind of secret that lets somebody in: how its row is found, and what the row means.

    One statement finds the secret and who acts for it as it is at this request: nothing is remembered here that a
    revoked token, a disabled account or another area would have to be told to.
    """

    statement: str
    """Asks by `:hash`; of its columns `note` says that something is to be written down."""
    values: Callable[[SignInRules], dict[str, Any]]
    settle: Callable[[Database, Any, str | None], Visit]
    """Returns the visit of a row, or refuses (`not_signed_in`); writes down what is to be noted."""

    def question(self, rules: SignInRules, secret: str) -> Question:
        """Return the statement with the values for one secret."""
        return self.statement, {"hash": digest(secret), **self.values(rules)}


def visit_by(
    kind: Secret, database: Database, rules: SignInRules, secret: str, address: str | None
) -> Visit:
    """Return who is signed in by a secret and note that it was seen.

    Raises
    ------
    SignInError
        `not_signed_in` for an unknown, ended, revoked or idle one.
    """
    statement, values = kind.question(rules, secret)
    with database.acting(at_door(address)).session() as session:
        row = session.execute(text(statement), values).one_or_none()
    return kind.settle(database, row, address)


async def find_by(
    kind: Secret,
    readers: Readers,
    database: Database,
    rules: SignInRules,
    secret: str,
    address: str | None,
) -> Visit:
    """Return what `visit_by` does, at the door of a service: in one exchange with the database."""
    found = await readers.read(at_door(address), *kind.question(rules, secret))
    row = found[0] if found else None
    if row is None or not row.note:
        return kind.settle(database, row, address)
    return await asyncio.to_thread(kind.settle, database, row, address)


def _browser(database: Database, row: Any, address: str | None) -> Visit:
    """Return the visit of a session's row; note from time to time that it was seen, and end it when it is over."""
    if row is None:
        raise SignInError("not_signed_in", "sign in first")
    door = database.acting(at_door(address))
    if row.closed or row.over:
        _end(door, row)
        raise SignInError("not_signed_in", "sign in first")
    if row.note:
        with door.session() as session:
            session.execute(
                text("UPDATE login_session SET seen_at = now() WHERE hash = :h"), {"h": row.hash}
            )
    return Visit(actor_of_row(row, address), row.csrf, row.hash, bool(row.expired))


def _end(door: Database, row: Any) -> None:
    """End a session that is over and record it, once however many requests find it so."""
    with door.session() as session:
        ended = session.execute(
            text("DELETE FROM login_session WHERE hash = :hash RETURNING 1"), {"hash": row.hash}
        ).first()
        if ended is not None:
            theirs = given_divisions(session, row.account_id)
            record(session, "session.idle", row.name, divisions=theirs)


def _script(database: Database, row: Any, address: str | None) -> Visit:
    """Return the visit of a token's row; note from time to time that it was used."""
    if row is None:
        raise SignInError("not_signed_in", "the token is unknown or has expired")
    if row.note:
        with database.acting(at_door(address)).session() as session:
            session.execute(text("UPDATE token SET used_at = now() WHERE id = :id"), {"id": row.id})
    return Visit(actor_of_row(row, address), None, None)


BY_COOKIE = Secret(
    COOKIE_STATEMENT,
    lambda rules: {
        "demo": rules.demo,
        "idle": rules.idle_s,
        "longest": rules.longest_s,
        "days": rules.password_days,
        "every": SEEN_EVERY_S,
    },
    _browser,
)
BY_TOKEN = Secret(
    TOKEN_STATEMENT, lambda rules: {"demo": rules.demo, "every": SEEN_EVERY_S}, _script
)


def sign_out(database: Database, visit: Visit) -> None:
    """End a session; its cookie opens nothing any more."""
    with database.acting(visit.actor).session() as session:
        session.execute(text("DELETE FROM login_session WHERE hash = :h"), {"h": visit.session})
        record(session, "session.logout", visit.actor.name)
