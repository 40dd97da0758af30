"""What one's own account holds: who one is, the second factor, tokens for scripts."""

from __future__ import annotations

import secrets
from typing import Any

import pyotp
from sqlalchemy import text

from gis.errors import ConflictError, NotFoundError, RefusedInputError
from layers.audit import record
from layers.db import Database
from layers.io.qr import picture_of
from layers.rights import RIGHTS
from layers.usecases.sessions import SignInRules, Visit, digest
from layers.usecases.sign_in import code_step, password_expires_on, require_password

MAX_TOKENS = 20
MAX_TOKEN_DAYS = 365
ISSUER = "Wangge"


def describe(database: Database, rules: SignInRules, visit: Visit) -> dict[str, Any]:
    """Return one's account, rights and last sign-in, as the page shows them."""
    actor = visit.actor
    with database.acting(actor).session() as session:
        row = session.execute(
            text(
                "SELECT a.name, a.display_name, a.role, a.everywhere, a.demo, c.totp_secret IS NOT NULL "
                "AS second_factor, c.password_set_at, s.previous_login_at, s.previous_login_address, "
                "coalesce(s.failed_since, 0) AS failed_since FROM account a "
                "LEFT JOIN credential c ON c.account_id = a.id "
                "LEFT JOIN login_session s ON s.account_id = a.id AND s.hash = :hash WHERE a.id = :id"
            ),
            {"id": actor.account, "hash": visit.session or ""},
        ).one()
        divisions = [
            dict(item)
            for item in session.execute(
                text(
                    "SELECT DISTINCT ON (t.division_id) t.code, t.name, d.level FROM division_version t "
                    "JOIN division d ON d.id = t.division_id WHERE t.division_id = ANY(:roots) "
                    "ORDER BY t.division_id, t.valid_from DESC"
                ),
                {"roots": list(actor.roots or ())},
            ).mappings()
        ]
    last = None
    if row.previous_login_at is not None:
        last = {"at": row.previous_login_at, "address": row.previous_login_address}
    return {
        "account": {
            "name": row.name,
            "display_name": row.display_name,
            "role": row.role,
            "everywhere": row.everywhere,
            "divisions": divisions,
            "demo": row.demo,
            "second_factor": bool(row.second_factor),
            "password_expired": visit.password_expired,
            "password_expires_on": password_expires_on(rules, row.password_set_at),
            "last_login": last,
            "failed_since_last": row.failed_since,
        },
        "rights": sorted(RIGHTS[row.role]),
        "csrf": visit.csrf,
    }


def begin_second_factor(database: Database, visit: Visit, password: str) -> dict[str, str]:
    """Make a secret to be confirmed by a code, and its picture for the phone.

    Asks for the password: whoever finds a browser open must not lock its owner out.

    Raises
    ------
    ConflictError
        `second_factor_set`: the one in use has to be removed first.
    """
    require_password(database, visit, password)
    secret = pyotp.random_base32()
    with database.acting(visit.actor).session() as session:
        stored: Any = session.execute(
            text(
                "UPDATE credential SET totp_pending = :secret "
                "WHERE account_id = :id AND totp_secret IS NULL"
            ),
            {"secret": secret, "id": visit.actor.account},
        )
    if stored.rowcount == 0:
        raise ConflictError("second_factor_set", "remove the second factor in use first")
    uri = pyotp.TOTP(secret).provisioning_uri(name=visit.actor.name, issuer_name=ISSUER)
    return {"secret": secret, "uri": uri, "svg": picture_of(uri)}


def confirm_second_factor(database: Database, visit: Visit, code: str) -> None:
    """Take the second factor into use, once a code shows that the phone has it (`bad_code`)."""
    with database.acting(visit.actor).session() as session:
        pending = session.execute(
            text("SELECT totp_pending FROM credential WHERE account_id = :id"),
            {"id": visit.actor.account},
        ).scalar_one_or_none()
        now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        step = code_step(pending, code, None, now) if pending is not None else None
        if step is None:
            raise RefusedInputError("bad_code", "the code does not fit; look at the phone's clock")
        session.execute(
            text(
                "UPDATE credential SET totp_secret = totp_pending, totp_pending = NULL, "
                "totp_step = :step WHERE account_id = :id AND totp_secret IS NULL"
            ),
            {"id": visit.actor.account, "step": step},
        )
        record(session, "second_factor.add", visit.actor.name)


def remove_second_factor(database: Database, visit: Visit, password: str) -> None:
    """Do without the second factor again; asks for the password."""
    require_password(database, visit, password)
    with database.acting(visit.actor).session() as session:
        removed: Any = session.execute(
            text(
                "UPDATE credential SET totp_secret = NULL, totp_pending = NULL "
                "WHERE account_id = :id AND totp_secret IS NOT NULL"
            ),
            {"id": visit.actor.account},
        )
        if removed.rowcount:
            record(session, "second_factor.remove", visit.actor.name)


def list_tokens(database: Database, visit: Visit) -> list[dict[str, Any]]:
    """Return one's tokens, never the secrets."""
    with database.acting(visit.actor).session() as session:
        rows = session.execute(
            text(
                "SELECT id, name, created_at, expires_at, used_at AS last_used_at FROM token "
                "WHERE account_id = :id ORDER BY id"
            ),
            {"id": visit.actor.account},
        ).mappings()
        return [dict(row) for row in rows]


def add_token(
    database: Database, visit: Visit, password: str, name: str, days: int
) -> dict[str, Any]:
    """Make a token for scripts; the secret is returned once and stored as its hash.

    Asks for the password: a token outlives the session it is made in.

    Raises
    ------
    RefusedInputError
        `bad_token` for more than 365 days or more than 20 tokens.
    """
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise RefusedInputError("bad_token", f"a token lasts 1 to {MAX_TOKEN_DAYS} days")
    require_password(database, visit, password, demo=True)
    secret = "wg_" + secrets.token_urlsafe(32)
    with database.acting(visit.actor).session() as session:
        held = session.execute(
            text("SELECT count(*) FROM token WHERE account_id = :id"), {"id": visit.actor.account}
        ).scalar_one()
        if held >= MAX_TOKENS:
            raise RefusedInputError("bad_token", f"an account has at most {MAX_TOKENS} tokens")
        row = session.execute(
            text(
                "INSERT INTO token (account_id, name, hash, expires_at) VALUES (:id, :name, :hash, "
                "now() + make_interval(days => :days)) RETURNING id, expires_at"
            ),
            {"id": visit.actor.account, "name": name, "hash": digest(secret), "days": days},
        ).one()
        record(session, "token.add", name, after={"id": row.id, "expires_at": row.expires_at})
    return {"token": secret, "id": row.id, "name": name, "expires_at": row.expires_at}


def revoke_token(database: Database, visit: Visit, token: int) -> None:
    """End a token of one's own; `unknown_token` for any other."""
    with database.acting(visit.actor).session() as session:
        name = session.execute(
            text("DELETE FROM token WHERE id = :token AND account_id = :id RETURNING name"),
            {"token": token, "id": visit.actor.account},
        ).scalar_one_or_none()
        if name is None:
            raise NotFoundError("unknown_token", "there is no such token")
        record(session, "token.revoke", name, before={"id": token})
