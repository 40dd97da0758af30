"""Browser sessions and scripts' tokens: begun once somebody is proved, found at each request, ended."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.errors import WanggeError
from layers.actors import given_divisions, load_actor
from layers.audit import record
from layers.db import Database, enter
from layers.rights import NOBODY, Actor

SEEN_EVERY_S = 30
"""A session notes at most so often that it was seen."""


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


def visit_by_cookie(
    database: Database, rules: SignInRules, cookie: str, address: str | None
) -> Visit:
    """Return the signed-in browser of a cookie and note that it was seen.

    Raises
    ------
    SignInError
        `not_signed_in` for an unknown, ended or idle session.
    """
    hash_ = digest(cookie)
    visit: Visit | None = None
    with database.acting(at_door(address)).session() as session:
        row = session.execute(
            text(
                "SELECT s.account_id, s.csrf, a.name, a.disabled OR (a.demo AND NOT :demo) AS closed, "
                "s.seen_at < now() - make_interval(secs => :idle) "
                "OR s.created_at < now() - make_interval(secs => :longest) AS over, "
                "s.seen_at < now() - make_interval(secs => :every) AS note, "
                ":days > 0 AND NOT a.demo AND c.password_set_at < now() - make_interval(days => :days) AS expired "
                "FROM login_session s JOIN account a ON a.id = s.account_id "
                "LEFT JOIN credential c ON c.account_id = a.id WHERE s.hash = :hash"
            ),
            {
                "hash": hash_,
                "demo": rules.demo,
                "idle": rules.idle_s,
                "longest": rules.longest_s,
                "days": rules.password_days,
                "every": SEEN_EVERY_S,
            },
        ).one_or_none()
        if row is not None and (row.closed or row.over):
            session.execute(text("DELETE FROM login_session WHERE hash = :h"), {"h": hash_})
            theirs = given_divisions(session, row.account_id)
            record(session, "session.idle", row.name, divisions=theirs)
        elif row is not None:
            if row.note:
                session.execute(
                    text("UPDATE login_session SET seen_at = now() WHERE hash = :h"), {"h": hash_}
                )
            actor = load_actor(session, row.account_id, address)
            visit = Visit(actor, row.csrf, hash_, password_expired=bool(row.expired))
    if visit is None:
        raise SignInError("not_signed_in", "sign in first")
    return visit


def visit_by_token(
    database: Database, rules: SignInRules, token: str, address: str | None
) -> Visit:
    """Return the script of a token, or raise `not_signed_in`."""
    with database.acting(at_door(address)).session() as session:
        row = session.execute(
            text(
                "SELECT t.id, t.account_id, t.used_at IS NULL OR "
                "t.used_at < now() - make_interval(secs => :every) AS note "
                "FROM token t JOIN account a ON a.id = t.account_id WHERE t.hash = :hash "
                "AND t.expires_at > now() AND NOT a.disabled AND (NOT a.demo OR :demo)"
            ),
            {"hash": digest(token), "demo": rules.demo, "every": SEEN_EVERY_S},
        ).one_or_none()
        if row is not None:
            if row.note:
                session.execute(
                    text("UPDATE token SET used_at = now() WHERE id = :id"), {"id": row.id}
                )
            return Visit(load_actor(session, row.account_id, address), None, None)
    raise SignInError("not_signed_in", "the token is unknown or has expired")


def sign_out(database: Database, visit: Visit) -> None:
    """End a session; its cookie opens nothing any more."""
    with database.acting(visit.actor).session() as session:
        session.execute(text("DELETE FROM login_session WHERE hash = :h"), {"h": visit.session})
        record(session, "session.logout", visit.actor.name)
