"""Phones of grid workers: a one-time link lets one in, the phone keeps a secret, anybody who answers for it ends it."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import text

from gis.errors import ConflictError, NotFoundError
from layers.actors import ACTOR, actor_of_row, given_divisions, load_actor
from layers.areas import ids_of
from layers.audit import record
from layers.db import Database, enter
from layers.usecases.accounts import AccountDraft, add_account, get_account
from layers.usecases.sessions import (
    SEEN_EVERY_S,
    Secret,
    SignInError,
    Visit,
    at_door,
    digest,
)

LINK_MINUTES = 30
"""A link is handed over in the same room; who finds it later finds it dead."""
DEVICE_DAYS = 180
MOST_DEVICES = 3
"""Of one account; a fourth ends the one that was not seen for longest."""
ROLE = "grid_worker"
NAME_LENGTH = 60
PHONE_STATEMENT = (
    f"SELECT d.id, d.csrf, {ACTOR}, d.seen_at < now() - make_interval(secs => :every) AS note "
    "FROM device d JOIN account a ON a.id = d.account_id WHERE d.hash = :hash "
    "AND d.expires_at > now() AND NOT a.disabled AND (NOT a.demo OR :demo) AND a.role = :role"
)
"""Who acts for a phone, as it is at this request."""


def new_phone_link(
    database: Database, name: str, minutes: int = LINK_MINUTES
) -> tuple[dict[str, Any], str, Any]:
    """Return an account, the secret of a link that lets one phone in, and when it ends; earlier links are void.

    Raises
    ------
    NotFoundError
        `unknown_account`.
    ConflictError
        `not_a_worker` for another role, `account_disabled`.
    """
    secret = secrets.token_urlsafe(24)
    with database.session() as session:
        account = get_account(session, name)
        if account["role"] != ROLE:
            raise ConflictError("not_a_worker", "only accounts of grid workers are used on phones")
        if account["state"] == "disabled":
            raise ConflictError("account_disabled", "this account is disabled")
        number = session.execute(
            text("SELECT id FROM account WHERE name = :name"), {"name": account["name"]}
        ).scalar_one()
        expires: Any = session.execute(
            text("SELECT new_phone_link(:hash, :id, :minutes)"),
            {"hash": digest(secret), "id": number, "minutes": minutes},
        ).scalar_one()
        record(session, "device.link", account["name"], divisions=given_divisions(session, number))
    return account, secret, expires


def let_phone_in(
    database: Database, link: str, device_name: str, address: str | None, *, cookie: bool
) -> tuple[str, str]:
    """Use a link up and return the account's name and the secret that this phone, and no other, keeps.

    Parameters
    ----------
    device_name
        What the phone calls itself.
    cookie
        Whether the secret is kept as a cookie, which the browser sends by itself: changing requests then carry a
        second token. Without, as within another platform, the page sends the secret itself.

    Raises
    ------
    NotFoundError
        `unknown_link`.
    """
    secret = secrets.token_urlsafe(32)
    with database.acting(at_door(address)).session() as session:
        row = session.execute(
            text(
                "DELETE FROM link l USING account a WHERE l.hash = :hash AND l.purpose = 'phone' "
                "AND l.expires_at > now() AND a.id = l.account_id AND NOT a.disabled RETURNING a.id, a.name"
            ),
            {"hash": digest(link)},
        ).one_or_none()
        if row is None:
            raise NotFoundError("unknown_link", "the link was used, has expired or never existed")
        session.execute(
            text(
                "DELETE FROM device WHERE account_id = :id AND id NOT IN (SELECT id FROM device "
                "WHERE account_id = :id ORDER BY seen_at DESC, id DESC LIMIT :kept)"
            ),
            {"id": row.id, "kept": MOST_DEVICES - 1},
        )
        session.execute(
            text(
                "INSERT INTO device (account_id, hash, csrf, name, expires_at) "
                "VALUES (:id, :hash, :csrf, :name, now() + make_interval(days => :days))"
            ),
            {
                "id": row.id,
                "hash": digest(secret),
                "csrf": secrets.token_urlsafe(32) if cookie else None,
                "name": " ".join(device_name.split())[:NAME_LENGTH] or "?",
                "days": DEVICE_DAYS,
            },
        )
        session.execute(
            text(
                "UPDATE account SET last_login_at = now(), last_login_address = :address WHERE id = :id"
            ),
            {"address": address, "id": row.id},
        )
        enter(session, load_actor(session, row.id, address))
        record(session, "device.enter", row.name, after={"device": device_name[:NAME_LENGTH]})
    return row.name, secret


def _phone(database: Database, row: Any, address: str | None) -> Visit:
    """Return the visit of a phone's row; note from time to time that it was seen."""
    if row is None:
        raise SignInError("not_signed_in", "this phone is not let in, or not any more")
    if row.note:
        with database.acting(at_door(address)).session() as session:
            session.execute(
                text("UPDATE device SET seen_at = now() WHERE id = :id"), {"id": row.id}
            )
    return Visit(actor_of_row(row, address), row.csrf, None, device=row.id)


