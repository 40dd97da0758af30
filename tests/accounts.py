"""Accounts for tests: made as an administrator makes them, signed in as people do."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from layers.db import Database
from layers.rights import Actor, local_administrator
from layers.usecases import own_account, sessions, sign_in
from layers.usecases.accounts import AccountDraft, add_account
from layers.usecases.sessions import SignInRules, Visit

RULES = SignInRules()
PASSWORD = "Korrekt-Pferd-7"  # noqa: S105 of accounts that exist in tests only
_numbers = itertools.count(1)


def make_account(
    database: Database,
    role: str,
    codes: Sequence[str] | None = None,
    name: str | None = None,
    password: str = PASSWORD,
) -> str:
    """Add an account of divisions (None: of the whole store) with a password and return its name."""
    name = name or f"{role.replace('_', '-')}-{next(_numbers)}"
    draft = AccountDraft(None, role, codes or [], codes is None)
    link = add_account(database.acting(local_administrator()), name, draft)[1]
    cookie = sign_in.use_link(database, link, password, None)
    sessions.sign_out(
        database, sessions.visit_by(sessions.BY_COOKIE, database, RULES, cookie, None)
    )
    return name


def visit(database: Database, name: str, password: str = PASSWORD) -> Visit:
    """Sign an account in and return it as a request would find it."""
    cookie = sign_in.sign_in(database, name, password)
    return sessions.visit_by(sessions.BY_COOKIE, database, RULES, cookie, None)


def actor(database: Database, role: str, codes: Sequence[str] | None = None) -> Actor:
    """Return a new account as the one who acts."""
    return visit(database, make_account(database, role, codes)).actor


def bearer(database: Database, role: str, codes: Sequence[str] | None = None) -> dict[str, str]:
    """Return the header of a token of a new account."""
    signed = visit(database, make_account(database, role, codes))
    token = own_account.add_token(database, signed, PASSWORD, "test", 1)["token"]
    return {"Authorization": f"Bearer {token}"}