BY_PHONE = Secret(
    PHONE_STATEMENT,
    lambda rules: {"demo": rules.demo, "every": SEEN_EVERY_S, "role": ROLE},
    _phone,
)


def list_devices(database: Database, name: str) -> list[dict[str, Any]]:
    """Return the phones of an account of one's area, the one seen last first."""
    with database.session() as session:
        account = get_account(session, name)
        rows = session.execute(
            text(
                "SELECT d.id, d.name, d.created_at, d.seen_at, d.expires_at FROM device d "
                "JOIN account a ON a.id = d.account_id WHERE a.name = :name AND d.expires_at > now() "
                "ORDER BY d.seen_at DESC, d.id"
            ),
            {"name": account["name"]},
        ).mappings()
        return [dict(row) for row in rows]


def end_device(database: Database, name: str, device: int) -> None:
    """Shut a phone out, a lost one for instance; what it asks next is refused.

    Raises
    ------
    NotFoundError
        `unknown_device`.
    """
    with database.session() as session:
        account = get_account(session, name)
        gone = session.execute(
            text(
                "DELETE FROM device d USING account a WHERE d.id = :id AND a.id = d.account_id "
                "AND a.name = :name RETURNING d.name, a.id AS account"
            ),
            {"id": device, "name": account["name"]},
        ).one_or_none()
        if gone is None:
            raise NotFoundError("unknown_device", "this account has no such phone")
        theirs = given_divisions(session, gone.account)
        record(
            session, "device.revoke", account["name"], after={"device": gone.name}, divisions=theirs
        )


def is_ended(database: Database, secret: str) -> bool:
    """Say whether a phone was let in by this secret and has been shut out since; an expired one was not."""
    with database.acting(at_door(None)).session() as session:
        found: bool = session.execute(
            text("SELECT EXISTS (SELECT FROM ended_device WHERE hash = :hash)"),
            {"hash": digest(secret)},
        ).scalar_one()
    return found


def leave_device(database: Database, visit: Visit) -> None:
    """Sign a phone out from itself."""
    with database.acting(visit.actor).session() as session:
        session.execute(text("DELETE FROM device WHERE id = :id"), {"id": visit.device})
        record(session, "device.leave", visit.actor.name)


def workers_to_enrol(database: Database, words: str = "", limit: int = 500) -> list[dict[str, Any]]:
    """Return people in post in one's area by name, telephone or beginning of a grid's code, with their accounts."""
    with database.session() as session:
        rows = session.execute(
            text("SELECT * FROM workers_to_enrol(:words) LIMIT :limit"),
            {"words": words.strip(), "limit": limit},
        ).mappings()
        return [dict(row) for row in rows]


def enrol_workers(database: Database, community: str, minutes: int) -> list[dict[str, Any]]:
    """Give everybody in post in a community an account and a link for a phone; who has one gets a new link.

    Parameters
    ----------
    community
        Code; grids are found by it as the beginning of theirs.
    minutes
        How long the links are good for: a meeting where they are handed out may take a day.

    Returns
    -------
    list of dict
        `name`, `work_phone`, `grids`, `account`, `secret`, `expires_at`; without a link `refused` says why.

    Raises
    ------
    NotFoundError
        `unknown_division`.
    """
    with database.session() as session:
        ids_of(session, [community])
    found = []
    for row in workers_to_enrol(database, community, limit=5000):
        grids = [code for code in row["grids"] if code.startswith(community)]
        if not grids:
            continue
        name = row["account"]
        if name is None:
            name = f"worker-{row['id']}"
            draft = AccountDraft(row["name"][:60], ROLE, [community], worker=row["id"])
            add_account(database, name, draft)
        secret: str | None = None
        expires = refused = None
        try:
            _, secret, expires = new_phone_link(database, name, minutes)
        except (NotFoundError, ConflictError) as error:
            # An account that others keep, or that is no grid worker's: the rest get their links.
            refused = error.code
        found.append(
            {
                "name": row["name"],
                "work_phone": row["work_phone"],
                "grids": grids,
                "account": name,
                "secret": secret,
                "expires_at": expires,
                "refused": refused,
            }
        )
    return found
